//! What everything stands on: the operator's choices, the clock, the counters and the limits.

pub(crate) mod choices;
pub(crate) mod clock;
pub(crate) mod config;
pub(crate) mod deadlines;
pub(crate) mod drain;
pub(crate) mod frames;
pub(crate) mod health;
pub(crate) mod lifecycle;
pub(crate) mod limits;
pub(crate) mod metrics;
pub(crate) mod rtc_tokens;
pub(crate) mod secrets;
pub(crate) mod shared;
