//! Security case S1 for a device: for every phase and every signal, only the listed cells do anything.

mod common;

use std::mem::discriminant;

use carillon_call::device::{Output, Phase};
use carillon_protocol::{CallId, CallPath, Leg, LegState, Presence, Signal, Wants};
use common::{
    CALL, OTHER_CALL, Story, accepted, accepting, active_as_callee, active_as_caller, calling, calling_unnamed, ended,
    handled, heard, hung_up, invited, joining_as_callee, joining_as_caller, leaving, media, ring, ringing, user,
};

type Arrange = fn() -> Story;

/// The phases, with the role where it matters.
const PHASES: [(&str, Arrange); 12] = [
    ("idle", Story::new),
    ("calling, unnamed", calling_unnamed),
    ("calling", calling),
    ("joining as caller", joining_as_caller),
    ("active as caller", active_as_caller),
    ("invited", invited),
    ("ringing", ringing),
    ("accepting", accepting),
    ("joining as callee", joining_as_callee),
    ("active as callee", active_as_callee),
    ("leaving", leaving),
    ("ended", ended),
];

/// What each signal does in which phase. Everything else does nothing at all.
const CELLS: &[(&str, &str, Then)] = &[
    ("idle", "ring", Then::Rings),
    ("idle", "another ring", Then::Rings),
    ("leaving", "another ring", Then::Rings),
    ("ended", "another ring", Then::Rings),
    ("calling", "ringing on", Then::Tells),
    ("calling", "accepted", Then::Joins),
    ("joining as caller", "media", Then::Delivers),
    ("active as caller", "media", Then::Delivers),
    ("accepting", "media", Then::Delivers),
    ("joining as callee", "media", Then::Delivers),
    ("active as callee", "media", Then::Delivers),
    ("invited", "handled", Then::Ends),
    ("ringing", "handled", Then::Ends),
    ("accepting", "handled", Then::Ends),
    ("leaving", "handled", Then::Ends),
    ("calling", "ended", Then::Ends),
    ("joining as caller", "ended", Then::Ends),
    ("active as caller", "ended", Then::Ends),
    ("invited", "ended", Then::Ends),
    ("ringing", "ended", Then::Ends),
    ("accepting", "ended", Then::Ends),
    ("joining as callee", "ended", Then::Ends),
    ("active as callee", "ended", Then::Ends),
    ("leaving", "ended", Then::Ends),
    ("joining as caller", "published", Then::Tells),
    ("active as caller", "published", Then::Tells),
    ("accepting", "published", Then::Tells),
    ("joining as callee", "published", Then::Tells),
    ("active as callee", "published", Then::Tells),
    ("calling", "published", Then::Tells),
    ("calling", "path changed", Then::Delivers),
    ("joining as caller", "path changed", Then::Delivers),
    ("active as caller", "path changed", Then::Delivers),
    ("accepting", "path changed", Then::Delivers),
    ("joining as callee", "path changed", Then::Delivers),
    ("active as callee", "path changed", Then::Delivers),
    ("calling", "token expires", Then::Tells),
    ("joining as caller", "token expires", Then::Tells),
    ("active as caller", "token expires", Then::Tells),
    ("accepting", "token expires", Then::Tells),
    ("joining as callee", "token expires", Then::Tells),
    ("active as callee", "token expires", Then::Tells),
];

#[derive(Debug, Clone, Copy, PartialEq)]
enum Then {
    Nothing,
    Tells,
    Delivers,
    Rings,
    Joins,
    Ends,
}

#[test]
fn s1_only_the_listed_cells_do_anything() {
    for (phase, arrange) in PHASES {
        for (name, signal) in signals() {
            let mut story = arrange();
            story.forget();
            let before = discriminant(story.device.phase());

            story.signal(signal);

            let then = what_happened(&story, before);
            assert_eq!(then, expected(phase, name), "{name:?} when {phase}: {:?}", story.outputs);
        }
    }
}

#[test]
fn s1_no_signal_ever_opens_the_microphone() {
    for (phase, arrange) in PHASES {
        for (name, signal) in signals() {
            let mut story = arrange();
            story.forget();
            let was_open = story.device.is_media_open();

            story.signal(signal);

            // Another transport has the consent of the one before.
            assert!(was_open || !story.has_opened(), "{name:?} when {phase}");
        }
    }
}

#[test]
fn every_cell_names_a_phase_and_a_signal() {
    let signals = signals();
    for (phase, signal, _) in CELLS {
        assert!(PHASES.iter().any(|(name, _)| name == phase), "{phase}");
        assert!(signals.iter().any(|(name, _)| name == signal), "{signal}");
    }
}

fn signals() -> Vec<(&'static str, Signal)> {
    vec![
        ("ring", Signal::Ring(ring(CALL))),
        ("another ring", Signal::Ring(ring(OTHER_CALL))),
        ("ringing on", Signal::RingingOn { call: CALL, devices: 1 }),
        ("another's ringing on", Signal::RingingOn { call: OTHER_CALL, devices: 1 }),
        ("accepted", accepted(CALL)),
        ("another accepted", accepted(OTHER_CALL)),
        ("handled", handled(CALL)),
        ("another handled", handled(OTHER_CALL)),
        ("ended", hung_up(CALL)),
        ("another ended", hung_up(OTHER_CALL)),
        ("media", media(CALL)),
        ("another's media", media(OTHER_CALL)),
        ("path changed", Signal::PathChanged { call: CALL, path: CallPath::Server }),
        ("another's path changed", Signal::PathChanged { call: OTHER_CALL, path: CallPath::Server }),
        ("slots", Signal::MediaSlots { call: CALL, slots: Vec::new(), wants: Wants::default() }),
        ("another's slots", Signal::MediaSlots { call: OTHER_CALL, slots: Vec::new(), wants: Wants::default() }),
        ("leg changed", leg_changed(CALL)),
        ("another's leg changed", leg_changed(OTHER_CALL)),
        ("published", published(CALL)),
        ("another's published", published(OTHER_CALL)),
        ("token expires", Signal::TokenWillExpire { call: CALL, left_ms: 30_000 }),
        ("another's token expires", Signal::TokenExpired { call: OTHER_CALL, left_ms: 30_000 }),
        ("presence", Signal::PresenceChanged { user: user("bob"), presence: Presence::Online }),
        ("unknown", Signal::Unknown),
    ]
}

fn published(call: CallId) -> Signal {
    Signal::PublishedChanged { call, user: user("bob"), published: heard(), version: 3 }
}

/// What is only said in group calls.
fn leg_changed(call: CallId) -> Signal {
    Signal::LegChanged { call, leg: Leg::new(user("bob"), "Bob", LegState::Accepted) }
}

fn expected(phase: &str, signal: &str) -> Then {
    let cell = CELLS.iter().find(|(in_phase, on_signal, _)| *in_phase == phase && *on_signal == signal);
    cell.map_or(Then::Nothing, |(_, _, then)| *then)
}

fn what_happened(story: &Story, before: std::mem::Discriminant<Phase>) -> Then {
    let has_moved = discriminant(story.device.phase()) != before;
    match (story.device.phase(), has_moved) {
        (Phase::Ringing, true) => Then::Rings,
        (Phase::Joining, true) => Then::Joins,
        (Phase::Ended(_), true) => Then::Ends,
        _ if story.outputs.iter().any(|output| matches!(output, Output::Media(_))) => Then::Delivers,
        _ if !story.outputs.is_empty() || has_moved => Then::Tells,
        _ => Then::Nothing,
    }
}
