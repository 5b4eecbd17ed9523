//! What a call window says of the network, of the other end's microphone and camera, and what it makes the other end send.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::Result;
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use carillon_tests::network::{Conditions, Relay, Side};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const CAMERA: &[&str] = &["--fake-camera", "pattern:320x180@15"];

#[tokio::test(flavor = "multi_thread")]
async fn a_weak_network_is_said_in_two_steps_and_a_good_one_is_not_said() -> Result<()> {
    let stage = Stage::set().await?;
    let relay = Relay::new(Conditions::CLEAN, 1);
    let alice = stage.actor_over(&relay, Side::First, "alice", Pitch::High, CAMERA).await?;
    let bob = stage.actor_over(&relay, Side::Second, "bob", Pitch::Low, CAMERA).await?;
    begin(&alice, &bob).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    alice.app.misses(testid::CALL_QUALITY).await?;

    relay.become_course(Conditions::losing(7), 2);
    alice.app.says(testid::CALL_QUALITY, "Poor connection").await?;
    relay.become_course(Conditions::losing(35), 3);
    alice.app.says(testid::CALL_QUALITY, "Very poor connection").await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-very-weak").await?;
    alice.app.click(testid::CALL_QUALITY).await?;
    alice.app.sees(testid::CALL_NUMBERS).await?;

    relay.become_course(Conditions::CLEAN, 4);
    alice.app.misses(testid::CALL_QUALITY).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_other_end_turns_off_is_marked_and_said_by_name() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_with("alice", Pitch::High, CAMERA).await?;
    let bob = stage.actor_with("bob", Pitch::Low, CAMERA).await?;
    begin(&alice, &bob).await?;
    alice.app.says(testid::CALL_NAME, "bob's name").await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;

    bob.app.click(testid::CALL_MUTE).await?;
    page_says(&alice, ".tile-them .tile-mark", "bob's name is muted").await?;
    page_says(&alice, "[aria-live=polite]", "bob's name is muted.").await?;
    bob.app.click(testid::CALL_MUTE).await?;
    page_says(&alice, "[aria-live=polite]", "bob's name is no longer muted.").await?;

    bob.app.click(testid::CALL_CAMERA).await?;
    page_says(&alice, ".tile-them .tile-note", "Camera off").await?;
    page_says(&alice, "[aria-live=polite]", "bob's name turned their camera off.").await?;
    bob.app.click(testid::CALL_CAMERA).await?;
    page_says(&alice, "[aria-live=polite]", "bob's name turned their camera on.").await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_window_that_is_minimised_makes_the_other_end_send_no_pictures() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_with("alice", Pitch::High, CAMERA).await?;
    let bob = stage.actor_with("bob", Pitch::Low, CAMERA).await?;
    begin(&alice, &bob).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    bob.app.click(testid::CALL_MORE).await?;
    bob.app.click(testid::CALL_SHOW_NUMBERS).await?;
    bob.app.says(testid::CALL_NUMBERS, "320×180, 15/s").await?;

    let window = stage.display.window("bob's name")?;
    stage.display.minimise(&window)?;
    bob.app.says(testid::CALL_NUMBERS, "320×180, 0/s").await?;

    alice.app.look_at(Window::Main).await?;
    alice.app.click(testid::SHOW_CALL).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&bob).await
}

/// Alice calls Bob with pictures, and he accepts.
async fn begin(alice: &Actor, bob: &Actor) -> Result<()> {
    alice.video_call("bob").await?;
    bob.app.look_at(Window::Ring).await?;
    bob.app.attribute_is(testid::RING, "data-armed", "true").await?;
    bob.app.click(testid::RING_ACCEPT).await?;
    for actor in [bob, alice] {
        actor.app.look_at(Window::Call).await?;
        actor.app.attribute_is(testid::CALL, "data-state", "active").await?;
    }
    Ok(())
}

/// Waits until one of what a selector finds says this, also to screen readers only.
async fn page_says(actor: &Actor, css: &str, part: &str) -> Result<()> {
    const SAID: &str = "
        const said = (found) => (found.getAttribute('aria-label') ?? found.textContent).replace(/[\\u2066-\\u2069]/g, '');
        const all = [...document.querySelectorAll(arguments[0])];
        const labelled = all.flatMap((found) => [found, ...found.querySelectorAll('[aria-label]')]);
        return labelled.some((found) => said(found).includes(arguments[1]));";
    let look =
        || async { (actor.app.run(SAID, vec![json!(css), json!(part)]).await.ok()? == json!(true)).then_some(()) };
    until(&format!("{part:?} in {css}"), PATIENCE, look).await
}

async fn hang_up(actor: &Actor) -> Result<()> {
    actor.app.look_at(Window::Call).await?;
    actor.app.click(testid::CALL_HANGUP).await?;
    actor.app.gone(Window::Call).await
}
