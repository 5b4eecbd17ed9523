//! Group calls, on one device.

mod common;

use std::time::Duration;

use carillon_call::device::{Command, End, Event, Link, Media, MediaControl, Phase, Rejection};
use carillon_protocol::{
    Answer, CallKind, CallPath, Done, EndReason, Ended, Handled, HandledHow, Invitation, Leg, LegState, RefusalCode,
    Request, Ring, Secret, Signal, SnapshotCall, Uid,
};
use common::{CALL, GROUP_VOICE, OTHER_CALL, Story, candidate, device, invitation, refused, ring, user};

#[test]
fn calling_a_group_is_active_with_the_first_accept() {
    let mut story = calling();
    assert!(matches!(story.device.phase(), Phase::Inviting));

    story.forget().signal(changed(leg("carol", LegState::Declined))).signal(changed(leg("bob", LegState::Accepted)));

    let told = [
        told(leg("carol", LegState::Declined), Some(LegState::Ringing)),
        told(leg("bob", LegState::Accepted), Some(LegState::Ringing)),
        Event::Joining { call: CALL, kind: CallKind::Voice, with_uid: None },
        Event::Active { call: CALL },
    ];
    assert_eq!(story.events(), told.iter().collect::<Vec<_>>());
    assert!(story.orders().is_empty());
    assert_eq!(story.device.phase(), &Phase::Active { since: story.now });
}

#[test]
fn the_legs_of_a_call_are_known_once_the_server_has_named_it() {
    let story = calling();

    let legs = &story.device.call().expect("in hand").legs;

    assert_eq!(legs, &all_legs());
    assert!(story.events().contains(&&told(leg("bob", LegState::Ringing), None)));
}

#[test]
fn joining_a_group_call_is_active_as_soon_as_the_record_agrees() {
    let mut story = accepting();
    assert!(matches!(story.device.phase(), Phase::Joining));

    story.forget().accept_answered(joined());

    assert_eq!(story.events().last(), Some(&&Event::Active { call: CALL }));
    assert_eq!(story.orders(), [&MediaControl::Open]);
}

#[test]
fn an_accept_goes_with_its_token_and_uid() {
    let mut story = ringing();
    let (access_token, uid) = (Some(Secret::new("token")), Some(Uid::Number(7)));

    story.forget().order(Command::Accept {
        access_token: access_token.clone(),
        uid: uid.clone(),
        hides_address: false,
    });

    assert_eq!(story.requests(), [&Request::Accept { call: CALL, access_token, uid, hides_address: false }]);
}

#[test]
fn what_only_a_call_of_two_has_means_nothing_in_a_group_call() {
    for mut story in [calling(), accepting(), active()] {
        let before = story.device.phase().clone();
        story.forget();

        story.media(Media::Signal(candidate())).signal(Signal::Media { call: CALL, signal: candidate() });

        assert!(story.outputs.is_empty());
        assert_eq!(story.device.phase(), &before);
    }
}

#[test]
fn a_change_that_overtakes_the_answer_to_the_accept_counts_more_than_the_answer() {
    let mut story = accepting();
    story.signal(changed(leg("carol", LegState::Accepted)));

    story.accept_answered(joined());

    let carol = story.device.call().expect("in hand").legs.iter().find(|leg| leg.user == user("carol"));
    assert_eq!(carol.map(|leg| leg.state), Some(LegState::Accepted));
}

#[test]
fn a_change_heard_twice_is_told_once() {
    let mut story = active();
    story.forget().signal(changed(leg("carol", LegState::Missed))).signal(changed(leg("carol", LegState::Missed)));

    assert_eq!(story.events(), [&told(leg("carol", LegState::Missed), Some(LegState::Ringing))]);
}

#[test]
fn people_are_added_on_the_channel_of_the_call_in_hand() {
    for order in [Command::AddPeople, Command::StartCall] {
        let mut story = active();
        story.forget().order(order(invitation("dora")));
        assert_eq!(story.requests(), [&Request::Invite(invitation("dora"))]);

        let dora = leg("dora", LegState::Ringing);
        let legs = vec![dora.clone()];
        story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs }));

        let told = [told(dora, None), Event::Added { call: CALL, users: vec![user("dora")] }];
        assert_eq!(story.events(), told.iter().collect::<Vec<_>>());
        assert!(matches!(story.device.phase(), Phase::Active { .. }));
    }
}

#[test]
fn people_who_cannot_be_added_leave_the_call_as_it_was() {
    let mut story = active();
    story.forget().order(Command::AddPeople(invitation("nobody")));

    story.invite_answered(refused(RefusalCode::UnknownUser));

    let [Event::NotAdded { call: CALL, users, refusal }] = &story.events()[..] else { panic!("{:?}", story.events()) };
    assert_eq!((&users[..], refusal.code), (&[user("nobody")][..], RefusalCode::UnknownUser));
    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn an_answer_about_added_people_after_the_end_is_nothing_to_hang_up() {
    let mut story = active();
    story.order(Command::AddPeople(invitation("dora"))).signal(ended(EndReason::HungUp)).forget();

    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: all_legs() }));

    assert!(story.outputs.is_empty());
}

#[test]
fn people_who_were_asked_into_a_call_that_was_over_are_not_called_by_it() {
    for end_first in [true, false] {
        let mut story = active();
        story.order(Command::AddPeople(invitation("dora")));
        if end_first {
            story.signal(ended(EndReason::ConnectionLost));
        }
        story.forget();

        story.invite_answered(Answer::Ok(Done::Calling { call: OTHER_CALL, ring_left_ms: 30_000, legs: all_legs() }));

        assert_eq!(story.requests(), [&Request::HangUp { call: OTHER_CALL }]);
    }
}

#[test]
fn adding_makes_sense_in_a_group_call_with_a_link_only() {
    let elsewhere = Invitation { channel: common::channel("hill"), ..invitation("dora") };
    for (mut story, command, why) in [
        (Story::new(), Command::AddPeople(invitation("dora")), Rejection::NotInACall),
        (common::active_as_caller(), Command::AddPeople(invitation("dora")), Rejection::NotInACall),
        (active(), Command::StartCall(elsewhere), Rejection::InACall),
        (without_a_link(active()), Command::AddPeople(invitation("dora")), Rejection::Offline),
    ] {
        story.forget().order(command.clone());

        assert_eq!(story.events(), [&Event::Rejected { command, why }]);
        assert!(story.requests().is_empty());
    }
}

#[test]
fn people_added_while_nobody_has_answered_are_waited_for() {
    let mut story = calling();
    story.wait(Duration::from_secs(20)).order(Command::AddPeople(invitation("dora")));
    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: all_legs() }));

    story.wait(Duration::from_secs(32));

    assert!(matches!(story.device.phase(), Phase::Inviting));
}

#[test]
fn leaving_is_asked_for_and_ends_with_the_records_word() {
    let mut story = active();
    story.forget().order(Command::HangUp);
    assert_eq!(story.requests(), [&Request::HangUp { call: CALL }]);

    story.signal(Signal::Ended(Ended { call: CALL, reason: EndReason::HungUp, by: Some(user("alice")) }));

    let end = End::Recorded { reason: EndReason::HungUp, by_me: true };
    assert_eq!(story.events(), [&Event::Ended { call: Some(CALL), end }]);
    assert_eq!(story.orders(), [&MediaControl::Close]);
}

#[test]
fn whoever_is_taken_out_hears_why() {
    for reason in [EndReason::Removed, EndReason::TokenExpired, EndReason::ConnectionLost] {
        let mut story = active();

        story.signal(Signal::Ended(Ended { call: CALL, reason, by: None }));

        assert_eq!(story.device.phase(), &Phase::Ended(End::Recorded { reason, by_me: false }));
    }
}

#[test]
fn whoever_left_can_be_asked_again_and_a_late_first_ring_stays_silent() {
    let again = Ring { round: 1, ..group_ring() };
    let mut story = active();
    story.order(Command::HangUp).signal(ended(EndReason::HungUp)).forget();

    story.signal(Signal::Ring(group_ring()));
    assert!(story.outputs.is_empty());
    story.signal(Signal::Ring(again.clone()));

    assert_eq!(story.events(), [&Event::Invited(again)]);
}

#[test]
fn a_reset_brings_the_legs_up_to_date() {
    let mut legs = all_legs();
    legs[2].state = LegState::Accepted;
    let mut story = active();
    story.link(Link::Down).forget();

    story.link(Link::Reset(Some(SnapshotCall::Joined { call: CALL, with: None, legs, path: CallPath::Server })));

    assert_eq!(story.events(), [&told(leg("carol", LegState::Accepted), Some(LegState::Ringing))]);
    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn a_reset_tells_a_caller_that_somebody_has_joined() {
    let mut legs = all_legs();
    legs[1].state = LegState::Accepted;
    let mut story = calling();

    story.link(Link::Reset(Some(SnapshotCall::Joined { call: CALL, with: None, legs, path: CallPath::Server })));

    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn a_reset_that_finds_a_later_ring_of_the_call_in_hand_rings() {
    let again = Ring { round: 1, ..group_ring() };
    for mut story in [ringing(), active()] {
        story.forget().link(Link::Reset(Some(SnapshotCall::Ringing(again.clone()))));

        let events = story.events();
        assert!(matches!(events[..], [.., Event::Ended { .. }, Event::Invited(_)]), "{events:?}");
    }
}

#[test]
fn a_caller_who_was_taken_out_and_asked_again_before_the_answer_came_is_rung() {
    for gives_up in [false, true] {
        let mut story = calling_unnamed();
        if gives_up {
            story.order(Command::HangUp);
        }
        let again = Ring { round: 1, ..group_ring() };
        story.link(Link::Down).link(Link::Reset(Some(SnapshotCall::Ringing(again)))).forget();

        story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: all_legs() }));

        let events = story.events();
        assert!(matches!(events[..], [Event::Ended { .. }, Event::Invited(_)]), "{events:?}");
        assert_eq!(*story.device.phase(), Phase::Ringing);
    }
}

#[test]
fn a_group_ring_that_another_device_dealt_with_is_over_here() {
    let mut story = ringing();
    let handled =
        Handled { call: CALL, how: HandledHow::Accepted, device: device(99), device_name: "phone".to_owned() };

    story.forget().signal(Signal::Handled(handled));

    assert!(matches!(story.device.phase(), Phase::Ended(End::HandledElsewhere { .. })));
    assert_eq!(story.orders(), [&MediaControl::Close]);
}

#[test]
fn a_token_is_renewed_without_leaving() {
    let mut story = active();
    story.signal(Signal::TokenWillExpire { call: CALL, left_ms: 30_000 });
    assert_eq!(story.events().last(), Some(&&Event::TokenWillExpire { call: CALL, left: Duration::from_secs(30) }));

    story.forget().order(Command::RenewToken { access_token: Secret::new("next") });
    assert_eq!(story.requests(), [&Request::RenewToken { call: CALL, access_token: Secret::new("next") }]);
    story.renewal_answered(Answer::Ok(Done::Done));

    assert!(story.events().is_empty());
    assert!(matches!(story.device.phase(), Phase::Active { .. }));
}

#[test]
fn a_token_that_is_not_taken_is_told() {
    for mut story in [active(), common::active_as_caller()] {
        story.signal(Signal::TokenExpired { call: CALL, left_ms: 30_000 });
        story.order(Command::RenewToken { access_token: Secret::new("bad") }).forget();

        story.renewal_answered(refused(RefusalCode::TokenInvalid));

        let [Event::NotRenewed { call: CALL, refusal }] = &story.events()[..] else { panic!("{:?}", story.events()) };
        assert_eq!(refusal.code, RefusalCode::TokenInvalid);
    }
}

#[test]
fn there_is_no_token_to_renew_without_a_call() {
    let command = Command::RenewToken { access_token: Secret::new("next") };
    let mut story = Story::new();

    story.order(command.clone());

    assert_eq!(story.events(), [&Event::Rejected { command, why: Rejection::NotInACall }]);
}

/// Alice calls Bob and Carol.
fn calling() -> Story {
    let mut story = calling_unnamed();
    story.invite_answered(Answer::Ok(Done::Calling { call: CALL, ring_left_ms: 30_000, legs: all_legs() }));
    story
}

/// The server has not answered yet.
fn calling_unnamed() -> Story {
    let mut story = Story::new();
    let to = vec![user("bob"), user("carol")];
    story.order(Command::StartCall(Invitation { scope: GROUP_VOICE, to, ..invitation("bob") }));
    story
}

/// Bob has called Alice and Carol.
fn ringing() -> Story {
    let mut story = Story::new();
    story.signal(Signal::Ring(group_ring())).order(Command::AnswerCall { ring: true });
    story
}

fn accepting() -> Story {
    let mut story = ringing();
    story.order(common::ACCEPT);
    story
}

fn active() -> Story {
    let mut story = accepting();
    story.accept_answered(joined());
    story
}

fn without_a_link(mut story: Story) -> Story {
    story.link(Link::Down);
    story
}

fn joined() -> Answer {
    Answer::Ok(Done::Joined { ring: group_ring(), legs: all_legs() })
}

fn group_ring() -> Ring {
    Ring { scope: GROUP_VOICE, ..ring(CALL) }
}

fn all_legs() -> Vec<Leg> {
    vec![leg("alice", LegState::Accepted), leg("bob", LegState::Ringing), leg("carol", LegState::Ringing)]
}

fn leg(name: &str, state: LegState) -> Leg {
    Leg::new(user(name), name, state)
}

fn changed(leg: Leg) -> Signal {
    Signal::LegChanged { call: CALL, leg }
}

fn told(leg: Leg, was: Option<LegState>) -> Event {
    Event::LegChanged { call: CALL, leg, was }
}

fn ended(reason: EndReason) -> Signal {
    Signal::Ended(Ended { call: CALL, reason, by: Some(user("alice")) })
}
