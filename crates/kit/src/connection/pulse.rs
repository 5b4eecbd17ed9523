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
    looked_at: (Instant, std::time::Instant),
}

impl Pulse {
    pub(super) fn new() -> Self {
        let now = Instant::now();
        Self { pinged_at: now, answered: false, looked_at: (now, clock::now()) }
    }

    pub(super) fn heard(&mut self) {
        self.answered = true;
    }

    /// Looks, and pings when it is time; `false` if the link is dead.
    pub(super) async fn beat(&mut self, socket: &mut Socket) -> bool {
        let (awake, always) = self.looked_at;
        self.looked_at = (Instant::now(), clock::now());
        let slept = self.looked_at.1.duration_since(always).saturating_sub(self.looked_at.0.duration_since(awake));
        if slept >= SLEPT {
            tracing::info!(?slept, "the machine slept; connecting anew");
            return false;
        }
        if self.pinged_at.elapsed() < PING_EVERY {
            return true;
        }
        if !self.answered {
            tracing::info!("the link is silent");
            return false;
        }
        self.pinged_at = Instant::now();
        self.answered = false;
        let sent = timeout(WRITE_TIMEOUT, socket.send(Message::Ping(Default::default()))).await;
        matches!(sent, Ok(Ok(())))
    }
}
