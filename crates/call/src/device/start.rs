//! Calling, until the two are in the call.

use std::time::{Duration, Instant};

use carillon_protocol::{
    Answer, CallId, CallKind, DEFAULT_RING_MS, Direction, Done, EndReason, Ended, Handled, Invitation, Leg,
    MAX_RING_MS, MIN_RING_MS, Request, Ring, Signal, Uid,
};

use super::{
    CallInfo, Command, DIRECT_CONNECT_TIMEOUT, Device, End, Event, Input, JOIN_TIMEOUT, MediaRole, Phase, Rejection,
    Timer, UNANSWERED_GRACE, phase::Call,
};

/// The most signals that are kept for a call that the server has not named yet: an answer with all its candidates fits.
const MAX_EARLY_SIGNALS: usize = 128;

impl Device {
    pub(super) fn start(&mut self, invitation: Invitation, now: Instant) {
        let Some(info) = CallInfo::outgoing(&invitation).filter(|_| self.link_is_up) else {
            let command = Command::StartCall(invitation);
            return self.tell(Event::Rejected { command, why: Rejection::Offline });
        };
        let ring_ms = invitation.ring_ms.unwrap_or(DEFAULT_RING_MS).clamp(MIN_RING_MS, MAX_RING_MS);
        let kind = invitation.scope.kind();

        self.enter_until(Phase::Inviting, Timer::Answer, unanswered_at(ring_ms, now));
        self.call = Some(Call::new(info));
        let op = self.send(Request::Invite(invitation.clone()));
        self.call_in_hand().awaited = Some(op);
        self.tell(Event::Calling { invitation });
        self.prepare(MediaRole::Offerer, kind);
        self.open();
    }

    pub(super) fn invite_answered(&mut self, result: Answer, now: Instant) {
        match result {
            Answer::Ok(Done::Calling { call, ring_left_ms, legs }) => self.named(call, ring_left_ms, legs, now),
            Answer::Ok(Done::Joined { ring, .. }) => self.join_crossing(ring, now),
            Answer::Ok(_) => {}
            Answer::Refused(refusal) => self.end(End::Refused(refusal), now),
        }
    }

    /// The server has a name for the call: what waited for it goes on.
    fn named(&mut self, id: CallId, ring_left_ms: u64, legs: Vec<Leg>, now: Instant) {
        self.enter_until(Phase::Inviting, Timer::Answer, unanswered_at(ring_left_ms, now));
        let call = self.call_in_hand();
        call.awaited = None;
        call.info.id = Some(id);
        if self.is_asked_again(id) {
            return self.end(End::Recorded { reason: EndReason::ConnectionLost, by_me: false }, now);
        }
        self.apply_found(now);
        self.hear_of_legs(legs);
        self.begin_signalling(now);
        self.hear_early_but_rings(now);
    }

    /// Glare: the callee's own call won and is answered on this device already, which now has the other half of the offer.
    fn join_crossing(&mut self, ring: Ring, now: Instant) {
        let kind = ring.scope.kind();
        self.enter_until(Phase::Joining, Timer::Join, now + JOIN_TIMEOUT);
        let call = self.call_in_hand();
        call.awaited = None;
        call.info.id = Some(ring.call);
        call.info.direction = Direction::Incoming;
        call.info.with_name = ring.from_name;
        call.info.with_uid.clone_from(&ring.from_uid);
        call.info.kind = kind;
        call.info.scope = ring.scope;
        call.info.channel = ring.channel;
        if !ring.path.is_direct() {
            call.info.path = ring.path;
        }
        self.tell(Event::Joining { call: ring.call, kind, with_uid: ring.from_uid });
        self.prepare(MediaRole::Answerer, kind);
        self.open();
        self.begin_signalling(now);
        self.wait_for_other_device(now + DIRECT_CONNECT_TIMEOUT);
        self.hear_of_found(now);
        self.hear_early_but_rings(now);
    }

    /// Whether the invitation is for the very user whose call rings here.
    pub(super) fn is_called_by(&self, invitation: &Invitation) -> bool {
        let caller = self.call().filter(|call| !call.is_group()).map(|call| &call.with);
        !invitation.scope.is_group() && caller.is_some_and(|caller| invitation.to == [caller.clone()])
    }

    /// Glare that this device's user may have seen: they call who calls them, and so take that call. The server answers such an invite
    /// with the call that rings, and with the lesser kind of the two.
    pub(super) fn call_back(&mut self, invitation: Invitation, now: Instant) {
        let Some(id) = self.call_in_hand().info.id.filter(|_| self.link_is_up) else {
            let command = Command::StartCall(invitation);
            return self.tell(Event::Rejected { command, why: Rejection::Offline });
        };
        if invitation.hides_address {
            self.hide_address();
        }
        let info = &mut self.call_in_hand().info;
        if invitation.scope.kind() == CallKind::Voice {
            info.kind = CallKind::Voice;
        }
        let kind = info.kind;
        self.join(id, kind, Request::Invite(invitation), now);
    }

    /// The callee has answered; in a call of two the server has said as whom.
    pub(super) fn accepted(&mut self, kind: CallKind, uid: Option<Uid>, now: Instant) {
        self.enter_until(Phase::Joining, Timer::Join, now + JOIN_TIMEOUT);
        let call = self.call_in_hand();
        call.info.kind = kind;
        call.info.with_uid = uid.or(call.info.with_uid.take());
        if let (Some(id), with_uid) = (call.info.id, call.info.with_uid.clone()) {
            self.tell(Event::Joining { call: id, kind, with_uid });
        }
        self.wait_for_other_device(now + DIRECT_CONNECT_TIMEOUT);
        self.activate_if_connected(now);
    }

    /// Keeps a signal until the server's name for this call is known, because it may be about it.
    pub(super) fn keep_early(&mut self, signal: Signal, now: Instant) {
        if let Signal::Ended(Ended { call, .. }) | Signal::Handled(Handled { call, .. }) = &signal {
            self.drop_rings(|ring| ring.call == *call, None);
        } else if !may_be_about_this_call(&signal) {
            return;
        }
        let early = &mut self.call_in_hand().early;
        if early.len() < MAX_EARLY_SIGNALS {
            early.push((now, signal));
        }
    }

    /// The server has begun this call, so no other rings for this user: a ring that waited is over, or is this very call.
    pub(super) fn hear_early_but_rings(&mut self, now: Instant) {
        self.drop_rings(|_| true, None);
        self.hear_early(now);
    }

    /// Drops rings that waited. They are over, so that none of them rings when it is heard again; but the call that the server still has
    /// ringing is not.
    pub(super) fn drop_rings(&mut self, which: impl Fn(&Ring) -> bool, still_rings: Option<CallId>) {
        let (dropped, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut self.call_in_hand().early)
            .into_iter()
            .partition(|(_, signal)| matches!(signal, Signal::Ring(ring) if which(ring)));
        self.call_in_hand().early = kept;
        for (_, signal) in dropped {
            if let Signal::Ring(ring) = signal
                && still_rings != Some(ring.call)
            {
                self.remember_over(ring.call, ring.round);
            }
        }
    }

    /// Whether a ring of this very call waits. Then this device's part in it was over when its user was asked in again, and the answer
    /// that has the call's name is older than that.
    pub(super) fn is_asked_again(&self, id: CallId) -> bool {
        let mut early = self.call.iter().flat_map(|call| &call.early);
        early.any(|(_, signal)| matches!(signal, Signal::Ring(ring) if ring.call == id && ring.round > 0))
    }

    /// Drops all signals that waited. Of a ring among them it is not known whether it goes on.
    pub(super) fn drop_early(&mut self) {
        for (_, signal) in std::mem::take(&mut self.call_in_hand().early) {
            if let Signal::Ring(ring) = signal {
                self.remember_unheard(&ring);
            }
        }
    }

    pub(super) fn hear_early(&mut self, now: Instant) {
        for (came_at, signal) in std::mem::take(&mut self.call_in_hand().early) {
            let waited_ms = u64::try_from(now.saturating_duration_since(came_at).as_millis()).unwrap_or(u64::MAX);
            self.handle_input(Input::Signal(signal.aged(waited_ms)), now);
        }
    }
}

const fn may_be_about_this_call(signal: &Signal) -> bool {
    matches!(
        signal,
        Signal::Ring(_)
            | Signal::RingingOn { .. }
            | Signal::Accepted { .. }
            | Signal::LegChanged { .. }
            | Signal::PublishedChanged { .. }
            | Signal::TokenWillExpire { .. }
            | Signal::TokenExpired { .. }
            | Signal::PathChanged { .. }
            | Signal::Media { .. }
            | Signal::MediaSlots { .. }
    )
}

/// When a caller's device stops waiting for the server to say that no callee has answered.
pub(super) fn unanswered_at(ring_left_ms: u64, now: Instant) -> Instant {
    now + Duration::from_millis(ring_left_ms.min(MAX_RING_MS)) + UNANSWERED_GRACE
}
