//! Whether the path carries more than is known: a short train of packets that leaves faster than the estimate tells so at once, where
//! growth takes seconds.

use std::time::Duration;

use super::PacketFate;

/// The first train is so many times as fast as the first estimate, each that follows so many times as fast as the one before.
const FIRST: f64 = 3.0;
const NEXT: f64 = 2.0;
/// How long a train is, and how many bytes it has at least: five packets.
const LASTS: Duration = Duration::from_millis(40);
const LEAST_BYTES: usize = 6000;
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

/// Decides when to send a train and what it says.
#[derive(Debug)]
pub(super) struct Prober {
    most: f64,
    number: u32,
    wanted: Option<f64>,
    running: Option<Running>,
    /// The highest estimate, or what is still hoped for.
    peak: f64,
    tried_at: Option<Duration>,
    has_begun: bool,
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
}

impl Train {
    fn add(&mut self, at: Duration, bytes: usize) {
        if self.first.replace(self.first.unwrap_or(at)).is_some() {
            self.bytes += bytes;
        }
        self.last = self.last.max(at);
    }

    fn rate(&self) -> Option<f64> {
        let span = self.last.checked_sub(self.first?).filter(|span| !span.is_zero())?;
        Some(self.bytes as f64 * 8.0 / span.as_secs_f64())
    }
}

impl Prober {
    pub(super) fn new(most: f64) -> Self {
        Self { most, number: 0, wanted: None, running: None, peak: 0.0, tried_at: None, has_begun: false }
    }

    /// Another path: what was learnt of the one before says nothing of it.
    pub(super) fn begin_anew(&mut self) {
        *self = Self { number: self.number, ..Self::new(self.most) };
    }

    pub(super) fn has_begun(&self) -> bool {
        self.has_begun
    }

    /// A train to begin with now, once for each.
    pub(super) fn poll(&mut self, now: Duration) -> Option<Probe> {
        if self.running.is_some() {
            return None;
        }
        let rate = self.wanted.take()?.min(self.most);
        let bytes = ((rate * LASTS.as_secs_f64() / 8.0) as usize).max(LEAST_BYTES);
        self.number = self.number.wrapping_add(1);
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
    pub(super) fn look(&mut self, now: Duration, estimate: f64, is_free: bool) -> Option<f64> {
        if !std::mem::replace(&mut self.has_begun, true) {
            self.peak = estimate;
            self.wanted = Some(FIRST * estimate);
            return None;
        }
        let found = self.judge(now);
        self.peak = self.peak.max(estimate);
        if self.running.is_none() && self.wanted.is_none() && is_free {
            self.hope(now, estimate);
        }
        found
    }

    fn judge(&mut self, now: Duration) -> Option<f64> {
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
            return Some(BELOW_BOTTLENECK * arrived);
        }
        let found = arrived.min(left);
        if found < self.most * UNHINDERED && found > self.peak {
            self.wanted = Some(NEXT * found);
        }
        Some(found)
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
            estimate = prober.look(now, estimate, true).map_or(estimate, |found| found.max(estimate));
            if let Some(probe) = prober.poll(now) {
                rates.push(probe.rate.div_ceil(1000));
                send(&mut prober, probe, now, 3e6);
            }
        }

        assert_eq!(rates, [900, 1800, 3600]);
        assert!((2.6e6..3.0e6).contains(&estimate), "{estimate}");
    }

    #[test]
    fn a_train_that_is_lost_says_nothing_and_is_not_waited_for_for_ever() {
        let mut prober = Prober::new(8e6);
        prober.look(Duration::ZERO, 300e3, true);
        let probe = prober.poll(Duration::ZERO).expect("a train");

        assert_eq!(prober.look(Duration::from_millis(500), 300e3, true), None);
        assert_eq!(prober.look(Duration::from_secs(2), 300e3, true), None);

        assert!(prober.running.is_none() && probe.rate == 900_000);
    }

    #[test]
    fn after_a_fall_it_is_tried_again_and_each_time_less_is_hoped_for() {
        let mut prober = Prober::new(8e6);
        prober.look(Duration::ZERO, 3e6, true);
        prober.wanted = None;
        let mut tried = Vec::new();

        for second in 1..40 {
            let now = Duration::from_secs(second);
            prober.look(now, 1e6, true);
            tried.extend(prober.poll(now).map(|probe| (second, probe.rate)));
        }

        assert_eq!(tried, [(5, 2_000_000), (9, 2_000_000), (13, 1_920_000)]);
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
