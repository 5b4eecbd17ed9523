//! Whether an open device still works.

use std::sync::Arc;
use std::time::{Duration, Instant};

use super::ring::Health;

/// A healthy device calls every 10 ms or so.
const STALLED: Duration = Duration::from_millis(500);

/// Watches one stream.
pub(crate) struct Liveness {
    health: Arc<Health>,
    calls: u64,
    called_at: Instant,
}

impl Liveness {
    pub(crate) fn new(health: Arc<Health>) -> Self {
        Self { health, calls: 0, called_at: Instant::now() }
    }

    /// It has failed, or does not call any more.
    pub(crate) fn is_broken(&mut self, now: Instant) -> bool {
        let calls = self.health.callbacks();
        if calls != self.calls {
            self.calls = calls;
            self.called_at = now;
        }
        self.health.has_failed() || now.saturating_duration_since(self.called_at) > STALLED
    }
}
