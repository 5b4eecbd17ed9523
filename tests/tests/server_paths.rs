//! Calls of two that go through the server: because the two devices do not reach each other, lose each other, or do not want to.
#![cfg(target_os = "linux")]
#![allow(clippy::print_stdout, reason = "what was seen is worth reading")]

use std::time::{Duration, Instant};

use anyhow::{Context as _, Result, ensure};
use carillon_kit::{CallKit, CallPath, CallPhase, StartCall};
use carillon_media::measure::{Pitch, heard};
use carillon_tests::calls::{Line, reaches, until_active};
use carillon_tests::kit::{SOON, user};
use carillon_tests::network::{Conditions, Course, Side};
use tokio::time::timeout;

/// As long as a direct way may take, with what a connection to the server takes on a busy machine.
const UNTIL_CONNECTED: Duration = Duration::from_secs(3 + 2);
/// The same where the way is lost, which is noticed first.
const UNTIL_HEARD_AGAIN: Duration = Duration::from_secs(3 + 5 + 2);
/// Long enough for a voice to be known by its bursts and pauses.
const TALK: Duration = Duration::from_secs(5);

#[tokio::test(flavor = "multi_thread")]
async fn two_who_do_not_reach_each_other_hear_each_other_through_the_server() -> Result<()> {
    let line = Line::open(Conditions::OUT, 1).await?;

    let began = Instant::now();
    line.connect_by(voice()).await?;
    println!("connected after {} ms", began.elapsed().as_millis());

    ensure!(began.elapsed() < UNTIL_CONNECTED, "after {:?}", began.elapsed());
    both_go(&line, CallPath::Server).await?;
    talk_and_hear(line).await
}

#[tokio::test(flavor = "multi_thread")]
async fn two_who_lose_each_other_are_heard_again_through_the_server() -> Result<()> {
    let line = Line::open(Conditions::CLEAN, 2).await?;
    line.connect_by(voice()).await?;
    both_go(&line, CallPath::Direct).await?;

    let lost = Instant::now();
    line.relay.become_course(Course::from(Conditions::OUT), 3);
    for kit in [&line.alice, &line.bob] {
        reaches(kit, |phase| matches!(phase, CallPhase::Reconnecting { .. })).await?;
    }
    println!("noticed after {} ms", lost.elapsed().as_millis());
    for kit in [&line.alice, &line.bob] {
        until_active(kit).await?;
    }
    println!("there again after {} ms", lost.elapsed().as_millis());

    ensure!(lost.elapsed() < UNTIL_HEARD_AGAIN, "after {:?}", lost.elapsed());
    both_go(&line, CallPath::Server).await?;
    talk_and_hear(line).await
}

#[tokio::test(flavor = "multi_thread")]
async fn s28_of_a_hidden_address_no_candidate_reaches_the_other() -> Result<()> {
    for hides in [Side::First, Side::Second] {
        let line = Line::open(Conditions::CLEAN, 4).await?;
        match hides {
            Side::First => line.alice.set_hide_address(true),
            Side::Second => line.bob.set_hide_address(true),
        }

        line.connect_by(voice()).await?;

        both_go(&line, CallPath::Server).await?;
        ensure!(line.relay.shown_of(hides) == 0, "who hides says where they are");
        for side in [Side::First, Side::Second] {
            ensure!(line.relay.carried_to(side).sent == 0, "something goes from device to device");
        }
        talk_and_hear(line).await?;
    }
    Ok(())
}

fn voice() -> StartCall {
    StartCall::voice(user("bob"))
}

/// What each is told of the call, and what the figures of its media say.
async fn both_go(line: &Line, path: CallPath) -> Result<()> {
    for kit in [&line.alice, &line.bob] {
        let told = kit.call().borrow().call.as_ref().map(|call| call.path);
        ensure!(told == Some(path), "the call is said to go {told:?}");
        measured(kit, path).await?;
    }
    Ok(())
}

async fn measured(kit: &CallKit, path: CallPath) -> Result<()> {
    let mut stats = kit.stats();
    let goes =
        stats.wait_for(|stats| stats.as_ref().and_then(|stats| stats.path).is_some_and(|found| found.way == path));
    timeout(SOON, goes).await.context("the figures do not say it")??;
    Ok(())
}

/// Each hears the other and not themself.
async fn talk_and_hear(line: Line) -> Result<()> {
    tokio::time::sleep(TALK).await;
    line.hang_up().await?;
    for kit in [&line.alice, &line.bob] {
        kit.close().await;
    }
    heard(last(&line.house.recording("alice")?), Pitch::High, Pitch::Low)?;
    heard(last(&line.house.recording("bob")?), Pitch::Low, Pitch::High)?;
    Ok(())
}

/// What was heard while they talked: 48 kHz, mono.
fn last(recording: &[f32]) -> &[f32] {
    let talked = 48 * usize::try_from(TALK.as_millis()).unwrap_or_default();
    &recording[recording.len().saturating_sub(talked)..]
}
