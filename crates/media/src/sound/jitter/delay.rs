//! How late packets come, and therefore how late to play.

use std::collections::VecDeque;

/// Microseconds; what the whole buffer counts in.
pub(super) type Micros = i64;

const BIN_US: Micros = 2_000;
const BINS: usize = 128;

/// The fastest packet of this window is what lateness is measured against; it follows clocks that drift.
const WINDOW_US: Micros = 10_000_000;

/// A packet's say in the histogram halves every 70 packets.
const FORGET: f32 = 0.99;

/// So many imaginary packets, this late, speak before real ones have.
const PRIOR_PACKETS: f32 = 10.0;
const PRIOR_BIN: usize = 6;

/// Learns from arrivals how late packets are.
pub(super) struct DelayEstimator {
    /// Arrival minus media time, kept only while nothing newer is faster: the front is the fastest.
    fastest: VecDeque<(Micros, Micros)>,
    histogram: [f32; BINS],
    seen: f32,
}

impl DelayEstimator {
    pub(super) fn new() -> Self {
        let mut histogram = [0.0; BINS];
        histogram[PRIOR_BIN] = 1.0;
        Self { fastest: VecDeque::new(), histogram, seen: PRIOR_PACKETS }
    }

    /// Notes a packet whose first sample belongs to `media_us` and which arrived at `arrived_us`.
    pub(super) fn observe(&mut self, arrived_us: Micros, media_us: Micros) {
        let transit = arrived_us - media_us;
        let before = self.base_us();
        while self.fastest.back().is_some_and(|&(_, other)| other >= transit) {
            self.fastest.pop_back();
        }
        self.fastest.push_back((arrived_us, transit));
        while self.fastest.front().is_some_and(|&(at, _)| at < arrived_us - WINDOW_US) {
            self.fastest.pop_front();
        }
        let base = self.base_us().unwrap_or(transit);
        self.shift(before.unwrap_or(base) - base);
        self.count(transit - base);
    }

    /// What the fastest packet took, in terms of arrival minus media time.
    pub(super) fn base_us(&self) -> Option<Micros> {
        self.fastest.front().map(|&(_, transit)| transit)
    }

    /// So late is a packet at most, in `share` of the cases.
    pub(super) fn quantile_us(&self, share: f32) -> Micros {
        let mut sum = 0.0;
        let bin = self.histogram.iter().position(|weight| {
            sum += weight;
            sum >= share
        });
        bin.unwrap_or(BINS - 1) as Micros * BIN_US
    }

    /// All lateness so far was measured against a base that is now `by_us` lower.
    fn shift(&mut self, by_us: Micros) {
        let bins = (by_us / BIN_US).clamp(-(BINS as Micros), BINS as Micros);
        if bins == 0 {
            return;
        }
        let mut shifted = [0.0; BINS];
        for (bin, weight) in self.histogram.iter().enumerate() {
            let to = (bin as Micros + bins).clamp(0, BINS as Micros - 1);
            shifted[to as usize] += weight;
        }
        self.histogram = shifted;
    }

    fn count(&mut self, late_us: Micros) {
        let keep = FORGET.min(self.seen / (self.seen + 1.0));
        self.seen += 1.0;
        self.histogram.iter_mut().for_each(|weight| *weight *= keep);
        let bin = (late_us.max(0) + BIN_US - 1) / BIN_US;
        self.histogram[(bin as usize).min(BINS - 1)] += 1.0 - keep;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(packets: i64, late_us: impl Fn(i64) -> Micros) -> DelayEstimator {
        let mut delay = DelayEstimator::new();
        for n in 0..packets {
            delay.observe(n * 20_000 + late_us(n), n * 20_000);
        }
        delay
    }

    #[test]
    fn punctual_packets_ask_for_no_delay() {
        let delay = after(500, |_| 0);

        assert_eq!(delay.quantile_us(0.96), 0);
    }

    #[test]
    fn the_quantile_follows_how_late_packets_are() {
        let delay = after(500, |n| (n * 7 % 41) * 1_000);

        let quantile = delay.quantile_us(0.96);
        assert!((36_000..=42_000).contains(&quantile), "{quantile}");
    }

    #[test]
    fn one_straggler_changes_nothing() {
        let delay = after(500, |n| if n == 490 { 200_000 } else { 0 });

        assert_eq!(delay.quantile_us(0.96), 0);
    }

    #[test]
    fn a_faster_route_makes_everything_before_it_late() {
        let delay = after(101, |n| if n < 100 { 30_000 } else { 0 });

        assert_eq!(delay.quantile_us(0.5), 30_000);
        assert_eq!(delay.base_us(), Some(0));
    }

    #[test]
    fn a_sender_whose_clock_is_slow_is_followed() {
        let delay = after(3_000, |n| n * 4);

        assert!(delay.base_us().is_some_and(|base| base >= 9_000), "{:?}", delay.base_us());
        assert!(delay.quantile_us(0.96) <= 4_000, "{}", delay.quantile_us(0.96));
    }
}
