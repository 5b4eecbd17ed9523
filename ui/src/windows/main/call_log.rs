//! How an entry of the call log is said.

use carillon_ipc::RecentView;
use carillon_protocol::{CallKind, Direction, EndReason};

use crate::components::Icon;

/// The key of the text that says what came of a call.
pub(super) fn key(call: &RecentView) -> &'static str {
    match (call.direction, call.reason) {
        _ if call.missed => "call-missed",
        (_, Some(EndReason::NoAnswer)) => "call-no-answer",
        (_, Some(EndReason::Declined)) => "call-declined",
        (Direction::Outgoing, Some(EndReason::Busy)) => "call-busy",
        (_, Some(EndReason::Cancelled)) => "call-cancelled",
        (_, Some(EndReason::MediaFailed)) if call.duration_ms == 0 => "call-failed",
        (_, Some(EndReason::Removed)) => "call-removed",
        _ => kind_key(call),
    }
}

fn kind_key(call: &RecentView) -> &'static str {
    match (call.kind, call.group.is_some()) {
        (CallKind::Voice, false) => "call-voice",
        (CallKind::Video, false) => "call-video",
        (CallKind::Voice, true) => "call-group-voice",
        (CallKind::Video, true) => "call-group-video",
    }
}

/// Which way it went.
pub(super) fn icon(call: &RecentView) -> Icon {
    match call.direction {
        _ if call.missed => Icon::ArrowMissed,
        Direction::Incoming => Icon::ArrowIn,
        Direction::Outgoing => Icon::ArrowOut,
    }
}

/// The same in words, for screen readers.
pub(super) fn direction_key(call: &RecentView) -> &'static str {
    match call.direction {
        Direction::Incoming => "call-incoming",
        Direction::Outgoing => "call-outgoing",
    }
}
