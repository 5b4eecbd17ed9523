//! What kind of call it is: voice or video, and between whom.

use serde::{Deserialize, Serialize};

use crate::{CallKind, GroupId, GroupKind};

/// The kit's `callType`: a number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum CallType {
    /// 0: voice between two users.
    Voice,
    /// 1: video between two users.
    Video,
    /// 2: video in a group.
    GroupVideo,
    /// 3: voice in a group.
    GroupVoice,
}

impl CallType {
    /// Voice or video.
    pub const fn kind(self) -> CallKind {
        match self {
            Self::Voice | Self::GroupVoice => CallKind::Voice,
            Self::Video | Self::GroupVideo => CallKind::Video,
        }
    }

    /// Whether more than two users may take part.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::GroupVideo | Self::GroupVoice)
    }
}

impl From<CallType> for u8 {
    fn from(value: CallType) -> Self {
        match value {
            CallType::Voice => 0,
            CallType::Video => 1,
            CallType::GroupVideo => 2,
            CallType::GroupVoice => 3,
        }
    }
}

impl TryFrom<u8> for CallType {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Ok(match value {
            0 => Self::Voice,
            1 => Self::Video,
            2 => Self::GroupVideo,
            3 => Self::GroupVoice,
            _ => return Err("a call type is 0, 1, 2 or 3"),
        })
    }
}

/// Which kind of conversation an invitation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatType {
    /// Two users.
    SingleChat,
    /// A group of users.
    GroupChat,
    /// An open room.
    ChatRoom,
}

/// What kind of call it is: voice or video, between two users or more, and where it belongs.
///
/// On the wire and in events it is four fields: `call_type`, `chat_type`, `group_id` and `group_name`. Fields that contradict each other
/// do not parse.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "Fields", into = "Fields")]
pub enum CallScope {
    /// Two users.
    Pair {
        /// Voice or video.
        kind: CallKind,
    },
    /// Several users, who need no group in common.
    Several {
        /// Voice or video.
        kind: CallKind,
        /// What the caller calls it. In an invitation it is not checked yet: see [`GivenName`](crate::GivenName).
        name: Option<String>,
    },
    /// Members of a group or a chat room.
    Group {
        /// Voice or video.
        kind: CallKind,
        /// Which group or chat room.
        group: GroupId,
        /// Which of the two it is.
        place: GroupKind,
        /// Its name. In an invitation it counts for nothing: the server knows better.
        name: Option<String>,
    },
}

/// Why four fields are no [`CallScope`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ScopeError {
    /// A group is named, and the chat is a single one.
    #[error("a single chat has no group")]
    UnwantedGroup,
    /// The call is in a group or a chat room, and none is named.
    #[error("the group is missing")]
    MissingGroup,
}

impl CallScope {
    /// Puts the four fields together. What a call of two says of a group counts for nothing.
    ///
    /// # Errors
    /// [`ScopeError`] if those of a group call contradict each other.
    pub fn of_fields(
        call_type: CallType,
        chat_type: ChatType,
        group_id: Option<GroupId>,
        group_name: Option<String>,
    ) -> Result<Self, ScopeError> {
        let (kind, name) = (call_type.kind(), group_name);
        if !call_type.is_group() {
            return Ok(Self::Pair { kind });
        }
        match (chat_type, group_id) {
            (ChatType::SingleChat, None) => Ok(Self::Several { kind, name }),
            (ChatType::SingleChat, Some(_)) => Err(ScopeError::UnwantedGroup),
            (ChatType::GroupChat, Some(group)) => Ok(Self::Group { kind, group, place: GroupKind::Group, name }),
            (ChatType::ChatRoom, Some(group)) => Ok(Self::Group { kind, group, place: GroupKind::Room, name }),
            (ChatType::GroupChat | ChatType::ChatRoom, None) => Err(ScopeError::MissingGroup),
        }
    }

    /// Voice or video.
    pub const fn kind(&self) -> CallKind {
        match self {
            Self::Pair { kind } | Self::Several { kind, .. } | Self::Group { kind, .. } => *kind,
        }
    }

    /// The same call by voice or by video.
    #[must_use]
    pub fn with_kind(mut self, wanted: CallKind) -> Self {
        match &mut self {
            Self::Pair { kind } | Self::Several { kind, .. } | Self::Group { kind, .. } => *kind = wanted,
        }
        self
    }

    /// Whether more than two users may take part.
    pub const fn is_group(&self) -> bool {
        !matches!(self, Self::Pair { .. })
    }

    /// The kit's number for it.
    pub const fn call_type(&self) -> CallType {
        match (self.is_group(), self.kind()) {
            (false, CallKind::Voice) => CallType::Voice,
            (false, CallKind::Video) => CallType::Video,
            (true, CallKind::Voice) => CallType::GroupVoice,
            (true, CallKind::Video) => CallType::GroupVideo,
        }
    }

    /// Where the invitation's text message belongs.
    pub const fn chat_type(&self) -> ChatType {
        match self {
            Self::Pair { .. } | Self::Several { .. } => ChatType::SingleChat,
            Self::Group { place: GroupKind::Group, .. } => ChatType::GroupChat,
            Self::Group { place: GroupKind::Room, .. } => ChatType::ChatRoom,
        }
    }

    /// The group or chat room, for a call in one.
    pub const fn group(&self) -> Option<&GroupId> {
        match self {
            Self::Group { group, .. } => Some(group),
            Self::Pair { .. } | Self::Several { .. } => None,
        }
    }

    /// What the group, or the group call, is called.
    pub fn name(&self) -> Option<&str> {
        match self {
            Self::Several { name, .. } | Self::Group { name, .. } => name.as_deref(),
            Self::Pair { .. } => None,
        }
    }

    /// The same call under another name; a call of two has none.
    #[must_use]
    pub fn named(mut self, new: Option<String>) -> Self {
        match &mut self {
            Self::Several { name, .. } | Self::Group { name, .. } => *name = new,
            Self::Pair { .. } => {}
        }
        self
    }
}

/// A [`CallScope`] as it travels.
#[derive(Serialize, Deserialize)]
struct Fields {
    call_type: CallType,
    #[serde(default = "single_chat")]
    chat_type: ChatType,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_id: Option<GroupId>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    group_name: Option<String>,
}

const fn single_chat() -> ChatType {
    ChatType::SingleChat
}

impl TryFrom<Fields> for CallScope {
    type Error = ScopeError;

    fn try_from(fields: Fields) -> Result<Self, ScopeError> {
        let Fields { call_type, chat_type, group_id, group_name } = fields;
        Self::of_fields(call_type, chat_type, group_id, group_name)
    }
}

impl From<CallScope> for Fields {
    fn from(scope: CallScope) -> Self {
        let (call_type, chat_type) = (scope.call_type(), scope.chat_type());
        let (group_id, group_name) = match scope {
            CallScope::Pair { .. } => (None, None),
            CallScope::Several { name, .. } => (None, name),
            CallScope::Group { group, name, .. } => (Some(group), name),
        };
        Self { call_type, chat_type, group_id, group_name }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_scope_is_four_fields_and_is_read_back_from_them() {
        let (kind, group) = (CallKind::Voice, GroupId::new("team").unwrap());
        let name = || Some("Team".to_owned());
        let group = |place| CallScope::Group { kind, group: group.clone(), place, name: name() };
        let scopes = [
            (CallScope::Pair { kind }, json!({ "call_type": 0, "chat_type": "singleChat" })),
            (CallScope::Pair { kind: CallKind::Video }, json!({ "call_type": 1, "chat_type": "singleChat" })),
            (
                CallScope::Several { kind: CallKind::Video, name: None },
                json!({ "call_type": 2, "chat_type": "singleChat" }),
            ),
            (
                CallScope::Several { kind, name: name() },
                json!({ "call_type": 3, "chat_type": "singleChat", "group_name": "Team" }),
            ),
            (
                group(GroupKind::Group),
                json!({ "call_type": 3, "chat_type": "groupChat", "group_id": "team", "group_name": "Team" }),
            ),
            (
                group(GroupKind::Room),
                json!({ "call_type": 3, "chat_type": "chatRoom", "group_id": "team", "group_name": "Team" }),
            ),
        ];

        for (scope, fields) in scopes {
            assert_eq!(serde_json::to_value(&scope).unwrap(), fields);
            assert_eq!(serde_json::from_value::<CallScope>(fields).unwrap(), scope);
        }
    }

    #[test]
    fn fields_of_a_group_call_that_contradict_each_other_do_not_parse() {
        let why = |fields| serde_json::from_value::<CallScope>(fields).unwrap_err().to_string();

        let missing = json!({ "call_type": 3, "chat_type": "groupChat" });
        assert_eq!(why(missing), "the group is missing");
        let unwanted = json!({ "call_type": 2, "chat_type": "singleChat", "group_id": "team" });
        assert_eq!(why(unwanted), "a single chat has no group");
    }

    #[test]
    fn what_a_call_of_two_says_of_a_group_counts_for_nothing() {
        let fields = json!({ "call_type": 1, "chat_type": "groupChat", "group_name": "Team" });

        assert_eq!(serde_json::from_value::<CallScope>(fields).unwrap(), CallScope::Pair { kind: CallKind::Video });
    }
}
