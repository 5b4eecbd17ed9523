//! How screens and windows look, for menus, by GDI: it takes milliseconds, and nothing says meanwhile that something is shared.
#![allow(unsafe_code, reason = "what C declares is called here, and each call says why it may be")]

use std::slice;
use std::time::Instant;

use windows::Win32::Foundation::{HWND, RECT};
use windows::Win32::Graphics::Dwm::{DWMWA_CLOAKED, DwmGetWindowAttribute};
use windows::Win32::Graphics::Gdi::{
    BI_RGB, BITMAPINFO, BITMAPINFOHEADER, BitBlt, CreateCompatibleDC, CreateDIBSection, DIB_RGB_COLORS, DeleteDC,
    DeleteObject, GdiFlush, GetDC, GetMonitorInfoW, HBITMAP, HDC, HGDIOBJ, HMONITOR, MONITORINFO, ReleaseDC, SRCCOPY,
    SelectObject,
};
use windows::Win32::Storage::Xps::{PRINT_WINDOW_FLAGS, PrintWindow};
use windows::Win32::UI::WindowsAndMessaging::{GetWindowRect, IsHungAppWindow, IsIconic, PW_RENDERFULLCONTENT};
use windows_capture::monitor::Monitor;
use windows_capture::window::Window;

use crate::picture::Picture;
use crate::picture::fit::{Fitter, Order, Pixels};

/// Thumbnails are at most so wide and so high.
const THUMBNAIL: (usize, usize) = (320, 180);
/// More than any screen has each way.
const MOST_SIDE: i32 = 16_384;
/// Bytes of a pixel.
const PIXEL: usize = 4;

/// Whether it is on no desktop that is seen now, though it says it can be seen.
pub(super) fn is_cloaked(window: &Window) -> bool {
    let mut cloaked = 0_u32;
    let size = u32::try_from(size_of_val(&cloaked)).unwrap_or_default();
    // SAFETY: it writes a number of this size there.
    let told =
        unsafe { DwmGetWindowAttribute(HWND(window.as_raw_hwnd()), DWMWA_CLOAKED, (&raw mut cloaked).cast(), size) };
    told.is_ok() && cloaked != 0
}

pub(super) fn of_monitor(monitor: &Monitor, fitter: &mut Fitter) -> Option<Picture> {
    let mut told = MONITORINFO { cbSize: u32::try_from(size_of::<MONITORINFO>()).ok()?, ..Default::default() };
    // SAFETY: it fills in what the size says there is.
    let is_there = unsafe { GetMonitorInfoW(HMONITOR(monitor.as_raw_hmonitor()), &mut told) };
    let area = told.rcMonitor;
    is_there.as_bool().then(|| Canvas::new(&area))??.filled(fitter, |to, width, height| {
        // SAFETY: the desktop's own surface is given back after it was read.
        unsafe {
            let desktop = GetDC(None);
            let copied = BitBlt(to, 0, 0, width, height, Some(desktop), area.left, area.top, SRCCOPY);
            ReleaseDC(None, desktop);
            copied.is_ok()
        }
    })
}

/// `None` for one that does not answer, which would be waited for, and for one that is an icon.
pub(super) fn of_window(window: &Window, fitter: &mut Fitter) -> Option<Picture> {
    let window = HWND(window.as_raw_hwnd());
    let mut area = RECT::default();
    // SAFETY: each asks about a window, which may be gone by now: then it says so.
    let is_seen = unsafe {
        !IsHungAppWindow(window).as_bool() && !IsIconic(window).as_bool() && GetWindowRect(window, &mut area).is_ok()
    };
    let canvas = is_seen.then(|| Canvas::new(&area))??;
    // SAFETY: the window draws itself where it is told to.
    canvas.filled(fitter, |to, _, _| unsafe {
        PrintWindow(window, to, PRINT_WINDOW_FLAGS(PW_RENDERFULLCONTENT)).as_bool()
    })
}

/// Memory that Windows draws to.
struct Canvas {
    context: HDC,
    bitmap: HBITMAP,
    before: HGDIOBJ,
    pixels: *const u8,
    width: i32,
    height: i32,
}

impl Canvas {
    /// As large as this.
    fn new(area: &RECT) -> Option<Self> {
        let (width, height) = (area.right.checked_sub(area.left)?, area.bottom.checked_sub(area.top)?);
        let can_be = |side: i32| (1..=MOST_SIDE).contains(&side);
        if !can_be(width) || !can_be(height) {
            return None;
        }
        let told = BITMAPINFO {
            bmiHeader: BITMAPINFOHEADER {
                biSize: u32::try_from(size_of::<BITMAPINFOHEADER>()).ok()?,
                biWidth: width,
                // From the upper row to the lower one.
                biHeight: -height,
                biPlanes: 1,
                biBitCount: 32,
                biCompression: BI_RGB.0,
                ..Default::default()
            },
            ..Default::default()
        };
        let mut pixels = std::ptr::null_mut();
        // SAFETY: Windows gives memory for all of the rows, which lives as long as the bitmap; both are given back in `drop`.
        unsafe {
            let context = CreateCompatibleDC(None);
            let Ok(bitmap) = CreateDIBSection(None, &told, DIB_RGB_COLORS, &mut pixels, None, 0) else {
                let _ = DeleteDC(context);
                return None;
            };
            let before = SelectObject(context, bitmap.into());
            Some(Self { context, bitmap, before, pixels: pixels.cast_const().cast(), width, height })
        }
    }

    fn filled(self, fitter: &mut Fitter, draw: impl FnOnce(HDC, i32, i32) -> bool) -> Option<Picture> {
        if self.pixels.is_null() || !draw(self.context, self.width, self.height) {
            return None;
        }
        let (width, height) = (usize::try_from(self.width).ok()?, usize::try_from(self.height).ok()?);
        // SAFETY: after the flush nobody writes to the memory, which has so many pixels and lives until `drop`.
        let bytes = unsafe {
            let _ = GdiFlush();
            slice::from_raw_parts(self.pixels, width * height * PIXEL)
        };
        fitter.picture(Pixels { width, height, order: Order::Bgrx, bytes }, THUMBNAIL, Instant::now())
    }
}

impl Drop for Canvas {
    fn drop(&mut self) {
        // SAFETY: each was made in `new`, and is used by nobody else.
        unsafe {
            SelectObject(self.context, self.before);
            let _ = DeleteObject(self.bitmap.into());
            let _ = DeleteDC(self.context);
        }
    }
}
