//! Whole conversations over networks that lose, delay and reorder, in virtual time and from a seed.

use std::time::{Duration, Instant};

use bytes::Bytes;
use proptest::prelude::*;

use super::{JitterStats, Playback, ReceivedPacket};
use crate::sound::codec::{Encoded, Encoder};
use crate::sound::frame::{FRAME, Frame, PACKET, SILENCE};

const TEN_MS: Duration = Duration::from_millis(10);

#[test]
fn a_clean_path_is_played_within_a_few_milliseconds_and_untouched() {
    let run = Run::over(Network::clean(), secs(20));

    assert_eq!((run.stats.lost, run.stats.concealed, run.stats.late), (0, 0, 0), "{:?}", run.stats);
    assert!(run.stats.delay_ms < 20.0, "{:?}", run.stats);
    assert!(run.stretched_share() < 0.01, "{:?}", run.stats);
}

#[test]
fn jitter_is_absorbed_by_about_as_much_delay() {
    let run = Run::over(Network { jitter_ms: 40, ..Network::clean() }, secs(30));

    assert!((25.0..65.0).contains(&run.stats.delay_ms), "{:?}", run.stats);
    assert!(run.concealed_share() < 0.05, "{:?}", run.stats);
}

#[test]
fn five_percent_loss_is_mostly_recovered_from_copies() {
    let run = Run::over(Network { loss_percent: 5, ..Network::clean() }, secs(30));

    assert!(run.stats.recovered * 10 >= run.stats.lost * 7, "{:?}", run.stats);
    assert!(run.concealed_share() < 0.02, "{:?}", run.stats);
    assert!(run.stats.delay_ms < 45.0, "{:?}", run.stats);
}

#[test]
fn twenty_percent_loss_is_still_speech() {
    let run = Run::over(Network { loss_percent: 20, ..Network::clean() }, secs(30));

    assert!(run.stats.recovered * 10 >= run.stats.lost * 6, "{:?}", run.stats);
    assert!(run.concealed_share() < 0.10, "{:?}", run.stats);
    assert!(run.stats.delay_ms < 60.0, "{:?}", run.stats);
}

#[test]
fn loss_and_jitter_together_keep_the_delay_in_bounds() {
    let run = Run::over(Network { loss_percent: 5, jitter_ms: 40, ..Network::clean() }, secs(30));

    assert!(run.stats.delay_ms < 70.0, "{:?}", run.stats);
    assert!(run.concealed_share() < 0.08, "{:?}", run.stats);
}

#[test]
fn repeated_frames_fill_what_ten_and_twenty_percent_loss_leave_out() {
    for (loss_percent, concealed) in [(10, 0.012), (20, 0.025)] {
        let run = Run::over(Network { loss_percent, repeated: 2, ..Network::clean() }, secs(60));

        assert!(run.concealed_share() < concealed, "{:?}", run.stats);
        assert!(run.stats.delay_ms < 65.0, "{:?}", run.stats);
    }
}

#[test]
fn one_repeated_frame_is_enough_for_little_loss_and_works_through_jitter() {
    let run = Run::over(Network { loss_percent: 5, jitter_ms: 40, repeated: 1, ..Network::clean() }, secs(60));

    assert!(run.concealed_share() < 0.02, "{:?}", run.stats);
    assert!(run.stats.delay_ms < 75.0, "{:?}", run.stats);
}

#[test]
fn what_came_only_as_copies_is_known_at_once_to_make_everything_later() {
    let mut run = Run::start(Network { repeated: 2, ..Network::clean() });
    run.run_for(secs(2));
    run.network.loss_percent = 100;
    run.run_for(4 * TEN_MS);
    run.network.loss_percent = 0;
    run.run_for(4 * TEN_MS);

    let stats = run.finish();
    assert!(stats.concealed > 0, "{stats:?}");
    assert!(stats.delay_ms > 35.0, "{stats:?}");
}

#[test]
fn after_a_stall_it_catches_up() {
    let run = Run::over(Network { stall: Some((500, 300)), ..Network::clean() }, secs(25));

    assert!(run.stats.delay_ms < 40.0, "{:?}", run.stats);
    assert!(run.stats.accelerated > 0, "{:?}", run.stats);
}

#[test]
fn after_ten_seconds_of_nothing_it_goes_on_at_once() {
    let mut run = Run::start(Network::clean());
    run.run_for(secs(2));
    run.network.loss_percent = 100;
    run.run_for(secs(10));
    run.network.loss_percent = 0;
    run.run_for(secs(2));
    let before = run.finish().concealed;
    run.run_for(secs(2));

    assert_eq!(run.finish().concealed, before, "{:?}", run.stats);
    assert!(run.finish().delay_ms < 40.0, "{:?}", run.stats);
}

#[test]
fn a_pause_in_sending_is_filled_with_comfort_and_ends_on_time() {
    let mut run = Run::start(Network::clean());
    run.run_for(secs(2));
    run.talking = false;
    run.run_for(secs(3));
    run.talking = true;
    run.run_for(secs(2));

    let stats = run.finish();
    assert!(stats.comfort > 48_000, "{stats:?}");
    assert_eq!(stats.lost, 0, "{stats:?}");
    assert!(stats.delay_ms < 25.0, "{stats:?}");
}

#[test]
fn a_sender_whose_clock_is_fast_is_followed() {
    let run = Run::over(Network { drift_ppm: 300, ..Network::clean() }, secs(40));

    assert!(run.stats.delay_ms < 35.0, "{:?}", run.stats);
    assert!(run.concealed_share() < 0.01, "{:?}", run.stats);
}

#[test]
fn doubled_packets_are_counted_and_heard_once() {
    let run = Run::over(Network { doubled: true, ..Network::clean() }, secs(5));

    assert!(run.stats.duplicate >= 240, "{:?}", run.stats);
    assert_eq!(run.stats.concealed, 0, "{:?}", run.stats);
}

#[test]
fn a_sender_that_begins_anew_is_followed() {
    let mut run = Run::start(Network::clean());
    run.run_for(secs(3));
    run.sequence = run.sequence.wrapping_add(30_000);
    run.timestamp = run.timestamp.wrapping_add(0x7000_0000);
    run.run_for(secs(1));
    let before = run.finish().concealed;
    run.run_for(secs(2));

    assert_eq!(run.finish().concealed, before);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn nothing_that_arrives_breaks_it(steps in prop::collection::vec(anything(), 1..400)) {
        let mut playback = Playback::new().expect("a decoder");
        let mut now = Instant::now() + secs(100);
        let mut frame = SILENCE;
        for step in steps {
            match step {
                Anything::Packet { sequence, timestamp, payload, ago } => {
                    playback.insert(ReceivedPacket { sequence, timestamp, payload, arrived_at: now - ago });
                }
                Anything::Pull(later) => {
                    now += later;
                    playback.pull_10ms(now, &mut frame);
                    prop_assert!(frame.iter().all(|s| s.is_finite()));
                }
            }
            prop_assert!(playback.standing() < 128 * 5_760);
        }
    }
}

#[derive(Debug, Clone)]
enum Anything {
    Packet { sequence: u16, timestamp: u32, payload: Bytes, ago: Duration },
    Pull(Duration),
}

fn anything() -> impl Strategy<Value = Anything> {
    let payload = prop::collection::vec(any::<u8>(), 0..60).prop_map(Bytes::from);
    let sequence = prop_oneof![9 => 0..300_u16, 1 => any::<u16>()];
    let packet = (sequence, prop::option::weighted(0.2, any::<u32>()), payload, 0..400_u64).prop_map(
        |(sequence, timestamp, payload, ago_ms)| {
            let timestamp = timestamp.unwrap_or(u32::from(sequence) * 960);
            Anything::Packet { sequence, timestamp, payload, ago: Duration::from_millis(ago_ms) }
        },
    );
    let pull = prop_oneof![20 => 0..25_u64, 1 => 0..5_000_u64].prop_map(|ms| Anything::Pull(Duration::from_millis(ms)));
    prop_oneof![packet, pull]
}

/// What happens to packets on their way.
#[derive(Debug, Clone)]
struct Network {
    loss_percent: u64,
    jitter_ms: u64,
    drift_ppm: i64,
    doubled: bool,
    /// So many earlier packets come with each.
    repeated: usize,
    /// From this packet on, everything waits for so many milliseconds and then comes at once.
    stall: Option<(u64, u64)>,
}

impl Network {
    fn clean() -> Self {
        Self { loss_percent: 0, jitter_ms: 0, drift_ppm: 0, doubled: false, repeated: 0, stall: None }
    }
}

/// A talker, a network and a listener in virtual time.
struct Run {
    network: Network,
    encoder: Encoder,
    playback: Playback,
    in_flight: Vec<ReceivedPacket>,
    /// The latest that were sent.
    earlier: Vec<ReceivedPacket>,
    now: Instant,
    capture_at: Instant,
    spoken: u64,
    sent: u64,
    pulled: u64,
    sequence: u16,
    timestamp: u32,
    talking: bool,
    random: u64,
    stats: JitterStats,
}

impl Run {
    fn over(network: Network, time: Duration) -> Self {
        let mut run = Self::start(network);
        run.run_for(time);
        run.stats = run.finish();
        println!("{:?}: {:?}", run.network, run.stats);
        run
    }

    fn start(network: Network) -> Self {
        let mut encoder = Encoder::new().expect("an encoder");
        let percent = if network.repeated > 0 { 0 } else { network.loss_percent.min(25) };
        encoder.set_packet_loss(percent as u8).expect("accepted");
        let now = Instant::now() + secs(1_000);
        Self {
            network,
            encoder,
            playback: Playback::new().expect("a decoder"),
            in_flight: Vec::new(),
            earlier: Vec::new(),
            now,
            capture_at: now + Duration::from_millis(7),
            spoken: 0,
            sent: 0,
            pulled: 0,
            sequence: 65_500,
            timestamp: u32::MAX - 48_000,
            talking: true,
            random: 7,
            stats: JitterStats::default(),
        }
    }

    /// The listener pulls every 10 ms; the talker's clock may run at another speed.
    fn run_for(&mut self, time: Duration) {
        let until = self.now + time;
        while self.now < until {
            self.now += TEN_MS;
            while self.capture_at <= self.now {
                self.speak();
            }
            self.deliver();
            let mut frame: Frame = SILENCE;
            self.playback.pull_10ms(self.now, &mut frame);
            self.pulled += FRAME as u64;
        }
    }

    fn finish(&self) -> JitterStats {
        self.playback.stats()
    }

    fn speak(&mut self) {
        let packet: [f32; PACKET] = std::array::from_fn(|n| self.sample(self.spoken + n as u64));
        self.spoken += PACKET as u64;
        let at = self.capture_at;
        self.capture_at += Duration::from_nanos((20_000_000 - self.network.drift_ppm * 20).unsigned_abs());
        if let Ok(Encoded::Packet(payload)) = self.encoder.encode(&packet) {
            let payload = Bytes::copy_from_slice(payload);
            let (sequence, timestamp) = (self.sequence, self.timestamp);
            self.sequence = self.sequence.wrapping_add(1);
            self.send(ReceivedPacket { sequence, timestamp, payload, arrived_at: at });
        }
        self.timestamp = self.timestamp.wrapping_add(PACKET as u32);
    }

    /// As a transport does that repeats earlier frames: they are there with the packet, before it.
    fn send_with_earlier(&mut self, packet: ReceivedPacket) {
        let at = packet.arrived_at;
        self.earlier.push(packet);
        let from = self.earlier.len().saturating_sub(self.network.repeated + 1);
        self.earlier.drain(..from);
        let (lost, arrives) =
            (self.roll(100) < self.network.loss_percent, at + Duration::from_millis(15 + self.jitter()));
        if !lost {
            self.in_flight.extend(self.earlier.iter().map(|packet| arriving(packet, arrives)));
        }
    }

    /// What just left; when it arrives is for the network to say.
    fn send(&mut self, packet: ReceivedPacket) {
        self.sent += 1;
        if self.network.repeated > 0 {
            return self.send_with_earlier(packet);
        }
        if self.roll(100) < self.network.loss_percent {
            return;
        }
        let mut arrives = packet.arrived_at + Duration::from_millis(15 + self.jitter());
        if let Some((from, ms)) = self.network.stall {
            let waits = Duration::from_millis(ms)
                .saturating_sub(Duration::from_millis(20) * (self.sent.saturating_sub(from)) as u32);
            arrives += if self.sent >= from { waits } else { Duration::ZERO };
        }
        if self.network.doubled {
            self.in_flight.push(arriving(&packet, arrives + TEN_MS));
        }
        self.in_flight.push(arriving(&packet, arrives));
    }

    fn jitter(&mut self) -> u64 {
        if self.network.jitter_ms > 0 { self.roll(self.network.jitter_ms) } else { 0 }
    }

    fn deliver(&mut self) {
        self.in_flight.sort_by_key(|packet| packet.arrived_at);
        let due = self.in_flight.partition_point(|packet| packet.arrived_at <= self.now);
        for packet in self.in_flight.drain(..due) {
            self.playback.insert(packet);
        }
    }

    /// A voice: a harmonic sound that swells, breathes and pauses now and then.
    fn sample(&self, n: u64) -> f32 {
        if !self.talking {
            return 0.0;
        }
        let t = n as f32 / 48_000.0;
        let swell = 0.6 + 0.4 * (t * 3.0 * std::f32::consts::TAU).sin();
        let voice = |harmonic: f32| (t * 140.0 * harmonic * std::f32::consts::TAU).sin() / harmonic;
        0.2 * swell * (1..=12).map(|harmonic| voice(harmonic as f32)).sum::<f32>()
    }

    fn roll(&mut self, below: u64) -> u64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) % below
    }

    fn concealed_share(&self) -> f64 {
        self.stats.concealed as f64 / self.pulled as f64
    }

    fn stretched_share(&self) -> f64 {
        (self.stats.accelerated + self.stats.expanded) as f64 / self.pulled as f64
    }
}

fn arriving(packet: &ReceivedPacket, arrived_at: Instant) -> ReceivedPacket {
    ReceivedPacket { arrived_at, ..packet.clone() }
}

fn secs(n: u64) -> Duration {
    Duration::from_secs(n)
}
