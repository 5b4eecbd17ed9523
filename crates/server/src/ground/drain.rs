//! Whether the server takes new calls.

use std::sync::atomic::{AtomicBool, Ordering::Relaxed};

/// Whether the server takes new calls.
#[derive(Debug, Default)]
pub(crate) struct Drain(AtomicBool);

impl Drain {
    pub(crate) fn has_begun(&self) -> bool {
        self.0.load(Relaxed)
    }

    /// It takes none from now on.
    pub(crate) fn begin(&self) {
        self.0.store(true, Relaxed);
    }
}
