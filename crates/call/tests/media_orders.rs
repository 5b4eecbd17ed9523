//! What the forwarder of a group call's media is told: who is in the call, and nobody else.

mod common;

use carillon_call::record::{
    Action, Actor, Decision, Facts, LegState, MediaOrder, Rows, decide, may_connect, media_orders,
};
use carillon_protocol::{CallScope, Invitation, RefusalCode, UserId};
use common::{CALL, GROUP_VOICE, accept, app, channel, device, grant, invitation, invitee, profiles, user};

const DESK: u128 = 1;
const LAPTOP: u128 = 11;
const PHONE: u128 = 12;
const TABLET: u128 = 21;

#[test]
fn whoever_is_in_the_call_is_admitted_and_whoever_rings_or_declines_is_not() {
    let begun = invite(GROUP_VOICE);
    assert_eq!(begun.media, [admit("alice", DESK)]);
    let rows = begun.rows.expect("it begins");

    let rang = ask(&rows, &actor("bob", LAPTOP), Action::Ringing);
    let declined = ask(&rows, &actor("carol", TABLET), Action::Decline);
    let answered = ask(&rows, &actor("bob", LAPTOP), accept());

    assert_eq!((rang.media, declined.media), (vec![], vec![]), "s3");
    assert_eq!(answered.media, [admit("bob", LAPTOP)]);
}

#[test]
fn whoever_leaves_or_is_taken_out_is_expelled_and_the_end_closes() {
    let rows = of_three();

    let left = ask(&rows, &actor("bob", LAPTOP), Action::HangUp);
    let removed = ask(&rows, &actor("-", 0), Action::Remove { user: user("carol") });
    assert_eq!((left.media, removed.media), (vec![expel(LAPTOP)], vec![expel(TABLET)]));

    let mut rows = rows;
    let mut last = Vec::new();
    for (name, number) in [("alice", DESK), ("bob", LAPTOP), ("carol", TABLET)] {
        let decision = ask(&rows, &actor(name, number), Action::HangUp);
        (rows, last) = (decision.rows.expect("it changes"), decision.media);
    }
    assert_eq!(last, [MediaOrder::Close { call: CALL }]);
    assert!(media_orders(Some(&rows), &rows).is_empty());
}

#[test]
fn a_forwarder_that_knows_nothing_is_told_of_everybody_who_is_in_the_call() {
    let orders = media_orders(None, &of_three());

    assert_eq!(orders, [admit("alice", DESK), admit("bob", LAPTOP), admit("carol", TABLET)]);
}

#[test]
fn of_a_call_from_device_to_device_nothing_is_ordered() {
    let begun = invite(CallScope::Pair { kind: carillon_protocol::CallKind::Voice });
    let rows = begun.rows.expect("it begins");

    let answered = ask(&rows, &actor("bob", LAPTOP), accept());

    assert_eq!((begun.media, answered.media), (vec![], vec![]));
    let rows = answered.rows.expect("it changes");
    assert_eq!(refused(&rows, "bob", LAPTOP), Some(RefusalCode::NotAllowed));
}

#[test]
fn s3_a_call_of_two_that_moves_to_the_server_admits_exactly_the_two_devices_in_it() {
    let rows = invite(CallScope::Pair { kind: carillon_protocol::CallKind::Voice }).rows.expect("it begins");
    let rows = ask(&rows, &actor("bob", LAPTOP), accept()).rows.expect("it changes");

    let moved = ask(&rows, &actor("bob", LAPTOP), Action::MoveToServer);

    assert_eq!(moved.media, [admit("alice", DESK), admit("bob", LAPTOP)]);
    let rows = moved.rows.expect("it changes");
    assert_eq!(media_orders(None, &rows), moved.media, "a server that starts anew");
    assert_eq!((refused(&rows, "alice", DESK), refused(&rows, "bob", LAPTOP)), (None, None));
    assert_eq!(refused(&rows, "bob", PHONE), Some(RefusalCode::NotAllowed));
    assert_eq!(refused(&rows, "carol", TABLET), Some(RefusalCode::UnknownCall));
    let ended = ask(&rows, &actor("alice", DESK), Action::HangUp);
    assert_eq!(ended.media, [MediaOrder::Close { call: CALL }]);
}

#[test]
fn s3_only_the_device_that_is_in_the_call_may_connect() {
    let rows = of_three();

    assert_eq!(refused(&rows, "bob", LAPTOP), None);
    assert_eq!(refused(&rows, "bob", PHONE), Some(RefusalCode::NotAllowed));
    assert_eq!(refused(&rows, "dora", 31), Some(RefusalCode::UnknownCall));
    assert_eq!(may_connect(None, &user("bob"), device(LAPTOP)).map_err(|no| no.code), Err(RefusalCode::UnknownCall));

    let rows = ask(&rows, &actor("bob", LAPTOP), Action::HangUp).rows.expect("it changes");
    assert_eq!(refused(&rows, "bob", LAPTOP), Some(RefusalCode::NotAllowed));
    let ringing = invite(GROUP_VOICE).rows.expect("it begins");
    assert_eq!(ringing.legs[1].state, LegState::Ringing);
    assert_eq!(refused(&ringing, "bob", LAPTOP), Some(RefusalCode::NotAllowed));
}

fn of_three() -> Rows {
    let rows = invite(GROUP_VOICE).rows.expect("it begins");
    let rows = ask(&rows, &actor("bob", LAPTOP), accept()).rows.expect("it changes");
    ask(&rows, &actor("carol", TABLET), accept()).rows.expect("it changes")
}

/// Alice calls Bob, and Carol too where it is no call of two.
fn invite(scope: CallScope) -> Decision {
    let names = if scope.is_group() { vec!["bob", "carol"] } else { vec!["bob"] };
    let to: Vec<UserId> = names.iter().map(|name| user(name)).collect();
    let wanted = Invitation { scope, to, channel: channel("team"), ..invitation("bob") };
    let action = Action::Invite { id: CALL, app: app(), invitation: wanted, claim: Ok(grant()) };
    decide(&before(None), &actor("alice", DESK), action, 0).expect("a good invite")
}

fn ask(rows: &Rows, who: &Actor, asked: Action) -> Decision {
    decide(&before(Some(rows.clone())), who, asked, 1_000).expect("allowed")
}

fn refused(rows: &Rows, name: &str, number: u128) -> Option<RefusalCode> {
    may_connect(Some(rows), &user(name), device(number)).err().map(|refusal| refusal.code)
}

fn before(call: Option<Rows>) -> Facts {
    let names = [("alice", "Alice"), ("bob", "Bob"), ("carol", "Carol")];
    let invitees =
        vec![invitee("bob", &[(LAPTOP, "laptop"), (PHONE, "phone")]), invitee("carol", &[(TABLET, "tablet")])];
    Facts { call, invitees, profiles: profiles(&names), ..Facts::default() }
}

fn actor(name: &str, number: u128) -> Actor {
    let (user_name, device_name) = (name.to_owned(), format!("device {number}"));
    Actor { user: user(name), user_name, avatar: None, device: device(number), device_name, key: None }
}

fn admit(name: &str, number: u128) -> MediaOrder {
    MediaOrder::Admit { call: CALL, device: device(number), user: user(name) }
}

fn expel(number: u128) -> MediaOrder {
    MediaOrder::Expel { call: CALL, device: device(number) }
}
