//! How a call of two begins: or why it does not.

use carillon_protocol::{
    AppId, CallId, CallKind, CallType, ChatType, DEFAULT_RING_MS, Done, EndReason, Ended, Invitation, LegState,
    MAX_RING_MS, MIN_RING_MS, Refusal, RefusalCode, Signal, UserId,
};

use super::{
    Actor, Before, CallRow, CallState, Decision, Grant, Invitee, LegRow, Pass, Recipient, Rows,
    decide::{accept, refuse},
    group_invite,
    rows::Role,
};

/// The longest text that an invitation carries, in bytes: it is repeated to every device and kept with the call.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

pub(super) fn invite(
    before: &Before,
    actor: &Actor,
    (id, app): (CallId, AppId),
    invitation: Invitation,
    grant: Grant,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    if invitation.message.len() > MAX_MESSAGE_BYTES {
        return refuse(RefusalCode::Invalid, "the message is longer than 4 KiB");
    }
    if invitation.call_type.is_group() {
        return group_invite::invite(before, actor, (id, app), invitation, grant, now_ms);
    }
    let callee = whom(&invitation, before, actor)?;
    if let Some(live) = before.call.as_ref().filter(|rows| rows.takes(&actor.user, now_ms)) {
        return match crossing(live, actor, &callee.user) {
            Some(leg) => accept_crossing(live, leg, before, actor, invitation.call_type, grant, now_ms),
            None => refuse(RefusalCode::InAnotherCall, "this user is in another call"),
        };
    }
    if before.channel_call.is_some() {
        return refuse(RefusalCode::ChannelInUse, "the channel belongs to another live call");
    }

    let mut rows = begin((id, app), actor, invitation, now_ms);
    rows.call.caller_pass = Some(Pass::new(grant));
    rows.legs.push(LegRow::ringing(callee.user.clone(), rows.call.ring_until_ms, callee.has_blocked));
    Ok(if callee.is_busy(now_ms) { leave_missed(rows, actor, now_ms) } else { ring(rows, callee, actor, now_ms) })
}

/// The one user that an invitation is for.
fn whom<'a>(invitation: &Invitation, before: &'a Before, actor: &Actor) -> Result<&'a Invitee, Refusal> {
    let [callee] = invitation.to.as_slice() else {
        return refuse(RefusalCode::Invalid, "exactly one user can be called, unless it is a group call");
    };
    find(before, callee, actor)
}

/// Somebody whom an invitation names.
pub(super) fn find<'a>(before: &'a Before, user: &UserId, actor: &Actor) -> Result<&'a Invitee, Refusal> {
    if *user == actor.user {
        return refuse(RefusalCode::SelfCall, "nobody can call themself");
    }
    match before.invitees.iter().find(|invitee| invitee.user == *user) {
        Some(invitee) => Ok(invitee),
        None => refuse(RefusalCode::UnknownUser, "there is no such user"),
    }
}

impl Invitee {
    /// Whether another call takes this user. Whoever has blocked the actor is never busy for them.
    pub(super) fn is_busy(&self, now_ms: u64) -> bool {
        !self.has_blocked && self.call.as_ref().is_some_and(|rows| rows.takes(&self.user, now_ms))
    }
}

/// The actor's leg in `live`, if that call is the very user whom the actor calls, ringing for the actor: glare.
fn crossing(live: &Rows, actor: &Actor, callee: &UserId) -> Option<usize> {
    match live.role(&actor.user) {
        Some(Role::Callee(leg))
            if !live.is_group() && live.call.caller == *callee && live.call.state == CallState::Ringing =>
        {
            Some(leg)
        }
        _ => None,
    }
}

/// Both want to talk to each other: the call that rings already is answered on the device that called, with the lesser kind.
fn accept_crossing(
    live: &Rows,
    leg: usize,
    before: &Before,
    actor: &Actor,
    wanted: CallType,
    grant: Grant,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let mut rows = live.clone();
    if wanted.kind() == CallKind::Voice {
        rows.call.call_type = CallType::Voice;
    }
    Ok(accept(rows, leg, &before.faces, actor, grant, now_ms))
}

/// A call that nobody is invited to yet. A call of two belongs to the conversation of the two.
pub(super) fn begin((id, app): (CallId, AppId), actor: &Actor, invitation: Invitation, now_ms: u64) -> Rows {
    let call = CallRow {
        id,
        app,
        channel: invitation.channel,
        call_type: invitation.call_type,
        chat_type: ChatType::SingleChat,
        group_id: None,
        group_name: None,
        message: invitation.message,
        caller: actor.user.clone(),
        caller_device: actor.device,
        caller_key: actor.key.clone(),
        caller_pass: None,
        state: CallState::Ringing,
        created_at_ms: now_ms,
        ring_until_ms: ring_until_ms(invitation.ring_ms, now_ms),
        answered_at_ms: None,
        ended_at_ms: None,
        held: Vec::new(),
        version: 1,
    };
    Rows { call, legs: Vec::new() }
}

pub(super) fn ring_until_ms(wanted_ms: Option<u64>, now_ms: u64) -> u64 {
    now_ms.saturating_add(wanted_ms.unwrap_or(DEFAULT_RING_MS).clamp(MIN_RING_MS, MAX_RING_MS))
}

/// Rings on every device of a user that may.
pub(super) fn ring_on(
    rows: &Rows,
    leg: usize,
    invitee: &Invitee,
    actor: &Actor,
    now_ms: u64,
) -> Vec<(Recipient, Signal)> {
    if invitee.has_blocked {
        return Vec::new();
    }
    let names_but = |but| {
        let others = invitee.devices.iter().filter(|(device, _)| *device != but);
        others.map(|(_, name)| name.clone()).collect()
    };
    let ring_on = |(device, _): &(_, _)| {
        let ring = rows.ring(leg, &actor.face(), names_but(*device), now_ms);
        (Recipient::Device(*device), Signal::Ring(ring))
    };
    invitee.devices.iter().map(ring_on).collect()
}

fn ring(rows: Rows, callee: &Invitee, actor: &Actor, now_ms: u64) -> Decision {
    let signals = ring_on(&rows, 0, callee, actor, now_ms);
    let invited = if callee.has_blocked { Vec::new() } else { vec![callee.user.clone()] };
    let done = Done::Calling { call: rows.call.id, ring_left_ms: rows.ring_left_ms(now_ms), legs: Vec::new() };
    Decision { rows: Some(rows), signals, invited, done }
}

/// The callee is busy: the call is over before it began, and stays in the callee's log as missed.
fn leave_missed(mut rows: Rows, actor: &Actor, now_ms: u64) -> Decision {
    rows.call.state = CallState::Ended { reason: EndReason::Busy, by: None };
    rows.call.ended_at_ms = Some(now_ms);
    for leg in &mut rows.legs {
        leg.state = LegState::Busy;
    }
    let call = rows.call.id;
    let ended = Signal::Ended(Ended { call, reason: EndReason::Busy, by: None });
    Decision {
        invited: rows.legs.iter().map(|leg| leg.user.clone()).collect(),
        rows: Some(rows),
        signals: vec![(Recipient::Device(actor.device), ended)],
        done: Done::Calling { call, ring_left_ms: 0, legs: Vec::new() },
    }
}
