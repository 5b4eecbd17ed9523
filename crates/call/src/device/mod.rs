//! What one installation does about calls.
//!
//! A [`Device`] has four methods, always the four: [`handle_input`](Device::handle_input),
//! [`handle_timeout`](Device::handle_timeout), [`poll_output`](Device::poll_output) and
//! [`poll_timeout`](Device::poll_timeout). The contract: give one input, drain the outputs to `None`, read the deadline.
//!
//! Four tables (`take_command`, `take_answer`, `take_signal`, `take_media`) show every legal step, by phase. An input that is not in
//! them (late, doubled or foreign) changes nothing.
//!
//! Invariants: [`MediaControl::Open`] only follows this device's own [`Command::StartCall`] or [`Command::Accept`]; each call that began
//! here ends with exactly one [`Event::Ended`]; a ring that was shown is hidden by [`Event::RingStopped`] before that.
//!
//! A group call goes through the same phases with a transport to the server's forwarder: a device is active as soon as it is in the
//! channel and another user has answered, connected or not. So does a call of two whose devices do not reach each other, or one of which
//! hides its address: it is active once the forwarder is connected.

mod forwarder;
mod group;
mod io;
mod leaving;
mod media;
mod path;
mod phase;
mod published;
mod publishing;
mod reconcile;
mod ring;
mod start;
mod timers;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_protocol::{Answer, CallId, Done, OpId, PendingRequest, Published, Request, Signal, UserId};

use crate::op_ids::OpIds;
pub use forwarder::{CONNECT_TIMEOUT, OFFER_AGAIN};
use group::SideRequest;
pub use io::{Command, End, Event, Input, Link, Media, MediaControl, MediaRole, Output, Rejection};
use leaving::PastCall;
use phase::Call;
pub use phase::{CallInfo, Phase};
pub use published::{PUBLISH_AGAIN, PUBLISH_EVERY, RESIZE_EVERY};
use timers::Timers;
pub use timers::{
    DIRECT_CONNECT_TIMEOUT, DIRECT_RETURN_TIMEOUT, Deadline, JOIN_TIMEOUT, RECONNECT_TIMEOUT, Timer, UNANSWERED_GRACE,
    VERDICT_TIMEOUT,
};

/// One installation of one user, in at most one call.
#[derive(Debug)]
pub struct Device {
    me: UserId,
    phase: Phase,
    timers: Timers,
    /// Always there but in [`Phase::Idle`].
    call: Option<Call>,
    link_is_up: bool,
    /// The latest calls that are over here, so that a late ring stays silent.
    over: VecDeque<PastCall>,
    /// Unanswered requests on which no phase hinges.
    side_requests: Vec<SideRequest>,
    ids: OpIds,
    outputs: VecDeque<Output>,
}

impl Device {
    /// A device of user `me`, idle, with its link down. The ids are for what it asks of the server.
    pub fn new(me: UserId, ids: OpIds) -> Self {
        Self {
            me,
            phase: Phase::Idle,
            timers: Timers::default(),
            call: None,
            link_is_up: false,
            over: VecDeque::new(),
            side_requests: Vec::new(),
            ids,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input.
    pub fn handle_input(&mut self, input: Input, now: Instant) {
        match input {
            Input::Command(command) => self.take_command(command, now),
            Input::Answer { op, result } => self.take_answer(op, result, now),
            Input::Signal(signal) => self.take_signal(signal, now),
            Input::Link(Link::Down) => self.link_down(now),
            Input::Link(Link::Resumed) => self.link_up(now),
            Input::Link(Link::Reset(found)) => {
                self.reconcile(found, now);
                self.publish_anew();
                self.link_up(now);
            }
            Input::Media(news) => self.take_media(news, now),
            Input::Want(pictures) => self.wants(pictures),
            Input::Publish(published) => self.publishes(published),
        }
        self.publish(now);
    }

    /// The user's commands, by phase.
    fn take_command(&mut self, command: Command, now: Instant) {
        use Phase::{Active, Ended, Idle, Inviting, Joining, Leaving, Ringing};
        match (&self.phase, command) {
            (Idle | Ended(_), Command::StartCall(invitation)) => self.start(invitation, now),
            (Inviting | Active { .. }, Command::StartCall(invitation) | Command::AddPeople(invitation))
                if self.is_in_group_on(&invitation.channel) =>
            {
                self.add(invitation);
            }
            (Inviting | Joining | Active { .. }, Command::RenewToken { access_token }) if !self.is_unnamed() => {
                self.renew(access_token);
            }
            (Inviting | Joining | Active { .. }, Command::SetHand { raised }) if self.is_in_named_group() => {
                self.set_hand(raised);
            }
            (Inviting | Joining | Active { .. }, Command::Moderate { user, what }) if self.is_in_named_group() => {
                self.moderate(user, what);
            }
            (Ringing, Command::StartCall(invitation)) if self.is_called_by(&invitation) => {
                self.call_back(invitation, now);
            }
            (Ringing, Command::AnswerCall { ring: true }) => self.show_ring(),
            (Ringing, Command::AnswerCall { ring: false }) => self.silence(),
            (Ringing, Command::Accept { access_token, uid, hides_address }) => {
                if hides_address {
                    self.hide_address();
                }
                self.accept(access_token, uid, hides_address, now);
            }
            (Ringing, Command::Decline) => self.decline(now),
            (Inviting | Joining | Active { .. }, Command::HangUp) => self.hang_up(now),
            (Ended(_), Command::Dismiss) => self.dismiss(),
            (_, Command::Dismiss) => {}
            (Leaving { .. }, Command::HangUp | Command::Decline) => {}
            (_, command) => self.reject(command),
        }
    }

    /// The server's answers, by phase.
    fn take_answer(&mut self, op: OpId, result: Answer, now: Instant) {
        use Phase::{Inviting, Joining, Leaving};
        match (&self.phase, result) {
            (Inviting, result) if self.awaits(op) => self.invite_answered(result, now),
            (Joining, result) if self.awaits(op) => self.accept_answered(result, now),
            (Leaving { .. }, result) if self.awaits(op) => self.leaving_answered(result, now),
            (_, result) if self.is_side_request(op) => self.side_request_answered(op, result, now),
            (_, result) if self.is_publishing(op) => self.published(&result, now),
            (_, result) if self.is_offering(op) => self.forwarder_answered(result, now),
            (_, result) if self.is_moving(op) => self.move_answered(&result, now),
            (Joining, Answer::Ok(Done::Joined { ring, legs })) if self.asks_for(ring.call) => {
                // An earlier wish of this user had taken the very call that they want now.
                self.accept_answered(Answer::Ok(Done::Joined { ring, legs }), now);
            }
            (_, Answer::Ok(Done::Calling { call, .. })) => self.hang_up_unwanted(call),
            (_, Answer::Ok(Done::Joined { ring, .. })) => self.hang_up_unwanted(ring.call),
            (_, Answer::Ok(_) | Answer::Refused(_)) => {}
        }
    }

    /// The server's signals, by phase.
    fn take_signal(&mut self, signal: Signal, now: Instant) {
        use Phase::{Active, Ended, Idle, Inviting, Joining, Leaving, Ringing};
        match (&self.phase, signal) {
            (Inviting | Leaving { .. }, signal) if self.is_unnamed() => self.keep_early(signal, now),
            (Idle | Ended(_) | Leaving { .. }, Signal::Ring(ring)) => self.ring_arrived(ring, now),
            (Inviting, Signal::RingingOn { call, devices }) if self.is_ours(call) => {
                self.tell(Event::RingingOn { call, devices });
            }
            (Inviting, Signal::Accepted { call, kind, uid, path, .. }) if self.is_ours(call) => {
                self.go(path, now);
                self.accepted(kind, uid, now);
            }
            (Inviting | Joining | Active { .. }, Signal::PathChanged { call, path }) if self.is_ours(call) => {
                self.go(path, now);
            }
            (Joining | Active { .. }, Signal::Media { call, signal }) if self.is_ours(call) && self.is_direct() => {
                self.order(MediaControl::Deliver(signal));
            }
            (Inviting | Joining | Active { .. }, Signal::MediaSlots { call, slots, wants })
                if self.is_ours(call) && self.has_forwarder() =>
            {
                self.order(MediaControl::Slots { slots, wants });
            }
            (Inviting | Joining | Active { .. }, Signal::LegChanged { call, leg })
                if self.is_ours(call) && self.is_in_group() =>
            {
                self.leg_changed(leg, now);
            }
            (Inviting | Joining | Active { .. }, Signal::PublishedChanged { call, user, published, version })
                if self.is_ours(call) && !self.is_in_group() =>
            {
                self.other_publishes(&user, published, version);
            }
            (Inviting | Joining | Active { .. }, Signal::TokenWillExpire { call, left_ms }) if self.is_ours(call) => {
                self.tell(Event::TokenWillExpire { call, left: Duration::from_millis(left_ms) });
            }
            (Inviting | Joining | Active { .. }, Signal::TokenExpired { call, left_ms }) if self.is_ours(call) => {
                self.tell(Event::TokenExpired { call, left: Duration::from_millis(left_ms) });
            }
            (Ringing | Leaving { .. }, Signal::Handled(handled)) if self.is_ours(handled.call) => {
                self.handled_elsewhere(handled, now);
            }
            (Joining, Signal::Handled(handled)) if self.is_ours(handled.call) && self.is_accept_open() => {
                self.handled_elsewhere(handled, now);
            }
            (Inviting | Ringing | Joining | Active { .. } | Leaving { .. }, Signal::Ended(ended))
                if self.is_ours(ended.call) =>
            {
                self.end(self.told_end(ended), now);
            }
            (_, Signal::Ended(ended)) => self.remember_over(ended.call, 0),
            (_, Signal::Handled(handled)) => self.remember_over(handled.call, 0),
            (_, _) => {}
        }
    }

    /// The transport's news, by phase. Where media go through the server, another transport may follow one that has failed.
    fn take_media(&mut self, news: Media, now: Instant) {
        use Phase::{Active, Inviting, Joining, Ringing};
        match (&self.phase, news) {
            (Inviting | Ringing | Joining | Active { .. }, Media::Signal(signal)) => self.send_on(signal, now),
            (Inviting | Joining, Media::Lost | Media::Failed) if self.has_forwarder() => self.connect_later(now),
            (Active { .. }, Media::Failed) if self.has_forwarder() && self.reconnecting_until().is_some() => {
                self.connect_later(now);
            }
            (Active { .. }, Media::Failed | Media::Left) if self.has_forwarder() => self.reconnect(now),
            (Inviting | Joining | Active { .. }, Media::Connected) if self.has_forwarder() => {
                self.forwarder_connected(now);
            }
            (Inviting | Joining, Media::Connected) => self.connected(now),
            (Inviting | Joining, Media::Lost) => self.disconnected(),
            (Joining, Media::Failed) => self.cannot_reach_other_device(),
            (Inviting, Media::Failed) | (Inviting | Joining, Media::Unverified) => self.give_up_media(now),
            (Ringing, Media::Failed | Media::Unverified) => self.close_media(),
            (Active { .. }, Media::Left) => self.other_end_left(now),
            (Active { .. }, Media::Connected) => self.reconnected(),
            (Active { .. }, Media::Lost | Media::Failed) => self.reconnect(now),
            (
                _,
                Media::Signal(_) | Media::Connected | Media::Lost | Media::Failed | Media::Unverified | Media::Left,
            ) => {}
        }
    }

    /// Does all that is due, the earliest first; nothing before [`Device::poll_timeout`]'s time.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some(deadline) = self.poll_timeout().filter(|deadline| deadline.at <= now) {
            self.timers.take(deadline.timer);
            match deadline.timer {
                Timer::Answer => self.give_up_inviting(now),
                Timer::Ring => self.ring_timed_out(now),
                Timer::Join | Timer::Connect | Timer::Reconnect => self.give_up_media(now),
                Timer::OfferAgain => self.connect_anew(now),
                Timer::FallBack => self.ask_for_server(),
                Timer::Verdict => self.believe_guess(now),
                Timer::Publish => self.publish(now),
            }
        }
    }

    /// What to do next; `None` when there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output> {
        self.outputs.pop_front()
    }

    /// When to call [`Device::handle_timeout`], if nothing comes before.
    pub fn poll_timeout(&self) -> Option<Deadline> {
        self.timers.earliest()
    }

    /// Where the device is.
    pub fn phase(&self) -> &Phase {
        &self.phase
    }

    /// The call in hand, or the last one until it is dismissed.
    pub fn call(&self) -> Option<&CallInfo> {
        self.call.as_ref().map(|call| &call.info)
    }

    /// The ring that this device shows and sounds now.
    pub fn shown_ring(&self) -> Option<&carillon_protocol::Ring> {
        self.call.as_ref().filter(|call| call.is_ring_shown).and_then(|call| call.ring.as_ref())
    }

    /// What the other end of a call of two publishes, as far as this device knows.
    pub fn other_end_publishes(&self) -> Published {
        self.call.as_ref().map(|call| call.other_publishes.now).unwrap_or_default()
    }

    /// While the path is gone: until when a new one is awaited.
    pub fn reconnecting_until(&self) -> Option<Instant> {
        self.timers.at(Timer::Reconnect)
    }

    /// Whether this device's user has consented to media in the call in hand: microphone and transport may be open.
    pub fn is_media_open(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.media.is_open)
    }

    fn link_down(&mut self, now: Instant) {
        self.link_is_up = false;
        if self.call.as_ref().is_some_and(|call| call.media.is_left) {
            self.end_as_hung_up(now);
        }
    }

    fn link_up(&mut self, now: Instant) {
        self.link_is_up = true;
        if self.is_media_connected() {
            self.tell_wanted();
        }
        if self.reconnecting_until().is_some() && !self.is_about_to_offer() {
            self.restart(now);
        }
        self.wait_again_for_other_device(now);
    }

    fn dismiss(&mut self) {
        self.enter(Phase::Idle);
        self.call = None;
    }

    fn reject(&mut self, command: Command) {
        let why = match command {
            Command::StartCall(_) => Rejection::InACall,
            Command::AddPeople(_) | Command::RenewToken { .. } | Command::HangUp => Rejection::NotInACall,
            Command::SetHand { .. } | Command::Moderate { .. } => Rejection::NotInACall,
            Command::AnswerCall { .. } | Command::Accept { .. } | Command::Decline | Command::Dismiss => {
                Rejection::NothingRings
            }
        };
        self.tell(Event::Rejected { command, why });
    }

    fn is_ours(&self, id: CallId) -> bool {
        self.call.as_ref().is_some_and(|call| call.info.id == Some(id))
    }

    fn is_unnamed(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.info.id.is_none())
    }

    fn awaits(&self, op: OpId) -> bool {
        self.call.as_ref().is_some_and(|call| call.awaited == Some(op))
    }

    /// Whether it waits to hear that it is in this very call.
    fn asks_for(&self, id: CallId) -> bool {
        self.is_ours(id) && self.call.as_ref().is_some_and(|call| call.awaited.is_some())
    }

    /// Whether the record may still decide for another device of this user.
    fn is_accept_open(&self) -> bool {
        self.call.as_ref().is_some_and(|call| call.awaited.is_some())
    }

    fn call_in_hand(&mut self) -> &mut Call {
        self.call.as_mut().expect("every phase but Idle has a call")
    }

    fn send(&mut self, request: Request) -> OpId {
        let op = self.ids.give();
        self.outputs.push_back(Output::Send(PendingRequest { op_id: op, body: request }));
        op
    }

    fn order(&mut self, order: MediaControl) {
        self.outputs.push_back(Output::Media(order));
    }

    fn tell(&mut self, event: Event) {
        self.outputs.push_back(Output::Event(event));
    }
}
