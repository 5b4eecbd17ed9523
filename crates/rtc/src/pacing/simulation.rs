//! A camera, the pacing queue, the estimator and the other end's assembler, around a narrow link that is not there.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::queue::{Leaving, Queue, Waiting};
use super::{LEAST_RATE, MOST_RATE, ROOM, ROOM_PATIENCE};
use crate::congestion::{Estimator, EstimatorConfig, PacketFate};
use crate::picture::Assembler;

const TICK: Duration = Duration::from_millis(1);
const ONE_WAY: Duration = Duration::from_millis(25);
const REPORT_EVERY: u64 = 50;
const SOUND_EVERY: u64 = 20;
const SOUND: usize = 130;
const PACKET: usize = 1200;
const CAMERA: u32 = 7;
const FIRST_RATE: u32 = 600_000;
/// How much larger a key frame is than the pictures after it.
const KEY: f64 = 8.0;
/// How fast an encoder follows its budget, as a share of the difference in the time of a picture.
const FOLLOWS: f64 = 0.15;

/// A bottleneck with 200 ms of queue, as home routers have it.
struct Link {
    rate: f64,
    busy_until: Duration,
}

impl Link {
    const QUEUE: Duration = Duration::from_millis(200);

    /// How long it waits, and when it reaches the other end; `None`: there is no room.
    fn pass(&mut self, now: Duration, bytes: usize) -> Option<(Duration, Duration)> {
        let begins = self.busy_until.max(now);
        if begins - now > Self::QUEUE {
            return None;
        }
        self.busy_until = begins + Duration::from_secs_f64(bytes as f64 * 8.0 / self.rate);
        Some((begins - now, self.busy_until + ONE_WAY))
    }
}

#[derive(Debug, Clone, Copy)]
struct Sent {
    sequence: u16,
    moment: u32,
    is_key: bool,
    is_last: bool,
    bytes: usize,
}

struct Call {
    epoch: Instant,
    now: Duration,
    link: Link,
    estimator: Estimator,
    queue: Queue<Sent>,
    encoder_rate: f64,
    wants_key: bool,
    random: u64,
    moment: u32,
    sequence: u16,
    /// The number of the latest key frame's first packet.
    key_sequence: u16,
    room_since: Option<Duration>,
    /// With when each arrives.
    flying: VecDeque<PacketFate>,
    arriving: BTreeMap<(Duration, u64), Sent>,
    order: u64,
    missing: VecDeque<(Duration, Sent)>,
    assembler: Assembler,
    /// When pictures came out at the other end, and how long each packet of sound waited at the link.
    shown: Vec<Duration>,
    waited: Vec<(Duration, Duration)>,
    keys: usize,
}

impl Call {
    fn over(rate: f64) -> Self {
        let config = EstimatorConfig { first: FIRST_RATE, least: LEAST_RATE, most: MOST_RATE };
        Self {
            epoch: Instant::now(),
            now: Duration::ZERO,
            link: Link { rate, busy_until: Duration::ZERO },
            estimator: Estimator::new(config),
            queue: Queue::new(),
            encoder_rate: f64::from(FIRST_RATE),
            wants_key: true,
            random: 1,
            moment: 0,
            sequence: 0,
            key_sequence: 0,
            room_since: None,
            flying: VecDeque::new(),
            arriving: BTreeMap::new(),
            order: 0,
            missing: VecDeque::new(),
            assembler: Assembler::default(),
            shown: Vec::new(),
            waited: Vec::new(),
            keys: 0,
        }
    }

    fn run(&mut self, lasts: Duration) {
        let until = self.now + lasts;
        while self.now < until {
            self.now += TICK;
            let millisecond = self.now.as_millis() as u64;
            if millisecond.is_multiple_of(SOUND_EVERY)
                && let Some((waited, _)) = self.link.pass(self.now, SOUND)
            {
                self.waited.push((self.now, waited));
            }
            if millisecond.is_multiple_of(33) {
                self.take_picture();
            }
            self.ask_again();
            self.leave();
            self.arrive();
            if millisecond.is_multiple_of(REPORT_EVERY) {
                self.report();
            }
        }
    }

    /// What the kit gives a camera of it.
    fn budget(&self) -> f64 {
        let available = f64::from(self.estimator.target());
        0.92 * if available < 400_000.0 { available - 32_000.0 } else { available }
    }

    fn take_picture(&mut self) {
        self.encoder_rate += FOLLOWS * (self.budget() - self.encoder_rate);
        let has_room = self.queue.wait() <= ROOM || self.queue.need_key_frames().next().is_some();
        let since = *self.room_since.get_or_insert(self.now);
        if !has_room && self.now - since < ROOM_PATIENCE {
            return;
        }
        self.room_since = None;
        let is_key = std::mem::take(&mut self.wants_key);
        self.keys += usize::from(is_key);
        if is_key {
            self.key_sequence = self.sequence;
        }
        let size = self.encoder_rate / 30.0 / 8.0 * (0.7 + 0.6 * self.draw()) * if is_key { KEY } else { 1.0 };
        self.moment += 2970;
        let packets = (size as usize).div_ceil(PACKET).max(1);
        for at in 0..packets {
            let bytes = (size as usize / packets).max(60);
            let sent = Sent {
                sequence: self.sequence,
                moment: self.moment,
                is_key: is_key && at == 0,
                is_last: at + 1 == packets,
                bytes,
            };
            self.sequence = self.sequence.wrapping_add(1);
            let left_out = self.queue.push(Waiting {
                packet: sent,
                bytes,
                picture: (CAMERA, self.moment),
                begins_anew: sent.is_key,
                is_last: sent.is_last,
            });
            self.wants_key |= left_out.needs_key_frame.is_some();
        }
    }

    fn draw(&mut self) -> f64 {
        self.random = self.random.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.random >> 33) as f64 / f64::from(1_u32 << 31)
    }

    fn ask_again(&mut self) {
        while let Some((_, sent)) = self.missing.pop_front_if(|(at, _)| *at <= self.now) {
            if sent.sequence.wrapping_sub(self.key_sequence) < 1 << 15 {
                self.queue.push_again(sent, sent.bytes, CAMERA);
            }
        }
    }

    fn leave(&mut self) {
        self.queue.set_rate(self.estimator.target(), self.estimator.is_known());
        self.queue.set_padding(PACKET);
        if !self.queue.has_train()
            && let Some(probe) = self.estimator.poll_probe(self.now)
        {
            self.queue.begin_train(probe);
        }
        while let Some(leaving) = self.queue.pop(self.epoch + self.now) {
            let (sent, probe) = match leaving {
                Leaving::Packet(sent, probe) => (Some(sent), probe),
                Leaving::Padding(probe) => (None, probe),
            };
            let bytes = sent.map_or(PACKET, |sent| sent.bytes);
            let passed = self.link.pass(self.now, bytes);
            let arrived_at = passed.map(|(_, at)| at);
            self.flying.push_back(PacketFate { left_at: self.now, arrived_at, bytes, probe });
            self.order += 1;
            match (sent, arrived_at) {
                (Some(sent), Some(at)) => {
                    self.arriving.insert((at, self.order), sent);
                }
                // It is seen to be missing and asked for.
                (Some(sent), None) => {
                    self.missing.push_back((self.now + 2 * ONE_WAY + Duration::from_millis(50), sent))
                }
                (None, _) => {}
            }
        }
    }

    fn arrive(&mut self) {
        let now = self.epoch + self.now;
        while let Some(entry) = self.arriving.first_entry().filter(|entry| entry.key().0 <= self.now) {
            let Sent { sequence, moment, is_key, is_last, .. } = entry.remove();
            let payload = Bytes::from_static(if is_key { &[7, 0] } else { &[1, 0] });
            self.assembler.insert(sequence, moment, is_last, payload, now);
        }
        while self.assembler.next_unit(now).is_some() {
            self.shown.push(self.now);
        }
        if self.assembler.asks_for_key_frame(now) && self.queue.want_key_frame(CAMERA).is_some() {
            self.wants_key = true;
        }
    }

    fn report(&mut self) {
        let seen_until = self.now.saturating_sub(ONE_WAY);
        let is_known = |fate: &PacketFate| match fate.arrived_at {
            Some(at) => at <= seen_until,
            None => fate.left_at + Link::QUEUE + ONE_WAY <= seen_until,
        };
        let known = self.flying.iter().take_while(|fate| is_known(fate)).count();
        let fates: Vec<PacketFate> = self.flying.drain(..known).collect();
        self.estimator.on_report(self.now, &fates);
    }

    fn seen(&self, seconds: std::ops::Range<u64>, what: &str) -> Seen {
        let within = |at: &Duration| (seconds.start..seconds.end).contains(&at.as_secs());
        let moments: Vec<Duration> = self.shown.iter().copied().filter(within).collect();
        let ends = [Duration::from_secs(seconds.start), Duration::from_secs(seconds.end)];
        let all: Vec<Duration> = ends[..1].iter().chain(&moments).chain(&ends[1..]).copied().collect();
        let longest = all.windows(2).map(|pair| pair[1] - pair[0]).max().unwrap_or_default();
        let mut waited: Vec<Duration> =
            self.waited.iter().filter(|(at, _)| within(at)).map(|(_, waited)| *waited).collect();
        waited.sort_unstable();
        let seen = Seen {
            a_second: moments.len() as f64 / (seconds.end - seconds.start) as f64,
            longest,
            sound_p95: waited[waited.len() * 95 / 100],
            lost: (seconds.end - seconds.start) as usize * 50 - waited.len(),
        };
        println!("{what}, {seconds:?} s: {seen:.2?}, {} key frames, {} b/s", self.keys, self.estimator.target());
        seen
    }
}

#[derive(Debug)]
struct Seen {
    a_second: f64,
    longest: Duration,
    sound_p95: Duration,
    /// Packets of sound.
    lost: usize,
}

const WITHIN: Duration = Duration::from_millis(30);
const LONGEST: Duration = Duration::from_secs(1);

#[test]
fn at_a_megabit_pictures_advance_and_sound_hardly_waits_behind_them() {
    let mut call = Call::over(1e6);
    call.run(Duration::from_secs(30));

    let (first, later) = (call.seen(0..4, "1 Mb/s"), call.seen(4..30, "1 Mb/s"));

    assert!(first.longest < LONGEST && later.longest < LONGEST / 2, "{first:?} {later:?}");
    assert!(later.a_second > 24.0 && later.sound_p95 <= WITHIN && later.lost == 0, "{later:?}");
}

#[test]
fn at_three_hundred_kilobits_pictures_advance_and_sound_hardly_waits_behind_them() {
    let mut call = Call::over(0.3e6);
    call.run(Duration::from_secs(30));

    let (first, later) = (call.seen(0..4, "300 kb/s"), call.seen(4..30, "300 kb/s"));

    assert!(first.longest < 2 * LONGEST && later.longest < LONGEST, "{first:?} {later:?}");
    assert!(later.a_second > 20.0 && later.sound_p95 <= WITHIN && later.lost == 0, "{later:?}");
}

#[test]
fn pictures_and_sound_follow_a_path_that_becomes_wide_and_narrow_again() {
    let mut call = Call::over(0.3e6);
    call.run(Duration::from_secs(20));
    call.link.rate = 2e6;
    call.run(Duration::from_secs(30));
    let wide = call.estimator.target();
    call.link.rate = 0.3e6;
    call.run(Duration::from_secs(30));

    let [before, between] = [call.seen(4..20, "300 kb/s"), call.seen(35..50, "2 Mb/s")];
    let [after, later] = [call.seen(50..54, "300 kb/s again"), call.seen(54..80, "300 kb/s again")];

    assert!(wide > 1_200_000, "{wide} b/s of 2 Mb/s after 30 s");
    assert!(after.longest < 2 * LONGEST, "{after:?}");
    for seen in [&before, &between, &later] {
        assert!(seen.longest < LONGEST && seen.a_second > 20.0, "{seen:?}");
    }
    assert!(before.sound_p95 <= WITHIN && between.sound_p95 <= WITHIN, "{before:?} {between:?}");
    // What the fall has left behind takes its time.
    assert!(later.sound_p95 <= 3 * WITHIN && later.lost == 0, "{later:?}");
}
