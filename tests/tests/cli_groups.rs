//! Groups, messages and devices between command lines: the real server and the real program.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_media::measure::{Pitch, voices_in};
use carillon_tests::programs::{House, Line, Person, ended_well};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const CAROL: Person = Person::CAROL;
const DORA: Person = Person::DORA;

/// What belongs to the last moments of a call, when others go too.
const LAST_SECONDS: usize = 3;

#[test]
fn in_a_group_call_one_accepts_one_declines_and_one_is_added_and_each_hears_of_it() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let team = make_team(&house)?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "200ms", "--once", "--for", "6s"])?;
    let mut carol = house.listen(CAROL, "boat", &["--decline-after", "200ms", "--once"])?;
    let call =
        ["call", "bob", "--group", &team, "--message", "Join us", "--add", "carol", "--add-after", "1s", "--for", "4s"];
    let mut alice = house.run(ALICE, "desk", &call)?;

    let (said_by_carol, carol_ended) = carol.end(SOON)?;
    let (said_by_alice, alice_ended) = alice.end(SOON)?;
    let (said_by_bob, _) = bob.end(SOON)?;

    assert_eq!((alice_ended, carol_ended), (0, 11));
    let ring = find(&said_by_carol, "onInvite")?;
    assert_eq!((ring["group_name"].as_str(), ring["message"].as_str()), (Some("Team"), Some("Join us")));
    let legs = ["carol ringing", "carol declined"];
    assert!(in_order(&legs_of(&said_by_alice), &["bob ringing", "bob accepted"]), "{:?}", legs_of(&said_by_alice));
    for said in [&said_by_alice, &said_by_bob] {
        assert!(in_order(&legs_of(said), &legs), "{:?}", legs_of(said));
    }
    assert_eq!(find(&said_by_alice, "onAddPerson")?["joined"].as_array().map(Vec::len), Some(2));
    Ok(())
}

#[test]
fn in_a_group_call_each_of_three_hears_both_others_and_not_themselves() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once", "--for", "8s"])?;
    let mut carol = house.listen(CAROL, "boat", &["--accept-after", "0s", "--once", "--for", "8s"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol", "--for", "8s"])?;

    ended_well([&mut alice, &mut bob, &mut carol])?;

    assert_eq!(voices_in(&house.recording(ALICE, "desk")?), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(&house.recording(BOB, "attic")?), [Pitch::Low, Pitch::Middle]);
    assert_eq!(voices_in(&house.recording(CAROL, "boat")?), [Pitch::Low, Pitch::High]);
    Ok(())
}

#[test]
fn whoever_mutes_themselves_is_silent_for_both_others_who_go_on_hearing_each_other() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mute = ["--mute-after", "4s"];
    let mut bob =
        house.listen(BOB, "attic", &[&["--accept-after", "0s", "--once", "--for", "12s"], &mute[..]].concat())?;
    let mut carol = house.listen(CAROL, "boat", &["--accept-after", "0s", "--once", "--for", "11s"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol", "--for", "11s"])?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    let (at_alice, at_carol) = (house.recording(ALICE, "desk")?, house.recording(CAROL, "boat")?);
    assert_eq!(voices_in(&at_alice), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(&at_carol), [Pitch::Low, Pitch::High]);
    assert_eq!(voices_in(last(&at_alice)), [Pitch::Middle]);
    assert_eq!(voices_in(last(&at_carol)), [Pitch::Low]);
    assert!(unpublished(&said[0], "bob") && unpublished(&said[2], "bob"), "{said:?}");
    Ok(())
}

#[test]
fn when_one_leaves_a_group_call_the_others_go_on_hearing_each_other() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once", "--for", "5s"])?;
    let mut carol = house.listen(CAROL, "boat", &["--accept-after", "0s", "--once", "--for", "12s"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "carol", "--for", "12s"])?;

    ended_well([&mut alice, &mut bob, &mut carol])?;

    let (at_alice, at_carol) = (house.recording(ALICE, "desk")?, house.recording(CAROL, "boat")?);
    assert_eq!(voices_in(&at_alice), [Pitch::Middle, Pitch::High]);
    assert_eq!(voices_in(last(&at_alice)), [Pitch::Middle]);
    assert_eq!(voices_in(last(&at_carol)), [Pitch::Low]);
    Ok(())
}

#[test]
fn whoever_joins_later_hears_and_is_heard_and_who_declined_hears_nothing() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL, DORA])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once", "--for", "12s"])?;
    let mut dora = house.listen(DORA, "cellar", &["--decline-after", "500ms", "--once"])?;
    let mut carol = house.listen(CAROL, "boat", &["--accept-after", "0s", "--once", "--for", "7s"])?;
    let call = ["call", "bob", "dora", "--add", "carol", "--add-after", "3s", "--for", "12s"];
    let mut alice = house.run(ALICE, "desk", &call)?;

    assert_eq!(dora.end(SOON)?.1, 11);
    ended_well([&mut alice, &mut bob, &mut carol])?;

    assert_eq!(voices_in(&house.recording(CAROL, "boat")?), [Pitch::Low, Pitch::High]);
    assert_eq!(voices_in(&house.recording(ALICE, "desk")?), [Pitch::Middle, Pitch::High]);
    // Her speaker was never opened.
    assert!(house.recording(DORA, "cellar").unwrap_or_default().is_empty());
    Ok(())
}

#[test]
fn what_one_writes_the_other_reads_now_and_later() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut follower = house.ask(BOB, "attic", &["messages", "--follow", "--count", "1"])?;
    follower.until("following", SOON)?;

    assert_eq!(house.ask(ALICE, "desk", &["message", "bob", "Lunch", "at", "noon?"])?.end(SOON)?.1, 0);

    let (said, code) = follower.end(SOON)?;
    assert_eq!((code, find(&said, "message")?["message"]["body"]["text"].as_str()), (0, Some("Lunch at noon?")));
    let (later, _) = house.ask(BOB, "boat", &["messages", "--with", "alice", "--mark-read"])?.end(SOON)?;
    assert_eq!(find(&later, "message")?["message"]["from"], "alice");
    let (list, _) = house.ask(BOB, "boat", &["messages"])?.end(SOON)?;
    assert_eq!(find(&list, "conversation")?["conversation"]["unread"], 0);
    Ok(())
}

#[test]
fn a_device_that_is_revoked_is_signed_out() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let mut lost = house.listen(ALICE, "lost", &[])?;
    let (said, _) = house.ask(ALICE, "desk", &["devices"])?.end(SOON)?;
    let is_lost = |line: &&Line| line["event"] == "device" && line["device"]["name"] == "lost";
    let device =
        said.iter().find(is_lost).context("it is listed")?["device"]["device"].as_str().context("an id")?.to_owned();

    assert_eq!(house.ask(ALICE, "desk", &["devices", "revoke", &device])?.end(SOON)?.1, 0);

    assert_eq!(lost.end(SOON)?.1, 5);
    Ok(())
}

/// The last seconds of a recording.
fn last(recording: &[f32]) -> &[f32] {
    &recording[recording.len().saturating_sub(LAST_SECONDS * 48_000)..]
}

fn unpublished(said: &[Line], user: &str) -> bool {
    said.iter().any(|line| line["type"] == "user-unpublished" && line["user"] == user)
}

fn make_team(house: &House) -> Result<String> {
    let (said, code) = house.ask(ALICE, "desk", &["group", "create", "Team", "bob", "carol"])?.end(SOON)?;
    assert_eq!(code, 0, "{said:?}");
    let team = find(&said, "group")?["group"]["group"].as_str().context("an id")?.to_owned();
    for invited in [BOB, CAROL] {
        let (asked, _) = house.ask(invited, "first", &["group", "list"])?.end(SOON)?;
        assert_eq!(find(&asked, "group")?["group"]["invited_by"]["user"], "alice");
        assert_eq!(house.ask(invited, "first", &["group", "join", &team])?.end(SOON)?.1, 0);
    }
    Ok(team)
}

fn find<'a>(said: &'a [Line], event: &str) -> Result<&'a Line> {
    said.iter().find(|line| line["event"] == event).with_context(|| format!("no {event} in {said:?}"))
}

fn legs_of(said: &[Line]) -> Vec<String> {
    let legs = said.iter().filter(|line| line["event"] == "leg-changed").map(|line| &line["leg"]);
    legs.map(|leg| format!("{} {}", leg["user"].as_str().unwrap_or(""), leg["state"].as_str().unwrap_or(""))).collect()
}

/// Whether all of them are there, one after the other, with or without others between them.
fn in_order(all: &[String], wanted: &[&str]) -> bool {
    let mut rest = all.iter();
    wanted.iter().all(|one| rest.any(|it| it == one))
}
