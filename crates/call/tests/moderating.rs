//! The record's judgement about hands, moderators, and participants whom the server does not reach.

mod common;

use carillon_call::record::{
    Action, Actor, Decision, Facts, Group, GroupAction, LegRow, LegState, Profiles, Recipient, Rows, Viewer, Way,
    decide, snapshot, verdict,
};
use carillon_protocol::{
    CallKind, CallRole, CallScope, EndReason, Ended, GroupId, GroupKind, GroupRole, Invitation, Leg, MicrophoneState,
    Moderation, MutedBy, Published, Refusal, RefusalCode, Signal, SnapshotCall,
};
use common::{CALL, GROUP_VOICE, accept, app, device, grant, heard, invitation, invitee, user};

#[test]
fn hands_are_in_the_order_in_which_they_came_to_the_server() {
    let rows = next(&talking(), "carol", hand(true));
    let rows = next(&next(&rows, "bob", hand(true)), "alice", hand(true));
    assert_eq!(hands(&rows), ["carol", "bob", "alice"]);

    let rows = next(&next(&rows, "carol", hand(false)), "carol", hand(true));
    assert_eq!(hands(&rows), ["bob", "alice", "carol"], "whoever lowers it is last again");

    let again = ask(&rows, "bob", hand(true)).expect("it is up");
    assert!(again.rows.is_none() && again.signals.is_empty(), "a hand that is up keeps its place");
}

#[test]
fn everybody_in_the_call_hears_of_a_hand_and_of_its_end() {
    let raised = ask(&talking(), "bob", hand(true)).expect("allowed");
    assert_eq!(told(&raised), ["alice", "bob", "carol"]);
    assert!(legs(&raised).iter().all(|leg| leg.hand.is_some() && leg.user == user("bob")));

    let rows = raised.rows.expect("noted");
    let left = ask(&rows, "bob", Action::HangUp).expect("allowed");
    assert!(legs(&left).iter().all(|leg| leg.state == LegState::Left && leg.hand.is_none()));
    assert!(hands(&left.rows.expect("noted")).is_empty());
}

#[test]
fn a_moderator_lowers_a_hand_and_nobody_else_does() {
    let rows = next(&talking(), "bob", hand(true));

    assert_eq!(refused(ask(&rows, "carol", about("bob", Moderation::LowerHand))), RefusalCode::NotAllowed);
    assert!(hands(&next(&rows, "alice", about("bob", Moderation::LowerHand))).is_empty());
}

#[test]
fn the_caller_moderates_a_call_without_a_group_and_nobody_the_caller_or_themself() {
    for what in [Moderation::Mute, Moderation::LowerHand, Moderation::Remove] {
        assert_eq!(refused(ask(&talking(), "bob", about("carol", what))), RefusalCode::NotAllowed);
        assert_eq!(refused(ask(&talking(), "bob", about("alice", what))), RefusalCode::NotAllowed);
        assert_eq!(refused(ask(&talking(), "alice", about("alice", what))), RefusalCode::NotAllowed);
        assert_eq!(refused(ask(&talking(), "alice", about("zoe", what))), RefusalCode::NotFound);
        assert!(ask(&talking(), "alice", about("bob", what)).is_ok());
    }
}

#[test]
fn in_a_groups_call_its_admins_stand_above_the_caller_and_its_owner_above_them() {
    let rows = talking_in_team();
    let outcomes = |by: &str, whom: &str| ask(&rows, by, about(whom, Moderation::Remove)).is_ok();

    // Alice calls, Bob is an admin, Carol the owner, Dora a member.
    assert!(outcomes("alice", "dora") && outcomes("bob", "dora") && outcomes("carol", "dora"));
    assert!(outcomes("bob", "alice") && outcomes("carol", "alice") && outcomes("carol", "bob"));
    for (by, whom) in [("alice", "bob"), ("alice", "carol"), ("bob", "carol"), ("dora", "alice"), ("dora", "bob")] {
        assert!(!outcomes(by, whom), "{by} moderates {whom}");
    }
    let Some(SnapshotCall::Joined { legs, .. }) = seen_by(&rows, "dora") else { panic!("dora is in it") };
    let roles: Vec<_> = legs.iter().map(|leg| leg.role).collect();
    assert_eq!(roles, [CallRole::Caller, CallRole::Admin, CallRole::Owner, CallRole::Participant]);
}

#[test]
fn whoever_is_muted_hears_who_did_it_and_nobody_can_unmute_them() {
    let rows = next(&talking(), "bob", Action::Publish(heard()));

    let decision = ask(&rows, "alice", about("bob", Moderation::Mute)).expect("allowed");

    let muted = Some(MutedBy { user: user("alice"), version: rows.call.version });
    assert_eq!(told(&decision), ["alice", "bob", "carol"]);
    assert!(legs(&decision).iter().all(|leg| leg.user == user("bob") && leg.muted == muted));
    let rows = decision.rows.expect("noted");
    assert_eq!(leg_of(&rows, "bob").published, heard(), "what is published only its device says");
    let Some(SnapshotCall::Joined { legs, .. }) = seen_by(&rows, "bob") else { panic!("bob is in it") };
    assert_eq!(legs[1].muted, muted, "also a device that has missed the signal hears it");
}

#[test]
fn whoever_sends_nothing_is_not_muted_again() {
    let muted = Published { microphone: MicrophoneState::Muted, ..Published::default() };
    for published in [Published::default(), muted] {
        let rows = rows_of(ask(&talking(), "bob", Action::Publish(published)), &talking());

        let decision = ask(&rows, "alice", about("bob", Moderation::Mute)).expect("well answered");

        assert!(decision.rows.is_none() && decision.signals.is_empty());
    }
}

#[test]
fn whoever_is_taken_out_hears_who_did_it_and_comes_back_only_if_they_are_asked_again() {
    let decision = ask(&talking(), "alice", about("bob", Moderation::Remove)).expect("allowed");

    let ended = Ended { call: CALL, reason: EndReason::Removed, by: Some(user("alice")) };
    let to_bob = decision.signals.iter().find(|(to, _)| *to == Recipient::Device(device(BOB)));
    assert_eq!(to_bob.map(|(_, signal)| signal), Some(&Signal::Ended(ended.clone())));
    assert!(decision.media.iter().any(|order| format!("{order:?}").starts_with("Expel")), "{:?}", decision.media);
    let rows = decision.rows.expect("noted");
    assert_eq!(verdict(&rows, &user("bob")), Some(ended), "also when it is asked for later");
    assert_eq!(refused(ask(&rows, "bob", accept())), RefusalCode::CallEnded);
    assert_eq!(seen_by(&rows, "bob"), None);
    let own = Facts { channel_call: Some(CALL), ..invited(&["alice"]) };
    let rejoin = Invitation { to: vec![user("alice")], ..several() };
    assert_eq!(refused(decide(&own, &actor("bob"), invite(rejoin), 3_000)), RefusalCode::ChannelInUse);

    let again = Facts { call: Some(rows), channel_call: Some(CALL), ..invited(&["bob"]) };
    let added = decide(&again, &actor("carol"), invite(Invitation { to: vec![user("bob")], ..several() }), 3_000);
    let rows = added.expect("anybody in it may ask him").rows.expect("he is asked");
    let rows = next(&rows, "bob", accept());
    assert_eq!((leg_of(&rows, "bob").state, leg_of(&rows, "bob").removed_by.as_ref()), (LegState::Accepted, None));
}

#[test]
fn taking_somebody_out_twice_is_as_once() {
    let rows = next(&talking(), "alice", about("bob", Moderation::Remove));

    let again = ask(&rows, "alice", about("bob", Moderation::Remove)).expect("well answered");

    assert!(again.rows.is_none() && again.signals.is_empty());
}

#[test]
fn a_participant_is_reconnecting_from_the_first_way_that_is_lost_to_the_last_that_is_back() {
    let lost = |rows: &Rows, by, is_reached| ask(rows, "bob", Action::Reached { by, is_reached }).expect("noted");

    let media_lost = lost(&talking(), Way::Media, false);
    assert_eq!(told(&media_lost), ["alice", "bob", "carol"]);
    assert!(legs(&media_lost).iter().all(|leg| leg.reconnecting && leg.user == user("bob")));

    let both_lost = lost(&media_lost.rows.expect("noted"), Way::Link, false);
    assert!(both_lost.signals.is_empty(), "they know already");
    let media_back = lost(&both_lost.rows.expect("noted"), Way::Media, true);
    assert!(media_back.signals.is_empty(), "the link is lost still");
    let back = lost(&media_back.rows.expect("noted"), Way::Link, true);
    assert!(told(&back) == ["alice", "bob", "carol"] && legs(&back).iter().all(|leg| !leg.reconnecting));
    assert_eq!(back.rows.expect("noted").legs, talking().legs, "nothing is left of it");
}

#[test]
fn whoever_does_not_come_back_has_left_and_is_not_reconnecting_any_more() {
    let rows = next(&talking(), "bob", Action::Reached { by: Way::Link, is_reached: false });

    let gone = ask(&rows, "bob", Action::DeviceGone).expect("allowed");

    assert!(legs(&gone).iter().all(|leg| leg.state == LegState::Left && !leg.reconnecting));
}

#[test]
fn in_a_call_of_two_there_is_none_of_it() {
    let pair = Facts { invitees: vec![invitee("bob", &[])], ..Facts::default() };
    let asked = Action::Invite { id: CALL, app: app(), invitation: invitation("bob"), claim: Ok(grant()) };
    let rows = decide(&pair, &actor("alice"), asked, 0).expect("a good invite").rows.expect("it begins");
    let rows = next(&rows, "bob", accept());

    assert_eq!(refused(ask(&rows, "alice", hand(true))), RefusalCode::NotAllowed);
    assert_eq!(refused(ask(&rows, "alice", about("bob", Moderation::Remove))), RefusalCode::NotAllowed);
    let lost = ask(&rows, "bob", Action::Reached { by: Way::Link, is_reached: false }).expect("well answered");
    assert!(lost.rows.is_none() && lost.signals.is_empty());
}

const BOB: u128 = 11;
const NAMES: [(&str, u128); 4] = [("alice", 1), ("bob", BOB), ("carol", 21), ("dora", 31)];

/// Alice has called Bob and Carol, who are in it.
fn talking() -> Rows {
    let to = vec![user("bob"), user("carol")];
    let begun = decide(&invited(&["bob", "carol"]), &actor("alice"), invite(Invitation { to, ..several() }), 0);
    let rows = begun.expect("a good invite").rows.expect("it begins");
    next(&next(&rows, "bob", accept()), "carol", accept())
}

/// Alice, a plain member, has called the others in their group.
fn talking_in_team() -> Rows {
    let team = GroupId::new("team").expect("a good name");
    let scope = CallScope::Group { kind: CallKind::Voice, group: team.clone(), place: GroupKind::Group, name: None };
    let names = ["bob", "carol", "dora"];
    let to = names.map(user).to_vec();
    let before = Facts { group: Some(Group { id: team, name: "Team".to_owned() }), ..invited(&names) };
    let begun = decide(&before, &actor("alice"), invite(Invitation { scope, to, ..several() }), 0);
    let rows = begun.expect("a good invite").rows.expect("it begins");
    names.iter().fold(rows, |rows, name| next(&rows, name, accept()))
}

fn invited(names: &[&str]) -> Facts {
    Facts { invitees: names.iter().map(|name| invitee(name, &[])).collect(), ..Facts::default() }
}

fn several() -> Invitation {
    Invitation { scope: GROUP_VOICE, ..invitation("bob") }
}

fn invite(invitation: Invitation) -> Action {
    Action::Invite { id: CALL, app: app(), invitation, claim: Ok(grant()) }
}

fn hand(raised: bool) -> Action {
    Action::InGroup(GroupAction::SetHand { raised })
}

fn about(whom: &str, what: Moderation) -> Action {
    Action::InGroup(GroupAction::Moderate { user: user(whom), what })
}

/// Bob is an admin of the team, and Carol its owner.
fn profiles() -> Profiles {
    Profiles::default().with_roles([(user("bob"), GroupRole::Admin), (user("carol"), GroupRole::Owner)])
}

fn ask(rows: &Rows, by: &str, asked: Action) -> Result<Decision, Refusal> {
    let before = Facts { call: Some(rows.clone()), profiles: profiles(), ..Facts::default() };
    decide(&before, &actor(by), asked, 2_000)
}

fn next(rows: &Rows, by: &str, asked: Action) -> Rows {
    ask(rows, by, asked).expect("allowed").rows.expect("it changes something")
}

fn rows_of(decided: Result<Decision, Refusal>, before: &Rows) -> Rows {
    decided.expect("allowed").rows.unwrap_or_else(|| before.clone())
}

#[track_caller]
fn refused(decided: Result<Decision, Refusal>) -> RefusalCode {
    decided.expect_err("it is refused").code
}

fn actor(name: &str) -> Actor {
    let number = NAMES.iter().find(|(known, _)| *known == name).map_or(99, |(_, number)| *number);
    let (user, device, device_name) = (user(name), device(number), "desk".to_owned());
    Actor { user, user_name: name.to_owned(), avatar: None, device, device_name, key: None }
}

fn seen_by(rows: &Rows, name: &str) -> Option<SnapshotCall> {
    snapshot(rows, Viewer::alone(&user(name), actor(name).device), &profiles(), 2_000)
}

fn leg_of<'a>(rows: &'a Rows, name: &str) -> &'a LegRow {
    rows.legs.iter().find(|leg| leg.user == user(name)).expect("has a leg")
}

/// Who has a hand up, the first first.
fn hands(rows: &Rows) -> Vec<&str> {
    let mut up: Vec<_> = rows.legs.iter().filter_map(|leg| Some((leg.hand?, leg.user.as_str()))).collect();
    up.sort_unstable();
    up.into_iter().map(|(_, name)| name).collect()
}

/// Whose devices hear of a leg.
fn told(decision: &Decision) -> Vec<&'static str> {
    let hears = |name: &str| {
        let to = Recipient::Device(actor(name).device);
        decision.signals.iter().any(|(whom, signal)| *whom == to && matches!(signal, Signal::LegChanged { .. }))
    };
    NAMES.iter().map(|(name, _)| *name).filter(|name| hears(name)).collect()
}

fn legs(decision: &Decision) -> Vec<&Leg> {
    let mut legs = Vec::new();
    for (_, signal) in &decision.signals {
        if let Signal::LegChanged { leg, .. } = signal {
            legs.push(leg);
        }
    }
    legs
}
