//! The ways in: each asks who it is, how often, and in which form; what is wanted is done by a service.

pub mod admin;
pub(crate) mod http;
pub(crate) mod link;
mod state;
pub(crate) mod stun;
pub(crate) mod tls;

pub(crate) use self::state::{ServerState, SharedState};
