//! Security case S1 for the record of a group call: for every request and every part in the call, what comes of it.

mod common;

use carillon_call::record::{
    Action, Actor, CallState, Decision, Facts, Grant, GroupAction, LegState, Rows, Way, decide,
};
use carillon_protocol::{Done, Invitation, Moderation, Refusal};
use common::{
    CALL, GROUP_VOICE, accept, app, candidate, device, grant, invitation, invitee, offer, refusal_in_short, seen, user,
};

/// Who asks, in the columns' order.
const ROLES: [(&str, u128, &str); 7] = [
    ("alice", 1, "the caller"),
    ("bob", 11, "somebody in it"),
    ("bob", 12, "a sibling of that device"),
    ("carol", 21, "somebody for whom it rings"),
    ("dora", 31, "somebody who declined"),
    ("erin", 41, "somebody who left"),
    ("mallory", 51, "a stranger"),
];

/// What comes of it: a column for each role.
///
/// `X`: the actor's leg is that now, or the ringing one where the clock asks · `join`: in the call · `rejoin`: well answered again ·
/// `count`, `stay`: the leg is noted · `out`: Bob is taken out · `pass`: the word that was missed · `same`: well answered, and nothing changes · `no`: not allowed · `late`: handled by another device ·
/// `over`: it is over for this user · `none`: no such call.
#[rustfmt::skip]
const ACTIVE: [(&str, [&str; 7]); 18] = [
    ("ringing",     ["no",     "no",     "pass",   "count",    "pass",   "pass",   "none"]),
    ("accept",      ["no",     "rejoin", "late",   "join",     "over",   "over",   "none"]),
    ("decline",     ["no",     "late",   "late",   "Declined", "over",   "over",   "none"]),
    ("hang up",     ["Left",   "Left",   "no",     "no",       "same",   "same",   "none"]),
    ("media lost",  ["Left",   "Left",   "no",     "no",       "same",   "same",   "none"]),
    ("move",        ["same",   "same",   "no",     "no",       "over",   "over",   "none"]),
    ("candidate",   ["no",     "no",     "no",     "no",       "over",   "over",   "none"]),
    ("offer",       ["no",     "no",     "no",     "no",       "over",   "over",   "none"]),
    ("publish",     ["stay",   "stay",   "no",     "no",       "over",   "over",   "none"]),
    ("raise hand",  ["stay",   "stay",   "no",     "no",       "over",   "over",   "none"]),
    ("lower hand",  ["same",   "same",   "no",     "no",       "over",   "over",   "none"]),
    ("take out",    ["out",    "no",     "no",     "no",       "over",   "over",   "none"]),
    ("lost",        ["stay",   "stay",   "same",   "same",     "same",   "same",   "same"]),
    ("back",        ["same",   "same",   "same",   "same",     "same",   "same",   "same"]),
    ("renew",       ["stay",   "stay",   "no",     "no",       "no",     "no",     "none"]),
    ("gone",        ["Left",   "Left",   "same",   "same",     "same",   "same",   "none"]),
    ("expire",      ["same",   "same",   "same",   "same",     "same",   "same",   "same"]),
    ("late expire", ["Missed", "Missed", "Missed", "Missed",   "Missed", "Missed", "Missed"]),
];

#[rustfmt::skip]
const ENDED: [(&str, [&str; 7]); 18] = [
    ("ringing",     ["over", "pass", "pass", "pass", "pass", "pass", "none"]),
    ("accept",      ["over", "over", "late", "over", "over", "over", "none"]),
    ("decline",     ["over", "over", "late", "over", "over", "over", "none"]),
    ("hang up",     ["same", "same", "same", "same", "same", "same", "none"]),
    ("media lost",  ["same", "same", "same", "same", "same", "same", "none"]),
    ("move",        ["over", "over", "over", "over", "over", "over", "none"]),
    ("candidate",   ["over", "over", "over", "over", "over", "over", "none"]),
    ("offer",       ["over", "over", "over", "over", "over", "over", "none"]),
    ("publish",     ["over", "over", "over", "over", "over", "over", "none"]),
    ("raise hand",  ["over", "over", "over", "over", "over", "over", "none"]),
    ("lower hand",  ["over", "over", "over", "over", "over", "over", "none"]),
    ("take out",    ["over", "over", "over", "over", "over", "over", "none"]),
    ("lost",        ["same", "same", "same", "same", "same", "same", "same"]),
    ("back",        ["same", "same", "same", "same", "same", "same", "same"]),
    ("renew",       ["over", "over", "over", "over", "over", "over", "none"]),
    ("gone",        ["same", "same", "same", "same", "same", "same", "none"]),
    ("expire",      ["same", "same", "same", "same", "same", "same", "same"]),
    ("late expire", ["same", "same", "same", "same", "same", "same", "same"]),
];

#[test]
fn an_active_group_call() {
    check(&active(), &ACTIVE);
}

#[test]
fn an_ended_group_call() {
    check(&ended(), &ENDED);
}

#[track_caller]
fn check(rows: &Rows, table: &[(&str, [&str; 7])]) {
    for (request, outcomes) in table {
        for ((user_name, number, role), outcome) in ROLES.iter().zip(outcomes) {
            let before = Facts { call: Some(rows.clone()), ..Facts::default() };
            let now_ms = if *request == "late expire" { 31_000 } else { 5_000 };

            let decided = decide(&before, &actor(user_name, *number), asked(request), now_ms);

            let came_of_it = what_came_of_it(rows, user_name, request, &decided);
            assert_eq!(came_of_it, *outcome, "{request:?} by {role}: {decided:?}");
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
        "publish" => Action::Publish(seen()),
        "raise hand" => Action::InGroup(GroupAction::SetHand { raised: true }),
        "lower hand" => Action::InGroup(GroupAction::SetHand { raised: false }),
        "take out" => Action::InGroup(GroupAction::Moderate { user: user("bob"), what: Moderation::Remove }),
        "lost" => Action::Reached { by: Way::Link, is_reached: false },
        "back" => Action::Reached { by: Way::Link, is_reached: true },
        "renew" => Action::RenewToken { claim: Ok(Grant { until_ms: Some(500_000), ..grant() }) },
        "gone" => Action::DeviceGone,
        "expire" | "late expire" => Action::Expire,
        other => panic!("no request {other:?}"),
    }
}

fn what_came_of_it(before: &Rows, who: &str, request: &str, decided: &Result<Decision, Refusal>) -> String {
    match decided {
        Ok(Decision { rows: Some(rows), done, .. }) => {
            assert_eq!(rows.call.version, before.call.version + 1, "each commit counts");
            assert_eq!(rows.call.state, CallState::Active, "others talk on");
            let whose = if request == "late expire" { "carol" } else { who };
            let leg = |rows: &Rows| rows.legs.iter().find(|leg| leg.user == user(whose)).expect("it has a leg").clone();
            match (leg(before).state == leg(rows).state, done, request) {
                (true, _, "renew" | "publish" | "raise hand" | "lost") => "stay".to_owned(),
                (true, _, "take out") => "out".to_owned(),
                (true, ..) => "count".to_owned(),
                (false, Done::Joined { .. }, _) => "join".to_owned(),
                (false, ..) => format!("{:?}", leg(rows).state),
            }
        }
        Ok(Decision { rows: None, signals, .. }) if !signals.is_empty() => "pass".to_owned(),
        Ok(Decision { done: Done::Joined { .. }, .. }) => "rejoin".to_owned(),
        Ok(_) => "same".to_owned(),
        Err(refusal) => refusal_in_short(refusal.code).to_owned(),
    }
}

/// Alice has asked four; Bob is in it, Carol's devices ring, Dora has declined, and Erin was in it.
fn active() -> Rows {
    let names = ["bob", "carol", "dora", "erin"];
    let before = Facts { invitees: names.iter().map(|name| invitee(name, &[])).collect(), ..Facts::default() };
    let to = names.iter().map(|name| user(name)).collect();
    let invitation = Invitation { scope: GROUP_VOICE, to, ..invitation("bob") };
    let asked = Action::Invite { id: CALL, app: app(), invitation, claim: Ok(grant()) };
    let rows = decide(&before, &actor("alice", 1), asked, 0).expect("a good invite").rows.expect("it begins");
    let rows = next(&rows, &actor("bob", 11), accept());
    let rows = next(&rows, &actor("dora", 31), Action::Decline);
    let rows = next(&rows, &actor("erin", 41), accept());
    next(&rows, &actor("erin", 41), Action::HangUp)
}

fn ended() -> Rows {
    next(&next(&active(), &actor("alice", 1), Action::HangUp), &actor("bob", 11), Action::HangUp)
}

fn next(rows: &Rows, actor: &Actor, asked: Action) -> Rows {
    let before = Facts { call: Some(rows.clone()), ..Facts::default() };
    decide(&before, actor, asked, 1_000).expect("allowed").rows.expect("it changes something")
}

fn actor(name: &str, number: u128) -> Actor {
    let device_name = format!("device {number}");
    Actor { user: user(name), user_name: name.to_owned(), avatar: None, device: device(number), device_name, key: None }
}

#[test]
fn the_arranged_legs_are_what_they_should_be() {
    let states = |rows: &Rows| rows.legs.iter().map(|leg| leg.state).collect::<Vec<_>>();
    use LegState::{Accepted, Declined, Left, Missed, Ringing};
    assert_eq!(states(&active()), [Accepted, Accepted, Ringing, Declined, Left]);
    assert_eq!(states(&ended()), [Left, Left, Missed, Declined, Left]);
}
