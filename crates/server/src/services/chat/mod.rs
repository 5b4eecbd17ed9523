//! Conversations: what is said in them, who has read it, and who is in them.
//!
//! The invariant: a message, its place, the answer to whoever wrote it and the signals for all devices of everybody in the
//! conversation are committed in one transaction. Signals may be lost with their streams; messages are asked for again by place.

mod bounds;
pub(crate) mod groups;
pub(crate) mod invitations;
pub(crate) mod members;
pub(crate) mod reading;
pub(crate) mod sending;
