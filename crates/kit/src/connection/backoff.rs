//! How long to wait before the next try to connect.

use std::time::Duration;

/// The first try after a good link follows at once, or nearly: people are in calls.
const FIRST: Duration = Duration::from_millis(1000);
/// Nobody waits longer for a server that is back than this.
const CEILING: Duration = Duration::from_secs(30);

/// Full jitter: a thousand devices that lost the same server come back spread out, not in step.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: u32,
}

impl Backoff {
    /// The link was good.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait, `chance` being uniform in 0..1.
    pub(crate) fn next(&mut self, chance: f64) -> Duration {
        let reach = FIRST.saturating_mul(1 << self.failures.min(5)).min(CEILING);
        self.failures += 1;
        reach.mul_f64(chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_try_comes_within_a_second_and_none_later_than_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..8).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(waits, [1, 2, 4, 8, 16, 30, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.next(0.5), Duration::from_millis(500));
    }
}
