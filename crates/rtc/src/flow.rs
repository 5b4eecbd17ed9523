//! Whether media may flow: not before the connection, and never again after the close.

use std::sync::atomic::{AtomicBool, Ordering};

use crate::TransportError;

/// Shared between a transport, its tracks and what watches its path.
#[derive(Debug, Default)]
pub(crate) struct Flow {
    connected: AtomicBool,
    closed: AtomicBool,
}

impl Flow {
    pub(crate) fn is_connected(&self) -> bool {
        self.connected.load(Ordering::Acquire)
    }

    /// Says whether it was connected before.
    pub(crate) fn set_connected(&self, connected: bool) -> bool {
        self.connected.swap(connected, Ordering::AcqRel)
    }

    pub(crate) fn check_open(&self) -> Result<(), TransportError> {
        if self.closed.load(Ordering::Acquire) { Err(TransportError::Closed) } else { Ok(()) }
    }

    /// Says whether it was closed before.
    pub(crate) fn close(&self) -> bool {
        self.closed.swap(true, Ordering::AcqRel)
    }
}
