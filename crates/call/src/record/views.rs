//! What a device or a user may see of a call's rows.

use carillon_protocol::{
    Answer, CallEntry, CallId, CalledGroup, DeviceId, Direction, Done, EndReason, Ended, Leg, LegState, SnapshotCall,
    UserId,
};

use super::{CallState, Faces, LegRow, Rows, rows::Role};

/// A call as one device of one user finds it after a reset; `None` if it is over or not theirs.
///
/// `also_on` are the names of the user's other devices that may ring. The key of the device that answered is not in the rows:
/// whoever has it puts it in.
pub fn snapshot(
    rows: &Rows,
    (user, device): (&UserId, DeviceId),
    faces: &Faces,
    also_on: Vec<String>,
    server_now_ms: u64,
) -> Option<SnapshotCall> {
    if !rows.takes(user, server_now_ms) {
        return None;
    }
    if rows.is_group() {
        return group_snapshot(rows, (user, device), faces, also_on, server_now_ms);
    }
    let call = rows.call.id;
    let is_calling = rows.call.caller_device == device;
    Some(match (rows.role(user)?, &rows.call.state) {
        (Role::Caller, CallState::Ringing) if is_calling => {
            SnapshotCall::Inviting { call, ring_left_ms: rows.ring_left_ms(server_now_ms), legs: Vec::new() }
        }
        (Role::Callee(leg), CallState::Ringing) => {
            SnapshotCall::Ringing(rows.ring(leg, &faces.of(rows.asker(leg)), also_on, server_now_ms))
        }
        (Role::Caller, CallState::Active) if is_calling => {
            SnapshotCall::Joined { call, with: rows.answerer(), legs: Vec::new() }
        }
        (Role::Callee(_), CallState::Active) if rows.answered_on() == Some(device) => {
            SnapshotCall::Joined { call, with: Some(rows.caller_end()), legs: Vec::new() }
        }
        _ => SnapshotCall::Elsewhere { call },
    })
}

fn group_snapshot(
    rows: &Rows,
    (user, device): (&UserId, DeviceId),
    faces: &Faces,
    also_on: Vec<String>,
    server_now_ms: u64,
) -> Option<SnapshotCall> {
    let call = rows.call.id;
    let leg = rows.leg_of(user)?;
    let is_here = rows.legs[leg].joined_device() == Some(device);
    Some(match (rows.legs[leg].state, &rows.call.state) {
        (LegState::Ringing, _) => {
            SnapshotCall::Ringing(rows.ring(leg, &faces.of(rows.asker(leg)), also_on, server_now_ms))
        }
        (LegState::Accepted, CallState::Ringing) if is_here => {
            SnapshotCall::Inviting { call, ring_left_ms: rows.ring_left_ms(server_now_ms), legs: legs(rows, faces) }
        }
        (LegState::Accepted, _) if is_here => SnapshotCall::Joined { call, with: None, legs: legs(rows, faces) },
        (LegState::Accepted, _) => SnapshotCall::Elsewhere { call },
        _ => return None,
    })
}

/// Everybody's part in a group call, as whoever is in it sees it.
pub(super) fn legs(rows: &Rows, faces: &Faces) -> Vec<Leg> {
    rows.legs.iter().map(|row| leg(row, faces, rows.call.version)).collect()
}

pub(super) fn leg(row: &LegRow, faces: &Faces, version: u64) -> Leg {
    let uid = row.pass.as_ref().filter(|_| row.state == LegState::Accepted).map(|pass| pass.uid.clone());
    Leg { user: row.user.clone(), name: faces.of(&row.user).name, uid, state: row.state, version }
}

/// The call that an answer puts the asking device into, as a caller or by glare as a callee.
///
/// An answer that is given again may be older than the end of that call: its [`verdict`] goes with it.
pub fn call_begun_by(answer: &Answer) -> Option<CallId> {
    match answer {
        Answer::Ok(Done::Calling { call, .. }) => Some(*call),
        Answer::Ok(Done::Joined { ring, .. }) => Some(ring.call),
        _ => None,
    }
}

/// How a call is over for a user; `None` while it lives for them, or if they have no part in it.
///
/// Whoever is answered about a call again may have missed this with the stream that it was in.
pub fn verdict(rows: &Rows, user: &UserId) -> Option<Ended> {
    let call = rows.call.id;
    if rows.is_group() {
        let reason = rows.legs[rows.leg_of(user)?].end?;
        return Some(Ended { call, reason, by: None });
    }
    match &rows.call.state {
        CallState::Ended { reason, by } if rows.role(user).is_some() => {
            Some(Ended { call, reason: *reason, by: by.clone() })
        }
        _ => None,
    }
}

/// A user's entry in the log for a call; `None` while it lives for them, or if they had no part in it.
///
/// `name_of` gives display names. What this user has seen of it is not the record's business.
pub fn log_entry(rows: &Rows, user: &UserId, name_of: impl Fn(&UserId) -> String) -> Option<CallEntry> {
    if rows.is_group() {
        return group_log_entry(rows, user, name_of);
    }
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

/// In a group call it may be over for one while others talk on.
fn group_log_entry(rows: &Rows, user: &UserId, name_of: impl Fn(&UserId) -> String) -> Option<CallEntry> {
    let index = rows.leg_of(user)?;
    let leg = &rows.legs[index];
    if matches!(leg.state, LegState::Ringing | LegState::Accepted) {
        return None;
    }
    let is_caller = rows.call.caller == *user;
    let first_invited = || rows.legs.iter().map(|leg| &leg.user).find(|other| *other != user);
    let (direction, with) = match is_caller {
        true => (Direction::Outgoing, first_invited()?),
        false => (Direction::Incoming, rows.asker(index)),
    };
    let invited = rows.legs.iter().filter(|leg| leg.user != rows.call.caller).count();
    let group = CalledGroup {
        group: rows.call.group_id.clone(),
        name: rows.call.group_name.clone().unwrap_or_default(),
        invited: u32::try_from(invited).unwrap_or(u32::MAX),
    };
    // The caller was in it from the start: what they have is time with others.
    let answered = if is_caller { rows.call.answered_at_ms.is_some() } else { leg.has_answered };
    Some(CallEntry {
        call: rows.call.id,
        with: with.clone(),
        with_name: name_of(with),
        direction,
        kind: rows.call.call_type.kind(),
        group: Some(group),
        reason: leg.end.unwrap_or(EndReason::HungUp),
        answered,
        seen: false,
        at_ms: rows.call.created_at_ms,
        duration_ms: if answered { leg.talked_ms } else { 0 },
    })
}
