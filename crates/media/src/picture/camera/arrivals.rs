//! Frames that the system brings on a thread of its own, on their way to the one that takes pictures.

use super::RawFrame;
use super::mode::Packing;

/// A frame that was copied out of the system's memory.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct ArrivedFrame {
    pub(super) packing: Packing,
    pub(super) width: usize,
    pub(super) height: usize,
    /// Bytes of a row, or of one of the first plane; 0 where rows have no gaps.
    pub(super) stride: usize,
    pub(super) bytes: Vec<u8>,
}

impl ArrivedFrame {
    pub(super) fn raw(&self) -> RawFrame<'_> {
        let Self { packing, width, height, stride, ref bytes } = *self;
        RawFrame { packing, width, height, stride, bytes }
    }
}
