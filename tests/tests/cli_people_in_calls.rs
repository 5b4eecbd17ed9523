//! Hands, moderators, and participants of group calls who are not reached: the real server and the real program.
#![cfg(target_os = "linux")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use carillon_media::measure::{Pitch, voices_in};
use carillon_tests::programs::{Device, House, Line, Person, ended_well};

const SOON: Duration = Duration::from_secs(40);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const CAROL: Person = Person::CAROL;

/// What belongs to the last moments of a call, when others go too.
const LAST_SECONDS: usize = 3;

/// A call waits for so long for a device that is away.
const CALLS_WAIT: Duration = Duration::from_secs(30);

#[test]
fn hands_are_seen_by_all_in_their_order_and_a_moderator_lowers_one() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = listen(&house, BOB, &["--for", "16s", "--hand-after", "7s"])?;
    let mut carol = listen(&house, CAROL, &["--for", "16s", "--hand-after", "2s"])?;
    let call = ["call", "bob", "carol", "--for", "15s", "--lower-hand", "carol", "--moderate-after", "11s"];
    let mut alice = house.run(ALICE, "desk", &call)?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    for said in &said {
        let hands = users(said, "hand-raised");
        ensure!(hands == ["carol", "bob"], "{hands:?}");
        ensure!(users(said, "hand-lowered").first() == Some(&"carol"), "{said:?}");
        let places: Vec<_> = ["carol", "bob"].iter().map(|user| hand_of(said, user)).collect();
        ensure!(places[0].is_some() && places[0] < places[1], "{places:?}");
    }
    let lowered = said[0].iter().find(|line| line["event"] == "moderated").context("done")?;
    ensure!((lowered["user"].as_str(), lowered["what"].as_str()) == (Some("carol"), Some("lower_hand")), "{lowered}");
    Ok(())
}

#[test]
fn whoever_is_muted_by_the_caller_hears_by_whom_and_is_silent_for_all_and_nobody_else_may_do_that() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = listen(&house, BOB, &["--for", "15s"])?;
    let mut carol = listen(&house, CAROL, &["--for", "14s", "--mute", "alice", "--moderate-after", "3s"])?;
    let call = ["call", "bob", "carol", "--for", "14s", "--mute", "bob", "--moderate-after", "6s"];
    let mut alice = house.run(ALICE, "desk", &call)?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    let muted = said[1].iter().find(|line| line["event"] == "muted-by").context("Bob hears of it")?;
    ensure!(muted["by"] == "alice", "{muted}");
    ensure!(said[2].iter().any(|line| line["event"] == "not-moderated" && line["user"] == "alice"), "{said:?}");
    ensure!(!said[0].iter().any(|line| line["event"] == "muted-by"), "{said:?}");
    let (at_alice, at_carol) = (house.recording(ALICE, "desk")?, house.recording(CAROL, "attic")?);
    assert_eq!(voices_in(&at_alice), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(last(&at_alice)), [Pitch::Middle]);
    assert_eq!(voices_in(last(&at_carol)), [Pitch::Low]);
    Ok(())
}

#[test]
fn whoever_is_taken_out_by_the_caller_hears_by_whom_and_the_others_go_on() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = listen(&house, BOB, &["--for", "60s"])?;
    let mut carol = listen(&house, CAROL, &["--for", "12s"])?;
    let call = ["call", "bob", "carol", "--for", "12s", "--remove", "bob", "--moderate-after", "4s"];
    let mut alice = house.run(ALICE, "desk", &call)?;

    let (said_by_bob, code) = bob.end(SOON)?;
    let said = ended_well([&mut alice, &mut carol])?;

    assert_eq!(code, 20);
    let end = said_by_bob.iter().find(|line| line["type"] == "hangup").context("it is over for Bob")?;
    ensure!((end["reason"].as_str(), end["by"].as_str()) == (Some("removed"), Some("alice")), "{end}");
    for said in &said {
        ensure!(said.iter().any(|line| line["type"] == "user-left" && line["user"] == "bob"), "{said:?}");
    }
    assert_eq!(voices_in(last(&house.recording(ALICE, "desk")?)), [Pitch::Middle]);
    Ok(())
}

#[test]
fn whoever_stands_still_is_seen_to_reconnect_and_is_back_in_the_same_call_without_another_ring() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = listen(&house, BOB, &["--for", "50s"])?;
    let mut carol = listen(&house, CAROL, &["--for", "50s"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol"])?;
    for device in [&mut alice, &mut bob, &mut carol] {
        device.until("hearing", SOON)?;
    }

    bob.freeze()?;
    assert_eq!(alice.until("user-reconnecting", SOON)?["user"], "bob");
    assert_eq!(carol.until("user-reconnecting", SOON)?["user"], "bob");
    bob.thaw()?;

    assert_eq!(alice.until("user-reconnected", SOON)?["user"], "bob");
    alice.interrupt()?;
    let (said_by_bob, code) = bob.end(SOON * 2)?;
    assert_eq!(code, 0, "{said_by_bob:?}");
    assert_eq!(said_by_bob.iter().filter(|line| line["event"] == "onInvite").count(), 1);
    carol.interrupt()?;
    Ok(())
}

#[test]
fn after_a_restart_of_the_server_all_are_back_in_the_call_and_nobody_rings() -> Result<()> {
    let mut house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = listen(&house, BOB, &["--for", "45s"])?;
    let mut carol = listen(&house, CAROL, &["--for", "44s"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol", "--for", "44s"])?;
    for device in [&mut alice, &mut bob, &mut carol] {
        device.until("hearing", SOON)?;
    }

    house.server().crash()?;
    house.restart_server()?;
    let restarted = Instant::now();
    for device in [&mut alice, &mut bob, &mut carol] {
        device.until("reconnected", SOON)?;
    }
    let back_after = restarted.elapsed();

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;
    ensure!(back_after < CALLS_WAIT, "{back_after:?}");
    for said in &said[1..] {
        assert_eq!(said.iter().filter(|line| line["event"] == "onInvite").count(), 1, "nobody rings again");
    }
    assert_eq!(voices_in(last(&house.recording(ALICE, "desk")?)), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(last(&house.recording(CAROL, "attic")?)), [Pitch::Low, Pitch::High]);
    Ok(())
}

fn listen(house: &House, person: Person, arguments: &[&str]) -> Result<Device> {
    house.listen(person, "attic", &[&["--accept-after", "0s", "--once"], arguments].concat())
}

/// Whom these events are about, in their order.
fn users<'a>(said: &'a [Line], event: &str) -> Vec<&'a str> {
    said.iter().filter(|line| line["event"] == event).filter_map(|line| line["user"].as_str()).collect()
}

/// Since when somebody's hand is up, as their leg says it.
fn hand_of(said: &[Line], user: &str) -> Option<u64> {
    let legs = said.iter().map(|line| &line["leg"]).filter(|leg| leg["user"] == user);
    legs.filter_map(|leg| leg["hand"].as_u64()).next_back()
}

/// Of the last moments before the others go.
fn last(recording: &[f32]) -> &[f32] {
    const SECOND: usize = 48_000;
    let end = recording.len().saturating_sub(SECOND);
    &recording[end.saturating_sub(LAST_SECONDS * SECOND)..end]
}
