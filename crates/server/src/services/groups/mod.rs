//! Groups and chat rooms: what they are, who is in them, and what is written there.

pub(crate) mod members;
pub(crate) mod settings;
pub(crate) mod writing;
