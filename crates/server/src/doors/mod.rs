//! The ways in: each checks who asks, how often, and in which form; a service does what is asked.

pub mod admin;
pub(crate) mod http;
pub(crate) mod link;
pub(crate) mod media;
mod state;
pub(crate) mod stun;
pub(crate) mod tls;

pub(crate) use self::state::{ServerState, SharedState};
