//! `carillon load` and the real server: few participants, so that what is told can be foreseen.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_media::measure::Pitch;
use carillon_tests::programs::{House, Line, Person};

const SOON: Duration = Duration::from_secs(60);
/// What the names of participants begin with.
const LOAD: Person = Person { user: "load", pitch: Pitch::Low };
/// The second of them, who has a device of another kind too.
const SECOND: Person = Person { user: "load1", pitch: Pitch::High };

#[test]
fn under_load_three_voices_reach_each_other_and_it_is_told_how_many_packets_and_how_late() -> Result<()> {
    let report = load(&["--publishers", "3", "--seconds", "3"])?;

    assert_eq!((report["participants"].as_u64(), report["connections"].as_u64()), (Some(3), Some(3)));
    let sound = &report["sound"];
    let (rate, lost) = (number(sound, "packets_per_second")?, number(sound, "lost_percent")?);
    assert!((250.0..=310.0).contains(&rate) && lost < 1.0, "each hears two others, 50 packets a second: {sound}");
    assert!(number(&sound["delay"], "p50")? > 0.0, "{sound}");
    assert!(report["pictures"]["delay"].is_null(), "there were none: {report}");
    Ok(())
}

#[test]
fn under_load_cameras_in_three_sizes_reach_those_who_only_watch_in_the_size_that_they_want() -> Result<()> {
    let video = ["--video", "--sizes", "--kilobits", "900", "--height", "180"];
    let report = load(&[&["--publishers", "1", "--subscribers", "2", "--seconds", "4"], &video[..]].concat())?;

    let (pictures, rate) = (&report["pictures"], number(&report, "received_megabits")?);
    assert!(number(pictures, "packets_per_second")? >= 2.0 * 25.0, "two watch thirty pictures a second: {report}");
    assert!(rate < 2.0 * 0.25, "the smallest takes a tenth of the largest, and the middle size a third: {report}");
    Ok(())
}

#[test]
fn under_load_who_goes_and_comes_back_is_timed() -> Result<()> {
    let report = load(&["--publishers", "2", "--subscribers", "1", "--seconds", "5", "--churn", "1s"])?;

    assert!(number(&report["join"], "count")? >= 2.0 && number(&report["join"], "p50")? > 0.0, "{report}");
    Ok(())
}

#[test]
fn a_load_that_is_told_to_stop_signs_its_participants_out() -> Result<()> {
    let house = House::with_env(&[SECOND], &[("CARILLON_REGISTRATION", "open")])?;
    let mut phone = house.listen(SECOND, "phone", &[])?;
    let mut load = house.ask(LOAD, "load", &["load", "--publishers", "2", "--seconds", "600"])?;
    phone.until("ring-stopped", SOON)?; // the participant has accepted
    assert!(devices_of_second(&house)?.contains(&"load".to_owned()));

    load.interrupt()?;

    assert_eq!(load.end(SOON)?.1, 1, "nothing was measured");
    assert!(!devices_of_second(&house)?.contains(&"load".to_owned()));
    Ok(())
}

fn devices_of_second(house: &House) -> Result<Vec<String>> {
    let (said, _) = house.ask(SECOND, "desk", &["devices"])?.end(SOON)?;
    let devices = said.into_iter().filter(|line| line["event"] == "device");
    Ok(devices.filter_map(|line| Some(line["device"]["name"].as_str()?.to_owned())).collect())
}

fn load(options: &[&str]) -> Result<Line> {
    let house = House::with_env(&[], &[("CARILLON_REGISTRATION", "open")])?;
    let mut load = house.ask(LOAD, "load", &[&["load"], options].concat())?;

    let (said, code) = load.end(SOON)?;

    anyhow::ensure!(code == 0, "it ended with {code}: {said:?}");
    let told = said.into_iter().find(|line| line["event"] == "load").context("no report")?;
    Ok(told["report"].clone())
}

fn number(of: &Line, key: &str) -> Result<f64> {
    of[key].as_f64().with_context(|| format!("{key} in {of}"))
}
