//! Other people: who they are, whether they can be reached, and what lies between them and this user.

use serde::{Deserialize, Serialize};

use crate::{AvatarId, UserId};

/// Whether a user can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Presence {
    /// At least one device has a link.
    Online,
    /// In a call.
    InCall,
    /// Wants no rings.
    DoNotDisturb,
    /// Has a link, and the user has not touched the device for a while.
    Away,
    /// No device has a link.
    Offline,
    /// Not for this user to see: only contacts and members of a common group see each other's presence.
    Hidden,
}

/// What lies between this user and another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ContactState {
    /// Nothing.
    #[default]
    None,
    /// This user has asked.
    Requested,
    /// The other has asked; adding them answers.
    Asked,
    /// Both have: they see each other's presence.
    Contact,
}

/// Another user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// The account's name.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// Whether they can be reached, if this user may know.
    pub presence: Presence,
    /// Whether they are a contact.
    #[serde(default)]
    pub contact: ContactState,
    /// Whether this user wants nothing of them.
    #[serde(default)]
    pub blocked: bool,
}
