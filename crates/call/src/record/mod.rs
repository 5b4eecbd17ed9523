//! The server's judgement about one call.
//!
//! [`decide`] is pure. The server loads rows, decides, and commits the new rows with the signals for *all* devices in one
//! transaction `WHERE version = read`; on conflict it reloads and decides again. Whoever asks is known from the link, never from
//! the message.

mod rows;

pub use rows::{Actor, Asked, Before, CallRow, CallState, Decision, LegRow, LegState, Recipient, Rows};
