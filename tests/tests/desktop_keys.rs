//! Everything by keyboard: from the first start to hanging up, and no pointer.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Result, bail};
use carillon_ipc::testid;
use carillon_kit::UserId;
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);
/// As WebDriver has them.
const TAB: &str = "\u{e004}";
const ENTER: &str = "\u{e007}";
const COMMAND_SHIFT_H: &str = "\u{e009}\u{e008}h";
/// More than there are things to reach in a window.
const MOST_TABS: usize = 120;

#[tokio::test(flavor = "multi_thread")]
async fn from_the_first_start_to_hanging_up_by_keys_alone() -> Result<()> {
    let stage = Stage::set().await?;
    let bob = stage.actor("bob", Pitch::Low).await?;
    let alice = stage.actor_without_login("alice").await?;
    let bobs_row = testid::person(&UserId::new("bob")?);

    focus_is_on(&alice, testid::SIGN_IN_SERVER).await?;
    alice.app.keys(stage.server.url()).await?;
    tab_to(&alice, testid::SIGN_IN_USER).await?;
    alice.app.keys("alice").await?;
    tab_to(&alice, testid::SIGN_IN_PASSWORD).await?;
    alice.app.keys(&stage.person("alice")?.password).await?;
    alice.app.keys(ENTER).await?;
    alice.app.sees(&bobs_row).await?;

    tab_to(&alice, &bobs_row).await?;
    alice.app.keys(ENTER).await?;
    alice.app.sees(testid::CALL_VOICE).await?;
    tab_to(&alice, testid::CALL_VOICE).await?;
    alice.app.keys(ENTER).await?;
    alice.app.look_at(Window::Call).await?;
    bob.app.look_at(Window::Main).await?;
    bob.app.attribute_is(testid::RING_BAR, "data-armed", "true").await?;
    tab_to(&bob, testid::RING_BAR_ACCEPT).await?;
    bob.app.keys(ENTER).await?;

    alice.app.attribute_is(testid::CALL, "data-state", "active").await?;
    alice.app.keys("m").await?;
    alice.app.attribute_is(testid::CALL_MUTE, "aria-pressed", "true").await?;
    alice.app.keys(COMMAND_SHIFT_H).await?;
    alice.app.attribute_is(testid::CALL, "data-state", "ended").await
}

/// Presses *Tab* until the focus is there.
async fn tab_to(actor: &Actor, testid: &str) -> Result<()> {
    for _ in 0..MOST_TABS {
        if is_focused(actor, testid).await {
            return Ok(());
        }
        actor.app.keys(TAB).await?;
    }
    bail!("no number of tabs leads to {testid}")
}

async fn focus_is_on(actor: &Actor, testid: &str) -> Result<()> {
    let look = || async { is_focused(actor, testid).await.then_some(()) };
    until(&format!("the focus on {testid}"), PATIENCE, look).await
}

async fn is_focused(actor: &Actor, testid: &str) -> bool {
    let script = "return document.activeElement?.dataset.testid === arguments[0]";
    actor.app.run(script, vec![json!(testid)]).await.is_ok_and(|found| found == json!(true))
}
