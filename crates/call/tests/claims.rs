//! As whom a user may be in a channel, or why not: it counts only where they would come into it, or stay.

mod common;

use carillon_call::record::{Action, Actor, Claim, Decision, Facts, Path, Rows, decide};
use carillon_protocol::{CallScope, Done, Invitation, LegState, Refusal, RefusalCode};
use common::{CALL, GROUP_VOICE, OTHER_CALL, VOICE, accept, app, device, grant, invitation, invitee, user};

#[test]
fn nobody_comes_into_a_channel_without_a_good_claim() {
    for scope in [VOICE, GROUP_VOICE] {
        let rows = ringing(scope.clone());

        assert_eq!(refused(invite(None, "alice", scope, bad())), RefusalCode::TokenInvalid);
        assert_eq!(
            refused(ask(&rows, "bob", 11, Action::Accept { claim: bad(), hides_address: false })),
            RefusalCode::TokenInvalid
        );
        assert_eq!(refused(ask(&rows, "alice", 1, Action::RenewToken { claim: bad() })), RefusalCode::TokenInvalid);
    }
}

#[test]
fn a_bad_claim_hides_no_better_answer() {
    for scope in [VOICE, GROUP_VOICE] {
        let accepted = ask(&ringing(scope.clone()), "bob", 11, accept()).unwrap().rows.unwrap();

        let again = ask(&accepted, "bob", 11, Action::Accept { claim: bad(), hides_address: false })
            .expect("it is in the call");
        assert!(matches!(again.done, Done::Joined { .. }) && again.rows.is_none());
        let sibling = ask(&accepted, "bob", 12, Action::Accept { claim: bad(), hides_address: false });
        assert_eq!(refused(sibling), RefusalCode::AlreadyHandled);
        let stranger = ask(&accepted, "mallory", 21, Action::Accept { claim: bad(), hides_address: false });
        assert_eq!(refused(stranger), RefusalCode::UnknownCall);
        let late = decide_at(&ringing(scope), "bob", 11, Action::Accept { claim: bad(), hides_address: false }, 40_000);
        assert_eq!(late.expect("it hears how it ended").done, Done::Done);
    }
}

#[test]
fn whoever_is_in_a_group_call_asks_others_in_without_a_claim() {
    let rows = ringing(GROUP_VOICE);

    let decision = invite(Some(rows), "alice", GROUP_VOICE, bad()).expect("she is in it already");

    assert!(matches!(decision.done, Done::Calling { call: CALL, .. }), "{:?}", decision.done);
}

#[test]
fn glare_brings_nobody_in_without_a_good_claim() {
    let rows = ringing(VOICE);

    assert_eq!(refused(invite(Some(rows.clone()), "bob", VOICE, bad())), RefusalCode::TokenInvalid);
    let crossed = invite(Some(rows), "bob", VOICE, Ok(grant())).expect("a good claim");
    assert!(matches!(crossed.done, Done::Joined { .. }));
}

#[test]
fn the_caller_has_the_first_leg_with_the_device_that_called() {
    for (scope, path) in [(VOICE, Some(Path::PeerToPeer)), (GROUP_VOICE, Some(Path::Sfu { node: 0, epoch: 0 }))] {
        let rows = ringing(scope.clone());

        let [caller, callee] = &rows.legs[..] else { panic!("two legs") };
        assert_eq!((caller.user.as_str(), caller.state), ("alice", LegState::Accepted));
        let named = caller.device.as_ref().map(|device| (device.id, device.name.as_str()));
        assert_eq!(named, Some((device(1), "device 1")));
        assert_eq!((callee.user.as_str(), callee.state), ("bob", LegState::Ringing));
        assert_eq!((callee.device.clone(), rows.call.path), (None, path));
    }
}

/// Alice's first device calls Bob.
fn ringing(scope: CallScope) -> Rows {
    invite(None, "alice", scope, Ok(grant())).expect("a good invite").rows.expect("it begins")
}

fn invite(live: Option<Rows>, who: &str, scope: CallScope, claim: Claim) -> Result<Decision, Refusal> {
    let id = if live.is_some() { OTHER_CALL } else { CALL };
    let to = if who == "bob" { "alice" } else { "bob" };
    let invitees = vec![invitee(to, &[])];
    let before = Facts { call: live, invitees, ..Facts::default() };
    let invitation = Invitation { scope, ..invitation(to) };
    let number = if who == "bob" { 11 } else { 1 };
    decide(&before, &actor(who, number), Action::Invite { id, app: app(), invitation, claim }, 0)
}

fn ask(rows: &Rows, who: &str, number: u128, asked: Action) -> Result<Decision, Refusal> {
    decide_at(rows, who, number, asked, 1_000)
}

fn decide_at(rows: &Rows, who: &str, number: u128, asked: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let before = Facts { call: Some(rows.clone()), ..Facts::default() };
    decide(&before, &actor(who, number), asked, now_ms)
}

fn bad() -> Claim {
    Err(Refusal { code: RefusalCode::TokenInvalid, detail: "of another channel".to_owned() })
}

fn actor(name: &str, number: u128) -> Actor {
    let device_name = format!("device {number}");
    Actor { user: user(name), user_name: name.to_owned(), avatar: None, device: device(number), device_name, key: None }
}

#[track_caller]
fn refused(decided: Result<Decision, Refusal>) -> RefusalCode {
    decided.expect_err("it is refused").code
}
