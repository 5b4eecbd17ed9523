//! The judgement itself: who may do what to a call, and what comes of it.

use carillon_protocol::{Done, EndReason, Ended, Handled, HandledHow, LegState, Refusal, RefusalCode, Signal, UserId};

use super::{
    Actor, Asked, Before, CallState, Decision, Faces, Grant, Pass, Recipient, Rows, group,
    invite::invite,
    media::{hold, relay},
    rows::Role,
    token,
};

/// Judges what an actor asks of a call.
///
/// Asking again for what is already so is answered well and changes nothing, so that requests may be repeated.
///
/// # Errors
/// A [`Refusal`] says why nothing has changed. Who has no part in the call hears [`RefusalCode::UnknownCall`], as if there were
/// none.
pub fn decide(before: &Before, actor: &Actor, asked: Asked, server_now_ms: u64) -> Result<Decision, Refusal> {
    let now_ms = server_now_ms;
    if let Asked::Invite { id, app, invitation, grant } = asked {
        return invite(before, actor, (id, app), invitation, grant, now_ms);
    }
    let Some(rows) = &before.call else { return unknown_call() };
    match asked {
        Asked::RenewToken { grant } => token::renew(rows, actor, grant),
        asked if rows.is_group() => group::decide(rows, &before.faces, actor, asked, now_ms),
        asked => decide_pair(rows, &before.faces, actor, asked, now_ms),
    }
}

/// Judges about a call of two.
fn decide_pair(rows: &Rows, faces: &Faces, actor: &Actor, asked: Asked, now_ms: u64) -> Result<Decision, Refusal> {
    match &asked {
        Asked::Expire => return Ok(expire(rows, now_ms)),
        Asked::Remove { user } => return Ok(remove(rows, user, now_ms)),
        _ => {}
    }
    let Some(role) = rows.role(&actor.user) else { return unknown_call() };
    let on_caller_device = role == Role::Caller && rows.call.caller_device == actor.device;
    let on_answered_device = role != Role::Caller && rows.answered_on() == Some(actor.device);
    let in_time = now_ms < rows.call.ring_until_ms;

    use CallState::{Active, Ended, Ringing};
    match (&rows.call.state, role, asked) {
        (Ringing, Role::Callee(leg), Asked::Ringing) if in_time => Ok(ringing(rows, leg, actor)),
        (Ringing, Role::Callee(leg), Asked::Accept { grant }) if in_time => {
            Ok(accept(rows.clone(), leg, faces, actor, grant, now_ms))
        }
        (Ringing, Role::Callee(leg), Asked::Decline) if in_time => Ok(decline(rows, leg, actor, now_ms)),
        (Ringing, Role::Caller, Asked::HangUp) if on_caller_device && in_time => {
            Ok(end(rows, EndReason::Cancelled, Some(&actor.user), now_ms))
        }
        // Too late, only the sweeper has not been here yet: who asks hears how it ended, as everybody does.
        (Ringing, Role::Callee(_), Asked::Ringing | Asked::Accept { .. } | Asked::Decline) => Ok(expire(rows, now_ms)),
        (Ringing, Role::Caller, Asked::HangUp) if on_caller_device => Ok(expire(rows, now_ms)),
        (Ringing, Role::Caller, Asked::Media(signal)) if on_caller_device => hold(rows, signal),
        (Ringing, Role::Caller, Asked::MediaLost { .. }) if on_caller_device => {
            Ok(end(rows, EndReason::MediaFailed, None, now_ms))
        }
        (Ringing, Role::Callee(leg), Asked::DeviceGone) => Ok(stop_counting(rows, leg, actor)),

        (Active, Role::Callee(leg), Asked::Ringing) if !on_answered_device => Ok(handled_before(rows, leg, actor)),
        (Active, Role::Callee(leg), Asked::Accept { .. }) if on_answered_device => {
            let ring = rows.ring(leg, &faces.of(&rows.call.caller), Vec::new(), now_ms);
            Ok(unchanged(Done::Joined { ring, legs: Vec::new() }))
        }
        (Active, Role::Callee(_), Asked::Accept { .. } | Asked::Decline) => {
            refuse(RefusalCode::AlreadyHandled, "another device of this user answered")
        }
        (Active, _, Asked::HangUp) if on_caller_device || on_answered_device => {
            Ok(end(rows, EndReason::HungUp, Some(&actor.user), now_ms))
        }
        (Active, _, Asked::MediaLost { was_connected }) if on_caller_device || on_answered_device => {
            let reason = if was_connected { EndReason::ConnectionLost } else { EndReason::MediaFailed };
            Ok(end(rows, reason, None, now_ms))
        }
        (Active, _, Asked::Media(signal)) if on_caller_device || on_answered_device => relay(rows, role, signal),

        (Ringing | Active, _, Asked::DeviceGone) if on_caller_device || on_answered_device => {
            Ok(end(rows, EndReason::ConnectionLost, None, now_ms))
        }
        (_, _, Asked::DeviceGone) => Ok(unchanged(Done::Done)),

        (Ended { .. }, _, Asked::HangUp | Asked::MediaLost { .. }) => Ok(unchanged(Done::Done)),
        (Ended { reason, by }, Role::Callee(_), Asked::Ringing) => {
            Ok(tell_late(actor, ended_signal(rows, *reason, by.as_ref())))
        }
        (Ended { .. }, Role::Callee(leg), Asked::Accept { .. } | Asked::Decline) => refuse_ended(rows, leg, actor),
        (Ended { .. }, _, _) => refuse(RefusalCode::CallEnded, "the call is over"),
        (Ringing | Active, _, _) => {
            refuse(RefusalCode::NotAllowed, "not in this state of the call, or not by this device")
        }
    }
}

/// Answers a ringing leg on the actor's device: the first wins, because the rows ring no longer afterwards.
pub(super) fn accept(mut rows: Rows, leg: usize, faces: &Faces, actor: &Actor, grant: Grant, now_ms: u64) -> Decision {
    let ring = rows.ring(leg, &faces.of(&rows.call.caller), Vec::new(), now_ms);
    join(&mut rows, leg, actor, grant, now_ms);
    rows.call.state = CallState::Active;
    rows.call.answered_at_ms = Some(now_ms);
    let held = std::mem::take(&mut rows.call.held);

    let call = rows.call.id;
    let accepted = Signal::Accepted {
        call,
        user: actor.user.clone(),
        kind: rows.call.call_type.kind(),
        device: Some(actor.card()),
        uid: rows.uid_of(&actor.user).cloned(),
    };
    let mut signals = vec![
        (Recipient::Device(rows.call.caller_device), accepted),
        handled_elsewhere(&rows, actor, HandledHow::Accepted),
    ];
    let to_me = |signal| (Recipient::Device(actor.device), Signal::Media { call, signal });
    signals.extend(held.into_iter().map(to_me));
    commit(rows, signals, Done::Joined { ring, legs: Vec::new() })
}

/// The actor's device is in the call.
pub(super) fn join(rows: &mut Rows, leg: usize, actor: &Actor, grant: Grant, now_ms: u64) {
    let leg = &mut rows.legs[leg];
    leg.state = LegState::Accepted;
    leg.device = Some(actor.device);
    leg.joined_at_ms = Some(now_ms);
    leg.has_answered = true;
    leg.pass = Some(Pass::new(grant));
}

pub(super) fn refuse<T>(code: RefusalCode, detail: &str) -> Result<T, Refusal> {
    Err(Refusal { code, detail: detail.to_owned() })
}

pub(super) fn unknown_call<T>() -> Result<T, Refusal> {
    refuse(RefusalCode::UnknownCall, "there is no such call for this user")
}

/// Why a callee comes too late: the other device's doing is the better answer where there is one.
pub(super) fn refuse_ended(rows: &Rows, leg: usize, actor: &Actor) -> Result<Decision, Refusal> {
    match rows.legs[leg].device {
        Some(device) if device != actor.device => {
            refuse(RefusalCode::AlreadyHandled, "another device of this user dealt with it")
        }
        _ => refuse(RefusalCode::CallEnded, "the call is over"),
    }
}

pub(super) fn ringing(rows: &Rows, leg: usize, actor: &Actor) -> Decision {
    if rows.legs[leg].ringing.contains(&actor.device) {
        return unchanged(Done::Done);
    }
    let mut rows = rows.clone();
    rows.legs[leg].ringing.push(actor.device);
    tell_how_many_ring(rows)
}

pub(super) fn stop_counting(rows: &Rows, leg: usize, actor: &Actor) -> Decision {
    if !rows.legs[leg].ringing.contains(&actor.device) {
        return unchanged(Done::Done);
    }
    let mut rows = rows.clone();
    rows.legs[leg].ringing.retain(|device| *device != actor.device);
    tell_how_many_ring(rows)
}

fn tell_how_many_ring(rows: Rows) -> Decision {
    let devices = rows.legs.iter().map(|leg| leg.ringing.len()).sum::<usize>();
    let devices = u32::try_from(devices).unwrap_or(u32::MAX);
    let signal = Signal::RingingOn { call: rows.call.id, devices };
    let caller = Recipient::Device(rows.call.caller_device);
    let signals = if rows.call.state == CallState::Ringing { vec![(caller, signal)] } else { Vec::new() };
    commit(rows, signals, Done::Done)
}

fn decline(rows: &Rows, leg: usize, actor: &Actor, now_ms: u64) -> Decision {
    let mut rows = rows.clone();
    rows.legs[leg].state = LegState::Declined;
    rows.legs[leg].device = Some(actor.device);
    close(&mut rows, EndReason::Declined, Some(&actor.user), now_ms);
    let ended = ended_signal(&rows, EndReason::Declined, Some(&actor.user));
    let signals = vec![
        (Recipient::Device(rows.call.caller_device), ended.clone()),
        (Recipient::Device(actor.device), ended),
        handled_elsewhere(&rows, actor, HandledHow::Declined),
    ];
    commit(rows, signals, Done::Done)
}

/// Ends the call and tells everybody who knew of it: while it rings all devices of the callee, afterwards only the one that
/// answered, because the others were told then.
pub(super) fn end(rows: &Rows, reason: EndReason, by: Option<&UserId>, now_ms: u64) -> Decision {
    let ended = ended_signal(rows, reason, by);
    let mut signals = vec![(Recipient::Device(rows.call.caller_device), ended.clone())];
    for leg in rows.legs.iter().filter(|leg| !leg.is_blocked) {
        match (leg.state, leg.device) {
            (LegState::Ringing, _) => signals.push((Recipient::User(leg.user.clone()), ended.clone())),
            (LegState::Accepted, Some(device)) => signals.push((Recipient::Device(device), ended.clone())),
            _ => {}
        }
    }
    let mut rows = rows.clone();
    close(&mut rows, reason, by, now_ms);
    commit(rows, signals, Done::Done)
}

fn expire(rows: &Rows, now_ms: u64) -> Decision {
    let is_due = rows.call.state == CallState::Ringing && now_ms >= rows.call.ring_until_ms;
    match rows.call.state {
        _ if is_due => end(rows, EndReason::NoAnswer, None, now_ms),
        CallState::Ended { .. } => unchanged(Done::Done),
        CallState::Ringing | CallState::Active => token::expire_in_pair(rows, now_ms),
    }
}

/// Somebody is taken out of a call of two, which is over by that.
fn remove(rows: &Rows, user: &UserId, now_ms: u64) -> Decision {
    match (&rows.call.state, rows.role(user)) {
        (CallState::Ringing, Some(Role::Caller)) => end(rows, EndReason::Cancelled, Some(user), now_ms),
        (CallState::Ringing, Some(Role::Callee(_))) => end(rows, EndReason::Declined, Some(user), now_ms),
        (CallState::Active, Some(_)) => end(rows, EndReason::HungUp, Some(user), now_ms),
        (CallState::Ended { .. }, _) | (_, None) => unchanged(Done::Done),
    }
}

fn close(rows: &mut Rows, reason: EndReason, by: Option<&UserId>, now_ms: u64) {
    rows.call.state = CallState::Ended { reason, by: by.cloned() };
    rows.call.ended_at_ms = Some(now_ms);
    rows.call.held.clear();
    for leg in &mut rows.legs {
        leg.state = match leg.state {
            LegState::Ringing => LegState::Missed,
            LegState::Accepted => LegState::Left,
            over => over,
        };
    }
}

pub(super) fn handled_elsewhere(rows: &Rows, actor: &Actor, how: HandledHow) -> (Recipient, Signal) {
    let handled = Handled { call: rows.call.id, how, device: actor.device, device_name: actor.device_name.clone() };
    (Recipient::OtherDevices(actor.user.clone(), actor.device), Signal::Handled(handled))
}

/// A device says that it rings, and another one of its user has answered.
pub(super) fn handled_before(rows: &Rows, leg: usize, actor: &Actor) -> Decision {
    let device = rows.legs[leg].device.unwrap_or(actor.device);
    let handled = Handled { call: rows.call.id, how: HandledHow::Accepted, device, device_name: String::new() };
    tell_late(actor, Signal::Handled(handled))
}

/// A device says that it rings, and comes too late: it has missed the word that the other devices of its user have heard.
pub(super) fn tell_late(actor: &Actor, word: Signal) -> Decision {
    Decision { signals: vec![(Recipient::Device(actor.device), word)], ..unchanged(Done::Done) }
}

fn ended_signal(rows: &Rows, reason: EndReason, by: Option<&UserId>) -> Signal {
    Signal::Ended(Ended { call: rows.call.id, reason, by: by.cloned() })
}

pub(super) fn commit(mut rows: Rows, signals: Vec<(Recipient, Signal)>, done: Done) -> Decision {
    rows.call.version += 1;
    Decision { rows: Some(rows), signals, invited: Vec::new(), done }
}

pub(super) fn unchanged(done: Done) -> Decision {
    Decision { rows: None, signals: Vec::new(), invited: Vec::new(), done }
}
