//! Whether delay grows: the slope of a line through the latest of it.

use std::collections::VecDeque;
use std::time::Duration;

/// Packets that left within this belong to one burst, whose packets queue behind each other anyway.
const BURST: Duration = Duration::from_millis(5);
/// So many bursts the line goes through.
const WINDOW: usize = 20;
/// How much of the delay so far stays in the smoothed one.
const SMOOTHING: f64 = 0.9;
/// A slope is small; this makes it comparable with the thresholds of the draft.
const GAIN: f64 = 4.0;
/// Beyond so many bursts the slope counts no more for being well known.
const MOST_COUNTED: u32 = 60;

/// Packets that left together.
#[derive(Debug, Clone, Copy)]
struct Burst {
    first_left: Duration,
    last_left: Duration,
    last_arrived: Duration,
}

/// Measures the slope of the delay.
#[derive(Debug, Default)]
pub(super) struct Trend {
    current: Option<Burst>,
    before: Option<Burst>,
    bursts: u32,
    delay: f64,
    smoothed: f64,
    /// Milliseconds since the first arrival, and of smoothed delay.
    points: VecDeque<(f64, f64)>,
    began_at: Option<Duration>,
}

/// How delay has changed with one more burst.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Slope {
    /// In milliseconds, scaled so that it can be compared with a threshold.
    pub(super) trend: f64,
    /// When the burst was sent, and how long after the one before.
    pub(super) left_at: Duration,
    pub(super) since: Duration,
}

impl Trend {
    /// Takes a packet by when it left and when it arrived, each by its own end's clock; says the slope whenever a burst is complete.
    pub(super) fn add(&mut self, left_at: Duration, arrived_at: Duration) -> Option<Slope> {
        let Some(current) = &mut self.current else {
            self.current = Some(Burst { first_left: left_at, last_left: left_at, last_arrived: arrived_at });
            return None;
        };
        if left_at < current.first_left {
            return None; // overtaken
        }
        if left_at - current.first_left <= BURST {
            current.last_left = current.last_left.max(left_at);
            current.last_arrived = current.last_arrived.max(arrived_at);
            return None;
        }
        let complete = *current;
        self.current = Some(Burst { first_left: left_at, last_left: left_at, last_arrived: arrived_at });
        let before = self.before.replace(complete)?;
        self.note(before, complete)
    }

    fn note(&mut self, before: Burst, burst: Burst) -> Option<Slope> {
        let since = burst.last_left.checked_sub(before.last_left)?;
        let milliseconds = |time: Duration| time.as_secs_f64() * 1000.0;
        let grown = milliseconds(burst.last_arrived) - milliseconds(before.last_arrived) - milliseconds(since);
        self.bursts = (self.bursts + 1).min(MOST_COUNTED);
        self.delay += grown;
        self.smoothed = SMOOTHING * self.smoothed + (1.0 - SMOOTHING) * self.delay;
        let began_at = *self.began_at.get_or_insert(burst.last_arrived);
        self.points.push_back((milliseconds(burst.last_arrived) - milliseconds(began_at), self.smoothed));
        if self.points.len() > WINDOW {
            self.points.pop_front();
        }
        if self.points.len() < WINDOW {
            return None;
        }
        let trend = slope(&self.points)? * f64::from(self.bursts) * GAIN;
        Some(Slope { trend, left_at: burst.last_left, since })
    }
}

/// Of the line with the least squares.
fn slope(points: &VecDeque<(f64, f64)>) -> Option<f64> {
    let count = points.len() as f64;
    let (mean_x, mean_y) = points.iter().fold((0.0, 0.0), |(x, y), point| (x + point.0 / count, y + point.1 / count));
    let (above, below) = points.iter().fold((0.0, 0.0), |(above, below), (x, y)| {
        (above + (x - mean_x) * (y - mean_y), below + (x - mean_x) * (x - mean_x))
    });
    (below > 0.0).then(|| above / below)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_even_delay_has_no_slope_and_a_growing_one_has() {
        let slope_of = |delay_ms: fn(u64) -> u64| {
            let mut trend = Trend::default();
            let add = |n: u64| trend.add(Duration::from_millis(n * 10), Duration::from_millis(n * 10 + delay_ms(n)));
            (0..60).filter_map(add).last().expect("enough bursts").trend
        };

        assert!(slope_of(|_| 40).abs() < 0.01);
        assert!(slope_of(|n| 40 + n) > 10.0);
        assert!(slope_of(|n| 400 - n) < -10.0);
    }
}
