//! What stands in a conversation: messages, calls, and what happened to the group.

use carillon_protocol::UserId;
use serde::{Deserialize, Serialize};

use crate::{Notice, RecentView};

/// One thing in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "item", rename_all = "snake_case")]
pub enum ItemView {
    /// Something written.
    Message(MessageView),
    /// A call.
    Call(RecentView),
    /// Something that happened to the group.
    Event(EventView),
}

impl ItemView {
    /// When it was, in milliseconds since the Unix epoch.
    pub const fn at_ms(&self) -> u64 {
        match self {
            Self::Message(message) => message.at_ms,
            Self::Call(call) => call.at_ms,
            Self::Event(event) => event.at_ms,
        }
    }

    /// A key for lists.
    pub fn key(&self) -> &str {
        match self {
            Self::Message(message) => &message.id,
            Self::Call(call) => &call.id,
            Self::Event(event) => &event.id,
        }
    }
}

/// A message.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MessageView {
    /// A key for lists, and its name for requests.
    pub id: String,
    /// Its place in the conversation; 0 until the server has it.
    pub pos: u64,
    /// Who wrote it.
    pub from: UserId,
    /// What is shown of them.
    pub name: String,
    /// Where their picture is.
    #[serde(default)]
    pub picture: Option<String>,
    /// Whether this user wrote it.
    pub own: bool,
    /// What it says.
    pub text: String,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// How far it has come.
    #[serde(default)]
    pub state: SendState,
    /// What it answers.
    #[serde(default)]
    pub reply: Option<QuoteView>,
    /// Whether its author has changed it.
    #[serde(default)]
    pub edited: bool,
    /// Whether its author has deleted it; then it says nothing.
    #[serde(default)]
    pub deleted: bool,
    /// The file that it is, if it is no text.
    #[serde(default)]
    pub file: Option<FileView>,
}

/// A file in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FileView {
    /// What it is called, as shown.
    pub name: String,
    /// How large it is.
    pub bytes: u64,
    /// Of a picture: how large it is, and where a small one is.
    #[serde(default)]
    pub picture: Option<(u16, u16, String)>,
    /// How far it has come.
    #[serde(default)]
    pub transfer: TransferView,
}

/// How far a file has come, to the server or from it.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "transfer", rename_all = "snake_case")]
pub enum TransferView {
    /// It is at the server.
    #[default]
    There,
    /// So much of a hundred of it has come.
    Moving {
        /// 0 to 100.
        percent: u8,
    },
    /// It was saved.
    Saved {
        /// What it is called there.
        name: String,
    },
}

/// A message that another one answers.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuoteView {
    /// Its place in the conversation.
    pub pos: u64,
    /// Who wrote it.
    pub who: NamedView,
    /// Its beginning; empty: it was deleted.
    pub text: String,
}

/// A person in a sentence.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NamedView {
    /// What is shown of them.
    pub name: String,
    /// Whether it is this user.
    pub is_me: bool,
}

/// Something that happened to the group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EventView {
    /// A key for lists.
    pub id: String,
    /// Its place in the conversation.
    pub pos: u64,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// Who did it.
    pub by: NamedView,
    /// What.
    pub what: EventKind,
}

/// What happened to a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum EventKind {
    /// They came in.
    Joined,
    /// They left.
    Left,
    /// They brought these in.
    Added {
        /// Whom.
        people: Vec<NamedView>,
    },
    /// They took a member out.
    Removed {
        /// Whom.
        person: NamedView,
    },
    /// They called the group something else.
    Renamed {
        /// What is shown of it.
        name: String,
    },
    /// The group has another owner.
    NewOwner {
        /// Whom.
        person: NamedView,
    },
}

/// How far a message of this user has come.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum SendState {
    /// The server has it.
    #[default]
    Sent,
    /// A device of the other has it.
    Delivered,
    /// The other has read it.
    Read,
    /// It waits for the link, also over a restart.
    Waiting,
    /// On its way.
    Sending,
    /// It did not get there.
    Failed {
        /// Why.
        notice: Notice,
    },
}

impl SendState {
    /// Whether the server has it.
    pub const fn is_sent(&self) -> bool {
        match self {
            Self::Sent | Self::Delivered | Self::Read => true,
            Self::Waiting | Self::Sending | Self::Failed { .. } => false,
        }
    }
}
