//! How work runs: in tasks that end as they should, on threads that may wait, and with a log that no client can flood.

pub(crate) mod failpoint;
pub(crate) mod log_budget;
pub(crate) mod stops;
pub(crate) mod tasks;
pub(crate) mod workers;
