//! Every control of the main window, by its effect: people, messages, groups, and oneself.
#![cfg(target_os = "linux")]

use std::time::Duration;

use anyhow::{Result, ensure};
use carillon_ipc::testid;
use carillon_kit::{Chat, Connection, ContactState, GroupKind, MessageBody, UserId};
use carillon_media::measure::Pitch;
use carillon_tests::desktop::{Actor, Stage, until};
use serde_json::json;

/// For a busy machine.
const PATIENCE: Duration = Duration::from_secs(30);

#[tokio::test(flavor = "multi_thread")]
async fn people_are_searched_asked_accepted_blocked_and_removed() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let (alice_id, bob_id) = (UserId::new("alice")?, UserId::new("bob")?);
    let is_seen_as = |wanted| seen_as(&bob, wanted);

    alice.app.fill(testid::SEARCH, "bo").await?;
    alice.app.says(testid::CONVERSATIONS, "bob's name").await?;
    alice.app.click(&testid::add(&bob_id)).await?;
    is_seen_as(ContactState::Asked).await?;
    bob.add_contact(&alice_id).await?;
    alice.app.fill(testid::SEARCH, " \u{e003}").await?;
    alice.app.says(testid::CONVERSATIONS, "bob's name").await?;

    alice.app.click(&testid::person(&bob_id)).await?;
    in_menu(&alice, testid::PERSON_BLOCK).await?;
    alice.app.sees(testid::PERSON_UNBLOCK).await?;
    // It is taken like any other, so that Bob learns nothing of the block.
    bob.send_text(Chat::User { user: alice_id.clone() }, "into the void").await?;
    alice.app.click(testid::PERSON_UNBLOCK).await?;
    alice.app.misses(testid::PERSON_UNBLOCK).await?;
    bob.send_text(Chat::User { user: alice_id.clone() }, "hello again").await?;
    alice.app.says(testid::PERSON_CALLS, "hello again").await?;
    let said = alice.app.text(testid::PERSON_CALLS).await?;
    ensure!(!said.contains("into the void"), "what was written to somebody who took nothing stays unheard: {said}");

    in_menu(&alice, testid::PERSON_REMOVE).await?;
    is_seen_as(ContactState::None).await?;
    in_menu(&alice, testid::PERSON_ADD).await?;
    is_seen_as(ContactState::Asked).await
}

#[tokio::test(flavor = "multi_thread")]
async fn who_asks_is_accepted_or_ignored_on_a_page_that_one_row_leads_to() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let (alice_id, bob_id) = (UserId::new("alice")?, UserId::new("bob")?);
    let is_seen_as = |wanted| seen_as(&bob, wanted);

    bob.add_contact(&alice_id).await?;
    alice.app.says(testid::OPEN_REQUESTS, "bob's name").await?;
    alice.app.click(testid::OPEN_REQUESTS).await?;
    alice.app.says(testid::REQUESTS, "bob's name").await?;
    alice.app.says(&testid::request(&bob_id), "bob's name").await?;
    alice.app.click(&testid::ignore(&bob_id)).await?;
    alice.app.misses(testid::REQUESTS).await?;
    is_seen_as(ContactState::None).await?;

    bob.add_contact(&alice_id).await?;
    alice.app.click(&testid::accept(&bob_id)).await?;
    is_seen_as(ContactState::Contact).await?;
    alice.app.click(&testid::person(&bob_id)).await?;
    in_menu(&alice, testid::PERSON_REMOVE).await?;
    is_seen_as(ContactState::None).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_written_last_comes_first_and_keys_lead_through_the_list_and_to_the_search() -> Result<()> {
    const IN_FOCUS: &str = "return document.activeElement?.dataset?.testid ?? ''";
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let with_alice = Chat::User { user: UserId::new("alice")? };
    bob.send_text(with_alice.clone(), "the bell rings at nine").await?;
    alice.app.says("person-bob", "the bell rings at nine").await?;

    let is_in_focus = |id: &'static str| {
        let app = &alice.app;
        let look = move || async move { (app.run(IN_FOCUS, vec![]).await.ok()? == json!(id)).then_some(()) };
        until("the focus to move", PATIENCE, look)
    };
    alice.app.fill(testid::SEARCH, "BELL").await?;
    alice.app.says(testid::CONVERSATIONS, "bob's name").await?;
    alice.app.keys("\u{e015}").await?; // down, into the list
    is_in_focus("person-bob").await?;
    alice.app.keys("x").await?; // a letter is searched for
    is_in_focus(testid::SEARCH).await?;
    alice.app.keys("\u{e003}\u{e007}").await?; // backspace, and Enter
    alice.app.says(testid::PERSON_CALLS, "the bell rings at nine").await?;
    let query = format!("return document.querySelector('[data-testid=\"{}\"]').value", testid::SEARCH);
    let cleared = || async { (alice.app.run(&query, vec![]).await.ok()? == json!("")).then_some(()) };
    until("the search to be done with", PATIENCE, cleared).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conversation_has_one_notification_which_the_next_message_replaces_and_reading_takes_away() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let with_alice = Chat::User { user: UserId::new("alice")? };
    let on_show = || {
        let all = alice.notifications.all().into_iter().filter(|shown| shown.withdrawn_at.is_none());
        all.map(|shown| shown.body).collect::<Vec<_>>()
    };

    for text in ["one", "two", "three"] {
        bob.send_text(with_alice.clone(), text).await?;
        let alone = || async { (on_show() == [text]).then_some(()) };
        until(&format!("{text:?} to be the one that is shown"), PATIENCE, alone).await?;
    }

    alice.focus(&stage.display, "^Carillon$").await?;
    alice.app.click("person-bob").await?;
    until("what was read to be shown no more", PATIENCE, || async { on_show().is_empty().then_some(()) }).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_written_while_the_server_is_away_waits_and_arrives_once() -> Result<()> {
    let mut stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    alice.app.click("person-bob").await?;
    write(&alice, "before").await?;
    alice.app.says(testid::PERSON_CALLS, "before").await?;

    stage.server.crash()?;
    for text in ["one", "never mind", "two"] {
        write(&alice, text).await?;
    }
    alice.app.sees(testid::LINK).await?;
    alice.app.says(testid::PERSON_CALLS, "Waiting to send").await?;
    stage.keep_pictures_in_both_themes(&alice, "waiting-message").await?;
    discard(&alice, "never mind").await?;
    stage.server.start_again()?;

    assert_eq!(texts_told(&bob, 3).await?, ["before", "one", "two"]);
    alice.app.misses(testid::LINK).await
}

#[tokio::test(flavor = "multi_thread")]
async fn what_the_server_has_no_room_for_is_sent_once_when_it_is_tried_again() -> Result<()> {
    let mut stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    alice.app.click("person-bob").await?;
    stage.server.crash()?;
    stage.server.start_again_with(&["limits.message_megabytes_per_user=0"])?;

    write(&alice, "hello").await?;
    alice.app.says(testid::PERSON_CALLS, "Not sent").await?;
    alice.app.says(testid::PERSON_CALLS, "storage is full").await?;
    alice.app.click(testid::SEND_AGAIN).await?;
    alice.app.says(testid::PERSON_CALLS, "Not sent").await?;
    stage.server.crash()?;
    stage.server.start_again()?;
    alice.app.click(testid::SEND_AGAIN).await?;

    assert_eq!(texts_told(&bob, 1).await?, ["hello"]);
    alice.app.misses(testid::SEND_AGAIN).await?;
    assert_eq!(texts_told(&bob, 1).await?, ["hello"]);
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn messages_have_a_limit_an_unread_line_and_a_past() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let with_alice = Chat::User { user: UserId::new("alice")? };
    for number in 0..60 {
        let text = format!("message {number}");
        let write = || async { bob.send_text(with_alice.clone(), &text).await.ok() };
        until("the message to be taken, within what one may write", PATIENCE, write).await?;
    }

    alice.app.says("person-bob", "60").await?;
    alice.app.click("person-bob").await?;
    alice.app.sees(testid::UNREAD_LINE).await?;
    alice.app.says(testid::PERSON_CALLS, "message 59").await?;
    alice.app.click(testid::OLDER).await?;
    alice.app.says(testid::PERSON_CALLS, "message 0").await?;
    let long = "document.querySelector(`[data-testid=\"${arguments[0]}\"]`).value = 'x'.repeat(20000); \
                document.querySelector(`[data-testid=\"${arguments[0]}\"]`).dispatchEvent(new InputEvent('input', { bubbles: true }))";
    alice.app.run(long, vec![json!(testid::COMPOSER)]).await?;
    alice.app.says(testid::COMPOSER_LIMIT, "too many").await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_group_is_made_named_filled_and_left() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let (alice_id, bob_id) = (UserId::new("alice")?, UserId::new("bob")?);
    bob.add_contact(&alice_id).await?;
    alice.app.click(testid::OPEN_REQUESTS).await?;
    alice.app.click(&testid::accept(&bob_id)).await?;
    alice.app.says(testid::CONVERSATIONS, "bob's name").await?;

    alice.app.click(testid::NEW_GROUP).await?;
    alice.app.sees(testid::NEW_GROUP_PAGE).await?;
    alice.app.fill(testid::NEW_GROUP_NAME, "Team").await?;
    alice.app.click(testid::NEW_GROUP_CREATE).await?;
    alice.app.says(testid::GROUP, "Team").await?;
    alice.app.says(testid::CONVERSATIONS, "Team").await?;
    alice.app.click(testid::GROUP_DETAILS).await?;
    alice.app.fill(testid::GROUP_NAME, "Crew\u{e007}").await?;
    alice.app.says(testid::CONVERSATIONS, "Crew").await?;
    alice.app.click(testid::GROUP_ADD).await?;
    alice.app.sees(testid::PICKER).await?;
    alice.app.click(testid::PICKER_CANCEL).await?;
    alice.app.misses(testid::PICKER).await?;
    alice.app.click(testid::GROUP_ADD).await?;
    alice.app.click(&testid::choose(&bob_id)).await?;
    alice.app.click(testid::PICKER_DONE).await?;
    alice.app.says(testid::MEMBERS, "bob's name").await?;
    alice.app.sees(&testid::member(&bob_id)).await?;
    alice.app.click(&testid::member_menu(&bob_id)).await?;
    press_item(&alice, "Make admin").await?;
    alice.app.says(&testid::member(&bob_id), "Admin").await?;

    alice.app.click(testid::GROUP_LEAVE).await?;
    alice.app.click(testid::GROUP_LEAVE_CONFIRM).await?;
    alice.app.misses(testid::GROUP).await
}

#[tokio::test(flavor = "multi_thread")]
async fn a_room_is_found_and_entered() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let (room, _) = bob.create_group(GroupKind::Room, "Lobby", vec![]).await?;

    alice.app.fill(testid::SEARCH, "lob").await?;
    alice.app.says(testid::CONVERSATIONS, "Lobby").await?;
    alice.app.click(&testid::group(&room.group)).await?;
    alice.app.click(testid::ROOM_JOIN).await?;

    alice.app.sees(testid::COMPOSER).await?;
    let (_, members) = bob.group(&room.group).await?;
    ensure!(members.iter().any(|member| member.user.as_str() == "alice"), "{members:?}");
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn who_is_asked_into_a_group_declines_or_enters() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;
    let bob = stage.elsewhere("bob").await?;
    let alice_id = UserId::new("alice")?;
    let (crew, _) = bob.create_group(GroupKind::Group, "Crew", vec![alice_id.clone()]).await?;
    let (team, _) = bob.create_group(GroupKind::Group, "Team", vec![alice_id.clone()]).await?;
    let is_in = |group| {
        let (bob, alice_id) = (&bob, &alice_id);
        async move {
            let (_, members) = bob.group(group).await.ok()?;
            members.into_iter().find(|member| member.user == *alice_id).map(|member| !member.invited)
        }
    };

    alice.app.click(&testid::group(&crew.group)).await?;
    alice.app.click(testid::GROUP_DECLINE).await?;
    alice.app.misses(&testid::group(&crew.group)).await?;
    alice.app.click(&testid::group(&team.group)).await?;
    alice.app.click(testid::ROOM_JOIN).await?;
    alice.app.sees(testid::COMPOSER).await?;

    assert_eq!((is_in(&crew.group).await, is_in(&team.group).await), (None, Some(true)));
    Ok(())
}

#[tokio::test(flavor = "multi_thread")]
async fn ones_own_menu_says_how_one_can_be_reached_and_ends_the_program() -> Result<()> {
    let stage = Stage::set().await?;
    let alice = stage.actor("alice", Pitch::High).await?;

    for (choice, chosen) in
        [(testid::ME_AWAY, "Away"), (testid::ME_DO_NOT_DISTURB, "Do Not Disturb"), (testid::ME_AVAILABLE, "Available")]
    {
        alice.app.click(testid::ME).await?;
        alice.app.click(choice).await?;
        alice.app.says(testid::ME, chosen).await?;
    }
    alice.keeps("away", json!(false)).await?;
    alice.app.click(testid::ME).await?;
    alice.app.click_to_end(testid::QUIT).await
}

/// What stands in the conversation of Bob with Alice, once it is so many texts.
async fn texts_told(bob: &Connection, count: usize) -> Result<Vec<String>> {
    let with_alice = Chat::User { user: UserId::new("alice")? };
    let told = || async {
        let (messages, _) = bob.history(&with_alice, None, 20).await.ok()?;
        let texts: Vec<_> = messages.into_iter().rev().filter_map(|message| text_of(message.body)).collect();
        (texts.len() >= count).then_some(texts)
    };
    until("what was written", PATIENCE, told).await
}

/// Waits until Alice is this to somebody else.
async fn seen_as(by: &Connection, wanted: ContactState) -> Result<()> {
    let look = || async {
        let alice = by.search_users("alice").await.ok()?.into_iter().next()?;
        (alice.contact == wanted).then_some(())
    };
    until(&format!("Alice to be seen as {wanted:?}"), PATIENCE, look).await
}

async fn in_menu(actor: &Actor, item: &str) -> Result<()> {
    actor.app.click(testid::CHAT_MENU).await?;
    actor.app.click(item).await
}

/// Presses an entry of the open menu by its text.
async fn press_item(actor: &Actor, text: &str) -> Result<()> {
    let script = "const found = [...document.querySelectorAll('[role=menuitem]')].find((item) => item.textContent.trim() === arguments[0]); \
                  found?.click(); return !!found";
    let look = || async { (actor.app.run(script, vec![json!(text)]).await.ok()? == json!(true)).then_some(()) };
    until(&format!("{text:?} in the menu"), PATIENCE, look).await
}

async fn write(actor: &Actor, text: &str) -> Result<()> {
    actor.app.fill(testid::COMPOSER, text).await?;
    actor.app.click(testid::SEND).await
}

/// Presses *Discard* beside a message.
async fn discard(actor: &Actor, text: &str) -> Result<()> {
    let script = "const row = [...document.querySelectorAll('li.message')].find((row) => row.textContent.includes(arguments[1])); \
                  const button = row?.querySelector(`[data-testid=\"${arguments[0]}\"]`); button?.click(); return !!button";
    let look = || async {
        let pressed = actor.app.run(script, vec![json!(testid::DISCARD), json!(text)]).await.ok()?;
        (pressed == json!(true)).then_some(())
    };
    until(&format!("Discard beside {text:?}"), PATIENCE, look).await
}

fn text_of(body: MessageBody) -> Option<String> {
    match body {
        MessageBody::Text { text } => Some(text),
        _ => None,
    }
}
