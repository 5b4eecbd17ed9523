//! How a call begins: or why it does not.

use carillon_protocol::{
    AppId, CallId, CallKind, CallType, DEFAULT_RING_MS, Done, EndReason, Ended, Invitation, MAX_RING_MS, MIN_RING_MS,
    Refusal, RefusalCode, Signal, UserId,
};

use super::{
    Actor, Before, CallRow, CallState, Decision, LegRow, LegState, Recipient, Rows,
    decide::{accept, refuse},
    rows::Role,
};

/// The longest text that an invitation carries, in bytes: it is repeated to every device and kept with the call.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

pub(super) fn invite(
    before: &Before,
    actor: &Actor,
    (id, app): (CallId, AppId),
    invitation: Invitation,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let callee = whom(&invitation, actor)?;
    if !before.callee_exists {
        return refuse(RefusalCode::UnknownUser, "there is no such user");
    }
    if let Some(live) = before.call.as_ref().filter(|rows| rows.is_live(now_ms)) {
        return match crossing(live, actor, &callee) {
            Some(leg) => accept_crossing(live, leg, before, actor, invitation.call_type, now_ms),
            None => refuse(RefusalCode::InAnotherCall, "this user is in another call"),
        };
    }
    if before.channel_call.is_some() {
        return refuse(RefusalCode::ChannelInUse, "the channel belongs to another live call");
    }

    let rows = begin((id, app), actor, callee, invitation, now_ms);
    let callee_is_busy = before.callee_call.as_ref().is_some_and(|rows| rows.is_live(now_ms));
    Ok(if callee_is_busy { leave_missed(rows, actor, now_ms) } else { ring(rows, before, actor, now_ms) })
}

/// The one user that an invitation is for.
fn whom(invitation: &Invitation, actor: &Actor) -> Result<UserId, Refusal> {
    let [callee] = invitation.to.as_slice() else {
        return refuse(RefusalCode::Invalid, "exactly one user can be called");
    };
    if invitation.call_type.is_group() {
        return refuse(RefusalCode::Invalid, "calls have two users only");
    }
    if invitation.message.len() > MAX_MESSAGE_BYTES {
        return refuse(RefusalCode::Invalid, "the message is longer than 4 KiB");
    }
    if *callee == actor.user {
        return refuse(RefusalCode::SelfCall, "nobody can call themself");
    }
    Ok(callee.clone())
}

/// The actor's leg in `live`, if that call is the very user whom the actor calls, ringing for the actor: glare.
fn crossing(live: &Rows, actor: &Actor, callee: &UserId) -> Option<usize> {
    match live.role(&actor.user) {
        Some(Role::Callee(leg)) if live.call.caller == *callee && live.call.state == CallState::Ringing => Some(leg),
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
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let mut rows = live.clone();
    if wanted.kind() == CallKind::Voice {
        rows.call.call_type = CallType::Voice;
    }
    Ok(accept(rows, leg, &before.caller_name, actor, now_ms))
}

fn begin((id, app): (CallId, AppId), actor: &Actor, callee: UserId, invitation: Invitation, now_ms: u64) -> Rows {
    let ring_ms = invitation.ring_ms.unwrap_or(DEFAULT_RING_MS).clamp(MIN_RING_MS, MAX_RING_MS);
    let call = CallRow {
        id,
        app,
        channel: invitation.channel,
        call_type: invitation.call_type,
        message: invitation.message,
        caller: actor.user.clone(),
        caller_device: actor.device,
        state: CallState::Ringing,
        created_at_ms: now_ms,
        ring_until_ms: now_ms.saturating_add(ring_ms),
        answered_at_ms: None,
        ended_at_ms: None,
        held: Vec::new(),
        version: 1,
    };
    let leg = LegRow { user: callee, state: LegState::Ringing, device: None, ringing: Vec::new() };
    Rows { call, legs: vec![leg] }
}

fn ring(rows: Rows, before: &Before, actor: &Actor, now_ms: u64) -> Decision {
    let names_but = |but| {
        let others = before.callee_devices.iter().filter(|(device, _)| *device != but);
        others.map(|(_, name)| name.clone()).collect()
    };
    let ring_on = |(device, _): &(_, _)| {
        let ring = rows.ring(&actor.user_name, names_but(*device), now_ms);
        (Recipient::Device(*device), Signal::Ring(ring))
    };
    let signals = before.callee_devices.iter().map(ring_on).collect();
    let done = Done::Calling { call: rows.call.id, ring_left_ms: rows.ring_left_ms(now_ms), legs: Vec::new() };
    Decision { rows: Some(rows), signals, done }
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
        rows: Some(rows),
        signals: vec![(Recipient::Device(actor.device), ended)],
        done: Done::Calling { call, ring_left_ms: 0, legs: Vec::new() },
    }
}
