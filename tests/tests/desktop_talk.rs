//! Conversations in the window: addresses, answers, changed texts, what is read and typed, and quiet.
#![cfg(target_os = "linux")]

use std::{fs, os::unix::fs::PermissionsExt as _, path::Path, time::Duration};

use anyhow::{Context as _, Result, ensure};
use carillon_ipc::testid;
use carillon_kit::{Chat, Connection, Message, MessageBody, News, UserId};
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, Window, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn an_address_is_shown_as_what_it_is_before_the_browser_opens_it() -> Result<()> {
    let stage = Stage::set().await?;
    let browser = stage.folder().join("browser");
    let opened = fake_browser(&browser)?;
    let path = format!("{}:{}", browser.display(), std::env::var("PATH")?);
    let alice = stage.actor_with_env("alice", Pitch::High, vec![("PATH".to_owned(), path)]).await?;
    let bob = stage.elsewhere("bob").await?;
    bob.send_text(with("alice")?, "look: https://\u{430}pple.com/bell?a=1.").await?;

    alice.app.click("person-bob").await?;
    alice.app.click(testid::ADDRESS).await?;
    alice.app.says(testid::VISIT, "xn--pple-43d.com").await?;
    alice.app.click(testid::VISIT_STAY).await?;
    alice.app.misses(testid::VISIT).await?;
    ensure!(!opened.exists(), "a look opens nothing");
    alice.app.click(testid::ADDRESS).await?;
    alice.app.click(testid::VISIT_GO).await?;

    let look = || async { fs::read_to_string(&opened).ok().filter(|address| address.ends_with('\n')) };
    assert_eq!(until("the browser", PATIENCE, look).await?, "https://xn--pple-43d.com/bell?a=1\n");
    alice.app.sees(testid::COMPOSER).await
}

#[tokio::test(flavor = "multi_thread")]
async fn texts_are_answered_changed_and_deleted() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    alice.app.click("person-bob").await?;
    bob.send_text(with("alice")?, "nine or ten?").await?;
    alice.app.says(testid::PERSON_CALLS, "nine or ten?").await?;

    beside(&alice, "nine or ten?", testid::MESSAGE_REPLY).await?;
    alice.app.says(testid::WRITING, "nine or ten?").await?;
    alice.app.click(testid::WRITING_CANCEL).await?;
    alice.app.misses(testid::WRITING).await?;
    beside(&alice, "nine or ten?", testid::MESSAGE_REPLY).await?;
    write(&alice, "ten").await?;
    let answer = told(&bob, |all| all.iter().find(|one| text(one) == "ten").cloned()).await?;
    ensure!(answer.reply_to.is_some_and(|quote| quote.text == "nine or ten?"), "it answers Bob");

    beside(&alice, "ten", testid::MESSAGE_EDIT).await?;
    write(&alice, "eleven").await?;
    told(&bob, |all| all.iter().find(|one| text(one) == "eleven" && one.edited_at_ms.is_some()).cloned()).await?;
    alice.app.says(testid::PERSON_CALLS, "edited").await?;

    beside(&alice, "eleven", testid::MESSAGE_DELETE).await?;
    alice.app.click(testid::MESSAGE_DELETE_CONFIRM).await?;
    told(&bob, |all| all.iter().find(|one| one.body == MessageBody::Deleted).cloned()).await?;
    alice.app.says(testid::PERSON_CALLS, "Message deleted").await
}

#[tokio::test(flavor = "multi_thread")]
async fn one_sees_what_was_read_and_who_types_and_may_keep_ones_own_reading() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let mut news = bob.signals();
    alice.app.click("person-bob").await?;
    write(&alice, "hello").await?;
    let sent = told(&bob, |all| all.first().cloned()).await?;

    bob.mark_read(&with("alice")?, sent.pos).await?;
    let ticks = "return !!document.querySelector('.tick-read')";
    let look = || async { (alice.app.run(ticks, vec![]).await.ok()? == json!(true)).then_some(()) };
    until("that it was read", PATIENCE, look).await?;
    bob.set_typing(&with("alice")?, true).await?;
    alice.app.says(testid::TYPING, "bob's name is typing").await?;
    bob.set_typing(&with("alice")?, false).await?;
    alice.app.fill(testid::COMPOSER, "wait").await?;
    let hears = async {
        loop {
            if let News::Typing { chat, typing: true, .. } = news.recv().await? {
                return Ok::<_, anyhow::Error>(chat);
            }
        }
    };
    assert_eq!(tokio::time::timeout(PATIENCE, hears).await??, with("alice")?);

    alice.open_settings().await?;
    alice.app.click(testid::SETTINGS_READ_RECEIPTS).await?;
    let is_off = "return document.querySelector(`[data-testid=\"${arguments[0]}\"]`)?.checked === false";
    let look = || async {
        let off = alice.app.run(is_off, vec![json!(testid::SETTINGS_READ_RECEIPTS)]).await.ok()?;
        (off == json!(true)).then_some(())
    };
    until("that it is off", PATIENCE, look).await?;
    alice.app.look_at(Window::Main).await?;
    let kept = bob.send_text(with("alice")?, "did you read this?").await?;
    alice.app.says(testid::PERSON_CALLS, "did you read this?").await?;
    let delivered = || async {
        let listed = bob.conversations().await.ok()?.into_iter().next()?;
        (listed.receipts.delivered_up_to >= kept.pos).then_some(listed.receipts)
    };
    let receipts = until("that it was delivered", PATIENCE, delivered).await?;
    ensure!(receipts.read_up_to < kept.pos, "{receipts:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_opens_at_the_first_unread_message_and_one_goes_to_the_latest_and_mutes_it() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    for number in 0..40 {
        bob.send_text(with("alice")?, &format!("message {number}")).await?;
    }
    alice.app.says("person-bob", "40").await?;

    alice.app.click("person-bob").await?;
    alice.app.sees(testid::UNREAD_LINE).await?;
    alice.app.says(testid::TO_LATEST, "40 unread").await?;
    alice.app.click(testid::TO_LATEST).await?;
    alice.app.misses(testid::TO_LATEST).await?;

    alice.app.click(testid::CHAT_MENU).await?;
    alice.app.click(testid::CHAT_MUTE).await?;
    let muted = || async {
        alice.app.click(testid::CHAT_MENU).await.ok()?;
        let label = alice.app.text(testid::CHAT_MUTE).await.ok()?;
        alice.app.click(testid::CHAT_MENU).await.ok()?;
        label.contains("Unmute").then_some(())
    };
    until("that it is muted", PATIENCE, muted).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_picture_is_chosen_looked_at_sent_and_saved() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let picture = stage.picture()?;
    alice.app.click("person-bob").await?;

    alice.app.fill(testid::ATTACH, &picture.display().to_string()).await?;
    alice.app.click(testid::ATTACH_REMOVE).await?;
    alice.app.misses(testid::ATTACH_REMOVE).await?;
    alice.app.fill(testid::ATTACH, &picture.display().to_string()).await?;
    alice.app.sees(testid::ATTACH_REMOVE).await?;
    alice.app.click(testid::SEND).await?;
    let file = told(&bob, |all| match all.first().map(|one| one.body.clone()) {
        Some(MessageBody::File { file }) => Some(file),
        _ => None,
    })
    .await?;
    let sides = file.picture.map(|sides| (sides.width, sides.height));
    ensure!(file.name == "picture.png" && sides == Some((128, 128)), "{file:?}");
    ensure!(bob.thumbnail(file.id).await?.starts_with(&[0xff, 0xd8]), "a small picture of it");

    alice.app.click(testid::FILE_SAVE).await?;
    let saved = alice.app.folder().join("own/downloads/picture.png");
    let look = || async { (fs::read(&saved).ok()? == fs::read(&picture).ok()?).then_some(()) };
    until("the file", PATIENCE, look).await?;
    alice.app.says(testid::PERSON_CALLS, "Saved as picture.png").await
}

/// A browser that only notes what it is to open, where the system looks for one first.
fn fake_browser(folder: &Path) -> Result<std::path::PathBuf> {
    fs::create_dir_all(folder)?;
    let (program, opened) = (folder.join("xdg-open"), folder.join("opened"));
    fs::write(&program, format!("#!/bin/sh\nprintf '%s\\n' \"$1\" > '{}'\n", opened.display()))?;
    fs::set_permissions(&program, fs::Permissions::from_mode(0o700))?;
    Ok(opened)
}

fn with(user: &str) -> Result<Chat> {
    Ok(Chat::User { user: UserId::new(user)? })
}

fn text(message: &Message) -> &str {
    if let MessageBody::Text { text } = &message.body { text } else { "" }
}

/// Waits until this stands in Bob's conversation with Alice, the latest first.
async fn told<T>(bob: &Connection, find: impl Fn(&[Message]) -> Option<T>) -> Result<T> {
    let with_alice = with("alice")?;
    let look = || async { find(&bob.history(&with_alice, None, 20).await.ok()?.0) };
    until("what was written", PATIENCE, look).await
}

async fn write(actor: &Actor, text: &str) -> Result<()> {
    actor.app.fill(testid::COMPOSER, text).await?;
    actor.app.click(testid::SEND).await
}

/// Presses a button beside the message that says this.
async fn beside(actor: &Actor, text: &str, button: &str) -> Result<()> {
    let script = "const row = [...document.querySelectorAll('li.message')].find((row) => row.querySelector('.message-text')?.textContent === arguments[1]); \
                  const button = row?.querySelector(`[data-testid=\"${arguments[0]}\"]`); button?.click(); return !!button";
    let look = || async {
        let pressed = actor.app.run(script, vec![json!(button), json!(text)]).await.ok()?;
        (pressed == json!(true)).then_some(())
    };
    until(&format!("{button} beside {text:?}"), PATIENCE, look).await.context("a button")
}
