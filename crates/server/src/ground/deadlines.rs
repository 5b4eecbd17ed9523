//! What the sweeper is told between two looks at the deadlines, which are columns.

use std::{
    collections::BTreeSet,
    sync::{
        Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use carillon_protocol::CallId;
use tokio::sync::Notify;

/// The nearest deadline that the sweeper knows of.
pub(crate) struct Deadlines {
    next_ms: AtomicU64,
    is_nearer: Notify,
    /// Live calls that could not be read, to be ended.
    unreadable: Mutex<BTreeSet<CallId>>,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { next_ms: AtomicU64::new(u64::MAX), is_nearer: Notify::new(), unreadable: Mutex::default() }
    }
}

impl Deadlines {
    /// Something that was committed will be due then.
    pub(crate) fn note(&self, at_ms: u64) {
        if at_ms < self.next_ms.fetch_min(at_ms, Ordering::SeqCst) {
            self.is_nearer.notify_one();
        }
    }

    /// A live call cannot be read. Its users and its channel are in at most one live call each, so there are not many.
    pub(crate) fn note_unreadable(&self, call: CallId) {
        self.unreadable.lock().unwrap_or_else(PoisonError::into_inner).insert(call);
        self.is_nearer.notify_one();
    }

    /// Live calls that could not be read since this was asked last.
    pub(crate) fn take_unreadable(&self) -> BTreeSet<CallId> {
        std::mem::take(&mut self.unreadable.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// The sweeper is about to read them: it may miss what is noted from now on.
    pub(crate) fn read_anew(&self) {
        self.next_ms.store(u64::MAX, Ordering::SeqCst);
    }

    /// The sweeper will look again then.
    pub(crate) fn found(&self, at_ms: u64) {
        self.next_ms.fetch_min(at_ms, Ordering::SeqCst);
    }

    /// Waits until a nearer deadline is noted.
    pub(crate) async fn nearer(&self) {
        self.is_nearer.notified().await;
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn only_a_nearer_deadline_wakes_the_sweeper() {
        let deadlines = Deadlines::default();
        deadlines.read_anew();
        deadlines.found(1_000);

        deadlines.note(2_000);
        assert!(!is_woken(&deadlines));

        deadlines.note(500);
        assert!(is_woken(&deadlines));
    }

    #[test]
    fn what_is_noted_while_deadlines_are_read_is_looked_at_again() {
        let deadlines = Deadlines::default();
        deadlines.read_anew();

        deadlines.note(2_000); // after the reading, before its result
        deadlines.found(1_000);

        assert!(is_woken(&deadlines));
    }

    fn is_woken(deadlines: &Deadlines) -> bool {
        Box::pin(deadlines.nearer()).now_or_never().is_some()
    }
}
