//! How a call begins and how users are asked into a live one, or why not.

use std::collections::BTreeSet;

use carillon_protocol::{
    AppId, CallId, CallKind, CallScope, GivenName, GroupId, Invitation, LegState, NameError, Refusal, RefusalCode,
    UserId,
};

use super::{
    Actor, Before, CallRow, CallState, Claim, Decision, Invitee, LegRow, Rows,
    asking::{Asking, MAX_LEGS, ring_until_ms},
    decide::refuse,
    group_of,
    judgement::Judgement,
    rules::Rules,
};

/// The longest text that an invitation carries, in bytes: it is repeated to every device and kept with the call.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

pub(super) fn invite(
    before: &Before,
    actor: &Actor,
    call: (CallId, AppId),
    invitation: Invitation,
    claim: Claim,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    if invitation.message.len() > MAX_MESSAGE_BYTES {
        return refuse(RefusalCode::Invalid, "the message is longer than 4 KiB");
    }
    let live = before.call.as_ref().filter(|rows| rows.takes(&actor.user, now_ms));
    let invitees = match Rules::of(&invitation.scope) {
        Rules::Pair => callee(before, actor, &invitation)?,
        Rules::Group => invitees_of_group(before, actor, &invitation, group_of(live, &invitation).as_ref())?,
    };
    let Some(live) = live else {
        if before.channel_call.is_some() {
            return refuse(RefusalCode::ChannelInUse, "the channel belongs to another live call");
        }
        return start(before, actor, call, invitation, &invitees, claim, now_ms);
    };
    if let Some(leg) = crossing(live, actor, &invitation) {
        return accept_crossing(live, leg, before, actor, invitation.scope.kind(), claim, now_ms);
    }
    if is_joined_on(live, actor, &invitation) {
        return add(live, before, actor, &invitation, &invitees, now_ms);
    }
    refuse(RefusalCode::InAnotherCall, "this user is in another call")
}

/// The one user that an invitation to a call of two is for.
fn callee<'a>(before: &'a Before, actor: &Actor, invitation: &Invitation) -> Result<Vec<&'a Invitee>, Refusal> {
    let [callee] = invitation.to.as_slice() else {
        return refuse(RefusalCode::Invalid, "exactly one user can be called, unless it is a group call");
    };
    Ok(vec![find(before, callee, actor)?])
}

/// All users whom an invitation to a group call names. If one of them cannot be invited, none is.
fn invitees_of_group<'a>(
    before: &'a Before,
    actor: &Actor,
    invitation: &Invitation,
    group: Option<&GroupId>,
) -> Result<Vec<&'a Invitee>, Refusal> {
    check_words(invitation)?;
    if group != before.group.as_ref().map(|group| &group.id) {
        return refuse(RefusalCode::NotFound, "there is no such group of this user");
    }
    let invitees = invitation.to.iter().map(|user| find(before, user, actor)).collect::<Result<Vec<_>, _>>()?;
    match invitees.iter().find(|invitee| group.is_some() && !invitee.is_in_group) {
        Some(outside) => refuse(RefusalCode::NotAllowed, &format!("{} is not in the group", outside.user)),
        None => Ok(invitees),
    }
}

fn check_words(invitation: &Invitation) -> Result<(), Refusal> {
    if invitation.to.is_empty() {
        return refuse(RefusalCode::Invalid, "nobody is invited");
    }
    if invitation.to.iter().collect::<BTreeSet<_>>().len() < invitation.to.len() {
        return refuse(RefusalCode::Invalid, "somebody is invited twice");
    }
    if invitation.to.len() >= MAX_LEGS {
        return refuse(RefusalCode::TooLarge, "at most 16 can be in a call");
    }
    Ok(())
}

/// A user whom an invitation names.
fn find<'a>(before: &'a Before, user: &UserId, actor: &Actor) -> Result<&'a Invitee, Refusal> {
    if *user == actor.user {
        return refuse(RefusalCode::SelfCall, "nobody can call themself");
    }
    match before.invitees.iter().find(|invitee| invitee.user == *user) {
        Some(invitee) => Ok(invitee),
        None => refuse(RefusalCode::UnknownUser, "there is no such user"),
    }
}

fn start(
    before: &Before,
    actor: &Actor,
    call: (CallId, AppId),
    invitation: Invitation,
    invitees: &[&Invitee],
    claim: Claim,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let mut rows = begin(before, actor, call, invitation, now_ms)?;
    rows.legs[0].join(actor, claim?, now_ms);
    // The caller has not answered anything.
    rows.legs[0].has_answered = false;

    let faces = before.faces.clone().with(&actor.user, actor.face());
    let ring_until_ms = rows.call.ring_until_ms;
    let judgement = Judgement::of_new(rows, &faces, now_ms);
    let is_answered_to = Some(actor.device);
    let mut asking = Asking { judgement, actor, ring_until_ms, is_answered_to, invited: Vec::new() };
    for invitee in invitees {
        asking.ask(invitee);
    }
    asking.judgement.settle(None);
    Ok(asking.done())
}

/// A call in which only the caller has a leg. A call of two belongs to the conversation of the two.
fn begin(
    before: &Before,
    actor: &Actor,
    call: (CallId, AppId),
    invitation: Invitation,
    now_ms: u64,
) -> Result<Rows, Refusal> {
    let (id, app) = call;
    let rules = Rules::of(&invitation.scope);
    let name = name(before, &invitation.scope)?;
    let ring_until_ms = ring_until_ms(invitation.ring_ms, now_ms);
    let call = CallRow {
        id,
        app,
        channel: invitation.channel,
        scope: invitation.scope.named(name),
        message: invitation.message,
        caller: actor.user.clone(),
        path: rules.first_path(),
        state: CallState::Ringing,
        created_at_ms: now_ms,
        ring_until_ms,
        answered_at_ms: None,
        ended_at_ms: None,
        held: Vec::new(),
        version: 1,
    };
    Ok(Rows { call, legs: vec![LegRow::ringing(actor.user.clone(), ring_until_ms, false)] })
}

/// What the call is called: its group as the server knows it, or else as the caller says, by the rules for every name.
fn name(before: &Before, scope: &CallScope) -> Result<Option<String>, Refusal> {
    if let Some(group) = &before.group {
        return Ok(Some(group.name.clone()));
    }
    match scope.name().map(|name| GivenName::from(name).check()) {
        None | Some(Err(NameError::Empty)) => Ok(None),
        Some(Ok(name)) => Ok(Some(name)),
        Some(Err(error)) => refuse(RefusalCode::NameRefused, &format!("the group's name: {error}")),
    }
}

/// The actor's leg in `live`, if that call is the very user whom the actor calls, ringing for the actor: glare.
fn crossing(live: &Rows, actor: &Actor, invitation: &Invitation) -> Option<usize> {
    let are_two = [live.rules(), Rules::of(&invitation.scope)] == [Rules::Pair; 2];
    let is_caller_called = invitation.to.contains(&live.call.caller);
    let leg = live.leg_of(&actor.user).filter(|leg| live.legs[*leg].state == LegState::Ringing);
    leg.filter(|_| are_two && is_caller_called)
}

/// Both want to talk to each other: the call that rings already is answered on the device that called, with the lesser kind.
fn accept_crossing(
    live: &Rows,
    leg: usize,
    before: &Before,
    actor: &Actor,
    wanted: CallKind,
    claim: Claim,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let mut judgement = Judgement::of(live, &before.faces, now_ms);
    if wanted == CallKind::Voice {
        judgement.rows.call.scope = CallScope::Pair { kind: CallKind::Voice };
    }
    Ok(judgement.accept(leg, actor, claim?))
}

fn is_joined_on(live: &Rows, actor: &Actor, invitation: &Invitation) -> bool {
    let are_groups = [live.rules(), Rules::of(&invitation.scope)] == [Rules::Group; 2];
    let leg = live.leg_of(&actor.user).map(|leg| &live.legs[leg]);
    let is_in_it = leg.and_then(LegRow::joined_device) == Some(actor.device);
    are_groups && live.call.channel == invitation.channel && is_in_it
}

/// Asks more users into a live call. Those who are in it, or for whom it rings, are left alone.
fn add(
    live: &Rows,
    before: &Before,
    actor: &Actor,
    invitation: &Invitation,
    invitees: &[&Invitee],
    now_ms: u64,
) -> Result<Decision, Refusal> {
    if invitation.scope.group().is_some_and(|group| live.call.scope.group() != Some(group)) {
        return refuse(RefusalCode::Invalid, "the call on this channel belongs elsewhere");
    }
    let faces = before.faces.clone().with(&actor.user, actor.face());
    let mut judgement = Judgement::of(live, &faces, now_ms);
    judgement.end_overdue_rings();
    let ring_until_ms = ring_until_ms(invitation.ring_ms, now_ms);
    // What an answer says of legs is older than what a device may have heard since, so this one hears the changes too.
    let mut asking = Asking { judgement, actor, ring_until_ms, is_answered_to: None, invited: Vec::new() };
    for invitee in invitees {
        if asking.is_to_be_asked(invitee) {
            asking.ask(invitee);
        }
    }
    if asking.is_too_large() {
        return refuse(RefusalCode::TooLarge, "at most 16 can be in a call");
    }
    Ok(asking.done())
}
