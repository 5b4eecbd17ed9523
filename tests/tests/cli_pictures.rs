//! Video calls between command lines: the real server and the real program, with test patterns for cameras and Y4M files for screens.
#![cfg(target_os = "linux")]

use std::path::Path;
use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_media::measure::heard;
use carillon_tests::desktop::built;
use carillon_tests::films::Film;
use carillon_tests::programs::{Device, House, Person};

const SOON: Duration = Duration::from_secs(30);
const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const RATE: u32 = 15;

#[test]
fn both_ends_of_a_video_call_see_and_hear_the_other() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let folder = tempfile::tempdir()?;
    let (at_alices, at_bobs) = (folder.path().join("alice.y4m"), folder.path().join("bob.y4m"));
    let recording = |path: &Path| ["--record-video".to_owned(), path.display().to_string()];
    let (records_alice, records_bob) = (recording(&at_alices), recording(&at_bobs));

    let bobs = ["--accept-after", "500ms", "--once", "--fake-camera", "pattern:320x180@15"];
    let bobs = [&bobs[..], &records_bob.each_ref().map(String::as_str)].concat();
    let mut bob = house.listen(BOB, "attic", &bobs)?;
    let alices = ["call", "bob", "--video", "--for", "5s", "--fake-camera", "pattern:640x360@15"];
    let alices = [&alices[..], &records_alice.each_ref().map(String::as_str)].concat();
    let mut alice = house.run(ALICE, "desk", &alices)?;

    let ((said_by_alice, alice_ended), (_, bob_ended)) = (alice.end(SOON)?, bob.end(SOON)?);
    assert_eq!((alice_ended, bob_ended), (0, 0), "{said_by_alice:?}");
    heard(&house.recording(ALICE, "desk")?, BOB.pitch, ALICE.pitch)?;
    heard(&house.recording(BOB, "attic")?, ALICE.pitch, BOB.pitch)?;
    for (path, width) in [(&at_alices, 320), (&at_bobs, 640)] {
        let seen = Film::read(path, RATE)?;
        assert_eq!(seen.width, width, "the other one's pictures, not one's own");
        assert!(seen.numbers.len() > 45, "{} pictures in 5 s", seen.numbers.len());
        assert!(seen.runs_on(), "{:?}", seen.numbers);
        println!("{} pictures, late by {} ms (p50), {} ms (p95)", seen.numbers.len(), seen.late(50), seen.late(95));
        assert!(seen.late(50) < 1000, "late by {} ms", seen.late(50));
    }
    Ok(())
}

#[test]
fn a_voice_call_has_no_pictures_though_there_is_a_camera() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("bob.y4m");
    let recording = path.display().to_string();

    let bobs = ["--accept-after", "0s", "--once", "--record-video", &recording];
    let mut bob = house.listen(BOB, "attic", &bobs)?;
    let mut alice = house.run(ALICE, "desk", &["call", "bob", "--for", "2s", "--fake-camera", "pattern:320x180@15"])?;

    assert_eq!((alice.end(SOON)?.1, bob.end(SOON)?.1), (0, 0));
    assert_eq!(std::fs::metadata(&path)?.len(), 0, "not one picture");
    Ok(())
}

#[test]
fn an_idle_device_and_a_voice_call_open_no_camera_no_screen_and_no_encoder() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let camera = ["--fake-camera", "pattern:320x180@15"];
    let of_pictures = |device: &Device| -> Result<Vec<String>> {
        let threads = device.threads()?;
        anyhow::ensure!(!threads.is_empty(), "threads have names");
        Ok(threads.into_iter().filter(|name| name.starts_with("picture")).collect())
    };

    let bob = house.listen(BOB, "attic", &[&["--accept-after", "0s"][..], &camera].concat())?;
    assert_eq!(of_pictures(&bob)?, [""; 0], "nobody has called");
    let mut alice = house.run(ALICE, "desk", &[&["call", "bob", "--for", "1s"][..], &camera].concat())?;
    alice.until("hearing", SOON)?;
    assert_eq!((of_pictures(&alice)?, of_pictures(&bob)?), (vec![], vec![]), "in a voice call");
    assert_eq!(alice.end(SOON)?.1, 0);

    // The same names are there in a video call: they are the right ones to look for.
    let mut alice = house.run(ALICE, "desk", &[&["call", "bob", "--video", "--for", "2s"][..], &camera].concat())?;
    alice.until("hearing", SOON)?;
    let threads = of_pictures(&alice)?;
    assert!(threads.contains(&"pictures".to_owned()) && threads.contains(&"picture encoder".to_owned()), "{threads:?}");
    assert_eq!(alice.end(SOON)?.1, 0);
    Ok(())
}

#[test]
fn a_file_for_a_camera_that_cannot_be_read_is_refused_before_anything_rings() -> Result<()> {
    let house = House::with(&[ALICE])?;
    let folder = tempfile::tempdir()?;
    let path = folder.path().join("wide.y4m");
    std::fs::write(&path, "YUV4MPEG2 W64 H64 F30:1 C444\n")?;
    let path = path.display().to_string();

    let (said, ended) = house.run(ALICE, "desk", &["call", "bob", "--video", "--fake-camera", &path])?.end(SOON)?;

    let problem = said.iter().find(|line| line["event"] == "problem").context("it is told")?;
    assert!(problem["text"].as_str().is_some_and(|text| text.contains("chroma is 444")), "{problem}");
    assert!(ended == 2 && said.iter().all(|line| line["event"] != "calling"), "{ended}: {said:?}");
    Ok(())
}

#[test]
fn a_screen_is_seen_beside_the_camera_and_no_more_once_it_is_stopped() -> Result<()> {
    let house = House::with(&[ALICE, BOB])?;
    let folder = tempfile::tempdir()?;
    let (camera, screen) = (folder.path().join("camera.y4m"), folder.path().join("screen.y4m"));
    let (camera_path, screen_path) = (camera.display().to_string(), screen.display().to_string());

    let bobs = ["--accept-after", "0s", "--once", "--record-video", &camera_path, "--record-screen", &screen_path];
    let mut bob = house.listen(BOB, "attic", &bobs)?;
    let alices = ["--fake-camera", "pattern:320x180@15", "--fake-screen", "pattern:640x360@10", "--screen-for", "3s"];
    let alices = [&["call", "bob", "--video", "--for", "6s"][..], &alices].concat();
    let mut alice = house.run(ALICE, "desk", &alices)?;

    let ((said, alice_ended), (_, bob_ended)) = (alice.end(SOON)?, bob.end(SOON)?);
    assert_eq!((alice_ended, bob_ended), (0, 0), "{said:?}");
    let (camera, screen) = (Film::read(&camera, 15)?, Film::read(&screen, 10)?);
    assert_eq!((camera.width, screen.width), (320, 640), "each has its own");
    for seen in [&camera, &screen] {
        assert!(
            seen.numbers.len() > 15 && seen.late(50) < 1000,
            "{} pictures, late by {} ms",
            seen.numbers.len(),
            seen.late(50)
        );
        assert!(seen.runs_on(), "{:?}", seen.numbers);
    }
    let stopped = said.iter().find(|line| line["event"] == "screen-stopped").context("it is stopped")?;
    let stopped_at = stopped["at_ms"].as_u64().context("at a time")?;
    assert!(screen.last_at() < stopped_at + 300, "{} ms later", screen.last_at().saturating_sub(stopped_at));
    assert!(camera.last_at() > stopped_at + 1000, "the camera goes on");
    Ok(())
}

#[test]
fn cameras_and_screens_are_listed_without_a_server() -> Result<()> {
    for list in ["cameras", "screens"] {
        let mut command = std::process::Command::new(built("carillon")?);
        let told = command.args(["--json", list]).env_remove("DISPLAY").output()?;
        let told = String::from_utf8(told.stdout)?;
        assert!(told.lines().last().is_some_and(|line| line.contains("\"code\":0")), "{told}");
    }
    Ok(())
}
