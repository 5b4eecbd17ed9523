//! Calls between command lines: the real server and the real program, with WAV files for microphone and speaker.
#![cfg(target_os = "linux")]

use std::{path::Path, time::Duration};

use anyhow::{Context as _, Result};
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
fn how_the_media_are_doing_is_told_where_it_is_asked_for() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--stats", "--for", "4s"])?;

    let ((said_by_alice, _), (said_by_bob, _)) = (alice.end(SOON)?, bob.end(SOON)?);

    let told: Vec<_> = said_by_alice.iter().filter(|line| line["event"] == "stats").collect();
    let last = told.last().context("it is told once a second")?;
    assert!(last["round_trip_ms"].as_f64().is_some_and(|ms| ms > 0.0), "{last}");
    assert_eq!(last["path"]["local"], "host");
    assert!(["host", "prflx"].contains(&last["path"]["remote"].as_str().unwrap_or_default()), "{last}");
    for way in ["sent", "received"] {
        assert_eq!(last[way]["codec"], "opus");
        assert!(last[way]["packets"].as_u64().is_some_and(|packets| packets > 50), "{last}");
    }
    assert_eq!(count(&said_by_bob, "stats"), 0, "nothing asked for it there");
    Ok(())
}

#[test]
fn a_microphone_may_be_a_pipe_whose_length_nobody_knew() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let voice = std::fs::read(house.voice(ALICE))?;
    let piped = house.voice(ALICE).with_extension("piped");
    // As ffmpeg and espeak write it: neither the file's size nor the sound's.
    let unknown = u32::MAX.to_le_bytes();
    std::fs::write(&piped, [b"RIFF".as_slice(), &unknown, &voice[8..40], &unknown, &voice[44..]].concat())?;
    let script = format!("cat '{}' | \"$@\"", piped.display());

    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let microphone = Path::new("/dev/stdin");
    let mut alice = house.run_in_shell(ALICE, "desk", &script, microphone, &["call", "bob", "--for", "5s"])?;

    assert_eq!((alice.end(SOON)?.1, bob.end(SOON)?.1), (0, 0));
    heard(&house.recording(BOB, "attic")?, ALICE.pitch, BOB.pitch)?;
    Ok(())
}

#[test]
fn samples_that_are_no_numbers_are_silence_and_told_of() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let broken = house.voice(ALICE).with_extension("broken");
    let mut voice = carillon_media::wav::read(&house.voice(ALICE))?;
    voice.iter_mut().step_by(4_800).for_each(|sample| *sample = f32::NAN);
    write_floats(&broken, &voice)?;

    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run_in_shell(ALICE, "desk", "exec \"$@\"", &broken, &["call", "bob", "--for", "5s"])?;

    let (said, ended) = alice.end(SOON)?;
    assert_eq!((ended, bob.end(SOON)?.1), (0, 0));
    assert!(said.iter().any(|line| line["event"] == "warning"), "{said:?}");
    heard(&house.recording(BOB, "attic")?, ALICE.pitch, BOB.pitch)?;
    Ok(())
}

#[test]
fn a_recording_that_cannot_be_written_is_told_and_no_good_end() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    // Room for half a second; beyond it the system refuses to write.
    let full = "trap '' XFSZ; ulimit -f 100; exec \"$@\"";

    let mut bob = house.listen(BOB, "attic", &["--accept-after", "0s", "--once"])?;
    let mut alice = house.run_in_shell(ALICE, "desk", full, &house.voice(ALICE), &["call", "bob", "--for", "3s"])?;

    let (said, ended) = alice.end(SOON)?;
    assert_eq!((ended, bob.end(SOON)?.1), (1, 0));
    let told: Vec<_> = said.iter().filter(|line| line["event"] == "media").map(|line| &line["notice"]).collect();
    assert_eq!(told.len(), 1, "{told:?}");
    assert_eq!((&told[0]["type"], &told[0]["device"]), (&"failed".into(), &"speaker".into()));
    assert_eq!(hangup_reason(&said), "normal");
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

/// 48 kHz, mono, 32-bit floats.
fn write_floats(path: &Path, samples: &[f32]) -> Result<()> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let size = |bytes: usize| u32::try_from(bytes).map(u32::to_le_bytes);
    let format =
        [&3_u16.to_le_bytes()[..], &1_u16.to_le_bytes(), &48_000_u32.to_le_bytes(), &192_000_u32.to_le_bytes()];
    let format = [format.concat(), [4_u16.to_le_bytes(), 32_u16.to_le_bytes()].concat()].concat();
    let chunks = [b"WAVEfmt ".as_slice(), &size(16)?, &format, b"data", &size(data.len())?, &data].concat();
    Ok(std::fs::write(path, [b"RIFF".as_slice(), &size(chunks.len())?, &chunks].concat())?)
}
