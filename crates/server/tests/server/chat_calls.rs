//! Calls as messages: what an invitation leaves in the conversation.

use std::collections::BTreeSet;

use carillon_protocol::{
    CallKind, CallScope, Chat, Conversation, Done, EndReason, GroupId, GroupKind, Invitation, MessageBody, RefusalCode,
    Request, Signal,
};
use serde_json::json;

use crate::support::{Device, House, accept, invite, invite_to, new_op, text_of, with};

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

    alice
        .does(Request::Invite(Invitation {
            message: " \n".into(),
            scope: CallScope::Pair { kind: CallKind::Video },
            ..invitation
        }))
        .await;

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
    assert!(matches!(carol.hears().await, Signal::Ended(ended) if ended.call == busy));
    assert!(matches!(carol.hears().await, Signal::CallLogged(entry) if entry.call == busy));
    assert_eq!((bob.reads().await.call, carol.reads().await.call), (Some(busy), Some(busy)));
}

#[tokio::test]
async fn a_group_invitation_is_a_text_in_the_group_and_a_command_to_everybody_who_is_asked() {
    let (_house, [mut alice, mut bob, mut carol], group) = team().await;

    let done = alice.does(group_invite(&group, &["bob"])).await;

    let Done::Calling { call, .. } = done else { panic!("not calling: {done:?}") };
    let text = carol.reads().await;
    assert_eq!(
        (&text.chat, text.call, text.from.as_str()),
        (&Chat::Group { group: group.clone() }, Some(call), "alice")
    );
    assert_eq!(text.body, MessageBody::Text { text: "Group voice call".into() });
    assert_eq!((&text.ext["carillon.call"], &text.ext["type"]), (&json!("group_voice"), &json!(3)));
    assert_eq!(text.ext["ext"], json!({ "groupId": group, "groupName": "team" }));
    assert_eq!(bob.rings().await.call, call);
    assert_eq!((bob.reads().await, alice.reads().await), (text.clone(), text.clone()));
    let command = bob.reads().await;
    assert_eq!((&command.chat, command.call, &command.ext), (&with("alice"), Some(call), &text.ext));
    assert_eq!(command.body, MessageBody::Command { action: "invite".into() });
    assert_eq!(alice.reads().await.chat, with("bob"));
    for device in [&mut alice, &mut bob, &mut carol] {
        device.has_read_everything().await;
    }
    let unread = |list: Vec<Conversation>| list.into_iter().map(|one| (one.chat, one.unread)).collect::<Vec<_>>();
    let found: BTreeSet<_> = unread(conversations(&mut bob).await).into_iter().collect();
    assert_eq!(found, BTreeSet::from([(Chat::Group { group }, 0), (with("alice"), 0)]));
}

#[tokio::test]
async fn whoever_is_brought_into_a_group_call_is_asked_in_the_group_and_nobody_is_asked_twice() {
    let (_house, [mut alice, mut bob, mut carol], group) = team().await;
    let done = alice.does(group_invite(&group, &["bob"])).await;
    let Done::Calling { call, .. } = done else { panic!("not calling: {done:?}") };
    bob.rings().await;
    for device in [&mut alice, &mut bob] {
        device.reads().await;
        device.reads().await;
    }
    carol.reads().await;

    let Request::Invite(wanted) = group_invite(&group, &["bob", "carol"]) else { panic!("no invitation") };
    let scope = CallScope::Several { kind: CallKind::Voice, name: None };
    let request = Invitation { scope, message: "Carol too".into(), ..wanted };
    alice.does(Request::Invite(request)).await;

    assert_eq!(carol.rings().await.call, call);
    let text = carol.reads().await;
    assert_eq!((text_of(&text).as_str(), &text.chat), ("Carol too", &Chat::Group { group }));
    assert_eq!(carol.reads().await.body, MessageBody::Command { action: "invite".into() });
    assert_eq!(bob.reads().await, text);
    bob.has_read_everything().await;
}

/// S9: out of the group is out of its call, at once.
#[tokio::test]
async fn whoever_is_taken_out_of_a_group_is_out_of_its_call_whether_it_rings_or_they_talk() {
    let (_house, [mut alice, mut bob, mut carol], group) = team().await;
    let done = alice.does(group_invite(&group, &["bob", "carol"])).await;
    let Done::Calling { call, .. } = done else { panic!("not calling: {done:?}") };
    bob.rings().await;
    carol.rings().await;
    bob.does(accept(call)).await;

    for whom in [&bob, &carol] {
        alice.does(Request::RemoveMember { group: group.clone(), user: whom.user() }).await;
    }

    for device in [&mut bob, &mut carol] {
        while device.hears().await != (Signal::GroupLeft { group: group.clone() }) {}
        assert!(matches!(device.hears().await, Signal::Ended(ended) if ended.reason == EndReason::Removed));
        let again = device.is_refused(accept(call)).await;
        assert!(
            matches!(again, RefusalCode::CallEnded | RefusalCode::UnknownCall | RefusalCode::NotAllowed),
            "{again:?}"
        );
        assert_eq!(device.is_refused(group_invite(&group, &["alice"])).await, RefusalCode::NotFound);
    }
}

/// Alice, who owns it, Bob and Carol in a group.
async fn team() -> (House, [Device; 3], GroupId) {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let mut carol = house.newcomer("carol").await;
    house.befriend(&["alice", "bob", "carol"]);
    let members = vec![bob.user(), carol.user()];
    let request = Request::CreateGroup { kind: GroupKind::Group, name: "team".into(), members };
    let Done::Group { group, .. } = alice.does(request).await else { panic!("no group") };
    bob.hears().await;
    carol.hears().await;
    (house, [alice, bob, carol], group.group)
}

fn group_invite(group: &GroupId, whom: &[&str]) -> Request {
    let Request::Invite(invitation) = invite_to("nobody", "team's channel") else { panic!("no invitation") };
    Request::Invite(Invitation {
        scope: CallScope::Group { kind: CallKind::Voice, group: group.clone(), place: GroupKind::Group, name: None },
        to: whom.iter().map(|user| user.parse().unwrap()).collect(),
        message: String::new(),
        ..invitation
    })
}

async fn conversations(device: &mut Device) -> Vec<Conversation> {
    match device.does(Request::Conversations).await {
        Done::Conversations { conversations } => conversations,
        other => panic!("no conversations: {other:?}"),
    }
}
