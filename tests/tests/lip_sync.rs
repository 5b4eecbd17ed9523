//! Whether the other end's camera is shown when its microphone is heard: numbers in the pictures, and chirps in the sound, against the time
//! of day.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was measured is worth reading")]

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use anyhow::{Context as _, Result, ensure};
use carillon_kit::media::{Microphone, Speaker, wav};
use carillon_kit::{End, PictureSource};
use carillon_media::measure::{CHIRP_EVERY, chirps, find_chirps};
use carillon_tests::calls::{Line, others_camera};
use carillon_tests::network::Conditions;
use carillon_tests::pictures::{look, look_when_taken};

/// People notice more (ITU-R BT.1359-1: sound that is early by 45 ms).
const NOTICED_MS: f64 = 45.0;
/// In which the wait of pictures comes to where the jitter buffer's is.
const SETTLE: Duration = Duration::from_secs(9);
const LOOK: Duration = Duration::from_secs(7);

#[tokio::test(flavor = "multi_thread")]
async fn over_a_path_with_jitter_the_camera_is_seen_when_the_voice_is_heard() -> Result<()> {
    let jittery =
        Conditions { delay: Duration::from_millis(30), jitter: Duration::from_millis(50), ..Conditions::CLEAN };
    let line = Line::open(jittery, 31).await?;
    wav::write(&microphone(&line)?, &chirps(60))?;
    line.connect().await?;
    // While he speaks her echo canceller takes out what it takes for his voice.
    line.bob.set_muted(true);

    tokio::time::sleep(SETTLE).await;
    let from = SystemTime::now();
    let own = line.alice.picture(End::This, PictureSource::Camera);
    let (taken, seen) = tokio::join!(look_when_taken(own, LOOK), look(others_camera(&line.bob), LOOK));
    line.hang_up().await?;

    let taken: BTreeMap<u32, Instant> = taken?.iter().filter_map(|taken| Some((taken.number?, taken.at))).collect();
    let late = seen?.into_iter().filter_map(|seen| seen.at.checked_duration_since(*taken.get(&seen.number?)?));
    let pictures = median(late.map(|late| late.as_secs_f64() * 1000.0).collect()).context("no picture")?;
    let sound = median(sound_late_ms(&line, from)?).context("no chirp")?;
    println!("pictures are {pictures:.0} ms late, sound {sound:.0} ms: apart by {:.0} ms", pictures - sound);
    ensure!((pictures - sound).abs() <= NOTICED_MS, "pictures are {pictures:.0} ms late, sound {sound:.0} ms");
    Ok(())
}

/// How late Bob hears each of Alice's chirps. A device's file is there from its first sample on, and her microphone is opened with her speaker.
fn sound_late_ms(line: &Line, from: SystemTime) -> Result<Vec<f64>> {
    let [hers, his] = ["alice", "bob"].map(|name| match line.house.sounds(name).speaker {
        Speaker::Wav(path) => path,
        Speaker::Default | Speaker::Device(_) => PathBuf::new(),
    });
    let began_apart = began_at(&his)?
        .duration_since(began_at(&hers)?)
        .map_or_else(|early| -early.duration().as_secs_f64(), |late| late.as_secs_f64())
        * 1000.0;
    let looked_at = from.duration_since(began_at(&his)?)?.as_secs_f64() * 1000.0;
    let every = CHIRP_EVERY.as_secs_f64() * 1000.0;
    let heard = find_chirps(&wav::read(&his)?).into_iter().filter(|heard| *heard > looked_at);
    Ok(heard.map(|heard| (heard + began_apart).rem_euclid(every)).collect())
}

fn began_at(path: &Path) -> Result<SystemTime> {
    Ok(std::fs::metadata(path)?.created()?)
}

fn microphone(line: &Line) -> Result<PathBuf> {
    match line.house.sounds("alice").microphone {
        Microphone::Wav(path) => Some(path),
        Microphone::Default | Microphone::Device(_) | Microphone::Recording(_) => None,
    }
    .context("a file")
}

fn median(mut of: Vec<f64>) -> Result<f64> {
    of.sort_by(f64::total_cmp);
    of.get(of.len() / 2).copied().context("nothing was measured")
}
