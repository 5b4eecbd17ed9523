//! A video call by keyboard, where its pictures stand, and what draws them in the app's own web view.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Context as _, Result};
use carillon_ipc::testid;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::{Value, json};

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
const CAMERA: &[&str] = &["--fake-camera", "pattern:640x480@15", "--fake-screen", "pattern:640x480@15"];
/// Keys, as WebDriver has them.
const ESCAPE: &str = "\u{e00c}";
const LEFT: &str = "\u{e012}";
const UP: &str = "\u{e013}";
/// Writes down what the page makes from now on.
const WATCH: &str = "
    window.made = [];
    for (const name of ['Worker', 'WebSocket']) {
        window[name] = class extends window[name] {
            constructor(...how) { super(...how); window.made.push(name); }
        };
    }";

#[tokio::test(flavor = "multi_thread")]
async fn a_voice_call_makes_no_worker_and_no_socket_until_a_camera_is_turned_on() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) =
        (stage.actor_with("alice", Pitch::High, CAMERA).await?, stage.actor_with("bob", Pitch::Low, CAMERA).await?);
    alice.app.look_behind(Window::Call).await?;
    alice.app.run(WATCH, vec![]).await?;
    alice.call("bob").await?;
    accept(&bob).await?;
    call_is(&alice, "active").await?;

    assert_eq!(made(&alice).await?, json!([]));
    assert_eq!(alice.app.run("return document.querySelectorAll('canvas').length", vec![]).await?, json!(0));

    alice.app.keys("v").await?;
    alice.app.shows_pattern(testid::CALL_OWN_CAMERA).await?;
    assert_eq!(made(&alice).await?, json!(["Worker"]), "the socket is the worker's");
    bob.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;
    hang_up(&alice).await
}

#[tokio::test(flavor = "multi_thread")]
async fn every_control_of_pictures_has_a_key() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await?;

    alice.app.keys("p").await?;
    large_is(&alice, "me").await?;
    alice.app.keys("p").await?;
    large_is(&alice, "them").await?;

    for pressed in ["false", "true"] {
        alice.app.keys("v").await?;
        alice.app.attribute_is(testid::CALL_CAMERA, "aria-pressed", pressed).await?;
    }

    alice.app.keys("s").await?;
    alice.app.sees(testid::SCREEN_PICKER).await?;
    alice.app.keys(ESCAPE).await?;
    alice.app.misses(testid::SCREEN_PICKER).await?;
    alice.app.keys("s").await?;
    alice.app.attribute_is(&testid::screen("stand-in"), "class", "screen").await?;
    alice.app.keys("\u{e007}").await?;
    alice.app.sees(testid::CALL_SHARING).await?;
    alice.app.keys("s").await?;
    alice.app.misses(testid::CALL_SHARING).await?;

    let whole = width(&alice).await?;
    alice.app.keys("f").await?;
    width_becomes(&alice, 1600).await?;
    alice.app.keys(ESCAPE).await?;
    width_becomes(&alice, whole).await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_self_view_stands_in_the_corner_that_it_is_moved_to() -> Result<()> {
    const FOCUS: &str = "document.querySelector(`[data-testid=${arguments[0]}]`).focus()";
    const DRAG: &str = "
        const tile = document.querySelector(`[data-testid=${arguments[0]}]`);
        const { left, top } = tile.getBoundingClientRect();
        const tell = (name, x, y) => tile.dispatchEvent(
            new PointerEvent(name, { clientX: x, clientY: y, button: 0, pointerId: 1, bubbles: true }));
        tell('pointerdown', left + 5, top + 5);
        tell('pointermove', innerWidth / 2, innerHeight / 2);
        tell('pointerup', innerWidth - 50, innerHeight - 50);";
    let stage = Stage::set().await?;
    let (alice, bob) = video_call(&stage).await?;
    alice.app.look_at(Window::Call).await?;
    alice.app.attribute_is(testid::CALL_SELF_VIEW, "data-corner", "bottom-right").await?;

    alice.app.run(FOCUS, vec![json!(testid::CALL_SELF_VIEW)]).await?;
    alice.app.keys(UP).await?;
    alice.app.attribute_is(testid::CALL_SELF_VIEW, "data-corner", "top-right").await?;
    alice.app.keys(LEFT).await?;
    alice.app.attribute_is(testid::CALL_SELF_VIEW, "data-corner", "top-left").await?;
    alice.app.run(DRAG, vec![json!(testid::CALL_SELF_VIEW)]).await?;
    alice.app.attribute_is(testid::CALL_SELF_VIEW, "data-corner", "bottom-right").await?;
    large_is(&alice, "them").await?;
    hang_up(&bob).await
}

#[tokio::test(flavor = "multi_thread")]
async fn the_apps_web_view_draws_in_each_of_the_ways() -> Result<()> {
    let stage = Stage::set().await?;
    let (alice, bob) =
        (stage.actor_with("alice", Pitch::High, CAMERA).await?, stage.actor_with("bob", Pitch::Low, CAMERA).await?);

    // WebKitGTK has no WebGL in workers.
    for way in ["worker-videoframe", "worker-pixels", "page-videoframe", "page-webgl", "page-pixels"] {
        alice.app.look_behind(Window::Call).await?;
        alice.app.run("document.documentElement.dataset.painter = arguments[0]", vec![json!(way)]).await?;
        alice.video_call("bob").await?;
        accept(&bob).await?;
        call_is(&alice, "active").await?;

        alice.app.shows_pattern(testid::CALL_THEIR_CAMERA).await.with_context(|| way.to_owned())?;
        alice.app.attribute_is(testid::CALL_THEIR_CAMERA, "data-way", way).await?;
        hang_up(&alice).await?;
        bob.app.click(testid::CALL_CLOSE).await?;
        bob.app.gone(Window::Call).await?;
    }
    Ok(())
}

/// Alice calls Bob with pictures, and he accepts.
async fn video_call(stage: &Stage) -> Result<(Actor, Actor)> {
    let alice = stage.actor_with("alice", Pitch::High, CAMERA).await?;
    let bob = stage.actor_with("bob", Pitch::Low, CAMERA).await?;
    alice.video_call("bob").await?;
    accept(&bob).await?;
    call_is(&alice, "active").await?;
    Ok((alice, bob))
}

async fn accept(actor: &Actor) -> Result<()> {
    actor.app.look_at(Window::Ring).await?;
    actor.app.attribute_is(testid::RING, "data-armed", "true").await?;
    actor.app.click(testid::RING_ACCEPT).await?;
    call_is(actor, "active").await
}

async fn made(actor: &Actor) -> Result<Value> {
    actor.app.run("return window.made", vec![]).await
}

async fn large_is(actor: &Actor, tile: &str) -> Result<()> {
    let look = || async {
        let large = actor.app.run("return document.querySelector('.pictures')?.dataset.large", vec![]).await.ok()?;
        (large == json!(tile)).then_some(())
    };
    until(&format!("{tile} to be large"), PATIENCE, look).await
}

async fn width(actor: &Actor) -> Result<u64> {
    actor.app.run("return innerWidth", vec![]).await?.as_u64().context("a width")
}

async fn width_becomes(actor: &Actor, wanted: u64) -> Result<()> {
    let look = || async { (width(actor).await.ok()? == wanted).then_some(()) };
    until(&format!("a width of {wanted}"), PATIENCE, look).await
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
