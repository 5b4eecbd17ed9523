//! The list of conversations on the left of the main window.
//!
//! It may be thousands of rows long, so that a view has a part of it: the window says where it is, and asks for what is around that.

use serde::{Deserialize, Serialize};

use crate::{GroupView, PersonView, RecentView};

/// As many rows as one view has. A screen shows about forty.
pub const ROWS: usize = 160;

/// What the main window may ask about its list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum ListRequest {
    /// Show all conversations, or the calls.
    Filter {
        /// Which.
        filter: ListFilter,
    },
    /// Show the part of the list that begins here.
    From {
        /// The first row, counted from 0.
        first: u32,
    },
    /// The pointer or the keys are in the list (`true`): no row changes its place, whatever happens, until they are not any more.
    Hold {
        /// Which.
        on: bool,
    },
    /// Show the people who would like to be contacts.
    OpenRequests,
}

/// What is in the list.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ListFilter {
    /// All conversations.
    #[default]
    All,
    /// The latest calls, missed ones too.
    Calls,
}

/// A part of the list.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ListView {
    /// What is in it.
    pub filter: ListFilter,
    /// What is searched for.
    pub query: String,
    /// How many rows there are.
    pub total: u32,
    /// The place of the first row that is here, counted from 0.
    pub first: u32,
    /// At most [`ROWS`]; what happened last comes first.
    pub rows: Vec<RowView>,
}

/// One row.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "row", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "nearly all are of the large kinds")]
pub enum RowView {
    /// People wait for an answer.
    Requests {
        /// How many.
        count: u32,
        /// One of them, by the name that is shown.
        name: String,
    },
    /// A person.
    Person {
        /// Who.
        person: PersonView,
        /// What happened last between the two.
        #[serde(default)]
        last: Option<LastView>,
    },
    /// A group or a room.
    Group {
        /// Which.
        group: GroupView,
        /// What happened in it last.
        #[serde(default)]
        last: Option<LastView>,
    },
    /// A call.
    Call {
        /// Which.
        call: RecentView,
    },
}

/// What happened last in a conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "last", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there is one in a row")]
pub enum LastView {
    /// Something was written.
    Message {
        /// Whether this user wrote it.
        own: bool,
        /// Who wrote it, where more than one other may have.
        #[serde(default)]
        by: Option<String>,
        /// Its beginning, in one line.
        text: String,
        /// When, in milliseconds since the Unix epoch.
        at_ms: u64,
        /// Whether the server has it.
        #[serde(default)]
        state: LastState,
    },
    /// A call.
    Call {
        /// Which.
        call: RecentView,
    },
}

/// How far what this user wrote last has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LastState {
    /// The server has it.
    #[default]
    Sent,
    /// It is on its way, or waits for the link.
    Waiting,
    /// It did not get there.
    Failed,
}

impl RowView {
    /// A key for lists.
    pub fn key(&self) -> String {
        match self {
            Self::Requests { .. } => "requests".to_owned(),
            Self::Person { person, .. } => format!("person {}", person.user),
            Self::Group { group, .. } => format!("group {}", group.group),
            Self::Call { call } => format!("call {}", call.id),
        }
    }
}

impl LastView {
    /// When it was, in milliseconds since the Unix epoch.
    pub const fn at_ms(&self) -> u64 {
        match self {
            Self::Message { at_ms, .. } => *at_ms,
            Self::Call { call } => call.at_ms,
        }
    }
}
