//! Whether the other end of a link is still there, and this one awake.

use std::time::Duration;

use futures_util::SinkExt as _;
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::Message;

use super::socket::{Socket, WRITE_TIMEOUT};
use crate::clock;

/// A link is down if it has been silent for so long after a ping, and a ping goes out as often.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A machine that slept for so long finds its TCP connection dead more often than not.
const SLEPT: Duration = Duration::from_secs(10);

/// Whether the other end is still there, and this one awake.
pub(super) struct Pulse {
    pinged_at: Instant,
    answered: bool,
    looked_at: Now,
}

/// The same moment by the clock that stops while the machine sleeps, and by the one that goes on.
#[derive(Debug, Clone, Copy)]
struct Now {
    awake: Instant,
    always: std::time::Instant,
}

impl Now {
    fn read() -> Self {
        Self { awake: Instant::now(), always: clock::now() }
    }

    /// How much of the time since then the machine slept.
    fn slept_since(self, then: Self) -> Duration {
        let always = self.always.saturating_duration_since(then.always);
        always.saturating_sub(self.awake.saturating_duration_since(then.awake))
    }
}

#[derive(Debug, PartialEq)]
enum Beat {
    Fine,
    Ping,
    Dead,
}

impl Pulse {
    pub(super) fn new() -> Self {
        Self::begun(Now::read())
    }

    fn begun(now: Now) -> Self {
        Self { pinged_at: now.awake, answered: false, looked_at: now }
    }

    pub(super) fn heard(&mut self) {
        self.answered = true;
    }

    /// Looks, and pings when it is time; `false` if the link is dead.
    pub(super) async fn beat(&mut self, socket: &mut Socket) -> bool {
        match self.look(Now::read()) {
            Beat::Fine => true,
            Beat::Dead => false,
            Beat::Ping => {
                let sent = timeout(WRITE_TIMEOUT, socket.send(Message::Ping(Default::default()))).await;
                matches!(sent, Ok(Ok(())))
            }
        }
    }

    fn look(&mut self, now: Now) -> Beat {
        let slept = now.slept_since(std::mem::replace(&mut self.looked_at, now));
        if slept >= SLEPT {
            tracing::info!(?slept, "the machine slept; connecting anew");
            return Beat::Dead;
        }
        if now.awake.saturating_duration_since(self.pinged_at) < PING_EVERY {
            return Beat::Fine;
        }
        if !std::mem::take(&mut self.answered) {
            tracing::info!("the link is silent");
            return Beat::Dead;
        }
        self.pinged_at = now.awake;
        Beat::Ping
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_link_that_answers_is_pinged_and_one_that_does_not_is_dead_after_the_next_deadline() {
        let start = Now::read();
        let mut pulse = Pulse::begun(start);
        pulse.heard();

        assert_eq!(pulse.look(after(start, 14, 0)), Beat::Fine);
        assert_eq!(pulse.look(after(start, 15, 0)), Beat::Ping);
        pulse.heard();
        assert_eq!(pulse.look(after(start, 30, 0)), Beat::Ping);

        assert_eq!(pulse.look(after(start, 44, 0)), Beat::Fine, "the answer may still come");
        assert_eq!(pulse.look(after(start, 45, 0)), Beat::Dead);
    }

    #[test]
    fn a_machine_that_slept_connects_anew_at_once_and_a_busy_one_does_not() {
        let start = Now::read();
        let mut pulse = Pulse::begun(start);
        pulse.heard();

        assert_eq!(pulse.look(after(start, 14, 0)), Beat::Fine, "late, but awake");
        assert_eq!(pulse.look(after(start, 14, 9)), Beat::Fine, "a nap that TCP survives");
        assert_eq!(pulse.look(after(start, 14, 19)), Beat::Dead);
    }

    /// So long awake, and so much asleep besides.
    fn after(start: Now, awake_s: u64, asleep_s: u64) -> Now {
        let (awake, asleep) = (Duration::from_secs(awake_s), Duration::from_secs(asleep_s));
        Now { awake: start.awake + awake, always: start.always + awake + asleep }
    }
}
