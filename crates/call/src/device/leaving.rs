//! The way out of a call.

use std::time::Instant;

use carillon_protocol::{Answer, CallId, Done, EndReason, RefusalCode, Request, Ring};

use super::{Device, End, Event, Phase, Timer, VERDICT_TIMEOUT};

/// How many ended calls a device remembers. A link is FIFO and a user has one call at a time, so a late ring is never further back.
const MAX_OVER: usize = 8;

/// A call that is over for this device.
#[derive(Debug)]
pub(super) struct PastCall {
    id: CallId,
    /// The last of its rings.
    round: u32,
    /// That ring was dropped before the user heard of it: it may go on, if a snapshot says so.
    is_unheard: bool,
}

impl Device {
    pub(super) fn hang_up(&mut self, now: Instant) {
        let is_inviting = matches!(self.phase, Phase::Inviting);
        let reason = if is_inviting { EndReason::Cancelled } else { EndReason::HungUp };
        self.leave_by_hanging_up(End::Recorded { reason, by_me: true }, now);
    }

    pub(super) fn give_up_inviting(&mut self, now: Instant) {
        self.leave_by_hanging_up(End::Recorded { reason: EndReason::NoAnswer, by_me: false }, now);
    }

    /// A call that the server has not named yet is hung up when it is.
    fn leave_by_hanging_up(&mut self, guess: End, now: Instant) {
        let request = self.call_in_hand().info.id.map(|call| Request::HangUp { call });
        self.leave(guess, request, now);
    }

    /// Everything falls silent at once. How it ended is for the record to say, unless it is out of reach.
    pub(super) fn leave(&mut self, guess: End, request: Option<Request>, now: Instant) {
        self.enter_until(Phase::Leaving { guess }, Timer::Verdict, now + VERDICT_TIMEOUT);
        self.stop_ring();
        self.close_media();
        if let Some(request) = request {
            let op = self.send(request);
            self.call_in_hand().awaited = Some(op);
        }
        if !self.link_is_up {
            self.believe_guess(now);
        }
    }

    pub(super) fn leaving_answered(&mut self, result: Answer, now: Instant) {
        match result {
            Answer::Ok(Done::Calling { call, .. }) => self.hang_up_named(call, now),
            Answer::Ok(Done::Joined { ring, .. }) => self.hang_up_named(ring.call, now),
            Answer::Ok(_) => {}
            // The record has decided otherwise, and says so.
            Answer::Refused(refusal)
                if matches!(refusal.code, RefusalCode::AlreadyHandled | RefusalCode::CallEnded) => {}
            Answer::Refused(_) => self.end_as_guessed(now),
        }
    }

    /// The server is within reach after all, so its word on the end is worth a full wait.
    fn hang_up_named(&mut self, id: CallId, now: Instant) {
        if self.is_asked_again(id) {
            self.call_in_hand().info.id = Some(id);
            return self.end(End::Recorded { reason: EndReason::ConnectionLost, by_me: false }, now);
        }
        self.timers.set(Timer::Verdict, now + VERDICT_TIMEOUT);
        let op = self.send(Request::HangUp { call: id });
        let call = self.call_in_hand();
        call.info.id = Some(id);
        call.awaited = Some(op);
        self.hear_early_but_rings(now);
    }

    /// The server has put this device into a call that it no longer wants.
    pub(super) fn hang_up_unwanted(&mut self, id: CallId) {
        let is_doubled_answer = self.is_ours(id) && !matches!(self.phase, Phase::Ringing | Phase::Ended(_));
        if !is_doubled_answer {
            self.send(Request::HangUp { call: id });
        }
    }

    /// The server does not say how it ended. Signals that waited for its word are dropped too: a ring among them may be this very
    /// call, crossed, or long over.
    pub(super) fn believe_guess(&mut self, now: Instant) {
        if let Phase::Leaving { .. } = &self.phase {
            self.drop_early();
            self.end_as_guessed(now);
        }
    }

    fn end_as_guessed(&mut self, now: Instant) {
        if let Phase::Leaving { guess } = &self.phase {
            self.end(guess.clone(), now);
        }
    }

    pub(super) fn end(&mut self, end: End, now: Instant) {
        self.enter(Phase::Ended(end.clone()));
        self.stop_ring();
        self.close_media();
        let (call, round) = (self.call_in_hand().info.id, self.call_in_hand().round());
        if let Some(id) = call {
            self.remember_over(id, round);
        }
        self.tell(Event::Ended { call, end });
        self.hear_early(now);
    }

    /// Whether this ring of a call, or a later one, is over here or in hand.
    pub(super) fn is_known(&self, id: CallId, round: u32) -> bool {
        let in_hand = self.call.as_ref().filter(|call| call.info.id == Some(id)).map(|call| call.round());
        let over = self.over.iter().find(|past| past.id == id).map(|past| past.round);
        in_hand.max(over).is_some_and(|last| round <= last)
    }

    /// A call is over for this device, whether it ever had it in hand or not.
    pub(super) fn remember_over(&mut self, id: CallId, round: u32) {
        self.remember(PastCall { id, round, is_unheard: false });
    }

    /// A ring is dropped before the user hears of it, and whether it goes on is not known.
    pub(super) fn remember_unheard(&mut self, ring: &Ring) {
        self.remember(PastCall { id: ring.call, round: ring.round, is_unheard: true });
    }

    /// The server says that it rings. What was dropped unheard may be heard now.
    pub(super) fn forget_unheard(&mut self, id: CallId) {
        self.over.retain(|past| past.id != id || !past.is_unheard);
    }

    fn remember(&mut self, ended: PastCall) {
        if let Some(past) = self.over.iter_mut().find(|past| past.id == ended.id) {
            past.is_unheard = ended.is_unheard && (past.is_unheard || ended.round > past.round);
            past.round = past.round.max(ended.round);
            return;
        }
        if self.over.len() == MAX_OVER {
            self.over.pop_front();
        }
        self.over.push_back(ended);
    }
}
