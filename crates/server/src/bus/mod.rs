//! Hints from a change that was committed to the links, to the keeper of presence and to what forwards media. All of them may be lost: the database has
//! the truth, and a device that resumes reads it.

mod close_reason;
mod links;
mod media;
mod node;
mod presence;

pub(crate) use self::{
    close_reason::CloseReason,
    links::{Bus, Listener, Mail},
    media::{MediaCounts, MediaEngine, MediaEvent, MediaHandle, NotConnected},
    node::Node,
    presence::{PresenceHandle, PresenceNote, PresenceNotes},
};
