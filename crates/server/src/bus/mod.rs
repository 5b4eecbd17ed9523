//! Hints, from whoever commits to whoever is concerned. All of them may be lost: SQL has the truth, and resuming heals.

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
