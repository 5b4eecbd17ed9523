//! How the media of a call are doing, in figures for people who want to know.

use std::time::Duration;

use carillon_rtc::{End, Source, TrackId, TrackStats, TransportStats};
use serde::Serialize;

use super::Levels;
use crate::json;

/// How the media of a call are doing. Counters run from the call's beginning.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallStats {
    /// How long a packet takes to the other end and back; `None` until it is measured. In JSON `round_trip_ms`.
    #[serde(rename = "round_trip_ms", serialize_with = "json::maybe_milliseconds")]
    pub round_trip: Option<Duration>,
    /// Which way the packets go; `None` until one is found.
    pub path: Option<MediaPath>,
    /// What this end sends.
    pub sent: StreamStats,
    /// What comes from the other end.
    pub received: StreamStats,
}

/// One direction of a call's sound.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct StreamStats {
    /// How it is encoded.
    pub codec: Codec,
    /// How loud it is right now: 0 (silence) to 1 (full scale), as in [`Levels`].
    pub level: f32,
    /// How many packets were sent, or came in.
    pub packets: u64,
    /// How many bytes they had, without headers.
    pub bytes: u64,
    /// How many packets did not reach their end.
    pub lost: u64,
    /// How many of the latest packets did not reach their end: 0 (none) to 1 (all).
    pub loss: f32,
    /// How unevenly packets reach their end (RFC 3550 §6.4.1). In JSON `jitter_ms`.
    #[serde(rename = "jitter_ms", serialize_with = "json::fractional_milliseconds")]
    pub jitter: Duration,
}

/// How sound is encoded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Codec {
    /// Opus (RFC 6716), at 48 kHz.
    Opus,
}

/// Which way the packets of a call go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
pub struct MediaPath {
    /// Where they leave this end.
    pub local: CandidateKind,
    /// Where they reach the other end.
    pub remote: CandidateKind,
}

/// What kind of address a path has at one end (RFC 8445 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum CandidateKind {
    /// An interface of the machine itself.
    Host,
    /// An address outside of a NAT, which the server saw.
    Srflx,
    /// An address outside of a NAT, which only the other end saw.
    Prflx,
    /// A relay between the two.
    Relay,
}

impl CallStats {
    pub(super) fn new(stats: &TransportStats, levels: Levels) -> Self {
        let microphone = |end| stats.of(TrackId { end, source: Source::Microphone });
        Self {
            round_trip: stats.round_trip,
            path: stats.path.map(MediaPath::new),
            sent: StreamStats::new(microphone(End::This), levels.microphone),
            received: StreamStats::new(microphone(End::Other), levels.speaker),
        }
    }
}

impl StreamStats {
    fn new(track: TrackStats, level: f32) -> Self {
        let TrackStats { id: _, frames: packets, bytes, lost, loss, jitter } = track;
        // Late copies of packets can make the count negative for a while.
        Self { codec: Codec::Opus, level, packets, bytes, lost: u64::try_from(lost).unwrap_or(0), loss, jitter }
    }
}

impl MediaPath {
    const fn new(path: carillon_rtc::Path) -> Self {
        Self { local: CandidateKind::new(path.local), remote: CandidateKind::new(path.remote) }
    }
}

impl CandidateKind {
    const fn new(kind: carillon_rtc::CandidateKind) -> Self {
        match kind {
            carillon_rtc::CandidateKind::Host => Self::Host,
            carillon_rtc::CandidateKind::ServerReflexive => Self::Srflx,
            carillon_rtc::CandidateKind::PeerReflexive => Self::Prflx,
            carillon_rtc::CandidateKind::Relay => Self::Relay,
        }
    }
}
