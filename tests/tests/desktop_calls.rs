//! Every control of a ring and of a call, by its effect.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Result, ensure};
use carillon_ipc::{Reply, testid};
use carillon_kit::{CallKit, StartCall, StartCallError, UserId};
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// Control and shift, as WebDriver has them.
const COMMAND_SHIFT: &str = "\u{e009}\u{e008}";

#[tokio::test(flavor = "multi_thread")]
async fn a_ring_is_a_bar_in_the_window_with_the_focus_and_its_keys_answer() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    bob.call("alice").await?;
    alice.app.look_at(Window::Main).await?;
    alice.focus(&stage.display, "^Carillon$").await?;
    alice.app.says(testid::RING_BAR, "bob's name").await?;
    alice.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
    alice.app.keys(&format!("{COMMAND_SHIFT}s")).await?;
    alice.app.misses(testid::RING_BAR).await?;
    alice.app.gone(Window::Ring).await?;
    call_is(&bob, "ringing").await?;
    hang_up(&bob).await?;

    bob.call("alice").await?;
    alice.open_settings().await?;
    alice.focus(&stage.display, "Settings").await?;
    alice.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
    alice.app.keys(&format!("{COMMAND_SHIFT}d")).await?;
    call_is(&bob, "ended").await?;
    bob.app.says(testid::CALL_STATE, "declined").await?;
    bob.app.click(testid::CALL_AGAIN).await?;

    alice.app.look_at(Window::Main).await?;
    alice.focus(&stage.display, "^Carillon$").await?;
    alice.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
    alice.app.keys(&format!("{COMMAND_SHIFT}a")).await?;
    call_is(&alice, "active").await?;
    call_is(&bob, "active").await
}

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
        alice.focus(&stage.display, "^Carillon$").await?;
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
async fn another_key_than_before_is_warned_of_in_call_and_conversation_until_it_is_read() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let first = stage.person("bob")?.login.clone();
    let device = first.signed_in.device;
    let phone = stage.phone(first).await?;
    accepts(&alice, &phone).await?;
    let keys = alice.app.folder().join("own/known-keys.json");
    let known = || async { std::fs::read_to_string(&keys).ok()?.contains(&device.to_string()).then_some(()) };
    until("Bob's key to be kept", PATIENCE, known).await?;
    phone.close().await;
    call_is(&alice, "ended").await?;

    let phone = stage.phone(stage.sign_in_again("bob").await?).await?;
    accepts(&alice, &phone).await?;
    for window in [Window::Main, Window::Call] {
        alice.app.look_at(window).await?;
        if window == Window::Main {
            alice.app.click("person-bob").await?;
        }
        alice.app.says(testid::KEY_CHANGED, "bob's name").await?;
        stage.keep_pictures_in_both_themes(&alice, &format!("key-changed-{}", window.label())).await?;
    }
    alice.app.click(testid::KEY_SEEN).await?;

    for window in [Window::Call, Window::Main] {
        alice.app.look_at(window).await?;
        alice.app.misses(testid::KEY_CHANGED).await?;
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

    // Four rings: the program must also live when a key is let go at the moment at which the keys are given back.
    for (keys, state) in
        [("ctrl+shift+d", "ended"), ("ctrl+shift+d", "ended"), ("ctrl+shift+d", "ended"), ("ctrl+shift+a", "active")]
    {
        bob.call("alice").await?;
        alice.app.look_at(Window::Ring).await?;
        bob.app.look_at(Window::Call).await?;
        let pressed = || async {
            stage.display.press(keys).ok()?; // the focus is in Bob's app
            bob.app.has_attribute(testid::CALL, "data-state", state).await.then_some(())
        };
        until(&format!("what {keys} does"), PATIENCE, pressed).await?;
        if state == "ended" {
            bob.app.says(testid::CALL_STATE, "declined").await?;
            bob.app.click(testid::CALL_CLOSE).await?;
            bob.app.gone(Window::Call).await?;
        }
    }
    call_is(&alice, "active").await
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
    alice.notifications.lock_screen(true).await?;
    bob.call("alice").await?;
    alice.notifications.answer_ring("accept", PATIENCE).await?;
    call_is(&bob, "active").await?;

    bob.app.click(testid::CALL_MUTE).await?;
    bob.app.attribute_is(testid::CALL_MUTE, "aria-pressed", "true").await?;
    bob.app.says(testid::CALL, "You're muted").await?;
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

#[tokio::test(flavor = "multi_thread")]
async fn instead_of_answering_one_writes_and_the_caller_can_call_or_write_back() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);

    bob.call("alice").await?;
    alice.app.look_at(Window::Ring).await?;
    alice.app.attribute_is(testid::RING, "data-armed", "true").await?;
    alice.app.click(testid::RING_MESSAGE).await?;
    alice.app.click(testid::RING_MESSAGE_BACK).await?;
    alice.app.sees(testid::RING_ACCEPT).await?;
    alice.app.click(testid::RING_MESSAGE).await?;
    stage.keep_pictures_in_both_themes(&alice, "ring-message").await?;
    alice.app.click(testid::reply(Reply::CallBack)).await?;
    alice.app.gone(Window::Ring).await?;
    call_is(&bob, "ended").await?;
    bob.app.click(testid::CALL_MESSAGE).await?;
    bob.app.gone(Window::Call).await?;
    bob.app.look_at(Window::Main).await?;
    bob.app.says(testid::PERSON_CALLS, "I'll call you back.").await?;

    bob.call("alice").await?;
    alice.app.look_at(Window::Main).await?;
    alice.focus(&stage.display, "^Carillon$").await?;
    alice.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
    alice.app.click(testid::RING_BAR_MESSAGE).await?;
    alice.app.click(testid::bar_reply(Reply::Own)).await?;
    alice.app.misses(testid::RING_BAR).await?;
    alice.app.says(testid::PERSON, "bob's name").await?;
    alice.app.sees(testid::COMPOSER).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_called_back_from_the_list_of_calls() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    bob.call("alice").await?;
    alice.app.look_at(Window::Ring).await?;
    call_is(&bob, "ringing").await?;
    hang_up(&bob).await?;

    alice.app.look_at(Window::Main).await?;
    alice.app.says(testid::FILTER_CALLS, "1").await?;
    alice.app.click(testid::FILTER_CALLS).await?;
    alice.app.says(testid::RECENT, "Missed call").await?;
    stage.keep_pictures_in_both_themes(&alice, "calls").await?;
    alice.app.click(&testid::call_back(&UserId::new("bob")?)).await?;
    call_is(&alice, "ringing").await?;
    alice.app.look_at(Window::Main).await?;
    alice.app.click(testid::FILTER_ALL).await?;
    alice.app.sees(testid::CONVERSATIONS).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_bar_of_the_main_window_mutes_and_ends_the_call_and_asks_before_it_ends_for_another() -> Result<()> {
    let stage = Stage::set().await?;
    stage.server.register("carol", "carol's name", "carol's laptop").await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    alice.notifications.lock_screen(true).await?;
    bob.call("alice").await?;
    alice.notifications.answer_ring("accept", PATIENCE).await?;
    call_is(&bob, "active").await?;

    bob.app.look_at(Window::Main).await?;
    bob.app.says(testid::CALL_BAR, "alice's name").await?;
    bob.app.click(testid::CALL_BAR_MUTE).await?;
    bob.app.attribute_is(testid::CALL_BAR_MUTE, "aria-pressed", "true").await?;
    stage.keep_pictures_in_both_themes(&bob, "call-bar").await?;
    bob.app.click("person-carol").await?;
    bob.app.click(testid::CALL_VOICE).await?;
    bob.app.click(testid::SWITCH_CALL_CANCEL).await?;
    bob.app.misses(testid::SWITCH_CALL).await?;
    call_is(&bob, "active").await?;
    bob.app.look_at(Window::Main).await?;
    bob.app.click(testid::CALL_VOICE).await?;
    bob.app.click(testid::SWITCH_CALL).await?;
    call_is(&alice, "ended").await?;
    bob.app.says(testid::CALL_BAR, "carol's name").await?;
    bob.app.click(testid::CALL_BAR_HANG_UP).await?;
    bob.app.misses(testid::CALL_BAR).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_calls_during_a_call_is_named_and_called_back() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    let carol = stage.server.register("carol", "carol's name", "carol's laptop").await?;
    let carol = stage.phone(carol.login.clone()).await?;
    alice.notifications.lock_screen(true).await?;
    bob.call("alice").await?;
    alice.notifications.answer_ring("accept", PATIENCE).await?;
    call_is(&bob, "active").await?;

    for button in [testid::TRIED_DISMISS, testid::TRIED_CALL_BACK] {
        let called = carol.start_call(StartCall::voice(UserId::new("alice")?)).await;
        ensure!(matches!(called, Ok(_) | Err(StartCallError::Ended)), "{called:?}");
        alice.app.look_at(Window::Call).await?;
        alice.app.says(testid::TRIED, "carol's name").await?;
        alice.app.click(button).await?;
        alice.app.misses(testid::TRIED).await?;
    }
    call_is(&bob, "ended").await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.says(testid::CALL_NAME, "carol's name").await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_program_asks_once_before_it_ends_with_a_call() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = (stage.actor("alice", Pitch::High).await?, stage.actor("bob", Pitch::Low).await?);
    alice.call("bob").await?;
    bob.app.look_at(Window::Ring).await?;
    call_is(&alice, "ringing").await?;

    alice.app.keys("\u{e009}q").await?;
    alice.app.click(testid::QUIT_CANCEL).await?;
    alice.app.misses(testid::QUIT_CONFIRM).await?;
    call_is(&alice, "ringing").await?;

    alice.app.look_at(Window::Main).await?;
    alice.app.click(testid::ME).await?;
    alice.app.click(testid::QUIT).await?;
    alice.app.click_to_end(testid::QUIT_CONFIRM).await?;
    bob.app.gone(Window::Ring).await
}

/// Bob's phone calls Alice, and she accepts.
async fn accepts(alice: &Actor, phone: &CallKit) -> Result<()> {
    alice.notifications.lock_screen(true).await?;
    phone.start_call(StartCall::voice(UserId::new("alice")?)).await?;
    alice.notifications.answer_ring("accept", PATIENCE).await?;
    call_is(alice, "active").await
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
