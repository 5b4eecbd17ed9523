//! Reads the RTCP reports that pass by (RFC 3550 §6.4): the library sends and answers them, but shows none of what they say.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rtc::interceptor::{Interceptor, Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use rtc::sansio::Protocol;
use tokio::sync::Notify;

use crate::reporter::{Note, Notes};
use crate::watch::PathState;

/// Opus counts in 48 kHz.
const TICKS_PER_SECOND: f64 = 48_000.0;

/// How many of our sender reports are remembered, to be found again in the other end's: one a second is sent.
const REMEMBERED: usize = 8;

/// What the latest reports said.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reported {
    pub(crate) round_trip: Option<Duration>,
    pub(crate) loss_sent: f32,
    pub(crate) jitter_sent: Duration,
    pub(crate) lost_received: i64,
    pub(crate) jitter_received: Duration,
}

/// The reports of one connection, shared between its interceptor and its statistics.
#[derive(Debug, Clone)]
pub(crate) struct Reports {
    state: Arc<Mutex<State>>,
    notes: Notes,
    /// Our goodbye has passed.
    goodbye_passed: Arc<Notify>,
}

#[derive(Debug, Default)]
struct State {
    said: Reported,
    /// The middle of the NTP time in our sender reports, and when each went out.
    sent: VecDeque<(u32, Instant)>,
}

impl Reports {
    pub(crate) fn new(notes: Notes) -> Self {
        Self { state: Arc::default(), notes, goodbye_passed: Arc::default() }
    }

    /// Waits until our goodbye is on its way.
    pub(crate) async fn goodbye_passed(&self) {
        self.goodbye_passed.notified().await;
    }

    pub(crate) fn latest(&self) -> Reported {
        self.lock().said.clone()
    }

    pub(crate) fn interceptor(&self) -> ReportReader {
        ReportReader { reports: self.clone(), reads: VecDeque::new(), writes: VecDeque::new() }
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// A report that we send: when it went, and what we say of the other end's packets.
    fn sent(&mut self, packet: &dyn rtcp::Packet, now: Instant) {
        if let Some(report) = packet.as_any().downcast_ref::<SenderReport>() {
            self.sent.push_back(((report.ntp_time >> 16) as u32, now));
            if self.sent.len() > REMEMBERED {
                self.sent.pop_front();
            }
        }
        for block in blocks(packet) {
            self.said.lost_received = block.total_lost.into();
            self.said.jitter_received = ticks(block.jitter);
        }
    }

    /// A report of the other end: what it says of our packets.
    fn received(&mut self, packet: &dyn rtcp::Packet, now: Instant) {
        for block in blocks(packet) {
            self.said.loss_sent = f32::from(block.fraction_lost) / 256.0;
            self.said.jitter_sent = ticks(block.jitter);
            let asked = self.sent.iter().find(|(ntp, _)| *ntp == block.last_sender_report);
            if let Some((_, sent_at)) = asked {
                let held = Duration::from_secs_f64(f64::from(block.delay) / 65_536.0);
                self.said.round_trip = Some(now.saturating_duration_since(*sent_at).saturating_sub(held));
            }
        }
    }
}

fn blocks(packet: &dyn rtcp::Packet) -> &[ReceptionReport] {
    if let Some(report) = packet.as_any().downcast_ref::<ReceiverReport>() {
        &report.reports
    } else if let Some(report) = packet.as_any().downcast_ref::<SenderReport>() {
        &report.reports
    } else {
        &[]
    }
}

fn is_goodbye(packet: &dyn rtcp::Packet) -> bool {
    packet.as_any().is::<Goodbye>()
}

fn ticks(ticks: u32) -> Duration {
    Duration::from_secs_f64(f64::from(ticks) / TICKS_PER_SECOND)
}

/// Sits next to the wire, where every report passes in both directions, and changes nothing.
pub(crate) struct ReportReader {
    reports: Reports,
    reads: VecDeque<TaggedPacket>,
    writes: VecDeque<TaggedPacket>,
}

impl Protocol<TaggedPacket, TaggedPacket, ()> for ReportReader {
    type Rout = TaggedPacket;
    type Wout = TaggedPacket;
    type Eout = ();
    type Error = rtc::shared::error::Error;
    type Time = Instant;

    fn handle_read(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let mut state = self.reports.lock();
            packets.iter().for_each(|packet| state.received(packet.as_ref(), message.now));
            if packets.iter().any(|packet| is_goodbye(packet.as_ref())) {
                // A reporter that is behind hears of the silence that follows.
                let _ = self.reports.notes.try_send(Note::Path(PathState::Left));
            }
        }
        self.reads.push_back(message);
        Ok(())
    }

    fn poll_read(&mut self) -> Option<TaggedPacket> {
        self.reads.pop_front()
    }

    fn handle_write(&mut self, message: TaggedPacket) -> Result<(), Self::Error> {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let mut state = self.reports.lock();
            packets.iter().for_each(|packet| state.sent(packet.as_ref(), message.now));
            if packets.iter().any(|packet| is_goodbye(packet.as_ref())) {
                self.reports.goodbye_passed.notify_one();
            }
        }
        self.writes.push_back(message);
        Ok(())
    }

    fn poll_write(&mut self) -> Option<TaggedPacket> {
        self.writes.pop_front()
    }
}

impl Interceptor for ReportReader {
    fn bind_local_stream(&mut self, _: &StreamInfo) {}
    fn unbind_local_stream(&mut self, _: &StreamInfo) {}
    fn bind_remote_stream(&mut self, _: &StreamInfo) {}
    fn unbind_remote_stream(&mut self, _: &StreamInfo) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_round_trip_is_what_passed_since_our_report_less_what_the_other_end_held_it() {
        let mut state = State::default();
        let sent_at = Instant::now();

        state.sent(&sender_report(0x1234_5678_9abc_def0), sent_at);
        let block = ReceptionReport { last_sender_report: 0x5678_9abc, delay: 65_536 / 2, ..block() };
        state.received(&receiver_report(block), sent_at + Duration::from_millis(580));

        assert_eq!(state.said.round_trip, Some(Duration::from_millis(80)));
    }

    #[test]
    fn a_report_on_nothing_we_sent_measures_no_round_trip() {
        let mut state = State::default();

        state.received(&receiver_report(block()), Instant::now());

        assert_eq!(state.said.round_trip, None);
        assert!((state.said.loss_sent - 0.25).abs() < f32::EPSILON);
        assert_eq!(state.said.jitter_sent, Duration::from_millis(10));
    }

    #[test]
    fn what_we_report_is_what_we_received() {
        let mut state = State::default();

        state.sent(&receiver_report(block()), Instant::now());

        assert_eq!((state.said.lost_received, state.said.jitter_received), (7, Duration::from_millis(10)));
    }

    #[test]
    fn only_a_bounded_number_of_our_reports_is_remembered() {
        let mut state = State::default();
        for second in 0..1000u64 {
            state.sent(&sender_report(second << 32), Instant::now());
        }

        assert_eq!(state.sent.len(), REMEMBERED);
    }

    fn block() -> ReceptionReport {
        ReceptionReport { fraction_lost: 64, total_lost: 7, jitter: 480, ..ReceptionReport::default() }
    }

    fn receiver_report(block: ReceptionReport) -> ReceiverReport {
        ReceiverReport { reports: vec![block], ..ReceiverReport::default() }
    }

    fn sender_report(ntp_time: u64) -> SenderReport {
        SenderReport { ntp_time, ..SenderReport::default() }
    }
}
