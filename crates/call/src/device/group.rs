//! What only a group call has: each user's leg, and users who are asked into it later.

use std::time::Instant;

use carillon_protocol::{
    Answer, CallId, ChannelName, Done, EndReason, Ended, Invitation, Leg, LegState, Moderation, OpId, OtherEnd,
    Refusal, Request, Secret, SnapshotCall, UserId,
};

use super::{Command, Device, End, Event, Phase, Rejection, Timer, start::unanswered_at};

/// The most unanswered side requests; the oldest is forgotten, as if its answer had been lost.
const MAX_SIDE_REQUESTS: usize = 32;

/// A request on which no phase hinges, until it is answered.
#[derive(Debug)]
pub(super) struct SideRequest {
    op: OpId,
    call: CallId,
    what: SideRequestKind,
}

#[derive(Debug)]
enum SideRequestKind {
    Add(Vec<UserId>),
    Renew,
    Hand,
    Moderate(UserId, Moderation),
}

impl Device {
    pub(super) fn is_in_group(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.info.is_group())
    }

    /// Whether the call in hand is a group's, has a name, and meets on this channel.
    pub(super) fn is_in_group_on(&self, channel: &ChannelName) -> bool {
        self.is_in_named_group() && self.call().is_some_and(|call| call.channel == *channel)
    }

    pub(super) fn add(&mut self, invitation: Invitation) {
        if !self.link_is_up {
            let command = Command::AddPeople(invitation);
            return self.tell(Event::Rejected { command, why: Rejection::Offline });
        }
        let users = invitation.to.clone();
        self.ask_beside(SideRequestKind::Add(users), |_| Request::Invite(invitation));
    }

    /// Without a link it would come too late to be meant.
    pub(super) fn set_hand(&mut self, raised: bool) {
        if !self.link_is_up {
            let command = Command::SetHand { raised };
            return self.tell(Event::Rejected { command, why: Rejection::Offline });
        }
        self.ask_beside(SideRequestKind::Hand, |call| Request::SetHand { call, raised });
    }

    /// Likewise.
    pub(super) fn moderate(&mut self, user: UserId, what: Moderation) {
        if !self.link_is_up {
            let command = Command::Moderate { user, what };
            return self.tell(Event::Rejected { command, why: Rejection::Offline });
        }
        let asked = SideRequestKind::Moderate(user.clone(), what);
        self.ask_beside(asked, |call| Request::Moderate { call, user, what });
    }

    /// Whether it is a group's, and the server has named it.
    pub(super) fn is_in_named_group(&self) -> bool {
        self.is_in_group() && !self.is_unnamed()
    }

    /// A token that waits for a link may still come in time.
    pub(super) fn renew(&mut self, access_token: Secret) {
        self.ask_beside(SideRequestKind::Renew, |call| Request::RenewToken { call, access_token });
    }

    fn ask_beside(&mut self, what: SideRequestKind, request: impl FnOnce(CallId) -> Request) {
        let Some(call) = self.call_in_hand().info.id else { return };
        let op = self.send(request(call));
        if self.side_requests.len() == MAX_SIDE_REQUESTS {
            self.side_requests.remove(0);
        }
        self.side_requests.push(SideRequest { op, call, what });
    }

    pub(super) fn is_side_request(&self, op: OpId) -> bool {
        self.side_requests.iter().any(|side_request| side_request.op == op)
    }

    /// What came of it; it is of no interest once the call is over here.
    pub(super) fn side_request_answered(&mut self, op: OpId, result: Answer, now: Instant) {
        let Some(at) = self.side_requests.iter().position(|side_request| side_request.op == op) else { return };
        let SideRequest { call, what, .. } = self.side_requests.remove(at);
        if let Answer::Ok(Done::Calling { call: another, .. }) = &result
            && *another != call
        {
            // The call was over when the server heard of it, so that it took it for a new one.
            return self.hang_up_unwanted(*another);
        }
        let is_in_it = matches!(self.phase, Phase::Inviting | Phase::Joining | Phase::Active { .. });
        if !is_in_it || !self.is_ours(call) {
            return;
        }
        match (what, result) {
            (SideRequestKind::Add(users), Answer::Ok(done)) => {
                self.added(done, now);
                self.tell(Event::Added { call, users });
            }
            (SideRequestKind::Add(users), Answer::Refused(refusal)) => {
                self.tell(Event::NotAdded { call, users, refusal })
            }
            (SideRequestKind::Renew, Answer::Ok(_)) => {}
            (SideRequestKind::Renew, Answer::Refused(refusal)) => self.not_renewed(call, refusal),
            // Its leg says it; it is refused only where the call is over, of which the device hears in other words.
            (SideRequestKind::Hand, _) => {}
            (SideRequestKind::Moderate(user, what), Answer::Ok(_)) => self.tell(Event::Moderated { call, user, what }),
            (SideRequestKind::Moderate(user, what), Answer::Refused(refusal)) => {
                self.tell(Event::NotModerated { call, user, what, refusal });
            }
        }
    }

    fn added(&mut self, done: Done, now: Instant) {
        let Done::Calling { ring_left_ms, legs, .. } = done else { return };
        if let Some(known) = self.timers.at(Timer::Answer) {
            self.timers.set(Timer::Answer, unanswered_at(ring_left_ms, now).max(known));
        }
        self.hear_of_legs(legs);
    }

    fn not_renewed(&mut self, call: CallId, refusal: Refusal) {
        self.tell(Event::NotRenewed { call, refusal });
    }

    /// The server says how a user's leg is now.
    pub(super) fn leg_changed(&mut self, leg: Leg, now: Instant) {
        let known = self.call_in_hand().info.legs.iter().find(|known| known.user == leg.user);
        if known.is_some_and(|known| known.version > leg.version) {
            return;
        }
        let has_answered = leg.state == LegState::Accepted && leg.user != self.me;
        self.set_leg(leg);
        if has_answered && matches!(self.phase, Phase::Inviting) {
            let kind = self.call_in_hand().info.kind;
            self.accepted(kind, None, now);
        }
    }

    /// Legs in an answer are as old as the request: what signals have said since is newer.
    pub(super) fn hear_of_legs(&mut self, legs: Vec<Leg>) {
        for leg in legs {
            if !self.call_in_hand().info.legs.iter().any(|known| known.user == leg.user) {
                self.set_leg(leg);
            }
        }
    }

    /// What a snapshot says of the others is newer than all that was heard.
    pub(super) fn update_others(&mut self, found: Option<&SnapshotCall>, now: Instant) {
        if let Some(SnapshotCall::Joined { path, .. }) = found {
            self.go(*path, now);
        }
        if let Some(SnapshotCall::Joined { with: Some(OtherEnd { uid, published, version, .. }), .. }) = found {
            if uid.is_some() {
                self.call_in_hand().info.with_uid.clone_from(uid);
            }
            self.note_other(*published, *version);
        }
        if let Some(SnapshotCall::Inviting { legs, .. } | SnapshotCall::Joined { legs, .. }) = found {
            for leg in legs.clone() {
                self.set_leg(leg);
            }
        }
    }

    fn set_leg(&mut self, leg: Leg) {
        let info = &mut self.call_in_hand().info;
        let Some(call) = info.id else { return };
        let known = info.legs.iter_mut().find(|known| known.user == leg.user);
        let was = known.as_ref().map(|known| known.state);
        match known {
            Some(known) if (Leg { version: leg.version, ..known.clone() }) == leg => {
                known.version = leg.version;
                return;
            }
            Some(known) => known.clone_from(&leg),
            None => info.legs.push(leg.clone()),
        }
        let muted = leg.muted.clone().filter(|_| leg.user == self.me);
        self.tell(Event::LegChanged { call, leg, was });
        if let Some(muted) = muted.filter(|muted| muted.version > self.call_in_hand().muted_at) {
            self.call_in_hand().muted_at = muted.version;
            self.tell(Event::Muted { call, by: muted.user });
        }
    }

    /// How the call ends, in the server's own words.
    pub(super) fn told_end(&self, ended: Ended) -> End {
        match ended.by {
            Some(user) if ended.reason == EndReason::Removed && user != self.me => End::RemovedBy { user },
            by => End::Recorded { reason: ended.reason, by_me: by.as_ref() == Some(&self.me) },
        }
    }
}
