//! Calls: load, let the record decide, and write what it decided.
//!
//! The invariant: all that a decision was made upon is read in the change that the new rows, the answer to the asker and the
//! signals for all devices are committed by. Nothing is written in between, so the second of two requests is decided upon what the
//! first one wrote.

mod asking;
mod before;
mod ending;
mod grants;
mod inviting;
mod leaving;
mod media;
mod reaching;
mod unreadable;
mod writing;

use self::asking::actor;
pub(crate) use self::{
    asking::{accept, act, ask, media_lost, moderate, renew_token, set_hand, tell_verdict, the_server},
    inviting::invite,
    leaving::{dismiss, end, leave_with_group, live_call_of},
    media::{connect, want},
    reaching::{link, link_is_back, media_are_reached},
    unreadable::end_unreadable,
};
