//! Who is brought into a group by somebody whose contact they are not: they are asked.

use carillon_protocol::{
    CallKind, CallScope, Chat, Done, GroupId, GroupInfo, GroupKind, GroupRole, Invitation, Inviter, Member, Presence,
    RefusalCode, Request, Signal,
};

use crate::support::{Device, House, invite_to, write};

#[tokio::test]
async fn a_stranger_is_asked_and_in_it_only_once_they_agree() {
    let (_house, mut eve, mut bob) = strangers().await;

    let (group, members) = create(&mut eve, "plot").await;

    assert_eq!((group.members, members[1].user.as_str(), members[1].invited), (2, "bob", true));
    let inviter = Inviter { user: eve.user(), display_name: "eve".into() };
    let asked = GroupInfo { role: None, invited_by: Some(inviter), ..group.clone() };
    assert_eq!(bob.hears().await, Signal::GroupChanged(asked.clone()));
    assert_eq!(groups(&mut bob).await, [asked]);
    assert_eq!(bob.is_refused(Request::Group { group: group.group.clone() }).await, RefusalCode::NotFound);
    assert_eq!(presence_of_bob(&mut eve).await, Presence::Hidden);
    eve.writes(&in_group(&group.group), "before").await;
    bob.has_read_everything().await;

    bob.does(Request::JoinRoom { group: group.group.clone() }).await;

    let joined = GroupInfo { role: Some(GroupRole::Member), ..group.clone() };
    assert_eq!(bob.hears().await, Signal::GroupChanged(joined.clone()));
    assert_eq!(groups(&mut bob).await, [joined]);
    assert_eq!(presence_of_bob(&mut eve).await, Presence::Online);
    eve.writes(&in_group(&group.group), "after").await;
    assert_eq!(bob.reads_text().await, "after");
}

#[tokio::test]
async fn an_invitation_is_declined_taken_back_or_accepted_by_writing() {
    let (_house, mut eve, mut bob) = strangers().await;
    let (declined, _) = create(&mut eve, "one").await;
    let (taken_back, _) = create(&mut eve, "two").await;
    let (accepted, _) = create(&mut eve, "three").await;
    for _ in 0..3 {
        bob.hears().await;
    }

    bob.does(Request::LeaveGroup { group: declined.group.clone() }).await;
    eve.does(Request::RemoveMember { group: taken_back.group.clone(), user: bob.user() }).await;
    bob.writes(&in_group(&accepted.group), "here I am").await;

    assert_eq!(bob.hears().await, Signal::GroupLeft { group: declined.group.clone() });
    assert_eq!(bob.hears().await, Signal::GroupLeft { group: taken_back.group.clone() });
    assert!(matches!(bob.hears().await, Signal::GroupChanged(info) if info.role == Some(GroupRole::Member)));
    for gone in [&declined, &taken_back] {
        assert_eq!(show(&mut eve, &gone.group).await.len(), 1);
        assert_eq!(bob.is_refused(Request::JoinRoom { group: gone.group.clone() }).await, RefusalCode::NotFound);
        assert_eq!(bob.is_refused(write(&in_group(&gone.group), "hello")).await, RefusalCode::NotFound);
    }
    for _ in ["declined", "taken back", "accepted"] {
        eve.hears().await;
    }
    assert_eq!(eve.reads_text().await, "here I am");
    assert!(show(&mut eve, &accepted.group).await.iter().all(|member| !member.invited));
}

#[tokio::test]
async fn invitations_take_none_of_the_groups_that_a_user_may_be_in_and_one_stranger_makes_few() {
    let house = House::with(|config| config.limits.groups_per_user = 6).await;
    let (mut eve, mut bob) = (house.newcomer("eve").await, house.newcomer("bob").await);
    for number in 0..5 {
        create(&mut eve, &number.to_string()).await;
        bob.hears().await;
    }

    let sixth = Request::CreateGroup { kind: GroupKind::Group, name: "six".into(), members: vec![bob.user()] };
    assert_eq!(eve.is_refused(sixth).await, RefusalCode::TooLarge);

    for number in 0..6 {
        let own = Request::CreateGroup { kind: GroupKind::Group, name: number.to_string().into(), members: vec![] };
        bob.does(own).await;
    }
    let first = groups(&mut bob).await.into_iter().find(|group| group.role.is_none()).unwrap();
    assert_eq!(bob.is_refused(Request::JoinRoom { group: first.group }).await, RefusalCode::TooLarge);
}

#[tokio::test]
async fn nobody_pesters_one_person_with_groups_and_requests() {
    let house = House::with(|config| config.limits.approaches_per_minute_to_one = 4).await;
    let (mut eve, bob) = (house.newcomer("eve").await, house.newcomer("bob").await);
    let dora = house.newcomer("dora").await;
    let pester = [Request::AddContact { user: bob.user() }, Request::RemoveContact { user: bob.user() }];

    for _ in 0..2 {
        for request in &pester {
            eve.does(request.clone()).await;
        }
    }

    assert_eq!(eve.is_refused(pester[0].clone()).await, RefusalCode::RateLimited);
    let group = Request::CreateGroup { kind: GroupKind::Group, name: "more".into(), members: vec![bob.user()] };
    assert_eq!(eve.is_refused(group).await, RefusalCode::RateLimited);
    eve.does(Request::AddContact { user: dora.user() }).await;
}

#[tokio::test]
async fn the_call_of_a_group_rings_for_whoever_is_asked_as_a_call_of_two_would_and_stops_when_they_decline() {
    let (_house, mut eve, mut bob) = strangers().await;
    let (group, _) = create(&mut eve, "plot").await;
    bob.hears().await;

    eve.does(call_in(&group.group, "bob")).await;
    bob.rings().await;
    bob.does(Request::LeaveGroup { group: group.group.clone() }).await;

    bob.hears_until(&Signal::GroupLeft { group: group.group.clone() }).await;
    assert_eq!(eve.is_refused(call_in(&group.group, "bob")).await, RefusalCode::NotAllowed);
}

#[tokio::test]
async fn whoever_has_blocked_the_inviter_hears_nothing_and_the_inviter_sees_an_invitation_that_waits() {
    let (_house, mut eve, mut bob) = strangers().await;
    bob.does(Request::SetBlocked { user: eve.user(), blocked: true }).await;
    bob.hears_of("eve").await;

    let (group, members) = create(&mut eve, "a trap").await;

    assert_eq!((group.members, members[1].invited), (2, true));
    assert_eq!(groups(&mut bob).await, []);
    assert_eq!(bob.is_refused(Request::JoinRoom { group: group.group.clone() }).await, RefusalCode::NotFound);
    bob.has_heard_nothing().await;
    bob.does(Request::SetBlocked { user: eve.user(), blocked: false }).await;
    assert_eq!(groups(&mut bob).await.len(), 1, "it waits still");
}

#[tokio::test]
async fn invitations_go_with_their_group() {
    let (_house, mut eve, mut bob) = strangers().await;
    let (group, _) = create(&mut eve, "plot").await;
    bob.hears().await;

    eve.does(Request::LeaveGroup { group: group.group.clone() }).await;

    assert_eq!(bob.hears().await, Signal::GroupLeft { group: group.group });
    assert_eq!(groups(&mut bob).await, []);
}

async fn strangers() -> (House, Device, Device) {
    let house = House::open().await;
    let (eve, bob) = (house.newcomer("eve").await, house.newcomer("bob").await);
    (house, eve, bob)
}

/// A group into which Bob is asked.
async fn create(device: &mut Device, name: &str) -> (GroupInfo, Vec<Member>) {
    let members = vec!["bob".parse().unwrap()];
    match device.does(Request::CreateGroup { kind: GroupKind::Group, name: name.into(), members }).await {
        Done::Group { group, members } => (group, members),
        other => panic!("no group: {other:?}"),
    }
}

async fn show(device: &mut Device, group: &GroupId) -> Vec<Member> {
    match device.does(Request::Group { group: group.clone() }).await {
        Done::Group { members, .. } => members,
        other => panic!("no group: {other:?}"),
    }
}

async fn groups(device: &mut Device) -> Vec<GroupInfo> {
    match device.does(Request::Groups).await {
        Done::Groups { groups } => groups,
        other => panic!("no groups: {other:?}"),
    }
}

async fn presence_of_bob(device: &mut Device) -> Presence {
    match device.does(Request::SearchUsers { query: "bob".into() }).await {
        Done::People { people } => people[0].presence,
        other => panic!("no people: {other:?}"),
    }
}

fn in_group(group: &GroupId) -> Chat {
    Chat::Group { group: group.clone() }
}

fn call_in(group: &GroupId, whom: &str) -> Request {
    let Request::Invite(invitation) = invite_to(whom, "plot") else { panic!("not an invitation") };
    Request::Invite(Invitation {
        scope: CallScope::Group { kind: CallKind::Voice, group: group.clone(), place: GroupKind::Group, name: None },
        ..invitation
    })
}
