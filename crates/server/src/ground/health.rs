//! Whether the server can do its work, as `/readyz` tells it: the database takes a write, and none of its errors is recent.

use std::{
    sync::{Mutex as StdMutex, PoisonError},
    time::Duration,
};

use tokio::{sync::Mutex, time::Instant};

use crate::store::{Store, StoreError};

/// The answer holds for so long: any client may ask, and a question costs a write to the disk.
const HOLDS_FOR: Duration = Duration::from_secs(1);
/// An error of the database counts for so long. A damaged page fails the requests that need it and no others.
const REMEMBERED_FOR: Duration = Duration::from_secs(10);

/// What is known of the database's health.
#[derive(Debug, Default)]
pub(crate) struct Health {
    /// When it was last asked, and whether it was well. Locked while it is asked, so that a crowd asks once.
    checked: Mutex<Option<(Instant, bool)>>,
    failed_at: StdMutex<Option<Instant>>,
}

impl Health {
    /// The database has failed a request.
    pub(crate) fn failed(&self, error: &StoreError) {
        if error.is_of_engine() {
            *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner) = Some(Instant::now());
        }
    }

    /// Whether requests can be committed.
    pub(crate) async fn is_good(&self, store: &Store, now_ms: u64) -> bool {
        let mut checked = self.checked.lock().await;
        if let Some((at, is_good)) = *checked
            && at.elapsed() < HOLDS_FOR
        {
            return is_good;
        }
        let is_good =
            store.check(now_ms).await.inspect_err(|error| self.failed(error)).is_ok() && !self.has_failed_lately();
        *checked = Some((Instant::now(), is_good));
        is_good
    }

    fn has_failed_lately(&self) -> bool {
        let failed_at = *self.failed_at.lock().unwrap_or_else(PoisonError::into_inner);
        failed_at.is_some_and(|at| at.elapsed() < REMEMBERED_FOR)
    }
}
