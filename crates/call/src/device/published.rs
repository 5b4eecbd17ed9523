//! What this device publishes and how much of it the server knows, and what the other end of a call of two publishes.

use std::time::{Duration, Instant};

use carillon_protocol::{OpId, Published};

/// How long what this device publishes waits after the last time that it was told. Less is not seen by a user; a device that switches
/// without an end asks ten times a second at most.
pub const PUBLISH_EVERY: Duration = Duration::from_millis(100);

/// How long another size of what is published already waits after the last time that anything was told. A path that changes all the time
/// changes sizes with it, and each is a commit of the server.
pub const RESIZE_EVERY: Duration = Duration::from_secs(2);

/// When a server that has too much to do, or has failed, is told again.
pub const PUBLISH_AGAIN: Duration = Duration::from_secs(1);

/// What this device publishes in the call in hand, and how much of it the server knows.
#[derive(Debug)]
pub(super) struct Publishing {
    pub(super) now: Published,
    /// `None`: it is not known what the server knows.
    pub(super) told: Option<Published>,
    /// The request that tells it, and what it tells.
    pub(super) awaited: Option<(OpId, Published)>,
    /// Not before then.
    pub(super) next_at: Option<Instant>,
    /// And another size not before then.
    pub(super) resize_at: Option<Instant>,
}

impl Default for Publishing {
    /// As a call begins: nothing is published, and the server knows it.
    fn default() -> Self {
        Self {
            now: Published::default(),
            told: Some(Published::default()),
            awaited: None,
            next_at: None,
            resize_at: None,
        }
    }
}

/// What the other end of a call of two publishes.
#[derive(Debug, Default)]
pub(super) struct OtherPublishes {
    pub(super) now: Published,
    /// As in a [`Leg`](carillon_protocol::Leg).
    pub(super) version: u64,
}

impl Publishing {
    /// All that is sent is closed.
    pub(super) fn stop(&mut self) {
        self.now = Published::default();
    }

    /// When what is published now may be told, if that has to wait.
    pub(super) fn due_at(&self) -> Option<Instant> {
        let is_resize = self.told.is_some_and(|told| told.is_same_but_for_sizes(self.now));
        if is_resize { self.next_at.max(self.resize_at) } else { self.next_at }
    }

    /// The session is new. Where this device has ever published anything, the server is told once more.
    pub(super) fn distrust(&mut self) {
        let is_untouched = self.now.is_nothing() && self.told.is_some_and(|told| told.is_nothing());
        if is_untouched && self.awaited.is_none() {
            return;
        }
        (self.told, self.awaited, self.next_at, self.resize_at) = (None, None, None, None);
    }
}
