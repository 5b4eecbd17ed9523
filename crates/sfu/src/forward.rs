//! Packets between participants: how they come from one, and how they leave to another.

use std::sync::Arc;
use std::time::Instant;

use carillon_protocol::PublishedSource;
use str0m::media::{Mid, Rid};
use str0m::rtp::Ssrc;

use crate::rewriter::{Rewriter, Stamp};

/// The largest payload that is passed on: with all headers it must fit a datagram that no network divides.
pub(crate) const MOST_PAYLOAD: usize = 1_350;

/// A packet that a participant has sent.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) source: PublishedSource,
    /// Which of the source's encodings, where there is more than one.
    pub(crate) rid: Option<Rid>,
    pub(crate) stamp: Stamp,
    pub(crate) marker: bool,
    /// In dBov, where the sender says it (RFC 6464).
    pub(crate) level: Option<i8>,
    /// Whether the sender takes it for speech.
    pub(crate) is_speech: Option<bool>,
    pub(crate) payload: Arc<[u8]>,
    pub(crate) at: Instant,
}

/// One section in which a participant receives.
#[derive(Debug)]
pub(crate) struct Outgoing {
    pub(crate) mid: Mid,
    /// `None`: the participant cannot receive in it.
    pub(crate) stream: Option<Stream>,
    pub(crate) rewriter: Rewriter,
}

/// The stream that was offered for a section.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Stream {
    pub(crate) ssrc: Ssrc,
    /// What is sent again has a number of its own (RFC 4588).
    pub(crate) repairs: Option<Ssrc>,
    /// Whether anything was sent in it.
    pub(crate) is_used: bool,
}

impl Outgoing {
    pub(crate) const fn new(mid: Mid, source: PublishedSource, stream: Option<Stream>) -> Self {
        Self { mid, stream, rewriter: Rewriter::new(clock_rate(source)) }
    }
}

pub(crate) const fn is_sound(source: PublishedSource) -> bool {
    matches!(source, PublishedSource::Microphone | PublishedSource::ScreenSound)
}

const fn clock_rate(source: PublishedSource) -> u32 {
    if is_sound(source) { 48_000 } else { 90_000 }
}
