//! Being called, on one device.

mod common;

use std::time::Duration;

use carillon_call::device::{Command, End, Event, Link, Media, MediaControl, MediaRole, Phase, Rejection};
use carillon_protocol::{
    Answer, CallKind, Done, EndReason, HandledHow, Invitation, RefusalCode, Request, Ring, Signal, SnapshotCall,
};
use common::{
    ACCEPT, CALL, GROUP_VOICE, OTHER_CALL, Story, VIDEO, accepted, accepting, active_as_callee, candidate, ended_with,
    handled, hung_up, invitation, invited, joining_as_callee, offer, refused, ring, ringing, sdp_answer, user,
};

#[test]
fn an_invite_is_told_and_rings_only_when_the_app_says_so() {
    let mut story = invited();
    assert_eq!(story.events(), [&Event::Invited(ring(CALL))]);
    assert!(story.requests().is_empty() && story.orders().is_empty());

    story.forget().order(Command::AnswerCall { ring: true }).order(Command::AnswerCall { ring: true });

    assert_eq!(story.requests(), [&Request::Ringing { call: CALL }]);
    assert_eq!(story.events(), [&Event::RingStarted(ring(CALL))]);
    assert_eq!(story.orders(), [&MediaControl::Prepare { role: MediaRole::Answerer, kind: CallKind::Voice }]);
    assert_eq!(story.device.shown_ring(), Some(&ring(CALL)));
}

#[test]
fn accepting_stops_the_ring_at_once_and_opens_when_the_record_agrees() {
    let mut story = ringing();
    story.forget().order(ACCEPT);

    let told =
        [Event::RingStopped { call: CALL }, Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None }];
    assert_eq!(story.events(), told.iter().collect::<Vec<_>>());
    assert_eq!(
        story.requests(),
        [&Request::Accept { call: CALL, access_token: None, uid: None, hides_address: false }]
    );
    assert!(!story.has_opened());

    story.forget().accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(story.orders(), [&MediaControl::Open]);
}

#[test]
fn calling_the_user_who_calls_takes_their_call_with_the_lesser_kind() {
    let mut story = Story::new();
    let video = Ring { scope: VIDEO, ..ring(CALL) };
    story.signal(Signal::Ring(video)).order(Command::AnswerCall { ring: true }).forget();

    story.order(Command::StartCall(invitation("bob")));

    let told =
        [Event::RingStopped { call: CALL }, Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None }];
    assert_eq!(story.events(), told.iter().collect::<Vec<_>>());
    assert_eq!(story.requests(), [&Request::Invite(invitation("bob"))]);
    assert!(!story.has_opened());

    story.forget().invite_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] })).media(Media::Connected);

    assert!(story.has_opened());
    assert_eq!(story.events(), [&Event::Active { call: CALL }]);
}

#[test]
fn calling_the_user_who_calls_is_no_call_to_others_and_no_group_call() {
    let group = Invitation { scope: GROUP_VOICE, ..invitation("bob") };
    for other in [invitation("carol"), group] {
        let mut story = ringing();
        story.forget().order(Command::StartCall(other.clone()));

        let (command, why) = (Command::StartCall(other), Rejection::InACall);
        assert_eq!(story.events(), [&Event::Rejected { command, why }]);
        assert_eq!(story.device.shown_ring(), Some(&ring(CALL)));
    }
}

#[test]
fn a_call_back_that_comes_after_the_end_leaves_no_call_behind() {
    let mut story = ringing();
    story.order(Command::StartCall(invitation("bob"))).forget();

    story.invite_answered(Answer::Ok(Done::Calling { call: OTHER_CALL, ring_left_ms: 30_000, legs: vec![] }));
    story.signal(ended_with(CALL, EndReason::Cancelled));

    assert_eq!(story.requests(), [&Request::HangUp { call: OTHER_CALL }]);
    assert!(matches!(story.device.phase(), Phase::Ended(_)));
    assert!(!story.has_opened());
}

#[test]
fn an_earlier_call_back_that_has_taken_the_call_counts_for_the_one_that_is_made_now() {
    let mut story = ringing();
    story.order(Command::StartCall(invitation("bob"))).forget();

    story.stray_answer(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));
    assert!(story.has_opened());
    story.invite_answered(refused(RefusalCode::InAnotherCall));

    assert!(matches!(story.device.phase(), Phase::Joining), "it is in this very call");
    assert!(story.requests().is_empty());
}

#[test]
fn an_accept_from_the_wrong_side_never_opens_anything() {
    for mut story in [invited(), ringing(), accepting()] {
        story.signal(accepted(CALL)).media(Media::Connected);

        assert!(!story.has_opened());
        assert!(!matches!(story.device.phase(), Phase::Active { .. }));
    }
}

#[test]
fn what_the_transport_says_while_it_rings_stays_here_until_the_record_agrees() {
    let mut story = ringing();
    story.media(Media::Signal(candidate())).order(ACCEPT).forget();
    story.media(Media::Signal(candidate()));
    assert!(story.requests().is_empty());

    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(story.requests().len(), 2);
}

#[test]
fn the_callers_offer_is_delivered_and_answered() {
    let mut story = joining_as_callee();
    story.forget().signal(Signal::Media { call: CALL, signal: offer() }).media(Media::Signal(sdp_answer()));

    assert_eq!(story.orders(), [&MediaControl::Deliver(offer())]);
    assert_eq!(story.requests(), [&Request::Media { call: CALL, signal: sdp_answer() }]);
}

#[test]
fn media_that_connect_before_the_record_agrees_wait_for_it() {
    let mut story = accepting();
    story.media(Media::Connected).forget();
    assert!(matches!(story.device.phase(), Phase::Joining));

    story.accept_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(story.orders(), [&MediaControl::Open]);
    assert_eq!(story.events(), [&Event::Active { call: CALL }]);
}

#[test]
fn a_lost_race_ends_as_handled_elsewhere() {
    let mut story = accepting();
    story.forget().accept_answered(refused(RefusalCode::AlreadyHandled)).signal(handled(CALL));

    let end = End::HandledElsewhere { how: HandledHow::Accepted, device_name: "phone".to_owned() };
    assert_eq!(story.events(), [&Event::Ended { call: Some(CALL), end }]);
    assert_eq!(story.orders(), [&MediaControl::Close]);
}

#[test]
fn an_accept_that_comes_too_late_ends_with_the_records_word() {
    let mut story = accepting();
    story.forget().accept_answered(Answer::Ok(Done::Done)).signal(ended_with(CALL, EndReason::NoAnswer));

    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::NoAnswer, false)));
    assert_eq!(story.orders(), [&MediaControl::Close], "it never opened");
}

#[test]
fn silencing_keeps_this_device_in_the_know() {
    let mut story = ringing();
    story.forget().order(Command::AnswerCall { ring: false });

    assert_eq!(story.events(), [&Event::RingStopped { call: CALL }]);
    assert_eq!(story.orders(), [&MediaControl::Close]);
    assert_eq!(story.device.shown_ring(), None);

    story.forget().signal(handled(CALL));
    assert!(matches!(story.events()[..], [Event::Ended { end: End::HandledElsewhere { .. }, .. }]));
}

#[test]
fn a_silenced_call_can_still_be_accepted() {
    let mut story = invited();
    story.order(Command::AnswerCall { ring: false }).forget().order(ACCEPT);

    assert_eq!(story.orders(), [&MediaControl::Prepare { role: MediaRole::Answerer, kind: CallKind::Voice }]);
    assert_eq!(
        story.requests(),
        [&Request::Accept { call: CALL, access_token: None, uid: None, hides_address: false }]
    );
}

#[test]
fn declining_is_silent_at_once_and_ends_with_the_records_word() {
    let mut story = ringing();
    story.forget().order(Command::Decline).order(Command::Decline);

    assert_eq!(story.requests(), [&Request::Decline { call: CALL }]);
    assert_eq!(story.events(), [&Event::RingStopped { call: CALL }]);

    story.signal(ended_with(CALL, EndReason::Cancelled));
    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::Cancelled, false)), "the caller was quicker");
}

#[test]
fn a_ring_stops_by_itself_when_its_time_is_out() {
    let mut story = ringing();
    story.forget().wait(Duration::from_secs(30));
    assert_eq!(story.events(), [&Event::RingStopped { call: CALL }]);

    story.wait(Duration::from_secs(3));
    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::NoAnswer, false)));
}

#[test]
fn a_ring_time_beyond_reason_is_cut() {
    let mut story = Story::new();
    story.signal(Signal::Ring(Ring { ring_left_ms: u64::MAX, ..ring(CALL) }));
    story.order(Command::AnswerCall { ring: true }).wait(Duration::from_secs(90));

    assert_eq!(story.device.shown_ring(), None);
}

#[test]
fn an_invite_without_ring_time_never_rings() {
    let mut story = Story::new();
    story.signal(Signal::Ring(Ring { ring_left_ms: 0, ..ring(CALL) }));

    assert!(story.outputs.is_empty());
}

#[test]
fn a_ring_from_oneself_is_ignored() {
    let mut story = Story::new();
    story.signal(Signal::Ring(Ring { from: user("alice"), ..ring(CALL) }));

    assert!(story.outputs.is_empty());
}

#[test]
fn a_late_or_doubled_ring_never_rings_again() {
    for over in [handled(CALL), hung_up(CALL)] {
        let mut story = ringing();
        story.signal(over).forget();

        story.signal(Signal::Ring(ring(CALL))).link(Link::Reset(Some(SnapshotCall::Ringing(ring(CALL)))));

        assert!(story.outputs.is_empty());
    }
}

#[test]
fn a_ring_that_comes_after_its_own_end_never_rings() {
    let mut story = Story::new();
    story.signal(hung_up(CALL)).signal(Signal::Ring(ring(CALL)));

    assert!(story.outputs.is_empty());
}

#[test]
fn another_ring_during_a_ring_or_a_call_is_ignored() {
    for mut story in [ringing(), accepting(), active_as_callee()] {
        story.forget().signal(Signal::Ring(ring(OTHER_CALL)));

        assert!(story.outputs.is_empty());
    }
}

#[test]
fn a_transport_that_fails_during_a_ring_is_made_anew_on_accept() {
    let mut story = ringing();
    story.media(Media::Failed).forget().order(ACCEPT);

    assert_eq!(story.orders(), [&MediaControl::Prepare { role: MediaRole::Answerer, kind: CallKind::Voice }]);
}

#[test]
fn a_description_of_somebody_else_ends_the_call() {
    let mut story = joining_as_callee();
    story.forget().media(Media::Unverified).signal(ended_with(CALL, EndReason::MediaFailed));

    assert_eq!(story.requests(), [&Request::MediaLost { call: CALL, was_connected: false }]);
    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::MediaFailed, false)));
}

#[test]
fn a_lost_path_is_awaited_by_the_answerer() {
    let mut story = active_as_callee();
    story.forget().media(Media::Lost);

    assert!(matches!(story.events()[..], [Event::Reconnecting { .. }]));
    assert!(story.orders().is_empty(), "the offerer restarts");
}

#[test]
fn a_reset_lets_a_ring_ring_and_keeps_one_that_does() {
    let found = || Link::Reset(Some(SnapshotCall::Ringing(ring(CALL))));
    let mut fresh = Story::new();
    fresh.link(found());
    assert_eq!(fresh.events(), [&Event::Invited(ring(CALL))]);

    let mut story = ringing();
    story.forget().link(Link::Down).link(found());
    assert!(story.outputs.is_empty());
}

#[test]
fn a_reset_tells_a_ringing_device_that_another_answered() {
    let mut story = ringing();
    story.forget().link(Link::Reset(Some(SnapshotCall::Elsewhere { call: CALL })));

    assert!(matches!(
        story.events()[..],
        [Event::RingStopped { .. }, Event::Ended { end: End::HandledElsewhere { .. }, .. }]
    ));
}

#[test]
fn a_reset_that_does_not_know_the_ring_stops_it() {
    let mut story = ringing();
    story.forget().link(Link::Reset(None));

    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::NoAnswer, false)));
}

#[test]
fn a_reset_before_the_accept_was_heard_leaves_it_to_be_repeated() {
    let mut story = accepting();
    story.forget().link(Link::Reset(Some(SnapshotCall::Ringing(ring(CALL)))));

    assert!(matches!(story.device.phase(), Phase::Joining));
    assert!(story.outputs.is_empty());
}

#[test]
fn a_doubled_answer_changes_nothing() {
    let mut story = joining_as_callee();
    story.forget();

    story.accept_op_again(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert!(story.outputs.is_empty());
}

#[test]
fn an_answer_nobody_waits_for_is_hung_up() {
    let mut story = Story::new();
    story.stray_answer(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
    assert!(!story.has_opened());
}

#[test]
fn there_is_nothing_to_accept_without_a_ring() {
    for command in [ACCEPT, Command::Decline, Command::AnswerCall { ring: true }] {
        let mut story = Story::new();
        story.order(command.clone());

        assert_eq!(story.events(), [&Event::Rejected { command, why: Rejection::NothingRings }]);
    }
}

fn recorded(reason: EndReason, by_me: bool) -> End {
    End::Recorded { reason, by_me }
}
