//! Every control of a ring and of a call, by its effect.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::Result;
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn the_bars_buttons_do_what_its_keys_do() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    for (button, state) in [
        (testid::RING_BAR_SILENCE, "ringing"),
        (testid::RING_BAR_DECLINE, "ended"),
        (testid::RING_BAR_ACCEPT, "active"),
    ] {
        bob.call("alice").await?;
        alice.app.look_at(Window::Main).await?;
        alice.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
        alice.app.click(button).await?;
        alice.app.misses(testid::RING_BAR).await?;
        call_is(&bob, state).await?;
        match state {
            "ringing" => hang_up(&bob).await?,
            "ended" => {
                bob.app.click(testid::CALL_CLOSE).await?;
                bob.app.gone(Window::Call).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn by_choice_keys_answer_while_another_program_has_the_focus() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    alice.open_settings().await?;
    alice.app.click(testid::SETTINGS_RING_SHORTCUTS).await?;
    alice.keeps("ring_shortcuts", json!(true)).await?;

    bob.call("alice").await?;
    alice.app.look_at(Window::Ring).await?;
    bob.app.look_at(Window::Call).await?;
    let press = || async {
        stage.display.press("ctrl+shift+d").ok()?; // the focus is in Bob's app
        bob.app.attribute_is(testid::CALL, "data-state", "ended").await.ok()
    };

    until("the decline", PATIENCE, press).await?;
    bob.app.says(testid::CALL_STATE, "Declined").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_ring_window_silences_declines_and_accepts() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    for (button, state) in
        [(testid::RING_SILENCE, "ringing"), (testid::RING_DECLINE, "ended"), (testid::RING_ACCEPT, "active")]
    {
        bob.call("alice").await?;
        alice.app.look_at(Window::Ring).await?;
        alice.app.says(testid::RING_KIND, "Voice call").await?;
        alice.app.attribute_is(testid::RING, "data-armed", "true").await?;
        alice.app.click(button).await?;
        alice.app.gone(Window::Ring).await?;
        call_is(&bob, state).await?;
        match state {
            "ringing" => hang_up(&bob).await?,
            "ended" => {
                bob.app.click(testid::CALL_CLOSE).await?;
                bob.app.gone(Window::Call).await?;
            }
            _ => {}
        }
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_is_muted_shown_again_and_has_its_devices_in_menus() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    bob.call("alice").await?;
    let ring = alice.notifications.ring(PATIENCE).await?;
    alice.notifications.press(ring.id, "accept").await?;
    call_is(&bob, "active").await?;

    bob.app.click(testid::CALL_MUTE).await?;
    bob.app.attribute_is(testid::CALL_MUTE, "aria-pressed", "true").await?;
    bob.app.says(testid::CALL, "You are muted").await?;
    bob.app.click(testid::CALL_MUTE).await?;
    bob.app.attribute_is(testid::CALL_MUTE, "aria-pressed", "false").await?;
    for menu in [testid::CALL_MICROPHONES, testid::CALL_SPEAKERS] {
        bob.app.click(menu).await?;
        bob.app.attribute_is(&testid::device(None), "aria-checked", "true").await?;
        bob.app.click(menu).await?;
        bob.app.misses(&testid::device(None)).await?;
    }

    bob.app.look_at(Window::Main).await?;
    bob.app.click(testid::SHOW_CALL).await?;
    call_is(&bob, "active").await?;
    hang_up(&bob).await?;
    call_is(&alice, "ended").await
}

async fn call_is(actor: &Actor, state: &str) -> Result<()> {
    actor.app.look_at(Window::Call).await?;
    actor.app.attribute_is(testid::CALL, "data-state", state).await
}

async fn hang_up(actor: &Actor) -> Result<()> {
    actor.app.look_at(Window::Call).await?;
    actor.app.click(testid::CALL_HANGUP).await?;
    actor.app.gone(Window::Call).await
}
