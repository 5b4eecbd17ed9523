//! The clock of a link, which never stands still.

use std::time::{Duration, SystemTime};

use tokio::time::Instant;

use crate::clock;

/// Goes on while this program does not: while the process is stopped, while the machine sleeps, and while it is paused.
#[derive(Debug)]
pub(super) struct LinkClock {
    now: std::time::Instant,
    read: Reading,
}

/// The same moment by three clocks: one that stops while the machine sleeps, one that goes on, and the one on the wall, which alone
/// knows that a virtual machine was paused.
#[derive(Debug, Clone, Copy)]
struct Reading {
    awake: Instant,
    always: std::time::Instant,
    wall: SystemTime,
}

impl LinkClock {
    pub(super) fn new() -> Self {
        let read = Reading::take();
        Self { now: read.always, read }
    }

    pub(super) fn now(&mut self) -> std::time::Instant {
        self.advance(Reading::take())
    }

    fn advance(&mut self, reading: Reading) -> std::time::Instant {
        self.now += reading.passed_since(self.read);
        self.read = reading;
        self.now
    }
}

impl Reading {
    fn take() -> Self {
        Self { awake: Instant::now(), always: clock::now(), wall: SystemTime::now() }
    }

    /// How much time has passed since then, by the clock that says most. One that was put forward ends a link in vain, and no more.
    fn passed_since(self, then: Self) -> Duration {
        let awake = self.awake.saturating_duration_since(then.awake);
        let always = self.always.saturating_duration_since(then.always);
        awake.max(always).max(self.wall.duration_since(then.wall).unwrap_or_default())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHILE: Duration = Duration::from_secs(45);

    #[test]
    fn however_a_program_stood_still_the_clock_went_on() {
        let start = Reading::take();
        let awake_and_wall = Reading { awake: start.awake + WHILE, wall: start.wall + WHILE, ..start };
        let stopped = Reading { always: start.always + WHILE, ..awake_and_wall };
        let slept = Reading { awake: start.awake, ..stopped };
        let paused = Reading { wall: start.wall + WHILE, ..start };

        for (how, reading) in [("stopped", stopped), ("slept", slept), ("paused", paused)] {
            let mut clock = LinkClock { now: start.always, read: start };
            assert_eq!(clock.advance(reading), start.always + WHILE, "{how}");
        }
    }

    #[test]
    fn a_clock_on_the_wall_that_was_put_back_says_nothing() {
        let start = Reading::take();
        let mut clock = LinkClock { now: start.always, read: start };
        let second = Duration::from_secs(1);
        let put_back = Reading {
            awake: start.awake + second,
            always: start.always + second,
            wall: start.wall - Duration::from_secs(3_600),
        };

        assert_eq!(clock.advance(put_back), start.always + second);
        let later = Reading { wall: put_back.wall + second, ..put_back };
        assert_eq!(clock.advance(later), start.always + 2 * second);
    }
}
