//! Fifty thousand random runs, and proof that they would notice.
//!
//! A failing seed prints its log; `CARILLON_SEED=n` replays one.

#![allow(clippy::print_stdout, reason = "what a sweep has seen is worth reading")]

use std::{
    collections::BTreeMap,
    env,
    sync::atomic::{AtomicU64, Ordering},
    thread,
};

use carillon_call::record::{Action, Actor, CallState, Decision, Facts, LegState, Recipient, decide};
use carillon_protocol::{Refusal, Signal};
use carillon_sim::{
    Judge, MessageFault, PublishFault, Report, run_believing_old_frames, run_seed, run_seed_with_log,
    run_with_message_fault, run_with_publish_fault,
};

const SEEDS: u64 = 50_000;

/// How many seeds a broken rule may hide from.
const SEEDS_TO_CATCH: u64 = 2_000;

#[test]
fn no_seed_breaks_an_invariant() {
    if let Some(seed) = env::var("CARILLON_SEED").ok().and_then(|seed| seed.parse().ok()) {
        return assert_good(&run_seed_with_log(seed));
    }

    let reports = sweep(SEEDS, |seed| run_seed(seed, decide));

    if let Some(bad) = reports.iter().find(|report| !report.violations.is_empty()) {
        let bad_seeds = reports.iter().filter(|report| !report.violations.is_empty()).count();
        println!("{bad_seeds} of {SEEDS} seeds are bad");
        assert_good(&run_seed_with_log(bad.seed));
    }
    assert_varied(&reports);
}

#[test]
fn the_same_seed_is_the_same_run() {
    for seed in 0..20 {
        assert_eq!(run_seed_with_log(seed).log, run_seed_with_log(seed).log, "seed {seed}");
    }
}

#[test]
fn a_record_that_lets_two_devices_accept_is_caught() {
    assert_caught(accepts_twice, "disagrees with the record");
}

#[test]
fn a_record_that_lets_two_devices_accept_and_tells_neither_is_caught() {
    assert_caught(accepts_twice_in_silence, "in the same call");
}

#[test]
fn a_record_that_does_not_tell_the_other_devices_is_caught() {
    assert_caught(forgets_siblings, "disagrees with the record");
}

#[test]
fn a_record_that_tells_the_end_to_one_side_only_is_caught() {
    assert_caught(forgets_the_callee_at_the_end, "is left in");
}

#[test]
fn a_record_that_changes_its_mind_about_the_reason_is_caught() {
    assert_caught(tells_another_reason, "disagrees with the record");
}

#[test]
fn a_record_that_ends_a_call_twice_is_caught() {
    assert_caught(ends_twice, "changes after its end");
}

#[test]
fn a_record_that_lets_two_devices_accept_a_group_call_is_caught() {
    assert_caught(accepts_a_group_call_twice, "has a second winner");
}

#[test]
fn a_record_that_gives_a_channel_away_twice_is_caught() {
    assert_caught(forgets_channels, "has two live calls");
}

#[test]
fn a_record_that_calls_busy_people_is_caught() {
    assert_caught(forgets_who_is_busy, "is in two calls");
}

#[test]
fn a_record_that_does_not_tell_a_change_to_everybody_is_caught() {
    assert_caught(forgets_a_change, "knows of");
}

#[test]
fn a_record_that_tells_one_side_only_that_media_move_to_the_server_is_caught() {
    assert_caught(tells_a_move_to_one_side, "and the record has");
}

#[test]
fn a_record_that_moves_media_and_admits_one_side_only_is_caught() {
    assert_caught(admits_one_side, "are forwarded, and");
}

fn tells_a_move_to_one_side(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = decide(facts, actor, action, now_ms)?;
    if let Some(at) = decision.signals.iter().position(|(_, signal)| matches!(signal, Signal::PathChanged { .. })) {
        decision.signals.remove(at);
    }
    Ok(decision)
}

fn admits_one_side(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let is_move = action == Action::MoveToServer;
    let mut decision = decide(facts, actor, action, now_ms)?;
    decision.media.truncate(if is_move { 1 } else { usize::MAX });
    Ok(decision)
}

fn accepts_a_group_call_twice(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut facts = facts.clone();
    if let (Action::Accept { .. }, Some(rows)) = (&action, &mut facts.call)
        && rows.is_group()
        && let Some(leg) = rows.legs.iter_mut().find(|leg| leg.user == actor.user)
        && leg.state == LegState::Accepted
    {
        leg.state = LegState::Ringing;
    }
    decide(&facts, actor, action, now_ms)
}

fn forgets_channels(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let facts = Facts { channel_call: None, ..facts.clone() };
    decide(&facts, actor, action, now_ms)
}

fn forgets_who_is_busy(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut facts = facts.clone();
    facts.invitees.iter_mut().for_each(|invitee| invitee.call = None);
    decide(&facts, actor, action, now_ms)
}

fn forgets_a_change(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = decide(facts, actor, action, now_ms)?;
    let change = decision.signals.iter().rposition(|(_, signal)| matches!(signal, Signal::LegChanged { .. }));
    if let Some(change) = change {
        decision.signals.remove(change);
    }
    Ok(decision)
}

fn accepts_twice(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut facts = facts.clone();
    if let (Action::Accept { .. }, Some(rows)) = (&action, &mut facts.call)
        && rows.call.state == CallState::Active
        && !rows.is_group()
    {
        rows.call.state = CallState::Ringing;
        rows.legs.iter_mut().filter(|leg| leg.user == actor.user).for_each(|leg| leg.state = LegState::Ringing);
    }
    decide(&facts, actor, action, now_ms)
}

fn accepts_twice_in_silence(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = accepts_twice(facts, actor, action, now_ms)?;
    decision.signals.retain(|(_, signal)| !matches!(signal, Signal::Handled(_)));
    Ok(decision)
}

fn forgets_siblings(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = decide(facts, actor, action, now_ms)?;
    decision.signals.retain(|(_, signal)| !matches!(signal, Signal::Handled(_)));
    Ok(decision)
}

fn forgets_the_callee_at_the_end(
    facts: &Facts,
    actor: &Actor,
    action: Action,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let active = facts.call.as_ref().filter(|rows| rows.call.state == CallState::Active);
    let caller = active.and_then(|rows| rows.caller_leg()?.device_id()).map(Recipient::Device);
    let mut decision = decide(facts, actor, action, now_ms)?;
    let is_forgotten = |whom: &Recipient| caller.as_ref().is_some_and(|caller| whom != caller);
    decision.signals.retain(|(whom, signal)| !(matches!(signal, Signal::Ended(_)) && is_forgotten(whom)));
    Ok(decision)
}

fn tells_another_reason(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = decide(facts, actor, action, now_ms)?;
    for (recipient, signal) in &mut decision.signals {
        if let (Recipient::User(_), Signal::Ended(ended)) = (recipient, signal) {
            ended.reason = carillon_protocol::EndReason::HungUp;
        }
    }
    Ok(decision)
}

fn ends_twice(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut facts = facts.clone();
    if let (Action::HangUp, Some(rows)) = (&action, &mut facts.call)
        && matches!(rows.call.state, CallState::Ended { .. })
        && rows.call.answered_at_ms.is_some()
    {
        rows.call.state = CallState::Active;
        rows.legs.iter_mut().filter(|leg| leg.user == actor.user).for_each(|leg| leg.state = LegState::Accepted);
    }
    decide(&facts, actor, action, now_ms)
}

#[test]
fn a_device_that_believes_what_waited_while_it_was_frozen_is_caught() {
    assert_caught_by(run_believing_old_frames, "rings for what is long over");
}

#[test]
fn a_server_that_writes_a_repeated_message_again_is_caught() {
    assert_caught_by(|seed| run_with_message_fault(seed, MessageFault::ForgetsAnswers), "is written twice");
}

#[test]
fn a_server_that_forgets_what_was_written_to_the_absent_is_caught() {
    assert_caught_by(|seed| run_with_message_fault(seed, MessageFault::ForgetsTheAbsent), "lost messages");
}

#[test]
fn a_server_that_does_not_note_what_is_published_is_caught() {
    assert_caught_by(|seed| run_with_publish_fault(seed, PublishFault::NotesNothing), "knows that they publish");
}

#[test]
fn a_server_whose_snapshots_do_not_say_what_is_published_is_caught() {
    let run = |seed| run_with_publish_fault(seed, PublishFault::LeavesOutOfSnapshots);
    assert_caught_by(run, "knows that they publish");
}

#[test]
fn a_record_that_does_not_tell_the_others_what_is_published_is_caught() {
    assert_caught(forgets_to_tell_what_is_published, "knows that they publish");
}

fn forgets_to_tell_what_is_published(
    facts: &Facts,
    actor: &Actor,
    action: Action,
    now_ms: u64,
) -> Result<Decision, Refusal> {
    let is_publish = matches!(action, Action::Publish(_));
    let mut decision = decide(facts, actor, action, now_ms)?;
    if is_publish {
        decision.signals.clear();
    }
    Ok(decision)
}

/// Runs seeds on all cores.
fn sweep(seeds: u64, run: impl Fn(u64) -> Report + Sync) -> Vec<Report> {
    let next = AtomicU64::new(0);
    let work = || {
        let mut reports = Vec::new();
        loop {
            let seed = next.fetch_add(1, Ordering::Relaxed);
            if seed >= seeds {
                return reports;
            }
            reports.push(run(seed));
        }
    };
    let cores = thread::available_parallelism().map_or(1, usize::from);
    let mut reports: Vec<_> = thread::scope(|scope| {
        let workers: Vec<_> = (0..cores).map(|_| scope.spawn(work)).collect();
        workers.into_iter().flat_map(|worker| worker.join().expect("a run does not panic")).collect()
    });
    reports.sort_by_key(|report| report.seed);
    reports
}

#[track_caller]
fn assert_good(report: &Report) {
    let Report { seed, violations, log, .. } = report;
    assert!(
        violations.is_empty(),
        "{}\n\nseed {seed}: {}\n\nreplay with CARILLON_SEED={seed}",
        log.join("\n"),
        violations.join("\n")
    );
}

/// A sweep that never sees a kind of end proves nothing about it.
#[track_caller]
fn assert_varied(reports: &[Report]) {
    let mut ends = BTreeMap::<&str, u32>::new();
    for (end, count) in reports.iter().flat_map(|report| &report.ends) {
        *ends.entry(end).or_default() += count;
    }
    let active: u32 = reports.iter().map(|report| report.active).sum();
    let crossings: u32 = reports.iter().map(|report| report.crossings).sum();
    println!("active {active}, crossings {crossings}, ends {ends:#?}");
    let reasons = ["NoAnswer", "Cancelled", "Declined", "Busy", "HungUp", "ConnectionLost", "MediaFailed"];
    for reason in reasons.map(|reason| format!("Recorded({reason})")) {
        assert!(ends.get(reason.as_str()).is_some_and(|count| *count > 100), "too few ended with {reason}");
    }
    for reason in ["Recorded(Removed)", "Recorded(TokenExpired)"] {
        assert!(ends.get(reason).is_some_and(|count| *count > 50), "too few ended with {reason}");
    }
    for how in ["HandledElsewhere(Accepted)", "HandledElsewhere(Declined)"] {
        assert!(ends.get(how).is_some_and(|count| *count > 100), "too few ended with {how}");
    }
    assert!(active > 1_000 && crossings > 100, "too few calls came to anything");
    let mut legs = BTreeMap::<&str, u32>::new();
    for (state, count) in reports.iter().flat_map(|report| &report.legs) {
        *legs.entry(state).or_default() += count;
    }
    println!("legs {legs:#?}");
    for state in ["Ringing", "Accepted", "Declined", "Busy", "Missed", "Left", "Removed"] {
        assert!(legs.get(state).is_some_and(|count| *count > 100), "too few legs became {state}");
    }
    let published: usize = reports.iter().map(|report| report.published).sum();
    println!("heard {published} times what the other end publishes");
    assert!(published > 1_000, "too few devices published anything");
    let moved: usize = reports.iter().map(|report| report.moved).sum();
    println!("heard {moved} times that media go through the server from now on");
    assert!(moved > 1_000, "too few calls moved to the server");
    let muted: usize = reports.iter().map(|report| report.muted).sum();
    let moderated: usize = reports.iter().map(|report| report.moderated).sum();
    println!("muted {muted} times, of {moderated} times that somebody was moderated");
    assert!(muted > 100 && moderated > 100, "too few were moderated");
    let told: usize = reports.iter().map(|report| report.told_messages).sum();
    let fetched: usize = reports.iter().map(|report| report.fetched_messages).sum();
    println!("messages told {told}, of which {fetched} were missed at first");
    assert!(told > 10_000 && fetched > 1_000, "too few messages came to anybody");
}

#[track_caller]
fn assert_caught(judge: Judge, violation: &str) {
    assert_caught_by(|seed| run_seed(seed, judge), violation);
}

#[track_caller]
fn assert_caught_by(run: impl Fn(u64) -> Report + Sync, violation: &str) {
    let reports = sweep(SEEDS_TO_CATCH, run);

    let seen: Vec<_> = reports.iter().flat_map(|report| &report.violations).collect();
    assert!(seen.iter().any(|seen| seen.contains(violation)), "not caught; seen: {:?}", seen.first());
}
