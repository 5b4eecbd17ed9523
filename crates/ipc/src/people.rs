//! People and groups as windows list them.

use carillon_protocol::{ContactState, GroupId, GroupKind, GroupRole, Presence, UserId};
use serde::{Deserialize, Serialize};

/// What the user has chosen to be for others.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum OwnPresence {
    /// Calls ring.
    #[default]
    Available,
    /// Calls ring, and others see that the user may not be there.
    Away,
    /// No device of the user rings.
    DoNotDisturb,
}

/// The user who is signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MeView {
    /// The account's name.
    pub user: UserId,
    /// What others see.
    pub name: String,
    /// Where the picture is; `None`: there is none.
    #[serde(default)]
    pub picture: Option<String>,
    /// As chosen; what others see while the link is up.
    #[serde(default)]
    pub presence: OwnPresence,
}

/// A person in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PersonView {
    /// The account's name.
    pub user: UserId,
    /// What is shown.
    pub name: String,
    /// Where the picture is; `None`: there is none.
    #[serde(default)]
    pub picture: Option<String>,
    /// Whether they can be reached.
    pub presence: Presence,
    /// What lies between the two.
    #[serde(default)]
    pub contact: ContactState,
    /// Whether this user wants nothing of them.
    #[serde(default)]
    pub blocked: bool,
    /// How many of their messages have not been read.
    #[serde(default)]
    pub unread: u32,
}

impl PersonView {
    /// A person of whom nothing more is known.
    pub fn new(user: UserId, name: impl Into<String>, presence: Presence) -> Self {
        let (contact, blocked) = (ContactState::None, false);
        Self { user, name: name.into(), picture: None, presence, contact, blocked, unread: 0 }
    }

    /// Whether both have agreed to be contacts.
    pub fn is_contact(&self) -> bool {
        self.contact == ContactState::Contact && !self.blocked
    }
}

/// A group or a chat room in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupView {
    /// Which.
    pub group: GroupId,
    /// Which of the two.
    pub kind: GroupKind,
    /// What is shown.
    pub name: String,
    /// Where the picture is; `None`: there is none.
    #[serde(default)]
    pub picture: Option<String>,
    /// How many are in it.
    pub members: u32,
    /// What this user may do in it; `None`: not in it.
    #[serde(default)]
    pub role: Option<GroupRole>,
    /// How many messages in it have not been read.
    #[serde(default)]
    pub unread: u32,
    /// Who asks this user into it, by the name that is shown.
    #[serde(default)]
    pub invited_by: Option<String>,
}

impl GroupView {
    /// Whether this user may change its name and picture, and say who is in it.
    pub fn can_manage(&self) -> bool {
        self.role >= Some(GroupRole::Admin)
    }
}

/// A member of a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MemberView {
    /// Who.
    pub person: PersonView,
    /// What they may do.
    pub role: GroupRole,
    /// Whether it is this user.
    #[serde(default)]
    pub is_me: bool,
    /// Whether they are asked into it, and have not agreed yet.
    #[serde(default)]
    pub invited: bool,
}
