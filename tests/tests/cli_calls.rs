//! Calls between command lines: the real server and the real program, with WAV files for microphone and speaker.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::Result;
use carillon_media::measure::heard;
use carillon_tests::programs::{Device, House, Line, Person};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const CAROL: Person = Person::CAROL;

#[test]
fn both_ends_of_a_call_hear_the_other_and_not_themselves() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "500ms", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--for", "5s"])?;

    let (said_by_alice, alice_ended) = alice.end(SOON)?;
    let (said_by_bob, bob_ended) = bob.end(SOON)?;

    assert_eq!((alice_ended, bob_ended), (0, 0));
    assert_eq!(hangup_reason(&said_by_alice), "normal");
    assert_eq!(hangup_reason(&said_by_bob), "remote");
    heard(&house.recording(ALICE, "desk")?, BOB.pitch, ALICE.pitch)?;
    heard(&house.recording(BOB, "attic")?, ALICE.pitch, BOB.pitch)?;
    println!("accept to first sound: {} ms at Bob's", between(&said_by_bob, "ring-stopped", "hearing"));
    Ok(())
}

#[test]
fn a_remote_hang_up_is_told_as_user_left_and_then_hangup() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    house.run(ALICE, "desk", &["call", "bob", "--for", "500ms"])?.end(SOON)?;

    let (said, _) = bob.end(SOON)?;

    let changes: Vec<_> = said.iter().filter(|line| line["event"] == "onStateChange").map(kind).collect();
    assert_eq!(changes, ["accept", "user-published", "user-unpublished", "user-left", "hangup"]);
    Ok(())
}

#[test]
fn accepting_on_one_of_three_devices_stops_the_ring_on_the_other_two() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut phone = house.listen(BOB, "phone", &["--once"])?;
    let mut tablet = house.listen(BOB, "tablet", &["--once"])?;
    let mut laptop = house.listen(BOB, "laptop", &["--accept-after", "1500ms", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--for", "4s"])?;

    for device in [&mut phone, &mut tablet] {
        device.until("ring-started", SOON)?;
        let (said, code) = device.end(SOON)?;
        assert_eq!(code, 14);
        let end = hangup(&said);
        assert_eq!((end["reason"].as_str(), end["device"].as_str()), (Some("handled-elsewhere"), Some("laptop")));
        assert_eq!(count(&said, "ring-started"), count(&said, "ring-stopped"));
        assert_eq!(count(&said, "active"), 0);
    }

    assert_eq!((laptop.end(SOON)?.1, alice.end(SOON)?.1), (0, 0));
    heard(&house.recording(BOB, "laptop")?, ALICE.pitch, BOB.pitch)?;
    Ok(())
}

#[test]
fn declining_on_one_device_ends_the_ring_on_all_of_them() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut phone = house.listen(BOB, "phone", &["--once"])?;
    let mut laptop = house.listen(BOB, "laptop", &["--decline-after", "1s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob"])?;

    assert_eq!(alice.end(SOON)?.1, 11);
    assert_eq!(laptop.end(SOON)?.1, 11);
    let (said, code) = phone.end(SOON)?;
    assert!(code == 11 || code == 14, "{code}");
    assert_eq!(count(&said, "ring-stopped"), 1);
    Ok(())
}

#[test]
fn a_caller_who_gives_up_stops_the_ring() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob"])?;
    bob.until("ring-started", SOON)?;

    alice.interrupt()?;

    assert_eq!(alice.end(SOON)?.1, 13);
    let (said, code) = bob.end(SOON)?;
    assert_eq!(code, 13);
    assert_eq!(hangup_reason(&said), "remote-cancelled");
    Ok(())
}

#[test]
fn a_device_that_keeps_silent_lets_the_others_ring() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut silent = house.listen(BOB, "silent", &["--silent", "--once"])?;
    let mut laptop = house.listen(BOB, "laptop", &["--accept-after", "1s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--for", "500ms"])?;

    assert_eq!((alice.end(SOON)?.1, laptop.end(SOON)?.1), (0, 0));
    let (said, code) = silent.end(SOON)?;
    assert_eq!(code, 14);
    assert_eq!((count(&said, "onInvite"), count(&said, "ring-started")), (1, 0));
    Ok(())
}

#[test]
fn somebody_who_talks_is_busy() -> Result<()> {
    let house = House::with(&[ALICE, BOB, CAROL])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob"])?;
    alice.until("active", SOON)?;

    let (said, code) = house.run(CAROL, "desk", &["call", "bob"])?.end(SOON)?;

    assert_eq!((code, hangup_reason(&said)), (12, "busy".to_owned()));
    alice.interrupt()?;
    assert_eq!((alice.end(SOON)?.1, bob.end(SOON)?.1), (0, 0));
    Ok(())
}

#[test]
fn calling_nobody_and_calling_oneself_have_a_clear_end() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let mut nobody = house.run(ALICE, "desk", &["call", "nobody"])?;
    let mut oneself = house.run(ALICE, "den", &["call", "alice"])?;

    assert_problem(&mut nobody, 15, "no such user")?;
    assert_problem(&mut oneself, 15, "themself")
}

fn assert_problem(device: &mut Device, code: i32, text: &str) -> Result<()> {
    let (said, ended) = device.end(SOON)?;
    let problem = said.iter().find(|line| line["event"] == "problem");
    let told = problem.and_then(|line| line["text"].as_str()).unwrap_or_default();
    assert_eq!(ended, code, "{said:?}");
    assert!(told.contains(text), "{told:?}");
    Ok(())
}

fn hangup(said: &[Line]) -> Line {
    let ends: Vec<_> = said.iter().filter(|line| kind(line) == "hangup").collect();
    assert_eq!(ends.len(), 1, "a call ends once: {said:?}");
    ends[0].clone()
}

fn hangup_reason(said: &[Line]) -> String {
    hangup(said)["reason"].as_str().unwrap_or_default().to_owned()
}

fn kind(line: &Line) -> &str {
    line["type"].as_str().unwrap_or_default()
}

fn count(said: &[Line], event: &str) -> usize {
    said.iter().filter(|line| line["event"] == event).count()
}

fn between(said: &[Line], first: &str, second: &str) -> i64 {
    let at = |event: &str| said.iter().find(|line| line["event"] == event).and_then(|line| line["at_ms"].as_i64());
    at(second).unwrap_or_default() - at(first).unwrap_or_default()
}
