//! Messages between devices on real links: each once, in order, and none lost.

use std::time::Duration;

use carillon_protocol::{
    Answer, Chat, ClientFrame, Conversation, Done, GroupKind, Message, MessageBody, PendingRequest, Receipts,
    RefusalCode, Request, Signal,
};
use serde_json::{Map, json};

use crate::support::{Device, House, new_op, text_of, with, write};

#[tokio::test]
async fn a_message_reaches_all_devices_of_both_and_the_one_that_wrote_it_by_its_answer_only() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let mut alices_phone = house.another("alice", "phone").await;
    let (mut bob, mut bobs_phone) = (house.newcomer("bob").await, house.another("bob", "phone").await);

    let sent = alice.writes(&with("bob"), "hello, Bob").await;

    assert_eq!((sent.from.as_str(), sent.from_name.as_str(), &sent.chat), ("alice", "alice", &with("bob")));
    assert_eq!(alices_phone.reads().await, sent);
    for device in [&mut bob, &mut bobs_phone] {
        assert_eq!(device.reads().await, Message { chat: with("alice"), ..sent.clone() });
    }
    alice.has_read_everything().await;
}

#[tokio::test]
async fn a_repeated_message_is_sent_once_and_answered_alike_whatever_came_between() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let op = new_op();

    let first = alice.ask_as(op, write(&with("bob"), "once")).await;
    let mut alice = alice.relink().await;
    let second = alice.ask_as(op, write(&with("bob"), "once")).await;
    alice.writes(&with("bob"), "another").await;
    assert_eq!((bob.reads_text().await, bob.reads_text().await), ("once".into(), "another".into()));
    let house = house.reopen().await;
    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    let third = alice.ask_as(op, write(&with("bob"), "once")).await;

    assert!(matches!(&first, Answer::Ok(Done::Sent { message }) if text_of(message) == "once"));
    assert_eq!((&first, &first), (&second, &third));
    let mut bob = Device::link(&house.url(), bob.signed_in).await;
    assert_eq!(history(&mut bob, &with("alice"), None, 50).await.0, ["another", "once"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn all_devices_read_in_the_one_order_of_the_places() {
    const EACH: usize = 25;
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (mut alices, mut bobs) = (house.another("alice", "phone").await, house.another("bob", "phone").await);

    let (toward_bob, toward_alice) = (with("bob"), with("alice"));
    tokio::join!(write_many(&mut alice, &toward_bob, EACH), write_many(&mut bob, &toward_alice, EACH));

    let (one, other) = (places(&mut alices, 2 * EACH).await, places(&mut bobs, 2 * EACH).await);
    assert!(one.is_sorted(), "{one:?}");
    assert_eq!(one, other);
}

#[tokio::test]
async fn whoever_was_away_for_long_asks_for_what_was_missed_and_has_all_of_it() {
    let house = House::with(|config| config.limits.outbox = 4).await;
    let (mut alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    let known = alice.writes(&with("bob"), "before").await.pos;
    let (bobs, session) = (bob.signed_in.clone(), bob.session);
    drop(bob);
    for number in 0..25 {
        alice.writes(&with("bob"), &format!("from Alice {number}")).await;
        carol.writes(&with("bob"), &format!("from Carol {number}")).await;
        alice.writes(&with("carol"), "between others").await;
    }

    let mut bob = Device::link_with(&house.url(), bobs, Some((session, 0))).await;

    let latest = bob.snapshot.as_ref().expect("too much was missed to go on").latest_message;
    let missed = missed_after(&mut bob, known, 7).await;
    assert_eq!(missed.last().map(|message| message.pos), Some(latest));
    let texts: Vec<String> = missed.iter().map(text_of).collect();
    let expected: Vec<_> = (0..25).flat_map(|n| [format!("from Alice {n}"), format!("from Carol {n}")]).collect();
    assert_eq!(texts, expected);
}

#[tokio::test]
async fn somebody_who_has_never_had_a_link_finds_what_was_written_to_them() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let bobs = house.register("bob").await;
    let sent = alice.writes(&with("bob"), "for later").await;

    let mut bob = Device::link(&house.url(), bobs).await;

    assert_eq!(bob.snapshot.as_ref().map(|snapshot| snapshot.latest_message), Some(sent.pos));
    let [conversation] = conversations(&mut bob).await.try_into().expect("one conversation");
    assert_eq!((&conversation.chat, conversation.name.as_str(), conversation.unread), (&with("alice"), "alice", 1));
    assert_eq!(conversation.last.as_ref().map(text_of).as_deref(), Some("for later"));
}

#[tokio::test]
async fn what_is_read_on_one_device_is_read_on_all() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    let (mut laptop, mut phone) = (house.newcomer("bob").await, house.another("bob", "phone").await);
    let mut sent = Vec::new();
    for text in ["one", "two", "three"] {
        sent.push(alice.writes(&with("bob"), text).await.pos);
    }
    laptop.writes(&with("alice"), "an answer").await;
    assert_eq!(conversations(&mut phone).await[0].unread, 3, "one's own do not count");

    laptop.does(mark(&with("alice"), sent[1])).await;

    let read = Signal::Read { chat: with("alice"), up_to: sent[1], unread: 1 };
    assert_eq!((laptop.hears().await, phone.hears().await), (read.clone(), read));
    let [conversation] = conversations(&mut phone).await.try_into().expect("one conversation");
    assert_eq!((conversation.unread, conversation.read_up_to), (1, sent[1]));
    let receipts = Receipts { delivered_up_to: sent[1], read_up_to: sent[1] };
    assert_eq!(alice.hears().await, Signal::ReceiptsChanged { chat: with("bob"), receipts });
    alice.has_heard_nothing().await;
}

#[tokio::test]
async fn a_mark_never_goes_back_and_never_beyond_what_is_there() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (one, two) = (alice.writes(&with("bob"), "one").await.pos, alice.writes(&with("bob"), "two").await.pos);

    bob.does(mark(&with("alice"), u64::MAX)).await;
    assert_eq!(bob.hears().await, Signal::Read { chat: with("alice"), up_to: two, unread: 0 });
    bob.does(mark(&with("alice"), one)).await;
    bob.has_heard_nothing().await;
    alice.writes(&with("bob"), "three").await;

    assert_eq!(conversations(&mut bob).await[0].unread, 1);
}

#[tokio::test]
async fn a_history_is_read_by_pages_from_the_newest() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    write_many(&mut alice, &with("bob"), 5).await;
    bob.does(command(&with("alice"), "typing")).await;

    let (newest, oldest, more) = history(&mut bob, &with("alice"), None, 3).await;
    assert_eq!((newest, more), (vec!["5".into(), "4".into(), "3".into()], true), "no commands");
    let (rest, _, more) = history(&mut bob, &with("alice"), oldest, 3).await;

    assert_eq!((rest, more), (vec!["2".into(), "1".into()], false));
}

#[tokio::test]
async fn a_command_reaches_the_other_and_is_neither_unread_nor_history() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let ext = Map::from_iter([("answer".to_owned(), json!(42))]);
    let body = MessageBody::Command { action: "ask".into() };

    alice.does(Request::SendMessage { chat: with("bob"), body: body.clone(), ext: ext.clone(), reply_to: None }).await;

    let heard = bob.reads().await;
    assert_eq!((&heard.body, &heard.ext), (&body, &ext));
    assert_eq!(history(&mut bob, &with("alice"), None, 50).await.0, [""; 0]);
    assert_eq!(conversations(&mut bob).await[0].unread, 0);
    assert_eq!(missed_after(&mut bob, 0, 50).await, [heard], "but it is not lost");
}

#[tokio::test]
async fn the_latest_conversation_is_first_and_the_list_goes_on_after_any_of_them() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;
    for user in ["bob", "carol", "dora"] {
        house.register(user).await;
        alice.writes(&with(user), "hello").await;
    }
    alice.writes(&with("bob"), "again").await;

    let all = conversations(&mut alice).await;
    let Done::Conversations { conversations: rest } =
        alice.does(Request::ConversationsAfter { chat: with("bob") }).await
    else {
        panic!("no conversations")
    };

    let chats: Vec<_> = all.iter().map(|one| one.chat.clone()).collect();
    assert_eq!(chats, [with("bob"), with("dora"), with("carol")]);
    assert_eq!(rest, all[1..]);
    let none = alice.does(Request::ConversationsAfter { chat: with("carol") }).await;
    assert_eq!(none, Done::Conversations { conversations: Vec::new() });
}

#[tokio::test]
async fn old_messages_go_if_the_operator_wants_it_and_places_are_never_given_twice() {
    let house = House::open().await;
    let (mut alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    alice.writes(&with("bob"), "old").await;
    house.server.advance_clock(Duration::from_secs(2 * 3600));
    let last = alice.writes(&with("bob"), "new").await.pos;

    let folder = house.folder;
    house.server.shutdown().await;
    let mut config = crate::support::choices(&folder);
    config.patience.messages = Duration::from_millis(1);
    config.limits.requests_per_minute = 1_000_000;
    let house = House { server: carillon_server::Server::start(config).await.unwrap(), folder };

    let mut bob = Device::link(&house.url(), bob.signed_in).await;
    while history(&mut bob, &with("alice"), None, 50).await.0 != ["new"] {}
    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    assert!(alice.writes(&with("bob"), "newest").await.pos > last);
}

#[tokio::test]
async fn whom_one_cannot_write_to_is_said() {
    let house = House::open().await;
    let mut alice = house.newcomer("alice").await;

    assert_eq!(alice.is_refused(write(&with("nobody"), "hello")).await, RefusalCode::UnknownUser);
    assert_eq!(alice.is_refused(write(&with("alice"), "hello")).await, RefusalCode::Invalid);
}

#[tokio::test]
async fn whoever_is_blocked_writes_to_the_one_in_vain_unknowingly_and_on_in_the_group() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    house.befriend(&["alice", "bob"]);
    let members = vec![bob.user()];
    let request = Request::CreateGroup { kind: GroupKind::Group, name: "team".into(), members: members.clone() };
    let Done::Group { group, .. } = alice.does(request).await else { panic!("no group") };
    let Signal::GroupChanged(known) = bob.hears().await else { panic!("not of the group") };
    alice.writes(&with("bob"), "before").await;
    bob.reads().await;

    bob.does(Request::SetBlocked { user: alice.user(), blocked: true }).await;

    let unheard = alice.writes(&with("bob"), "please").await;
    assert_eq!(history(&mut alice, &with("bob"), None, 50).await.0, ["please", "before"]);
    alice.writes(&Chat::Group { group: group.group }, "to all").await;
    assert!(matches!(bob.hears().await, Signal::PersonChanged(_)));
    assert_eq!(bob.reads_text().await, "to all");
    let second = Request::CreateGroup { kind: GroupKind::Group, name: "a trap".into(), members };
    let Done::Group { group: trap, members } = alice.does(second).await else { panic!("no group") };
    assert_eq!((trap.members, members.len(), members[1].invited), (2, 2, false), "as of a contact who takes no notice");
    assert_eq!(bob.does(Request::Groups).await, Done::Groups { groups: vec![known] });
    bob.has_heard_nothing().await;
    bob.does(Request::SetBlocked { user: alice.user(), blocked: false }).await;
    assert!(matches!(bob.hears().await, Signal::PersonChanged(person) if !person.blocked));
    let heard = alice.writes(&with("bob"), "thank you").await;
    assert!(heard.pos > unheard.pos);
    assert_eq!(bob.reads_text().await, "thank you");
    assert_eq!(history(&mut bob, &with("alice"), None, 50).await.0, ["thank you", "before"]);
}

#[tokio::test]
async fn nobody_reads_the_messages_of_others() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut mallory = house.newcomer("mallory").await;
    let pos = alice.writes(&with("bob"), "between us").await.pos;
    bob.reads().await;

    for chat in [with("bob"), with("alice"), with("nobody")] {
        assert_eq!(history(&mut mallory, &chat, None, 50).await.0, [""; 0]);
        assert_eq!(mallory.is_refused(mark(&chat, pos)).await, RefusalCode::NotFound);
        let after = Request::ConversationsAfter { chat };
        assert_eq!(mallory.is_refused(after).await, RefusalCode::NotFound);
    }
    assert_eq!(missed_after(&mut mallory, 0, 50).await, []);
    assert_eq!(conversations(&mut mallory).await, []);
    mallory.has_read_everything().await;
}

#[tokio::test]
async fn a_message_that_is_sent_while_the_link_breaks_is_there_once() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let op = new_op();
    alice.send(&ClientFrame::Request(PendingRequest { op_id: op, body: write(&with("bob"), "into the dark") })).await;

    let mut alice = alice.relink().await;
    let answer = alice.ask_as(op, write(&with("bob"), "into the dark")).await;

    assert!(matches!(answer, Answer::Ok(Done::Sent { .. })), "{answer:?}");
    assert_eq!(bob.reads_text().await, "into the dark");
    bob.has_read_everything().await;
}

fn command(chat: &Chat, action: &str) -> Request {
    Request::SendMessage {
        chat: chat.clone(),
        body: MessageBody::Command { action: action.into() },
        ext: Map::new(),
        reply_to: None,
    }
}

fn mark(chat: &Chat, up_to: u64) -> Request {
    Request::MarkRead { chat: chat.clone(), up_to }
}

async fn write_many(device: &mut Device, chat: &Chat, count: usize) {
    for number in 1..=count {
        device.writes(chat, &number.to_string()).await;
    }
}

async fn places(device: &mut Device, count: usize) -> Vec<u64> {
    let mut places = Vec::new();
    while places.len() < count {
        places.push(device.reads().await.pos);
    }
    places
}

/// The texts of a page, the place of its last one, and whether there are more.
async fn history(
    device: &mut Device,
    chat: &Chat,
    before: Option<u64>,
    limit: u32,
) -> (Vec<String>, Option<u64>, bool) {
    match device.does(Request::History { chat: chat.clone(), before, limit }).await {
        Done::Messages { messages, more } => {
            (messages.iter().map(text_of).collect(), messages.last().map(|message| message.pos), more)
        }
        other => panic!("no messages: {other:?}"),
    }
}

async fn missed_after(device: &mut Device, after: u64, limit: u32) -> Vec<Message> {
    let (mut missed, mut after) = (Vec::new(), after);
    loop {
        let Done::Messages { messages, more } = device.does(Request::MessagesAfter { after, limit }).await else {
            panic!("no messages")
        };
        assert!(messages.len() <= limit as usize);
        missed.extend(messages);
        match missed.last() {
            Some(last) if more => after = last.pos,
            _ => return missed,
        }
    }
}

async fn conversations(device: &mut Device) -> Vec<Conversation> {
    match device.does(Request::Conversations).await {
        Done::Conversations { conversations } => conversations,
        other => panic!("no conversations: {other:?}"),
    }
}
