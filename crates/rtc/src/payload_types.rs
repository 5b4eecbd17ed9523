//! How a slot's frames are marked in packets, as the two ends have agreed on.

use std::sync::atomic::{AtomicU8, Ordering};

/// The payload types of a slot, for both of its tracks. Zero is none: then nothing is sent.
#[derive(Debug, Default)]
pub(crate) struct PayloadTypes {
    frames: AtomicU8,
    red: AtomicU8,
}

impl PayloadTypes {
    /// `None`: the other end does not use this slot.
    pub(crate) fn agree(&self, frames: Option<u8>, red: Option<u8>) {
        self.frames.store(frames.unwrap_or(0), Ordering::Relaxed);
        self.red.store(red.unwrap_or(0), Ordering::Relaxed);
    }

    /// Of packets that carry one frame, or a part of one.
    pub(crate) fn frames(&self) -> Option<u8> {
        Some(self.frames.load(Ordering::Relaxed)).filter(|payload_type| *payload_type != 0)
    }

    /// Of packets with several frames (RFC 2198). `None` where the other end reads only packets of one frame.
    pub(crate) fn red(&self) -> Option<u8> {
        Some(self.red.load(Ordering::Relaxed)).filter(|payload_type| *payload_type != 0)
    }
}
