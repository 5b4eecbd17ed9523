//! What is published: told by a joined device, kept by the record, heard by the others. It is state: the latest counts.

mod common;

use carillon_call::{
    device::{Command, Event, Input, Link, Media, PUBLISH_AGAIN, PUBLISH_EVERY, Phase, RESIZE_EVERY},
    record::{Action, Actor, Decision, Facts, Profiles, Recipient, Rows, Viewer, decide, snapshot},
};
use carillon_protocol::{
    Answer, CallId, CallPath, Done, Invitation, Published, PublishedSize, Refusal, RefusalCode, Request, Signal,
    SnapshotCall,
};
use common::{
    CALL, GROUP_VOICE, OTHER_CALL, Story, accept, accepting, active_as_callee, active_as_caller, app, bob_with,
    calling, calling_unnamed, device, ended, grant, heard, invitation, invitee, joining_as_callee, refused, ring,
    ringing, seen, user,
};

const DONE: Answer = Answer::Ok(Done::Done);

#[test]
fn what_a_joined_device_publishes_is_told_at_once_and_told_once() {
    for mut story in [calling(), joining_as_callee(), active_as_caller(), active_as_callee()] {
        story.forget().publish(heard());
        assert_eq!(story.requests(), [&told(heard())]);

        story.forget().publish_answered(DONE).publish(heard()).wait(PUBLISH_AGAIN * 2);
        assert!(story.requests().is_empty(), "{:?}", story.requests());
    }
}

#[test]
fn nothing_is_told_before_this_device_is_in_the_call() {
    for mut story in [Story::new(), ringing(), ended()] {
        story.forget().publish(heard());
        assert!(story.outputs.is_empty(), "{:?}", story.outputs);
    }
    let mut unnamed = calling_unnamed();
    let mut not_yet_in_it = accepting();
    for story in [&mut unnamed, &mut not_yet_in_it] {
        story.forget().publish(heard());
        assert!(story.requests().is_empty(), "{:?}", story.requests());
    }

    unnamed.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));
    not_yet_in_it.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(unnamed.requests(), [&told(heard())]);
    assert_eq!(not_yet_in_it.requests(), [&told(heard())]);
}

#[test]
fn a_user_who_switches_quickly_ends_with_what_is_true_and_asks_little() {
    let mut story = active_as_caller();
    story.forget();

    for _ in 0..50 {
        story.publish(seen()).publish(heard());
    }
    assert_eq!(story.requests(), [&told(seen())], "one is under way");
    story.publish_answered(DONE);
    assert_eq!(story.requests().len(), 1, "the next one waits");
    story.wait(PUBLISH_EVERY);

    assert_eq!(story.requests(), [&told(seen()), &told(heard())]);
    story.forget().publish_answered(DONE).wait(PUBLISH_AGAIN * 2);
    assert!(story.outputs.is_empty());
}

#[test]
fn another_size_alone_is_told_every_two_seconds_at_most_and_the_last_one_counts() {
    let size = |width| Published { camera: PublishedSize::new(width, 360), ..seen() };
    let mut story = active_as_caller();
    story.publish(size(640)).publish_answered(DONE).forget();

    for width in 400..450 {
        story.publish(size(width)).wait(RESIZE_EVERY / 60);
    }
    assert!(story.requests().is_empty(), "{:?}", story.requests());
    story.wait(RESIZE_EVERY / 2);
    assert_eq!(story.requests(), [&told(size(449))]);

    story.forget().publish_answered(DONE).publish(size(320)).wait(PUBLISH_EVERY).publish(heard());
    assert_eq!(story.requests(), [&told(heard())], "a camera that goes off waits for no size");
}

#[test]
fn a_server_that_has_too_much_to_do_is_told_again_and_one_that_does_not_want_to_hear_it_is_not() {
    for (code, is_told_again) in [
        (RefusalCode::RateLimited, true),
        (RefusalCode::Internal, true),
        (RefusalCode::NotAllowed, false),
        (RefusalCode::Invalid, false),
    ] {
        let mut story = active_as_caller();
        story.publish(heard()).forget().publish_answered(refused(code)).wait(PUBLISH_AGAIN);

        let told = told(heard());
        let expected = if is_told_again { vec![&told] } else { vec![] };
        assert_eq!(story.requests(), expected, "{code:?}");
    }
}

#[test]
fn what_is_switched_without_a_link_is_told_with_the_next_one() {
    for link in [Link::Resumed, reset(Published::default(), 0)] {
        let mut story = active_as_caller();
        story.publish(seen()).publish_answered(DONE).wait(PUBLISH_EVERY).link(Link::Down).forget();

        story.publish(heard()).wait(PUBLISH_AGAIN);
        assert!(story.requests().is_empty());
        story.link(link);

        assert_eq!(story.requests(), [&told(heard())]);
    }
}

#[test]
fn what_is_published_is_told_anew_in_each_session_also_where_the_answer_is_still_under_way() {
    let mut story = active_as_caller();
    story.publish(seen()).link(Link::Down).forget();

    story.link(reset(Published::default(), 0));
    assert_eq!(story.requests(), [&told(seen())]);
    story.publish_answered(DONE).link(Link::Down).forget().link(Link::Resumed).wait(PUBLISH_AGAIN);
    assert!(story.requests().is_empty(), "a session that goes on has lost nothing: {:?}", story.requests());

    let mut silent = active_as_caller();
    silent.link(Link::Down).forget().link(reset(Published::default(), 0));
    assert!(silent.requests().is_empty(), "who has never published anything has nothing to tell");
}

#[test]
fn the_end_of_a_call_is_the_end_of_what_it_published() {
    let mut story = active_as_caller();
    story.publish(seen()).publish_answered(DONE).signal(common::hung_up(CALL));
    story.forget().order(Command::StartCall(invitation("bob")));

    story.invite_answered(Answer::Ok(Done::Calling { call: OTHER_CALL, ring_left_ms: 30_000, legs: vec![] }));

    assert!(!story.requests().iter().any(|request| matches!(request, Request::Publish { .. })));
    assert_eq!(story.device.other_end_publishes(), Published::default());
}

#[test]
fn another_transport_publishes_nothing_until_it_says_so() {
    let mut story = calling_unnamed();
    story.publish(seen()).forget();

    story.invite_answered(Answer::Ok(Done::Joined { ring: ring(OTHER_CALL), legs: vec![] }));
    assert!(story.requests().is_empty(), "glare: {:?}", story.requests());

    story.publish(heard());
    assert_eq!(story.requests(), [&Request::Publish { call: OTHER_CALL, published: heard() }]);
}

#[test]
fn what_the_other_end_publishes_is_heard_once_and_nothing_older_counts() {
    let mut story = active_as_caller();
    story.forget();

    story.signal(other(seen(), 4)).signal(other(seen(), 4)).signal(other(heard(), 3));
    assert_eq!(story.events(), [&changed(seen())]);
    assert_eq!(story.device.other_end_publishes(), seen());

    story.forget().signal(other(heard(), 5)).signal(other(seen(), 4));
    assert_eq!(story.events(), [&changed(heard())]);
}

#[test]
fn what_somebody_else_publishes_says_nothing_of_the_other_end() {
    let mut story = active_as_caller();
    story.forget();

    for who in ["alice", "mallory"] {
        let (call, user, published) = (CALL, user(who), seen());
        story.signal(Signal::PublishedChanged { call, user, published, version: 9 });
    }

    assert!(story.outputs.is_empty());
}

#[test]
fn a_snapshot_says_what_was_missed_and_counts_more_than_what_was_heard() {
    let mut story = active_as_caller();
    story.signal(other(seen(), 9)).forget();

    story.link(Link::Down).link(reset(heard(), 7));
    assert_eq!(story.events(), [&changed(heard())]);

    story.forget().signal(other(seen(), 6));
    assert!(story.outputs.is_empty(), "older than the snapshot");
    story.signal(other(seen(), 7));
    assert_eq!(story.events(), [&changed(seen())]);
}

#[test]
fn what_the_caller_publishes_may_overtake_the_answer_to_the_accept() {
    let mut story = accepting();
    story.forget().signal(other(seen(), 2));
    assert_eq!(story.events(), [&changed(seen())]);

    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] })).media(Media::Connected);

    assert_eq!(story.device.other_end_publishes(), seen());
    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn what_the_caller_publishes_may_overtake_the_answer_of_a_call_that_crosses_it() {
    let mut story = calling_unnamed();
    story.signal(other_of(OTHER_CALL, seen(), 2)).forget();

    story.invite_answered(Answer::Ok(Done::Joined { ring: ring(OTHER_CALL), legs: vec![] }));

    assert_eq!(story.device.other_end_publishes(), seen());
}

#[test]
fn what_a_snapshot_says_of_the_caller_is_newer_than_the_answer_of_a_call_that_crosses_it() {
    let mut story = calling_unnamed();
    let with = Some(bob_with(seen(), 2));
    let found = SnapshotCall::Joined { call: OTHER_CALL, with, legs: vec![], path: CallPath::Direct };
    story.link(Link::Reset(Some(found))).forget();

    story.invite_answered(Answer::Ok(Done::Joined { ring: ring(OTHER_CALL), legs: vec![] }));

    assert_eq!(story.device.other_end_publishes(), seen());
}

#[test]
fn the_record_notes_what_is_published_and_tells_the_others_of_a_pair_and_of_a_group() {
    for rows in [pair(), group()] {
        let decision = ask(&rows, &actor("alice", 1), Action::Publish(seen())).expect("she is in it");

        let after = decision.rows.expect("it is noted");
        assert_eq!((after.legs[0].published, after.call.version), (seen(), rows.call.version + 1));
        let whom: Vec<_> = decision.signals.iter().map(|(whom, _)| whom.clone()).collect();
        let others = after.joined().filter(|leg| leg.user != user("alice")).filter_map(|leg| leg.joined_device());
        assert_eq!(whom, others.map(Recipient::Device).collect::<Vec<_>>());
        assert!(decision.signals.iter().all(|(_, signal)| says(signal) == Some(seen())), "{:?}", decision.signals);

        let again = ask(&after, &actor("alice", 1), Action::Publish(seen())).expect("she is in it");
        assert_eq!((again.rows, again.signals), (None, vec![]), "the same once more");
    }
}

#[test]
fn only_the_joined_device_of_a_user_publishes() {
    for (who, number) in [("alice", 2), ("bob", 12)] {
        let refusal = ask(&pair(), &actor(who, number), Action::Publish(seen())).expect_err("it is not in the call");
        assert_eq!(refusal.code, RefusalCode::NotAllowed);
    }
    let stranger = ask(&pair(), &actor("mallory", 21), Action::Publish(seen())).expect_err("he has no part in it");
    assert_eq!(stranger.code, RefusalCode::UnknownCall);
}

#[test]
fn a_callee_hears_what_the_caller_publishes_already_and_only_once_they_have_accepted() {
    let asked = ask(&ringing_pair(), &actor("alice", 1), Action::Publish(seen())).expect("she calls");
    assert_eq!(asked.signals, [], "nobody hears it while it rings");
    let rows = asked.rows.expect("it is noted");

    let decision = ask(&rows, &actor("bob", 11), accept()).expect("it rings");

    let news =
        Signal::PublishedChanged { call: CALL, user: user("alice"), published: seen(), version: rows.call.version };
    assert!(decision.signals.contains(&(Recipient::Device(device(11)), news)), "{:?}", decision.signals);
    let in_group = ask(&ringing_group(), &actor("alice", 1), Action::Publish(seen())).expect("she calls");
    let decision = ask(&in_group.rows.expect("it is noted"), &actor("bob", 11), accept()).expect("it rings");
    let Done::Joined { legs, .. } = decision.done else { panic!("he is in it") };
    assert_eq!(legs[0].published, seen(), "the answer has it");
}

#[test]
fn a_snapshot_has_what_the_others_publish() {
    let see = |rows: &Rows, name: &str, number| {
        let user = user(name);
        snapshot(rows, Viewer::alone(&user, device(number)), &Profiles::default(), 1_000)
    };
    let publish = |rows: Rows| next(&rows, &actor("alice", 1), Action::Publish(seen()));

    let Some(SnapshotCall::Joined { with: Some(with), .. }) = see(&publish(pair()), "bob", 11) else { panic!("in it") };
    assert_eq!((with.published, with.version), (seen(), publish(pair()).call.version));
    let Some(SnapshotCall::Joined { legs, .. }) = see(&publish(group()), "bob", 11) else { panic!("in it") };
    assert_eq!((legs[0].published, legs[1].published), (seen(), Published::default()));
}

#[test]
fn a_leg_that_leaves_publishes_nothing_and_neither_does_one_that_comes_back() {
    let rows = next(&group(), &actor("bob", 11), Action::Publish(heard()));

    let left = next(&rows, &actor("bob", 11), Action::HangUp);
    assert_eq!(left.legs[1].published, Published::default());
    let over = next(&next(&pair(), &actor("bob", 11), Action::Publish(heard())), &actor("alice", 1), Action::HangUp);
    assert!(over.legs.iter().all(|leg| leg.published.is_nothing()));

    let refusal = ask(&left, &actor("bob", 11), Action::Publish(heard())).expect_err("he has left");
    assert_eq!(refusal.code, RefusalCode::CallEnded);
}

impl Story {
    fn publish(&mut self, published: Published) -> &mut Self {
        self.hear(Input::Publish(published))
    }
}

fn told(published: Published) -> Request {
    Request::Publish { call: CALL, published }
}

fn other(published: Published, version: u64) -> Signal {
    other_of(CALL, published, version)
}

fn other_of(call: CallId, published: Published, version: u64) -> Signal {
    Signal::PublishedChanged { call, user: user("bob"), published, version }
}

fn changed(published: Published) -> Event {
    Event::PublishedChanged { call: CALL, user: user("bob"), published }
}

fn reset(published: Published, version: u64) -> Link {
    Link::Reset(Some(SnapshotCall::Joined {
        call: CALL,
        with: Some(bob_with(published, version)),
        legs: vec![],
        path: CallPath::Direct,
    }))
}

/// What a signal says that Alice publishes.
fn says(signal: &Signal) -> Option<Published> {
    if let Signal::PublishedChanged { user: who, published, .. } = signal {
        return (*who == user("alice")).then_some(*published);
    }
    let Signal::LegChanged { leg, .. } = signal else { return None };
    (leg.user == user("alice")).then_some(leg.published)
}

fn ringing_pair() -> Rows {
    begun(invitation("bob"))
}

/// Alice's device 1 and Bob's device 11 talk.
fn pair() -> Rows {
    next(&ringing_pair(), &actor("bob", 11), accept())
}

fn ringing_group() -> Rows {
    let to = vec![user("bob"), user("carol")];
    begun(Invitation { scope: GROUP_VOICE, to, ..invitation("bob") })
}

/// Carol's device 21 is in it, too.
fn group() -> Rows {
    next(&next(&ringing_group(), &actor("bob", 11), accept()), &actor("carol", 21), accept())
}

fn begun(invitation: Invitation) -> Rows {
    let invitees = vec![invitee("bob", &[(11, "laptop"), (12, "phone")]), invitee("carol", &[(21, "tablet")])];
    let before = Facts { invitees, ..Facts::default() };
    let asked = Action::Invite { id: CALL, app: app(), invitation, claim: Ok(grant()) };
    decide(&before, &actor("alice", 1), asked, 0).expect("a good invite").rows.expect("it begins")
}

fn next(rows: &Rows, who: &Actor, asked: Action) -> Rows {
    ask(rows, who, asked).expect("allowed").rows.expect("it changes something")
}

fn ask(rows: &Rows, who: &Actor, asked: Action) -> Result<Decision, Refusal> {
    let before = Facts { call: Some(rows.clone()), ..Facts::default() };
    decide(&before, who, asked, 1_000)
}

fn actor(name: &str, number: u128) -> Actor {
    let device_name = format!("device {number}");
    Actor { user: user(name), user_name: name.to_owned(), avatar: None, device: device(number), device_name, key: None }
}
