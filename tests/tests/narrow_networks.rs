//! Pictures of two kits over a network that is narrower than they are: pictures advance, and sound hardly waits behind them.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was seen is worth reading")]

use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use carillon_kit::media::{Camera, PictureSize};
use carillon_tests::calls::{Line, camera, others_camera};
use carillon_tests::network::{Conditions, Side};
use carillon_tests::pictures::{Seen, longest_gap, look};

/// In which both ends find out what the network carries.
const SETTLE: Duration = Duration::from_secs(5);
const LOOK: Duration = Duration::from_secs(8);
/// Beyond it sound that waits behind pictures is noticed as delay.
const SOUND_WAITS: Duration = Duration::from_millis(30);
const LONGEST_FREEZE: Duration = Duration::from_secs(1);
/// What a narrow network may show at least; the largest sizes come with fewer.
const PICTURES_A_SECOND: usize = 8;

#[tokio::test(flavor = "multi_thread")]
async fn at_a_megabit_pictures_advance_and_sound_hardly_waits() -> Result<()> {
    let line = Line::open_with(way(1_000_000), 21, [wide_camera(), camera()]).await?;
    line.connect().await?;

    tokio::time::sleep(SETTLE).await;
    check(&line, "1 Mb/s", 400_000).await?;
    line.hang_up().await
}

fn way(rate: u32) -> Conditions {
    Conditions { delay: Duration::from_millis(20), ..Conditions::narrow(rate) }
}

/// One that could fill two megabits a second.
fn wide_camera() -> Camera {
    Camera::Pattern { size: PictureSize::new(1280, 720).expect("a size"), frame_rate: 30 }
}

/// What Bob sees of Alice's camera, and how long her voice waits on its way to him.
async fn check(line: &Line, over: &str, least_rate: u64) -> Result<()> {
    let _ = line.relay.carried_to(Side::Second);
    let from = Instant::now();
    let seen = look(others_camera(&line.bob), LOOK).await?;
    let carried = line.relay.carried_to(Side::Second);

    let mut queued = carried.sound_queued;
    queued.sort_unstable();
    let sound = queued.get(queued.len() * 95 / 100).copied().unwrap_or_default();
    let moments: Vec<Instant> = seen.iter().map(|seen| seen.at).collect();
    let gap = longest_gap(&moments, from, from + LOOK);
    let rate = carried.bytes * 8 / LOOK.as_secs();
    println!(
        "{over}: {} pictures, {} ms without one, {rate} b/s, sound waits {} ms (p95), {} of {} packets lost",
        seen.len(),
        gap.as_millis(),
        sound.as_millis(),
        carried.sent - carried.arrived,
        carried.sent
    );
    let numbers: Vec<u32> = seen.iter().filter_map(|seen: &Seen| seen.number).collect();
    ensure!(numbers.windows(2).all(|pair| pair[1] > pair[0]), "{over}: {numbers:?}");
    ensure!(seen.len() >= PICTURES_A_SECOND * LOOK.as_secs() as usize, "{over}: {} pictures", seen.len());
    ensure!(gap <= LONGEST_FREEZE, "{over}: {gap:?} without a picture");
    ensure!(rate >= least_rate, "{over}: pictures take {rate} b/s");
    ensure!(sound <= SOUND_WAITS, "{over}: sound waits {sound:?}");
    Ok(())
}
