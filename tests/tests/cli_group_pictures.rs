//! Pictures of group calls between command lines: the real server and the real program, with test patterns for cameras and screens.
#![cfg(target_os = "linux")]

use std::path::PathBuf;

use anyhow::{Context as _, Result};
use carillon_tests::films::Film;
use carillon_tests::programs::{House, Line, Person, ended_well, make_team};
use tempfile::TempDir;

const ALICE: Person = Person::ALICE;
const BOB: Person = Person::BOB;
const CAROL: Person = Person::CAROL;

/// How many pictures a second these cameras take.
const RATE: u32 = 15;
/// Each camera has a size of its own, so that nobody is taken for somebody else.
const HERS: [&str; 2] = ["--fake-camera", "pattern:640x360@15"];
const HIS: [&str; 2] = ["--fake-camera", "pattern:320x180@15"];
const CAROLS: [&str; 2] = ["--fake-camera", "pattern:480x270@15"];
/// Between what somebody says that they do and what the others see of it, in milliseconds.
const A_MOMENT: u64 = 700;

#[test]
fn in_a_group_video_call_each_of_three_sees_both_others_and_not_themselves() -> Result<()> {
    let (house, films) = (House::with(&[ALICE, BOB, CAROL])?, Films::new()?);
    let mut bob =
        house.listen(BOB, "attic", &args(&["--accept-after", "0s", "--once", "--for", "9s"], &HIS, &films.of(BOB)))?;
    let mut carol = house.listen(
        CAROL,
        "boat",
        &args(&["--accept-after", "0s", "--once", "--for", "9s"], &CAROLS, &films.of(CAROL)),
    )?;
    let call = ["call", "bob", "carol", "--video", "--stats", "--for", "9s"];
    let mut alice = house.run(ALICE, "desk", &args(&call, &HERS, &films.of(ALICE)))?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?.swap_remove(0);

    for (by, of, width) in [
        (ALICE, BOB, 320),
        (ALICE, CAROL, 480),
        (BOB, ALICE, 640),
        (BOB, CAROL, 480),
        (CAROL, ALICE, 640),
        (CAROL, BOB, 320),
    ] {
        let film = films.seen(by, of)?;
        assert_eq!(film.width, width, "{} sees {}", by.user, of.user);
        assert!(film.numbers.len() > 45 && film.runs_on(), "{}: {:?}", film.numbers.len(), film.numbers);
        println!("{} sees {}: {} pictures, late by {} ms", by.user, of.user, film.numbers.len(), film.late(50));
        assert!(film.late(50) < 1000, "late by {} ms", film.late(50));
    }
    assert!(!films.path(ALICE, ALICE).exists(), "nobody sees themselves");
    let published = |user: &str| said.iter().any(|line| line["type"] == "user-published" && line["user"] == user);
    assert!(published("bob") && published("carol"), "{said:?}");
    let is_of_bob = |line: &Line| {
        let pictures = line["pictures"].as_array().map(Vec::as_slice).unwrap_or_default();
        pictures.iter().any(|picture| picture["end"] == "other" && picture["user"] == "bob")
    };
    assert!(said.iter().any(|line| line["event"] == "stats" && is_of_bob(line)), "{said:?}");
    Ok(())
}

#[test]
fn a_camera_that_is_turned_off_in_a_group_call_is_seen_no_more_and_again_once_it_is_on() -> Result<()> {
    let (house, films) = (House::with(&[ALICE, BOB, CAROL])?, Films::new()?);
    let turns =
        ["--accept-after", "0s", "--once", "--for", "13s", "--camera-off-after", "4s", "--camera-on-after", "8s"];
    let mut bob = house.listen(BOB, "attic", &args(&turns, &HIS, &[]))?;
    let mut carol = house.listen(
        CAROL,
        "boat",
        &args(&["--accept-after", "0s", "--once", "--for", "13s"], &[], &films.of(CAROL)),
    )?;
    let call = ["call", "bob", "carol", "--video", "--for", "13s"];
    let mut alice = house.run(ALICE, "desk", &args(&call, &HERS, &films.of(ALICE)))?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    let turned = |on: bool| {
        let line = said[1].iter().find(|line| line["event"] == "camera" && line["on"] == on).context("it is told")?;
        line["at_ms"].as_u64().context("at a time")
    };
    let (off, on) = (turned(false)?, turned(true)?);
    for by in [ALICE, CAROL] {
        let film = films.seen(by, BOB)?;
        assert!(film.between(0, off) > 15, "{} pictures before", film.between(0, off));
        assert_eq!(film.between(off + A_MOMENT, on), 0, "while it is off");
        let again = film.first_from(on).context("it is seen again")? - on;
        println!("{} sees bob again after {again} ms", by.user);
        assert!(again < 3000, "{again} ms");
    }
    let sources = |line: &&Line| line["user"] == "bob" && line["source"] == "camera";
    let told: Vec<_> = said[0].iter().filter(sources).filter_map(|line| line["type"].as_str()).collect();
    assert!(told.starts_with(&["user-published", "user-unpublished", "user-published"]), "{told:?}");
    Ok(())
}

#[test]
fn a_screen_that_one_shares_in_a_group_call_is_seen_by_the_others_beside_the_cameras() -> Result<()> {
    let (house, films) = (House::with(&[ALICE, BOB, CAROL])?, Films::new()?);
    let mut bob = house.listen(
        BOB,
        "attic",
        &args(&["--accept-after", "0s", "--once", "--for", "10s"], &[], &films.screens_of(BOB)),
    )?;
    let mut carol = house.listen(
        CAROL,
        "boat",
        &args(&["--accept-after", "0s", "--once", "--for", "10s"], &[], &films.screens_of(CAROL)),
    )?;
    let call = ["call", "bob", "carol", "--video", "--for", "10s", "--fake-screen", "pattern:800x450@10"];
    let call = [&call[..], &["--screen-for", "6s"]].concat();
    let mut alice = house.run(ALICE, "desk", &args(&call, &HERS, &[]))?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    let stopped = said[0].iter().find(|line| line["event"] == "screen-stopped").context("it is stopped")?;
    let stopped = stopped["at_ms"].as_u64().context("at a time")?;
    for by in [BOB, CAROL] {
        let screen = Film::read(&films.screen_path(by, ALICE), 10)?;
        assert_eq!((screen.width, screen.runs_on()), (800, true));
        assert!(screen.numbers.len() > 15, "{} pictures", screen.numbers.len());
        assert!(screen.last_at() < stopped + A_MOMENT, "{} ms later", screen.last_at() - stopped);
        let camera = films.seen(by, ALICE)?;
        assert_eq!(camera.width * 9, camera.height * 16, "smaller beside a screen, and undistorted");
        assert!(camera.last_at() > stopped + 1000, "the camera goes on: {} and {stopped}", camera.last_at());
    }
    Ok(())
}

#[test]
fn whoever_joins_later_sees_all_within_seconds_and_when_one_leaves_the_others_go_on_seeing_each_other() -> Result<()> {
    let (house, films) = (House::with(&[ALICE, BOB, CAROL])?, Films::new()?);
    let leaves = ["--accept-after", "0s", "--once", "--for", "10s"];
    let mut bob = house.listen(BOB, "attic", &args(&leaves, &HIS, &films.of(BOB)))?;
    let mut carol = house.listen(
        CAROL,
        "boat",
        &args(&["--accept-after", "0s", "--once", "--for", "10s"], &CAROLS, &films.of(CAROL)),
    )?;
    let team = make_team(&house, &[BOB, CAROL])?;
    let call = ["call", "bob", "--group", &team, "--video", "--add", "carol", "--add-after", "4s", "--for", "14s"];
    let mut alice = house.run(ALICE, "desk", &args(&call, &HERS, &films.of(ALICE)))?;

    let said = ended_well([&mut alice, &mut bob, &mut carol])?;

    let at = |said: &[Line], event: &str| {
        let line = said.iter().find(|line| line["event"] == event).with_context(|| event.to_owned())?;
        line["at_ms"].as_u64().context("at a time")
    };
    let (joined, left) = (at(&said[2], "active")?, at(&said[1], "exit")?);
    for of in [ALICE, BOB] {
        let first = films.seen(CAROL, of)?.first_from(0).context("they are seen")?.saturating_sub(joined);
        println!("carol sees {} after {first} ms", of.user);
        assert!(first < 3000, "{first} ms");
    }
    assert!(films.seen(ALICE, CAROL)?.last_at() > left + 1000, "the others go on");
    assert!(films.seen(CAROL, ALICE)?.last_at() > left + 1000, "the others go on");
    assert!(films.seen(CAROL, BOB)?.last_at() < left + A_MOMENT, "nobody is seen who has left");
    Ok(())
}

#[test]
fn in_a_group_voice_call_no_camera_opens_and_where_nobody_looks_at_a_camera_it_is_hardly_sent() -> Result<()> {
    let (house, films) = (House::with(&[ALICE, BOB])?, Films::new()?);
    let team = make_team(&house, &[BOB])?;
    let mut bob =
        house.listen(BOB, "attic", &args(&["--accept-after", "0s", "--once", "--for", "3s"], &HIS, &films.of(BOB)))?;
    let mut alice = house.run(ALICE, "desk", &args(&["call", "bob", "--group", &team, "--for", "3s"], &HERS, &[]))?;
    ended_well([&mut alice, &mut bob])?;
    assert!(!films.path(BOB, ALICE).exists(), "it is a voice call");

    let mut bob = house.listen(BOB, "attic", &args(&["--accept-after", "0s", "--once", "--for", "6s"], &[], &[]))?;
    let call = ["call", "bob", "--group", &team, "--video", "--stats", "--for", "6s"];
    let mut alice = house.run(ALICE, "desk", &args(&call, &HERS, &[]))?;
    let said = ended_well([&mut alice, &mut bob])?;

    let sent = said[0].iter().rev().find_map(|line| {
        let own = line["pictures"].as_array()?.iter().find(|picture| picture["end"] == "this")?;
        own["pictures"].as_u64()
    });
    println!("{sent:?} pictures were sent that nobody looked at");
    assert!(sent.is_some_and(|sent| sent < 20), "{sent:?} of some 90");
    let published = |line: &Line| line["type"] == "user-published" && line["source"] == "camera";
    assert!(said[1].iter().any(published), "it is on");
    Ok(())
}

/// The recordings of a story.
struct Films(TempDir);

impl Films {
    fn new() -> Result<Self> {
        Ok(Self(tempfile::tempdir()?))
    }

    /// What lets somebody record all cameras.
    fn of(&self, by: Person) -> [String; 2] {
        ["--record-video".into(), self.0.path().join(format!("{}.y4m", by.user)).display().to_string()]
    }

    /// And the shared screen.
    fn screens_of(&self, by: Person) -> [String; 4] {
        let screen = self.0.path().join(format!("screen-{}.y4m", by.user)).display().to_string();
        let [option, camera] = self.of(by);
        [option, camera, "--record-screen".into(), screen]
    }

    fn path(&self, by: Person, of: Person) -> PathBuf {
        self.0.path().join(format!("{}-{}.y4m", by.user, of.user))
    }

    fn screen_path(&self, by: Person, of: Person) -> PathBuf {
        self.0.path().join(format!("screen-{}-{}.y4m", by.user, of.user))
    }

    fn seen(&self, by: Person, of: Person) -> Result<Film> {
        Film::read(&self.path(by, of), RATE)
    }
}

/// What to do, with which camera, and what to record.
fn args<'a>(what: &[&'a str], camera: &[&'a str], recording: &'a [String]) -> Vec<&'a str> {
    what.iter().chain(camera).copied().chain(recording.iter().map(String::as_str)).collect()
}
