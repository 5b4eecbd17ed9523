//! What sound and pictures both need of macOS: screens by ScreenCaptureKit, with what other programs play, and the pixels of a frame.

mod content;
mod pixels;
mod stream;

pub(crate) use content::{Content, may_see_screens};
pub(crate) use pixels::Locked;
pub(crate) use stream::Stream;
