//! Groups and chat rooms: who is in them, what each may do, and what those outside can see.

use carillon_protocol::{
    Answer, Chat, Done, GroupId, GroupInfo, GroupKind, GroupRole, Member, MessageBody, Presence, RefusalCode, Request,
    Signal, UserId,
};

use reqwest::StatusCode;

use crate::{
    avatars::picture,
    support::{Device, House, new_op, text_of, write},
};

#[tokio::test]
async fn a_new_group_is_told_to_all_devices_of_everybody_in_it() {
    let (house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let mut alices_phone = house.another("alice", "phone").await;

    let (group, members) = create(&mut alice, GroupKind::Group, " The  team ", &["carol", "bob", "bob"]).await;

    assert_eq!((group.name.as_str(), group.members, group.role), ("The team", 3, Some(GroupRole::Owner)));
    assert_eq!(
        roles(&members),
        [("alice", GroupRole::Owner), ("bob", GroupRole::Member), ("carol", GroupRole::Member)]
    );
    assert_eq!(alices_phone.hears().await, Signal::GroupChanged(group.clone()));
    let as_member = Signal::GroupChanged(GroupInfo { role: Some(GroupRole::Member), ..group.clone() });
    assert_eq!((bob.hears().await, carol.hears().await), (as_member.clone(), as_member));
    assert_eq!(groups(&mut alice).await, [group]);
    alice.has_heard_nothing().await;
}

#[tokio::test]
async fn what_is_said_in_a_group_reaches_everybody_and_whoever_comes_later_reads_it_from_the_beginning() {
    let (house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob"]).await;
    let chat = in_group(&group.group);
    bob.hears().await;

    let sent = alice.writes(&chat, "welcome").await;
    assert_eq!(bob.reads().await, sent);
    alice.does(add(&group.group, &["carol"])).await;
    carol.hears().await;
    assert_eq!(history(&mut carol, &chat).await, ["welcome"]);
    carol.writes(&chat, "thank you").await;

    assert!(matches!(bob.hears().await, Signal::GroupChanged(info) if info.members == 3));
    assert_eq!(bob.reads_text().await, "thank you");
    let carols_phone = house.another("carol", "phone").await;
    assert!(carols_phone.snapshot.unwrap().latest_message > sent.pos);
}

#[tokio::test]
async fn whoever_is_taken_out_is_told_and_sees_nothing_any_more() {
    let (_house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob", "carol"]).await;
    let (id, chat) = (group.group.clone(), in_group(&group.group));
    bob.hears().await;
    carol.hears().await;
    alice.writes(&chat, "before").await;
    bob.reads().await;

    alice.does(remove(&id, "bob")).await;
    alice.writes(&chat, "after").await;

    assert_eq!(bob.hears().await, Signal::GroupLeft { group: id.clone() });
    assert!(matches!(carol.hears().await, Signal::GroupChanged(info) if info.members == 2));
    assert_is_foreign(&mut bob, &id).await;
    let Done::Messages { messages, .. } = bob.does(Request::MessagesAfter { after: 0, limit: 50 }).await else {
        panic!("no messages")
    };
    assert_eq!((messages, groups(&mut bob).await), (vec![], vec![]));
    bob.has_read_everything().await;
}

/// S8: what is not theirs is to them as what is not there.
#[tokio::test]
async fn a_foreign_group_answers_as_one_that_is_not_there() {
    let (_house, mut alice, mut bob, _carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &[]).await;
    let (pair, nowhere) = ("alice-carol".parse().unwrap(), GroupId::new("nowhere").unwrap());

    for id in [&group.group, &nowhere, &pair] {
        assert_is_foreign(&mut bob, id).await;
        assert_eq!(bob.is_refused(Request::JoinRoom { group: id.clone() }).await, RefusalCode::NotFound);
    }
    bob.has_heard_nothing().await;
    alice.has_heard_nothing().await;
}

#[tokio::test]
async fn each_role_may_do_what_is_its_own() {
    let (house, mut owner, mut admin, mut member) = alice_bob_and_carol().await;
    house.register("dora").await;
    house.befriend(&["bob", "dora"]);
    let (group, _) = create(&mut owner, GroupKind::Group, "team", &["bob", "carol"]).await;
    let id = group.group;
    owner.does(set_role(&id, "bob", GroupRole::Admin)).await;

    for request in
        [rename(&id, "ours"), add(&id, &["dora"]), remove(&id, "bob"), set_role(&id, "carol", GroupRole::Admin)]
    {
        assert_eq!(member.is_refused(request).await, RefusalCode::NotAllowed);
    }
    for request in [remove(&id, "alice"), remove(&id, "bob"), set_role(&id, "carol", GroupRole::Admin)] {
        assert_eq!(admin.is_refused(request).await, RefusalCode::NotAllowed);
    }
    for request in [remove(&id, "alice"), set_role(&id, "alice", GroupRole::Member)] {
        assert_eq!(owner.is_refused(request).await, RefusalCode::NotAllowed);
    }
    for request in [rename(&id, "theirs"), add(&id, &["dora"]), remove(&id, "dora"), remove(&id, "carol")] {
        admin.does(request).await;
    }
    assert_eq!(owner.is_refused(remove(&id, "carol")).await, RefusalCode::NotFound, "is not in it");
    let (info, members) = show(&mut owner, &id).await;
    assert_eq!(
        (info.name.as_str(), roles(&members)),
        ("theirs", vec![("alice", GroupRole::Owner), ("bob", GroupRole::Admin)])
    );
}

#[tokio::test]
async fn a_group_that_is_handed_over_has_one_owner() {
    let (_house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob", "carol"]).await;
    bob.hears().await;
    carol.hears().await;

    alice.does(set_role(&group.group, "bob", GroupRole::Owner)).await;

    let as_role = |role| Signal::GroupChanged(GroupInfo { role: Some(role), ..group.clone() });
    assert_eq!(alice.hears().await, as_role(GroupRole::Admin));
    assert_eq!(bob.hears().await, as_role(GroupRole::Owner));
    assert_eq!(carol.hears().await, as_role(GroupRole::Member));
    let again = alice.is_refused(set_role(&group.group, "carol", GroupRole::Owner)).await;
    assert_eq!(again, RefusalCode::NotAllowed);
}

#[tokio::test]
async fn an_owner_who_leaves_is_followed_by_the_first_admin_and_the_last_one_takes_the_group_along() {
    let (_house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob", "carol"]).await;
    let id = group.group;
    alice.does(set_role(&id, "carol", GroupRole::Admin)).await;
    alice.writes(&in_group(&id), "goodbye").await;

    alice.does(leave(&id)).await;
    assert_eq!(roles(&show(&mut bob, &id).await.1), [("carol", GroupRole::Owner), ("bob", GroupRole::Member)]);
    carol.does(leave(&id)).await;
    assert_eq!(roles(&show(&mut bob, &id).await.1), [("bob", GroupRole::Owner)]);
    bob.does(leave(&id)).await;

    for device in [&mut alice, &mut bob, &mut carol] {
        assert_is_foreign(device, &id).await;
    }
}

#[tokio::test]
async fn a_room_is_found_and_entered_by_anybody() {
    let (_house, mut alice, mut bob, mut carol) = alice_bob_and_carol().await;
    let (room, _) = create(&mut alice, GroupKind::Room, "Lobby", &[]).await;
    create(&mut alice, GroupKind::Group, "Lobbyists", &[]).await;

    assert_eq!(search(&mut bob, "lobby").await, [GroupInfo { role: None, ..room.clone() }], "rooms only");
    bob.does(Request::JoinRoom { group: room.group.clone() }).await;
    bob.does(Request::JoinRoom { group: room.group.clone() }).await;

    let joined = GroupInfo { members: 2, role: Some(GroupRole::Member), ..room.clone() };
    assert_eq!(bob.hears().await, Signal::GroupChanged(joined.clone()));
    assert_eq!(alice.hears().await, Signal::GroupChanged(GroupInfo { role: Some(GroupRole::Owner), ..joined.clone() }));
    assert_eq!(search(&mut bob, "").await, [joined]);
    alice.writes(&in_group(&room.group), "welcome").await;
    assert_eq!(bob.reads_text().await, "welcome");
    bob.has_heard_nothing().await;
    carol.has_read_everything().await;
    assert_eq!(carol.is_refused(write(&in_group(&room.group), "from outside")).await, RefusalCode::NotFound);
}

#[tokio::test]
async fn members_of_a_group_see_each_other_for_as_long_as_they_are_and_those_of_a_room_do_not() {
    let house = House::open().await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let presence = |presence| Signal::PresenceChanged { user: user("bob"), presence };
    let (room, _) = create(&mut alice, GroupKind::Room, "lobby", &[]).await;
    bob.does(Request::JoinRoom { group: room.group }).await;
    alice.hears().await;
    let Done::People { people } = alice.does(Request::SearchUsers { query: "bob".into() }).await else {
        panic!("nobody")
    };
    assert_eq!(people[0].presence, Presence::Hidden);

    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob"]).await;
    alice.has_heard_nothing().await;
    bob.does(Request::JoinRoom { group: group.group.clone() }).await;
    assert!(matches!(alice.hears().await, Signal::GroupChanged(_)));
    assert_eq!(alice.hears().await, presence(Presence::Online));
    alice.does(remove(&group.group, "bob")).await;

    assert!(matches!(alice.hears().await, Signal::GroupChanged(_)));
    assert_eq!(alice.hears().await, presence(Presence::Hidden));
}

#[tokio::test]
async fn a_group_has_a_picture_that_its_admins_choose() {
    let (house, mut alice, mut bob, carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, "team", &["bob"]).await;
    bob.hears().await;
    let url = format!("{}/v1/groups/{}/avatar", house.url(), group.group);
    let put = async |token: &str| {
        let request = reqwest::Client::new().put(&url).bearer_auth(token);
        request.body(picture(1, image::ImageFormat::Png)).send().await.unwrap()
    };

    assert_eq!(put(&bob.signed_in.token).await.status(), StatusCode::FORBIDDEN);
    assert_eq!(put(&carol.signed_in.token).await.status(), StatusCode::NOT_FOUND);
    let info: GroupInfo = put(&alice.signed_in.token).await.json().await.unwrap();

    let avatar = info.avatar.clone().unwrap();
    assert_eq!(alice.hears().await, Signal::GroupChanged(info.clone()));
    assert!(matches!(bob.hears().await, Signal::GroupChanged(info) if info.avatar == Some(avatar.clone())));
    assert_eq!(groups(&mut bob).await[0].avatar, Some(avatar.clone()));
    let picture_url = format!("{}/v1/avatars/{avatar}", house.url());
    let fetch = async || {
        let request = reqwest::Client::new().get(&picture_url).bearer_auth(&bob.signed_in.token);
        request.send().await.unwrap().status()
    };
    assert_eq!(fetch().await, StatusCode::OK);
    let (alices, id) = (alice.signed_in.token.clone(), group.group);
    alice.does(remove(&id, "bob")).await;
    alice.does(leave(&id)).await;
    assert_eq!(fetch().await, StatusCode::NOT_FOUND, "it goes with the group");
    assert_eq!(put(&alices).await.status(), StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn whom_nobody_knows_is_in_no_group_and_a_refusal_leaves_nothing_behind() {
    let (_house, mut alice, mut bob, _carol) = alice_bob_and_carol().await;

    let request = Request::CreateGroup {
        kind: GroupKind::Group,
        name: "team".into(),
        members: vec![user("bob"), user("nobody")],
    };
    let op = new_op();
    let first = alice.ask_as(op, request.clone()).await;

    assert!(matches!(&first, Answer::Refused(refusal) if refusal.code == RefusalCode::UnknownUser));
    assert_eq!(alice.ask_as(op, request).await, first);
    assert_eq!(groups(&mut alice).await, []);
    bob.has_heard_nothing().await;
}

#[tokio::test]
async fn a_group_has_a_hundred_members_and_a_user_so_many_groups_as_are_allowed() {
    let house = House::with(|config| {
        config.limits.groups_per_user = 2;
        config.patience.invite = std::time::Duration::from_secs(3600);
    })
    .await;
    let mut alice = house.newcomer("alice").await;
    house.register("bob").await;
    house.befriend(&["alice", "bob"]);
    let many: Vec<String> = (0..101).map(|number| format!("user-{number}")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();

    let too_many = Request::CreateGroup { kind: GroupKind::Group, name: "all".into(), members: users(&many) };
    assert_eq!(alice.is_refused(too_many).await, RefusalCode::TooLarge);
    create(&mut alice, GroupKind::Group, "one", &["bob"]).await;
    let (two, _) = create(&mut alice, GroupKind::Room, "two", &["bob"]).await;
    let third = || Request::CreateGroup { kind: GroupKind::Group, name: "three".into(), members: vec![] };
    assert_eq!(alice.is_refused(third()).await, RefusalCode::TooLarge);
    alice.does(leave(&two.group)).await;

    alice.does(third()).await;
}

#[tokio::test]
async fn a_name_is_needed_and_is_short() {
    let (_house, mut alice, _bob, _carol) = alice_bob_and_carol().await;
    let (group, _) = create(&mut alice, GroupKind::Group, &"x".repeat(64), &[]).await;

    for name in ["", "\u{200b}\n", "The \u{202e}team", &"x".repeat(65)] {
        let request = Request::CreateGroup { kind: GroupKind::Room, name: name.into(), members: vec![] };
        assert_eq!(alice.is_refused(request).await, RefusalCode::NameRefused, "{name:?}");
        assert_eq!(alice.is_refused(rename(&group.group, name)).await, RefusalCode::NameRefused, "{name:?}");
    }
}

/// Everything that may be asked about a group that one is in.
async fn assert_is_foreign(device: &mut Device, group: &GroupId) {
    let chat = in_group(group);
    for request in [
        Request::Group { group: group.clone() },
        Request::History { chat: chat.clone(), before: None, limit: 10 },
        Request::MarkRead { chat: chat.clone(), up_to: 1 },
        Request::ConversationsAfter { chat: chat.clone() },
        write(&chat, "hello"),
        rename(group, "mine"),
        add(group, &["bob"]),
        remove(group, "alice"),
        set_role(group, "bob", GroupRole::Owner),
        leave(group),
    ] {
        assert_eq!(device.is_refused(request.clone()).await, RefusalCode::NotFound, "{request:?}");
    }
}

async fn alice_bob_and_carol() -> (House, Device, Device, Device) {
    let house = House::open().await;
    let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let carol = house.newcomer("carol").await;
    house.befriend(&["alice", "bob", "carol"]);
    (house, alice, bob, carol)
}

async fn create(device: &mut Device, kind: GroupKind, name: &str, members: &[&str]) -> (GroupInfo, Vec<Member>) {
    match device.does(Request::CreateGroup { kind, name: name.into(), members: users(members) }).await {
        Done::Group { group, members } => (group, members),
        other => panic!("no group: {other:?}"),
    }
}

async fn show(device: &mut Device, group: &GroupId) -> (GroupInfo, Vec<Member>) {
    match device.does(Request::Group { group: group.clone() }).await {
        Done::Group { group, members } => (group, members),
        other => panic!("no group: {other:?}"),
    }
}

async fn groups(device: &mut Device) -> Vec<GroupInfo> {
    listed(device, Request::Groups).await
}

async fn search(device: &mut Device, query: &str) -> Vec<GroupInfo> {
    listed(device, Request::SearchRooms { query: query.into() }).await
}

async fn listed(device: &mut Device, request: Request) -> Vec<GroupInfo> {
    match device.does(request).await {
        Done::Groups { groups } => groups,
        other => panic!("no groups: {other:?}"),
    }
}

async fn history(device: &mut Device, chat: &Chat) -> Vec<String> {
    match device.does(Request::History { chat: chat.clone(), before: None, limit: 50 }).await {
        Done::Messages { messages, .. } => {
            let texts = messages.iter().filter(|message| matches!(message.body, MessageBody::Text { .. }));
            texts.map(text_of).collect()
        }
        other => panic!("no messages: {other:?}"),
    }
}

fn roles(members: &[Member]) -> Vec<(&str, GroupRole)> {
    members.iter().map(|member| (member.user.as_str(), member.role)).collect()
}

fn in_group(group: &GroupId) -> Chat {
    Chat::Group { group: group.clone() }
}

fn user(name: &str) -> UserId {
    name.parse().unwrap()
}

fn users(names: &[&str]) -> Vec<UserId> {
    names.iter().map(|name| user(name)).collect()
}

fn add(group: &GroupId, whom: &[&str]) -> Request {
    Request::AddMembers { group: group.clone(), users: users(whom) }
}

fn remove(group: &GroupId, whom: &str) -> Request {
    Request::RemoveMember { group: group.clone(), user: user(whom) }
}

fn rename(group: &GroupId, name: &str) -> Request {
    Request::RenameGroup { group: group.clone(), name: name.into() }
}

fn set_role(group: &GroupId, whom: &str, role: GroupRole) -> Request {
    Request::SetGroupRole { group: group.clone(), user: user(whom), role }
}

fn leave(group: &GroupId) -> Request {
    Request::LeaveGroup { group: group.clone() }
}
