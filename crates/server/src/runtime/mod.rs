//! How work runs, whatever it is: in tasks that end as they should, on threads that may wait, with a log that nobody fills.

pub(crate) mod failpoint;
pub(crate) mod log_budget;
pub(crate) mod stops;
pub(crate) mod tasks;
pub(crate) mod workers;
