//! What reaches the other end.

use std::collections::VecDeque;
use std::time::Duration;

/// What is measured: long enough that a key frame is not a rate.
const WINDOW: Duration = Duration::from_millis(500);

/// The rate of what has arrived lately, and how much of it did not.
#[derive(Debug, Default)]
pub(super) struct Throughput {
    /// When each arrived by the other end's clock, and its bytes.
    arrived: VecDeque<(Duration, usize)>,
    /// When each was reported, and whether it arrived.
    fates: VecDeque<(Duration, bool)>,
}

impl Throughput {
    pub(super) fn arrived(&mut self, at: Duration, bytes: usize) {
        self.arrived.push_back((at, bytes));
        while self.arrived.front().is_some_and(|(earlier, _)| at.saturating_sub(*earlier) > WINDOW) {
            self.arrived.pop_front();
        }
    }

    pub(super) fn fate(&mut self, now: Duration, has_arrived: bool) {
        self.fates.push_back((now, has_arrived));
        while self.fates.front().is_some_and(|(then, _)| now.saturating_sub(*then) > 2 * WINDOW) {
            self.fates.pop_front();
        }
    }

    /// Bits a second; `None` before anything can be said.
    pub(super) fn rate(&self) -> Option<f64> {
        let (first, last) = self.arrived.front().zip(self.arrived.back())?;
        let span = last.0.checked_sub(first.0).filter(|span| *span >= WINDOW / 5)?;
        let bytes: usize = self.arrived.iter().skip(1).map(|(_, bytes)| bytes).sum();
        Some(bytes as f64 * 8.0 / span.as_secs_f64())
    }

    /// The share that was lost, once there is enough to say.
    pub(super) fn loss(&self) -> Option<f64> {
        let lost = self.fates.iter().filter(|(_, has_arrived)| !has_arrived).count();
        (self.fates.len() >= 20).then(|| lost as f64 / self.fates.len() as f64)
    }
}
