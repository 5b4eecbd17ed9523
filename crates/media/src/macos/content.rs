//! What can be shared, and whether this program may see it.
#![allow(unsafe_code, reason = "what Objective-C declares is called here, and each call says why it may be")]

use std::sync::mpsc;
use std::time::Duration;

use block2::RcBlock;
use objc2::AnyThread as _;
use objc2::rc::Retained;
use objc2_core_graphics::{CGPreflightScreenCaptureAccess, CGRequestScreenCaptureAccess};
use objc2_foundation::{NSArray, NSError};
use objc2_screen_capture_kit::{SCContentFilter, SCDisplay, SCShareableContent, SCWindow};

use super::stream::explain;
use crate::error::MediaError;

/// So long the system is waited for, which answers in some milliseconds.
pub(super) const PATIENCE: Duration = Duration::from_secs(5);

/// Whether the user lets this program see screens. Where that is not decided yet, the system asks; whoever has refused is to change it in the
/// system's settings, and then the program is to begin anew.
pub(crate) fn may_see_screens() -> bool {
    CGPreflightScreenCaptureAccess() || CGRequestScreenCaptureAccess()
}

/// The screens and windows that there are.
pub(crate) struct Content(Retained<SCShareableContent>);

impl Content {
    /// Those that people see. Waits for the system.
    pub(crate) fn now() -> Result<Self, MediaError> {
        let (told_tx, told) = mpsc::channel();
        let answered = RcBlock::new(move |content: *mut SCShareableContent, error: *mut NSError| {
            // SAFETY: each is an object or null. What is there does not change any more, so that any thread may read it.
            let (content, error) = unsafe { (Retained::retain(content), error.as_ref()) };
            // Nobody waits any more if it took too long.
            let _ = told_tx.send(content.map(Self).ok_or_else(|| explain(error)));
        });
        // SAFETY: the block takes what the system says that it gives, and is kept by the system until it was called.
        unsafe {
            SCShareableContent::getShareableContentExcludingDesktopWindows_onScreenWindowsOnly_completionHandler(
                true, false, &answered,
            );
        }
        told.recv_timeout(PATIENCE).unwrap_or(Err(MediaError::NoScreen))
    }

    pub(crate) fn displays(&self) -> Retained<NSArray<SCDisplay>> {
        // SAFETY: it reads an object that we hold.
        unsafe { self.0.displays() }
    }

    pub(crate) fn windows(&self) -> Retained<NSArray<SCWindow>> {
        // SAFETY: it reads an object that we hold.
        unsafe { self.0.windows() }
    }

    /// All that a display shows.
    pub(crate) fn all_of(display: &SCDisplay) -> Retained<SCContentFilter> {
        // SAFETY: it is made anew, and both live.
        unsafe { SCContentFilter::initWithDisplay_excludingWindows(SCContentFilter::alloc(), display, &NSArray::new()) }
    }

    /// One window, wherever it is.
    pub(crate) fn only(window: &SCWindow) -> Retained<SCContentFilter> {
        // SAFETY: it is made anew, and the window lives.
        unsafe { SCContentFilter::initWithDesktopIndependentWindow(SCContentFilter::alloc(), window) }
    }
}
