//! What a device or a user may see of a call's rows.

use carillon_protocol::{
    Answer, CallEntry, CallId, DeviceId, Direction, Done, EndReason, Ended, Leg, LegState, SnapshotCall, UserId,
};

use super::{CallState, LegDevice, LegRow, Profiles, Rows};

/// The device that a [`snapshot`] is for.
#[derive(Debug, Clone)]
pub struct Viewer<'a> {
    /// Its user.
    pub user: &'a UserId,
    /// The device.
    pub device: DeviceId,
    /// The names of the user's other devices that may ring.
    pub also_on: Vec<String>,
}

impl<'a> Viewer<'a> {
    /// The only device of its user that may ring.
    pub fn alone(user: &'a UserId, device: DeviceId) -> Self {
        Self { user, device, also_on: Vec::new() }
    }
}

/// A call as a device finds it after a reset; `None` if it is over or not its user's.
pub fn snapshot(rows: &Rows, viewer: Viewer<'_>, profiles: &Profiles, server_now_ms: u64) -> Option<SnapshotCall> {
    let Viewer { user, device, also_on } = viewer;
    if !rows.takes(user, server_now_ms) {
        return None;
    }
    let (call, rules) = (rows.call.id, rows.rules());
    let leg = rows.leg_of(user)?;
    let is_here = rows.legs[leg].joined_device() == Some(device);
    match (rows.legs[leg].state, &rows.call.state) {
        (LegState::Ringing, _) => {
            let asker = profiles.of(rows.asker(leg));
            Some(SnapshotCall::Ringing(rows.ring(leg, &asker, also_on, server_now_ms)))
        }
        (LegState::Accepted, _) if !is_here => Some(SnapshotCall::Elsewhere { call }),
        (LegState::Accepted, CallState::Ringing) => {
            let ring_left_ms = rows.ring_left_ms(server_now_ms);
            Some(SnapshotCall::Inviting { call, ring_left_ms, legs: rules.legs(rows, profiles) })
        }
        (LegState::Accepted, CallState::Active | CallState::Ended { .. }) => {
            let (with, legs) = (rules.other_end(rows, leg), rules.legs(rows, profiles));
            Some(SnapshotCall::Joined { call, with, legs, path: rows.path() })
        }
        (LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed, _) => None,
    }
}

/// A user's part in a call, as the others in it see it.
pub(super) fn leg(rows: &Rows, row: &LegRow, profiles: &Profiles) -> Leg {
    let is_joined = row.state == LegState::Accepted;
    let uid = row.pass.as_ref().filter(|_| is_joined).map(|pass| pass.uid.clone());
    let device = row.device.as_ref().filter(|_| is_joined).map(LegDevice::card);
    let (published, role) = (row.published, rows.role_of(&row.user, profiles));
    let (reconnecting, hand, muted) = (!row.lost.is_none(), row.hand, row.muted.clone());
    let of_call = Leg::new(row.user.clone(), profiles.of(&row.user).name, row.state);
    Leg { uid, device, published, role, reconnecting, hand, muted, version: rows.call.version, ..of_call }
}

/// The call that an answer puts the asking device into, as a caller or by glare as a callee.
///
/// An answer that is given again may be older than the end of that call: its [`verdict`] goes with it.
pub fn call_begun_by(answer: &Answer) -> Option<CallId> {
    match answer {
        Answer::Ok(Done::Calling { call, .. }) => Some(*call),
        Answer::Ok(Done::Joined { ring, .. }) => Some(ring.call),
        Answer::Ok(_) | Answer::Refused(_) => None,
    }
}

/// How a call is over for a user; `None` while it lives for them, or if they have no part in it.
///
/// A device that gets an answer about a call again may have missed this, with the session that it was told in.
pub fn verdict(rows: &Rows, user: &UserId) -> Option<Ended> {
    let leg = &rows.legs[rows.leg_of(user)?];
    Some(Ended { call: rows.call.id, reason: leg.end?, by: rows.rules().ended_by(rows, leg) })
}

/// A user's entry in the log for a call; `None` while it lives for them, or if they had no part in it. It may be over for one while
/// others talk on.
///
/// `name_of` gives display names. What this user has seen of it is not the record's business.
pub fn log_entry(rows: &Rows, user: &UserId, name_of: impl Fn(&UserId) -> String) -> Option<CallEntry> {
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
    // The caller was in it from the start: what they have is time with others.
    let answered = if is_caller { rows.call.answered_at_ms.is_some() } else { leg.has_answered };
    Some(CallEntry {
        call: rows.call.id,
        with: with.clone(),
        with_name: name_of(with),
        direction,
        kind: rows.call.scope.kind(),
        group: rows.rules().called_group(rows),
        reason: leg.end.unwrap_or(EndReason::HungUp),
        answered,
        seen: false,
        at_ms: rows.call.created_at_ms,
        duration_ms: if answered { leg.talked_ms } else { 0 },
    })
}
