//! Whether the path is used too much, by a threshold that adapts itself: too low and a flow starves beside others, too high and queues grow.

use std::time::Duration;

use super::trend::Slope;

const FIRST_THRESHOLD: f64 = 12.5;
const THRESHOLDS: (f64, f64) = (6.0, 600.0);
/// How fast the threshold follows a larger slope, and a smaller one (draft-ietf-rmcat-gcc-02 §5.4).
const UP: f64 = 0.0087;
const DOWN: f64 = 0.039;
/// A slope so far beyond the threshold is a spike, which the threshold does not follow.
const SPIKE: f64 = 15.0;
/// So long a slope must be too large.
const LASTING: Duration = Duration::from_millis(10);

/// How the path is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Usage {
    Normal,
    /// A queue fills.
    Over,
    /// A queue empties.
    Under,
}

#[derive(Debug)]
pub(super) struct OveruseDetector {
    threshold: f64,
    usage: Usage,
    over_for: Duration,
    last_trend: f64,
}

impl OveruseDetector {
    pub(super) fn new() -> Self {
        Self { threshold: FIRST_THRESHOLD, usage: Usage::Normal, over_for: Duration::ZERO, last_trend: 0.0 }
    }

    pub(super) fn detect(&mut self, slope: Slope) -> Usage {
        let Slope { trend, since, .. } = slope;
        if trend > self.threshold {
            self.over_for += since;
            if self.over_for > LASTING && trend >= self.last_trend {
                self.usage = Usage::Over;
            }
        } else {
            self.over_for = Duration::ZERO;
            self.usage = if trend < -self.threshold { Usage::Under } else { Usage::Normal };
        }
        self.last_trend = trend;
        self.adapt(trend.abs(), since);
        self.usage
    }

    fn adapt(&mut self, trend: f64, since: Duration) {
        if trend > self.threshold + SPIKE {
            return;
        }
        let speed = if trend > self.threshold { UP } else { DOWN };
        let milliseconds = since.as_secs_f64().min(0.1) * 1000.0;
        self.threshold += speed * (trend - self.threshold) * milliseconds;
        self.threshold = self.threshold.clamp(THRESHOLDS.0, THRESHOLDS.1);
    }
}
