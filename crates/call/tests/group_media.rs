//! The media of a group call: one device's transport, and the server's forwarder.

mod common;

use std::time::Duration;

use carillon_call::device::{
    CONNECT_TIMEOUT, Command, End, Event, Input, Link, Media, MediaControl, MediaRole, OFFER_AGAIN, Phase,
    RECONNECT_TIMEOUT,
};
use carillon_protocol::{
    Answer, CallKind, Done, EndReason, Invitation, MediaSlot, PublishedSource, RefusalCode, Request, Ring, Signal,
    WantedPicture, Wants,
};
use common::{CALL, GROUP_VOICE, OTHER_CALL, Story, device, invitation, offer, refused, ring, sdp_answer, user};

#[test]
fn a_caller_offers_to_the_forwarder_as_soon_as_the_call_has_a_name() {
    let mut story = Story::new();
    story.order(Command::StartCall(Invitation { scope: GROUP_VOICE, ..invitation("bob") }));
    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    story.media(Media::Signal(offer())).forget();

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

    assert_eq!(story.requests(), [&asked()]);
}

#[test]
fn a_callee_prepares_while_it_rings_and_offers_and_opens_when_the_record_agrees() {
    let mut story = ringing();
    assert_eq!(story.orders(), [&prepared()]);
    story.media(Media::Signal(offer()));
    assert!(!story.requests().contains(&&asked()));

    story.order(common::ACCEPT).forget().accept_answered(joined());

    assert_eq!(story.requests(), [&asked()]);
    assert_eq!(story.orders(), [&MediaControl::Open]);
}

#[test]
fn the_forwarders_answer_and_the_slots_are_given_to_the_transport() {
    let mut story = offering();
    let wants = Wants { camera_rows: Some(180), screen_rows: Some(0), camera_layers: None };

    story.offer_answered(answered()).signal(Signal::MediaSlots { call: CALL, slots: slots(), wants });
    story.signal(Signal::MediaSlots { call: OTHER_CALL, slots: vec![], wants: Wants::default() });

    assert_eq!(story.orders(), [&MediaControl::Deliver(sdp_answer()), &MediaControl::Slots { slots: slots(), wants }]);
}

#[test]
fn a_transport_that_loses_the_forwarder_is_replaced_and_the_call_goes_on() {
    let mut story = connected();

    story.media(Media::Lost);

    assert!(matches!(story.events()[..], [Event::Reconnecting { call: CALL, .. }]));
    assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    story.media(Media::Signal(offer())).offer_answered(answered()).forget().media(Media::Connected);
    assert_eq!(story.events(), [&Event::Reconnected { call: CALL }]);
}

#[test]
fn a_forwarder_that_does_not_come_back_ends_the_call_for_this_device() {
    let mut story = connected();
    story.media(Media::Lost).forget();

    story.wait(RECONNECT_TIMEOUT);

    assert_eq!(story.requests(), [&Request::MediaLost { call: CALL, was_connected: true }]);
    assert!(matches!(story.device.phase(), Phase::Leaving { .. }));
}

#[test]
fn a_network_that_lets_no_media_through_ends_the_call_for_this_device() {
    let mut story = offering();
    story.offer_answered(answered()).forget();

    story.wait(CONNECT_TIMEOUT);

    assert_eq!(story.requests(), [&Request::MediaLost { call: CALL, was_connected: false }]);
    let guess = End::Recorded { reason: EndReason::MediaFailed, by_me: false };
    assert_eq!(story.device.phase(), &Phase::Leaving { guess });
}

#[test]
fn a_forwarder_that_has_too_much_to_do_is_asked_again_by_another_transport() {
    for code in [RefusalCode::RateLimited, RefusalCode::Internal] {
        let mut story = offering();
        story.offer_answered(refused(code)).wait(OFFER_AGAIN - Duration::from_millis(1));
        assert!(story.orders().is_empty());

        story.wait(Duration::from_millis(1));

        assert_eq!(story.orders(), [&prepared(), &MediaControl::Open]);
    }
}

#[test]
fn with_a_server_that_forwards_nothing_a_group_call_goes_on_without_media() {
    let mut story = offering();

    story.offer_answered(refused(RefusalCode::NotAllowed)).wait(CONNECT_TIMEOUT * 2);

    assert_eq!(story.orders(), [&MediaControl::Close]);
    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn an_offer_that_is_refused_for_good_ends_the_call_for_this_device() {
    let mut story = offering();

    story.offer_answered(refused(RefusalCode::TooLarge));

    assert_eq!(story.requests(), [&Request::MediaLost { call: CALL, was_connected: false }]);
}

#[test]
fn a_transport_that_fails_in_a_call_is_replaced_once_and_again_only_when_the_next_one_fails() {
    let mut story = connected();
    let prepared = |story: &Story| story.orders().iter().filter(|order| ***order == prepared()).count();

    story.forget().media(Media::Failed).wait(2 * OFFER_AGAIN);
    assert_eq!(prepared(&story), 1, "it has its time");

    story.media(Media::Failed).wait(2 * OFFER_AGAIN);
    assert_eq!(prepared(&story), 2);
}

#[test]
fn the_answer_to_the_offer_of_a_replaced_transport_means_nothing() {
    let mut story = connected();
    story.media(Media::Lost).media(Media::Signal(offer())).media(Media::Failed).wait(OFFER_AGAIN).forget();

    story.offer_answered(answered());

    assert!(story.orders().is_empty());
}

#[test]
fn the_pictures_that_are_wanted_are_told_at_once_and_again_with_each_link_and_each_connection() {
    let mut story = connected();
    let asked = Request::WantPictures { call: CALL, pictures: wanted() };

    story.hear(Input::Want(wanted()));
    assert_eq!(story.requests(), [&asked]);

    story.link(Link::Down).link(Link::Resumed);
    assert_eq!(story.requests(), [&asked, &asked]);
    story.media(Media::Lost).media(Media::Signal(offer())).offer_answered(answered()).forget().media(Media::Connected);
    assert_eq!(story.requests(), [&asked]);
}

#[test]
fn what_is_in_the_slots_is_asked_for_after_each_link_although_no_picture_is_wanted() {
    let mut story = connected();

    story.link(Link::Down).link(Link::Resumed);

    assert_eq!(story.requests(), [&Request::WantPictures { call: CALL, pictures: vec![] }]);
}

#[test]
fn pictures_that_are_wanted_without_a_group_call_mean_nothing() {
    let mut story = common::active_as_callee();
    story.forget().hear(Input::Want(wanted()));

    assert!(story.outputs.is_empty());
}

#[test]
fn leaving_closes_the_transport() {
    let mut story = connected();

    story.order(Command::HangUp);

    assert_eq!(story.orders(), [&MediaControl::Close]);
}

/// Bob has called Alice.
fn ringing() -> Story {
    let mut story = Story::new();
    story.signal(Signal::Ring(group_ring())).order(Command::AnswerCall { ring: true });
    story
}

/// The server has not answered the offer yet.
fn offering() -> Story {
    let mut story = ringing();
    story.order(common::ACCEPT).accept_answered(joined()).media(Media::Signal(offer())).forget();
    story
}

fn connected() -> Story {
    let mut story = offering();
    story.offer_answered(answered()).media(Media::Connected).forget();
    story
}

fn prepared() -> MediaControl {
    MediaControl::Prepare { role: MediaRole::Participant, kind: CallKind::Voice }
}

fn asked() -> Request {
    Request::MediaOffer { call: CALL, sdp: "v=0 offer".to_owned() }
}

fn answered() -> Answer {
    Answer::Ok(Done::MediaAnswer { sdp: "v=0 answer".to_owned() })
}

fn joined() -> Answer {
    Answer::Ok(Done::Joined { ring: group_ring(), legs: vec![] })
}

fn group_ring() -> Ring {
    Ring { scope: GROUP_VOICE, ..ring(CALL) }
}

fn wanted() -> Vec<WantedPicture> {
    vec![WantedPicture { slot: 5, user: user("bob"), height: 720 }]
}

fn slots() -> Vec<MediaSlot> {
    vec![MediaSlot { slot: 0, user: user("bob"), device: device(2), source: PublishedSource::Microphone }]
}
