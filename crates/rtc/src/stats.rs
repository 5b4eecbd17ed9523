//! How a connection is doing, for "poor network" and for the call's log.

use std::net::IpAddr;
use std::sync::atomic::{AtomicU32, AtomicU64, Ordering};
use std::time::Duration;

use rtc::statistics::stats::ice_candidate_pair::RTCIceCandidatePairStats;
use webrtc::peer_connection::{RTCIceCandidateType, RTCStatsReport, RTCStatsReportEntry};

use crate::TrackId;
use crate::reports::StreamReport;
use crate::tunnel::is_stand_in;

/// A snapshot of one transport.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransportStats {
    /// There and back again, from RTCP receiver reports, else from ICE checks. `None` until measured.
    pub round_trip: Option<Duration>,
    /// Which way packets go; `None` before there is one.
    pub path: Option<Path>,
    /// The SRTP protection profile that was agreed on, as `SRTP_AEAD_AES_128_GCM`; empty before.
    pub srtp_profile: String,
    /// What the path carries of this end's pictures, as far as it is known: bits a second.
    pub available: u32,
    /// Which address of this machine packets leave from; `None` before there is a path.
    pub local_address: Option<IpAddr>,
    /// Of each track, silent ones too.
    pub tracks: Vec<TrackStats>,
}

impl TransportStats {
    /// Of one track; nothing but zeros where there is none.
    #[must_use]
    pub fn of(&self, id: TrackId) -> TrackStats {
        self.tracks.iter().find(|track| track.id == id).copied().unwrap_or(TrackStats::nothing(id))
    }
}

/// Which way packets go: the two ends of the candidate pair in use.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Path {
    /// This end's.
    pub local: CandidateKind,
    /// The other end's.
    pub remote: CandidateKind,
    /// What carries packets between them.
    pub wire: Wire,
}

/// What carries packets.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// UDP, as it should be.
    Udp,
    /// TCP, where UDP brings no answer: what is lost comes late.
    Tcp,
}

/// What an ICE candidate is the address of (RFC 8445 §4).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum CandidateKind {
    /// An interface of the machine itself.
    Host,
    /// An address outside of a NAT, which a STUN server saw.
    ServerReflexive,
    /// An address outside of a NAT, which only the other end saw.
    PeerReflexive,
    /// A relay.
    Relay,
}

/// How one track is doing. Counters run from the start of the transport.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct TrackStats {
    /// Which.
    pub id: TrackId,
    /// Frames that were sent, or that came in: also those that came only as copies.
    pub frames: u64,
    /// Bytes of them, without headers.
    pub bytes: u64,
    /// Packets that did not reach their end so far. Late duplicates can make it negative (RFC 3550 §6.4.1).
    pub lost: i64,
    /// Share of the latest packets that did not reach their end, 0 to 1 (RTCP receiver reports).
    pub loss: f32,
    /// How unevenly packets reach their end (RFC 3550 §6.4.1).
    pub jitter: Duration,
}

impl TrackStats {
    pub(crate) fn nothing(id: TrackId) -> Self {
        Self { id, frames: 0, bytes: 0, lost: 0, loss: 0.0, jitter: Duration::ZERO }
    }
}

/// What is counted of one track.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    frames: AtomicU64,
    bytes: AtomicU64,
    /// Of a track that is received: where its packets say that they come from. Zero before the first.
    ssrc: AtomicU32,
}

impl Counters {
    pub(crate) fn count(&self, bytes: usize) {
        self.frames.fetch_add(1, Ordering::Relaxed);
        self.bytes.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn heard_from(&self, ssrc: u32) {
        self.ssrc.store(ssrc, Ordering::Relaxed);
    }

    pub(crate) fn ssrc(&self) -> u32 {
        self.ssrc.load(Ordering::Relaxed)
    }

    /// What we counted, and what the reports said.
    pub(crate) fn of(&self, id: TrackId, reported: StreamReport) -> TrackStats {
        let StreamReport { lost, loss, jitter } = reported;
        let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        TrackStats { id, frames: count(&self.frames), bytes: count(&self.bytes), lost, loss, jitter }
    }
}

/// Puts together what was counted and reported of the tracks and what the library knows.
pub(crate) fn collect(
    tracks: Vec<TrackStats>,
    round_trip: Option<Duration>,
    available: u32,
    report: &RTCStatsReport,
) -> TransportStats {
    let pair = pair_in_use(report);
    let path = pair.map(|pair| Path {
        local: kind(report, &pair.local_candidate_id),
        remote: kind(report, &pair.remote_candidate_id),
        wire: wire(report, &pair.remote_candidate_id),
    });
    let local_address = pair.and_then(|pair| address(report, &pair.local_candidate_id));
    let mut stats = TransportStats { round_trip, path, available, local_address, tracks, ..TransportStats::default() };
    for entry in report.iter() {
        if let RTCStatsReportEntry::IceCandidatePair(pair) = entry
            && pair.nominated
        {
            stats.round_trip = stats.round_trip.or_else(|| seconds(pair.current_round_trip_time));
        } else if let RTCStatsReportEntry::Transport(transport) = entry {
            stats.srtp_profile.clone_from(&transport.srtp_cipher);
        }
    }
    stats
}

fn wire(report: &RTCStatsReport, remote: &str) -> Wire {
    if address(report, remote).is_some_and(is_stand_in) { Wire::Tcp } else { Wire::Udp }
}

/// The candidate pair that packets go by.
fn pair_in_use(report: &RTCStatsReport) -> Option<&RTCIceCandidatePairStats> {
    let in_use = report.iter().find_map(|entry| {
        let RTCStatsReportEntry::Transport(transport) = entry else { return None };
        Some(&transport.selected_candidate_pair_id)
    })?;
    report.iter().find_map(|entry| {
        let RTCStatsReportEntry::IceCandidatePair(pair) = entry else { return None };
        (pair.stats.id == *in_use).then_some(pair)
    })
}

fn address(report: &RTCStatsReport, id: &str) -> Option<IpAddr> {
    report.iter().find_map(|entry| {
        let (RTCStatsReportEntry::LocalCandidate(candidate) | RTCStatsReportEntry::RemoteCandidate(candidate)) = entry
        else {
            return None;
        };
        let is_it = candidate.stats.id.ends_with(id);
        candidate.address.as_ref().filter(|_| is_it)?.parse().ok()
    })
}

/// The library reports the candidates that one of the ends has told, under ids with a prefix of their own. It finds the others itself, by
/// the checks of the other end.
fn kind(report: &RTCStatsReport, id: &str) -> CandidateKind {
    let told = report.iter().find_map(|entry| {
        let (RTCStatsReportEntry::LocalCandidate(candidate) | RTCStatsReportEntry::RemoteCandidate(candidate)) = entry
        else {
            return None;
        };
        candidate.stats.id.ends_with(id).then_some(candidate.candidate_type)
    });
    let known = [
        (RTCIceCandidateType::Host, CandidateKind::Host),
        (RTCIceCandidateType::Srflx, CandidateKind::ServerReflexive),
        (RTCIceCandidateType::Relay, CandidateKind::Relay),
    ];
    let kind = known.into_iter().find(|(theirs, _)| Some(*theirs) == told).map(|(_, ours)| ours);
    kind.unwrap_or(CandidateKind::PeerReflexive)
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero())
}
