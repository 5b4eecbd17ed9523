//! Calls as messages: what an invitation leaves in the conversation.

use carillon_protocol::{CallType, Conversation, Done, Invitation, MessageBody, Request, Signal};
use serde_json::json;

use crate::support::{Device, House, accept, invite, new_op, with};

#[tokio::test]
async fn the_invitation_of_a_call_is_a_text_in_the_conversation_of_the_two() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);

    let call = alice.invites("bob").await;

    let (mine, theirs) = (alice.reads().await, {
        bob.rings().await;
        bob.reads().await
    });
    assert_eq!((&mine.chat, &theirs.chat, mine.pos), (&with("bob"), &with("alice"), theirs.pos));
    assert_eq!((theirs.call, theirs.from.as_str()), (Some(call), "alice"));
    assert_eq!(theirs.body, MessageBody::Text { text: "hello".into() });
    let ext = &theirs.ext;
    assert_eq!((&ext["action"], &ext["msgType"]), (&json!("invite"), &json!("rtcCallWithAgora")));
    assert_eq!((&ext["callId"], &ext["type"], &ext["callerIMName"]), (&json!(call), &json!(0), &json!("alice")));
    assert_eq!(ext["callerDevId"], json!(alice.signed_in.device));
    assert!(ext["channelName"].is_string() && ext["ts"].is_u64() && !ext.contains_key("carillon.call"));
}

#[tokio::test]
async fn an_invitation_without_words_says_what_it_is() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let Request::Invite(invitation) = invite("bob") else { panic!("no invitation") };

    alice.does(Request::Invite(Invitation { message: " \n".into(), call_type: CallType::Video, ..invitation })).await;

    bob.rings().await;
    let message = bob.reads().await;
    assert_eq!(message.body, MessageBody::Text { text: "Video call".into() });
    assert_eq!(message.ext["carillon.call"], json!("video"));
}

#[tokio::test]
async fn a_repeated_invitation_and_one_that_crosses_another_leave_one_text() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (op, request) = (new_op(), invite("bob"));
    alice.ask_as(op, request.clone()).await;
    alice.ask_as(op, request).await;

    let done = bob.does(invite("alice")).await;

    assert!(matches!(done, Done::Joined { .. }), "{done:?}");
    let (mine, theirs) = (alice.reads().await, {
        bob.rings().await;
        bob.reads().await
    });
    assert_eq!(mine.id, theirs.id);
    alice.has_read_everything().await;
    bob.has_read_everything().await;
}

#[tokio::test]
async fn the_text_of_a_call_to_whoever_has_blocked_its_caller_is_seen_by_the_caller_only() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    bob.does(Request::SetBlocked { user: alice.user(), blocked: true }).await;

    let call = alice.invites("bob").await;

    assert_eq!(alice.reads().await.call, Some(call));
    let alices = conversations(&mut alice).await;
    assert_eq!((alices.len(), alices[0].last.as_ref().and_then(|last| last.call)), (1, Some(call)));
    bob.has_read_everything().await;
    assert_eq!(conversations(&mut bob).await, []);
    let request = Request::History { chat: with("alice"), before: None, limit: 50 };
    assert_eq!(bob.does(request).await, Done::Messages { messages: vec![], more: false });
    let request = Request::MessagesAfter { after: 0, limit: 50 };
    assert_eq!(bob.does(request).await, Done::Messages { messages: vec![], more: false });
    let bob = Device::link(&house.url(), bob.signed_in).await;
    assert_eq!(bob.snapshot.map(|snapshot| snapshot.latest_message), Some(0));
}

#[tokio::test]
async fn a_call_that_is_refused_leaves_no_text_and_one_that_finds_its_callee_busy_does() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.reads().await;
    bob.does(accept(call)).await;

    carol.is_refused(invite("carol")).await;
    carol.has_read_everything().await;
    let busy = carol.invites("bob").await;

    assert!(matches!(bob.hears().await, Signal::CallLogged(entry) if entry.call == busy));
    assert_eq!((bob.reads().await.call, carol.reads().await.call), (Some(busy), Some(busy)));
}

async fn conversations(device: &mut Device) -> Vec<Conversation> {
    match device.does(Request::Conversations).await {
        Done::Conversations { conversations } => conversations,
        other => panic!("no conversations: {other:?}"),
    }
}
