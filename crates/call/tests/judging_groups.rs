//! The record's judgement about group calls: how they begin, grow and end, and who is told what.

mod common;

use carillon_call::record::{
    Action, Actor, CallState, Decision, EXPIRY_GRACE_MS, EXPIRY_NOTICE_MS, Facts, Grant, Group, Invitee, LegState,
    MAX_LEGS, Profiles, Recipient, Rows, Viewer, decide, log_entry, snapshot,
};
use carillon_protocol::{
    CallKind, CallScope, Direction, Done, EndReason, Ended, GroupId, GroupKind, HandledHow, Invitation, Refusal,
    RefusalCode, Signal, SnapshotCall, Uid, UserId,
};
use common::{
    CALL, GROUP_VOICE, OTHER_CALL, accept, app, candidate, channel, device, grant, invitation, invitee, profiles, user,
};

const DESK: u128 = 1;
const LAPTOP: u128 = 11;
const PHONE: u128 = 12;
const TABLET: u128 = 21;

#[test]
fn everybody_has_a_leg_and_everybody_invited_rings() {
    let decision = invite(&before(), &alice(), group(&["bob", "carol"])).expect("a good invite");

    let rings: Vec<_> = decision.signals.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(rings, [to(LAPTOP), to(PHONE), to(TABLET)]);
    assert!(decision.signals.iter().all(|(_, signal)| matches!(signal, Signal::Ring(_))));
    let Done::Calling { ring_left_ms: 30_000, legs, .. } = decision.done else { panic!("{:?}", decision.done) };
    let states: Vec<_> = legs.iter().map(|leg| (leg.name.as_str(), leg.state)).collect();
    assert_eq!(states, [("Alice", LegState::Accepted), ("Bob", LegState::Ringing), ("Carol", LegState::Ringing)]);
    assert_eq!((legs[0].uid.clone(), legs[1].uid.clone()), (Some(Uid::Number(7)), None));
    assert_eq!(decision.invited, [user("bob"), user("carol")]);
}

#[test]
fn a_ring_says_what_the_call_is() {
    let wanted = Invitation { scope: in_team(), ..group(&["bob"]) };
    let before = Facts { group: Some(Group { id: team(), name: "Team".to_owned() }), ..before() };

    let decision = invite(&before, &alice(), wanted).expect("a good invite");

    let (_, Signal::Ring(ring)) = &decision.signals[0] else { panic!("it rings") };
    assert_eq!((ring.from.as_str(), ring.from_name.as_str()), ("alice", "Alice"));
    assert_eq!(ring.scope, in_team().named(Some("Team".into())), "as the server knows it");
    assert_eq!(ring.from_device.as_ref().map(|card| card.device), Some(device(DESK)));
}

#[test]
fn an_invitation_is_good_for_all_or_for_nobody() {
    let crowd: Vec<_> = (0..MAX_LEGS).map(|number| format!("user-{number}")).collect();
    let crowd: Vec<_> = crowd.iter().map(String::as_str).collect();
    let in_another = Invitation { scope: in_team(), ..group(&["bob"]) };
    for (wanted, code) in [
        (group(&[]), RefusalCode::Invalid),
        (group(&["bob", "bob"]), RefusalCode::Invalid),
        (group(&["bob", "nobody"]), RefusalCode::UnknownUser),
        (group(&crowd), RefusalCode::CallFull),
        (in_another, RefusalCode::NotFound),
    ] {
        assert_eq!(refused(invite(&before(), &alice(), wanted)), code);
    }
}

#[test]
fn whoever_is_not_in_the_group_cannot_be_called_in_it() {
    let mut before = Facts { group: Some(Group { id: team(), name: "Team".to_owned() }), ..before() };
    before.invitees[1].is_in_group = false;
    let wanted = Invitation { scope: in_team(), ..group(&["bob", "carol"]) };

    let refusal = invite(&before, &alice(), wanted).expect_err("Carol is not");

    assert_eq!((refusal.code, refusal.detail.as_str()), (RefusalCode::NotAllowed, "carol is not in the group"));
}

#[test]
fn s6_nobody_can_call_themself_in_a_group_either() {
    assert_eq!(refused(invite(&before(), &alice(), group(&["bob", "alice"]))), RefusalCode::SelfCall);
}

#[test]
fn s6_nobody_can_add_themself_to_a_call() {
    let before = Facts { call: Some(active()), ..before() };

    assert_eq!(refused(invite(&before, &alice(), group(&["alice"]))), RefusalCode::SelfCall);
}

#[test]
fn s6_adding_somebody_who_rings_already_rings_nothing_twice() {
    let before = Facts { call: Some(active()), channel_call: Some(CALL), ..before() };

    let decision = invite(&before, &bob(LAPTOP), group(&["carol"])).expect("she is asked already");

    assert_eq!((decision.rows, decision.signals, decision.invited), (None, vec![], vec![]));
    assert!(matches!(decision.done, Done::Calling { call: CALL, .. }));
}

#[test]
fn s6_the_invitation_of_somebody_blocked_reaches_nobody_and_looks_like_no_answer() {
    let mut before = before();
    before.invitees[0].has_blocked = true;
    before.invitees[0].call = Some(ringing());

    let decision = invite(&before, &alice(), group(&["bob", "carol"])).expect("a good invite");

    assert!(decision.signals.iter().all(|(whom, _)| *whom == to(TABLET)));
    assert_eq!(decision.invited, [user("carol")]);
    let rows = decision.rows.expect("it begins");
    assert_eq!(rows.legs[1].state, LegState::Ringing, "not even busy");
    assert!(!rows.taken().contains(&&user("bob")));
    assert_eq!(snapshot(&rows, Viewer::alone(&user("bob"), device(LAPTOP)), &Profiles::default(), 0), None);
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), accept())), RefusalCode::UnknownCall);

    let over = expire(&rows, 30_000);
    assert_eq!(over.call.state, CallState::Ended { reason: EndReason::NoAnswer, by: None });
    assert_eq!(log_entry(&over, &user("bob"), name_of), None);
    assert!(log_entry(&over, &user("carol"), name_of).is_some_and(|entry| entry.is_missed()));
}

#[test]
fn s6_the_call_of_somebody_blocked_ends_as_if_nobody_had_answered() {
    let mut before = before();
    before.invitees[0].has_blocked = true;

    let decision = invite(&before, &alice(), invitation("bob")).expect("a good invite");

    assert!(decision.signals.is_empty() && decision.invited.is_empty());
    let rows = decision.rows.expect("it begins");
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), accept())), RefusalCode::UnknownCall);
    let over = decide_at(&rows, &nobody(), Action::Expire, 30_000).expect("it is due");
    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::NoAnswer, by: None });
    assert_eq!(over.signals, [(to(DESK), ended)]);
    assert_eq!(log_entry(&over.rows.expect("it ends"), &user("bob"), name_of), None);
}

#[test]
fn s6_somebody_asked_in_vain_can_be_asked_by_others() {
    let mut before = before();
    before.invitees[0].has_blocked = true;
    let rows = invite(&before, &alice(), group(&["bob", "carol"])).expect("a good invite").rows.expect("it begins");
    let rows = next(&rows, &carol(), accept());
    before.invitees[0].has_blocked = false;
    let before = Facts { call: Some(rows), channel_call: Some(CALL), ..before };

    let decision = invite(&before, &carol(), group(&["bob"])).expect("Bob has nothing against Carol");

    let (_, Signal::Ring(ring)) = &decision.signals[0] else { panic!("it rings") };
    assert_eq!((ring.from.as_str(), ring.round, ring.from_device.clone()), ("carol", 1, None));
}

#[test]
fn s7_an_accept_is_good_for_its_own_call_once_and_in_time() {
    let rows = next(&ringing(), &bob(LAPTOP), accept());

    let again = ask(&rows, &bob(LAPTOP), accept()).expect("asked again, answered again");
    assert!(again.rows.is_none() && matches!(again.done, Done::Joined { .. }));
    let left = next(&rows, &bob(LAPTOP), Action::HangUp);
    assert_eq!(refused(ask(&left, &bob(LAPTOP), accept())), RefusalCode::CallEnded, "a replay after leaving");
    let late = decide_at(&ringing(), &bob(LAPTOP), accept(), 30_000).expect("well answered");
    assert!(!matches!(late.done, Done::Joined { .. }), "an expired ring");
    let of_another = Facts { call: None, ..Facts::default() };
    for asked in [accept(), Action::Decline, Action::HangUp, Action::Ringing, Action::RenewToken { claim: Ok(grant()) }]
    {
        let decided = decide(&of_another, &bob(LAPTOP), asked, 1_000);
        assert_eq!(refused(decided), RefusalCode::UnknownCall, "another application's call, or none");
    }
}

#[test]
fn s7_a_stranger_to_a_group_call_learns_nothing_of_it() {
    for asked in [accept(), Action::Decline, Action::HangUp, Action::Ringing, Action::RenewToken { claim: Ok(grant()) }]
    {
        assert_eq!(refused(ask(&active(), &actor("mallory", 66), asked)), RefusalCode::UnknownCall);
    }
}

#[test]
fn the_first_accept_of_a_user_wins_and_everybody_in_the_call_is_told() {
    let rows = next(&ringing(), &carol(), accept());

    let decision = ask(&rows, &bob(PHONE), accept()).expect("it rings");

    let whom: Vec<_> = decision.signals.iter().map(|(to, _)| to.clone()).collect();
    assert_eq!(whom, [to(DESK), to(TABLET), Recipient::OtherDevices(user("bob"), device(PHONE))]);
    assert!(matches!(&decision.signals[2].1, Signal::Handled(handled) if handled.how == HandledHow::Accepted));
    for (_, signal) in &decision.signals[..2] {
        assert!(
            matches!(signal, Signal::LegChanged { leg, .. } if leg.state == LegState::Accepted && leg.uid.is_some())
        );
    }
    let rows = decision.rows.expect("it changes");
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), accept())), RefusalCode::AlreadyHandled);
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), Action::HangUp)), RefusalCode::NotAllowed);
}

#[test]
fn media_do_not_pass_in_a_group_call() {
    assert_eq!(refused(ask(&active(), &alice(), Action::Media(candidate()))), RefusalCode::NotAllowed);
}

#[test]
fn a_call_goes_on_until_nobody_is_left_in_it() {
    let rows = next(&active(), &alice(), Action::HangUp);
    assert_eq!(rows.call.state, CallState::Active);

    let decision = ask(&rows, &bob(LAPTOP), Action::HangUp).expect("he is in it");

    let rows = decision.rows.expect("it changes");
    assert_eq!(rows.call.state, CallState::Ended { reason: EndReason::HungUp, by: Some(user("bob")) });
    let ended = |reason| Signal::Ended(Ended { call: CALL, reason, by: Some(user("bob")) });
    let told = [(to(LAPTOP), ended(EndReason::HungUp)), (Recipient::User(user("carol")), ended(EndReason::Cancelled))];
    assert_eq!(decision.signals, told);
}

#[test]
fn each_leg_has_a_ring_time_of_its_own() {
    let before = Facts { call: Some(active()), channel_call: Some(CALL), ..before() };
    let asked = Action::Invite { id: OTHER_CALL, app: app(), invitation: group(&["dora"]), claim: Ok(grant()) };
    let rows = decide(&before, &bob(LAPTOP), asked, 20_000).expect("a good invite").rows.expect("it grows");
    assert_eq!((rows.call.id, rows.due_at_ms()), (CALL, Some(30_000)));

    let rows = expire(&rows, 30_000);

    let states: Vec<_> = rows.legs.iter().map(|leg| (leg.user.as_str(), leg.state)).collect();
    let expected = [
        ("alice", LegState::Accepted),
        ("bob", LegState::Accepted),
        ("carol", LegState::Missed),
        ("dora", LegState::Ringing),
    ];
    assert_eq!(states, expected);
    assert_eq!(rows.due_at_ms(), Some(50_000));
}

#[test]
fn only_a_joined_device_adds_people_and_only_on_its_own_channel() {
    let before = Facts { call: Some(active()), channel_call: Some(CALL), ..before() };
    let elsewhere = Invitation { channel: channel("hill"), ..group(&["dora"]) };

    assert_eq!(refused(invite(&before, &bob(PHONE), group(&["dora"]))), RefusalCode::InAnotherCall);
    assert_eq!(refused(invite(&before, &bob(LAPTOP), elsewhere)), RefusalCode::InAnotherCall);
    let stranger = Facts { call: None, ..before };
    assert_eq!(refused(invite(&stranger, &actor("erin", 51), group(&["dora"]))), RefusalCode::ChannelInUse);
}

#[test]
fn no_more_are_in_a_call_at_once_than_the_operator_lets_and_whoever_has_left_makes_room() {
    const MOST: usize = 20;
    let names: Vec<_> = (0..MOST + 2).map(|number| format!("user-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let invitees = names.iter().map(|name| invitee(name, &[])).collect();
    let crowd = Facts { invitees, most_legs: Some(MOST), ..before() };
    assert_eq!(
        refused(invite(&crowd, &alice(), group(&names[..MOST]))),
        RefusalCode::CallFull,
        "with Alice, it is one more"
    );
    let rows = invite(&crowd, &alice(), group(&names[..MOST - 1])).expect("as many").rows.expect("it begins");
    let full = Facts { call: Some(rows.clone()), channel_call: Some(CALL), ..crowd };

    let refusal = invite(&full, &alice(), group(&names[MOST..=MOST])).expect_err("it is full");
    assert_eq!((refusal.code, refusal.detail.as_str()), (RefusalCode::CallFull, "this call is full: 20"));

    let mut rows = rows;
    rows.legs[1].state = LegState::Declined;
    let with_room = Facts { call: Some(rows), ..full };
    assert!(invite(&with_room, &alice(), group(&names[MOST..=MOST])).is_ok());
    assert_eq!(
        refused(invite(&with_room, &alice(), group(&names[MOST..]))),
        RefusalCode::CallFull,
        "for one, not for two"
    );
}

#[test]
fn in_a_call_of_a_hundred_each_join_is_told_once_to_each_and_everybody_is_seen() {
    let names: Vec<_> = (1..MAX_LEGS).map(|number| format!("user-{number}")).collect();
    let names: Vec<_> = names.iter().map(String::as_str).collect();
    let crowd = Facts { invitees: names.iter().map(|name| invitee(name, &[])).collect(), ..before() };
    let mut rows = invite(&crowd, &alice(), group(&names)).expect("as many as can be").rows.expect("it begins");

    let mut told = 0;
    for (name, number) in names.iter().zip(1_000..) {
        let decision = ask(&rows, &actor(name, number), accept()).expect("there is room");
        told += decision.signals.iter().filter(|(_, signal)| matches!(signal, Signal::LegChanged { .. })).count();
        rows = decision.rows.expect("joined");
    }

    // Who joins as the n-th is told to the n - 1 who are there.
    assert_eq!(told, (1..MAX_LEGS).sum::<usize>());
    let last = (&user(names[0]), device(1_000));
    let found = snapshot(&rows, Viewer::alone(last.0, last.1), &Profiles::default(), 5_000);
    let Some(SnapshotCall::Joined { legs, .. }) = found else { panic!("{found:?}") };
    assert!(legs.len() == MAX_LEGS && legs.iter().all(|leg| leg.state == LegState::Accepted));
}

#[test]
fn whoever_is_taken_out_of_the_group_is_out_of_the_call() {
    let decision =
        decide_at(&active(), &nobody(), Action::Remove { user: user("bob") }, 5_000).expect("nobody is refused");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::Removed, by: None });
    assert_eq!(decision.signals[0], (to(LAPTOP), ended));
    assert!(matches!(&decision.signals[1], (whom, Signal::LegChanged { leg, .. })
        if *whom == to(DESK) && leg.state == LegState::Removed));
    let rows = decision.rows.expect("it changes");
    assert_eq!(refused(ask(&rows, &bob(LAPTOP), accept())), RefusalCode::CallEnded);

    let rings = decide_at(&rows, &nobody(), Action::Remove { user: user("carol") }, 5_000).expect("nobody is refused");
    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::Removed, by: None });
    assert_eq!(rings.signals[0], (Recipient::User(user("carol")), ended), "the ring stops");
}

#[test]
fn a_token_is_announced_to_expire_then_has_and_then_takes_its_device_out() {
    let until_ms = 100_000;
    let bobs =
        Action::Accept { claim: Ok(Grant { uid: Uid::Number(9), until_ms: Some(until_ms) }), hides_address: false };
    let rows = expire(&next(&ringing(), &bob(LAPTOP), bobs), 30_000);
    assert_eq!(rows.due_at_ms(), Some(until_ms - EXPIRY_NOTICE_MS));

    let notice = decide_at(&rows, &nobody(), Action::Expire, until_ms - EXPIRY_NOTICE_MS).expect("it is due");
    let told = Signal::TokenWillExpire { call: CALL, left_ms: EXPIRY_NOTICE_MS };
    assert_eq!(notice.signals, [(to(LAPTOP), told)]);
    let expired = decide_at(&notice.rows.expect("noted"), &nobody(), Action::Expire, until_ms).expect("it is due");
    let told = Signal::TokenExpired { call: CALL, left_ms: EXPIRY_GRACE_MS };
    assert_eq!(expired.signals, [(to(LAPTOP), told)]);
    let rows = expired.rows.expect("noted");

    let out = decide_at(&rows, &nobody(), Action::Expire, until_ms + EXPIRY_GRACE_MS).expect("it is due");
    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::TokenExpired, by: None });
    assert_eq!(out.signals[0], (to(LAPTOP), ended));
    let another = Grant { uid: Uid::Number(9), until_ms: Some(500_000) };
    let renewed = next(&rows, &bob(LAPTOP), Action::RenewToken { claim: Ok(another) });
    assert_eq!(renewed.due_at_ms(), Some(500_000 - EXPIRY_NOTICE_MS));
}

#[test]
fn a_token_is_renewed_by_the_joined_device_for_the_same_uid_only() {
    for (rows, who) in [(active(), bob(LAPTOP)), (active(), alice()), (pair(), bob(LAPTOP)), (pair(), alice())] {
        let renew = |uid| Action::RenewToken { claim: Ok(Grant { uid, until_ms: Some(500_000) }) };

        assert!(ask(&rows, &who, renew(Uid::Number(7))).expect("it is in it").rows.is_some());
        assert_eq!(refused(ask(&rows, &who, renew(Uid::Number(8)))), RefusalCode::TokenInvalid);
        let elsewhere = Actor { device: device(99), ..who };
        assert_eq!(refused(ask(&rows, &elsewhere, renew(Uid::Number(7)))), RefusalCode::NotAllowed);
    }
}

#[test]
fn a_call_of_two_ends_for_both_when_a_token_is_not_renewed() {
    let mut rows = pair();
    rows.legs[0].pass.as_mut().expect("a grant").until_ms = Some(60_000);
    let rows = expire(&expire(&rows, 30_000), 60_000);

    let out = decide_at(&rows, &nobody(), Action::Expire, 90_000).expect("it is due");

    let ended = Signal::Ended(Ended { call: CALL, reason: EndReason::TokenExpired, by: None });
    assert_eq!(out.signals, [(to(DESK), ended.clone()), (to(LAPTOP), ended)]);
}

#[test]
fn tokens_of_a_call_that_is_over_expire_without_a_word() {
    for mut rows in [pair(), active()] {
        let until_ms = Some(60_000);
        rows.legs.iter_mut().filter_map(|leg| leg.pass.as_mut()).for_each(|pass| pass.until_ms = until_ms);
        let rows = next(&rows, &alice(), Action::HangUp);
        let rows = if rows.is_group() { next(&rows, &bob(LAPTOP), Action::HangUp) } else { rows };

        let decision = decide_at(&rows, &nobody(), Action::Expire, 90_000).expect("never refused");

        assert_eq!((rows.due_at_ms(), decision.rows, decision.signals), (None, None, vec![]));
    }
}

#[test]
fn a_token_that_expired_while_the_server_was_down_still_has_its_grace() {
    let bobs =
        Action::Accept { claim: Ok(Grant { uid: Uid::Number(9), until_ms: Some(100_000) }), hides_address: false };
    let rows = expire(&next(&ringing(), &bob(LAPTOP), bobs), 30_000);

    let decision = decide_at(&rows, &nobody(), Action::Expire, 500_000).expect("it is due");

    let told = Signal::TokenExpired { call: CALL, left_ms: EXPIRY_GRACE_MS };
    assert_eq!(decision.signals, [(to(LAPTOP), told)]);
}

#[test]
fn a_snapshot_shows_each_device_its_part_in_a_group_call() {
    let names = profiles(&[("alice", "Alice")]);
    let see =
        |rows: &Rows, name: &str, number| snapshot(rows, Viewer::alone(&user(name), device(number)), &names, 10_000);

    assert!(matches!(see(&ringing(), "alice", DESK), Some(SnapshotCall::Inviting { legs, .. }) if legs.len() == 3));
    assert!(matches!(see(&ringing(), "bob", PHONE), Some(SnapshotCall::Ringing(ring)) if ring.from_name == "Alice"));
    assert!(matches!(see(&active(), "bob", LAPTOP), Some(SnapshotCall::Joined { legs, .. }) if legs.len() == 3));
    assert_eq!(see(&active(), "bob", PHONE), Some(SnapshotCall::Elsewhere { call: CALL }));
    assert!(matches!(see(&active(), "carol", TABLET), Some(SnapshotCall::Ringing(_))));
    assert_eq!(see(&next(&active(), &bob(LAPTOP), Action::HangUp), "bob", LAPTOP), None);
    assert_eq!(see(&active(), "mallory", 66), None);
}

#[test]
fn the_log_tells_everybody_their_own_part() {
    let rows =
        decide_at(&active(), &bob(LAPTOP), Action::HangUp, 21_000).expect("he is in it").rows.expect("it changes");
    let rows = decide_at(&rows, &carol(), Action::Decline, 22_000).expect("it rings").rows.expect("it changes");
    let of = |rows: &Rows, name: &str| log_entry(rows, &user(name), name_of);

    let bobs = of(&rows, "bob").expect("over for him");
    assert_eq!((bobs.direction, bobs.reason, bobs.duration_ms), (Direction::Incoming, EndReason::HungUp, 20_000));
    assert_eq!(bobs.group.map(|group| group.invited), Some(2));
    assert_eq!(of(&rows, "carol").map(|entry| (entry.reason, entry.is_missed())), Some((EndReason::Declined, false)));
    assert_eq!(of(&rows, "alice"), None, "she is still in it");
    let rows = decide_at(&rows, &alice(), Action::HangUp, 31_000).expect("she is in it").rows.expect("it ends");
    let alices = of(&rows, "alice").expect("over for her");
    assert_eq!((alices.with.as_str(), alices.direction), ("bob", Direction::Outgoing));
    assert_eq!((alices.answered, alices.duration_ms), (true, 30_000));
}

/// Alice has asked Bob, who has a laptop and a phone, and Carol, who has a tablet.
fn ringing() -> Rows {
    invite(&before(), &alice(), group(&["bob", "carol"])).expect("a good invite").rows.expect("it begins")
}

/// Bob has joined on his laptop, a second after.
fn active() -> Rows {
    next(&ringing(), &bob(LAPTOP), accept())
}

/// Alice and Bob in a call of two.
fn pair() -> Rows {
    let rows = invite(&before(), &alice(), invitation("bob")).expect("a good invite").rows.expect("it begins");
    next(&rows, &bob(LAPTOP), accept())
}

fn before() -> Facts {
    let names = [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol"), ("dora", "Dora")];
    let devices: [(&str, &[(u128, &str)]); 4] = [
        ("bob", &[(LAPTOP, "laptop"), (PHONE, "phone")]),
        ("carol", &[(TABLET, "tablet")]),
        ("dora", &[(31, "desk")]),
        ("alice", &[(DESK, "desk")]),
    ];
    let invitees: Vec<Invitee> = devices.iter().map(|(name, devices)| invitee(name, devices)).collect();
    Facts { invitees, profiles: profiles(&names), ..Facts::default() }
}

fn group(whom: &[&str]) -> Invitation {
    let to = whom.iter().map(|name| user(name)).collect();
    Invitation { scope: GROUP_VOICE, to, ..invitation("bob") }
}

fn in_team() -> CallScope {
    CallScope::Group { kind: CallKind::Voice, group: team(), place: GroupKind::Group, name: None }
}

fn team() -> GroupId {
    GroupId::new("team").expect("a good name")
}

fn invite(before: &Facts, who: &Actor, wanted: Invitation) -> Result<Decision, Refusal> {
    let id = if before.call.is_some() { OTHER_CALL } else { CALL };
    decide(before, who, Action::Invite { id, app: app(), invitation: wanted, claim: Ok(grant()) }, 0)
}

fn ask(rows: &Rows, who: &Actor, asked: Action) -> Result<Decision, Refusal> {
    decide_at(rows, who, asked, 1_000)
}

fn decide_at(rows: &Rows, who: &Actor, asked: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let before = Facts { call: Some(rows.clone()), ..before() };
    decide(&before, who, asked, now_ms)
}

fn next(rows: &Rows, who: &Actor, asked: Action) -> Rows {
    ask(rows, who, asked).expect("allowed").rows.expect("it changes something")
}

fn expire(rows: &Rows, now_ms: u64) -> Rows {
    decide_at(rows, &nobody(), Action::Expire, now_ms).expect("never refused").rows.expect("something is due")
}

fn alice() -> Actor {
    actor("alice", DESK)
}

fn bob(number: u128) -> Actor {
    actor("bob", number)
}

fn carol() -> Actor {
    actor("carol", TABLET)
}

fn nobody() -> Actor {
    actor("-", 0)
}

fn actor(name: &str, number: u128) -> Actor {
    let mut user_name = name.to_owned();
    user_name[..1].make_ascii_uppercase();
    let device_name = format!("device {number}");
    Actor { user: user(name), user_name, avatar: None, device: device(number), device_name, key: None }
}

fn to(number: u128) -> Recipient {
    Recipient::Device(device(number))
}

fn name_of(user: &UserId) -> String {
    format!("Name of {user}")
}

#[track_caller]
fn refused(decided: Result<Decision, Refusal>) -> RefusalCode {
    decided.expect_err("it is refused").code
}
