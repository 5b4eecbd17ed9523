//! Reads the RTCP reports that pass by (RFC 3550 §6.4): the library sends and answers them, but shows none of what they say.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rtc::interceptor::{Packet, StreamInfo, TaggedPacket};
use rtc::rtcp;
use rtc::rtcp::goodbye::Goodbye;
use rtc::rtcp::receiver_report::ReceiverReport;
use rtc::rtcp::reception_report::ReceptionReport;
use rtc::rtcp::sender_report::SenderReport;
use tokio::sync::Notify;

use crate::interceptor::{Packets, Stage, Staged};
use crate::picture::KeyFrameRequests;
use crate::reporter::{Update, UpdateSender};
use crate::watch::PathState;

/// How many of our sender reports are remembered, to be found again in the other end's: one a second is sent.
const REMEMBERED: usize = 8;

/// What the latest report said of one stream.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub(crate) struct StreamReport {
    pub(crate) lost: i64,
    pub(crate) loss: f32,
    pub(crate) jitter: Duration,
}

/// A stream that is bound, by its SSRC. Of others, nothing is kept.
#[derive(Debug)]
struct KnownStream {
    ticks_per_second: u32,
    reported: StreamReport,
    /// Of what is sent: the latest frame's moment by the stream's clock, and when it was heard or seen.
    taken: Option<(u32, Instant)>,
    /// Of what is received: the same moment by the clock of the other end, an NTP timestamp, and by the stream's.
    clocks: Option<(u64, u32)>,
}

/// The reports of one connection, shared between its interceptor and its statistics.
#[derive(Debug, Clone)]
pub(crate) struct Reports {
    state: Arc<Mutex<State>>,
    updates: UpdateSender,
    /// Our goodbye has passed.
    goodbye_passed: Arc<Notify>,
    key_frame_requests: KeyFrameRequests,
}

#[derive(Debug, Default)]
struct State {
    round_trip: Option<Duration>,
    /// Ours, and the other end's: nothing keeps them from choosing the same SSRC.
    sending: BTreeMap<u32, KnownStream>,
    receiving: BTreeMap<u32, KnownStream>,
    /// The middle of the NTP time in our sender reports, and when each went out.
    sent: VecDeque<(u32, Instant)>,
}

impl Reports {
    pub(crate) fn new(updates: UpdateSender) -> Self {
        Self {
            state: Arc::default(),
            updates,
            goodbye_passed: Arc::default(),
            key_frame_requests: KeyFrameRequests::default(),
        }
    }

    /// Waits until our goodbye is on its way.
    pub(crate) async fn goodbye_passed(&self) {
        self.goodbye_passed.notified().await;
    }

    pub(crate) fn key_frame_requests(&self) -> &KeyFrameRequests {
        &self.key_frame_requests
    }

    pub(crate) fn round_trip(&self) -> Option<Duration> {
        self.lock().round_trip
    }

    /// What the other end says of a stream of ours.
    pub(crate) fn of_sending(&self, ssrc: u32) -> StreamReport {
        self.lock().sending.get(&ssrc).map(|stream| stream.reported).unwrap_or_default()
    }

    /// What we say of one of the other end's streams.
    pub(crate) fn of_receiving(&self, ssrc: u32) -> StreamReport {
        self.lock().receiving.get(&ssrc).map(|stream| stream.reported).unwrap_or_default()
    }

    /// A frame of ours with this timestamp was heard or seen then.
    pub(crate) fn note_taken(&self, ssrc: u32, timestamp: u32, taken_at: Instant) {
        if let Some(stream) = self.lock().sending.get_mut(&ssrc) {
            stream.taken = Some((timestamp, taken_at));
        }
    }

    /// When a frame of the other end was heard or seen, by its clock; `None` before its first report.
    pub(crate) fn taken_at(&self, ssrc: u32, timestamp: u32) -> Option<Duration> {
        self.lock().receiving.get(&ssrc)?.taken_at(timestamp)
    }

    pub(crate) fn interceptor(&self) -> Staged<ReportReader> {
        Staged::new(ReportReader { reports: self.clone() })
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
            note(&mut self.receiving, block);
        }
    }

    /// The library says when a packet was given to it. What the other end needs, to show a picture with its sound, is when it was taken.
    fn corrected(&self, packet: &dyn rtcp::Packet, now: Instant) -> Option<SenderReport> {
        let report = packet.as_any().downcast_ref::<SenderReport>()?;
        let rtp_time = self.sending.get(&report.ssrc)?.timestamp_at(now)?;
        Some(SenderReport { rtp_time, ..report.clone() })
    }

    /// A report of the other end: what it says of our packets, and of its clock.
    fn received(&mut self, packet: &dyn rtcp::Packet, now: Instant) {
        if let Some(report) = packet.as_any().downcast_ref::<SenderReport>()
            && let Some(stream) = self.receiving.get_mut(&report.ssrc)
        {
            stream.clocks = Some((report.ntp_time, report.rtp_time));
        }
        for block in blocks(packet) {
            note(&mut self.sending, block);
            let asked = self.sent.iter().find(|(ntp, _)| *ntp == block.last_sender_report);
            if let Some((_, sent_at)) = asked {
                let held = Duration::from_secs_f64(f64::from(block.delay) / 65_536.0);
                self.round_trip = Some(now.saturating_duration_since(*sent_at).saturating_sub(held));
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

fn note(streams: &mut BTreeMap<u32, KnownStream>, block: &ReceptionReport) {
    let Some(stream) = streams.get_mut(&block.ssrc) else { return };
    stream.reported = StreamReport {
        lost: block.total_lost.into(),
        loss: f32::from(block.fraction_lost) / 256.0,
        jitter: Duration::from_secs_f64(f64::from(block.jitter) / f64::from(stream.ticks_per_second)),
    };
}

impl KnownStream {
    fn new(info: &StreamInfo) -> Self {
        let reported = StreamReport::default();
        Self { ticks_per_second: info.clock_rate.max(1), reported, taken: None, clocks: None }
    }

    /// The stream's clock at this moment.
    fn timestamp_at(&self, now: Instant) -> Option<u32> {
        let (timestamp, taken_at) = self.taken?;
        let since = now.saturating_duration_since(taken_at).as_secs_f64();
        Some(timestamp.wrapping_add((since * f64::from(self.ticks_per_second)) as u64 as u32))
    }

    /// Since the beginning of 1900 (RFC 3550 §4).
    fn taken_at(&self, timestamp: u32) -> Option<Duration> {
        let (ntp_time, rtp_time) = self.clocks?;
        let reported_at = Duration::from_secs(ntp_time >> 32)
            + Duration::from_secs_f64(f64::from(ntp_time as u32) / f64::from(u32::MAX));
        let ticks = timestamp.wrapping_sub(rtp_time).cast_signed();
        let apart = Duration::from_secs_f64(f64::from(ticks.unsigned_abs()) / f64::from(self.ticks_per_second));
        if ticks < 0 { reported_at.checked_sub(apart) } else { reported_at.checked_add(apart) }
    }
}

/// Sits next to the wire, where every report passes in both directions, and changes what ours say of the time.
pub(crate) struct ReportReader {
    reports: Reports,
}

impl Stage for ReportReader {
    fn read(&mut self, message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtcp(packets) = &message.message.packet {
            let mut state = self.reports.lock();
            packets.iter().for_each(|packet| state.received(packet.as_ref(), message.now));
            if packets.iter().any(|packet| is_goodbye(packet.as_ref())) {
                // A reporter that is behind hears of the silence that follows.
                let _ = self.reports.updates.try_send(Update::Path(PathState::Left));
            }
        }
        on.push_back(message);
    }

    fn write(&mut self, mut message: TaggedPacket, on: &mut Packets) {
        if let Packet::Rtcp(packets) = &mut message.message.packet {
            let mut state = self.reports.lock();
            for packet in packets.iter_mut() {
                if let Some(corrected) = state.corrected(packet.as_ref(), message.now) {
                    *packet = Box::new(corrected);
                }
            }
            packets.iter().for_each(|packet| state.sent(packet.as_ref(), message.now));
            if packets.iter().any(|packet| is_goodbye(packet.as_ref())) {
                self.reports.goodbye_passed.notify_one();
            }
        }
        on.push_back(message);
    }

    fn begin_sending(&mut self, stream: &StreamInfo) {
        self.reports.lock().sending.entry(stream.ssrc).or_insert_with(|| KnownStream::new(stream));
    }

    fn end_sending(&mut self, stream: &StreamInfo) {
        self.reports.lock().sending.remove(&stream.ssrc);
    }

    fn begin_receiving(&mut self, stream: &StreamInfo) {
        self.reports.lock().receiving.entry(stream.ssrc).or_insert_with(|| KnownStream::new(stream));
    }

    fn end_receiving(&mut self, stream: &StreamInfo) {
        self.reports.lock().receiving.remove(&stream.ssrc);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SOUND: u32 = 7;
    const PICTURE: u32 = 8;

    #[test]
    fn the_round_trip_is_what_passed_since_our_report_less_what_the_other_end_held_it() {
        let mut state = State::default();
        let sent_at = Instant::now();

        state.sent(&sender_report(0x1234_5678_9abc_def0), sent_at);
        let block = ReceptionReport { last_sender_report: 0x5678_9abc, delay: 65_536 / 2, ..block() };
        state.received(&receiver_report(block), sent_at + Duration::from_millis(580));

        assert_eq!(state.round_trip, Some(Duration::from_millis(80)));
    }

    #[test]
    fn a_report_on_nothing_we_sent_measures_no_round_trip() {
        let mut state = State::default();

        state.received(&receiver_report(block()), Instant::now());

        assert_eq!(state.round_trip, None);
    }

    #[test]
    fn what_the_other_end_reports_is_of_our_stream_in_the_time_of_its_own_clock() {
        let mut state = of_two_streams();

        state.received(&receiver_report(block()), Instant::now());
        state.received(&receiver_report(ReceptionReport { ssrc: PICTURE, ..block() }), Instant::now());

        let reported = |jitter_us| StreamReport { lost: 7, loss: 0.25, jitter: Duration::from_micros(jitter_us) };
        assert_eq!(state.sending[&SOUND].reported, reported(10_000));
        assert_eq!(state.sending[&PICTURE].reported.jitter.as_micros(), 5_333);
        assert_eq!(state.receiving[&SOUND].reported, StreamReport::default());
    }

    #[test]
    fn what_we_report_is_of_the_other_ends_stream() {
        let mut state = of_two_streams();

        state.sent(&receiver_report(block()), Instant::now());

        assert_eq!(state.receiving[&SOUND].reported.lost, 7);
        assert_eq!(state.sending[&SOUND].reported, StreamReport::default());
    }

    #[test]
    fn reports_on_streams_that_are_not_there_are_not_kept() {
        let mut state = of_two_streams();
        for ssrc in 100..10_000 {
            state.received(&receiver_report(ReceptionReport { ssrc, ..block() }), Instant::now());
            state.sent(&receiver_report(ReceptionReport { ssrc, ..block() }), Instant::now());
        }

        assert_eq!((state.sending.len(), state.receiving.len()), (2, 2));
    }

    #[test]
    fn only_a_bounded_number_of_our_reports_is_remembered() {
        let mut state = State::default();
        for second in 0..1000u64 {
            state.sent(&sender_report(second << 32), Instant::now());
        }

        assert_eq!(state.sent.len(), REMEMBERED);
    }

    #[test]
    fn our_reports_say_when_a_frame_was_taken_and_not_when_it_was_sent() {
        let (mut state, taken_at) = (of_two_streams(), Instant::now());
        state.sending.get_mut(&PICTURE).expect("it is known").taken = Some((u32::MAX, taken_at));
        let report = SenderReport { ssrc: PICTURE, rtp_time: 7, ..SenderReport::default() };

        let corrected = state.corrected(&report, taken_at + Duration::from_millis(100)).expect("a report");

        assert_eq!(corrected.rtp_time, 8999, "a tenth of a second after it, and the clock wraps");
        assert_eq!(state.corrected(&SenderReport { ssrc: SOUND, ..report }, taken_at), None, "nothing was taken");
    }

    #[test]
    fn a_report_of_the_other_end_tells_when_its_frames_were_taken() {
        let mut state = of_two_streams();
        let second = 90_000;
        assert_eq!(state.receiving[&PICTURE].taken_at(0), None);

        let ntp_time = (4_000_000_000 << 32) | (1 << 31);
        let report = SenderReport { ssrc: PICTURE, ntp_time, rtp_time: 10, ..SenderReport::default() };
        state.received(&report, Instant::now());

        let taken_at = |timestamp| state.receiving[&PICTURE].taken_at(timestamp).expect("reported").as_millis();
        assert_eq!(taken_at(10 + second / 2), 4_000_000_001_000);
        assert_eq!(taken_at(10_u32.wrapping_sub(second / 2)), 4_000_000_000_000);
    }

    fn of_two_streams() -> State {
        let streams = || {
            let of = |(ssrc, clock_rate)| {
                (ssrc, KnownStream::new(&StreamInfo { ssrc, clock_rate, ..StreamInfo::default() }))
            };
            [(SOUND, 48_000), (PICTURE, 90_000)].map(of).into()
        };
        State { sending: streams(), receiving: streams(), ..State::default() }
    }

    fn block() -> ReceptionReport {
        ReceptionReport { ssrc: SOUND, fraction_lost: 64, total_lost: 7, jitter: 480, ..ReceptionReport::default() }
    }

    fn receiver_report(block: ReceptionReport) -> ReceiverReport {
        ReceiverReport { reports: vec![block], ..ReceiverReport::default() }
    }

    fn sender_report(ntp_time: u64) -> SenderReport {
        SenderReport { ntp_time, ..SenderReport::default() }
    }
}
