//! One device in a call of two whose media go through the server: because the other device is not reached, or an address is hidden.

mod common;

use std::time::Duration;

use carillon_call::device::{
    Command, DIRECT_CONNECT_TIMEOUT, DIRECT_RETURN_TIMEOUT, Event, Input, JOIN_TIMEOUT, Link, Media, MediaControl,
    MediaRole, OFFER_AGAIN, Phase, RECONNECT_TIMEOUT,
};
use carillon_protocol::{
    Answer, CallKind, CallPath, Done, Invitation, MAX_PUBLISHED_SIDE, Published, RefusalCode, Request, Ring, Signal,
    SnapshotCall, WantedPicture, Wants,
};
use common::{
    CALL, OTHER_CALL, Story, active_as_callee, active_as_caller, candidate, invitation, joining_as_callee,
    joining_as_caller, offer, refused, ring, ringing, sdp_answer, seen, user,
};

const MOVE: Request = Request::MoveToServer { call: CALL };

#[test]
fn whoever_does_not_reach_the_other_in_three_seconds_asks_the_server() {
    for mut story in [joining_as_caller(), joining_as_callee()] {
        story.forget().wait(DIRECT_CONNECT_TIMEOUT - Duration::from_millis(1));
        assert!(story.requests().is_empty());

        story.wait(Duration::from_millis(1));

        assert_eq!(story.requests(), [&MOVE]);
        assert_eq!(story.device.phase(), &Phase::Joining, "the direct way may still come");
    }
}

#[test]
fn a_transport_that_sees_no_way_asks_at_once() {
    for mut story in [joining_as_caller(), joining_as_callee()] {
        story.forget().media(Media::Failed).media(Media::Failed);

        assert_eq!(story.requests(), [&MOVE]);
    }
}

#[test]
fn when_the_server_says_so_another_transport_takes_over_with_what_is_open() {
    let mut story = joining_as_caller();
    story.forget().signal(moved());

    let changed = Event::PathChanged { call: Some(CALL), path: CallPath::Server };
    assert_eq!(story.events(), [&changed]);
    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    story.forget().media(Media::Signal(offer())).media(Media::Signal(candidate()));
    assert_eq!(story.requests(), [&offered()], "the server finds its candidates by itself");
    story.offer_answered(answered()).forget().media(Media::Connected);
    assert_eq!(story.events(), [&Event::Active { call: CALL }]);
    assert_eq!(story.device.call().map(|call| call.path), Some(CallPath::Server));
}

#[test]
fn a_way_that_is_lost_has_five_seconds_to_come_back() {
    for mut story in [active_as_caller(), active_as_callee()] {
        story.forget().media(Media::Lost).wait(Duration::from_secs(4)).media(Media::Connected);
        story.wait(Duration::from_secs(60));
        assert!(!story.requests().contains(&&MOVE), "it came back");

        story.forget().media(Media::Lost).wait(DIRECT_RETURN_TIMEOUT);
        assert_eq!(story.requests(), [&MOVE]);

        story.forget().signal(moved()).media(Media::Signal(offer())).offer_answered(answered());
        assert!(!story.events().iter().any(|event| matches!(event, Event::Reconnecting { .. })), "it is said already");
        story.media(Media::Connected);
        assert_eq!(story.events().last(), Some(&&Event::Reconnected { call: CALL }));
        assert!(matches!(story.device.phase(), Phase::Active { .. }));
    }
}

#[test]
fn a_call_that_the_other_end_moves_says_that_it_reconnects_until_it_is_connected() {
    let mut story = active_as_callee();
    story.forget().signal(moved());

    assert!(
        matches!(story.events()[..], [Event::PathChanged { .. }, Event::Reconnecting { .. }]),
        "{:?}",
        story.events()
    );
    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    story.media(Media::Connected);
    assert_eq!(story.events().last(), Some(&&Event::Reconnected { call: CALL }));
}

#[test]
fn a_server_that_cannot_be_reached_either_ends_the_call_in_the_time_that_a_way_has() {
    let mut joining = joining_as_caller();
    joining.signal(moved()).forget().wait(JOIN_TIMEOUT);
    assert!(joining.requests().contains(&&Request::MediaLost { call: CALL, was_connected: false }));

    let mut active = active_as_caller();
    active.signal(moved()).forget().wait(RECONNECT_TIMEOUT);
    assert!(active.requests().contains(&&Request::MediaLost { call: CALL, was_connected: true }));
}

#[test]
fn a_transport_to_the_server_that_fails_is_followed_by_another_one() {
    let mut story = joining_as_caller();
    story.signal(moved()).media(Media::Signal(offer())).forget().media(Media::Failed).wait(OFFER_AGAIN);

    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
}

#[test]
fn what_is_said_twice_or_late_or_of_another_call_changes_nothing() {
    let mut story = active_as_caller();
    story.forget().signal(Signal::PathChanged { call: OTHER_CALL, path: CallPath::Server });
    assert!(story.outputs.is_empty());
    story.signal(moved()).forget();

    story.signal(moved()).signal(Signal::Media { call: CALL, signal: sdp_answer() });
    story.signal(Signal::Media { call: CALL, signal: candidate() });
    story.signal(Signal::PathChanged { call: CALL, path: CallPath::Direct });

    assert!(story.outputs.is_empty(), "{:?}", story.outputs);
}

#[test]
fn a_server_that_does_not_move_the_call_leaves_it_its_time() {
    let answer = |request: &Request| *request == MOVE;
    let mut story = joining_as_caller();
    story.wait(DIRECT_CONNECT_TIMEOUT).answer(answer, refused(RefusalCode::Invalid)).forget();
    story.media(Media::Connected);
    assert_eq!(story.events(), [&Event::Active { call: CALL }]);

    let mut busy = joining_as_caller();
    busy.wait(DIRECT_CONNECT_TIMEOUT).answer(answer, refused(RefusalCode::RateLimited)).forget().wait(OFFER_AGAIN);
    assert_eq!(busy.requests(), [&MOVE]);

    let mut failed = joining_as_caller();
    failed.media(Media::Failed).forget().answer(answer, refused(RefusalCode::Invalid));
    assert_eq!(failed.requests(), [&Request::MediaLost { call: CALL, was_connected: false }]);
}

#[test]
fn a_device_without_a_link_asks_a_little_after_it_is_back() {
    let mut story = active_as_callee();
    story.link(Link::Down).media(Media::Lost).wait(Duration::from_secs(20)).forget();

    story.link(Link::Resumed).wait(DIRECT_CONNECT_TIMEOUT);

    assert_eq!(story.requests(), [&MOVE]);
}

#[test]
fn a_snapshot_moves_a_device_that_has_missed_the_word() {
    let mut story = active_as_caller();
    let found = SnapshotCall::Joined { call: CALL, with: None, legs: vec![], path: CallPath::Server };
    story.link(Link::Down).forget().link(Link::Reset(Some(found)));

    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
}

#[test]
fn what_is_published_goes_on() {
    let mut story = active_as_caller();
    story.hear(Input::Publish(seen())).publish_answered(Answer::Ok(Done::Done)).wait(Duration::from_secs(5)).forget();

    story.signal(moved()).wait(Duration::from_secs(5)).media(Media::Connected);

    assert!(
        !story.requests().iter().any(|request| matches!(request, Request::Publish { .. })),
        "{:?}",
        story.requests()
    );
}

#[test]
fn each_wants_all_pictures_of_the_other_as_far_as_they_are_looked_at() {
    let mut story = active_as_caller();
    story.signal(moved()).forget().media(Media::Connected);
    let all = [(5, MAX_PUBLISHED_SIDE), (21, MAX_PUBLISHED_SIDE)].map(wanted).to_vec();
    assert_eq!(story.requests(), [&Request::WantPictures { call: CALL, pictures: all }]);

    let wants = Wants { camera_rows: Some(360), screen_rows: Some(0), camera_layers: None };
    story.forget().hear(Input::Publish(Published { wants, ..seen() }));

    let some = vec![wanted((5, 360))];
    assert!(
        story.requests().contains(&&Request::WantPictures { call: CALL, pictures: some }),
        "{:?}",
        story.requests()
    );
}

#[test]
fn a_caller_who_hides_the_address_says_it_and_never_where_it_is() {
    let mut story = Story::new();
    let hidden = Invitation { hides_address: true, ..invitation("bob") };
    story.order(Command::StartCall(hidden.clone()));
    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    assert_eq!(story.requests(), [&Request::Invite(hidden)]);

    story.media(Media::Signal(candidate())).media(Media::Signal(offer()));
    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));
    story.offer_answered(answered()).media(Media::Connected);
    story.signal(common::accepted(CALL)).media(Media::Signal(candidate()));

    assert_eq!(
        story.events().last(),
        Some(&&Event::Active { call: CALL }),
        "also where the server says that it is direct"
    );
    assert!(!story.requests().iter().any(|request| matches!(request, Request::Media { .. })));
}

#[test]
fn a_callee_who_hides_the_address_throws_away_what_was_prepared() {
    let mut story = ringing();
    story.media(Media::Signal(candidate())).forget();

    story.order(Command::Accept { access_token: None, uid: None, hides_address: true });

    let accept = Request::Accept { call: CALL, access_token: None, uid: None, hides_address: true };
    assert_eq!((story.requests(), story.orders()), (vec![&accept], vec![&prepared()]));
    story.forget().accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));
    story.signal(Signal::Media { call: CALL, signal: offer() }).media(Media::Signal(candidate()));
    assert_eq!(story.orders(), [&MediaControl::Open], "and hears nothing of where the other is");
    story.media(Media::Signal(offer()));
    assert_eq!(story.requests(), [&offered()]);
}

#[test]
fn a_callee_of_a_caller_who_hides_the_address_prepares_for_the_server() {
    let by_server = Ring { path: CallPath::Server, ..ring(CALL) };
    let mut story = Story::new();
    story.signal(Signal::Ring(by_server.clone())).order(Command::AnswerCall { ring: true });
    assert_eq!(story.orders(), [&prepared()]);

    story.order(common::ACCEPT).forget().accept_answered(Answer::Ok(Done::Joined { ring: by_server, legs: vec![] }));

    assert_eq!(story.orders(), [&MediaControl::Open]);
    story.wait(DIRECT_CONNECT_TIMEOUT);
    assert!(!story.requests().contains(&&MOVE));
}

#[test]
fn a_server_that_forwards_nothing_ends_a_call_that_hides_an_address() {
    let mut story = ringing();
    story.order(Command::Accept { access_token: None, uid: None, hides_address: true });
    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] })).media(Media::Signal(offer()));

    story.forget().offer_answered(refused(RefusalCode::NotAllowed));

    assert_eq!(story.requests(), [&Request::MediaLost { call: CALL, was_connected: false }]);
}

fn moved() -> Signal {
    Signal::PathChanged { call: CALL, path: CallPath::Server }
}

fn prepared() -> MediaControl {
    MediaControl::Prepare { role: MediaRole::Participant, kind: CallKind::Voice }
}

fn offered() -> Request {
    Request::MediaOffer { call: CALL, sdp: "v=0 offer".to_owned() }
}

fn answered() -> Answer {
    Answer::Ok(Done::MediaAnswer { sdp: "v=0 answer".to_owned() })
}

fn wanted((slot, height): (u8, u16)) -> WantedPicture {
    WantedPicture { slot, user: user("bob"), height }
}
