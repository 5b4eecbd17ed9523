//! How a call ended, in words.

use carillon_protocol::{HandledHow, HangupReason};

/// The text that says why a call ended; its `hint`, where it has one, says what to do. See [`crate::Texts`].
pub const fn end_key(reason: &HangupReason, in_group: bool) -> &'static str {
    match reason {
        HangupReason::Normal if in_group => "end-left",
        HangupReason::Normal => "end-hung-up",
        HangupReason::Remote => "end-hung-up-there",
        HangupReason::Cancelled => "end-cancelled",
        HangupReason::RemoteCancelled => "end-cancelled-there",
        HangupReason::Declined => "end-declined",
        HangupReason::RemoteDeclined => "end-declined-there",
        HangupReason::Busy => "end-busy",
        HangupReason::NoAnswer | HangupReason::Missed => "end-no-answer",
        HangupReason::HandledElsewhere { how: HandledHow::Accepted, .. } => "end-answered-elsewhere",
        HangupReason::HandledElsewhere { how: HandledHow::Declined, .. } => "end-declined-elsewhere",
        HangupReason::ConnectionLost => "end-connection-lost",
        // Of a group each device connects for itself, to the server.
        HangupReason::MediaFailed if in_group => "end-media-blocked",
        HangupReason::MediaFailed => "end-media-failed",
        HangupReason::Removed { by: None } => "end-removed",
        HangupReason::Removed { by: Some(_) } => "end-removed-by",
        HangupReason::TokenExpired => "end-token-expired",
        HangupReason::Refused { .. } => "end-not-started",
    }
}

/// Whether *Call again* makes sense.
pub const fn can_call_again(reason: &HangupReason) -> bool {
    !matches!(reason, HangupReason::HandledElsewhere { .. } | HangupReason::Removed { .. })
}
