//! How a connection is doing, for "poor network" and for the call's log.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use webrtc::peer_connection::{RTCStatsReport, RTCStatsReportEntry};

use crate::reports::Reported;

/// A snapshot of one transport. Counters run from the start of the transport.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TransportStats {
    /// There and back again, from RTCP receiver reports, else from ICE checks. `None` until measured.
    pub round_trip: Option<Duration>,
    /// Share of our latest packets that did not reach the other end, 0 to 1 (RTCP receiver reports).
    pub loss_sent: f32,
    /// How unevenly our packets reach the other end (RFC 3550 §6.4.1).
    pub jitter_sent: Duration,
    /// Packets of the other end that did not reach us so far. Late duplicates can make it negative (RFC 3550 §6.4.1).
    pub lost_received: i64,
    /// How unevenly the other end's packets reach us.
    pub jitter_received: Duration,
    /// Voice packets sent.
    pub packets_sent: u64,
    /// Voice payload bytes sent.
    pub bytes_sent: u64,
    /// Voice packets received.
    pub packets_received: u64,
    /// Voice payload bytes received.
    pub bytes_received: u64,
    /// Voice packets that came in but found their consumer behind.
    pub packets_dropped: u64,
    /// The SRTP protection profile that was agreed on, as `SRTP_AEAD_AES_128_GCM`; empty before.
    pub srtp_profile: String,
}

/// What the tasks of one connection count.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connected: AtomicBool,
    pub(crate) packets_sent: AtomicU64,
    pub(crate) bytes_sent: AtomicU64,
    pub(crate) packets_received: AtomicU64,
    pub(crate) bytes_received: AtomicU64,
    pub(crate) packets_dropped: AtomicU64,
}

impl Counters {
    pub(crate) fn count_sent(&self, bytes: usize) {
        self.packets_sent.fetch_add(1, Ordering::Relaxed);
        self.bytes_sent.fetch_add(bytes as u64, Ordering::Relaxed);
    }

    pub(crate) fn count_received(&self, bytes: usize) {
        self.packets_received.fetch_add(1, Ordering::Relaxed);
        self.bytes_received.fetch_add(bytes as u64, Ordering::Relaxed);
    }
}

/// Puts together what we counted, what the reports said and what the library knows.
pub(crate) fn collect(counters: &Counters, reported: Reported, report: &RTCStatsReport) -> TransportStats {
    let count = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
    let mut stats = TransportStats {
        round_trip: reported.round_trip,
        loss_sent: reported.loss_sent,
        jitter_sent: reported.jitter_sent,
        lost_received: reported.lost_received,
        jitter_received: reported.jitter_received,
        packets_sent: count(&counters.packets_sent),
        bytes_sent: count(&counters.bytes_sent),
        packets_received: count(&counters.packets_received),
        bytes_received: count(&counters.bytes_received),
        packets_dropped: count(&counters.packets_dropped),
        srtp_profile: String::new(),
    };
    for entry in report.iter() {
        match entry {
            RTCStatsReportEntry::IceCandidatePair(pair) if pair.nominated => {
                stats.round_trip = stats.round_trip.or_else(|| seconds(pair.current_round_trip_time));
            }
            RTCStatsReportEntry::Transport(transport) => stats.srtp_profile.clone_from(&transport.srtp_cipher),
            _ => {}
        }
    }
    stats
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero())
}
