//! Which way the media of a call of two go, by the record: from device to device, and to the server once.

mod common;

use carillon_call::record::{Action, Actor, Decision, Facts, Path, Recipient, Rows, Viewer, decide, snapshot};
use carillon_protocol::{CallPath, Done, Invitation, Refusal, RefusalCode, Signal, SnapshotCall};
use common::{
    CALL, accept, app, candidate, device, grant, invitation, invitee, offer, profiles, refusal_in_short, sdp_answer,
    user,
};

const NODE: u16 = 7;
const DESK: u128 = 1;
const LAPTOP: u128 = 11;
const PHONE: u128 = 12;

#[test]
fn either_of_the_two_moves_the_call_to_the_server_and_both_are_told() {
    for (name, number) in [("alice", DESK), ("bob", LAPTOP)] {
        let moved = ask(&active(), name, number, Action::MoveToServer).expect("they talk");

        let news = Signal::PathChanged { call: CALL, path: CallPath::Server };
        assert_eq!(moved.signals, [(to(DESK), news.clone()), (to(LAPTOP), news)]);
        assert_eq!(moved.rows.expect("it changes").call.path, Some(Path::Sfu { node: NODE, epoch: 0 }));
        assert_eq!(moved.done, Done::Done);
    }
}

#[test]
fn it_moves_once_and_whoever_asks_again_is_answered_well() {
    let again = ask(&moved(), "alice", DESK, Action::MoveToServer).expect("it is so already");

    assert_eq!((again.rows, again.signals, again.media), (None, vec![], vec![]));
}

#[test]
fn what_the_two_transports_still_say_to_each_other_is_passed_on_no_more() {
    let rows = moved();

    for late in [candidate(), sdp_answer()] {
        assert_eq!(refused(ask(&rows, "bob", LAPTOP, Action::Media(late))), "no");
    }
    for late in [candidate(), offer()] {
        assert_eq!(refused(ask(&rows, "alice", DESK, Action::Media(late))), "no");
    }
}

#[test]
fn a_snapshot_says_which_way_the_media_go() {
    let see = |rows: &Rows| snapshot(rows, Viewer::alone(&user("bob"), device(LAPTOP)), &profiles(&[]), 10_000);

    let paths = [active(), moved()].map(|rows| match see(&rows) {
        Some(SnapshotCall::Joined { path, .. }) => path,
        found => panic!("not in it: {found:?}"),
    });

    assert_eq!(paths, [CallPath::Direct, CallPath::Server]);
}

#[test]
fn a_caller_who_hides_the_address_is_on_the_server_from_the_first_ring() {
    let rows = invite(true);

    let rings = ask(&rows, "bob", LAPTOP, accept()).expect("it rings");

    assert_eq!(rows.call.path, Some(Path::Sfu { node: NODE, epoch: 0 }));
    assert_eq!(refused(ask(&rows, "alice", DESK, Action::Media(candidate()))), "no", "it is not even held");
    let Done::Joined { ring, .. } = rings.done else { panic!("not in it") };
    assert_eq!(ring.path, CallPath::Server);
}

#[test]
fn a_callee_who_hides_the_address_moves_the_call_and_is_told_nothing_of_where_the_caller_is() {
    let rows = ask(&invite(false), "alice", DESK, Action::Media(offer())).expect("held").rows.expect("it changes");
    let rows = ask(&rows, "alice", DESK, Action::Media(candidate())).expect("held").rows.expect("it changes");

    let hidden = Action::Accept { claim: Ok(grant()), hides_address: true };
    let accepted = ask(&rows, "bob", LAPTOP, hidden).expect("it rings");

    let told: Vec<_> = accepted.signals.iter().map(|(_, signal)| signal).collect();
    assert!(matches!(told[0], Signal::Accepted { path: CallPath::Server, .. }), "{told:?}");
    assert!(!told.iter().any(|signal| matches!(signal, Signal::Media { .. })), "{told:?}");
    let rows = accepted.rows.expect("it changes");
    assert!(rows.call.held.is_empty());
    assert_eq!(refused(ask(&rows, "alice", DESK, Action::Media(candidate()))), "no");
    assert_eq!(accepted.media.len(), 2, "both are admitted");
}

#[test]
fn of_two_who_call_each_other_either_may_hide_the_address() {
    for (first_hides, second_hides) in [(true, false), (false, true)] {
        let rows = invite(first_hides);
        let wanted = Invitation { hides_address: second_hides, ..invitation("alice") };
        let asked = Action::Invite { id: common::OTHER_CALL, app: app(), invitation: wanted, claim: Ok(grant()) };

        let crossed = ask(&rows, "bob", LAPTOP, asked).expect("glare");

        assert_eq!(crossed.rows.expect("it changes").call.path, Some(Path::Sfu { node: NODE, epoch: 0 }));
    }
}

#[test]
fn while_it_rings_and_by_a_device_that_is_not_in_it_nothing_is_moved() {
    assert_eq!(refused(ask(&invite(false), "alice", DESK, Action::MoveToServer)), "no");
    assert_eq!(refused(ask(&invite(false), "bob", LAPTOP, Action::MoveToServer)), "no");
    assert_eq!(refused(ask(&active(), "bob", PHONE, Action::MoveToServer)), "no");
    assert_eq!(refused(ask(&active(), "mallory", 21, Action::MoveToServer)), "none");
}

fn invite(hides_address: bool) -> Rows {
    let facts = Facts { invitees: vec![invitee("bob", &[(LAPTOP, "laptop")])], node: NODE, ..Facts::default() };
    let wanted = Invitation { hides_address, ..invitation("bob") };
    let asked = Action::Invite { id: CALL, app: app(), invitation: wanted, claim: Ok(grant()) };
    decide(&facts, &actor("alice", DESK), asked, 0).expect("a good invite").rows.expect("it begins")
}

fn active() -> Rows {
    ask(&invite(false), "bob", LAPTOP, accept()).expect("it rings").rows.expect("it changes")
}

fn moved() -> Rows {
    ask(&active(), "alice", DESK, Action::MoveToServer).expect("they talk").rows.expect("it changes")
}

fn ask(rows: &Rows, name: &str, number: u128, asked: Action) -> Result<Decision, Refusal> {
    let invitees = vec![invitee("alice", &[(DESK, "desk")])];
    let facts = Facts { call: Some(rows.clone()), invitees, node: NODE, ..Facts::default() };
    decide(&facts, &actor(name, number), asked, 1_000)
}

fn refused(decided: Result<Decision, Refusal>) -> &'static str {
    let code: RefusalCode = decided.expect_err("it is refused").code;
    refusal_in_short(code)
}

fn to(number: u128) -> Recipient {
    Recipient::Device(device(number))
}

fn actor(name: &str, number: u128) -> Actor {
    let (user_name, device_name) = (name.to_owned(), format!("device {number}"));
    Actor { user: user(name), user_name, avatar: None, device: device(number), device_name, key: None }
}
