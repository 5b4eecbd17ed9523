//! Whether something else fills the path's queue, and keeps it filled however far this end backs off: a file transfer, which only loss
//! slows down. Beside it delay says nothing of what this end does, and whoever heeds it starves.

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
/// So long it is believed; then it is looked at again, for by then the queue may be this end's.
const BELIEVED: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Rivalry {
    /// The shortest delay of each second, in seconds of both clocks together.
    shortest: VecDeque<(u64, f64)>,
    standing_since: Option<Duration>,
    felt_since: Option<Duration>,
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
        if delay - own < FELT {
            self.felt_since = None;
        } else {
            self.felt_since.get_or_insert(now);
        }
        if delay - own < STANDING {
            (self.standing_since, self.has_backed_off) = (None, false);
        } else {
            self.standing_since.get_or_insert(now);
        }
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
