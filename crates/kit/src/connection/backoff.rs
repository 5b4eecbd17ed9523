//! How long to wait before the next try to connect.

use std::time::Duration;

/// The longest wait before each try, in seconds; the last one goes on. Short for as long as a server takes to start again, because
/// people are in calls meanwhile; long afterwards, because it is down for good.
const REACH_S: [u64; 9] = [1, 1, 2, 2, 2, 4, 8, 16, 30];

/// Full jitter: a thousand devices that lost the same server come back spread out, not in step.
#[derive(Debug, Default)]
pub(crate) struct Backoff {
    failures: usize,
}

impl Backoff {
    /// The link was good.
    pub(crate) fn reset(&mut self) {
        self.failures = 0;
    }

    /// How long to wait, `chance` being uniform in 0..1.
    pub(crate) fn next(&mut self, chance: f64) -> Duration {
        let reach = REACH_S[self.failures.min(REACH_S.len() - 1)];
        self.failures += 1;
        Duration::from_secs(reach).mul_f64(chance)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_try_comes_within_a_second_and_none_later_than_half_a_minute() {
        let mut backoff = Backoff::default();
        let waits: Vec<_> = (0..10).map(|_| backoff.next(1.0).as_secs()).collect();
        assert_eq!(waits, [1, 1, 2, 2, 2, 4, 8, 16, 30, 30]);
        backoff.reset();
        assert_eq!(backoff.next(0.5), Duration::from_millis(500));
    }
}
