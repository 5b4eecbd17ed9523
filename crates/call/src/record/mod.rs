//! The server's judgement about one call.
//!
//! Every user in a call has a leg, the caller too, and there is one table of what may be asked of it. A call of two and a group call
//! differ in one small file of rules: who hears of what, and when it is over.
//!
//! [`decide`] is pure. The server loads rows, decides, and commits the new rows with the signals for *all* devices, in one
//! serialised transaction. Which device asks is known from its link, never from the message.
//!
//! So of two users who invite each other one is first: the other's invite finds the call that rings already, and glare needs no
//! second row. Overdue calls of the two are expired first, so that all devices hear of the old call's end before the new one rings.
//!
//! Signals that waited in an outbox go on as [`Signal::aged`](carillon_protocol::Signal::aged), and a replayed ring that
//! [`snapshot`] would not show as ringing goes on without any ring time: then a device that comes back never rings for what is over.
//!
//! [`snapshot`], [`verdict`] and [`log_entry`] say what a device or a user may see of rows; nothing here sends, stores or waits.

mod asking;
mod decide;
mod devices;
mod forwarding;
#[doc(hidden)]
pub mod fuzz;
mod invite;
mod io;
mod judgement;
mod media;
mod moderating;
mod path;
mod publishing;
mod reaching;
mod refusing;
mod rows;
mod rules;
mod token;
mod views;

pub use carillon_protocol::LegState;
pub use carillon_protocol::MAX_LEGS;
pub use decide::decide;
pub use devices::{UserDevice, devices_to_ring};
pub use forwarding::{may_connect, media_orders};
pub use io::{
    Action, Actor, Claim, Decision, Facts, Group, GroupAction, Invitee, MediaOrder, Profile, Profiles, Recipient, Way,
    group_of,
};
pub use media::{MAX_HELD_BYTES, MAX_HELD_SIGNALS};
pub use rows::{CallRow, CallState, LegDevice, LegRow, LostWays, Path, Rows};
pub use token::{EXPIRY_GRACE_MS, EXPIRY_NOTICE_MS, ExpiryNotice, Grant, Pass};
pub use views::{Viewer, call_begun_by, log_entry, snapshot, verdict};
