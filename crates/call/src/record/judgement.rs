//! What comes of what is asked: rows that change, and who is told.
//!
//! All devices in the call hear of each change that its rules tell of. When no user talks in it any more, and none can still answer,
//! it ends.

use carillon_protocol::{
    DeviceId, Done, EndReason, Ended, Handled, HandledHow, LegState, Published, Refusal, RefusalCode, Signal, UserId,
};

use super::{
    Actor, CallState, Decision, Grant, LegRow, LostWays, Pass, Profiles, Recipient, Rows,
    forwarding::media_orders,
    refusing::{refuse, unchanged},
    rules::Rules,
    token::TokenStep,
    views::verdict,
};

/// Rows that change, and who is told what.
pub(super) struct Judgement<'a> {
    before: Option<&'a Rows>,
    pub(super) rows: Rows,
    pub(super) signals: Vec<(Recipient, Signal)>,
    pub(super) now_ms: u64,
    pub(super) profiles: &'a Profiles,
    pub(super) rules: Rules,
    /// The node for media that go through the server from now on.
    pub(super) node: u16,
}

impl<'a> Judgement<'a> {
    pub(super) fn of(rows: &'a Rows, profiles: &'a Profiles, now_ms: u64) -> Self {
        Self { before: Some(rows), ..Self::of_new(rows.clone(), profiles, now_ms) }
    }

    pub(super) fn of_new(rows: Rows, profiles: &'a Profiles, now_ms: u64) -> Self {
        let rules = rows.rules();
        Self { before: None, rows, signals: Vec::new(), now_ms, profiles, rules, node: 0 }
    }

    /// Media that go through the server from now on go through this node.
    pub(super) fn on(self, node: u16) -> Self {
        Self { node, ..self }
    }

    /// What is to be committed: the rows if they are others than before, one version up.
    pub(super) fn decide(self, done: Done) -> Decision {
        let Self { before, mut rows, signals, .. } = self;
        let rows = match before {
            None => Some(rows),
            Some(before) if *before == rows => None,
            Some(_) => {
                rows.call.version += 1;
                Some(rows)
            }
        };
        let media = rows.as_ref().map(|rows| media_orders(before, rows)).unwrap_or_default();
        Decision { rows, signals, media, ..unchanged(done) }
    }

    /// The answer to a device that asks users into the call.
    pub(super) fn calling(&self) -> Done {
        let ring_left_ms = self.rows.ring_left_ms(self.now_ms);
        Done::Calling { call: self.rows.call.id, ring_left_ms, legs: self.rules.legs(&self.rows, self.profiles) }
    }

    /// The answer to a device that joins.
    fn joined(&self, leg: usize) -> Done {
        let asker = self.profiles.of(self.rows.asker(leg));
        let ring = self.rows.ring(leg, &asker, Vec::new(), self.now_ms);
        Done::Joined { ring, legs: self.rules.legs(&self.rows, self.profiles) }
    }

    pub(super) fn unchanged_but_joined(self, leg: usize) -> Decision {
        unchanged(self.joined(leg))
    }

    /// Answers a ringing leg on the actor's device: the first wins, because the leg rings no longer afterwards.
    pub(super) fn accept(mut self, leg: usize, actor: &Actor, grant: Grant, hides_address: bool) -> Decision {
        if hides_address {
            self.leave_direct_path();
        }
        self.rows.legs[leg].join(actor, grant, self.now_ms);
        if self.rows.call.state == CallState::Ringing {
            self.begin_to_talk();
        }
        self.tell_joined(leg, Some(actor.device));
        self.tell_handled(actor, HandledHow::Accepted);
        self.give_held(actor.device);
        self.tell_what_is_published(actor.device);
        let done = self.joined(leg);
        self.decide(done)
    }

    /// The caller was alone until now.
    fn begin_to_talk(&mut self) {
        self.rows.call.state = CallState::Active;
        self.rows.call.answered_at_ms = Some(self.now_ms);
        for leg in self.rows.legs.iter_mut().filter(|leg| leg.state == LegState::Accepted) {
            leg.joined_at_ms = Some(self.now_ms);
        }
    }

    pub(super) fn decline(mut self, leg: usize, actor: &Actor) -> Decision {
        let by = Some(&actor.user);
        let row = &mut self.rows.legs[leg];
        row.end(LegState::Declined, EndReason::Declined, self.now_ms);
        row.device = Some(actor.leg_device());
        self.tell_end(Recipient::Device(actor.device), EndReason::Declined, by);
        self.tell_handled(actor, HandledHow::Declined);
        self.tell_joined(leg, None);
        self.settle(by);
        self.decide(Done::Done)
    }

    pub(super) fn leave(mut self, leg: usize, end: EndReason, by: Option<&UserId>) -> Decision {
        self.part(leg, LegState::Left, end, by);
        self.settle(by);
        self.decide(Done::Done)
    }

    pub(super) fn remove(mut self, user: &UserId) -> Decision {
        if let Some(leg) = self.rows.leg_of(user) {
            let (state, end, by) = self.rules.removal(&self.rows, &self.rows.legs[leg]);
            self.part(leg, state, end, by.as_ref());
            self.settle(by.as_ref());
        }
        self.decide(Done::Done)
    }

    /// Does everything that is due.
    pub(super) fn expire(mut self) -> Decision {
        self.end_overdue_rings();
        self.settle(None);
        for leg in 0..self.rows.legs.len() {
            match self.rows.step_token(leg, self.now_ms) {
                Some(TokenStep::Tell(device, signal)) => self.signals.push((Recipient::Device(device), signal)),
                Some(TokenStep::TakeOut) => self.part(leg, LegState::Removed, EndReason::TokenExpired, None),
                None => {}
            }
        }
        self.settle(None);
        self.decide(Done::Done)
    }

    pub(super) fn end_overdue_rings(&mut self) {
        for leg in 0..self.rows.legs.len() {
            if self.rows.legs[leg].is_overdue(self.now_ms) {
                self.part(leg, LegState::Missed, EndReason::NoAnswer, None);
            }
        }
    }

    /// No user has answered, and none can any more: only the sweeper has not been here yet.
    pub(super) fn rings_in_vain(&self) -> bool {
        let can_answer = |leg: &LegRow| leg.state == LegState::Ringing && !leg.is_overdue(self.now_ms);
        self.rows.call.state == CallState::Ringing && !self.rows.legs.iter().any(can_answer)
    }

    /// The actor's device rings.
    pub(super) fn count_in(mut self, leg: usize, actor: &Actor) -> Decision {
        let ringing = &mut self.rows.legs[leg].ringing;
        if !ringing.contains(&actor.device) {
            ringing.push(actor.device);
            self.tell_how_many_ring();
        }
        self.decide(Done::Done)
    }

    /// The actor's device rings no longer, because it is gone.
    pub(super) fn count_out(mut self, leg: usize, actor: &Actor) -> Decision {
        let ringing = &mut self.rows.legs[leg].ringing;
        if ringing.contains(&actor.device) {
            ringing.retain(|device| *device != actor.device);
            self.tell_how_many_ring();
        }
        self.decide(Done::Done)
    }

    /// Lets the actor's device stay in the channel for longer.
    pub(super) fn renew(mut self, leg: usize, grant: Grant) -> Result<Decision, Refusal> {
        let pass = &mut self.rows.legs[leg].pass;
        if pass.as_ref().is_some_and(|pass| pass.uid != grant.uid) {
            return refuse(RefusalCode::TokenInvalid, "the token is for another uid than the one in the channel");
        }
        *pass = Some(Pass::new(grant));
        Ok(self.decide(Done::Done))
    }

    /// A device says that it rings, and another one of its user has answered.
    pub(super) fn handled_before(self, leg: usize, actor: &Actor) -> Decision {
        let device = self.rows.legs[leg].device_id().unwrap_or(actor.device);
        let handled =
            Handled { call: self.rows.call.id, how: HandledHow::Accepted, device, device_name: String::new() };
        tell_late(actor, Signal::Handled(handled))
    }

    /// A device says that it rings, and it is over for its user.
    pub(super) fn tell_verdict(self, leg: usize, actor: &Actor) -> Result<Decision, Refusal> {
        match verdict(&self.rows, &self.rows.legs[leg].user) {
            Some(ended) => Ok(tell_late(actor, Signal::Ended(ended))),
            None => refuse(RefusalCode::CallEnded, "the call is over for this user"),
        }
    }

    /// Ends a user's part, if it is not over already, and tells all whom it concerns.
    pub(super) fn part(&mut self, leg: usize, state: LegState, end: EndReason, by: Option<&UserId>) {
        let row = &mut self.rows.legs[leg];
        let whom = match (row.state, row.device_id()) {
            (LegState::Ringing, _) => Some(Recipient::User(row.user.clone())).filter(|_| !row.is_blocked),
            (LegState::Accepted, device) => device.map(Recipient::Device),
            (LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed, _) => return,
        };
        row.end(state, end, self.now_ms);
        if let Some(whom) = whom {
            self.tell_end(whom, end, by);
        }
        self.tell_joined(leg, None);
    }

    /// Ends the call where its rules say that it is over.
    pub(super) fn settle(&mut self, by: Option<&UserId>) {
        let Some(reason) = self.rules.end(&self.rows) else { return };
        self.rows.call.state = CallState::Ended { reason, by: by.cloned() };
        self.rows.call.ended_at_ms = Some(self.now_ms);
        self.rows.call.held.clear();
        for leg in 0..self.rows.legs.len() {
            match self.rows.legs[leg].state {
                LegState::Ringing => self.part(leg, LegState::Missed, self.rules.end_of_rings(reason), by),
                LegState::Accepted => self.part(leg, LegState::Left, reason, by),
                LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed => {}
            }
        }
    }

    fn tell_how_many_ring(&mut self) {
        let caller = self.rows.caller_leg().and_then(LegRow::joined_device);
        if let (CallState::Ringing, Some(device)) = (&self.rows.call.state, caller) {
            let devices = self.rows.legs.iter().map(|leg| leg.ringing.len()).sum::<usize>();
            let devices = u32::try_from(devices).unwrap_or(u32::MAX);
            let signal = Signal::RingingOn { call: self.rows.call.id, devices };
            self.signals.push((Recipient::Device(device), signal));
        }
    }

    fn tell_handled(&mut self, actor: &Actor, how: HandledHow) {
        let device_name = actor.device_name.clone();
        let handled = Handled { call: self.rows.call.id, how, device: actor.device, device_name };
        let others = Recipient::OtherDevices(actor.user.clone(), actor.device);
        self.signals.push((others, Signal::Handled(handled)));
    }

    fn tell_end(&mut self, whom: Recipient, reason: EndReason, by: Option<&UserId>) {
        let ended = Ended { call: self.rows.call.id, reason, by: by.cloned() };
        self.signals.push((whom, Signal::Ended(ended)));
    }

    /// Tells all devices in the call how a leg is now, but for the one that has it in its answer.
    pub(super) fn tell_joined(&mut self, leg: usize, but: Option<DeviceId>) {
        let Some(news) = self.rules.news(&self.rows, leg, self.profiles) else { return };
        let joined = self.rows.joined().filter_map(LegRow::joined_device).filter(|device| Some(*device) != but);
        self.signals.extend(joined.map(|device| (Recipient::Device(device), news.clone())));
    }
}

impl LegRow {
    /// The actor's device is in the call.
    pub(super) fn join(&mut self, actor: &Actor, grant: Grant, now_ms: u64) {
        self.state = LegState::Accepted;
        self.device = Some(actor.leg_device());
        self.ringing.clear();
        self.joined_at_ms = Some(now_ms);
        self.has_answered = true;
        self.pass = Some(Pass::new(grant));
        self.be_new();
    }

    /// Nothing is left of what lasts only while a user is in the call.
    fn be_new(&mut self) {
        (self.published, self.lost) = (Published::default(), LostWays::default());
        (self.hand, self.muted) = (None, None);
    }

    fn end(&mut self, state: LegState, end: EndReason, now_ms: u64) {
        self.state = state;
        self.end = Some(end);
        self.ringing.clear();
        self.be_new();
        self.talked_ms += self.joined_at_ms.take().map_or(0, |since| now_ms.saturating_sub(since));
    }
}

/// The actor's device comes too late: it has missed the word that the other devices of its user have heard.
fn tell_late(actor: &Actor, word: Signal) -> Decision {
    Decision { signals: vec![(Recipient::Device(actor.device), word)], ..unchanged(Done::Done) }
}
