//! What others learn of a user besides what they write: what has reached them, what they have read, that they are writing; and what a user
//! wants to hear of.

use carillon_protocol::{Chat, Conversation, Done, GroupKind, Receipts, RefusalCode, Request, Signal};

use crate::support::{Device, House, with};

#[tokio::test]
async fn a_message_is_delivered_and_then_read_and_its_author_sees_both_now_and_later() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let (one, two) = (alice.writes(&with("bob"), "one").await.pos, alice.writes(&with("bob"), "two").await.pos);
    assert_eq!(receipts(&mut alice).await, Receipts::default());

    bob.does(Request::MarkDelivered { up_to: two }).await;
    assert_eq!(heard(&mut alice).await, come(two, 0));
    bob.does(read(&with("alice"), one)).await;
    assert_eq!(heard(&mut alice).await, come(two, one));
    bob.does(Request::MarkDelivered { up_to: one }).await;

    alice.has_heard_nothing().await;
    let house = house.reopen().await;
    let mut alice = Device::link(&house.url(), alice.signed_in).await;
    assert_eq!(receipts(&mut alice).await, come(two, one));
}

#[tokio::test]
async fn what_is_delivered_says_nothing_of_other_conversations_and_nothing_beyond_what_is_there() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut carol = house.newcomer("carol").await;
    let ones = alice.writes(&with("bob"), "one").await.pos;
    carol.writes(&with("bob"), "two").await;

    bob.does(Request::MarkDelivered { up_to: u64::MAX }).await;
    assert_eq!(heard(&mut alice).await, come(ones, 0));
    let three = alice.writes(&with("bob"), "three").await.pos;
    assert_eq!(receipts(&mut alice).await, come(ones, 0), "what came later has not come by that");
    bob.does(Request::MarkDelivered { up_to: three }).await;

    assert_eq!(heard(&mut alice).await, come(three, 0));
}

#[tokio::test]
async fn who_does_not_share_what_they_read_does_not_see_it_of_others_either() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    bob.does(Request::SetReadReceipts { on: false }).await;
    assert!(matches!(bob.hears().await, Signal::AccountChanged(account) if account.hides_reading));
    let to_bob = alice.writes(&with("bob"), "to Bob").await.pos;
    let to_alice = bob.writes(&with("alice"), "to Alice").await.pos;

    bob.does(read(&with("alice"), to_bob)).await;
    alice.does(read(&with("bob"), to_alice)).await;

    assert_eq!(heard(&mut alice).await, come(to_bob, 0), "that it was delivered is no secret");
    let Signal::Read { .. } = bob.hears().await else { panic!("not of one's own reading") };
    assert_eq!(heard(&mut bob).await, come(to_alice, 0));
    bob.does(Request::SetReadReceipts { on: true }).await;
    assert!(matches!(bob.hears().await, Signal::AccountChanged(account) if !account.hides_reading));
    let again = alice.writes(&with("bob"), "again").await.pos;
    bob.does(read(&with("alice"), again)).await;
    let Signal::Read { .. } = alice.hears().await else { panic!("not of one's own reading") };
    assert_eq!(heard(&mut alice).await, come(again, again));
}

/// A block is never told: all stays as it was.
#[tokio::test]
async fn who_is_blocked_sees_no_message_come_further_and_nobody_write() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let pos = alice.writes(&with("bob"), "hello").await.pos;
    bob.does(Request::MarkDelivered { up_to: pos }).await;
    assert_eq!(heard(&mut alice).await, come(pos, 0));
    bob.does(Request::SetBlocked { user: alice.user(), blocked: true }).await;

    bob.does(read(&with("alice"), pos)).await;
    bob.does(typing(&with("alice"), true)).await;
    alice.writes(&with("bob"), "are you there?").await;
    bob.does(Request::MarkDelivered { up_to: u64::MAX }).await;
    alice.does(typing(&with("bob"), true)).await;

    alice.has_heard_nothing().await;
    assert_eq!(receipts(&mut alice).await, come(pos, 0));
    bob.does(Request::RecentCalls { limit: 0 }).await; // a word of typing would come before the answer, and is none
}

#[tokio::test]
async fn that_somebody_writes_is_told_to_the_links_of_the_others_and_kept_nowhere() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    alice.writes(&with("bob"), "hello").await;
    bob.reads().await;

    alice.does(typing(&with("bob"), true)).await;
    assert_eq!(bob.hears_typing().await, (with("alice"), alice.user(), true));
    alice.does(typing(&with("bob"), false)).await;
    assert_eq!(bob.hears_typing().await, (with("alice"), alice.user(), false));

    alice.does(typing(&with("bob"), true)).await;
    let mut tablet = house.another("bob", "tablet").await;
    tablet.does(Request::RecentCalls { limit: 0 }).await; // nothing waited for it
}

#[tokio::test]
async fn strangers_hear_of_no_writing_and_members_of_a_group_do() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut carol = house.newcomer("carol").await;
    house.befriend(&["alice", "bob"]);
    let made = Request::CreateGroup { kind: GroupKind::Group, name: "team".into(), members: vec![bob.user()] };
    let Done::Group { group, .. } = alice.does(made).await else { panic!("no group") };
    let chat = Chat::Group { group: group.group };

    carol.does(typing(&chat, true)).await;
    carol.does(typing(&with("alice"), true)).await;
    alice.does(typing(&chat, true)).await;

    assert_eq!(bob.hears_typing().await, (chat, alice.user(), true), "Carol is in neither");
    alice.does(Request::RecentCalls { limit: 0 }).await; // nor did Alice hear of her
}

#[tokio::test]
async fn writing_is_told_so_often_and_no_more() {
    let house = House::with(|config| config.limits.typing_per_minute = 3).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    alice.writes(&with("bob"), "hello").await;
    bob.reads().await;

    for _ in 0..3 {
        alice.does(typing(&with("bob"), true)).await;
    }

    assert_eq!(alice.is_refused(typing(&with("bob"), true)).await, RefusalCode::RateLimited);
    alice.writes(&with("bob"), "the words themselves").await;
}

#[tokio::test]
async fn a_conversation_is_muted_on_all_devices_of_its_user_and_for_nobody_else() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mut phone = house.another("bob", "phone").await;
    alice.writes(&with("bob"), "hello").await;

    bob.does(Request::SetChatMuted { chat: with("alice"), muted: true }).await;

    let muted = Signal::ChatMuted { chat: with("alice"), muted: true };
    assert_eq!((bob.hears().await, phone.hears().await), (muted.clone(), muted));
    assert!(listed(&mut phone).await.muted && !listed(&mut alice).await.muted);
    let elsewhere = Request::SetChatMuted { chat: with("nobody"), muted: true };
    assert_eq!(bob.is_refused(elsewhere).await, RefusalCode::NotFound);
    alice.has_heard_nothing().await;
}

async fn alice_and_bob() -> (House, Device, Device) {
    let house = House::open().await;
    let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    (house, alice, bob)
}

fn come(delivered_up_to: u64, read_up_to: u64) -> Receipts {
    Receipts { delivered_up_to, read_up_to }
}

/// The next signal must say how far this device's user's messages have come.
async fn heard(device: &mut Device) -> Receipts {
    match device.hears().await {
        Signal::ReceiptsChanged { receipts, .. } => receipts,
        other => panic!("not of receipts: {other:?}"),
    }
}

async fn receipts(device: &mut Device) -> Receipts {
    listed(device).await.receipts
}

/// The latest conversation.
async fn listed(device: &mut Device) -> Conversation {
    match device.does(Request::Conversations).await {
        Done::Conversations { mut conversations } => conversations.remove(0),
        other => panic!("no conversations: {other:?}"),
    }
}

fn read(chat: &Chat, up_to: u64) -> Request {
    Request::MarkRead { chat: chat.clone(), up_to }
}

fn typing(chat: &Chat, typing: bool) -> Request {
    Request::SetTyping { chat: chat.clone(), typing }
}
