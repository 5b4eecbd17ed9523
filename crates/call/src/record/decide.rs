//! The judgement itself: who may do what to a call, and what comes of it.

use carillon_protocol::{
    DescriptionKind, Done, EndReason, Ended, Handled, HandledHow, MediaSignal, Refusal, RefusalCode, Signal, UserId,
};

use super::{Actor, Asked, Before, CallState, Decision, LegState, Recipient, Rows, invite::invite, rows::Role};

/// The most media signals that a ringing call holds: an offer and its candidates fit several times over, a flood does not.
pub const MAX_HELD_SIGNALS: usize = 64;

/// The most bytes of SDP and candidates that a ringing call holds.
pub const MAX_HELD_BYTES: usize = 64 * 1024;

/// Judges what an actor asks of a call.
///
/// Asking again for what is already so is answered well and changes nothing, so that requests may be repeated.
///
/// # Errors
/// A [`Refusal`] says why nothing has changed. Who has no part in the call hears [`RefusalCode::UnknownCall`], as if there were
/// none.
pub fn decide(before: &Before, actor: &Actor, asked: Asked, server_now_ms: u64) -> Result<Decision, Refusal> {
    let now_ms = server_now_ms;
    if let Asked::Invite { id, app, invitation } = asked {
        return invite(before, actor, (id, app), invitation, now_ms);
    }
    let Some(rows) = &before.call else { return unknown_call() };
    if asked == Asked::Expire {
        return Ok(expire(rows, now_ms));
    }
    let Some(role) = rows.role(&actor.user) else { return unknown_call() };
    let on_caller_device = role == Role::Caller && rows.call.caller_device == actor.device;
    let on_answered_device = role != Role::Caller && rows.answered_on() == Some(actor.device);
    let in_time = now_ms < rows.call.ring_until_ms;

    use CallState::{Active, Ended, Ringing};
    match (&rows.call.state, role, asked) {
        (Ringing, Role::Callee(leg), Asked::Ringing) if in_time => Ok(ringing(rows, leg, actor)),
        (Ringing, Role::Callee(leg), Asked::Accept) if in_time => {
            Ok(accept(rows.clone(), leg, &before.caller_name, actor, now_ms))
        }
        (Ringing, Role::Callee(leg), Asked::Decline) if in_time => Ok(decline(rows, leg, actor, now_ms)),
        (Ringing, Role::Caller, Asked::HangUp) if on_caller_device && in_time => {
            Ok(end(rows, EndReason::Cancelled, Some(&actor.user), now_ms))
        }
        // Too late, only the sweeper has not been here yet: who asks hears how it ended, as everybody does.
        (Ringing, Role::Callee(_), Asked::Ringing | Asked::Accept | Asked::Decline) => Ok(expire(rows, now_ms)),
        (Ringing, Role::Caller, Asked::HangUp) if on_caller_device => Ok(expire(rows, now_ms)),
        (Ringing, Role::Caller, Asked::Media(signal)) if on_caller_device => hold(rows, signal),
        (Ringing, Role::Caller, Asked::MediaLost { .. }) if on_caller_device => {
            Ok(end(rows, EndReason::MediaFailed, None, now_ms))
        }
        (Ringing, Role::Callee(leg), Asked::DeviceGone) => Ok(stop_counting(rows, leg, actor)),

        (Active, Role::Callee(_), Asked::Accept) if on_answered_device => {
            let ring = rows.ring(&before.caller_name, Vec::new(), now_ms);
            Ok(unchanged(Done::Joined { ring, legs: Vec::new() }))
        }
        (Active, Role::Callee(_), Asked::Accept | Asked::Decline) => {
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
        (Ended { .. }, Role::Callee(leg), Asked::Accept | Asked::Decline) => refuse_ended(rows, leg, actor),
        (Ended { .. }, _, _) => refuse(RefusalCode::CallEnded, "the call is over"),
        (Ringing | Active, _, _) => {
            refuse(RefusalCode::NotAllowed, "not in this state of the call, or not by this device")
        }
    }
}

/// Answers a ringing leg on the actor's device: the first wins, because the rows ring no longer afterwards.
pub(super) fn accept(mut rows: Rows, leg: usize, caller_name: &str, actor: &Actor, now_ms: u64) -> Decision {
    let ring = rows.ring(caller_name, Vec::new(), now_ms);
    rows.legs[leg].state = LegState::Accepted;
    rows.legs[leg].device = Some(actor.device);
    rows.call.state = CallState::Active;
    rows.call.answered_at_ms = Some(now_ms);
    let held = std::mem::take(&mut rows.call.held);

    let call = rows.call.id;
    let accepted = Signal::Accepted { call, user: actor.user.clone(), kind: rows.call.call_type.kind(), device: None };
    let mut signals = vec![
        (Recipient::Device(rows.call.caller_device), accepted),
        handled_elsewhere(&rows, actor, HandledHow::Accepted),
    ];
    let to_me = |signal| (Recipient::Device(actor.device), Signal::Media { call, signal });
    signals.extend(held.into_iter().map(to_me));
    commit(rows, signals, Done::Joined { ring, legs: Vec::new() })
}

pub(super) fn refuse<T>(code: RefusalCode, detail: &str) -> Result<T, Refusal> {
    Err(Refusal { code, detail: detail.to_owned() })
}

fn unknown_call<T>() -> Result<T, Refusal> {
    refuse(RefusalCode::UnknownCall, "there is no such call for this user")
}

/// Why a callee comes too late: the other device's doing is the better answer where there is one.
fn refuse_ended(rows: &Rows, leg: usize, actor: &Actor) -> Result<Decision, Refusal> {
    match rows.legs[leg].device {
        Some(device) if device != actor.device => {
            refuse(RefusalCode::AlreadyHandled, "another device of this user dealt with it")
        }
        _ => refuse(RefusalCode::CallEnded, "the call is over"),
    }
}

fn ringing(rows: &Rows, leg: usize, actor: &Actor) -> Decision {
    if rows.legs[leg].ringing.contains(&actor.device) {
        return unchanged(Done::Done);
    }
    let mut rows = rows.clone();
    rows.legs[leg].ringing.push(actor.device);
    tell_how_many_ring(rows)
}

fn stop_counting(rows: &Rows, leg: usize, actor: &Actor) -> Decision {
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
    commit(rows, vec![(caller, signal)], Done::Done)
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
fn end(rows: &Rows, reason: EndReason, by: Option<&UserId>, now_ms: u64) -> Decision {
    let ended = ended_signal(rows, reason, by);
    let mut signals = vec![(Recipient::Device(rows.call.caller_device), ended.clone())];
    for leg in &rows.legs {
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
    if is_due { end(rows, EndReason::NoAnswer, None, now_ms) } else { unchanged(Done::Done) }
}

fn close(rows: &mut Rows, reason: EndReason, by: Option<&UserId>, now_ms: u64) {
    rows.call.state = CallState::Ended { reason, by: by.cloned() };
    rows.call.ended_at_ms = Some(now_ms);
    rows.call.held.clear();
    for leg in &mut rows.legs {
        leg.state = match leg.state {
            LegState::Ringing => LegState::Missed,
            LegState::Accepted => LegState::Left,
            LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left => leg.state,
        };
    }
}

/// Keeps what the caller's transport says for whoever will answer.
fn hold(rows: &Rows, signal: MediaSignal) -> Result<Decision, Refusal> {
    check_half(Role::Caller, &signal)?;
    let bytes = rows.call.held.iter().map(size).sum::<usize>() + size(&signal);
    if rows.call.held.len() >= MAX_HELD_SIGNALS || bytes > MAX_HELD_BYTES {
        return refuse(RefusalCode::RateLimited, "too many media signals before an answer");
    }
    let mut rows = rows.clone();
    rows.call.held.push(signal);
    Ok(commit(rows, Vec::new(), Done::Done))
}

/// Passes on what one of the two transports says to the other.
fn relay(rows: &Rows, from: Role, signal: MediaSignal) -> Result<Decision, Refusal> {
    check_half(from, &signal)?;
    let to = match from {
        Role::Caller => rows.answered_on(),
        Role::Callee(_) => Some(rows.call.caller_device),
    };
    let Some(to) = to else { return refuse(RefusalCode::NotAllowed, "nobody has answered") };
    let signal = Signal::Media { call: rows.call.id, signal };
    Ok(Decision { rows: None, signals: vec![(Recipient::Device(to), signal)], done: Done::Done })
}

/// The caller's device offers and the answering one answers, for as long as the call lives.
fn check_half(from: Role, signal: &MediaSignal) -> Result<(), Refusal> {
    let MediaSignal::Description(description) = signal else { return Ok(()) };
    match (from, description.kind) {
        (Role::Caller, DescriptionKind::Offer) | (Role::Callee(_), DescriptionKind::Answer) => Ok(()),
        _ => refuse(RefusalCode::NotAllowed, "the caller offers, the other answers"),
    }
}

fn size(signal: &MediaSignal) -> usize {
    match signal {
        MediaSignal::Description(description) => description.sdp.len(),
        MediaSignal::Candidate(candidate) => {
            candidate.candidate.len() + candidate.sdp_mid.as_ref().map_or(0, String::len)
        }
        MediaSignal::EndOfCandidates => 0,
    }
}

fn handled_elsewhere(rows: &Rows, actor: &Actor, how: HandledHow) -> (Recipient, Signal) {
    let handled = Handled { call: rows.call.id, how, device: actor.device, device_name: actor.device_name.clone() };
    (Recipient::OtherDevices(actor.user.clone(), actor.device), Signal::Handled(handled))
}

fn ended_signal(rows: &Rows, reason: EndReason, by: Option<&UserId>) -> Signal {
    Signal::Ended(Ended { call: rows.call.id, reason, by: by.cloned() })
}

fn commit(mut rows: Rows, signals: Vec<(Recipient, Signal)>, done: Done) -> Decision {
    rows.call.version += 1;
    Decision { rows: Some(rows), signals, done }
}

fn unchanged(done: Done) -> Decision {
    Decision { rows: None, signals: Vec::new(), done }
}
