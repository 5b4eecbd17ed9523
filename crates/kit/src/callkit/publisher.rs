//! Turns what the call machine says into what apps hear: two values and events.
//!
//! The values are true before the events about them are told, and both are told at once for all that one input did.

mod current;
mod published;

use std::time::{Duration, Instant};

use carillon_call::device::{CallInfo, End, Event};
use carillon_protocol::{CallId, Direction, Leg, LegState, Published, Ring, Uid, UserId};
use tokio::sync::{broadcast, watch};

use super::{
    CallEvent, CallPhase, CallStatus, CommandError, HangupReason, StateChange,
    avatar::Avatars,
    events::{Announced, Numbered, Ringing},
    names::Names,
};
use crate::MediaNotice;
use current::{CurrentCall, reason};
use published::ToldSources;

/// Where events go, and beside them what rings.
pub(crate) struct EventSender {
    pub(super) events_tx: broadcast::Sender<Numbered>,
    pub(super) announced_tx: watch::Sender<Announced>,
}

pub(crate) struct StatusPublisher {
    me: UserId,
    names: watch::Receiver<Names>,
    avatars: watch::Receiver<Avatars>,
    told: u64,
    events: EventSender,
    ringing: Ringing,
    ring_tx: watch::Sender<Option<Ring>>,
    status_tx: watch::Sender<CallStatus>,
    status: CallStatus,
    /// As it came, without the app's names.
    ring: Option<Ring>,
    /// The call that events are about; a ring that this device keeps silent about has one, and no status.
    current: Option<CurrentCall>,
    /// What the app was told of the others in it.
    told_sources: ToldSources,
    queued: Vec<CallEvent>,
}

impl StatusPublisher {
    pub(crate) fn new(
        me: UserId,
        events: EventSender,
        names: watch::Receiver<Names>,
        avatars: watch::Receiver<Avatars>,
    ) -> (Self, watch::Receiver<Option<Ring>>, watch::Receiver<CallStatus>) {
        let (ring_tx, ring_rx) = watch::channel(None);
        let (status_tx, status_rx) = watch::channel(CallStatus::default());
        let (status, queued) = (CallStatus::default(), Vec::new());
        let publisher = Self {
            me,
            names,
            avatars,
            told: 0,
            events,
            ringing: Ringing::Nothing,
            ring_tx,
            status_tx,
            status,
            ring: None,
            current: None,
            told_sources: ToldSources::default(),
            queued,
        };
        (publisher, ring_rx, status_rx)
    }

    /// Notes what the machine says; [`publish`](Self::publish) tells it.
    pub(crate) fn note(&mut self, event: Event, now: Instant) {
        self.announce(&event);
        match event {
            Event::Calling { invitation } => {
                let Some(info) = CallInfo::outgoing(&invitation) else { return };
                self.begin(info);
                self.status.phase = CallPhase::Calling;
            }
            Event::RingingOn { call, devices } => {
                self.status.phase = CallPhase::RingingThere { devices };
                self.queued.push(CallEvent::RingingThere { call, devices });
            }
            Event::Invited(ring) => {
                self.current = Some(CurrentCall { info: CallInfo::incoming(&ring), is_shown: false });
                self.queued.push(CallEvent::Invited(self.named(&ring)));
            }
            Event::RingStarted(ring) => {
                self.begin(CallInfo::incoming(&ring));
                self.status.phase = CallPhase::RingingHere;
                self.queued.push(CallEvent::RingStarted(self.named(&ring)));
                self.ring = Some(ring);
            }
            Event::RingStopped { call } => {
                self.ring = None;
                self.status.phase = CallPhase::Idle;
                self.queued.push(CallEvent::RingStopped { call });
            }
            Event::Joining { with_uid, .. } => {
                self.status.phase = CallPhase::Connecting;
                self.joining(with_uid);
            }
            Event::Active { call } => {
                self.status.phase = CallPhase::Active { since: now };
                self.queued.push(CallEvent::Active { call });
                self.publish_sources();
            }
            Event::LegChanged { call, leg, was } => self.leg_changed(call, leg, was),
            Event::PublishedChanged { user, published, .. } => self.other_publishes(&user, published),
            Event::TokenWillExpire { call, left } => self.queued.push(CallEvent::TokenWillExpire { call, left }),
            Event::TokenExpired { call, left } => self.queued.push(CallEvent::TokenExpired { call, left }),
            Event::NotRenewed { call, refusal } => self.queued.push(CallEvent::TokenRefused { call, refusal }),
            // `start_call` returns it, and the legs tell the rest.
            Event::Added { .. } | Event::NotAdded { .. } => {}
            // So does `moderate`.
            Event::Moderated { .. } | Event::NotModerated { .. } => {}
            Event::Muted { call, by } => self.muted_by(call, by),
            Event::Reconnecting { call, until } => {
                let since = self.talking_since().unwrap_or(now);
                self.status.phase = CallPhase::Reconnecting { since, until };
                self.queued.push(CallEvent::Reconnecting { call });
            }
            Event::Reconnected { call } => {
                let since = self.talking_since().unwrap_or(now);
                self.status.phase = CallPhase::Active { since };
                self.queued.push(CallEvent::Reconnected { call });
            }
            Event::PathChanged { call, path } => {
                self.queued.extend(call.map(|call| CallEvent::PathChanged { call, path }));
            }
            Event::Ended { end, .. } => self.end(&end, now),
            Event::Rejected { command, why } => tracing::debug!(?command, ?why, "makes no sense now"),
        }
    }

    /// What an app that asks later has to hear first.
    fn announce(&mut self, event: &Event) {
        self.ringing = match event {
            Event::Invited(ring) => Ringing::Invited(ring.clone()),
            Event::RingStarted(ring) => Ringing::Shown(ring.clone()),
            Event::RingStopped { call } => Ringing::Silenced(*call),
            Event::Calling { .. } | Event::Joining { .. } | Event::Ended { .. } => Ringing::Nothing,
            Event::RingingOn { .. }
            | Event::Active { .. }
            | Event::Reconnecting { .. }
            | Event::Reconnected { .. }
            | Event::PathChanged { .. }
            | Event::LegChanged { .. }
            | Event::PublishedChanged { .. }
            | Event::Added { .. }
            | Event::NotAdded { .. }
            | Event::Moderated { .. }
            | Event::NotModerated { .. }
            | Event::Muted { .. }
            | Event::TokenWillExpire { .. }
            | Event::TokenExpired { .. }
            | Event::NotRenewed { .. }
            | Event::Rejected { .. } => return,
        };
    }

    /// Takes over what the machine knows of the call in hand: its name, and after glare its direction and kind.
    pub(crate) fn know(&mut self, info: &CallInfo, is_silenced: bool) {
        let Some(current) = self.current.as_mut().filter(|current| current.info.with == info.with) else { return };
        current.is_shown &= !is_silenced;
        current.info.clone_from(info);
        self.rename();
    }

    /// Tells everything that was noted.
    pub(crate) fn publish(&mut self) {
        let ring = self.ring.as_ref().map(|ring| self.named(ring));
        if *self.ring_tx.borrow() != ring {
            self.ring_tx.send_replace(ring);
        }
        if *self.status_tx.borrow() != self.status {
            self.status_tx.send_replace(self.status.clone());
        }
        let ringing = match &self.ringing {
            Ringing::Invited(ring) => Ringing::Invited(self.named(ring)),
            Ringing::Shown(ring) => Ringing::Shown(self.named(ring)),
            Ringing::Nothing => Ringing::Nothing,
            Ringing::Silenced(call) => Ringing::Silenced(*call),
        };
        let told = self.told + u64::try_from(self.queued.len()).unwrap_or(u64::MAX);
        self.events.announced_tx.send_replace(Announced { told, ringing });
        for event in self.queued.drain(..) {
            self.told += 1;
            // There is no reader, if that fails.
            let _ = self.events.events_tx.send((self.told, event));
        }
    }

    /// The app's names may have changed.
    pub(crate) fn rename(&mut self) {
        if let Some(current) = self.current.as_ref().filter(|current| current.is_shown) {
            self.status.call = Some(self.shown(&current.info));
        }
    }

    /// The app's pictures have changed. An end keeps the one that it was shown with.
    pub(crate) fn redraw(&mut self) {
        if let Some(current) = self.current.as_ref().filter(|current| current.is_shown) {
            self.status.avatar = self.avatars.borrow().of(current.info.is_group());
        }
    }

    pub(crate) fn set_muted(&mut self, muted: bool) {
        self.status.muted = muted;
    }

    pub(crate) fn set_poor_network(&mut self, poor: bool) {
        self.status.poor_network = poor;
    }

    /// Puts the last call's end away.
    pub(crate) fn dismiss(&mut self) {
        if !self.status.is_live() {
            self.status.phase = CallPhase::Idle;
        }
    }

    pub(crate) fn hearing(&mut self) {
        if let Some(call) = self.status.id() {
            self.queued.push(CallEvent::Hearing { call });
        }
    }

    pub(crate) fn notice(&mut self, notice: MediaNotice) {
        self.queued.push(CallEvent::Media(notice));
    }

    /// What concerns the call and does not come from its machine.
    pub(crate) fn add(&mut self, event: CallEvent) {
        self.queued.push(event);
    }

    /// The user wants more people in the call, which has to be a group's: a call of two stays one.
    pub(crate) fn add_person(&mut self) -> Result<(), CommandError> {
        let call = self.call().filter(|_| self.status.is_joined()).ok_or(CommandError::NotInACall)?;
        if !call.is_group() {
            return Err(CommandError::NotAGroupCall);
        }
        let joined = call.joined();
        self.queued.push(CallEvent::AddPerson { call, joined });
        Ok(())
    }

    fn begin(&mut self, info: CallInfo) {
        self.status = CallStatus {
            avatar: self.avatars.borrow().of(info.is_group()),
            call: Some(self.shown(&info)),
            phase: CallPhase::Idle,
            muted: self.status.muted,
            poor_network: false,
            published: Published::default(),
        };
        self.told_sources = ToldSources::default();
        self.current = Some(CurrentCall { info, is_shown: true });
    }

    /// The microphone's gate is closed by now.
    fn muted_by(&mut self, call: CallId, by: UserId) {
        self.status.muted = true;
        self.queued.push(CallEvent::MutedBy { call, by });
    }

    /// In a group call that this user began, legs say who answers.
    fn joining(&mut self, with_uid: Option<Uid>) {
        let Some(CurrentCall { info, .. }) = self.current.as_mut() else { return };
        info.with_uid = with_uid.or(info.with_uid.take());
        let user = match info.direction {
            Direction::Incoming => self.me.clone(),
            Direction::Outgoing if info.is_group() => return,
            Direction::Outgoing => info.with.clone(),
        };
        if let Some(call) = self.call() {
            self.change(StateChange::Accept { call, user });
        }
    }

    fn leg_changed(&mut self, call: CallId, leg: Leg, was: Option<LegState>) {
        let Some(current) = self.current.as_mut() else { return };
        let before = current.set_leg(&leg);
        self.rename();
        let Some(info) = self.call() else { return };
        let name = self.names.borrow().of_leg(&leg);
        let (user, state, published) = (leg.user.clone(), leg.state, leg.published);
        let news = news_of_leg(call, before.as_ref(), &leg, user == self.me);
        self.queued.push(CallEvent::LegChanged { call, leg: Leg { name, ..leg } });
        self.queued.extend(news);
        if user == self.me {
            return;
        }
        if state != LegState::Accepted {
            self.tell_sources(&user, Published::default());
        }
        if was != Some(state) {
            self.leg_is_now(info, &user, state);
        }
        if state == LegState::Accepted && self.talking_since().is_some() {
            self.tell_sources(&user, published);
        }
    }

    fn leg_is_now(&mut self, call: CallInfo, user: &UserId, state: LegState) {
        let user = user.clone();
        match state {
            LegState::Accepted => self.change(StateChange::Accept { call, user }),
            LegState::Declined => self.change(StateChange::Refuse { call, user }),
            LegState::Left | LegState::Removed => self.change(StateChange::UserLeft { user }),
            LegState::Ringing | LegState::Busy | LegState::Missed => {}
        }
    }

    fn of_two(&self) -> Option<CallInfo> {
        self.current.as_ref().map(|current| &current.info).filter(|info| !info.is_group()).cloned()
    }

    fn change(&mut self, change: StateChange) {
        self.queued.push(CallEvent::StateChanged(change));
    }

    fn end(&mut self, end: &End, now: Instant) {
        let of_two = self.of_two();
        let Some(current) = self.current.take() else { return };
        let reason = reason(end, current.info.direction);
        let talked = self.talking_since().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let is_joined = self.status.phase == CallPhase::Connecting || self.talking_since().is_some();
        let call = CallInfo { talked, ..self.shown(&current.info) };
        match (&reason, of_two) {
            (HangupReason::Declined, _) => {
                let (call, user) = (call.clone(), self.me.clone());
                self.change(StateChange::Refuse { call, user });
            }
            (HangupReason::RemoteDeclined, Some(CallInfo { with, .. })) => {
                self.change(StateChange::Refuse { call: call.clone(), user: with });
            }
            (HangupReason::Remote | HangupReason::ConnectionLost, Some(info)) if is_joined => self.gone(info),
            _ => {}
        }
        // A ring that this device was silent about leaves no trace on show.
        if current.is_shown {
            self.status.call = Some(call.clone());
            self.status.phase = CallPhase::Ended { reason: reason.clone(), talked };
            self.status.poor_network = false;
            self.status.published = Published::default();
        }
        self.told_sources = ToldSources::default();
        self.change(StateChange::Hangup { reason, call });
    }

    /// The other one of two.
    fn gone(&mut self, CallInfo { with: user, .. }: CallInfo) {
        self.tell_sources(&user, Published::default());
        self.change(StateChange::UserLeft { user });
    }

    fn talking_since(&self) -> Option<Instant> {
        match self.status.phase {
            CallPhase::Active { since } | CallPhase::Reconnecting { since, .. } => Some(since),
            CallPhase::Idle
            | CallPhase::Calling
            | CallPhase::RingingThere { .. }
            | CallPhase::RingingHere
            | CallPhase::Connecting
            | CallPhase::Ended { .. } => None,
        }
    }

    /// The call that events are about, as [`shown`](Self::shown).
    fn call(&self) -> Option<CallInfo> {
        self.current.as_ref().map(|current| self.shown(&current.info))
    }

    /// With the names that the app wants shown.
    fn shown(&self, info: &CallInfo) -> CallInfo {
        let names = self.names.borrow();
        let with_name = match info.legs.iter().find(|leg| leg.user == info.with) {
            Some(leg) => names.of_leg(leg),
            None => names.of(&info.with, info.with_uid.as_ref(), &info.with_name),
        };
        let legs = info.legs.iter().map(|leg| Leg { name: names.of_leg(leg), ..leg.clone() }).collect();
        CallInfo { with_name, legs, ..info.clone() }
    }

    fn named(&self, ring: &Ring) -> Ring {
        let from_name = self.names.borrow().of(&ring.from, ring.from_uid.as_ref(), &ring.from_name);
        Ring { from_name, ..ring.clone() }
    }
}

/// What an app would have to compare legs for. How this device itself is reached it knows better than the server.
fn news_of_leg(call: CallId, before: Option<&Leg>, leg: &Leg, is_me: bool) -> Vec<CallEvent> {
    let user = || leg.user.clone();
    let mut news = Vec::new();
    if !is_me && leg.state == LegState::Accepted && before.is_some_and(|leg| leg.reconnecting) != leg.reconnecting {
        news.push(match leg.reconnecting {
            true => CallEvent::UserReconnecting { call, user: user() },
            false => CallEvent::UserReconnected { call, user: user() },
        });
    }
    let (had, has) = (before.is_some_and(|leg| leg.hand.is_some()), leg.hand.is_some());
    if had != has {
        news.push(match has {
            true => CallEvent::HandRaised { call, user: user() },
            false => CallEvent::HandLowered { call, user: user() },
        });
    }
    news
}

#[cfg(test)]
mod tests;
