//! How a connection is doing, for "poor network" and for the call's log.

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use rtc::statistics::stats::rtp_stream::received::inbound::RTCInboundRtpStreamStats;
use rtc::statistics::stats::rtp_stream::received::remote_inbound::RTCRemoteInboundRtpStreamStats;
use webrtc::peer_connection::{RTCStatsReport, RTCStatsReportEntry};

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

/// What the tasks of one connection share.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) connected: AtomicBool,
    pub(crate) packets_dropped: AtomicU64,
}

/// Picks what we tell from the library's report.
pub(crate) fn read(report: &RTCStatsReport, counters: &Counters) -> TransportStats {
    let mut stats =
        TransportStats { packets_dropped: counters.packets_dropped.load(Ordering::Relaxed), ..Default::default() };
    let mut path_round_trip = None;
    for entry in report.iter() {
        match entry {
            RTCStatsReportEntry::RemoteInboundRtp(remote) => read_receiver_report(remote, &mut stats),
            RTCStatsReportEntry::InboundRtp(inbound) => read_inbound(inbound, &mut stats),
            RTCStatsReportEntry::OutboundRtp(outbound) => {
                stats.packets_sent += outbound.sent_rtp_stream_stats.packets_sent;
                stats.bytes_sent += outbound.sent_rtp_stream_stats.bytes_sent;
            }
            RTCStatsReportEntry::IceCandidatePair(pair) if pair.nominated => {
                path_round_trip = seconds(pair.current_round_trip_time).or(path_round_trip);
            }
            RTCStatsReportEntry::Transport(transport) => stats.srtp_profile.clone_from(&transport.srtp_cipher),
            _ => {}
        }
    }
    stats.round_trip = stats.round_trip.or(path_round_trip);
    stats
}

fn read_receiver_report(remote: &RTCRemoteInboundRtpStreamStats, stats: &mut TransportStats) {
    if remote.round_trip_time_measurements > 0 {
        stats.round_trip = seconds(remote.round_trip_time);
    }
    stats.loss_sent = remote.fraction_lost as f32;
    stats.jitter_sent = seconds(remote.received_rtp_stream_stats.jitter).unwrap_or_default();
}

fn read_inbound(inbound: &RTCInboundRtpStreamStats, stats: &mut TransportStats) {
    let received = &inbound.received_rtp_stream_stats;
    stats.packets_received += received.packets_received;
    stats.bytes_received += inbound.bytes_received;
    stats.lost_received += received.packets_lost;
    stats.jitter_received = seconds(received.jitter).unwrap_or_default();
}

fn seconds(seconds: f64) -> Option<Duration> {
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| !duration.is_zero())
}
