//! How a slot's frames are marked in packets, as the two ends have agreed on.

use std::sync::atomic::{AtomicU8, Ordering};

/// The payload types of a slot, for both of its tracks, and the header extension by which its loudness is told. Zero is none: then nothing is
/// sent, or told.
#[derive(Debug, Default)]
pub(crate) struct PayloadTypes {
    frames: AtomicU8,
    red: AtomicU8,
    loudness: AtomicU8,
}

impl PayloadTypes {
    /// `None`: the other end does not use this slot.
    pub(crate) fn agree(&self, frames: Option<u8>, red: Option<u8>) {
        self.frames.store(frames.unwrap_or(0), Ordering::Relaxed);
        self.red.store(red.unwrap_or(0), Ordering::Relaxed);
    }

    /// `None`: the other end does not want to know how loud packets are.
    pub(crate) fn agree_on_loudness(&self, extension: Option<u8>) {
        self.loudness.store(extension.unwrap_or(0), Ordering::Relaxed);
    }

    /// The header extension of packets that tell how loud they are.
    pub(crate) fn loudness(&self) -> Option<u8> {
        Some(self.loudness.load(Ordering::Relaxed)).filter(|extension| *extension != 0)
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
