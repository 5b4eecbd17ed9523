//! Calling, on one device.

mod common;

use std::time::Duration;

use carillon_call::device::{Command, End, Event, Link, Media, MediaControl, MediaRole, Phase, Rejection, Timer};
use carillon_protocol::{
    Answer, CallKind, CallPath, Done, EndReason, OtherEnd, Published, RefusalCode, Request, Ring, Signal, SnapshotCall,
    Uid,
};
use common::{
    CALL, OTHER_CALL, Story, VIDEO, accepted, active_as_caller, bob_with, calling, calling_unnamed, candidate,
    ended_with, hung_up, invitation, joining_as_caller, leaving, media, offer, refused, ring, sdp_answer, user,
};

#[test]
fn calling_invites_prepares_and_opens_because_the_user_called() {
    let story = calling_unnamed();

    assert_eq!(story.requests(), [&Request::Invite(invitation("bob"))]);
    let prepare = MediaControl::Prepare { role: MediaRole::Offerer, kind: CallKind::Voice };
    assert_eq!(story.orders(), [&prepare, &MediaControl::Open]);
    assert_eq!(story.events(), [&Event::Calling { invitation: invitation("bob") }]);
}

#[test]
fn what_the_transport_says_before_the_server_has_a_name_is_sent_when_it_has() {
    let mut story = calling_unnamed();
    story.media(Media::Signal(offer())).media(Media::Signal(candidate())).forget();

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

    let said = [Request::Media { call: CALL, signal: offer() }, Request::Media { call: CALL, signal: candidate() }];
    assert_eq!(story.requests(), said.iter().collect::<Vec<_>>());
}

#[test]
fn an_accept_that_overtakes_the_answer_to_the_invite_is_not_lost() {
    let mut story = calling_unnamed();
    let answer = Signal::Media { call: CALL, signal: sdp_answer() };
    story.signal(accepted(CALL)).signal(answer).forget();
    assert!(matches!(story.device.phase(), Phase::Inviting));

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

    assert_eq!(story.events(), [&Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None }]);
    assert_eq!(story.orders(), [&MediaControl::Deliver(sdp_answer())]);
}

#[test]
fn the_caller_learns_as_whom_the_callee_is_in_the_channel_whichever_way_it_hears_of_the_accept() {
    let with_uid = Some(Uid::Number(42));
    let accepted = Signal::Accepted {
        call: CALL,
        user: user("bob"),
        kind: CallKind::Voice,
        device: None,
        uid: with_uid.clone(),
        path: CallPath::Direct,
    };
    let with = OtherEnd { uid: with_uid.clone(), ..bob_with(Published::default(), 0) };
    let found = SnapshotCall::Joined { call: CALL, with: Some(with), legs: vec![], path: CallPath::Direct };
    let crossing = Answer::Ok(Done::Joined { ring: Ring { from_uid: with_uid.clone(), ..ring(CALL) }, legs: vec![] });
    let (mut told, mut in_snapshot, mut by_glare, mut late) =
        (calling(), calling(), calling_unnamed(), active_as_caller());

    told.forget().signal(accepted);
    in_snapshot.forget().link(Link::Reset(Some(found.clone())));
    by_glare.forget().invite_answered(crossing);
    late.link(Link::Reset(Some(found)));

    let joining = Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: with_uid.clone() };
    for story in [&told, &in_snapshot, &by_glare] {
        assert_eq!(story.events(), [&joining]);
    }
    for story in [told, in_snapshot, by_glare, late] {
        assert_eq!(story.device.call().and_then(|call| call.with_uid.clone()), with_uid);
    }
}

#[test]
fn an_end_that_overtakes_the_answer_to_the_invite_is_not_lost() {
    let mut story = calling_unnamed();
    story.signal(ended_with(CALL, EndReason::Busy));

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 0, legs: vec![] }));

    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::Busy, false)));
}

#[test]
fn the_call_is_active_when_media_connect() {
    let mut story = joining_as_caller();
    story.forget();

    story.media(Media::Connected);

    assert_eq!(story.events(), [&Event::Active { call: CALL }]);
    assert_eq!(story.device.phase(), &Phase::Active { since: story.now });
}

#[test]
fn media_that_connect_before_the_accept_is_heard_wait_for_it() {
    let mut story = calling();
    story.media(Media::Connected).forget();
    assert!(matches!(story.device.phase(), Phase::Inviting));

    story.signal(accepted(CALL));

    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn media_that_never_connect_end_the_call_after_ten_seconds() {
    let mut story = joining_as_caller();
    story.forget().wait(Duration::from_secs(10));

    let lost = Request::MediaLost { call: CALL, was_connected: false };
    assert_eq!(story.requests(), [&Request::MoveToServer { call: CALL }, &lost], "the server does not answer");
    assert_eq!(story.orders(), [&MediaControl::Close]);
    assert_eq!(story.events(), Vec::<&Event>::new(), "the record has the word");

    story.signal(ended_with(CALL, EndReason::MediaFailed));

    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::MediaFailed, false)));
}

#[test]
fn hanging_up_is_silent_at_once_and_ends_with_the_records_word() {
    let mut story = active_as_caller();
    story.forget().order(Command::HangUp);

    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
    assert_eq!(story.orders(), [&MediaControl::Close]);
    assert!(story.events().is_empty());

    story.signal(hung_up(CALL)).order(Command::HangUp);

    let told = [
        Event::Ended { call: Some(CALL), end: recorded(EndReason::HungUp, false) },
        Event::Rejected { command: Command::HangUp, why: Rejection::NotInACall },
    ];
    assert_eq!(story.events(), told.iter().collect::<Vec<_>>());
    assert_eq!(story.requests().len(), 1, "a second click asks nothing");
}

#[test]
fn without_the_records_word_the_guess_counts_after_three_seconds() {
    let mut story = leaving();
    assert_eq!(story.device.poll_timeout().map(|deadline| deadline.timer), Some(Timer::Verdict));

    story.forget().wait(Duration::from_secs(3));

    assert_eq!(story.events(), [&Event::Ended { call: Some(CALL), end: recorded(EndReason::HungUp, true) }]);
}

#[test]
fn without_a_link_hanging_up_ends_at_once() {
    let mut story = active_as_caller();
    story.link(Link::Down).forget();

    story.order(Command::HangUp);

    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }], "it is repeated when the link is back");
    assert_eq!(story.events(), [&Event::Ended { call: Some(CALL), end: recorded(EndReason::HungUp, true) }]);
}

#[test]
fn a_call_that_is_cancelled_before_it_has_a_name_is_hung_up_when_it_has() {
    let mut story = calling_unnamed();
    story.order(Command::HangUp).forget();

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
    story.signal(ended_with(CALL, EndReason::Cancelled));
    assert!(matches!(story.device.phase(), Phase::Ended(_)));
}

#[test]
fn a_call_that_gets_its_name_after_the_user_gave_up_waiting_is_hung_up_too() {
    let mut story = calling_unnamed();
    story.order(Command::HangUp).wait(Duration::from_secs(60)).forget();
    assert!(matches!(story.device.phase(), Phase::Ended(_)));

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
    assert!(story.events().is_empty(), "it had ended");
}

#[test]
fn a_refused_invite_ends_the_call_and_lets_a_ring_that_waited_ring() {
    let mut story = calling_unnamed();
    story.signal(Signal::Ring(ring(OTHER_CALL))).forget();
    story.wait(Duration::from_secs(2));

    story.invite_answered(refused(RefusalCode::InAnotherCall));

    let late = Ring { ring_left_ms: 28_000, ..ring(OTHER_CALL) };
    assert!(matches!(story.events()[..], [Event::Ended { call: None, end: End::Refused(_) }, Event::Invited(_)]));
    assert_eq!(story.events()[1], &Event::Invited(late));
}

#[test]
fn a_crossing_call_is_joined_at_once_with_the_other_half_of_the_offer() {
    let mut story = Story::new();
    let mut video = invitation("bob");
    video.scope = VIDEO;
    story.order(Command::StartCall(video));
    story.signal(Signal::Ring(ring(CALL))).media(Media::Signal(offer())).forget();

    story.invite_answered(Answer::Ok(Done::Joined { ring: ring(CALL), legs: vec![] }));

    assert_eq!(
        story.events(),
        [&Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None }],
        "nothing rings"
    );
    let prepare = MediaControl::Prepare { role: MediaRole::Answerer, kind: CallKind::Voice };
    assert_eq!(story.orders(), [&prepare, &MediaControl::Open]);
    assert!(story.requests().is_empty(), "the offer of the lost call is not sent");

    story.forget().media(Media::Signal(sdp_answer())).media(Media::Signal(offer()));

    assert_eq!(story.requests(), [&Request::Media { call: CALL, signal: sdp_answer() }]);
}

#[test]
fn a_second_call_is_rejected_while_there_is_one() {
    for mut story in [calling_unnamed(), calling(), joining_as_caller(), active_as_caller(), leaving()] {
        story.forget();
        let command = Command::StartCall(invitation("carol"));

        story.order(command.clone());

        assert_eq!(story.events(), [&Event::Rejected { command, why: Rejection::InACall }]);
        assert!(story.requests().is_empty());
    }
}

#[test]
fn without_a_link_a_call_is_rejected() {
    let mut story = Story::new();
    story.link(Link::Down).order(Command::StartCall(invitation("bob")));

    assert!(matches!(story.events()[..], [Event::Rejected { why: Rejection::Offline, .. }]));
    assert_eq!(story.device.phase(), &Phase::Idle);
}

#[test]
fn a_caller_gives_up_a_little_after_the_ring_time() {
    let mut story = calling();
    story.forget().wait(Duration::from_secs(32));
    assert!(matches!(story.device.phase(), Phase::Inviting), "the server says when it is over");

    story.wait(Duration::from_secs(5));

    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::NoAnswer, false)));
    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
}

#[test]
fn a_lost_path_is_sought_again_by_the_offerer_and_the_call_goes_on() {
    let mut story = active_as_caller();
    story.forget().media(Media::Lost);

    let until = story.now + Duration::from_secs(30);
    assert_eq!(story.events(), [&Event::Reconnecting { call: CALL, until }]);
    assert_eq!(story.orders(), [&MediaControl::Restart]);

    story.forget().media(Media::Failed).media(Media::Connected);

    assert_eq!(story.events(), [&Event::Reconnected { call: CALL }]);
    assert!(story.orders().is_empty());
    assert_eq!(story.device.poll_timeout(), None);
}

#[test]
fn a_path_lost_together_with_the_link_is_sought_when_the_link_is_back() {
    let mut story = active_as_caller();
    story.link(Link::Down).media(Media::Lost).forget();
    assert!(story.orders().is_empty());

    story.link(Link::Resumed);

    assert_eq!(story.orders(), [&MediaControl::Restart]);
}

#[test]
fn a_path_that_stays_lost_ends_the_call_after_thirty_seconds() {
    let mut story = active_as_caller();
    story.media(Media::Lost).forget().wait(Duration::from_secs(30));

    let lost = Request::MediaLost { call: CALL, was_connected: true };
    assert_eq!(story.requests(), [&Request::MoveToServer { call: CALL }, &lost]);
    story.wait(Duration::from_secs(3));
    assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::ConnectionLost, false)));
}

#[test]
fn a_reset_that_does_not_know_the_call_ends_it() {
    for mut story in [calling(), joining_as_caller(), active_as_caller()] {
        story.link(Link::Down).link(Link::Reset(None));

        assert_eq!(story.device.phase(), &Phase::Ended(recorded(EndReason::ConnectionLost, false)));
    }
}

#[test]
fn a_reset_that_knows_the_call_changes_nothing() {
    let inviting = SnapshotCall::Inviting { call: CALL, ring_left_ms: 20_000, legs: vec![] };
    let joined = SnapshotCall::Joined { call: CALL, with: None, legs: vec![], path: CallPath::Direct };
    for (mut story, found) in
        [(calling(), inviting), (joining_as_caller(), joined.clone()), (active_as_caller(), joined)]
    {
        let before = story.device.phase().clone();
        story.forget().link(Link::Down).link(Link::Reset(Some(found)));

        assert_eq!(story.device.phase(), &before);
        assert!(story.outputs.is_empty());
    }
}

#[test]
fn a_reset_tells_a_caller_that_somebody_answered() {
    let mut story = calling();
    story.forget().link(Link::Reset(Some(SnapshotCall::Joined {
        call: CALL,
        with: None,
        legs: vec![],
        path: CallPath::Direct,
    })));

    assert_eq!(story.events(), [&Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None }]);
}

#[test]
fn a_ring_from_before_a_reset_counts_only_as_the_snapshot_has_it() {
    let busy = refused(RefusalCode::InAnotherCall);
    for (found, rings) in
        [(SnapshotCall::Elsewhere { call: OTHER_CALL }, false), (SnapshotCall::Ringing(ring(OTHER_CALL)), true)]
    {
        let mut story = calling_unnamed();
        story.signal(Signal::Ring(ring(OTHER_CALL)));
        story.link(Link::Down).link(Link::Reset(Some(found))).forget();

        story.invite_answered(busy.clone());

        let is_invited = story.events().iter().any(|event| matches!(event, Event::Invited(_)));
        assert_eq!(is_invited, rings);
    }
}

#[test]
fn a_ring_that_a_reset_has_ended_stays_silent_however_often_it_comes() {
    for found in [None, Some(SnapshotCall::Elsewhere { call: OTHER_CALL })] {
        let mut story = calling_unnamed();
        story.signal(Signal::Ring(ring(OTHER_CALL)));
        story.link(Link::Down).link(Link::Reset(found));

        story.signal(Signal::Ring(ring(OTHER_CALL))).invite_answered(refused(RefusalCode::InAnotherCall));
        story.signal(Signal::Ring(ring(OTHER_CALL)));

        assert!(!story.events().iter().any(|event| matches!(event, Event::Invited(_))), "{:?}", story.events());
    }
}

#[test]
fn a_ring_that_was_dropped_with_a_call_that_was_given_up_rings_only_by_a_snapshot() {
    let mut story = calling_unnamed();
    story.signal(Signal::Ring(ring(OTHER_CALL)));
    story.link(Link::Down).order(Command::HangUp).link(Link::Resumed).forget();

    story.signal(Signal::Ring(ring(OTHER_CALL)));
    assert!(story.events().is_empty(), "{:?}", story.events());
    story.link(Link::Down).link(Link::Reset(Some(SnapshotCall::Ringing(ring(OTHER_CALL)))));

    assert_eq!(story.events(), [&Event::Invited(ring(OTHER_CALL))]);
}

#[test]
fn a_snapshot_that_comes_before_the_servers_name_counts_once_the_name_is_known() {
    let joined = |call| Some(SnapshotCall::Joined { call, with: None, legs: vec![], path: CallPath::Direct });
    for (found, phase) in [(CALL, "Joining"), (OTHER_CALL, "Inviting")] {
        let mut story = calling_unnamed();
        story.link(Link::Down).link(Link::Reset(joined(found)));

        story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] }));

        assert!(format!("{:?}", story.device.phase()).starts_with(phase), "{:?}", story.device.phase());
    }
}

#[test]
fn a_call_of_its_own_that_a_device_knows_nothing_about_is_hung_up() {
    let joined = SnapshotCall::Joined { call: CALL, with: None, legs: vec![], path: CallPath::Direct };
    let inviting = SnapshotCall::Inviting { call: CALL, ring_left_ms: 20_000, legs: vec![] };
    for found in [joined, inviting] {
        let mut story = Story::new();
        story.link(Link::Reset(Some(found)));

        assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);
        assert_eq!(story.device.phase(), &Phase::Idle);
    }
}

#[test]
fn a_call_on_another_device_of_the_user_is_left_alone() {
    let mut story = Story::new();
    story.link(Link::Reset(Some(SnapshotCall::Elsewhere { call: CALL })));

    assert!(story.outputs.is_empty());
}

#[test]
fn a_goodbye_over_the_media_path_ends_the_call_once_the_server_cannot_say_so() {
    let hung_up_there = Phase::Ended(recorded(EndReason::HungUp, false));
    let mut away = active_as_caller();
    away.link(Link::Down).forget().media(Media::Left);
    assert_eq!(away.device.phase(), &hung_up_there);
    assert_eq!(away.requests(), [&Request::HangUp { call: CALL }], "for when the server is back");

    let mut going = active_as_caller();
    going.forget().media(Media::Left);
    assert!(going.outputs.is_empty(), "the server's word is on its way");
    going.link(Link::Down);
    assert_eq!(going.device.phase(), &hung_up_there);

    let mut silent = active_as_caller();
    silent.media(Media::Left).forget().media(Media::Lost).signal(hung_up(CALL));
    assert!(!silent.events().iter().any(|event| matches!(event, Event::Reconnecting { .. })));
    assert_eq!(silent.device.phase(), &hung_up_there);
}

#[test]
fn what_comes_after_the_end_changes_nothing() {
    let mut story = active_as_caller();
    story.signal(hung_up(CALL)).forget();

    story.signal(hung_up(CALL)).signal(accepted(CALL)).signal(media(CALL)).signal(Signal::Ring(ring(CALL)));
    story.media(Media::Connected).media(Media::Lost).wait(Duration::from_secs(60));

    assert!(story.outputs.is_empty());
}

#[test]
fn a_dismissed_call_leaves_the_device_idle() {
    let mut story = active_as_caller();
    story.signal(hung_up(CALL)).order(Command::Dismiss);

    assert_eq!(story.device.phase(), &Phase::Idle);
    assert_eq!(story.device.call(), None);
}

fn recorded(reason: EndReason, by_me: bool) -> End {
    End::Recorded { reason, by_me }
}
