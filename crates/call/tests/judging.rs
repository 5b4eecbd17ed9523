//! The record's judgement: who is told what, and how a call begins.

mod common;

use carillon_call::record::{
    Action, Actor, CallState, Decision, Facts, Grant, Invitee, LegState, MAX_HELD_BYTES, MAX_HELD_SIGNALS, Profiles,
    Recipient, Rows, Viewer, decide, log_entry, snapshot,
};
use carillon_protocol::{
    CallKind, CallPath, Candidate, DeviceCard, DeviceId, Direction, Done, EndReason, Ended, Handled, HandledHow,
    Invitation, MediaSignal, OtherEnd, Published, RefusalCode, Signal, SnapshotCall, Uid, UserId,
};
use common::{
    CALL, GROUP_VOICE, OTHER_CALL, VIDEO, VOICE, accept, app, candidate, device, grant, invitation, invitee, offer,
    profiles, sdp_answer, user,
};
use proptest::prelude::*;

const DESK: u128 = 1;
const LAPTOP: u128 = 11;
const PHONE: u128 = 12;

#[test]
fn an_invite_rings_on_every_device_and_names_the_others() {
    let decision = invite(&before(), &alice(), invitation("bob")).expect("a good invite");

    let [(to_laptop, on_laptop), (to_phone, on_phone)] = &decision.signals[..] else { panic!("two devices") };
    assert_eq!((to_laptop, to_phone), (&to(LAPTOP), &to(PHONE)));
    let (Signal::Ring(on_laptop), Signal::Ring(on_phone)) = (on_laptop, on_phone) else { panic!("rings") };
    assert_eq!(
        (&on_laptop.also_on[..], &on_phone.also_on[..]),
        (&["phone".to_owned()][..], &["laptop".to_owned()][..])
    );
    assert_eq!(
        (on_laptop.from.as_str(), on_laptop.from_name.as_str()),
        ("alice", "Alice"),
        "from the link, not the message"
    );
    assert_eq!(decision.done, Done::Calling { call: CALL, ring_left_ms: 30_000, legs: vec![] });
}

#[test]
fn the_ring_time_is_the_callers_choice_within_reason() {
    for (asked_ms, given_ms) in [(1, 15_000), (20_000, 20_000), (u64::MAX, 90_000)] {
        let wanted = Invitation { ring_ms: Some(asked_ms), ..invitation("bob") };

        let decision = invite(&before(), &alice(), wanted).expect("a good invite");

        assert_eq!(decision.done, Done::Calling { call: CALL, ring_left_ms: given_ms, legs: vec![] });
    }
}

#[test]
fn an_invite_that_makes_no_sense_is_refused() {
    let group = Invitation { scope: GROUP_VOICE, to: Vec::new(), ..invitation("bob") };
    let nobody = Invitation { to: Vec::new(), ..invitation("bob") };
    let two = Invitation { to: vec![user("bob"), user("carol")], ..invitation("bob") };
    let wordy = Invitation { message: "x".repeat(4097), ..invitation("bob") };
    for wanted in [group, nobody, two, wordy] {
        assert_eq!(refused(invite(&before(), &alice(), wanted)), RefusalCode::Invalid);
    }
    assert_eq!(refused(invite(&before(), &alice(), invitation("alice"))), RefusalCode::SelfCall);
    let unknown = Facts { invitees: Vec::new(), ..before() };
    assert_eq!(refused(invite(&unknown, &alice(), invitation("bob"))), RefusalCode::UnknownUser);
}

#[test]
fn a_channel_belongs_to_one_live_call() {
    let before = Facts { channel_call: Some(OTHER_CALL), ..before() };

    assert_eq!(refused(invite(&before, &alice(), invitation("bob"))), RefusalCode::ChannelInUse);
}

#[test]
fn a_caller_in_another_call_is_refused_on_every_device() {
    let before = Facts { call: Some(ringing()), ..before() };

    assert_eq!(refused(invite(&before, &alice(), invitation("carol"))), RefusalCode::InAnotherCall);
    assert_eq!(refused(invite(&before, &bob(LAPTOP), invitation("carol"))), RefusalCode::InAnotherCall);
}

#[test]
fn a_busy_callee_is_not_disturbed_and_finds_a_missed_call() {
    let before = Facts { invitees: vec![busy(active())], ..before() };

    let decision = invite(&before, &actor("carol", 31), invitation("bob")).expect("a good invite");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::Busy, by: None });
    assert_eq!(decision.signals, [(to(31), ended)]);
    let entry = log_entry(&decision.rows.expect("it is kept"), &user("bob"), name_of).expect("it is over");
    assert!(entry.is_missed());
}

#[test]
fn a_call_past_its_ring_time_keeps_nobody_busy() {
    let before = Facts { call: Some(ringing()), invitees: vec![busy(ringing())], ..before() };
    let asked = Action::Invite { id: OTHER_CALL, app: app(), invitation: invitation("bob"), claim: Ok(grant()) };

    let decision = decide(&before, &alice(), asked, 30_000).expect("a good invite");

    assert_eq!(decision.done, Done::Calling { call: OTHER_CALL, ring_left_ms: 30_000, legs: vec![] });
}

#[test]
fn of_two_crossing_calls_the_one_that_rings_is_answered_with_the_lesser_kind() {
    let mut rows = ringing();
    rows.call.scope = VIDEO;
    rows.call.held = vec![offer(), candidate()];
    let before = Facts { call: Some(rows), profiles: profiles(&[("alice", "Alice")]), ..before() };

    let decision = invite(&before, &bob(LAPTOP), invitation("alice")).expect("a good invite");

    let Done::Joined { ring, .. } = &decision.done else { panic!("joined") };
    assert_eq!((ring.call, ring.scope.clone(), ring.from_name.as_str()), (CALL, VOICE, "Alice"));
    let accepted = Signal::Accepted {
        call: CALL,
        user: user("bob"),
        kind: CallKind::Voice,
        device: Some(card(LAPTOP)),
        uid: Some(grant().uid),
        path: CallPath::Direct,
    };
    assert_eq!(decision.signals[0], (to(DESK), accepted));
    assert_eq!(decision.signals[1], others_are_told(HandledHow::Accepted, LAPTOP));
    let held = |signal| (to(LAPTOP), Signal::Media { call: CALL, signal });
    assert_eq!(decision.signals[2..], [held(offer()), held(candidate())]);
}

#[test]
fn a_video_call_against_a_video_call_stays_one() {
    let mut rows = ringing();
    rows.call.scope = VIDEO;
    let before = Facts { call: Some(rows), ..before() };
    let wanted = Invitation { scope: VIDEO, ..invitation("alice") };

    let decision = invite(&before, &bob(LAPTOP), wanted).expect("a good invite");

    assert_eq!(decision.rows.expect("it changes").call.scope, VIDEO);
}

#[test]
fn the_first_accept_wins_and_everybody_is_told() {
    let mut rows = ringing();
    rows.call.held = vec![offer()];

    let decision = ask(&rows, &bob(PHONE), accept()).expect("it rings");

    let accepted = Signal::Accepted {
        call: CALL,
        user: user("bob"),
        kind: CallKind::Voice,
        device: Some(card(PHONE)),
        uid: Some(grant().uid),
        path: CallPath::Direct,
    };
    let held = Signal::Media { call: CALL, signal: offer() };
    let told = [(to(DESK), accepted), others_are_told(HandledHow::Accepted, PHONE), (to(PHONE), held)];
    assert_eq!(decision.signals, told);
    let rows = decision.rows.expect("it changes");
    assert!(rows.call.held.is_empty());
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), accept())), RefusalCode::AlreadyHandled);
}

#[test]
fn each_of_two_hears_as_whom_the_other_is_in_the_channel_by_their_token() {
    let as_number = |number| Ok(Grant { uid: Uid::Number(number), until_ms: None });
    let of_alice = Action::Invite { id: CALL, app: app(), invitation: invitation("bob"), claim: as_number(41) };
    let rang = decide(&before(), &alice(), of_alice, 0).expect("a good invite");
    let Some((_, Signal::Ring(ring))) = rang.signals.first() else { panic!("it rings") };
    assert_eq!(ring.from_uid, Some(Uid::Number(41)));

    let ringing = rang.rows.expect("it begins");
    let answered =
        ask(&ringing, &bob(LAPTOP), Action::Accept { claim: as_number(42), hides_address: false }).expect("it rings");
    let Some((_, Signal::Accepted { uid, .. })) = answered.signals.first() else { panic!("the caller hears it") };
    assert_eq!(*uid, Some(Uid::Number(42)));
    assert!(matches!(&answered.done, Done::Joined { ring, .. } if ring.from_uid == Some(Uid::Number(41))));

    let active = answered.rows.expect("it changes");
    let other_end =
        |name, number| match snapshot(&active, Viewer::alone(&user(name), device(number)), &profiles(&[]), 2_000) {
            Some(SnapshotCall::Joined { with: Some(with), .. }) => (with.user, with.uid),
            other => panic!("{other:?}"),
        };
    assert_eq!(other_end("alice", DESK), (user("bob"), Some(Uid::Number(42))));
    assert_eq!(other_end("bob", LAPTOP), (user("alice"), Some(Uid::Number(41))));
}

#[test]
fn a_decline_ends_it_for_all() {
    let decision = ask(&ringing(), &bob(PHONE), Action::Decline).expect("it rings");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::Declined, by: Some(user("bob")) });
    let told = [(to(PHONE), ended.clone()), others_are_told(HandledHow::Declined, PHONE), (to(DESK), ended)];
    assert_eq!(decision.signals, told);
}

#[test]
fn a_cancel_is_told_to_all_devices_of_the_callee() {
    let decision = ask(&ringing(), &alice(), Action::HangUp).expect("it rings");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::Cancelled, by: Some(user("alice")) });
    assert_eq!(decision.signals, [(to(DESK), ended.clone()), (Recipient::User(user("bob")), ended)]);
}

#[test]
fn a_hang_up_is_told_to_the_two_devices_of_the_call() {
    let decision = ask(&active(), &bob(LAPTOP), Action::HangUp).expect("they talk");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::HungUp, by: Some(user("bob")) });
    assert_eq!(decision.signals, [(to(LAPTOP), ended.clone()), (to(DESK), ended)]);
}

#[test]
fn whoever_comes_after_the_ring_time_hears_how_it_ended() {
    for (who, asked) in [
        (bob(LAPTOP), accept()),
        (bob(LAPTOP), Action::Decline),
        (bob(LAPTOP), Action::Ringing),
        (alice(), Action::HangUp),
    ] {
        let before = Facts { call: Some(ringing()), ..Facts::default() };

        let decision = decide(&before, &who, asked, 30_000).expect("well answered");

        let state = decision.rows.expect("it is over").call.state;
        assert_eq!(state, CallState::Ended { reason: EndReason::NoAnswer, by: None });
        assert_eq!(decision.done, Done::Done);
    }
}

#[test]
fn a_device_that_rings_too_late_hears_what_it_has_missed() {
    let cancelled = ask(&ringing(), &alice(), Action::HangUp).expect("allowed").rows.expect("it ends");
    let late = |rows: &Rows| ask(rows, &bob(PHONE), Action::Ringing).expect("it is told").signals;

    let ended = Ended { call: CALL, reason: EndReason::Cancelled, by: Some(user("alice")) };
    assert_eq!(late(&cancelled), [(to(PHONE), Signal::Ended(ended))]);
    let how = HandledHow::Accepted;
    let handled = Handled { call: CALL, how, device: device(LAPTOP), device_name: String::new() };
    assert_eq!(late(&active()), [(to(PHONE), Signal::Handled(handled))]);
}

#[test]
fn the_caller_hears_how_many_devices_ring() {
    let rows = ask(&ringing(), &bob(LAPTOP), Action::Ringing).expect("it rings").rows.expect("it counts");
    let decision = ask(&rows, &bob(PHONE), Action::Ringing).expect("it rings");
    assert_eq!(decision.signals, [(to(DESK), Signal::RingingOn { call: CALL, devices: 2 })]);

    let rows = decision.rows.expect("it counts");
    let decision = ask(&rows, &bob(LAPTOP), Action::DeviceGone).expect("well answered");
    assert_eq!(decision.signals, [(to(DESK), Signal::RingingOn { call: CALL, devices: 1 })]);
}

#[test]
fn what_is_held_is_bounded_in_number_and_in_bytes() {
    let mut rows = ringing();
    for _ in 0..MAX_HELD_SIGNALS {
        rows = ask(&rows, &alice(), Action::Media(candidate())).expect("within the bound").rows.expect("held");
    }
    assert_eq!(refused(ask(&rows, &alice(), Action::Media(candidate()))), RefusalCode::RateLimited);

    let huge = Candidate { candidate: "x".repeat(MAX_HELD_BYTES + 1), sdp_mid: None, sdp_m_line_index: None };
    let huge = Action::Media(MediaSignal::Candidate(huge));
    assert_eq!(refused(ask(&ringing(), &alice(), huge)), RefusalCode::RateLimited);
}

#[test]
fn media_pass_between_the_two_devices_of_the_call() {
    let from_caller = ask(&active(), &alice(), Action::Media(candidate())).expect("passed on");
    let from_callee = ask(&active(), &bob(LAPTOP), Action::Media(sdp_answer())).expect("passed on");

    assert_eq!(from_caller.signals, [(to(LAPTOP), Signal::Media { call: CALL, signal: candidate() })]);
    assert_eq!(from_callee.signals, [(to(DESK), Signal::Media { call: CALL, signal: sdp_answer() })]);
    assert_eq!((from_caller.rows, from_callee.rows), (None, None));
}

#[test]
fn a_snapshot_shows_each_device_its_part() {
    let see = |rows: &Rows, name: &str, number| {
        let (user, also_on) = (user(name), vec!["phone".to_owned()]);
        let viewer = Viewer { user: &user, device: device(number), also_on };
        snapshot(rows, viewer, &profiles(&[("alice", "Alice")]), 10_000)
    };
    let inviting = SnapshotCall::Inviting { call: CALL, ring_left_ms: 20_000, legs: vec![] };
    let joined = |with: &str, number| {
        let (user, device, uid) = (user(with), card(number), Some(grant().uid));
        let with = OtherEnd { user, device, uid, published: Published::default(), version: 2 };
        Some(SnapshotCall::Joined { call: CALL, with: Some(with), legs: vec![], path: CallPath::Direct })
    };
    let elsewhere = SnapshotCall::Elsewhere { call: CALL };

    assert_eq!(see(&ringing(), "alice", DESK), Some(inviting));
    assert_eq!(see(&ringing(), "alice", 2), Some(elsewhere.clone()));
    let Some(SnapshotCall::Ringing(ring)) = see(&ringing(), "bob", LAPTOP) else { panic!("it rings") };
    assert_eq!((ring.ring_left_ms, &ring.also_on[..]), (20_000, &["phone".to_owned()][..]));
    assert_eq!(see(&active(), "alice", DESK), joined("bob", LAPTOP));
    assert_eq!(see(&active(), "bob", LAPTOP), joined("alice", DESK));
    assert_eq!(see(&active(), "bob", PHONE), Some(elsewhere));
    assert_eq!(see(&active(), "mallory", 21), None);
    let over = ask(&active(), &alice(), Action::HangUp).expect("they talk").rows.expect("it ends");
    assert_eq!(see(&over, "alice", DESK), None);
}

#[test]
fn a_snapshot_never_shows_a_ring_past_its_time() {
    assert_eq!(snapshot(&ringing(), Viewer::alone(&user("bob"), device(LAPTOP)), &Profiles::default(), 30_000), None);
}

#[test]
fn the_log_tells_both_sides_what_happened() {
    let before = Facts { call: Some(active()), ..Facts::default() };
    let over = decide(&before, &alice(), Action::HangUp, 61_000).expect("they talk").rows.expect("it ends");

    let of_alice = log_entry(&over, &user("alice"), name_of).expect("her call");
    let of_bob = log_entry(&over, &user("bob"), name_of).expect("his call");

    assert_eq!((of_alice.direction, of_alice.with.as_str()), (Direction::Outgoing, "bob"));
    assert_eq!((of_bob.direction, of_bob.with_name.as_str()), (Direction::Incoming, "Name of alice"));
    assert_eq!((of_alice.duration_ms, of_alice.answered), (60_000, true));
    assert!(!of_bob.is_missed());
    assert_eq!(log_entry(&over, &user("mallory"), name_of), None);
    assert_eq!(log_entry(&active(), &user("alice"), name_of), None);
}

#[test]
fn what_is_missed_is_what_nobody_answered_or_declined() {
    let over = |who: &Actor, asked| ask(&ringing(), who, asked).expect("it rings").rows.expect("it ends");
    let of_bob = |rows: &Rows| log_entry(rows, &user("bob"), name_of).expect("his call").is_missed();

    assert!(of_bob(&over(&alice(), Action::HangUp)));
    assert!(of_bob(&over(&alice(), Action::DeviceGone)));
    assert!(!of_bob(&over(&bob(PHONE), Action::Decline)));
}

proptest! {
    #[test]
    fn whatever_is_asked_a_call_has_one_winner_and_one_end(asks in prop::collection::vec((0..5usize, 0..9usize, 0..2_000u64), 0..60)) {
        let mut rows = ringing();
        let mut now_ms = 0;
        for (who, what, wait_ms) in asks {
            now_ms += wait_ms;
            let who = [alice(), actor("alice", 2), bob(LAPTOP), bob(PHONE), actor("mallory", 21)][who].clone();
            let asked = [
                Action::Ringing, accept(), Action::Decline, Action::HangUp, Action::MediaLost { was_connected: true },
                Action::Media(offer()), Action::Media(sdp_answer()), Action::DeviceGone, Action::Expire,
            ][what].clone();
            let before = Facts { call: Some(rows.clone()), ..Facts::default() };

            let Ok(Decision { rows: Some(after), .. }) = decide(&before, &who, asked, now_ms) else { continue };

            prop_assert!(!matches!(rows.call.state, CallState::Ended { .. }), "the end is final");
            prop_assert!(rows.call.state == CallState::Ringing || after.call.state != CallState::Ringing);
            for (leg, now) in rows.legs.iter().zip(&after.legs).filter(|(leg, _)| leg.state == LegState::Accepted) {
                prop_assert_eq!(&leg.device, &now.device, "the winner stays");
            }
            prop_assert!(after.call.held.len() <= MAX_HELD_SIGNALS);
            rows = after;
        }
    }
}

/// Alice's device calls Bob, who has a laptop and a phone.
fn ringing() -> Rows {
    invite(&before(), &alice(), invitation("bob")).expect("a good invite").rows.expect("it begins")
}

/// Bob has answered on his laptop, a second after.
fn active() -> Rows {
    ask(&ringing(), &bob(LAPTOP), accept()).expect("it rings").rows.expect("it changes")
}

fn before() -> Facts {
    Facts {
        invitees: vec![
            invitee("bob", &[(LAPTOP, "laptop"), (PHONE, "phone")]),
            invitee("carol", &[]),
            invitee("alice", &[]),
        ],
        ..Facts::default()
    }
}

fn invite(before: &Facts, who: &Actor, wanted: Invitation) -> Result<Decision, carillon_protocol::Refusal> {
    decide(before, who, Action::Invite { id: CALL, app: app(), invitation: wanted, claim: Ok(grant()) }, 0)
}

fn ask(rows: &Rows, who: &Actor, asked: Action) -> Result<Decision, carillon_protocol::Refusal> {
    let before = Facts { call: Some(rows.clone()), ..Facts::default() };
    decide(&before, who, asked, 1_000)
}

fn alice() -> Actor {
    actor("alice", DESK)
}

fn bob(number: u128) -> Actor {
    actor("bob", number)
}

fn actor(name: &str, number: u128) -> Actor {
    let mut user_name = name.to_owned();
    user_name[..1].make_ascii_uppercase();
    Actor {
        user: user(name),
        user_name,
        avatar: None,
        device: device(number),
        device_name: format!("device {number}"),
        key: None,
    }
}

/// Bob, whom a call takes.
fn busy(call: Rows) -> Invitee {
    Invitee { call: Some(call), ..invitee("bob", &[(LAPTOP, "laptop")]) }
}

fn card(number: u128) -> DeviceCard {
    DeviceCard { device: device(number), key: None }
}

fn to(number: u128) -> Recipient {
    Recipient::Device(device(number))
}

fn others_are_told(how: HandledHow, number: u128) -> (Recipient, Signal) {
    let by: DeviceId = device(number);
    let handled = Handled { call: CALL, how, device: by, device_name: format!("device {number}") };
    (Recipient::OtherDevices(user("bob"), by), Signal::Handled(handled))
}

fn name_of(user: &UserId) -> String {
    format!("Name of {user}")
}

#[track_caller]
fn refused(decided: Result<Decision, carillon_protocol::Refusal>) -> RefusalCode {
    decided.expect_err("it is refused").code
}
