//! How a call ended, in one user's words.

use carillon_protocol::{EndReason, HandledHow};
use serde::{Deserialize, Serialize};

/// Why a call ended, as this user is told. The record's reason is one for both sides; what each of them reads differs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallEnd {
    /// Nobody answered in time.
    NoAnswer,
    /// This user took the invitation back.
    Cancelled,
    /// The caller took the invitation back.
    CancelledThere,
    /// This user declined.
    Declined,
    /// The other user declined.
    DeclinedThere,
    /// The other user is in another call.
    Busy,
    /// This user hung up.
    HungUp,
    /// The other user hung up.
    HungUpThere,
    /// A device was gone for longer than calls wait.
    ConnectionLost,
    /// The media could not connect.
    MediaFailed,
    /// This user left a group call.
    Left,
    /// This user was taken out of the group, and so of its call.
    Removed,
    /// The right to be in the call ran out.
    TokenExpired,
    /// Another device of this user answered.
    AnsweredElsewhere,
    /// Another device of this user declined.
    DeclinedElsewhere,
    /// The call could not begin; the view's notice says why.
    NotStarted,
}

impl CallEnd {
    /// Every one there is.
    pub const ALL: &[Self] = &[
        Self::NoAnswer,
        Self::Cancelled,
        Self::CancelledThere,
        Self::Declined,
        Self::DeclinedThere,
        Self::Busy,
        Self::HungUp,
        Self::HungUpThere,
        Self::ConnectionLost,
        Self::MediaFailed,
        Self::Left,
        Self::Removed,
        Self::TokenExpired,
        Self::AnsweredElsewhere,
        Self::DeclinedElsewhere,
        Self::NotStarted,
    ];

    /// What the record's reason is to this user, who did it or did not.
    pub const fn recorded(reason: EndReason, by_me: bool) -> Self {
        match (reason, by_me) {
            (EndReason::NoAnswer, _) => Self::NoAnswer,
            (EndReason::Cancelled, true) => Self::Cancelled,
            (EndReason::Cancelled, false) => Self::CancelledThere,
            (EndReason::Declined, true) => Self::Declined,
            (EndReason::Declined, false) => Self::DeclinedThere,
            (EndReason::Busy, _) => Self::Busy,
            (EndReason::HungUp, true) => Self::HungUp,
            (EndReason::HungUp, false) => Self::HungUpThere,
            (EndReason::ConnectionLost, _) => Self::ConnectionLost,
            (EndReason::MediaFailed, _) => Self::MediaFailed,
            (EndReason::Removed, _) => Self::Removed,
            (EndReason::TokenExpired, _) => Self::TokenExpired,
        }
    }

    /// What another device of this user did.
    pub const fn elsewhere(how: HandledHow) -> Self {
        match how {
            HandledHow::Accepted => Self::AnsweredElsewhere,
            HandledHow::Declined => Self::DeclinedElsewhere,
        }
    }

    /// The text that says why; its `hint`, where it has one, says what to do. See [`crate::Texts`].
    pub const fn key(self) -> &'static str {
        match self {
            Self::NoAnswer => "end-no-answer",
            Self::Cancelled => "end-cancelled",
            Self::CancelledThere => "end-cancelled-there",
            Self::Declined => "end-declined",
            Self::DeclinedThere => "end-declined-there",
            Self::Busy => "end-busy",
            Self::HungUp => "end-hung-up",
            Self::HungUpThere => "end-hung-up-there",
            Self::ConnectionLost => "end-connection-lost",
            Self::MediaFailed => "end-media-failed",
            Self::Left => "end-left",
            Self::Removed => "end-removed",
            Self::TokenExpired => "end-token-expired",
            Self::AnsweredElsewhere => "end-answered-elsewhere",
            Self::DeclinedElsewhere => "end-declined-elsewhere",
            Self::NotStarted => "end-not-started",
        }
    }

    /// Whether *Call again* makes sense.
    pub const fn can_call_again(self) -> bool {
        !matches!(self, Self::AnsweredElsewhere | Self::DeclinedElsewhere | Self::Removed)
    }
}
