//! Helpers of this module's tests.

use std::{sync::LazyLock, time::Instant};

use carillon_protocol::OpId;
use uuid::Uuid;

#[expect(clippy::disallowed_methods, reason = "virtual time has to begin somewhere")]
static START: LazyLock<Instant> = LazyLock::new(Instant::now);

/// When a story begins.
pub(crate) fn start() -> Instant {
    *START
}

/// A request's name.
pub(crate) fn op(n: u128) -> OpId {
    OpId::new(Uuid::from_u128(n))
}
