//! Whether the other end of a link is still there, and this one was awake.
//!
//! A program that stood still (a machine that slept or was paused, a process that was stopped) finds in its socket what the server said
//! long ago: rings of calls that are over. So nothing is believed of a link that is older than its own deadline. How things are comes
//! over the next link.

use std::time::{Duration, Instant};

use super::device::Fault;

/// A ping goes out as often, and a link is dead if nothing was heard since the one before.
const PING_EVERY: Duration = Duration::from_secs(15);
/// How often a link looks after itself.
const LOOK_EVERY: Duration = Duration::from_secs(5);
/// One that has not for so long was not awake: its TCP connection is dead more often than not, and what waits in it is old.
const STOOD_STILL: Duration = Duration::from_secs(10);

/// Looks after one socket.
#[derive(Debug)]
pub(super) struct KeepAlive {
    pinged_at: Instant,
    is_answered: bool,
    looked_at: Instant,
}

/// What is to be done for a link.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum LinkCheck {
    Fine,
    Ping,
    Dead(Fault),
}

impl KeepAlive {
    pub(super) const fn new(now: Instant) -> Self {
        Self { pinged_at: now, is_answered: false, looked_at: now }
    }

    /// Something came; whether it can be believed.
    pub(super) fn heard(&mut self, now: Instant) -> bool {
        if self.stood_still(now) {
            return false;
        }
        self.looked_at = now;
        self.is_answered = true;
        true
    }

    /// Looks after the link.
    pub(super) fn look(&mut self, now: Instant) -> LinkCheck {
        if self.stood_still(now) {
            return LinkCheck::Dead(Fault::StoodStill);
        }
        self.looked_at = now;
        if now.saturating_duration_since(self.pinged_at) < PING_EVERY {
            return LinkCheck::Fine;
        }
        if !std::mem::take(&mut self.is_answered) {
            return LinkCheck::Dead(Fault::Silent);
        }
        self.pinged_at = now;
        LinkCheck::Ping
    }

    /// When to look next.
    pub(super) fn due(&self) -> Instant {
        (self.looked_at + LOOK_EVERY).min(self.pinged_at + PING_EVERY)
    }

    fn stood_still(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.looked_at) >= STOOD_STILL
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::session::testing::start;

    #[test]
    fn a_link_on_which_nothing_was_ever_heard_is_dead_when_the_first_ping_is_due() {
        let mut keep_alive = KeepAlive::new(start());

        assert_eq!(looks(&mut keep_alive), [LinkCheck::Fine, LinkCheck::Fine, LinkCheck::Dead(Fault::Silent)]);
        assert_eq!(keep_alive.looked_at, start() + PING_EVERY);
    }

    #[test]
    fn a_link_that_answers_is_pinged_and_one_that_does_not_is_dead_after_the_next_deadline() {
        let mut keep_alive = KeepAlive::new(start());
        let mut pinged = Vec::new();

        loop {
            let now = keep_alive.due();
            if now <= start() + Duration::from_secs(30) {
                assert!(keep_alive.heard(now));
            }
            match keep_alive.look(now) {
                LinkCheck::Fine => {}
                LinkCheck::Ping => pinged.push((now - start()).as_secs()),
                LinkCheck::Dead(fault) => {
                    assert_eq!(fault, Fault::Silent);
                    break;
                }
            }
        }

        assert_eq!(pinged, [15, 30]);
        assert_eq!(keep_alive.looked_at, start() + Duration::from_secs(45), "the answer to the last could still come");
    }

    #[test]
    fn what_waited_while_this_program_stood_still_is_not_believed() {
        let mut keep_alive = KeepAlive::new(start());
        let now = start() + Duration::from_secs(45);

        assert!(!keep_alive.heard(now));
        assert!(!keep_alive.heard(now), "nor is what comes behind it");
        assert_eq!(keep_alive.look(now), LinkCheck::Dead(Fault::StoodStill));
    }

    #[test]
    fn a_busy_program_believes_what_comes_late() {
        let mut keep_alive = KeepAlive::new(start());

        assert!(keep_alive.heard(start() + Duration::from_secs(9)));
        assert!(keep_alive.heard(start() + Duration::from_secs(18)));
    }

    /// What comes of looking whenever it is due, to the end.
    fn looks(keep_alive: &mut KeepAlive) -> Vec<LinkCheck> {
        let mut looks = Vec::new();
        while !matches!(looks.last(), Some(LinkCheck::Dead(_))) {
            let now = keep_alive.due();
            looks.push(keep_alive.look(now));
        }
        looks
    }
}
