//! Texts that answer others, are edited and taken back, and what a group's conversation says of the group itself.

use std::time::Duration;

use carillon_protocol::{
    Chat, Done, GroupEvent, GroupKind, GroupRole, MAX_TEXT_BYTES, Message, MessageBody, RefusalCode, Request, Signal,
};

use crate::support::{Device, House, text_of, with};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn an_edited_text_says_so_and_is_as_new_on_all_devices_and_in_the_history() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut alices_phone = house.another("alice", "phone").await;
    let sent = alice.writes(&with("bob"), "see you at nine").await;
    bob.reads().await;

    let Done::Sent { message } = alice.does(edit(&with("bob"), sent.pos, "see you at ten")).await else {
        panic!("not edited")
    };

    assert_eq!((text_of(&message).as_str(), message.pos, message.at_ms), ("see you at ten", sent.pos, sent.at_ms));
    assert!(message.edited_at_ms.is_some());
    assert_eq!(alice.hears().await, Signal::MessageChanged(message.clone()));
    assert_eq!(alices_phone.hears().await, Signal::MessageChanged(message.clone()));
    let as_bob_sees_it = Message { chat: with("alice"), ..message };
    assert_eq!(bob.hears().await, Signal::MessageChanged(as_bob_sees_it.clone()));
    assert_eq!(history(&mut bob, &with("alice")).await, [as_bob_sees_it]);
}

#[tokio::test]
async fn of_a_deleted_text_nothing_is_left_but_that_there_was_one_and_it_is_unread_no_more() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    alice.writes(&with("bob"), "first").await;
    let sent = alice.writes(&with("bob"), "a secret by mistake").await;

    alice.does(delete(&with("bob"), sent.pos)).await;
    alice.does(delete(&with("bob"), sent.pos)).await;

    assert!(matches!(bob.hears().await, Signal::MessageChanged(one) if one.body == MessageBody::Deleted));
    bob.has_heard_nothing().await;
    let shown = history(&mut bob, &with("alice")).await;
    assert_eq!((&shown[0].body, shown[0].pos), (&MessageBody::Deleted, sent.pos));
    let Done::Conversations { conversations } = bob.does(Request::Conversations).await else { panic!("no list") };
    assert_eq!(conversations[0].unread, 1);
    assert_eq!(conversations[0].last.as_ref().map(text_of).as_deref(), Some("first"));
    assert_eq!(alice.is_refused(edit(&with("bob"), sent.pos, "again")).await, RefusalCode::NotAllowed);
    let database = rusqlite::Connection::open(house.folder.0.join("carillon.db")).unwrap();
    let pos = i64::try_from(sent.pos).unwrap();
    let (kind, body): (String, String) = database
        .query_row("SELECT kind, body FROM messages WHERE pos = ?1", [pos], |row| Ok((row.get(0)?, row.get(1)?)))
        .unwrap();
    assert_eq!((kind.as_str(), body.as_str()), ("deleted", ""));
}

#[tokio::test]
async fn only_its_author_changes_a_text_within_a_day_by_the_servers_clock() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut carol = house.newcomer("carol").await;
    let sent = alice.writes(&with("bob"), "hello").await;
    bob.reads().await;

    for request in [edit(&with("alice"), sent.pos, "bye"), delete(&with("alice"), sent.pos)] {
        assert_eq!(bob.is_refused(request).await, RefusalCode::NotAllowed);
    }
    for chat in [with("alice"), with("bob")] {
        assert_eq!(carol.is_refused(delete(&chat, sent.pos)).await, RefusalCode::NotFound, "none of hers");
    }
    assert_eq!(alice.is_refused(edit(&with("bob"), sent.pos + 1, "bye")).await, RefusalCode::NotFound);
    assert_eq!(alice.is_refused(edit(&with("bob"), sent.pos, " ")).await, RefusalCode::Invalid);
    let long = "x".repeat(MAX_TEXT_BYTES + 1);
    assert_eq!(alice.is_refused(edit(&with("bob"), sent.pos, &long)).await, RefusalCode::TooLarge);

    house.server.advance_clock(DAY - Duration::from_secs(60));
    alice.does(edit(&with("bob"), sent.pos, "good evening")).await;
    house.server.advance_clock(Duration::from_secs(120));
    for request in [edit(&with("bob"), sent.pos, "too late"), delete(&with("bob"), sent.pos)] {
        assert_eq!(alice.is_refused(request).await, RefusalCode::NotAllowed);
    }
}

/// No new words reach who has blocked their author, and the author learns nothing of it.
#[tokio::test]
async fn what_an_author_changes_whom_the_other_has_blocked_reaches_nobody() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let (one, two) = (alice.writes(&with("bob"), "one").await, alice.writes(&with("bob"), "two").await);
    bob.reads().await;
    bob.reads().await;
    bob.does(Request::SetBlocked { user: alice.user(), blocked: true }).await;
    assert!(matches!(bob.hears().await, Signal::PersonChanged(_)));

    assert!(matches!(alice.does(edit(&with("bob"), one.pos, "you will read this")).await, Done::Sent { .. }));
    alice.does(delete(&with("bob"), two.pos)).await;

    bob.has_heard_nothing().await;
    bob.has_read_everything().await;
    assert_eq!(history(&mut bob, &with("alice")).await, [], "nor by asking");
    let seen_by_alice: Vec<_> = history(&mut alice, &with("bob")).await.into_iter().map(|one| one.body).collect();
    assert_eq!(seen_by_alice, [MessageBody::Deleted, MessageBody::Text { text: "you will read this".into() }]);
}

#[tokio::test]
async fn an_answer_carries_what_it_answers_as_that_is_by_now() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut carol = house.newcomer("carol").await;
    let asked = alice.writes(&with("bob"), "nine or ten?").await;
    let elsewhere = carol.writes(&with("alice"), "hello").await;
    bob.reads().await;

    let Done::Sent { message } = bob.does(reply(&with("alice"), asked.pos, "ten")).await else { panic!("not sent") };

    let quote = message.reply_to.clone().unwrap();
    assert_eq!((quote.pos, quote.from.as_str(), quote.text.as_str()), (asked.pos, "alice", "nine or ten?"));
    alice.reads().await;
    assert_eq!(alice.reads().await.reply_to, Some(quote));
    assert_eq!(bob.is_refused(reply(&with("alice"), elsewhere.pos, "who?")).await, RefusalCode::NotFound);

    alice.does(edit(&with("bob"), asked.pos, "nine or eleven?")).await;
    let quoted = |all: &[Message]| all[0].reply_to.clone().unwrap().text;
    assert_eq!(quoted(&history(&mut bob, &with("alice")).await), "nine or eleven?");
    alice.does(delete(&with("bob"), asked.pos)).await;
    assert_eq!(quoted(&history(&mut bob, &with("alice")).await), "", "what is deleted is deleted there too");
}

#[tokio::test]
async fn a_groups_conversation_says_who_came_who_went_what_it_is_called_and_whose_it_is() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    house.befriend(&["alice", "bob", "carol"]);
    let members = vec![bob.user()];
    let made = Request::CreateGroup { kind: GroupKind::Group, name: "team".into(), members };
    let Done::Group { group, .. } = alice.does(made).await else { panic!("no group") };
    let id = group.group;

    alice.does(Request::AddMembers { group: id.clone(), users: vec![carol.user()] }).await;
    alice.does(Request::RenameGroup { group: id.clone(), name: "crew".into() }).await;
    alice.does(Request::SetGroupRole { group: id.clone(), user: bob.user(), role: GroupRole::Owner }).await;
    carol.does(Request::LeaveGroup { group: id.clone() }).await;
    bob.does(Request::RemoveMember { group: id.clone(), user: alice.user() }).await;

    let chat = Chat::Group { group: id };
    let told: Vec<_> = history(&mut bob, &chat).await.into_iter().rev().map(|line| (line.from, line.body)).collect();
    let expected = [
        (alice.user(), GroupEvent::Added { users: vec![carol.user()] }),
        (alice.user(), GroupEvent::Renamed { name: "crew".into() }),
        (alice.user(), GroupEvent::NewOwner { user: bob.user() }),
        (carol.user(), GroupEvent::Left),
        (bob.user(), GroupEvent::Removed { user: alice.user() }),
    ];
    assert_eq!(told, expected.map(|(from, event)| (from, MessageBody::Event { event })));
    let Done::Conversations { conversations } = bob.does(Request::Conversations).await else { panic!("no list") };
    assert_eq!((conversations[0].unread, &conversations[0].last), (0, &None), "it is nothing to read");
    let forged = Request::SendMessage {
        chat,
        body: MessageBody::Event { event: GroupEvent::NewOwner { user: carol.user() } },
        ext: serde_json::Map::new(),
        reply_to: None,
    };
    assert_eq!(bob.is_refused(forged).await, RefusalCode::Invalid);
}

async fn alice_and_bob() -> (House, Device, Device) {
    let house = House::open().await;
    let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    (house, alice, bob)
}

async fn history(device: &mut Device, chat: &Chat) -> Vec<Message> {
    match device.does(Request::History { chat: chat.clone(), before: None, limit: 50 }).await {
        Done::Messages { messages, .. } => messages,
        other => panic!("no messages: {other:?}"),
    }
}

fn edit(chat: &Chat, pos: u64, text: &str) -> Request {
    Request::EditMessage { chat: chat.clone(), pos, text: text.into() }
}

fn delete(chat: &Chat, pos: u64) -> Request {
    Request::DeleteMessage { chat: chat.clone(), pos }
}

fn reply(chat: &Chat, pos: u64, text: &str) -> Request {
    let body = MessageBody::Text { text: text.into() };
    Request::SendMessage { chat: chat.clone(), body, ext: serde_json::Map::new(), reply_to: Some(pos) }
}
