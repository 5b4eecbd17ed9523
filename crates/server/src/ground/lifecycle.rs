//! Whether the server goes on: its tasks, and what they are told of its end.

use super::drain::Drain;
use crate::runtime::{stops::Stops, tasks::Tasks};

/// A server's tasks, whether it takes new calls, and whether it stops.
#[derive(Debug)]
pub(crate) struct Lifecycle {
    pub(crate) tasks: Tasks,
    pub(crate) drain: Drain,
    pub(crate) stops: Stops,
}
