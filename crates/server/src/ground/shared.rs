//! What every service stands on.

use std::sync::atomic::Ordering::Relaxed;

use carillon_protocol::DeviceId;

use super::{
    clock::Clock,
    config::Config,
    deadlines::Deadlines,
    health::Health,
    lifecycle::Lifecycle,
    limits::{LimitTable, table::Row},
    metrics::Metrics,
    rtc_tokens::RtcTokens,
};
use crate::{
    bus::{Bus, CloseReason},
    runtime::log_budget::limited,
    store::{Store, StoreError},
};

/// What every service stands on: the truth, the hints, the time, and what the operator chose.
pub(crate) struct Ground {
    pub(crate) config: Config,
    pub(crate) store: Store,
    pub(crate) bus: Bus,
    pub(crate) clock: Clock,
    pub(crate) metrics: Metrics,
    pub(crate) limits: LimitTable,
    pub(crate) rtc_tokens: RtcTokens,
    pub(crate) deadlines: Deadlines,
    pub(crate) health: Health,
    pub(crate) lifecycle: Lifecycle,
}

impl Ground {
    /// Counts and logs what the store could not do. A live call that cannot be read is left to the sweeper, which ends it.
    pub(crate) fn store_failed(&self, error: &StoreError, what: &'static str) {
        self.health.failed(error);
        if let StoreError::UnreadableCall { call, .. } = error {
            self.deadlines.note_unreadable(*call);
        } else {
            limited!(error, %error, "{what}");
        }
    }

    /// Counts a frame of a device that makes no sense. After too many its link is closed.
    pub(crate) fn fault(&self, row: &Row, device: DeviceId) {
        self.metrics.faults.fetch_add(1, Relaxed);
        if self.limits.is_too_faulty(row, device) {
            self.bus.dismiss(device, CloseReason::TooMuch);
        }
    }
}
