//! Whether something else fills the path's queue, and keeps it filled however far this end backs off: a file transfer, which only loss
//! slows down. Beside it delay says nothing of what this end does, and whoever heeds it starves.
//!
//! A queue that another fills and a path that has become longer look the same at first: neither becomes shorter when this end sends less. After some
//! lowerings they are taken back, for they were of no use in either case; whether a rival is believed in is decided apart, by a queue of at
//! least [`STANDING`] for [`LONG`], and is looked at again after [`BELIEVED`].

use std::collections::VecDeque;
use std::time::Duration;

/// The shortest delay of the latest so many seconds is the path's own.
const REMEMBERED: usize = 30;
/// A queue that was never shorter than this for so long, though this end backed off, is not its own: its own empties sooner, also after the
/// path has become narrow.
const STANDING: f64 = 0.030;
const LONG: Duration = Duration::from_secs(3);
/// A queue that was never shorter than this for so long makes the sound wait, also where it grows no more.
const FELT: f64 = 0.012;
const FELT_FOR: Duration = Duration::from_millis(300);
/// What did not become shorter by so much, so many times after the estimate was lowered, is no queue: the path has become longer.
const SHORTER: f64 = 0.004;
pub(super) const MOST_LOWERED: i32 = 6;
/// So long it is believed; then it is looked at again, for by then the queue may be this end's.
const BELIEVED: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Rivalry {
    /// The shortest delay of each second, in seconds of both clocks together.
    shortest: VecDeque<(u64, f64)>,
    standing_since: Option<Duration>,
    felt_since: Option<Duration>,
    /// How many times the estimate was lowered for a queue that has not become shorter since.
    lowered: i32,
    /// The estimate before that.
    lowered_from: f64,
    /// The shortest delay since it was lowered last, and before that.
    felt_shortest: Option<f64>,
    felt_before: Option<f64>,
    /// The path's own delay, since it has become longer.
    longer: Option<f64>,
    has_backed_off: bool,
    until: Option<Duration>,
}

impl Rivalry {
    /// Takes the delay of one packet, by the clocks of both ends.
    pub(super) fn add(&mut self, left_at: Duration, arrived_at: Duration, now: Duration) {
        let (delay, second) = (arrived_at.as_secs_f64() - left_at.as_secs_f64(), now.as_secs());
        match self.shortest.back_mut().filter(|(of, _)| *of == second) {
            Some((_, shortest)) => *shortest = shortest.min(delay),
            None => self.shortest.push_back((second, delay)),
        }
        if self.shortest.len() > REMEMBERED {
            self.shortest.pop_front();
        }
        let own = self.shortest.iter().map(|(_, delay)| *delay).fold(f64::MAX, f64::min);
        self.feel(delay, own, now);
        if delay - own < STANDING {
            (self.standing_since, self.has_backed_off) = (None, false);
        } else {
            self.standing_since.get_or_insert(now);
        }
    }

    fn feel(&mut self, delay: f64, own: f64, now: Duration) {
        // Until the shortest delay of the latest seconds says the same.
        self.longer = self.longer.map(|longer| longer.min(delay)).filter(|longer| *longer > own);
        if delay - self.longer.unwrap_or(own) < FELT {
            self.forget_felt();
        } else {
            self.felt_since.get_or_insert(now);
            self.felt_shortest = Some(self.felt_shortest.map_or(delay, |shortest| shortest.min(delay)));
        }
    }

    fn forget_felt(&mut self) {
        (self.felt_since, self.lowered) = (None, 0);
        (self.felt_shortest, self.felt_before) = (None, None);
    }

    pub(super) fn backed_off(&mut self) {
        self.has_backed_off = self.standing_since.is_some();
    }

    /// Whether there is a queue that never empties; said now and then.
    pub(super) fn is_felt(&mut self, now: Duration) -> bool {
        let is_felt = self.felt_since.is_some_and(|since| now.saturating_sub(since) >= FELT_FOR);
        if is_felt {
            self.felt_since = Some(now);
        }
        is_felt
    }

    /// The estimate was lowered for a queue that is felt. What is returned it should not have been lowered from: there is no queue.
    pub(super) fn lowered(&mut self, from: f64) -> Option<f64> {
        self.backed_off();
        let shortest = self.felt_shortest.take();
        let becomes_shorter = self.felt_before.zip(shortest).is_some_and(|(before, now)| now < before - SHORTER);
        self.lowered = if becomes_shorter { 1 } else { self.lowered + 1 };
        if self.lowered == 1 {
            self.lowered_from = from;
        }
        self.felt_before = shortest;
        if self.lowered < MOST_LOWERED {
            return None;
        }
        self.forget_felt();
        self.longer = shortest;
        Some(self.lowered_from)
    }

    pub(super) fn is_on(&mut self, now: Duration) -> bool {
        if self.until.is_some_and(|until| now < until) {
            return true;
        }
        if self.until.take().is_some() {
            (self.standing_since, self.has_backed_off) = (None, false);
        }
        let is_long = self.standing_since.is_some_and(|since| now.saturating_sub(since) >= LONG);
        if is_long && self.has_backed_off {
            self.until = Some(now + BELIEVED);
        }
        self.until.is_some()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_that_has_become_longer_is_no_queue() {
        let mut rivalry = Rivalry::default();
        let (mut felt, mut is_over) = (0, false);
        for packet in 0..1_000 {
            let now = Duration::from_millis(20 * packet);
            let delay = if packet < 100 { 10 } else { 40 };
            rivalry.add(now, now + Duration::from_millis(delay), now);
            if rivalry.is_felt(now) {
                felt += 1;
                is_over = rivalry.lowered(2_000_000.0 / f64::from(felt)) == Some(2_000_000.0);
            }
        }

        assert_eq!(felt, MOST_LOWERED);
        assert!(is_over, "and what it was lowered for is taken back");
    }
}
