//! What a device or a user may see of a call's rows.

use carillon_protocol::{CallEntry, DeviceId, Direction, SnapshotCall, UserId};

use super::{CallState, LegState, Rows, rows::Role};

/// A call as one device of one user finds it after a reset; `None` if it is over or not theirs.
///
/// `also_on` are the names of the user's other devices that have a session.
pub fn snapshot(
    rows: &Rows,
    (user, device): (&UserId, DeviceId),
    caller_name: &str,
    also_on: Vec<String>,
    server_now_ms: u64,
) -> Option<SnapshotCall> {
    if !rows.is_live(server_now_ms) {
        return None;
    }
    let call = rows.call.id;
    let is_calling = rows.call.caller_device == device;
    Some(match (rows.role(user)?, &rows.call.state) {
        (Role::Caller, CallState::Ringing) if is_calling => {
            SnapshotCall::Inviting { call, ring_left_ms: rows.ring_left_ms(server_now_ms), legs: Vec::new() }
        }
        (Role::Callee(_), CallState::Ringing) => SnapshotCall::Ringing(rows.ring(caller_name, also_on, server_now_ms)),
        (Role::Caller, CallState::Active) if is_calling => SnapshotCall::Joined { call, legs: Vec::new() },
        (Role::Callee(_), CallState::Active) if rows.answered_on() == Some(device) => SnapshotCall::Joined { call, legs: Vec::new() },
        _ => SnapshotCall::Elsewhere { call },
    })
}

/// A user's entry in the log for a call; `None` while it lives, or if the user had no part in it.
///
/// `name_of` gives display names.
pub fn log_entry(rows: &Rows, user: &UserId, name_of: impl Fn(&UserId) -> String) -> Option<CallEntry> {
    let CallState::Ended { reason, .. } = rows.call.state else { return None };
    let (direction, with, answered) = match rows.role(user)? {
        Role::Caller => {
            let with = &rows.legs.first()?.user;
            (Direction::Outgoing, with, rows.call.answered_at_ms.is_some())
        }
        Role::Callee(leg) => (Direction::Incoming, &rows.call.caller, rows.legs[leg].state == LegState::Left),
    };
    let talked_ms = rows.call.ended_at_ms.zip(rows.call.answered_at_ms).map(|(end, start)| end.saturating_sub(start));
    Some(CallEntry {
        call: rows.call.id,
        with: with.clone(),
        with_name: name_of(with),
        direction,
        kind: rows.call.call_type.kind(),
        group: None,
        reason,
        answered,
        seen: false,
        at_ms: rows.call.created_at_ms,
        duration_ms: talked_ms.unwrap_or(0),
    })
}
