//! How much may be said, and what texts cannot do.

use carillon_protocol::{
    Chat, Done, GroupId, GroupKind, MAX_FRAME_BYTES, MAX_PAGE, MAX_TEXT_BYTES, MessageBody, RefusalCode, Request,
    shown_name,
};
use serde_json::{Map, Value, json};

use crate::support::{Device, House, new_op, text_of, with, write};

/// What has meant something to some database, page or terminal.
const STRANGE: [&str; 16] = [
    "'; DROP TABLE messages; --",
    "\" OR \"\"=\"",
    "%",
    "_",
    r"\",
    "100% of _everything_ \\",
    "$1",
    "?1",
    "{{7*7}}",
    "<img src=x onerror=alert(1)>",
    "аlice", // the first letter is Cyrillic
    "ALICE",
    "Ꭺlice\u{301}",
    "\u{202e}ecila",
    "👩‍👩‍👧‍👦 مرحبا नमस्ते",
    "a\u{1}b\u{7f}c\u{feff}",
];

#[tokio::test]
async fn a_text_of_4_kib_is_taken_and_a_longer_or_an_empty_one_is_not() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let longest = "é".repeat(MAX_TEXT_BYTES / 2);

    alice.writes(&with("bob"), &longest).await;

    assert_eq!(bob.reads_text().await, longest);
    assert_eq!(alice.is_refused(write(&with("bob"), &format!("{longest}x"))).await, RefusalCode::TooLarge);
    for empty in ["", " \n\t", "nul\0"] {
        assert_eq!(alice.is_refused(write(&with("bob"), empty)).await, RefusalCode::Invalid, "{empty:?}");
    }
    bob.has_read_everything().await;
}

#[tokio::test]
async fn an_action_is_a_short_word_and_an_ext_is_small_and_flat() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    house.register("bob").await;
    let mut ask = async |action: &str, ext: Value| {
        let Value::Object(ext) = ext else { panic!("not an object") };
        let body = MessageBody::Command { action: action.into() };
        alice.ask(Request::SendMessage { chat: with("bob"), body, ext, reply_to: None }).await
    };
    let deep = (0..8).fold(json!({}), |inner, _| json!({ "in": inner }));

    for (action, ext, code) in [
        ("", json!({}), RefusalCode::Invalid),
        ("two\nlines", json!({}), RefusalCode::Invalid),
        (&"x".repeat(65), json!({}), RefusalCode::TooLarge),
        ("ask", json!({ "key": "x".repeat(4096) }), RefusalCode::TooLarge),
        ("ask", deep, RefusalCode::TooLarge),
    ] {
        let answer = ask(action, ext).await;
        assert!(matches!(&answer, carillon_protocol::Answer::Refused(refusal) if refusal.code == code), "{answer:?}");
    }
    assert!(matches!(ask(&"x".repeat(64), json!({ "key": "x".repeat(4000) })).await, carillon_protocol::Answer::Ok(_)));
}

#[tokio::test]
async fn a_page_of_the_longest_messages_fits_a_frame_and_says_that_there_are_more() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    // Each of these is six bytes in JSON.
    let heaviest = "\u{1}".repeat(MAX_TEXT_BYTES);
    for _ in 0..12 {
        alice.writes(&with("bob"), &heaviest).await;
    }

    let (mut after, mut pages, mut count) = (0, 0, 0);
    loop {
        let Done::Messages { messages, more } = bob.does(Request::MessagesAfter { after, limit: 1000 }).await else {
            panic!("no messages")
        };
        assert!(messages.iter().all(|message| text_of(message) == heaviest));
        (pages, count) = (pages + 1, count + messages.len());
        after = messages.last().expect("a page has at least one").pos;
        if !more {
            break;
        }
    }

    assert_eq!((count, pages), (12, 6), "two of them fit into {MAX_FRAME_BYTES} bytes");
}

#[tokio::test]
async fn a_page_has_at_most_fifty_messages_and_at_least_one() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    for number in 0..=MAX_PAGE {
        alice.writes(&with("bob"), &number.to_string()).await;
    }

    let mut page = async |limit| match bob.does(Request::History { chat: with("alice"), before: None, limit }).await {
        Done::Messages { messages, more } => (messages.len(), more),
        other => panic!("no messages: {other:?}"),
    };

    assert_eq!((page(u32::MAX).await, page(0).await), ((50, true), (1, true)));
}

#[tokio::test]
async fn a_list_of_conversations_fits_a_frame_and_goes_on_where_it_ends() {
    let house = House::with(|config| {
        config.limits.requests_per_minute = 10_000;
        config.limits.messages_at_once = 1_000;
    })
    .await;
    let mut alice = house.newcomer("alice").await;
    let name = "👪".repeat(64);
    for _ in 0..70 {
        let (group, _) = create(&mut alice, &name, &[]).await;
        alice.writes(&Chat::Group { group }, &"\u{1}".repeat(300)).await;
    }

    let (mut all, mut request) = (Vec::new(), Request::Conversations);
    loop {
        let Done::Conversations { conversations } = alice.does(request).await else { panic!("no conversations") };
        let Some(last) = conversations.last() else { break };
        request = Request::ConversationsAfter { chat: last.chat.clone() };
        all.extend(conversations.into_iter().map(|one| one.chat));
    }

    all.sort();
    all.dedup();
    assert_eq!(all.len(), 70);
}

#[tokio::test]
async fn whoever_writes_too_fast_is_refused_and_what_was_written_is_answered_again_all_the_same() {
    let house = House::with(|config| {
        config.limits.messages_per_second = 1;
        config.limits.messages_at_once = 3;
    })
    .await;
    let (mut laptop, mut phone) = (house.newcomer("alice").await, house.another("alice", "phone").await);
    house.register("bob").await;
    let op = new_op();

    let first = laptop.ask_as(op, write(&with("bob"), "1")).await;
    laptop.writes(&with("bob"), "2").await;
    laptop.writes(&with("bob"), "3").await;

    assert_eq!(phone.is_refused(write(&with("bob"), "one too many")).await, RefusalCode::RateLimited);
    assert_eq!(laptop.ask_as(op, write(&with("bob"), "1")).await, first);
}

/// S21.
#[tokio::test]
async fn strange_texts_arrive_as_they_are_and_do_nothing() {
    let house = House::with(|config| config.limits.requests_per_minute = 10_000).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);

    for strange in STRANGE {
        let ext = Map::from_iter([(strange.to_owned(), json!(strange))]);
        let body = MessageBody::Text { text: strange.into() };
        alice.does(Request::SendMessage { chat: with("bob"), body, ext: ext.clone(), reply_to: None }).await;
        let heard = bob.reads().await;
        assert_eq!((text_of(&heard).as_str(), heard.ext), (strange, ext));

        let raw = json!({ "type": "user", "user": strange });
        assert!(serde_json::from_value::<Chat>(raw).is_err() || strange == "_", "{strange:?} names nobody");
        let raw = json!({ "type": "group", "group": strange });
        assert!(serde_json::from_value::<Chat>(raw).is_err() || strange.is_ascii(), "{strange:?} names no group");
    }

    let Done::Messages { messages, .. } =
        bob.does(Request::History { chat: with("alice"), before: None, limit: 50 }).await
    else {
        panic!("no messages")
    };
    assert!(messages.iter().rev().map(text_of).eq(STRANGE));
}

/// S21, S25.
#[tokio::test]
async fn a_room_is_found_by_its_name_as_it_is_written_and_wildcards_stand_for_themselves() {
    let house = House::with(|config| config.limits.requests_per_minute = 10_000).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    for strange in STRANGE {
        let create =
            |name: &str| Request::CreateGroup { kind: GroupKind::Room, name: name.into(), members: Vec::new() };
        let shown = shown_name(strange);
        if shown != strange {
            assert_eq!(alice.is_refused(create(strange)).await, RefusalCode::NameRefused, "{strange:?}");
        }
        alice.does(create(&shown)).await;
    }
    let mut found = async |query: &str| match bob.does(Request::SearchRooms { query: query.into() }).await {
        Done::Groups { groups } => groups.into_iter().map(|group| group.name).collect::<Vec<_>>(),
        other => panic!("no rooms: {other:?}"),
    };

    assert_eq!(found("").await.len(), STRANGE.len());
    assert_eq!(found("%").await, ["%", r"100% of _everything_ \"]);
    assert_eq!(found("_").await, [r"100% of _everything_ \", "_"]);
    assert_eq!(found(r"\").await, [r"100% of _everything_ \", r"\"]);
    assert_eq!(found("' OR 1=1 --").await, [""; 0]);
    assert_eq!(found("alice").await, ["ALICE"], "what looks alike is something else");
    assert_eq!(found("ecila").await, ["ecila"], "nothing turns the text around it");
    assert_eq!(found("abc").await, ["abc"]);
}

async fn create(device: &mut Device, name: &str, members: &[&str]) -> (GroupId, usize) {
    let members = members.iter().map(|user| user.parse().unwrap()).collect();
    match device.does(Request::CreateGroup { kind: GroupKind::Group, name: name.into(), members }).await {
        Done::Group { group, members } => (group.group, members.len()),
        other => panic!("no group: {other:?}"),
    }
}
