//! Conversations: what is said in them, and who has read it.
//!
//! The invariant: a message, its place, the answer to whoever wrote it and the signals for all devices of everybody in the
//! conversation are committed in one transaction. Signals may be lost with their streams; messages are asked for again by place.

pub(crate) mod bounds;
pub(crate) mod invitations;
pub(crate) mod reading;
pub(crate) mod sending;
