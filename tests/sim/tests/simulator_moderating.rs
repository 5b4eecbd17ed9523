//! Hands, moderators, and participants who are not reached, with devices, links and a server; and proof that a broken record is noticed.

use carillon_call::record::{Action, Actor, Decision, Facts, GroupAction, decide};
use carillon_protocol::{
    EndReason,
    LegState::{Accepted, Left},
    Moderation, MutedBy, Published, PublishedSource, Refusal, RefusalCode,
};
use carillon_sim::{
    Act, Dev, Judge, Sim,
    Told::{self, Ended, Leg, Moderated, Muted, NotModerated},
    Why::Recorded,
    millis, run_seed, secs,
};

/// How many seeds a broken rule may hide from.
const SEEDS_TO_CATCH: u64 = 2_000;

#[test]
fn whoever_is_muted_hears_it_once_and_can_speak_again_by_themself() {
    let (mut sim, alice, bob, carol) = three_who_talk();

    sim.act(carol, Act::Moderate("bob", Moderation::Mute));
    sim.run_for(secs(1));
    assert_eq!(last(&sim, carol), NotModerated(RefusalCode::NotAllowed));
    assert!(speaks(&sim, alice, "bob"));

    sim.act(alice, Act::Moderate("bob", Moderation::Mute));
    sim.run_for(secs(1));
    assert!(sim.events(alice).contains(&Moderated) && count(&sim, bob, Muted) == 1);
    assert!(!speaks(&sim, alice, "bob") && !speaks(&sim, carol, "bob"));

    sim.publish(bob, heard());
    sim.run_for(secs(1));
    assert!(speaks(&sim, alice, "bob") && speaks(&sim, carol, "bob"), "nobody but Bob says so, and he does");
    assert_good(&sim);
}

#[test]
fn whoever_is_muted_while_cut_off_hears_it_when_they_are_back() {
    let (mut sim, alice, bob, carol) = three_who_talk();

    sim.unplug(bob);
    sim.run_for(secs(5));
    sim.act(alice, Act::Moderate("bob", Moderation::Mute));
    sim.run_for(secs(5));
    sim.plug(bob);
    sim.run_for(secs(5));

    assert_eq!(count(&sim, bob, Muted), 1);
    assert!(!speaks(&sim, carol, "bob"));
    assert_good(&sim);
}

#[test]
fn whoever_is_taken_out_is_out_until_they_are_asked_again() {
    let (mut sim, alice, bob, carol) = three_who_talk();

    sim.act(alice, Act::Moderate("bob", Moderation::Remove));
    sim.run_for(secs(1));
    assert_eq!(last(&sim, bob), Ended(Recorded(EndReason::Removed)));
    assert!(sim.is_active(alice) && sim.is_active(carol));

    sim.act(carol, Act::Add("bob"));
    sim.run_for(secs(1));
    sim.act(bob, Act::Accept);
    sim.run_for(secs(2));
    assert!(sim.is_active(bob) && sim.legs(alice).contains(&("bob", Accepted)));
    assert_good(&sim);
}

#[test]
fn hands_survive_a_restart_of_the_server_in_their_order() {
    let (mut sim, alice, bob, carol) = three_who_talk();
    sim.act(carol, Act::Hand(true));
    sim.run_for(millis(200));
    sim.act(bob, Act::Hand(true));
    sim.run_for(secs(1));
    for dev in [alice, bob, carol] {
        assert_eq!(sim.hands(dev), ["carol", "bob"]);
    }

    sim.restart_server(secs(3));
    sim.run_for(secs(10));
    sim.act(alice, Act::Hand(true));
    sim.act(alice, Act::Moderate("carol", Moderation::LowerHand));
    sim.run_for(secs(1));

    for dev in [alice, bob, carol] {
        assert_eq!(sim.hands(dev), ["bob", "alice"]);
    }
    assert_good(&sim);
}

#[test]
fn whoever_loses_their_link_is_seen_to_reconnect_until_they_are_back_or_gone() {
    let (mut sim, alice, bob, _carol) = three_who_talk();

    sim.unplug(bob);
    sim.run_for(secs(5));
    assert_eq!(sim.reconnecting(alice), ["bob"]);
    sim.plug(bob);
    sim.run_for(secs(5));
    assert!(sim.reconnecting(alice).is_empty() && sim.reconnecting(bob).is_empty());

    sim.unplug(bob);
    sim.run_for(secs(35));
    assert!(sim.reconnecting(alice).is_empty() && last(&sim, alice) == Leg("bob", Left));
    assert_good(&sim);
}

#[test]
fn a_link_that_is_back_at_once_is_nothing_to_tell() {
    let (mut sim, alice, bob, _carol) = three_who_talk();
    let before = sim.events(alice).len();

    sim.unplug(bob);
    sim.run_for(millis(600));
    sim.plug(bob);
    sim.run_for(secs(5));

    assert_eq!(sim.events(alice).len(), before);
    assert_good(&sim);
}

#[test]
fn after_a_restart_of_the_server_everybody_is_back_within_fifteen_seconds_and_nobody_rings() {
    let (mut sim, alice, bob, carol) = three_who_talk();
    let before = [alice, bob, carol].map(|dev| sim.events(dev).len());

    sim.restart_server(secs(3));
    sim.run_for(secs(15));

    for (dev, before) in [alice, bob, carol].into_iter().zip(before) {
        assert!(sim.is_active(dev) && sim.reconnecting(dev).is_empty());
        assert!(!sim.events(dev)[before..].contains(&Told::RingStarted));
        assert_eq!(sim.legs(dev).iter().filter(|(_, state)| *state == Accepted).count(), 3);
    }
    assert_good(&sim);
}

#[test]
fn a_record_that_lets_anybody_mute_is_caught() {
    assert_caught(lets_anybody_mute, "is moderated in");
}

#[test]
fn a_record_that_lets_whoever_was_taken_out_come_back_is_caught() {
    assert_caught(takes_back, "without being asked");
}

#[test]
fn a_record_that_confuses_hands_is_caught() {
    assert_caught(gives_hands_one_moment, "are up since the same moment");
}

#[test]
fn a_record_that_does_not_tell_who_is_not_reached_is_caught() {
    assert_caught(forgets_to_tell_who_is_lost, "knows of");
}

fn lets_anybody_mute(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let decided = decide(facts, actor, action.clone(), now_ms);
    let (Err(refusal), Action::InGroup(GroupAction::Moderate { user, .. }), Some(rows)) =
        (&decided, &action, &facts.call)
    else {
        return decided;
    };
    let mut rows = rows.clone();
    let muted = MutedBy { user: actor.user.clone(), version: rows.call.version };
    rows.call.version += 1;
    let leg = rows.legs.iter_mut().find(|leg| leg.user == *user && leg.state == Accepted);
    match leg.filter(|leg| refusal.code == RefusalCode::NotAllowed && leg.user != actor.user) {
        Some(leg) => leg.muted = Some(muted),
        None => return decided,
    }
    let done = carillon_protocol::Done::Done;
    Ok(Decision { rows: Some(rows), signals: Vec::new(), media: Vec::new(), invited: Vec::new(), done })
}

fn takes_back(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut facts = facts.clone();
    let removed = facts.call.iter_mut().flat_map(|rows| &mut rows.legs).find(|leg| leg.removed_by.is_some());
    if let (Some(leg), Action::Expire | Action::Publish(_)) = (removed, &action) {
        leg.state = Accepted;
        leg.end = None;
    }
    decide(&facts, actor, action, now_ms)
}

fn gives_hands_one_moment(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let mut decision = decide(facts, actor, action, now_ms)?;
    for leg in decision.rows.iter_mut().flat_map(|rows| &mut rows.legs) {
        leg.hand = leg.hand.map(|_| 1);
    }
    Ok(decision)
}

fn forgets_to_tell_who_is_lost(facts: &Facts, actor: &Actor, action: Action, now_ms: u64) -> Result<Decision, Refusal> {
    let is_about_that = matches!(action, Action::Reached { is_reached: false, .. });
    let mut decision = decide(facts, actor, action, now_ms)?;
    if is_about_that {
        decision.signals.clear();
    }
    Ok(decision)
}

/// Alice calls, and all speak.
fn three_who_talk() -> (Sim, Dev, Dev, Dev) {
    let mut sim = Sim::new(7);
    let [alice, bob, carol] = ["alice", "bob", "carol"].map(|name| sim.add(name, "desk"));
    sim.run_for(secs(1));
    sim.act(alice, Act::GroupCall(&["bob", "carol"]));
    sim.run_for(secs(2));
    sim.act(bob, Act::Accept);
    sim.act(carol, Act::Accept);
    sim.run_for(secs(1));
    for dev in [alice, bob, carol] {
        assert!(sim.is_active(dev));
        sim.publish(dev, heard());
    }
    sim.run_for(secs(1));
    (sim, alice, bob, carol)
}

fn heard() -> Published {
    Published { microphone: carillon_protocol::MicrophoneState::On, ..Published::default() }
}

/// Whether a device knows of somebody that their microphone is on.
fn speaks(sim: &Sim, dev: Dev, whom: &str) -> bool {
    let known = sim.known_published(dev);
    known.iter().any(|(name, published)| *name == whom && published.is_on(PublishedSource::Microphone))
}

fn count(sim: &Sim, dev: Dev, what: Told) -> usize {
    sim.events(dev).iter().filter(|told| **told == what).count()
}

#[track_caller]
fn last(sim: &Sim, dev: Dev) -> Told {
    *sim.events(dev).last().expect("it told something")
}

#[track_caller]
fn assert_good(sim: &Sim) {
    assert_eq!(sim.watch().violations(), [""; 0]);
}

#[track_caller]
fn assert_caught(judge: Judge, violation: &str) {
    let is_caught = |seed| run_seed(seed, judge).violations.iter().any(|seen| seen.contains(violation));
    assert!((0..SEEDS_TO_CATCH).any(is_caught), "not caught");
}
