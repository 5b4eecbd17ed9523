//! Every control of pictures, by its effect, and the pictures themselves as the windows' canvases show them.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// From the click on *camera off* to the avatar in the other window, in milliseconds.
const CAMERA_OFF_MS: u64 = 300;
/// Of the shape that fills the call window, and not so large that a busy machine leaves pictures out.
const CAMERA: &[&str] = &["--fake-camera", "pattern:640x480@15"];
const CAMERA_AND_SCREEN: &[&str] = &["--fake-camera", "pattern:640x480@15", "--fake-screen", "pattern:640x480@15"];

#[tokio::test(flavor = "multi_thread")]
async fn two_people_see_each_other_and_the_avatar_when_a_camera_goes_off() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage, CAMERA).await?;

    for actor in [&alice, &bob] {
        actor.app.look_at(Window::Call).await?;
        actor.app.attribute_is(testid::CALL_CAMERA, "aria-pressed", "true").await?;
        actor.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
        actor.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;
        actor.app.misses(testid::CALL_QUALITY).await?;
    }
    stage.keep_pictures_in_both_themes(&alice, "pictures").await?;

    let gone = bob.app.gone_at(testid::CALL_THEIR_CAMERA);
    let off = alice.app.click_at(testid::CALL_CAMERA);
    let (off, gone) = tokio::try_join!(off, gone)?;
    alice.app.attribute_is(testid::CALL_CAMERA, "aria-pressed", "false").await?;
    alice.app.misses(testid::CALL_OWN_CAMERA).await?;
    ensure!(gone.saturating_sub(off) <= CAMERA_OFF_MS, "the avatar comes {} ms after the click", gone - off);
    stage.keep_pictures_in_both_themes(&bob, "pictures-camera-off").await?;

    alice.app.click(testid::CALL_CAMERA).await?;
    bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&alice).await?;
    call_is(&bob, "ended").await?;
    bob.app.misses(testid::CALL_THEIR_CAMERA).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_video_call_is_accepted_without_video_in_the_ring_and_in_the_bar() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) =
        (stage.actor_with("alice", Pitch::High, CAMERA).await?, stage.actor_with("bob", Pitch::Low, CAMERA).await?);

    for (window, armed, button) in [
        (Window::Ring, testid::RING, testid::RING_ACCEPT_WITHOUT_VIDEO),
        (Window::Main, testid::RING_BAR, testid::RING_BAR_ACCEPT_WITHOUT_VIDEO),
    ] {
        alice.video_call("bob").await?;
        bob.app.look_at(window).await?;
        if window == Window::Main {
            bob.focus(&stage.display, "^Carillon$").await?;
        }
        bob.app.attribute_is(armed, "data-armed", "true").await?;
        if window == Window::Ring {
            stage.keep_pictures_in_both_themes(&bob, "pictures-ring").await?;
        }
        bob.app.click(button).await?;

        call_is(&bob, "active").await?;
        bob.app.attribute_is(testid::CALL_CAMERA, "aria-pressed", "false").await?;
        bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
        alice.app.look_at(Window::Call).await?;
        alice.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;
        alice.app.misses(testid::CALL_THEIR_CAMERA).await?;
        bob.app.look_at(Window::Call).await?;
        hang_up(&bob).await?;
        alice.app.click(testid::CALL_CLOSE).await?;
        alice.app.gone(Window::Call).await?;
    }
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn the_self_view_is_swapped_the_camera_is_chosen_and_the_numbers_are_shown() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage, CAMERA).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    alice.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;

    let ((theirs, _), (own, _)) = sizes(&alice).await?;
    ensure!(theirs > 2.0 * own, "their picture is {theirs} wide, one's own {own}");
    alice.app.click(testid::CALL_SELF_VIEW).await?;
    let swapped = || async {
        let ((theirs, _), (own, _)) = sizes(&alice).await.ok()?;
        (own > 2.0 * theirs).then_some(())
    };
    until("the pictures to be swapped", PATIENCE, swapped).await?;
    alice.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-swapped").await?;

    alice.app.click(testid::CALL_CAMERAS).await?;
    alice.app.attribute_is(testid::CALL_CAMERAS, "aria-expanded", "true").await?; // a machine for tests has no camera to choose
    alice.app.click(testid::CALL_CAMERAS).await?;
    alice.app.attribute_is(testid::CALL_CAMERAS, "aria-expanded", "false").await?;
    alice.app.click(testid::CALL_MORE).await?;
    alice.app.click(testid::CALL_SHOW_NUMBERS).await?;
    alice.app.says(testid::CALL_NUMBERS, "Opus").await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-numbers").await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_screen_is_chosen_shared_seen_and_shared_no_more() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage, CAMERA_AND_SCREEN).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.click(testid::CALL_SHARE).await?;
    alice.app.sees(testid::SCREEN_PICKER).await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-picker").await?;
    alice.app.click(testid::SCREEN_PICKER_CANCEL).await?;
    alice.app.misses(testid::SCREEN_PICKER).await?;

    alice.app.click(testid::CALL_SHARE).await?;
    alice.app.click(&testid::screen("stand-in")).await?;
    alice.app.says(testid::CALL_SHARING, "You're sharing").await?;
    bob.app.look_at(Window::Call).await?;
    bob.app.shows_pattern(testid::CALL_THEIR_SCREEN).await?;
    bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    stage.keep_pictures_in_both_themes(&bob, "pictures-their-screen").await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-sharing").await?;

    alice.app.click(testid::CALL_STOP_SHARING).await?;
    alice.app.misses(testid::CALL_SHARING).await?;
    bob.app.misses(testid::CALL_THEIR_SCREEN).await?;
    bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_call_window_fills_the_screen_and_becomes_small_and_whole_again() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage, CAMERA).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    let size = || async {
        let size = alice.app.run("return [innerWidth, innerHeight]", vec![]).await.ok()?;
        size[0].as_u64().zip(size[1].as_u64())
    };
    let whole = size().await.context("a window")?;
    let becomes = |wanted: (u64, u64)| async move {
        let look = || async { (size().await? == wanted).then_some(()) };
        until(&format!("a window of {wanted:?}"), PATIENCE, look).await
    };

    for (item, wanted) in [(testid::CALL_FULL_SCREEN, (1600, 1000)), (testid::CALL_FULL_SCREEN, whole)] {
        alice.app.click(testid::CALL_MORE).await?;
        alice.app.click(item).await?;
        becomes(wanted).await?;
        alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    }

    alice.app.click(testid::CALL_MORE).await?;
    alice.app.click(testid::CALL_MINI).await?;
    becomes((320, 240)).await?;
    alice.app.shows_something(testid::CALL_THEIR_CAMERA).await?;
    alice.app.click(testid::CALL_MUTE).await?;
    alice.app.attribute_is(testid::CALL_MUTE, "aria-pressed", "true").await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-mini").await?;
    alice.app.click(testid::CALL_MINI).await?;
    becomes(whole).await?;

    alice.app.look_at(Window::Main).await?;
    alice.app.click(testid::SHOW_CALL).await?;
    alice.app.look_at(Window::Call).await?;
    hang_up(&alice).await?;
    call_is(&bob, "ended").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_looks_at_oneself_in_the_ring_and_accepts_with_the_camera_or_without_as_one_has_chosen() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) =
        (stage.actor_with("alice", Pitch::High, CAMERA).await?, stage.actor_with("bob", Pitch::Low, CAMERA).await?);
    alice.video_call("bob").await?;
    bob.app.look_at(Window::Ring).await?;
    bob.app.attribute_is(testid::RING, "data-armed", "true").await?;
    bob.app.misses(testid::RING_OWN_CAMERA).await?;
    bob.app.attribute_is(testid::RING_CAMERA, "aria-pressed", "true").await?;

    bob.app.click(testid::RING_LOOK).await?;
    bob.app.shows_pattern(testid::RING_OWN_CAMERA).await?;
    stage.keep_pictures_in_both_themes(&bob, "pictures-ring-look").await?;
    bob.app.click(testid::RING_CAMERA).await?;
    bob.app.attribute_is(testid::RING_CAMERA, "aria-pressed", "false").await?;
    bob.app.misses(testid::RING_OWN_CAMERA).await?;
    bob.app.click(testid::RING_ACCEPT).await?;

    call_is(&bob, "active").await?;
    bob.app.attribute_is(testid::CALL_CAMERA, "aria-pressed", "false").await?;
    bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.misses(testid::CALL_THEIR_CAMERA).await?;
    bob.app.click(testid::CALL_CAMERA).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_looks_at_oneself_in_the_settings_before_a_call() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor_with("alice", Pitch::High, CAMERA).await?;
    alice.open_settings().await?;

    alice.app.sees(testid::SETTINGS_CAMERA).await?;
    alice.app.misses(testid::SETTINGS_CAMERA_PICTURE).await?;
    alice.app.click(testid::SETTINGS_TEST_CAMERA).await?;
    alice.app.shows_pattern(testid::SETTINGS_CAMERA_PICTURE).await?;
    stage.keep_pictures_in_both_themes(&alice, "pictures-settings").await?;

    alice.app.click(testid::SETTINGS_TEST_CAMERA).await?;
    alice.app.misses(testid::SETTINGS_CAMERA_PICTURE).await
}

/// Alice calls Bob with pictures, and he accepts.
async fn video_call(stage: &Stage, args: &[&str]) -> Result<(Actor, Actor)> {
    let alice = stage.actor_with("alice", Pitch::High, args).await?;
    let bob = stage.actor_with("bob", Pitch::Low, args).await?;
    alice.video_call("bob").await?;
    bob.app.look_at(Window::Ring).await?;
    bob.app.attribute_is(testid::RING, "data-armed", "true").await?;
    bob.app.click(testid::RING_ACCEPT).await?;
    call_is(&bob, "active").await?;
    call_is(&alice, "active").await?;
    Ok((alice, bob))
}

/// Of their picture and one's own.
async fn sizes(actor: &Actor) -> Result<((f64, f64), (f64, f64))> {
    Ok((actor.app.size_of(testid::CALL_THEIR_CAMERA).await?, actor.app.size_of(testid::CALL_OWN_CAMERA).await?))
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
