//! The call log: what has become of a user's calls.

use serde::{Deserialize, Serialize};

use crate::{CallId, CallKind, EndReason, GroupId, UserId};

/// Who called whom.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Direction {
    /// This user was called.
    Incoming,
    /// This user called.
    Outgoing,
}

/// One ended call in a user's log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CallEntry {
    /// The call.
    pub call: CallId,
    /// The other user; in a group call the user who called, and for the caller the first who was called.
    pub with: UserId,
    /// Their display name when the entry was read.
    pub with_name: String,
    /// Who called whom.
    pub direction: Direction,
    /// Voice or video.
    pub kind: CallKind,
    /// The group that was called, for a group call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<CalledGroup>,
    /// Why it ended, for this user.
    pub reason: EndReason,
    /// Whether this user answered, on any device. An incoming call that was neither answered nor declined is *missed*.
    pub answered: bool,
    /// Whether this user has seen the entry, on any device. Only missed calls wait to be seen.
    #[serde(default)]
    pub seen: bool,
    /// When it began, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// How long this user talked, in milliseconds; 0 if it was never answered.
    pub duration_ms: u64,
}

/// Which group a group call was in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalledGroup {
    /// Which; `None`: a call of several users without a group.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group: Option<GroupId>,
    /// Its name at the time.
    pub name: String,
    /// How many users were invited.
    pub invited: u32,
}

impl CallEntry {
    /// Whether this user should call back: it rang for them (or would have), and was neither answered nor declined.
    pub fn is_missed(&self) -> bool {
        self.direction == Direction::Incoming && !self.answered && self.reason != EndReason::Declined
    }
}
