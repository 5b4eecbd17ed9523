//! Which screens and windows there are.

use windows_capture::monitor::Monitor;
use windows_capture::window::Window;

use super::thumbnail;
use crate::picture::fit::Fitter;
use crate::picture::input::{ScreenId, ScreenInfo, ScreenKind, Thumbnails};

/// More windows than a menu can show.
const MOST_WINDOWS: usize = 64;
/// A title is cut behind so many characters.
const MOST_TITLE: usize = 256;

const SCREEN: &str = "windows:screen:";
const WINDOW: &str = "windows:window:";

/// What is shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Target {
    /// All that this monitor shows.
    Monitor(Monitor),
    /// One window.
    Window(Window),
}

impl Target {
    /// `None` for what is no longer there, or never was.
    pub(super) fn of(id: &ScreenId) -> Option<Self> {
        if let Some(wanted) = id.0.strip_prefix(SCREEN) {
            let monitors = Monitor::enumerate().ok()?;
            let found = monitors.into_iter().find(|monitor| monitor.device_name().is_ok_and(|name| name == wanted));
            return found.map(Self::Monitor);
        }
        let number = id.0.strip_prefix(WINDOW)?.strip_prefix("0x")?;
        let handle = usize::from_str_radix(number, 16).ok()?;
        let window = Window::from_raw_hwnd(std::ptr::without_provenance_mut(handle));
        window.is_valid().then_some(Self::Window(window))
    }

    pub(super) fn name(self) -> String {
        match self {
            Self::Monitor(monitor) => name_of(&monitor),
            Self::Window(window) => title_of(&window),
        }
    }
}

/// Screens first, the primary one before the others; then windows, the foremost first.
pub(crate) fn list(thumbnails: Thumbnails) -> Vec<ScreenInfo> {
    let mut fitter = (thumbnails == Thumbnails::Made).then(Fitter::default);
    let mut monitors = Monitor::enumerate().unwrap_or_else(|error| {
        tracing::warn!(%error, "screens cannot be listed");
        Vec::new()
    });
    let primary = Monitor::primary().ok();
    monitors.sort_by_key(|monitor| Some(*monitor) != primary);
    let windows = Window::enumerate().unwrap_or_else(|error| {
        tracing::warn!(%error, "windows cannot be listed");
        Vec::new()
    });
    let mut found: Vec<ScreenInfo> = monitors.iter().filter_map(|monitor| screen(monitor, fitter.as_mut())).collect();
    let shown = windows.iter().filter_map(|shown| window(shown, fitter.as_mut()));
    found.extend(shown.take(MOST_WINDOWS));
    found
}

fn screen(monitor: &Monitor, fitter: Option<&mut Fitter>) -> Option<ScreenInfo> {
    Some(ScreenInfo {
        id: ScreenId(format!("{SCREEN}{}", monitor.device_name().ok()?)),
        name: name_of(monitor),
        kind: ScreenKind::Screen,
        size: (monitor.width().ok()?, monitor.height().ok()?),
        thumbnail: fitter.and_then(|fitter| thumbnail::of_monitor(monitor, fitter)),
    })
}

fn window(window: &Window, fitter: Option<&mut Fitter>) -> Option<ScreenInfo> {
    let name = title_of(window);
    if name.is_empty() || !window.is_valid() || thumbnail::is_cloaked(window) {
        return None;
    }
    let side = |side: i32| u32::try_from(side).ok().filter(|side| *side > 0);
    Some(ScreenInfo {
        id: ScreenId(format!("{WINDOW}{:#x}", window.as_raw_hwnd().addr())),
        name,
        kind: ScreenKind::Window,
        size: (side(window.width().ok()?)?, side(window.height().ok()?)?),
        thumbnail: fitter.and_then(|fitter| thumbnail::of_window(window, fitter)),
    })
}

/// What its maker calls it, or where that is not told, Windows.
fn name_of(monitor: &Monitor) -> String {
    let name = monitor.name().ok().filter(|name| !name.is_empty());
    name.or_else(|| monitor.device_name().ok()).unwrap_or_default()
}

fn title_of(window: &Window) -> String {
    window.title().unwrap_or_default().chars().take(MOST_TITLE).collect()
}
