//! What the server does for people, whichever way they asked for it.

pub(crate) mod attachments;
pub(crate) mod call_log;
pub(crate) mod calls;
pub(crate) mod device_keys;
pub(crate) mod devices;
pub(crate) mod drain;
pub(crate) mod groups;
pub(crate) mod invites;
pub(crate) mod media;
pub(crate) mod messages;
pub(crate) mod passwords;
pub(crate) mod people;
pub(crate) mod pictures;
pub(crate) mod presence;
pub(crate) mod rtc_tokens;
pub(crate) mod sign_ins;
pub(crate) mod sweeper;
