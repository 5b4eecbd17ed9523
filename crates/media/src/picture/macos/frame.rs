//! Frames of ScreenCaptureKit, and how it is told to make them.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use std::sync::mpsc;
use std::time::{Duration, Instant};

use block2::RcBlock;
use objc2::rc::Retained;
use objc2::runtime::{AnyClass, NSObjectProtocol as _};
use objc2::sel;
use objc2_core_media::{CMSampleBuffer, CMTime};
use objc2_core_video::kCVPixelFormatType_32BGRA;
use objc2_foundation::NSError;
use objc2_screen_capture_kit::{SCContentFilter, SCScreenshotManager, SCStreamConfiguration};

use crate::macos::Locked;
use crate::picture::Picture;
use crate::picture::fit::{self, Fitter, Order, Pixels};

/// Bytes of a pixel.
const PIXEL: usize = 4;
/// Frames that the system fills while one is copied: the least that it takes.
const QUEUE: isize = 3;
/// Pixels of a point where the system does not say it.
const USUAL_SCALE: f64 = 2.0;
/// A screen that is not looked at in this time has no thumbnail.
const LOOK: Duration = Duration::from_millis(500);

/// Pixels, row by row without gaps.
pub(super) struct Frame {
    width: usize,
    height: usize,
    bgrx: Vec<u8>,
}

impl Frame {
    /// `None`: nothing has changed, or it cannot be read.
    pub(super) fn of(sample: &CMSampleBuffer) -> Option<Self> {
        // SAFETY: it asks an object that lives.
        let image = unsafe { sample.image_buffer()? };
        let locked = Locked::new(&image)?;
        let ((width, height), rows) = (locked.size(), locked.packed()?);
        let columns = width * PIXEL;
        let mut bgrx = Vec::with_capacity(columns * height);
        fit::copy_plane(rows.bytes, rows.stride, (columns, height), (columns, height), 0, &mut bgrx);
        Some(Self { width, height, bgrx })
    }

    pub(super) fn picture(&self, fitter: &mut Fitter, most: (usize, usize), captured_at: Instant) -> Option<Picture> {
        let Self { width, height, ref bgrx } = *self;
        fitter.picture(Pixels { width, height, order: Order::Bgrx, bytes: bgrx }, most, captured_at)
    }
}

/// For frames of these points that fit into `most` pixels, at most so many a second.
pub(super) fn configured(
    filter: &SCContentFilter,
    points: (f64, f64),
    most: (usize, usize),
    rate: u32,
) -> Option<Retained<SCStreamConfiguration>> {
    let scale = scale_of(filter);
    let pixels = |points: f64| (points * scale).round().clamp(1.0, f64::from(u16::MAX)) as usize;
    let ((width, height), _) = fit::fitted(pixels(points.0), pixels(points.1), most)?;
    // SAFETY: it is made anew, and each of these is there from macOS 12.3 on.
    unsafe {
        let configuration = SCStreamConfiguration::new();
        configuration.setWidth(width);
        configuration.setHeight(height);
        configuration.setScalesToFit(true);
        configuration.setPixelFormat(kCVPixelFormatType_32BGRA);
        configuration.setShowsCursor(true);
        configuration.setQueueDepth(QUEUE);
        configuration.setMinimumFrameInterval(CMTime::new(1, rate.cast_signed()));
        Some(configuration)
    }
}

/// macOS 14 says it.
fn scale_of(filter: &SCContentFilter) -> f64 {
    if !filter.respondsToSelector(sel!(pointPixelScale)) {
        return USUAL_SCALE;
    }
    // SAFETY: it was just asked whether it has that.
    f64::from(unsafe { filter.pointPixelScale() })
}

/// How it looks now; macOS 14 makes pictures without sharing anything.
pub(super) fn look(filter: &SCContentFilter, configuration: &SCStreamConfiguration) -> Option<Frame> {
    AnyClass::get(c"SCScreenshotManager")?;
    let (told_tx, told) = mpsc::channel();
    let answered = RcBlock::new(move |sample: *mut CMSampleBuffer, _: *mut NSError| {
        // SAFETY: it is an object or null.
        let frame = unsafe { sample.as_ref() }.and_then(Frame::of);
        // Nobody waits any more if it took too long.
        let _ = told_tx.send(frame);
    });
    // SAFETY: the block takes what the system says that it gives, and is kept by the system until it was called.
    unsafe {
        SCScreenshotManager::captureSampleBufferWithFilter_configuration_completionHandler(
            filter,
            configuration,
            Some(&answered),
        );
    }
    told.recv_timeout(LOOK).ok().flatten()
}
