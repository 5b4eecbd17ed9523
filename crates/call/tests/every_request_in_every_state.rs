//! Security case S1 for the record: for every state, every request and every role, what comes of it.

mod common;

use carillon_call::record::{Action, Actor, CallState, Decision, Facts, LegState, Rows, decide};
use carillon_protocol::{Done, EndReason, MediaSignal, Refusal};
use common::{
    CALL, VOICE, accept, app, candidate, device, grant, invitation, invitee, offer, refusal_in_short, sdp_answer, seen,
    user,
};

/// Who asks, in the columns' order.
const ROLES: [(&str, u128, &str); 6] = [
    ("alice", 1, "the calling device"),
    ("alice", 2, "the caller's other device"),
    ("bob", 11, "the device that answered or rings"),
    ("bob", 12, "its sibling"),
    ("bob", 13, "a device that does not ring"),
    ("mallory", 21, "a stranger"),
];

/// What comes of it: a column for each role.
///
/// `join`: in the call · `end X`: over, because of X · `hold`: media kept · `pass`: passed on, or the word that was missed · `count`: the number of ringing devices is
/// told · `note`: what is published is written down · `move`: the media go through the server · `same`: well answered, and nothing changes · `no`: not allowed · `late`: handled by another device · `over`: the call is over ·
/// `none`: no such call.
#[rustfmt::skip]
const RINGING: [(&str, [&str; 6]); 13] = [
    ("ringing",     ["no",                 "no",   "same",         "count",        "count",        "none"]),
    ("accept",      ["no",                 "no",   "join",         "join",         "join",         "none"]),
    ("decline",     ["no",                 "no",   "end Declined", "end Declined", "end Declined", "none"]),
    ("hang up",     ["end Cancelled",      "no",   "no",           "no",           "no",           "none"]),
    ("media lost",  ["end MediaFailed",    "no",   "no",           "no",           "no",           "none"]),
    ("move",        ["no",                 "no",   "no",           "no",           "no",           "none"]),
    ("candidate",   ["hold",               "no",   "no",           "no",           "no",           "none"]),
    ("offer",       ["hold",               "no",   "no",           "no",           "no",           "none"]),
    ("answer",      ["no",                 "no",   "no",           "no",           "no",           "none"]),
    ("publish",     ["note",               "no",   "no",           "no",           "no",           "none"]),
    ("gone",        ["end ConnectionLost", "same", "count",        "same",         "same",         "none"]),
    ("expire",      ["same",               "same", "same",         "same",         "same",         "same"]),
    ("late expire", ["end NoAnswer", "end NoAnswer", "end NoAnswer", "end NoAnswer", "end NoAnswer", "end NoAnswer"]),
];

#[rustfmt::skip]
const ACTIVE: [(&str, [&str; 6]); 13] = [
    ("ringing",     ["no",                 "no",   "no",                 "pass", "pass", "none"]),
    ("accept",      ["no",                 "no",   "rejoin",             "late", "late", "none"]),
    ("decline",     ["no",                 "no",   "late",               "late", "late", "none"]),
    ("hang up",     ["end HungUp",         "no",   "end HungUp",         "no",   "no",   "none"]),
    ("media lost",  ["end ConnectionLost", "no",   "end ConnectionLost", "no",   "no",   "none"]),
    ("move",        ["move",               "no",   "move",               "no",   "no",   "none"]),
    ("candidate",   ["pass",               "no",   "pass",               "no",   "no",   "none"]),
    ("offer",       ["pass",               "no",   "no",                 "no",   "no",   "none"]),
    ("answer",      ["no",                 "no",   "pass",               "no",   "no",   "none"]),
    ("publish",     ["note",               "no",   "note",               "no",   "no",   "none"]),
    ("gone",        ["end ConnectionLost", "same", "end ConnectionLost", "same", "same", "none"]),
    ("expire",      ["same",               "same", "same",               "same", "same", "same"]),
    ("late expire", ["same",               "same", "same",               "same", "same", "same"]),
];

#[rustfmt::skip]
const ENDED: [(&str, [&str; 6]); 13] = [
    ("ringing",     ["over", "over", "pass", "pass", "pass", "none"]),
    ("accept",      ["over", "over", "over", "late", "late", "none"]),
    ("decline",     ["over", "over", "over", "late", "late", "none"]),
    ("hang up",     ["same", "same", "same", "same", "same", "none"]),
    ("media lost",  ["same", "same", "same", "same", "same", "none"]),
    ("move",        ["over", "over", "over", "over", "over", "none"]),
    ("candidate",   ["over", "over", "over", "over", "over", "none"]),
    ("offer",       ["over", "over", "over", "over", "over", "none"]),
    ("answer",      ["over", "over", "over", "over", "over", "none"]),
    ("publish",     ["over", "over", "over", "over", "over", "none"]),
    ("gone",        ["same", "same", "same", "same", "same", "none"]),
    ("expire",      ["same", "same", "same", "same", "same", "same"]),
    ("late expire", ["same", "same", "same", "same", "same", "same"]),
];

#[test]
fn s1_who_may_ask_what_of_a_ringing_call() {
    check(&ringing(), &RINGING);
}

#[test]
fn s1_who_may_ask_what_of_an_active_call() {
    check(&active(), &ACTIVE);
}

#[test]
fn s1_who_may_ask_what_of_an_ended_call() {
    check(&ended(), &ENDED);
}

#[track_caller]
fn check(rows: &Rows, table: &[(&str, [&str; 6])]) {
    for (request, outcomes) in table {
        for ((user_name, number, role), outcome) in ROLES.iter().zip(outcomes) {
            let before = Facts { call: Some(rows.clone()), ..Facts::default() };
            let now_ms = if *request == "late expire" { 31_000 } else { 5_000 };

            let decided = decide(&before, &actor(user_name, *number), asked(request), now_ms);

            assert_eq!(what_came_of_it(rows, &decided), *outcome, "{request:?} by {role}: {decided:?}");
        }
    }
}

fn asked(request: &str) -> Action {
    match request {
        "ringing" => Action::Ringing,
        "accept" => accept(),
        "decline" => Action::Decline,
        "hang up" => Action::HangUp,
        "media lost" => Action::MediaLost { was_connected: true },
        "move" => Action::MoveToServer,
        "candidate" => Action::Media(candidate()),
        "offer" => Action::Media(offer()),
        "answer" => Action::Media(sdp_answer()),
        "publish" => Action::Publish(seen()),
        "gone" => Action::DeviceGone,
        "expire" | "late expire" => Action::Expire,
        other => panic!("no request {other:?}"),
    }
}

fn what_came_of_it(before: &Rows, decided: &Result<Decision, Refusal>) -> String {
    match decided {
        Ok(Decision { rows: Some(rows), done, .. }) => {
            assert_eq!(rows.call.version, before.call.version + 1, "each commit counts");
            match (&rows.call.state, done) {
                (CallState::Ended { reason, .. }, _) => format!("end {reason:?}"),
                (CallState::Active, Done::Joined { .. }) => "join".to_owned(),
                _ if rows.call.path != before.call.path => "move".to_owned(),
                _ if rows.call.held.len() > before.call.held.len() => "hold".to_owned(),
                _ if rows.legs.iter().any(|leg| leg.published == seen()) => "note".to_owned(),
                _ => "count".to_owned(),
            }
        }
        Ok(Decision { rows: None, signals, .. }) if !signals.is_empty() => "pass".to_owned(),
        Ok(Decision { done: Done::Joined { .. }, .. }) => "rejoin".to_owned(),
        Ok(_) => "same".to_owned(),
        Err(refusal) => refusal_in_short(refusal.code).to_owned(),
    }
}

/// Alice's device 1 calls Bob, whose devices 11 and 12 are there; 11 has said that it rings.
fn ringing() -> Rows {
    let before = Facts { invitees: vec![invitee("bob", &[])], ..Facts::default() };
    let asked = Action::Invite { id: CALL, app: app(), invitation: invitation("bob"), claim: Ok(grant()) };
    let decision = decide(&before, &actor("alice", 1), asked, 0).expect("a good invite");
    next(&decision.rows.expect("it begins"), &actor("bob", 11), Action::Ringing)
}

fn active() -> Rows {
    next(&ringing(), &actor("bob", 11), accept())
}

fn ended() -> Rows {
    next(&active(), &actor("alice", 1), Action::HangUp)
}

fn next(rows: &Rows, actor: &Actor, asked: Action) -> Rows {
    let before = Facts { call: Some(rows.clone()), ..Facts::default() };
    decide(&before, actor, asked, 1_000).expect("allowed").rows.expect("it changes something")
}

fn actor(name: &str, number: u128) -> Actor {
    Actor {
        user: user(name),
        user_name: name.to_owned(),
        avatar: None,
        device: device(number),
        device_name: format!("device {number}"),
        key: None,
    }
}

#[test]
fn the_arranged_rows_are_what_they_should_be() {
    assert_eq!(ringing().legs[1].ringing, [device(11)]);
    assert_eq!((active().call.state, active().legs[1].state), (CallState::Active, LegState::Accepted));
    let by = Some(user("alice"));
    assert_eq!(ended().call.state, CallState::Ended { reason: EndReason::HungUp, by });
    assert_eq!(ended().call.scope, VOICE);
    assert_eq!(ended().call.held, Vec::<MediaSignal>::new());
}
