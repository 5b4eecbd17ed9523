//! How a group call begins, and how people are asked into one that lives: or why not.

use std::collections::BTreeSet;

use carillon_protocol::{
    AppId, CallId, ChatType, DeviceId, EndReason, GivenName, GroupId, Invitation, LegState, NameError, Refusal,
    RefusalCode, UserId,
};

use super::{
    Actor, Before, Decision, Grant, Invitee, LegRow, Rows,
    decide::{join, refuse},
    group::Judgement,
    group_of,
    invite::{begin, find, ring_on, ring_until_ms},
};

/// The most users who are in a call or asked into it at once.
pub const MAX_LEGS: usize = 16;

/// The most users who ever have a part in one call: a list of them fits a frame many times over.
pub const MAX_LEGS_EVER: usize = 64;

pub(super) fn invite(
    before: &Before,
    actor: &Actor,
    (id, app): (CallId, AppId),
    invitation: Invitation,
    grant: Grant,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    check_words(&invitation)?;
    let live = before.call.as_ref().filter(|rows| rows.takes(&actor.user, now_ms));
    let invitees = everybody(before, actor, &invitation, group_of(live, &invitation).as_ref())?;
    match live {
        Some(live) if is_joined_on(live, actor, &invitation) => {
            add(live, before, actor, &invitation, &invitees, now_ms)
        }
        Some(_) => refuse(RefusalCode::InAnotherCall, "this user is in another call"),
        None if before.channel_call.is_some() => {
            refuse(RefusalCode::ChannelInUse, "the channel belongs to another live call")
        }
        None => start(before, actor, (id, app), invitation, &invitees, grant, now_ms),
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
    match (invitation.chat_type, &invitation.group_id) {
        (ChatType::SingleChat, Some(_)) => refuse(RefusalCode::Invalid, "a single chat has no group"),
        (ChatType::GroupChat | ChatType::ChatRoom, None) => refuse(RefusalCode::Invalid, "the group is missing"),
        _ => Ok(()),
    }
}

/// Everybody who is invited: all of them can be, or nobody is.
fn everybody<'a>(
    before: &'a Before,
    actor: &Actor,
    invitation: &Invitation,
    group: Option<&GroupId>,
) -> Result<Vec<&'a Invitee>, Refusal> {
    if group != before.group.as_ref().map(|group| &group.id) {
        return refuse(RefusalCode::NotFound, "there is no such group of this user");
    }
    let invitees = invitation.to.iter().map(|user| find(before, user, actor)).collect::<Result<Vec<_>, _>>()?;
    match invitees.iter().find(|invitee| group.is_some() && !invitee.is_in_group) {
        Some(outside) => refuse(RefusalCode::NotAllowed, &format!("{} is not in the group", outside.user)),
        None => Ok(invitees),
    }
}

fn is_joined_on(live: &Rows, actor: &Actor, invitation: &Invitation) -> bool {
    let leg = live.leg_of(&actor.user).map(|leg| &live.legs[leg]);
    let is_in_it = leg.and_then(LegRow::joined_device) == Some(actor.device);
    live.is_group() && live.call.channel == invitation.channel && is_in_it
}

fn start(
    before: &Before,
    actor: &Actor,
    call: (CallId, AppId),
    invitation: Invitation,
    invitees: &[&Invitee],
    grant: Grant,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let chat_type = invitation.chat_type;
    let group_name = group_name(before, &invitation)?;
    let mut rows = begin(call, actor, invitation, now_ms);
    rows.call.chat_type = chat_type;
    rows.call.group_id = before.group.as_ref().map(|group| group.id.clone());
    rows.call.group_name = group_name;
    rows.legs.push(LegRow::ringing(actor.user.clone(), rows.call.ring_until_ms, false));
    join(&mut rows, 0, actor, grant, now_ms);
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

/// As the server knows the group, or else as the caller names it: by the rules for every name.
fn group_name(before: &Before, invitation: &Invitation) -> Result<Option<String>, Refusal> {
    if let Some(group) = &before.group {
        return Ok(Some(group.name.clone()));
    }
    match invitation.group_name.as_ref().map(GivenName::check) {
        None | Some(Err(NameError::Empty)) => Ok(None),
        Some(Ok(name)) => Ok(Some(name)),
        Some(Err(error)) => refuse(RefusalCode::NameRefused, &format!("the group's name: {error}")),
    }
}

/// Asks more people into a call that lives. Whoever is in it or is asked already is left alone.
fn add(
    live: &Rows,
    before: &Before,
    actor: &Actor,
    invitation: &Invitation,
    invitees: &[&Invitee],
    now_ms: u64,
) -> Result<Decision, Refusal> {
    if invitation.group_id.is_some() && invitation.group_id != live.call.group_id {
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
    let legs = &asking.judgement.rows.legs;
    let is_taken = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Accepted);
    if legs.iter().filter(is_taken).count() > MAX_LEGS || legs.len() > MAX_LEGS_EVER {
        return refuse(RefusalCode::TooLarge, "at most 16 can be in a call");
    }
    Ok(asking.done())
}

/// People are asked, one after the other.
struct Asking<'a> {
    judgement: Judgement<'a>,
    actor: &'a Actor,
    ring_until_ms: u64,
    /// The device that hears of all of it in its answer.
    is_answered_to: Option<DeviceId>,
    invited: Vec<UserId>,
}

impl Asking<'_> {
    /// Whoever was asked in vain by somebody whom they have blocked can still be asked by others.
    fn is_to_be_asked(&self, invitee: &Invitee) -> bool {
        let leg = self.judgement.rows.legs.iter().find(|leg| leg.user == invitee.user);
        leg.is_none_or(|leg| match leg.state {
            LegState::Accepted => false,
            LegState::Ringing => leg.is_blocked && !invitee.has_blocked,
            _ => true,
        })
    }

    fn ask(&mut self, invitee: &Invitee) {
        let index = self.renew_leg(invitee);
        let Judgement { rows, signals, now_ms, .. } = &mut self.judgement;
        if invitee.is_busy(*now_ms) {
            rows.legs[index].state = LegState::Busy;
            rows.legs[index].end = Some(EndReason::Busy);
        } else {
            signals.extend(ring_on(rows, index, invitee, self.actor, *now_ms));
        }
        self.judgement.tell_joined(index, self.is_answered_to);
        if !invitee.has_blocked {
            self.invited.push(invitee.user.clone());
        }
    }

    /// A leg that rings, in the place of the one that this user had before.
    fn renew_leg(&mut self, invitee: &Invitee) -> usize {
        let rows = &mut self.judgement.rows;
        let invited_by = Some(&self.actor.user).filter(|user| **user != rows.call.caller).cloned();
        let asked = LegRow::ringing(invitee.user.clone(), self.ring_until_ms, invitee.has_blocked);
        rows.call.ring_until_ms = rows.call.ring_until_ms.max(self.ring_until_ms);
        match rows.legs.iter().position(|leg| leg.user == invitee.user) {
            Some(index) => {
                let leg = &mut rows.legs[index];
                let (round, talked_ms, has_answered) = (leg.round + 1, leg.talked_ms, leg.has_answered);
                *leg = LegRow { invited_by, round, talked_ms, has_answered, ..asked };
                index
            }
            None => {
                rows.legs.push(LegRow { invited_by, ..asked });
                rows.legs.len() - 1
            }
        }
    }

    fn done(self) -> Decision {
        let Self { judgement, invited, .. } = self;
        let done = judgement.calling();
        Decision { invited, ..judgement.decide(done) }
    }
}
