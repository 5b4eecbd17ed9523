//! Being called: what a ring does on one device.

use std::time::{Duration, Instant};

use carillon_protocol::{
    Answer, CallId, CallKind, Done, EndReason, Handled, HandledHow, MAX_RING_MS, RefusalCode, Request, Ring, Secret,
    Uid,
};

use super::{DIRECT_CONNECT_TIMEOUT, Device, End, Event, JOIN_TIMEOUT, MediaRole, Phase, Timer, phase::Call};

impl Device {
    /// Another user calls. A ring that is too old, or of a call that is over here, is not told.
    pub(super) fn ring_arrived(&mut self, ring: Ring, now: Instant) {
        if ring.ring_left_ms == 0 || ring.from == self.me || self.is_known(ring.call, ring.round) {
            return;
        }
        self.believe_guess(now);
        let ring_left = Duration::from_millis(ring.ring_left_ms.min(MAX_RING_MS));
        self.enter_until(Phase::Ringing, Timer::Ring, now + ring_left);
        self.call = Some(Call::incoming(ring.clone()));
        self.tell(Event::Invited(ring));
    }

    pub(super) fn show_ring(&mut self) {
        let call = self.call_in_hand();
        let Some(ring) = call.ring.clone().filter(|_| !call.is_ring_shown) else { return };
        call.is_ring_shown = true;
        let kind = call.info.kind;
        self.send(Request::Ringing { call: ring.call });
        self.tell(Event::RingStarted(ring));
        self.prepare(MediaRole::Answerer, kind);
    }

    pub(super) fn silence(&mut self) {
        self.stop_ring();
        self.close_media();
    }

    pub(super) fn accept(&mut self, access_token: Option<Secret>, uid: Option<Uid>, hides_address: bool, now: Instant) {
        let call = self.call_in_hand();
        let (Some(id), kind) = (call.info.id, call.info.kind) else { return };
        self.join(id, kind, Request::Accept { call: id, access_token, uid, hides_address }, now);
    }

    /// Asks for the call that rings here.
    pub(super) fn join(&mut self, id: CallId, kind: CallKind, request: Request, now: Instant) {
        self.enter_until(Phase::Joining, Timer::Join, now + JOIN_TIMEOUT);
        self.stop_ring();
        let with_uid = self.call_in_hand().info.with_uid.clone();
        self.tell(Event::Joining { call: id, kind, with_uid });
        let op = self.send(request);
        self.call_in_hand().awaited = Some(op);
        // What was prepared while it rang is of no use where this device hides its address.
        if self.call_in_hand().media.role.is_none() || !self.is_direct() && !self.has_forwarder() {
            self.prepare(MediaRole::Answerer, kind);
        }
    }

    /// Whether this device won the call. Only now, after its own user's accept *and* the record's, may media open.
    pub(super) fn accept_answered(&mut self, result: Answer, now: Instant) {
        match result {
            Answer::Ok(Done::Joined { ring, legs }) => {
                let call = self.call_in_hand();
                call.awaited = None;
                call.info.kind = ring.scope.kind();
                call.info.scope = ring.scope;
                self.go(ring.path, now);
                self.hear_of_legs(legs);
                self.open();
                self.begin_signalling(now);
                self.wait_for_other_device(now + DIRECT_CONNECT_TIMEOUT);
                self.activate_if_connected(now);
            }
            // The ring was over when the server heard that this user calls back: it has begun another call.
            Answer::Ok(Done::Calling { call, .. }) => {
                self.hang_up_unwanted(call);
                self.leave(End::Recorded { reason: EndReason::Cancelled, by_me: false }, None, now);
            }
            Answer::Ok(_) => {}
            Answer::Refused(refusal)
                if matches!(refusal.code, RefusalCode::AlreadyHandled | RefusalCode::InAnotherCall) =>
            {
                let how = HandledHow::Accepted;
                self.leave(End::HandledElsewhere { how, device_name: String::new() }, None, now);
            }
            Answer::Refused(refusal) if refusal.code == RefusalCode::CallEnded => {
                self.leave(End::Refused(refusal), None, now);
            }
            Answer::Refused(refusal) => self.end(End::Refused(refusal), now),
        }
    }

    pub(super) fn decline(&mut self, now: Instant) {
        let Some(call) = self.call_in_hand().info.id else { return };
        let guess = End::Recorded { reason: EndReason::Declined, by_me: true };
        self.leave(guess, Some(Request::Decline { call }), now);
    }

    pub(super) fn handled_elsewhere(&mut self, handled: Handled, now: Instant) {
        self.end(End::HandledElsewhere { how: handled.how, device_name: handled.device_name }, now);
    }

    pub(super) fn ring_timed_out(&mut self, now: Instant) {
        self.leave(End::Recorded { reason: EndReason::NoAnswer, by_me: false }, None, now);
    }

    pub(super) fn stop_ring(&mut self) {
        let call = self.call_in_hand();
        if let Some(id) = call.info.id.filter(|_| std::mem::take(&mut call.is_ring_shown)) {
            self.tell(Event::RingStopped { call: id });
        }
    }
}
