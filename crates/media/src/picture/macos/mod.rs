//! Screens and windows of macOS by ScreenCaptureKit, with the pointer in them.

mod frame;
mod list;
mod share;

pub(super) use list::list;
pub(super) use share::SharedScreen;
