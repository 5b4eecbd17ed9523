//! A group call under judgement.
//!
//! Everybody has a leg, the caller too. Whoever is in the call hears of every change of a leg; a change that leaves nobody who talks
//! and nobody who could still answer ends the call.

use carillon_protocol::{DeviceId, Done, EndReason, Ended, HandledHow, LegState, Refusal, RefusalCode, Signal, UserId};

use super::{
    Actor, Asked, CallState, Decision, Faces, Grant, LegRow, Recipient, Rows,
    decide::{
        commit, handled_before, handled_elsewhere, join, refuse, refuse_ended, ringing, stop_counting, tell_late,
        unchanged, unknown_call,
    },
    token,
    views::{leg as leg_view, legs, verdict},
};

/// Judges about a group call that there is.
pub(super) fn decide(
    rows: &Rows,
    faces: &Faces,
    actor: &Actor,
    asked: Asked,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let judgement = Judgement::of(rows, faces, now_ms);
    match &asked {
        Asked::Expire => return Ok(judgement.expire()),
        Asked::Remove { user } => return Ok(judgement.remove(user)),
        _ => {}
    }
    let Some(leg) = rows.leg_of(&actor.user) else { return unknown_call() };
    let row = &rows.legs[leg];
    let is_here = row.joined_device() == Some(actor.device);
    let in_time = now_ms < row.ring_until_ms;
    let by = Some(&actor.user);

    use LegState::{Accepted, Ringing};
    match (row.state, asked) {
        (Ringing, Asked::Ringing) if in_time => Ok(ringing(rows, leg, actor)),
        (Ringing, Asked::Accept { grant }) if in_time => Ok(judgement.accept(leg, actor, grant)),
        (Ringing, Asked::Decline) if in_time => Ok(judgement.decline(leg, actor)),
        // Too late, only the sweeper has not been here yet: who asks hears how it ended.
        (Ringing, Asked::Ringing | Asked::Accept { .. } | Asked::Decline) => Ok(judgement.expire()),
        (Ringing, Asked::DeviceGone) => Ok(stop_counting(rows, leg, actor)),

        (Accepted, Asked::Ringing) if !is_here => Ok(handled_before(rows, leg, actor)),
        (Accepted, Asked::Accept { .. }) if is_here => Ok(unchanged(judgement.joined(leg))),
        (Accepted, Asked::Accept { .. } | Asked::Decline) => {
            refuse(RefusalCode::AlreadyHandled, "another device of this user answered")
        }
        (Accepted, Asked::HangUp) if is_here && judgement.rings_in_vain() => Ok(judgement.expire()),
        (Accepted, Asked::HangUp) if is_here => {
            let end = judgement.parting(leg);
            Ok(judgement.leave(leg, end, by))
        }
        (Accepted, Asked::MediaLost { was_connected }) if is_here => {
            let end = if was_connected { EndReason::ConnectionLost } else { EndReason::MediaFailed };
            Ok(judgement.leave(leg, end, None))
        }
        (Accepted, Asked::DeviceGone) if is_here => Ok(judgement.leave(leg, EndReason::ConnectionLost, None)),
        (_, Asked::DeviceGone) => Ok(unchanged(Done::Done)),
        (Ringing | Accepted, _) => {
            refuse(RefusalCode::NotAllowed, "not in this state of the call, or not by this device")
        }

        (_, Asked::HangUp | Asked::MediaLost { .. }) => Ok(unchanged(Done::Done)),
        (_, Asked::Ringing) => match verdict(rows, &actor.user) {
            Some(ended) => Ok(tell_late(actor, Signal::Ended(ended))),
            None => refuse(RefusalCode::CallEnded, "the call is over for this user"),
        },
        (LegState::Declined, Asked::Accept { .. } | Asked::Decline) => refuse_ended(rows, leg, actor),
        (_, _) => refuse(RefusalCode::CallEnded, "the call is over for this user"),
    }
}

/// Rows that change, and who is told what.
pub(super) struct Judgement<'a> {
    before: Option<&'a Rows>,
    pub(super) rows: Rows,
    pub(super) signals: Vec<(Recipient, Signal)>,
    pub(super) now_ms: u64,
    faces: &'a Faces,
}

impl<'a> Judgement<'a> {
    pub(super) fn of(rows: &'a Rows, faces: &'a Faces, now_ms: u64) -> Self {
        Self { before: Some(rows), ..Self::of_new(rows.clone(), faces, now_ms) }
    }

    pub(super) fn of_new(rows: Rows, faces: &'a Faces, now_ms: u64) -> Self {
        Self { before: None, rows, signals: Vec::new(), now_ms, faces }
    }

    pub(super) fn decide(self, done: Done) -> Decision {
        let Self { before, rows, signals, .. } = self;
        match before {
            None => Decision { rows: Some(rows), signals, invited: Vec::new(), done },
            Some(before) if *before == rows => unchanged(done),
            Some(_) => commit(rows, signals, done),
        }
    }

    /// The answer to whoever asks others.
    pub(super) fn calling(&self) -> Done {
        let ring_left_ms = self.rows.ring_left_ms(self.now_ms);
        Done::Calling { call: self.rows.call.id, ring_left_ms, legs: legs(&self.rows, self.faces) }
    }

    /// The answer to whoever joins.
    fn joined(&self, leg: usize) -> Done {
        let asker = self.faces.of(self.rows.asker(leg));
        let ring = self.rows.ring(leg, &asker, Vec::new(), self.now_ms);
        Done::Joined { ring, legs: legs(&self.rows, self.faces) }
    }

    fn accept(mut self, leg: usize, actor: &Actor, grant: Grant) -> Decision {
        join(&mut self.rows, leg, actor, grant, self.now_ms);
        if self.rows.call.state == CallState::Ringing {
            self.begin_to_talk();
        }
        self.signals.push(handled_elsewhere(&self.rows, actor, HandledHow::Accepted));
        self.tell_joined(leg, Some(actor.device));
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

    fn decline(mut self, leg: usize, actor: &Actor) -> Decision {
        let by = Some(&actor.user);
        let row = &mut self.rows.legs[leg];
        row.state = LegState::Declined;
        row.end = Some(EndReason::Declined);
        row.device = Some(actor.device);
        self.tell_end(Recipient::Device(actor.device), EndReason::Declined, by);
        self.signals.push(handled_elsewhere(&self.rows, actor, HandledHow::Declined));
        self.tell_joined(leg, None);
        self.settle(by);
        self.decide(Done::Done)
    }

    /// The caller who goes before anybody has answered takes the invitation back.
    fn parting(&self, leg: usize) -> EndReason {
        match self.rows.call.state {
            CallState::Ringing if self.is_caller(leg) => EndReason::Cancelled,
            _ => EndReason::HungUp,
        }
    }

    fn leave(mut self, leg: usize, end: EndReason, by: Option<&UserId>) -> Decision {
        self.part(leg, LegState::Left, end, by);
        self.settle(by);
        self.decide(Done::Done)
    }

    fn remove(mut self, user: &UserId) -> Decision {
        if let Some(leg) = self.rows.legs.iter().position(|leg| leg.user == *user) {
            self.part(leg, LegState::Removed, EndReason::Removed, None);
            self.settle(None);
        }
        self.decide(Done::Done)
    }

    fn expire(mut self) -> Decision {
        self.end_overdue_rings();
        let (told, out) = token::expire_in_group(&mut self.rows, self.now_ms);
        self.signals.extend(told);
        for leg in out {
            self.part(leg, LegState::Removed, EndReason::TokenExpired, None);
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

    /// Nobody has answered, and nobody can any more: only the sweeper has not been here yet.
    fn rings_in_vain(&self) -> bool {
        let can_answer = |leg: &LegRow| leg.state == LegState::Ringing && !leg.is_overdue(self.now_ms);
        self.rows.call.state == CallState::Ringing && !self.rows.legs.iter().any(can_answer)
    }

    /// Ends somebody's part, if it is not over already, and tells everybody whom it concerns.
    fn part(&mut self, leg: usize, state: LegState, end: EndReason, by: Option<&UserId>) {
        let row = &mut self.rows.legs[leg];
        let whom = match (row.state, row.device) {
            (LegState::Ringing, _) => Some(Recipient::User(row.user.clone())).filter(|_| !row.is_blocked),
            (LegState::Accepted, device) => device.map(Recipient::Device),
            _ => return,
        };
        row.state = state;
        row.end = Some(end);
        row.talked_ms += row.joined_at_ms.take().map_or(0, |since| self.now_ms.saturating_sub(since));
        if let Some(whom) = whom {
            self.tell_end(whom, end, by);
        }
        self.tell_joined(leg, None);
    }

    /// Ends the call if nobody is left who talks, or who could still answer.
    pub(super) fn settle(&mut self, by: Option<&UserId>) {
        let caller = self.rows.legs.iter().position(|leg| leg.user == self.rows.call.caller);
        let caller_end = caller.and_then(|leg| self.rows.legs[leg].end);
        let is_anybody = |state| self.rows.legs.iter().any(|leg| leg.state == state);
        let reason = match (&self.rows.call.state, caller_end) {
            (CallState::Ringing, Some(end)) => end,
            (CallState::Ringing, None) if !is_anybody(LegState::Ringing) => self.why_unanswered(),
            (CallState::Active, _) if !is_anybody(LegState::Accepted) => EndReason::HungUp,
            _ => return,
        };
        self.close(reason, by);
    }

    /// All invited have declined, or were busy; else nobody has answered.
    fn why_unanswered(&self) -> EndReason {
        let invited = || self.rows.legs.iter().filter(|leg| leg.user != self.rows.call.caller);
        match () {
            () if invited().all(|leg| leg.state == LegState::Declined) => EndReason::Declined,
            () if invited().all(|leg| leg.state == LegState::Busy) => EndReason::Busy,
            () => EndReason::NoAnswer,
        }
    }

    /// For those whom it still rings for, whoever asked has taken it back; for the caller alone in it, it is as nobody has answered.
    fn close(&mut self, reason: EndReason, by: Option<&UserId>) {
        self.rows.call.state = CallState::Ended { reason, by: by.cloned() };
        self.rows.call.ended_at_ms = Some(self.now_ms);
        for leg in 0..self.rows.legs.len() {
            match self.rows.legs[leg].state {
                LegState::Ringing => self.part(leg, LegState::Missed, EndReason::Cancelled, by),
                LegState::Accepted => self.part(leg, LegState::Left, reason, by),
                _ => {}
            }
        }
    }

    fn is_caller(&self, leg: usize) -> bool {
        self.rows.legs[leg].user == self.rows.call.caller
    }

    fn tell_end(&mut self, whom: Recipient, reason: EndReason, by: Option<&UserId>) {
        let ended = Ended { call: self.rows.call.id, reason, by: by.cloned() };
        self.signals.push((whom, Signal::Ended(ended)));
    }

    /// Tells everybody who is in the call how a leg is now; whoever has it in an answer is left out.
    pub(super) fn tell_joined(&mut self, leg: usize, but: Option<DeviceId>) {
        let changed = leg_view(&self.rows.legs[leg], self.faces, self.rows.call.version);
        let joined = self.rows.legs.iter().filter_map(LegRow::joined_device).filter(|device| Some(*device) != but);
        let call = self.rows.call.id;
        let tell = |device| (Recipient::Device(device), Signal::LegChanged { call, leg: changed.clone() });
        self.signals.extend(joined.map(tell));
    }
}
