//! Pictures of two kits over bad networks: they go on, and come back. How well they look there is for `cargo xtask bench video`.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was seen is worth reading")]

use std::time::{Duration, Instant, SystemTime};

use anyhow::{Result, ensure};
use carillon_kit::CallPhase;
use carillon_kit::media::Picture;
use carillon_kit::media::measure::frame_number_at;
use carillon_tests::calls::{Line, RATE, others_camera, reaches, until_active};
use carillon_tests::network::{Conditions, Course, Loss};
use carillon_tests::pictures::{Seen, longest_gap, look, next_number};
use tokio::sync::watch;

/// How long one looks at each network.
const LOOK: Duration = Duration::from_secs(3);
/// No longer do pictures stand still where one of ten packets is lost.
const LONGEST_FREEZE: Duration = Duration::from_secs(1);

#[tokio::test(flavor = "multi_thread")]
async fn pictures_go_on_while_packets_are_lost_one_by_one_and_in_bursts() -> Result<()> {
    let line = Line::open(Conditions::CLEAN, 1).await?;
    line.connect().await?;
    see_each_other(&line).await?;

    let bursts = Conditions { loss: Loss::Bursts { permille: 50, length: 4 }, ..Conditions::CLEAN };
    for (seed, conditions) in (2..).zip([Conditions::losing(1), Conditions::losing(5), Conditions::losing(10), bursts])
    {
        line.relay.become_course(conditions, seed);
        let from = Instant::now();
        let [at_alices, at_bobs] = line.shown().map(|shown| look(shown, LOOK));
        let (at_alices, at_bobs) = tokio::join!(at_alices, at_bobs);

        for seen in [at_alices?, at_bobs?] {
            check_goes_on(&seen, from, &format!("{conditions:?}"))?;
        }
    }
    line.hang_up().await
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_go_on_over_a_long_way_that_reorders() -> Result<()> {
    let far = Duration::from_millis(100);
    let jittery = Conditions {
        delay: far,
        jitter: Duration::from_millis(20),
        overtakes: true,
        reordered_permille: 20,
        ..Conditions::CLEAN
    };
    let line = Line::open(jittery, 5).await?;
    line.connect().await?;
    see_each_other(&line).await?;

    let from = Instant::now();
    let seen = look(others_camera(&line.bob), LOOK).await?;

    check_goes_on(&seen, from, "200 ms and back")?;
    line.hang_up().await
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_back_after_five_seconds_without_a_network() -> Result<()> {
    let line = Line::open(Conditions::CLEAN, 6).await?;
    line.connect().await?;
    see_each_other(&line).await?;

    let outage = [(Duration::ZERO, Conditions::OUT), (Duration::from_secs(5), Conditions::CLEAN)];
    line.relay.become_course(Course::new(outage), 7);
    reaches(&line.bob, |phase| matches!(phase, CallPhase::Reconnecting { .. })).await?;
    until_active(&line.bob).await?;
    until_active(&line.alice).await?;

    see_each_other(&line).await?;
    line.hang_up().await
}

#[tokio::test(flavor = "multi_thread")]
async fn pictures_come_back_over_another_path_where_the_first_leads_nowhere_any_more() -> Result<()> {
    let line = Line::open(Conditions::CLEAN, 8).await?;
    line.connect().await?;
    see_each_other(&line).await?;

    line.relay.part();
    reaches(&line.bob, |phase| matches!(phase, CallPhase::Reconnecting { .. })).await?;
    until_active(&line.bob).await?;
    until_active(&line.alice).await?;

    see_each_other(&line).await?;
    line.hang_up().await
}

/// Alice sees two more pictures of Bob and he of her, and those of this moment.
async fn see_each_other(line: &Line) -> Result<()> {
    for shown in line.shown() {
        sees_what_is_taken_now(shown).await?;
    }
    Ok(())
}

async fn sees_what_is_taken_now(mut shown: watch::Receiver<Option<Picture>>) -> Result<()> {
    let began = frame_number_at(SystemTime::now(), RATE);
    shown.mark_unchanged();
    let mut before = 0;
    loop {
        let number = next_number(&mut shown).await?;
        ensure!(number > before, "{number} after {before}");
        if before >= began {
            return Ok(());
        }
        before = number;
    }
}

/// One after another, and never long without one.
fn check_goes_on(seen: &[Seen], from: Instant, over: &str) -> Result<()> {
    let numbers: Vec<u32> = seen.iter().filter_map(|seen| seen.number).collect();
    ensure!(numbers.len() * 10 >= seen.len() * 9, "{over}: {} of {} can be read", numbers.len(), seen.len());
    let moments: Vec<Instant> = seen.iter().map(|seen| seen.at).collect();
    let gap = longest_gap(&moments, from, from + LOOK);
    println!("{} pictures over {over}, {} ms without one", seen.len(), gap.as_millis());
    ensure!(numbers.windows(2).all(|pair| pair[1] > pair[0]), "{over}: {numbers:?}");
    ensure!(gap <= LONGEST_FREEZE, "{over}: {gap:?} without a picture");
    Ok(())
}
