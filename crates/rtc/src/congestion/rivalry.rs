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
/// A queue that is as long after it was lowered for so many times is none: the path has become longer.
const MOST_LOWERED: u32 = 4;
/// So long it is believed; then it is looked at again, for by then the queue may be this end's.
const BELIEVED: Duration = Duration::from_secs(10);

#[derive(Debug, Default)]
pub(super) struct Rivalry {
    /// The shortest delay of each second, in seconds of both clocks together.
    shortest: VecDeque<(u64, f64)>,
    standing_since: Option<Duration>,
    felt_since: Option<Duration>,
    /// How many times the estimate was lowered for a queue that has not emptied since, and the shortest delay meanwhile.
    lowered: u32,
    felt_shortest: Option<f64>,
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
        self.longer = self.longer.map(|longer| longer.min(delay));
        if delay - self.longer.unwrap_or(own) < FELT {
            (self.felt_since, self.lowered, self.felt_shortest) = (None, 0, None);
        } else {
            self.felt_since.get_or_insert(now);
            self.felt_shortest = Some(self.felt_shortest.map_or(delay, |shortest| shortest.min(delay)));
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

    /// The estimate was lowered for a queue that is felt.
    pub(super) fn lowered(&mut self) {
        self.backed_off();
        self.lowered += 1;
        if self.lowered >= MOST_LOWERED {
            self.longer = self.felt_shortest.take();
            (self.felt_since, self.lowered) = (None, 0);
        }
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
        let mut felt = 0;
        for packet in 0..1_000 {
            let now = Duration::from_millis(20 * packet);
            let delay = if packet < 100 { 10 } else { 40 };
            rivalry.add(now, now + Duration::from_millis(delay), now);
            if rivalry.is_felt(now) {
                rivalry.lowered();
                felt += 1;
            }
        }

        assert_eq!(felt, MOST_LOWERED);
    }
}
