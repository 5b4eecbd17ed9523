//! Whether the other end of a link is still there, and this one was awake.
//!
//! A program that stood still (a machine that slept or was paused, a process that was stopped) finds in its socket what the server said
//! long ago: rings of calls that are over. So whatever is read of a link is read through its [`Pulse`], which hands on nothing of a link
//! that is older than its own deadline. How things are comes over the next link.

use std::time::{Duration, SystemTime};

use futures_util::{SinkExt as _, Stream, StreamExt as _};
use tokio::time::{Instant, timeout};
use tokio_tungstenite::tungstenite::{self, Message};

use super::socket::{Socket, WRITE_TIMEOUT};
use crate::clock;

/// A link is down if it has been silent for so long after a ping, and a ping goes out as often.
const PING_EVERY: Duration = Duration::from_secs(15);
/// A link looks after itself twice in this time. One that has not was not awake: its TCP connection is dead more often than not, and
/// what waits in it is old.
const STOOD_STILL: Duration = Duration::from_secs(10);

/// Whether the other end is still there, and this one was awake.
pub(super) struct Pulse {
    pinged_at: Instant,
    answered: bool,
    looked_at: Now,
}

/// The same moment by three clocks: one that stops while the machine sleeps, one that goes on, and the one on the wall, which alone
/// knows that a virtual machine was paused.
#[derive(Debug, Clone, Copy)]
struct Now {
    awake: Instant,
    always: std::time::Instant,
    wall: SystemTime,
}

impl Now {
    fn read() -> Self {
        Self { awake: Instant::now(), always: clock::now(), wall: SystemTime::now() }
    }

    /// How much time has passed since then, by the clock that says most. One that was put forward ends a link in vain, and no more.
    fn passed_since(self, then: Self) -> Duration {
        let always = self.always.saturating_duration_since(then.always);
        always.max(self.wall.duration_since(then.wall).unwrap_or_default())
    }
}

/// What is read of a link.
#[derive(Debug)]
pub(super) enum Heard {
    /// What came; `None` at its end.
    Came(Option<Result<Message, tungstenite::Error>>),
    /// This end stood still, and what came is too old to be believed.
    TooOld,
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

    /// Waits for what comes next. Safe to drop half-way.
    pub(super) async fn next(
        &mut self,
        socket: &mut (impl Stream<Item = Result<Message, tungstenite::Error>> + Unpin),
    ) -> Heard {
        let came = socket.next().await;
        self.judge(came, Now::read())
    }

    fn judge(&mut self, came: Option<Result<Message, tungstenite::Error>>, now: Now) -> Heard {
        if self.stood_still(now) {
            return Heard::TooOld;
        }
        self.answered = true;
        Heard::Came(came)
    }

    fn stood_still(&mut self, now: Now) -> bool {
        let passed = now.passed_since(self.looked_at);
        if passed >= STOOD_STILL {
            tracing::info!(?passed, "this program stood still; connecting anew");
            return true;
        }
        self.looked_at = now;
        false
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
        if self.stood_still(now) {
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
        let mut look = |at_s| pulse.look(after(start, at_s, 0));
        assert_eq!([5, 10, 14].map(&mut look), [Beat::Fine, Beat::Fine, Beat::Fine]);
        assert_eq!(look(15), Beat::Dead, "nothing was ever heard");

        let mut pulse = Pulse::begun(start);
        let mut pinged = Vec::new();
        for at_s in (5..=60).step_by(5) {
            if at_s <= 30 {
                assert!(matches!(pulse.judge(None, after(start, at_s, 0)), Heard::Came(None)));
            }
            match pulse.look(after(start, at_s, 0)) {
                Beat::Fine => {}
                Beat::Ping => pinged.push(at_s),
                Beat::Dead => {
                    assert_eq!((at_s, pinged), (45, vec![15, 30]), "the answer to the last could still come");
                    return;
                }
            }
        }
        panic!("a silent link lives on");
    }

    #[test]
    fn what_waited_while_this_program_stood_still_is_not_believed_however_it_stood_still() {
        let start = Now::read();
        let stopped = after(start, 45, 0);
        let slept = after(start, 0, 45);
        let paused = Now { wall: start.wall + Duration::from_secs(45), ..start };

        for (how, now) in [("stopped", stopped), ("slept", slept), ("paused", paused)] {
            let mut pulse = Pulse::begun(start);
            assert!(matches!(pulse.judge(ring(), now), Heard::TooOld), "{how}");
            assert!(matches!(pulse.judge(ring(), now), Heard::TooOld), "{how}: nor is what comes behind it");
            assert_eq!(pulse.look(now), Beat::Dead, "{how}");
        }
    }

    #[test]
    fn a_busy_program_believes_what_comes_late() {
        let start = Now::read();
        let mut pulse = Pulse::begun(start);

        assert!(matches!(pulse.judge(ring(), after(start, 9, 0)), Heard::Came(Some(Ok(_)))));
        assert!(matches!(pulse.judge(ring(), after(start, 9, 9)), Heard::Came(Some(Ok(_)))));
        let put_back = Now { wall: start.wall - Duration::from_secs(3_600), ..after(start, 10, 9) };
        assert!(
            matches!(pulse.judge(ring(), put_back), Heard::Came(Some(Ok(_)))),
            "a clock that was put back says nothing"
        );
    }

    fn ring() -> Option<Result<Message, tungstenite::Error>> {
        Some(Ok(Message::text("a ring")))
    }

    /// So long awake, and so much asleep besides.
    fn after(start: Now, awake_s: u64, asleep_s: u64) -> Now {
        let (awake, asleep) = (Duration::from_secs(awake_s), Duration::from_secs(asleep_s));
        let all = awake + asleep;
        Now { awake: start.awake + awake, always: start.always + all, wall: start.wall + all }
    }
}
