//! Whether the path carries more than is known: a short train of packets that leaves faster than the estimate tells so at once, where
//! growth takes seconds.

use std::time::Duration;

use super::PacketFate;

/// The first train is so many times as fast as the first estimate, each that follows so many times as fast as the one before.
const FIRST: f64 = 6.0;
const NEXT: f64 = 2.0;
/// How long a train is, and how many bytes it has at least: five packets. The first is most of a key frame, which is to be there soon.
const LASTS: Duration = Duration::from_millis(40);
const LEAST_BYTES: usize = 6000;
const FIRST_BYTES: usize = 10_000;
/// A train that arrives at so much of the rate that it left with met no bottleneck.
const UNHINDERED: f64 = 0.9;
/// So much of what the bottleneck let through is used.
const BELOW_BOTTLENECK: f64 = 0.95;
/// Of a train with less than this nothing can be said.
const MOST_LOST: f64 = 0.4;
/// After so long without an answer there will be none.
const PATIENCE: Duration = Duration::from_secs(1);
/// An estimate below this share of what it was has fallen, and may rise as fast.
const FALLEN: f64 = 0.6;
/// How often it is tried again after a fall, and by how much less is hoped for each time.
const TRY_EVERY: Duration = Duration::from_secs(4);
const LESS_HOPE: f64 = 0.8;

/// A train of packets to send.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Probe {
    /// What its packets are marked with.
    pub number: u32,
    /// How fast it leaves, in bits a second.
    pub rate: u32,
    /// How long it is.
    pub bytes: usize,
}

/// What a train has found of what the path carries, in bits a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) enum Found {
    /// That much, and perhaps more.
    AtLeast(f64),
    /// No more than that: the first train, of which the estimate was a guess, met the bottleneck.
    AtMost(f64),
}

/// Decides when to send a train and what it says.
#[derive(Debug)]
pub(super) struct Prober {
    most: f64,
    number: u32,
    /// The number of the first train.
    first: u32,
    wanted: Option<f64>,
    running: Option<Running>,
    /// The highest estimate, or what is still hoped for.
    peak: f64,
    tried_at: Option<Duration>,
    /// When the latest report came.
    looked_at: Option<Duration>,
    /// The first train has left, which is the first picture's packets.
    has_sent: bool,
}

#[derive(Debug)]
struct Running {
    probe: Probe,
    began_at: Duration,
    told: usize,
    packets: u32,
    lost: u32,
    left: Train,
    arrived: Train,
}

/// When the first and the last of a train passed, and what came behind the first.
#[derive(Debug, Default)]
struct Train {
    first: Option<Duration>,
    last: Duration,
    bytes: usize,
    /// The longest time between two, and the bytes behind it.
    longest_gap: (Duration, usize),
}

impl Train {
    fn add(&mut self, at: Duration, bytes: usize) {
        if self.first.replace(self.first.unwrap_or(at)).is_some() {
            self.bytes += bytes;
            self.longest_gap = self.longest_gap.max((at.saturating_sub(self.last), bytes));
        }
        self.last = self.last.max(at);
    }

    /// As it would be had the other end's machine not stood still once. A bottleneck makes all gaps longer.
    fn rate_without_a_stall(&self) -> Option<f64> {
        let (gap, bytes) = self.longest_gap;
        let span = self.last.checked_sub(self.first?)?.checked_sub(gap).filter(|span| !span.is_zero())?;
        Some((self.bytes - bytes) as f64 * 8.0 / span.as_secs_f64())
    }

    fn rate(&self) -> Option<f64> {
        let span = self.last.checked_sub(self.first?).filter(|span| !span.is_zero())?;
        Some(self.bytes as f64 * 8.0 / span.as_secs_f64())
    }
}

impl Prober {
    pub(super) fn new(most: f64) -> Self {
        Self {
            most,
            number: 0,
            first: 0,
            wanted: None,
            running: None,
            peak: 0.0,
            tried_at: None,
            looked_at: None,
            has_sent: false,
        }
    }

    /// Another path: what was learnt of the one before says nothing of it.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { number: self.number, ..Self::new(self.most) };
    }

    pub(super) fn has_begun(&self) -> bool {
        self.looked_at.is_some()
    }

    /// A train to begin with now, once for each. The first begins with the first picture.
    pub(super) fn poll(&mut self, now: Duration, estimate: f64) -> Option<Probe> {
        self.wake(now, estimate);
        if self.running.is_some() {
            return None;
        }
        let is_first = !std::mem::replace(&mut self.has_sent, true);
        let rate = if is_first { FIRST * estimate } else { self.wanted.take()? }.min(self.most);
        let lasts = ((rate * LASTS.as_secs_f64() / 8.0) as usize).max(LEAST_BYTES);
        let bytes = if is_first { FIRST_BYTES } else { lasts };
        self.number = self.number.wrapping_add(1);
        if is_first {
            self.first = self.number;
        }
        let probe = Probe { number: self.number, rate: rate as u32, bytes };
        let (left, arrived) = (Train::default(), Train::default());
        self.running = Some(Running { probe, began_at: now, told: 0, packets: 0, lost: 0, left, arrived });
        Some(probe)
    }

    pub(super) fn fate(&mut self, packet: &PacketFate) {
        let Some(running) = self.running.as_mut().filter(|running| packet.probe == Some(running.probe.number)) else {
            return;
        };
        running.told += packet.bytes;
        running.packets += 1;
        running.left.add(packet.left_at, packet.bytes);
        match packet.arrived_at {
            Some(at) => running.arrived.add(at, packet.bytes),
            None => running.lost += 1,
        }
    }

    /// After a report: what the path carries, if a train has said it. `estimate` is in bits a second.
    pub(super) fn look(&mut self, now: Duration, estimate: f64, is_free: bool) -> Option<Found> {
        self.looked_at = Some(now);
        let found = self.judge(now);
        self.peak = self.peak.max(estimate);
        if self.running.is_none() && self.wanted.is_none() && is_free {
            self.hope(now, estimate);
        }
        found
    }

    fn judge(&mut self, now: Duration) -> Option<Found> {
        let running = self.running.as_ref()?;
        let is_whole = running.told >= running.probe.bytes;
        if !is_whole && now.saturating_sub(running.began_at) < PATIENCE {
            return None;
        }
        let running = self.running.take()?;
        if !is_whole || f64::from(running.lost) > MOST_LOST * f64::from(running.packets) {
            return None;
        }
        let (left, arrived) = running.left.rate().zip(running.arrived.rate())?;
        // Loss makes it slower too.
        if arrived < UNHINDERED * left * (1.0 - f64::from(running.lost) / f64::from(running.packets)) {
            let carries = BELOW_BOTTLENECK * arrived;
            if running.probe.number != self.first {
                return Some(Found::AtLeast(carries));
            }
            let even = running.arrived.rate_without_a_stall()?;
            if even > 1.5 * arrived {
                return Some(Found::AtLeast(carries));
            }
            // Though a train may have been unlucky: others ask for more, later.
            self.peak = NEXT * carries;
            return Some(Found::AtMost(carries));
        }
        let found = arrived.min(left);
        if found < self.most * UNHINDERED && found > self.peak {
            self.wanted = Some(NEXT * found);
        }
        Some(Found::AtLeast(found))
    }

    /// While no picture is sent nothing is reported, and nobody looks: then the estimate would stay where it fell to for ever.
    fn wake(&mut self, now: Duration, estimate: f64) {
        let is_old = |running: &mut Running| now.saturating_sub(running.began_at) >= 2 * PATIENCE;
        self.running.take_if(is_old);
        let is_quiet = self.looked_at.is_some_and(|at| now.saturating_sub(at) >= PATIENCE);
        if is_quiet && self.running.is_none() && self.wanted.is_none() {
            self.hope(now, estimate);
        }
    }

    /// After a fall the path may have become as good as it was.
    fn hope(&mut self, now: Duration, estimate: f64) {
        let is_time = now.saturating_sub(*self.tried_at.get_or_insert(now)) >= TRY_EVERY;
        if estimate >= FALLEN * self.peak {
            self.tried_at = None;
        } else if is_time {
            self.tried_at = Some(now);
            self.wanted = Some((NEXT * estimate).min(self.peak));
            self.peak *= LESS_HOPE;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn trains_follow_each_other_until_one_meets_the_bottleneck() {
        let mut prober = Prober::new(8e6);
        let (mut now, mut estimate, mut rates) = (Duration::ZERO, 300e3, Vec::new());

        for _ in 0..10 {
            now += Duration::from_millis(100);
            if let Some(Found::AtLeast(found)) = prober.look(now, estimate, true) {
                estimate = estimate.max(found);
            }
            if let Some(probe) = prober.poll(now, estimate) {
                rates.push(probe.rate.div_ceil(1000));
                send(&mut prober, probe, now, 3e6);
            }
        }

        assert_eq!(rates, [1800, 3600]);
        assert!((2.6e6..3.0e6).contains(&estimate), "{estimate}");
    }

    #[test]
    fn a_train_that_is_lost_says_nothing_and_is_not_waited_for_for_ever() {
        let mut prober = Prober::new(8e6);
        let probe = prober.poll(Duration::ZERO, 300e3).expect("a train");

        assert_eq!(prober.look(Duration::from_millis(500), 300e3, true), None);
        assert_eq!(prober.look(Duration::from_secs(2), 300e3, true), None);

        assert!(prober.running.is_none() && probe.rate == 1_800_000);
    }

    #[test]
    fn after_a_fall_it_is_tried_again_also_while_nothing_is_sent_and_so_nothing_reported() {
        let mut prober = Prober::new(8e6);
        prober.poll(Duration::ZERO, 300e3).expect("the first train");
        prober.look(Duration::from_secs(2), 3e6, true);

        let tried: Vec<u64> =
            (2..20).filter(|second| prober.poll(Duration::from_secs(*second), 50e3).is_some()).collect();

        assert_eq!(tried, [7, 11, 15, 19]);
    }

    #[test]
    fn after_a_fall_it_is_tried_again_and_each_time_less_is_hoped_for() {
        let mut prober = Prober::new(8e6);
        prober.look(Duration::ZERO, 3e6, true);
        prober.has_sent = true;
        let mut tried = Vec::new();

        for second in 1..40 {
            let now = Duration::from_secs(second);
            prober.look(now, 1e6, true);
            tried.extend(prober.poll(now, 1e6).map(|probe| (second, probe.rate)));
        }

        assert_eq!(tried, [(5, 2_000_000), (9, 2_000_000), (13, 1_920_000)]);
    }

    #[test]
    fn the_first_train_says_also_that_the_path_carries_less_than_was_thought() {
        let mut prober = Prober::new(8e6);
        let now = Duration::from_millis(400);
        let probe = prober.poll(Duration::ZERO, 600e3).expect("a train");

        send(&mut prober, probe, Duration::ZERO, 0.3e6);
        let found = prober.look(now, 600e3, true);

        assert!(matches!(found, Some(Found::AtMost(rate)) if (0.27e6..0.3e6).contains(&rate)), "{found:?}");
        assert_eq!(prober.poll(now, 285e3), None);
    }

    #[test]
    fn a_machine_that_stood_still_within_the_first_train_is_no_narrow_path() {
        let mut prober = Prober::new(8e6);
        let probe = prober.poll(Duration::ZERO, 600e3).expect("a train");
        for number in 0..10 {
            let left_at = Duration::from_micros(2667) * number;
            let arrived_at = left_at + Duration::from_millis(if number > 3 { 200 } else { 20 });
            prober.fate(&PacketFate { left_at, arrived_at: Some(arrived_at), bytes: 1200, probe: Some(probe.number) });
        }

        let found = prober.look(Duration::from_millis(400), 600e3, true);

        assert!(matches!(found, Some(Found::AtLeast(_))), "{found:?}");
    }

    /// The train passes a bottleneck.
    fn send(prober: &mut Prober, probe: Probe, now: Duration, bottleneck: f64) {
        let (mut left_at, mut free_at) = (now, now);
        for _ in 0..probe.bytes.div_ceil(1200) {
            free_at = free_at.max(left_at) + Duration::from_secs_f64(1200.0 * 8.0 / bottleneck);
            let fate = PacketFate { left_at, arrived_at: Some(free_at), bytes: 1200, probe: Some(probe.number) };
            prober.fate(&fate);
            left_at += Duration::from_secs_f64(1200.0 * 8.0 / f64::from(probe.rate));
        }
    }
}
