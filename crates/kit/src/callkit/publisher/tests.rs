//! What is told of a call, in which order.

use carillon_call::device::Rejection;
use carillon_protocol::{
    AppId, CallKind, CallPath, CallScope, ChannelName, EndReason, GroupId, GroupKind, HandledHow, Invitation,
    MicrophoneState, Published, PublishedSize,
};
use uuid::Uuid;

use super::*;
use crate::{Avatar, CallEvents, StartCall, Uid, clock};

struct Heard {
    publisher: StatusPublisher,
    names: watch::Sender<Names>,
    avatars: watch::Sender<Avatars>,
    ring: watch::Receiver<Option<Ring>>,
    call: watch::Receiver<CallStatus>,
    events: CallEvents,
    events_tx: broadcast::Sender<Numbered>,
    announced: watch::Receiver<Announced>,
}

#[test]
fn a_remote_hang_up_is_user_left_and_then_hangup() {
    let mut heard = heard();
    heard.say([Event::Calling { invitation: invitation() }]);
    heard.know(&outgoing(), false);
    heard.say([joining(), published(seen()), Event::Active { call: id() }]);
    heard.events_so_far();

    heard.say([ended(EndReason::HungUp, false)]);

    let told = heard.events_so_far();
    let kinds: Vec<_> = told.iter().map(kind_of).collect();
    assert_eq!(kinds, ["user-unpublished", "user-unpublished", "user-left", "hangup"]);
    assert!(matches!(
        told.last(),
        Some(CallEvent::StateChanged(StateChange::Hangup { reason: HangupReason::Remote, .. }))
    ));
    assert!(matches!(heard.phase(), CallPhase::Ended { reason: HangupReason::Remote, .. }));
}

#[test]
fn what_the_other_end_publishes_is_shown_at_once_and_told_by_source_from_the_first_media_on() {
    let mut heard = heard();
    heard.say([Event::Calling { invitation: invitation() }, joining(), published(seen())]);
    assert_eq!(heard.call.borrow().published, seen());
    assert!(heard.changes().iter().all(|change| change.starts_with("accept")), "media do not flow yet");

    heard.say([Event::Active { call: id() }]);
    assert_eq!(heard.changes(), ["bob published Microphone", "bob published Camera"]);

    let muted = Published { microphone: MicrophoneState::Muted, ..seen() };
    heard.say([published(muted)]);
    heard.say([published(muted), published(Published { camera: None, ..muted })]);
    assert_eq!(heard.changes(), ["bob unpublished Microphone", "bob unpublished Camera"]);
    assert_eq!(heard.call.borrow().published.microphone, MicrophoneState::Muted);

    heard.say([ended(EndReason::HungUp, true)]);
    assert_eq!(heard.call.borrow().published, Published::default());
}

#[test]
fn another_size_of_the_same_camera_is_shown_and_no_event() {
    let mut heard = heard();
    heard.say([
        Event::Calling { invitation: invitation() },
        joining(),
        published(seen()),
        Event::Active { call: id() },
    ]);
    heard.events_so_far();

    let smaller = Published { camera: PublishedSize::new(640, 360), ..seen() };
    heard.say([published(smaller)]);

    assert_eq!(heard.call.borrow().published, smaller);
    assert_eq!(heard.changes(), [""; 0]);
}

#[test]
fn an_end_that_is_heard_and_says_nothing_may_have_no_microphone_and_is_shown_none() {
    let mut heard = heard();
    heard.say([Event::Calling { invitation: invitation() }]);
    heard.know(&outgoing(), false);
    heard.say([joining(), Event::Active { call: id() }]);
    heard.events_so_far();

    heard.publisher.hearing();
    heard.publisher.publish();
    assert_eq!(heard.changes(), [""; 0], "silence is sent too");
    assert_eq!(heard.call.borrow().published.microphone, MicrophoneState::Off);

    heard.say([published(seen())]);
    assert_eq!(heard.changes(), ["bob published Microphone", "bob published Camera"], "its own words");
}

#[test]
fn in_a_group_call_each_leg_says_what_it_publishes() {
    let mut heard = heard();
    let options = StartCall::several(CallKind::Video, vec![user("bob"), user("carol")]);
    let with = |published, was| {
        let leg = Leg { published, ..leg_of("bob", LegState::Accepted) };
        Event::LegChanged { call: id(), leg, was }
    };
    heard.say([Event::Calling { invitation: options.into() }, leg("bob", LegState::Ringing, None)]);
    heard.say([with(seen(), Some(LegState::Ringing)), joining()]);
    heard.events_so_far();

    heard.say([Event::Active { call: id() }]);
    assert_eq!(heard.changes(), ["bob published Microphone", "bob published Camera"]);
    heard.say([with(Published { camera: None, ..seen() }, Some(LegState::Accepted))]);
    assert_eq!(heard.changes(), ["bob unpublished Camera"]);
    heard.say([leg("bob", LegState::Left, Some(LegState::Accepted))]);
    assert_eq!(heard.changes(), ["bob unpublished Microphone", "user-left bob"]);
    assert!(heard.call.borrow().published.is_nothing(), "legs have it");
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
fn an_app_that_asks_late_hears_first_of_what_rings_and_of_each_thing_once() {
    let mut heard = heard();
    let mut early = heard.asks_now();
    heard.say([Event::Invited(ring())]);
    let mut late = heard.asks_now();
    heard.say([Event::RingStarted(ring())]);
    let mut later = heard.asks_now();

    let all = [CallEvent::Invited(ring()), CallEvent::RingStarted(ring())];
    for events in [&mut early, &mut late, &mut later] {
        assert_eq!(so_far(events), all);
    }

    heard.say([Event::RingStopped { call: id() }, ended(EndReason::Cancelled, false)]);
    for events in [&mut early, &mut late, &mut later] {
        assert_eq!(so_far(events).iter().map(kind_of).collect::<Vec<_>>(), ["something else", "hangup"]);
    }
    assert_eq!(so_far(&mut heard.asks_now()), []);
}

#[test]
fn the_end_of_a_ring_that_was_silenced_before_an_app_asked_is_not_told_to_it() {
    let mut heard = heard();
    heard.say([Event::Invited(ring()), Event::RingStarted(ring()), Event::RingStopped { call: id() }]);
    let mut late = heard.asks_now();

    heard.say([ended(EndReason::Cancelled, false)]);

    assert_eq!(so_far(&mut late), []);
    assert_eq!(heard.events_so_far().iter().map(kind_of).next_back(), Some("hangup"));
}

#[test]
fn what_is_told_between_the_subscription_and_the_look_at_what_rings_is_told_once() {
    let mut heard = heard();
    let subscribed = heard.events_tx.subscribe();
    heard.say([Event::Invited(ring())]);

    let mut events = CallEvents::new(subscribed, &heard.announced);

    assert_eq!(so_far(&mut events), [CallEvent::Invited(ring())]);
}

#[test]
fn the_apps_names_are_shown_and_change_while_it_rings() {
    let mut heard = heard();
    heard.say([Event::Invited(ring()), Event::RingStarted(ring())]);
    let shown = |heard: &Heard| heard.ring.borrow().as_ref().map(|ring| ring.from_name.clone());
    assert_eq!(shown(&heard).as_deref(), Some("Alice A."));

    heard.names.send_replace(Names::new([(Uid::User(user("alice")), "Boss".to_owned())]));
    heard.publisher.rename();
    heard.publisher.publish();

    assert_eq!(shown(&heard).as_deref(), Some("Boss"));
    assert_eq!(heard.call.borrow().call.as_ref().map(|call| call.with_name.clone()).as_deref(), Some("Boss"));
}

#[test]
fn the_apps_picture_is_there_with_the_ring_and_stays_through_its_end() {
    let mut heard = heard();
    heard.say([Event::Invited(ring())]);
    heard.shows(Avatars { contact: Some(picture(1)), group: Some(picture(2)) });
    assert_eq!(heard.call.borrow().avatar, None, "an invite alone shows nothing");

    heard.say([Event::RingStarted(ring())]);
    assert_eq!(heard.call.borrow().avatar, Some(picture(1)));

    heard.say([Event::RingStopped { call: id() }, ended(EndReason::Cancelled, false)]);
    heard.shows(Avatars::default());
    assert_eq!(heard.call.borrow().avatar, Some(picture(1)));
}

#[test]
fn a_group_call_has_the_groups_picture_and_it_can_change() {
    let mut heard = heard();
    heard.shows(Avatars { contact: Some(picture(1)), group: Some(picture(2)) });
    let scope = CallScope::Several { kind: CallKind::Voice, name: None };
    let invitation = Invitation { scope, ..invitation() };

    heard.say([Event::Calling { invitation }]);
    assert_eq!(heard.call.borrow().avatar, Some(picture(2)));

    heard.shows(Avatars { contact: Some(picture(1)), group: None });
    assert_eq!(heard.call.borrow().avatar, None);
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
        assert_eq!(reason(&End::Recorded { reason: recorded, by_me }, direction), said, "{recorded:?} {direction:?}");
    }
}

#[test]
fn in_a_group_call_everybody_comes_and_goes_by_name_and_ends_nothing() {
    let mut heard = heard();
    let to = vec![user("bob"), user("carol")];
    let group = GroupId::new("g1").expect("a good name");
    let mut options = StartCall::group(CallKind::Voice, GroupKind::Group, group.clone(), to);
    options.scope = options.scope.named(Some("Team".into()));
    heard.say([Event::Calling { invitation: options.into() }]);
    heard.events_so_far();

    heard.say([leg("bob", LegState::Ringing, None), leg("carol", LegState::Ringing, None)]);
    heard.say([leg("bob", LegState::Accepted, Some(LegState::Ringing)), joining(), Event::Active { call: id() }]);
    heard.say([leg("carol", LegState::Declined, Some(LegState::Ringing))]);
    heard.say([leg("bob", LegState::Left, Some(LegState::Accepted))]);

    let changes: Vec<_> = heard.events_so_far().iter().filter_map(change_of).collect();
    assert_eq!(changes, ["accept bob", "refuse carol", "user-left bob"]);
    let status = heard.call.borrow().clone();
    let scope = status.scope().expect("there is a call");
    assert_eq!((scope.group(), scope.name()), (Some(&group), Some("Team")));
    assert_eq!(status.legs().iter().map(|leg| leg.state).collect::<Vec<_>>(), [LegState::Left, LegState::Declined]);
    assert!(matches!(status.phase, CallPhase::Active { .. }), "it goes on");
}

#[test]
fn hands_and_who_is_reconnecting_are_told_once_each_and_of_this_device_only_its_hand() {
    let mut heard = heard();
    let options = StartCall::several(CallKind::Voice, vec![user("bob")]);
    heard.say([Event::Calling { invitation: options.into() }]);
    heard.say([leg("bob", LegState::Accepted, None), joining(), Event::Active { call: id() }]);
    heard.events_so_far();
    let is_now = |who: &str, hand, reconnecting| {
        let leg = Leg { hand, reconnecting, ..leg_of(who, LegState::Accepted) };
        Event::LegChanged { call: id(), leg, was: Some(LegState::Accepted) }
    };

    heard.say([is_now("bob", Some(4), true), is_now("bob", Some(4), true), is_now("me", Some(5), true)]);
    heard.say([is_now("bob", None, false), leg("bob", LegState::Left, Some(LegState::Accepted))]);

    let told: Vec<_> = heard.events_so_far().iter().filter_map(news_of).collect();
    assert_eq!(told, ["bob reconnecting", "bob up", "me up", "bob back", "bob down"]);
}

#[test]
fn whoever_is_muted_hears_by_whom_and_sees_it() {
    let mut heard = heard();
    let options = StartCall::several(CallKind::Voice, vec![user("bob")]);
    heard.say([Event::Calling { invitation: options.into() }, joining(), Event::Active { call: id() }]);
    heard.events_so_far();

    heard.say([Event::Muted { call: id(), by: user("bob") }]);

    assert_eq!(heard.events_so_far(), [CallEvent::MutedBy { call: id(), by: user("bob") }]);
    assert!(heard.call.borrow().muted);
    let taken_out = End::RemovedBy { user: user("bob") };
    assert_eq!(reason(&taken_out, Direction::Outgoing), HangupReason::Removed { by: Some(user("bob")) });
}

/// Of a hand, or of who is reconnecting, in short.
fn news_of(event: &CallEvent) -> Option<String> {
    let (user, what) = if let CallEvent::UserReconnecting { user, .. } = event {
        (user, "reconnecting")
    } else if let CallEvent::UserReconnected { user, .. } = event {
        (user, "back")
    } else if let CallEvent::HandRaised { user, .. } = event {
        (user, "up")
    } else if let CallEvent::HandLowered { user, .. } = event {
        (user, "down")
    } else {
        return None;
    };
    Some(format!("{user} {what}"))
}

#[test]
fn the_apps_names_are_shown_for_legs_too_by_user_and_by_number() {
    let mut heard = heard();
    let names = [(Uid::Number(42), "Answer".to_owned()), (Uid::User(user("carol")), "Boss".to_owned())];
    heard.names.send_replace(Names::new(names));
    let options = StartCall::several(CallKind::Voice, vec![user("bob"), user("carol")]);
    heard.say([Event::Calling { invitation: options.into() }]);
    heard.events_so_far();

    let numbered = Leg { uid: Some(Uid::Number(42)), ..leg_of("bob", LegState::Accepted) };
    heard.say([Event::LegChanged { call: id(), leg: numbered, was: None }, leg("carol", LegState::Ringing, None)]);
    heard.publisher.rename();
    heard.publisher.publish();

    let told: Vec<_> = heard
        .events_so_far()
        .into_iter()
        .filter_map(|event| if let CallEvent::LegChanged { leg, .. } = event { Some(leg.name) } else { None })
        .collect();
    assert_eq!(told, ["Answer", "Boss"]);
    assert_eq!(heard.call.borrow().legs().iter().map(|leg| leg.name.as_str()).collect::<Vec<_>>(), ["Answer", "Boss"]);
}

#[test]
fn the_apps_name_for_a_number_names_the_other_end_of_a_call_of_two() {
    let (mut called, mut calls) = (heard(), heard());
    let names = Names::new([(Uid::Number(42), "Answer".to_owned())]);
    called.names.send_replace(names.clone());
    calls.names.send_replace(names);
    let with_uid = Some(Uid::Number(42));

    let numbered = Ring { from_uid: with_uid.clone(), ..ring() };
    called.say([Event::Invited(numbered.clone()), Event::RingStarted(numbered)]);
    called.know(&CallInfo { with_uid: with_uid.clone(), ..incoming() }, false);
    calls.say([Event::Calling { invitation: invitation() }]);
    calls.know(&outgoing(), false);
    calls.say([Event::Joining { call: id(), kind: CallKind::Voice, with_uid: with_uid.clone() }]);
    calls.know(&CallInfo { with_uid, ..outgoing() }, false);

    assert_eq!(called.ring.borrow().as_ref().map(|ring| ring.from_name.clone()).as_deref(), Some("Answer"));
    for heard in [&mut called, &mut calls] {
        assert_eq!(heard.call.borrow().call.as_ref().map(|call| call.with_name.clone()).as_deref(), Some("Answer"));
    }
    let accepted = calls.events_so_far().into_iter().find_map(|event| {
        let CallEvent::StateChanged(StateChange::Accept { call, .. }) = event else { return None };
        Some(call.with_name)
    });
    assert_eq!(accepted.as_deref(), Some("Answer"));
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
        events.into_iter().for_each(|event| self.publisher.note(event, clock::now()));
        self.publisher.publish();
    }

    fn know(&mut self, info: &CallInfo, is_silenced: bool) {
        self.publisher.know(info, is_silenced);
        self.publisher.publish();
    }

    fn shows(&mut self, avatars: Avatars) {
        self.avatars.send_replace(avatars);
        self.publisher.redraw();
        self.publisher.publish();
    }

    fn phase(&self) -> CallPhase {
        self.call.borrow().phase.clone()
    }

    /// Another reader, from now on.
    fn asks_now(&self) -> CallEvents {
        CallEvents::new(self.events_tx.subscribe(), &self.announced)
    }

    fn changes(&mut self) -> Vec<String> {
        self.events_so_far().iter().filter_map(change_of).collect()
    }

    fn events_so_far(&mut self) -> Vec<CallEvent> {
        std::iter::from_fn(|| self.events.try_recv().ok()).collect()
    }
}

fn so_far(events: &mut CallEvents) -> Vec<CallEvent> {
    std::iter::from_fn(|| events.try_recv().ok()).collect()
}

fn heard() -> Heard {
    let (events_tx, _) = broadcast::channel(64);
    let (announced_tx, announced) = watch::channel(Announced::default());
    let events = EventSender { events_tx: events_tx.clone(), announced_tx };
    let (names, names_rx) = watch::channel(Names::default());
    let (avatars, avatars_rx) = watch::channel(Avatars::default());
    let (publisher, ring, call) = StatusPublisher::new(user("me"), events, names_rx, avatars_rx);
    let events = CallEvents::new(events_tx.subscribe(), &announced);
    Heard { publisher, names, avatars, ring, call, events, events_tx, announced }
}

fn kind_of(event: &CallEvent) -> &'static str {
    if let CallEvent::Invited(_) = event {
        return "invited";
    }
    let CallEvent::StateChanged(change) = event else { return "something else" };
    match change {
        StateChange::Hangup { .. } => "hangup",
        StateChange::UserLeft { .. } => "user-left",
        StateChange::UserUnpublished { .. } => "user-unpublished",
        StateChange::Accept { .. } | StateChange::Refuse { .. } | StateChange::UserPublished { .. } => "something else",
    }
}

/// Who did what, of the changes of state.
fn change_of(event: &CallEvent) -> Option<String> {
    let CallEvent::StateChanged(change) = event else { return None };
    Some(match change {
        StateChange::Accept { user, .. } => format!("accept {user}"),
        StateChange::Refuse { user, .. } => format!("refuse {user}"),
        StateChange::UserLeft { user } => format!("user-left {user}"),
        StateChange::UserPublished { user, source } => format!("{user} published {source:?}"),
        StateChange::UserUnpublished { user, source } => format!("{user} unpublished {source:?}"),
        StateChange::Hangup { .. } => format!("{change:?}"),
    })
}

fn published(published: Published) -> Event {
    Event::PublishedChanged { call: id(), user: user("bob"), published }
}

/// What an end publishes whose microphone and camera are on.
fn seen() -> Published {
    let microphone = MicrophoneState::On;
    Published { microphone, camera: PublishedSize::new(1280, 720), ..Published::default() }
}

fn leg(who: &str, state: LegState, was: Option<LegState>) -> Event {
    Event::LegChanged { call: id(), leg: leg_of(who, state), was }
}

fn leg_of(who: &str, state: LegState) -> Leg {
    Leg::new(user(who), who, state)
}

fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

fn id() -> CallId {
    CallId::new(Uuid::from_u128(1))
}

fn picture(number: u8) -> Avatar {
    Avatar::new([0xff, 0xd8, 0xff, number].as_slice()).expect("it begins as a JPEG does")
}

fn invitation() -> Invitation {
    StartCall::voice(user("bob")).into()
}

fn joining() -> Event {
    Event::Joining { call: id(), kind: CallKind::Voice, with_uid: None }
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
        from_avatar: None,
        from_device: None,
        from_uid: None,
        scope: CallScope::Pair { kind: CallKind::Voice },
        channel: ChannelName::new("c").expect("a good name"),
        message: String::new(),
        round: 0,
        ring_left_ms: 30_000,
        also_on: vec![],
        path: CallPath::Direct,
    }
}

fn incoming() -> CallInfo {
    CallInfo::incoming(&ring())
}

fn outgoing() -> CallInfo {
    CallInfo { id: Some(id()), ..CallInfo::outgoing(&invitation()).expect("it names somebody") }
}
