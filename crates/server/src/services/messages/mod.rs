//! Conversations: what is said in them, and who has read it.
//!
//! The invariant: a message, its place, the answer to its writer and the signals for all devices of all users in the
//! conversation are committed in one transaction. Signals may be lost with their streams; messages are asked for again by place.

pub(crate) mod bounds;
pub(crate) mod changing;
pub(crate) mod invitations;
pub(crate) mod reading;
pub(crate) mod receipts;
pub(crate) mod sending;
