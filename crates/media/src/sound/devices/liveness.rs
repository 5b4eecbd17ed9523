//! Whether an open device still works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ring::Health;
use crate::error::MediaError;

/// A healthy device calls every 10 ms or so.
const STALLED: Duration = Duration::from_millis(500);

/// Watches one stream.
pub(crate) struct Liveness {
    health: Arc<Health>,
    /// A file or a stand-in is only a clock of this program: it stands still when the program does, which breaks nothing.
    is_real: bool,
    /// It was told that what it hears are not all numbers.
    has_complained: bool,
    calls: u64,
    called_at: Instant,
}

impl Liveness {
    pub(crate) fn new(health: Arc<Health>, is_real: bool) -> Self {
        Self { health, is_real, has_complained: false, calls: 0, called_at: Instant::now() }
    }

    /// Why it has failed, where that is known.
    pub(crate) fn failure(&self) -> Option<MediaError> {
        self.health.failure().cloned()
    }

    /// It has failed, or does not call any more.
    pub(crate) fn is_broken(&mut self, now: Instant) -> bool {
        let calls = self.health.callbacks();
        if calls != self.calls {
            self.calls = calls;
            self.called_at = now;
        }
        if self.health.not_numbers() > 0 && !std::mem::replace(&mut self.has_complained, true) {
            tracing::warn!("what a microphone hears are not all numbers; it is silent there");
        }
        let is_stalled = self.is_real && now.saturating_duration_since(self.called_at) > STALLED;
        self.health.has_failed() || is_stalled
    }
}
