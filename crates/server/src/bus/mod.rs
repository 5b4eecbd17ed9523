//! Hints from a change that was committed to the links and to the keeper of presence. All of them may be lost: the database has
//! the truth, and a device that resumes reads it.

mod close_reason;
mod links;
mod node;
mod presence;

pub(crate) use self::{
    close_reason::CloseReason,
    links::{Bus, Listener},
    node::Node,
    presence::{PresenceHandle, PresenceNote, PresenceNotes},
};
