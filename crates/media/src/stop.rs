//! How a thread that waits for its time is told to stop.

use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Instant;

/// Tells a thread to stop, which may be waiting for its time.
#[derive(Debug, Clone, Default)]
pub(crate) struct Stop(Arc<(Mutex<bool>, Condvar)>);

impl Stop {
    /// Tells it.
    pub(crate) fn stop(&self) {
        *self.lock() = true;
        self.0.1.notify_all();
    }

    /// Whether it is told.
    pub(crate) fn is_stopped(&self) -> bool {
        *self.lock()
    }

    /// Waits until then; `true` once it is told to stop.
    #[must_use]
    pub(crate) fn wait_until(&self, then: Instant) -> bool {
        let mut stopped = self.lock();
        loop {
            let left = then.saturating_duration_since(Instant::now());
            if *stopped || left.is_zero() {
                return *stopped;
            }
            stopped = self.0.1.wait_timeout(stopped, left).unwrap_or_else(PoisonError::into_inner).0;
        }
    }

    fn lock(&self) -> MutexGuard<'_, bool> {
        self.0.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
