//! When something is sent again that was sent once.

use std::time::{Duration, Instant};

/// When something is repeated that is not answered yet.
#[derive(Debug, Clone, Copy)]
pub(super) enum Repeat {
    /// So many milliseconds later, without waiting for an answer: of three that are lost or late on their own, one is in time. A path
    /// within a building answers sooner.
    Soon(u64),
    /// So many times later than its answer may take.
    Overdue(u32),
}
use Repeat::{Overdue, Soon};

/// For a flight of DTLS. By the last of them the library has begun anew.
pub(super) const FLIGHT: &[Repeat] =
    &[Soon(4), Soon(8), Overdue(1), Overdue(2), Overdue(3), Overdue(5), Overdue(8), Overdue(13), Overdue(21)];

/// For a check of an address that has checked ours, and for the one that chooses its pair.
pub(super) const HOPEFUL_CHECK: &[Repeat] = &[Soon(4), Soon(8), Overdue(1), Overdue(2), Overdue(4)];

/// For any other check. There may be many, and the library renews them by itself.
pub(super) const CHECK: &[Repeat] = &[Overdue(1), Overdue(2)];

/// When something is repeated that was sent once.
#[derive(Debug)]
pub(super) struct Schedule {
    sent_at: Instant,
    repeated: usize,
    repeats: &'static [Repeat],
    hurry: Option<Instant>,
}

impl Schedule {
    pub(super) fn begin(repeats: &'static [Repeat], now: Instant) -> Self {
        Self { sent_at: now, repeated: 0, repeats, hurry: None }
    }

    pub(super) fn next(&self, answer_within: Duration) -> Option<Instant> {
        let after = |repeat: &Repeat| match repeat {
            Soon(milliseconds) => Duration::from_millis(*milliseconds),
            Overdue(times) => answer_within * *times,
        };
        let regular = self.repeats.get(self.repeated).map(|repeat| self.sent_at + after(repeat));
        regular.into_iter().chain(self.hurry).min()
    }

    pub(super) fn is_due(&mut self, answer_within: Duration, now: Instant) -> bool {
        let is_due = self.next(answer_within).is_some_and(|at| at <= now);
        if is_due && self.hurry.take().is_none() {
            self.repeated += 1;
        }
        is_due
    }

    pub(super) fn hurry(&mut self, now: Instant) {
        self.hurry = Some(now);
    }

    pub(super) fn stop(&mut self) {
        self.repeats = &[];
    }

    /// When the one was sent that an answer belongs to, within a few milliseconds; `None` if that cannot be told any more.
    pub(super) fn sent_at(&self) -> Option<Instant> {
        let repeated = self.repeats.get(..self.repeated).unwrap_or_default();
        repeated.iter().all(|repeat| matches!(repeat, Soon(_))).then_some(self.sent_at)
    }
}
