//! How a call begins and how users are asked into a live one, or why not.

use std::collections::BTreeSet;

use carillon_protocol::{
    AppId, CallId, CallKind, CallScope, GivenName, GroupId, Invitation, LegState, NameError, Refusal, RefusalCode,
    UserId,
};

use super::{
    Actor, CallRow, CallState, Claim, Decision, Facts, Invitee, LegRow, Rows,
    asking::{Asking, ring_until_ms},
    group_of,
    judgement::Judgement,
    refusing::refuse,
    rules::Rules,
};

/// The longest text that an invitation carries, in bytes: it is repeated to every device and kept with the call.
const MAX_MESSAGE_BYTES: usize = 4 * 1024;

/// An invitation, who sends it, and what is known.
pub(super) struct Invite<'a> {
    pub(super) facts: &'a Facts,
    pub(super) actor: &'a Actor,
    pub(super) invitation: &'a Invitation,
    pub(super) now_ms: u64,
}

/// What a call gets if it begins.
pub(super) struct NewCall {
    pub(super) id: CallId,
    pub(super) app: AppId,
}

impl<'a> Invite<'a> {
    pub(super) fn judge(&self, call: NewCall, claim: Claim) -> Result<Decision, Refusal> {
        let Self { facts, actor, invitation, now_ms } = *self;
        if invitation.message.len() > MAX_MESSAGE_BYTES {
            return refuse(RefusalCode::Invalid, "the message is longer than 4 KiB");
        }
        let live = facts.call.as_ref().filter(|rows| rows.takes(&actor.user, now_ms));
        let invitees = match Rules::of(&invitation.scope) {
            Rules::Pair => self.callee()?,
            Rules::Group => self.invitees_of_group(group_of(live, invitation).as_ref())?,
        };
        let Some(live) = live else {
            if facts.channel_call.is_some() {
                return refuse(RefusalCode::ChannelInUse, "the channel belongs to another live call");
            }
            return self.start(call, &invitees, claim);
        };
        if let Some(leg) = self.crossing(live) {
            return self.accept_crossing(live, leg, claim);
        }
        if self.is_joined_on(live) {
            return self.add(live, &invitees);
        }
        refuse(RefusalCode::InAnotherCall, "this user is in another call")
    }

    /// The one user that an invitation to a call of two is for.
    fn callee(&self) -> Result<Vec<&'a Invitee>, Refusal> {
        let [callee] = self.invitation.to.as_slice() else {
            return refuse(RefusalCode::Invalid, "exactly one user can be called, unless it is a group call");
        };
        Ok(vec![self.find(callee)?])
    }

    /// All users whom an invitation to a group call names. If one of them cannot be invited, none is.
    fn invitees_of_group(&self, group: Option<&GroupId>) -> Result<Vec<&'a Invitee>, Refusal> {
        self.check_group_invitation()?;
        if group != self.facts.group.as_ref().map(|group| &group.id) {
            return refuse(RefusalCode::NotFound, "there is no such group of this user");
        }
        let invitees = self.invitation.to.iter().map(|user| self.find(user)).collect::<Result<Vec<_>, _>>()?;
        match invitees.iter().find(|invitee| group.is_some() && !invitee.is_in_group) {
            Some(outside) => refuse(RefusalCode::NotAllowed, &format!("{} is not in the group", outside.user)),
            None => Ok(invitees),
        }
    }

    fn check_group_invitation(&self) -> Result<(), Refusal> {
        let to = &self.invitation.to;
        if to.is_empty() {
            return refuse(RefusalCode::Invalid, "nobody is invited");
        }
        if to.iter().collect::<BTreeSet<_>>().len() < to.len() {
            return refuse(RefusalCode::Invalid, "somebody is invited twice");
        }
        if to.len() >= self.facts.most_legs() { self.refuse_as_full() } else { Ok(()) }
    }

    fn refuse_as_full<T>(&self) -> Result<T, Refusal> {
        refuse(RefusalCode::CallFull, &format!("this call is full: {}", self.facts.most_legs()))
    }

    /// A user whom the invitation names.
    fn find(&self, user: &UserId) -> Result<&'a Invitee, Refusal> {
        if *user == self.actor.user {
            return refuse(RefusalCode::SelfCall, "nobody can call themself");
        }
        match self.facts.invitees.iter().find(|invitee| invitee.user == *user) {
            Some(invitee) => Ok(invitee),
            None => refuse(RefusalCode::UnknownUser, "there is no such user"),
        }
    }

    fn start(&self, call: NewCall, invitees: &[&Invitee], claim: Claim) -> Result<Decision, Refusal> {
        let Self { facts, actor, now_ms, .. } = *self;
        let mut rows = self.first_rows(call)?;
        rows.legs[0].join(actor, claim?, now_ms);
        // The caller has not answered anything.
        rows.legs[0].has_answered = false;

        let profiles = facts.profiles.clone().with(&actor.user, actor.profile());
        let ring_until_ms = rows.call.ring_until_ms;
        let judgement = Judgement::of_new(rows, &profiles, now_ms);
        let is_answered_to = Some(actor.device);
        let mut asking = Asking { judgement, actor, ring_until_ms, is_answered_to, invited: Vec::new() };
        for invitee in invitees {
            asking.ask(invitee);
        }
        asking.judgement.settle(None);
        Ok(asking.done())
    }

    /// A call in which only the caller has a leg. A call of two belongs to the conversation of the two.
    fn first_rows(&self, call: NewCall) -> Result<Rows, Refusal> {
        let Self { actor, invitation, now_ms, .. } = *self;
        let rules = Rules::of(&invitation.scope);
        let name = self.name()?;
        let ring_until_ms = ring_until_ms(invitation.ring_ms, now_ms);
        let call = CallRow {
            id: call.id,
            app: call.app,
            channel: invitation.channel.clone(),
            scope: invitation.scope.clone().named(name),
            message: invitation.message.clone(),
            caller: actor.user.clone(),
            path: Some(rules.first_path(self.facts.node, invitation.hides_address)),
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
    fn name(&self) -> Result<Option<String>, Refusal> {
        if let Some(group) = &self.facts.group {
            return Ok(Some(group.name.clone()));
        }
        match self.invitation.scope.name().map(|name| GivenName::from(name).check()) {
            None | Some(Err(NameError::Empty)) => Ok(None),
            Some(Ok(name)) => Ok(Some(name)),
            Some(Err(error)) => refuse(RefusalCode::NameRefused, &format!("the group's name: {error}")),
        }
    }

    /// Glare: the actor's leg in `live`, if that is a call of two by the very user whom the actor calls, and rings for the actor.
    fn crossing(&self, live: &Rows) -> Option<usize> {
        let are_two = [live.rules(), Rules::of(&self.invitation.scope)] == [Rules::Pair; 2];
        let is_caller_called = self.invitation.to.contains(&live.call.caller);
        let leg = live.leg_of(&self.actor.user).filter(|leg| live.legs[*leg].state == LegState::Ringing);
        leg.filter(|_| are_two && is_caller_called)
    }

    /// Both want to talk to each other: the call that rings already is answered on the device that called, with the lesser kind.
    fn accept_crossing(&self, live: &Rows, leg: usize, claim: Claim) -> Result<Decision, Refusal> {
        let mut judgement = Judgement::of(live, &self.facts.profiles, self.now_ms).on(self.facts.node);
        if self.invitation.scope.kind() == CallKind::Voice {
            judgement.rows.call.scope = CallScope::Pair { kind: CallKind::Voice };
        }
        Ok(judgement.accept(leg, self.actor, claim?, self.invitation.hides_address))
    }

    fn is_joined_on(&self, live: &Rows) -> bool {
        let are_groups = [live.rules(), Rules::of(&self.invitation.scope)] == [Rules::Group; 2];
        let leg = live.leg_of(&self.actor.user).map(|leg| &live.legs[leg]);
        let is_in_it = leg.and_then(LegRow::joined_device) == Some(self.actor.device);
        are_groups && live.call.channel == self.invitation.channel && is_in_it
    }

    /// Asks more users into a live call. Those who are in it, or for whom it rings, are left alone.
    fn add(&self, live: &Rows, invitees: &[&Invitee]) -> Result<Decision, Refusal> {
        let Self { facts, actor, invitation, now_ms } = *self;
        if invitation.scope.group().is_some_and(|group| live.call.scope.group() != Some(group)) {
            return refuse(RefusalCode::Invalid, "the call on this channel belongs elsewhere");
        }
        let profiles = facts.profiles.clone().with(&actor.user, actor.profile());
        let mut judgement = Judgement::of(live, &profiles, now_ms);
        judgement.end_overdue_rings();
        let ring_until_ms = ring_until_ms(invitation.ring_ms, now_ms);
        // What an answer says of legs is older than what a device may have heard since, so this one hears the changes too.
        let mut asking = Asking { judgement, actor, ring_until_ms, is_answered_to: None, invited: Vec::new() };
        for invitee in invitees {
            if asking.is_to_be_asked(invitee) {
                asking.ask(invitee);
            }
        }
        if asking.is_too_large(facts.most_legs()) {
            return self.refuse_as_full();
        }
        Ok(asking.done())
    }
}
