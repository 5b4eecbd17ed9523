//! Turns what the call machine says into what apps hear: two values and events.
//!
//! The values are true before the events about them are told, and both are told at once for all that one input did.

use std::time::{Duration, Instant};

use carillon_call::device::{self, End, Event};
use carillon_protocol::{CallId, CallKind, ChannelName, Direction, EndReason, Ring, UserId};
use tokio::sync::{broadcast, watch};

use super::{
    CallEvent, CallInfo, CallPhase, CallStatus, HangupReason, Peer, StateChange, avatar::Avatars, names::Names,
};
use crate::MediaNotice;

pub(crate) struct Teller {
    names: watch::Receiver<Names>,
    avatars: watch::Receiver<Avatars>,
    events_tx: broadcast::Sender<CallEvent>,
    ring_tx: watch::Sender<Option<Ring>>,
    status_tx: watch::Sender<CallStatus>,
    status: CallStatus,
    /// As it came, without the app's names.
    ring: Option<Ring>,
    /// The call that events are about; a ring that this device keeps silent about has one, and no status.
    subject: Option<Subject>,
    queued: Vec<CallEvent>,
}

#[derive(Clone)]
struct Subject {
    with: UserId,
    /// The display name by the server; empty if it has not said.
    name: String,
    direction: Direction,
    kind: CallKind,
    is_group: bool,
    channel: Option<ChannelName>,
    call: Option<CallId>,
    /// Whether this device shows it.
    is_shown: bool,
}

impl Subject {
    fn of(ring: &Ring) -> Self {
        Self {
            with: ring.from.clone(),
            name: ring.from_name.clone(),
            direction: Direction::Incoming,
            kind: ring.call_type.kind(),
            is_group: ring.call_type.is_group(),
            channel: Some(ring.channel.clone()),
            call: Some(ring.call),
            is_shown: false,
        }
    }
}

impl Teller {
    pub(crate) fn new(
        events_tx: broadcast::Sender<CallEvent>,
        names: watch::Receiver<Names>,
        avatars: watch::Receiver<Avatars>,
    ) -> (Self, watch::Receiver<Option<Ring>>, watch::Receiver<CallStatus>) {
        let (ring_tx, ring_rx) = watch::channel(None);
        let (status_tx, status_rx) = watch::channel(CallStatus::default());
        let (status, queued) = (CallStatus::default(), Vec::new());
        let teller = Self { names, avatars, events_tx, ring_tx, status_tx, status, ring: None, subject: None, queued };
        (teller, ring_rx, status_rx)
    }

    /// Notes what the machine says; [`publish`](Self::publish) tells it.
    pub(crate) fn note(&mut self, event: Event, now: Instant) {
        match event {
            Event::Calling { invitation } => {
                let Some(with) = invitation.to.first().cloned() else { return };
                self.begin(Subject {
                    with,
                    name: String::new(),
                    direction: Direction::Outgoing,
                    kind: invitation.call_type.kind(),
                    is_group: invitation.call_type.is_group(),
                    channel: Some(invitation.channel),
                    call: None,
                    is_shown: true,
                });
                self.status.phase = CallPhase::Calling;
            }
            Event::RingingOn { call, devices } => {
                self.status.phase = CallPhase::RingingThere { devices };
                self.queued.push(CallEvent::RingingThere { call, devices });
            }
            Event::Invited(ring) => {
                self.subject = Some(Subject::of(&ring));
                self.queued.push(CallEvent::Invited(self.named(&ring)));
            }
            Event::RingStarted(ring) => {
                self.begin(Subject::of(&ring));
                self.status.phase = CallPhase::RingingHere;
                self.queued.push(CallEvent::RingStarted(self.named(&ring)));
                self.ring = Some(ring);
            }
            Event::RingStopped { call } => {
                self.ring = None;
                self.status.phase = CallPhase::Idle;
                self.queued.push(CallEvent::RingStopped { call });
            }
            Event::Joining { .. } => {
                self.status.phase = CallPhase::Connecting;
                self.queue_change(|call| StateChange::Accept { call });
            }
            Event::Active { call } => {
                self.status.phase = CallPhase::Active { since: now };
                self.queued.push(CallEvent::Active { call });
                self.queue_user(|user, media| StateChange::UserPublished { user, media });
            }
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
            Event::Ended { end, .. } => self.end(&end, now),
            Event::Rejected { command, why } => tracing::debug!(?command, ?why, "makes no sense now"),
        }
    }

    /// Takes over what the machine knows of the call in hand: its name, and after glare its direction and kind.
    pub(crate) fn know(&mut self, info: &device::CallInfo, is_silenced: bool) {
        let Some(subject) = self.subject.as_mut().filter(|subject| subject.with == info.with) else { return };
        subject.call = info.id;
        subject.direction = info.direction;
        subject.kind = info.kind;
        subject.channel = Some(info.channel.clone());
        subject.name = info.with_name.clone().unwrap_or_default();
        subject.is_shown &= !is_silenced;
        if subject.is_shown {
            self.status.call = info.id;
            self.status.direction = Some(info.direction);
            self.status.kind = Some(info.kind);
            self.rename();
        }
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
        for event in self.queued.drain(..) {
            // Nobody listens, if that fails.
            let _ = self.events_tx.send(event);
        }
    }

    /// The app's names have changed.
    pub(crate) fn rename(&mut self) {
        let Some(subject) = self.subject.as_ref().filter(|subject| subject.is_shown) else { return };
        let name = self.names.borrow().of(&subject.with, &subject.name);
        self.status.with.iter_mut().for_each(|peer| peer.name.clone_from(&name));
    }

    /// The app's pictures have changed. An end keeps the one that it was shown with.
    pub(crate) fn redraw(&mut self) {
        if let Some(subject) = self.subject.as_ref().filter(|subject| subject.is_shown) {
            self.status.avatar = self.avatars.borrow().of(subject.is_group);
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
        if let Some(call) = self.status.call {
            self.queued.push(CallEvent::Hearing { call });
        }
    }

    pub(crate) fn notice(&mut self, notice: MediaNotice) {
        self.queued.push(CallEvent::Media(notice));
    }

    /// A group's; a call of two stays one.
    pub(crate) fn add_person(&mut self, is_group: bool) {
        if let Some(subject) = self.subject.as_ref().filter(|_| is_group && self.status.is_live()) {
            let joined = vec![subject.with.clone()];
            let call = self.info(subject, Duration::ZERO);
            self.queued.push(CallEvent::AddPerson { call, joined });
        }
    }

    fn begin(&mut self, subject: Subject) {
        let name = self.names.borrow().of(&subject.with, &subject.name);
        self.status = CallStatus {
            call: subject.call,
            with: Some(Peer { user: subject.with.clone(), name }),
            direction: Some(subject.direction),
            kind: Some(subject.kind),
            avatar: self.avatars.borrow().of(subject.is_group),
            phase: CallPhase::Idle,
            muted: self.status.muted,
            poor_network: false,
        };
        self.subject = Some(Subject { is_shown: true, ..subject });
    }

    fn end(&mut self, end: &End, now: Instant) {
        let Some(subject) = self.subject.take() else { return };
        let reason = reason(end, subject.direction);
        let talked = self.talking_since().map_or(Duration::ZERO, |since| now.saturating_duration_since(since));
        let is_joined = self.status.phase == CallPhase::Connecting || self.talking_since().is_some();
        let call = self.info(&subject, talked);
        let mut changes = Vec::new();
        if matches!(reason, HangupReason::Declined | HangupReason::RemoteDeclined) {
            changes.push(StateChange::Refuse { call: call.clone() });
        }
        if is_joined && matches!(reason, HangupReason::Remote | HangupReason::ConnectionLost) {
            let (user, media) = (subject.with.clone(), subject.kind);
            if self.talking_since().is_some() {
                changes.push(StateChange::UserUnpublished { user: user.clone(), media });
            }
            changes.push(StateChange::UserLeft { user });
        }
        changes.push(StateChange::Hangup { reason: reason.clone(), call });
        self.queued.extend(changes.into_iter().map(CallEvent::StateChanged));
        // A ring that this device was silent about leaves no trace on show.
        if subject.is_shown {
            self.status.phase = CallPhase::Ended { reason, talked };
            self.status.poor_network = false;
        }
    }

    fn talking_since(&self) -> Option<Instant> {
        match self.status.phase {
            CallPhase::Active { since } | CallPhase::Reconnecting { since, .. } => Some(since),
            _ => None,
        }
    }

    fn queue_change(&mut self, change: impl FnOnce(CallInfo) -> StateChange) {
        if let Some(subject) = &self.subject {
            let call = self.info(subject, Duration::ZERO);
            self.queued.push(CallEvent::StateChanged(change(call)));
        }
    }

    fn queue_user(&mut self, change: impl FnOnce(UserId, CallKind) -> StateChange) {
        if let Some(Subject { with, kind, .. }) = &self.subject {
            self.queued.push(CallEvent::StateChanged(change(with.clone(), *kind)));
        }
    }

    fn info(&self, subject: &Subject, duration: Duration) -> CallInfo {
        let Subject { with, kind, channel, call, .. } = subject.clone();
        CallInfo { call, with, kind, channel, duration }
    }

    fn named(&self, ring: &Ring) -> Ring {
        Ring { from_name: self.names.borrow().of(&ring.from, &ring.from_name), ..ring.clone() }
    }
}

fn reason(end: &End, direction: Direction) -> HangupReason {
    let called = direction == Direction::Outgoing;
    match end {
        End::HandledElsewhere { how, device_name } => {
            HangupReason::HandledElsewhere { how: *how, device: device_name.clone() }
        }
        End::Refused(refusal) => HangupReason::Refused { code: refusal.code },
        End::Recorded { reason, by_me } => match reason {
            EndReason::HungUp if *by_me => HangupReason::Normal,
            EndReason::HungUp => HangupReason::Remote,
            EndReason::Cancelled if *by_me || called => HangupReason::Cancelled,
            EndReason::Cancelled => HangupReason::RemoteCancelled,
            EndReason::Declined if called => HangupReason::RemoteDeclined,
            EndReason::Declined => HangupReason::Declined,
            EndReason::Busy if called => HangupReason::Busy,
            EndReason::NoAnswer if called => HangupReason::NoAnswer,
            EndReason::Busy | EndReason::NoAnswer => HangupReason::Missed,
            EndReason::ConnectionLost => HangupReason::ConnectionLost,
            EndReason::MediaFailed => HangupReason::MediaFailed,
        },
    }
}

#[cfg(test)]
mod tests;
