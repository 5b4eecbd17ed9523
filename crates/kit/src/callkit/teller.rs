//! Turns what the call machine says into what apps hear: two values and events.
//!
//! The values are true before the events about them are told, and both are told at once for all that one input did.

use std::time::{Duration, Instant};

use carillon_call::device::{self, End, Event};
use carillon_protocol::{CallId, CallKind, ChannelName, Direction, EndReason, Ring, UserId};
use tokio::sync::{broadcast, watch};

use super::{CallEvent, CallInfo, CallPhase, CallStatus, HangupReason, Peer, StateChange, names::Names};
use crate::MediaNotice;

pub(crate) struct Teller {
    names: watch::Receiver<Names>,
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
    ) -> (Self, watch::Receiver<Option<Ring>>, watch::Receiver<CallStatus>) {
        let (ring_tx, ring_rx) = watch::channel(None);
        let (status_tx, status_rx) = watch::channel(CallStatus::default());
        let (status, queued) = (CallStatus::default(), Vec::new());
        let teller = Self { names, events_tx, ring_tx, status_tx, status, ring: None, subject: None, queued };
        (teller, ring_rx, status_rx)
    }

    /// Notes what the machine says; [`publish`](Self::publish) tells it.
    pub(crate) fn note(&mut self, event: Event, now: Instant) {
        match event {
            Event::Calling { invitation } => {
                let Some(with) = invitation.to.first().cloned() else { return };
                let kind = invitation.call_type.kind();
                let (direction, channel) = (Direction::Outgoing, Some(invitation.channel));
                self.begin(Subject { with, name: String::new(), direction, kind, channel, call: None, is_shown: true });
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
mod tests {
    use carillon_call::device::{CallInfo as Known, Rejection};
    use carillon_protocol::{AppId, CallType, HandledHow, Invitation};
    use uuid::Uuid;

    use super::*;
    use crate::{StartCall, Uid, clock};

    struct Heard {
        teller: Teller,
        names: watch::Sender<Names>,
        ring: watch::Receiver<Option<Ring>>,
        call: watch::Receiver<CallStatus>,
        events: broadcast::Receiver<CallEvent>,
    }

    #[test]
    fn a_remote_hang_up_is_user_left_and_then_hangup() {
        let mut heard = heard();
        heard.say([Event::Calling { invitation: invitation() }]);
        heard.know(&outgoing(), false);
        heard.say([joining(), Event::Active { call: id() }]);
        heard.events_so_far();

        heard.say([ended(EndReason::HungUp, false)]);

        let told = heard.events_so_far();
        let kinds: Vec<_> = told.iter().map(kind_of).collect();
        assert_eq!(kinds, ["user-unpublished", "user-left", "hangup"]);
        assert!(matches!(
            told.last(),
            Some(CallEvent::StateChanged(StateChange::Hangup { reason: HangupReason::Remote, .. }))
        ));
        assert!(matches!(heard.phase(), CallPhase::Ended { reason: HangupReason::Remote, .. }));
    }

    #[test]
    fn a_hang_up_of_ones_own_is_one_event() {
        let mut heard = heard();
        heard.say([Event::Calling { invitation: invitation() }, joining(), Event::Active { call: id() }]);
        heard.events_so_far();

        heard.say([ended(EndReason::HungUp, true)]);

        assert_eq!(heard.events_so_far().iter().map(kind_of).collect::<Vec<_>>(), ["hangup"]);
    }

    #[test]
    fn the_ring_is_set_before_the_event_tells_of_it_and_cleared_with_it() {
        let mut heard = heard();
        heard.say([Event::Invited(ring())]);
        assert_eq!(*heard.ring.borrow(), None, "an invite alone rings nowhere");

        heard.say([Event::RingStarted(ring())]);
        assert_eq!(heard.ring.borrow().as_ref().map(|ring| ring.call), Some(id()));
        assert_eq!(heard.phase(), CallPhase::RingingHere);

        let elsewhere = End::HandledElsewhere { how: HandledHow::Accepted, device_name: "phone".into() };
        heard.say([Event::RingStopped { call: id() }, Event::Ended { call: Some(id()), end: elsewhere }]);
        assert_eq!(*heard.ring.borrow(), None);
        let reason = HangupReason::HandledElsewhere { how: HandledHow::Accepted, device: "phone".into() };
        assert_eq!(heard.phase(), CallPhase::Ended { reason, talked: Duration::ZERO });
    }

    #[test]
    fn a_ring_that_this_device_is_silent_about_shows_nowhere_and_still_ends_once() {
        let mut heard = heard();
        heard.say([Event::Invited(ring())]);
        heard.know(&incoming(), true);
        heard.say([ended(EndReason::Cancelled, false)]);

        assert_eq!(heard.phase(), CallPhase::Idle);
        assert_eq!(heard.events_so_far().iter().map(kind_of).collect::<Vec<_>>(), ["invited", "hangup"]);
    }

    #[test]
    fn the_apps_names_are_shown_and_change_while_it_rings() {
        let mut heard = heard();
        heard.say([Event::Invited(ring()), Event::RingStarted(ring())]);
        let shown = |heard: &Heard| heard.ring.borrow().as_ref().map(|ring| ring.from_name.clone());
        assert_eq!(shown(&heard).as_deref(), Some("Alice A."));

        heard.names.send_replace(Names::new([(Uid::User(user("alice")), "Boss".to_owned())]));
        heard.teller.rename();
        heard.teller.publish();

        assert_eq!(shown(&heard).as_deref(), Some("Boss"));
        assert_eq!(heard.call.borrow().with.as_ref().map(|peer| peer.name.clone()).as_deref(), Some("Boss"));
    }

    #[test]
    fn each_side_says_the_same_end_in_its_own_words() {
        use Direction::{Incoming, Outgoing};
        let words = [
            (EndReason::NoAnswer, false, Outgoing, HangupReason::NoAnswer),
            (EndReason::NoAnswer, false, Incoming, HangupReason::Missed),
            (EndReason::Cancelled, true, Outgoing, HangupReason::Cancelled),
            (EndReason::Cancelled, false, Incoming, HangupReason::RemoteCancelled),
            (EndReason::Declined, false, Outgoing, HangupReason::RemoteDeclined),
            (EndReason::Declined, true, Incoming, HangupReason::Declined),
            (EndReason::Busy, false, Outgoing, HangupReason::Busy),
            (EndReason::HungUp, true, Incoming, HangupReason::Normal),
            (EndReason::HungUp, false, Incoming, HangupReason::Remote),
            (EndReason::ConnectionLost, false, Outgoing, HangupReason::ConnectionLost),
            (EndReason::MediaFailed, false, Incoming, HangupReason::MediaFailed),
        ];
        for (recorded, by_me, direction, said) in words {
            assert_eq!(
                reason(&End::Recorded { reason: recorded, by_me }, direction),
                said,
                "{recorded:?} {direction:?}"
            );
        }
    }

    #[test]
    fn a_command_that_makes_no_sense_changes_nothing() {
        let mut heard = heard();
        let command = carillon_call::device::Command::Decline;
        heard.say([Event::Rejected { command, why: Rejection::NothingRings }]);
        assert_eq!(heard.events_so_far(), []);
        assert_eq!(heard.phase(), CallPhase::Idle);
    }

    impl Heard {
        fn say(&mut self, events: impl IntoIterator<Item = Event>) {
            events.into_iter().for_each(|event| self.teller.note(event, clock::now()));
            self.teller.publish();
        }

        fn know(&mut self, info: &Known, is_silenced: bool) {
            self.teller.know(info, is_silenced);
            self.teller.publish();
        }

        fn phase(&self) -> CallPhase {
            self.call.borrow().phase.clone()
        }

        fn events_so_far(&mut self) -> Vec<CallEvent> {
            std::iter::from_fn(|| self.events.try_recv().ok()).collect()
        }
    }

    fn heard() -> Heard {
        let (events_tx, events) = broadcast::channel(64);
        let (names, names_rx) = watch::channel(Names::default());
        let (teller, ring, call) = Teller::new(events_tx, names_rx);
        Heard { teller, names, ring, call, events }
    }

    fn kind_of(event: &CallEvent) -> &'static str {
        match event {
            CallEvent::Invited(_) => "invited",
            CallEvent::StateChanged(StateChange::Hangup { .. }) => "hangup",
            CallEvent::StateChanged(StateChange::UserLeft { .. }) => "user-left",
            CallEvent::StateChanged(StateChange::UserUnpublished { .. }) => "user-unpublished",
            _ => "something else",
        }
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    fn id() -> CallId {
        CallId::new(Uuid::from_u128(1))
    }

    fn invitation() -> Invitation {
        StartCall::voice(user("bob")).into()
    }

    fn joining() -> Event {
        Event::Joining { call: id(), kind: CallKind::Voice }
    }

    fn ended(reason: EndReason, by_me: bool) -> Event {
        Event::Ended { call: Some(id()), end: End::Recorded { reason, by_me } }
    }

    fn ring() -> Ring {
        Ring {
            call: id(),
            app: AppId::new("carillon").expect("a good name"),
            from: user("alice"),
            from_name: "Alice A.".into(),
            call_type: CallType::Voice,
            channel: ChannelName::new("c").expect("a good name"),
            message: String::new(),
            ring_left_ms: 30_000,
            also_on: vec![],
        }
    }

    fn incoming() -> Known {
        known(user("alice"), Direction::Incoming)
    }

    fn outgoing() -> Known {
        known(user("bob"), Direction::Outgoing)
    }

    fn known(with: UserId, direction: Direction) -> Known {
        let channel = ChannelName::new("c").expect("a good name");
        let (kind, call_type) = (CallKind::Voice, CallType::Voice);
        Known { id: Some(id()), direction, with, with_name: None, kind, call_type, channel }
    }
}
