//! Groups, rooms, and calls of several.

use std::time::Duration;

use carillon_ipc::{CallRequest, CallState, GroupRequest, LegView, MainRequest, NoticeCode, PageView};
use carillon_kit::{
    CallEvent, CallInfo, CallKind, CallPhase, CallRole, CallScope, CallStatus, Chat, CommandError, GroupKind,
    GroupRole, HangupReason, Leg, LegState, Moderation, News, RefusalCode, Ring, testing::Request,
};

use super::{
    TestApp,
    fakes::{Done, Scene, lock},
    test_app::{call_id, group, info, member, message, page_of, ring, user},
};
use crate::window::WindowName;

fn design() -> Chat {
    Chat::Group { group: group("design", "", None).group }
}

async fn in_a_group() -> TestApp {
    let mut app = TestApp::signed_in().await;
    lock(&app.kit.groups).push(group("design", "Design", Some(GroupRole::Owner)));
    *lock(&app.kit.members) =
        vec![member("ada", GroupRole::Owner), member("bob", GroupRole::Member), member("wei", GroupRole::Member)];
    app.news(News::GroupChanged(group("design", "Design", Some(GroupRole::Owner))));
    app.sees("the group", |scene| scene.groups().len() == 1).await;
    lock(&app.kit.pages).push((vec![], false));
    app.main(MainRequest::Select { chat: Some(design()) }).await.expect("somebody is signed in");
    app.sees("its members", |scene| members(scene) == 3).await;
    app
}

fn members(scene: &Scene) -> usize {
    if let PageView::Group { members, .. } = &scene.main.page { members.len() } else { 0 }
}

fn leg(name: &str, state: LegState) -> Leg {
    Leg::new(user(name), name, state)
}

fn in_design(name: &str) -> CallScope {
    let (kind, place) = (CallKind::Voice, GroupKind::Group);
    CallScope::Group { kind, group: group("design", "", None).group, place, name: Some(name.into()) }
}

fn group_call(phase: CallPhase, legs: Vec<Leg>) -> CallStatus {
    CallStatus {
        phase,
        call: Some(CallInfo { scope: in_design("Design"), legs, ..info(call_id(1)) }),
        ..CallStatus::default()
    }
}

#[tokio::test(start_paused = true)]
async fn a_notification_of_a_group_call_names_the_group() {
    let mut app = TestApp::signed_in().await;
    app.kit.ring.send_replace(Some(Ring { scope: in_design("Design"), ..ring(1) }));

    let scene = app.sees("the ring", |scene| scene.ring.is_some()).await;

    let said = scene.ring.map(|ring| (ring.name.replace(['\u{2068}', '\u{2069}'], ""), ring.group));
    assert_eq!(said, Some(("Bob Li · Design".into(), true)));
}

#[tokio::test(start_paused = true)]
async fn a_group_is_made_once_and_shown() {
    let mut app = TestApp::signed_in().await;
    app.main(MainRequest::Group(GroupRequest::OpenNew)).await.expect("somebody is signed in");
    app.sees("the page", |scene| scene.main.page == PageView::NewGroup { busy: false }).await;

    let create = GroupRequest::Create { kind: GroupKind::Group, name: "Lunch".into(), members: vec![user("bob")] };
    app.main(MainRequest::Group(create.clone())).await.expect("somebody is signed in");
    app.main(MainRequest::Group(create)).await.expect("a second click is no mistake");

    let shown = |scene: &Scene| matches!(&scene.main.page, PageView::Group { group, .. } if group.name == "Lunch");
    app.sees("the group", |scene| shown(scene) && scene.groups().len() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_that_one_leaves_is_gone_with_its_page() {
    let mut app = in_a_group().await;
    let id = group("design", "", None).group;

    app.main(MainRequest::Group(GroupRequest::Leave { group: id.clone() })).await.expect("somebody is signed in");

    app.server_was_asked(Request::LeaveGroup { group: id }).await;
    app.sees("nothing of it", |scene| scene.groups().is_empty() && scene.main.page == PageView::Nobody).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_taken_out_of_a_group_sees_it_no_more() {
    let mut app = in_a_group().await;

    app.news(News::GroupLeft { group: group("design", "", None).group });

    app.sees("nothing of it", |scene| scene.groups().is_empty() && scene.main.page == PageView::Nobody).await;
}

#[tokio::test(start_paused = true)]
async fn an_invitation_into_a_group_is_shown_accepted_or_declined_and_nothing_of_it_is_read_before() {
    let mut app = TestApp::signed_in().await;
    let inviter = carillon_kit::Inviter { user: user("eve"), display_name: "Eve\u{202e}".into() };
    let asked = carillon_kit::GroupInfo { invited_by: Some(inviter), ..group("plot", "Plot", None) };
    let chat = Chat::Group { group: asked.group.clone() };
    app.news(News::GroupChanged(asked.clone()));
    let plot = |scene: &Scene| scene.groups().iter().find(|group| group.name == "Plot").cloned();
    let by = |scene: &Scene| plot(scene).and_then(|group| group.invited_by);
    app.sees("who asks", |scene| by(scene).as_deref() == Some("Eve")).await;

    app.main(MainRequest::Select { chat: Some(chat.clone()) }).await.expect("somebody is signed in");
    app.sees("its door", |scene| scene.main.page != PageView::Nobody).await;
    assert_eq!(app.times_asked(&page_of(chat.clone(), None)).await, 0, "nothing is read from outside");

    app.main(MainRequest::Group(GroupRequest::Join { group: asked.group.clone() })).await.expect("it is tried");
    app.sees("in it", |scene| plot(scene).is_some_and(|group| group.role.is_some()) && by(scene).is_none()).await;
    app.news(News::GroupChanged(asked.clone()));
    app.main(MainRequest::Group(GroupRequest::Leave { group: asked.group })).await.expect("it is tried");
    app.sees("nothing of it", |scene| plot(scene).is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_room_is_found_entered_and_then_written_in() {
    let mut app = TestApp::signed_in().await;
    let books = carillon_kit::GroupInfo { kind: GroupKind::Room, ..group("books", "Books", None) };
    lock(&app.kit.rooms).push(books.clone());
    app.main(MainRequest::Search { query: "Books".into() }).await.expect("always possible");
    app.sees("the room", |scene| scene.groups().len() == 1).await;
    let chat = Chat::Group { group: books.group.clone() };
    app.main(MainRequest::Select { chat: Some(chat.clone()) }).await.expect("somebody is signed in");
    let role = |scene: &Scene| {
        let PageView::Group { group, .. } = &scene.main.page else { return None };
        group.role
    };
    app.sees("its door", |scene| scene.main.page != PageView::Nobody).await;
    assert_eq!(app.times_asked(&page_of(chat.clone(), None)).await, 0, "nothing is read from outside");

    app.main(MainRequest::Group(GroupRequest::Join { group: books.group })).await.expect("somebody is signed in");

    app.sees("it from inside", |scene| role(scene) == Some(GroupRole::Member)).await;
    app.server_was_asked(page_of(chat, None)).await;
}

#[tokio::test(start_paused = true)]
async fn a_message_in_a_group_is_told_of_with_both_names() {
    let mut app = in_a_group().await;

    app.news(News::Message(message(5, design(), "wei", "hello")));

    let scene = app.sees("the notice", |scene| !scene.messages.is_empty()).await;
    assert_eq!(scene.messages[0].title.replace(['\u{2068}', '\u{2069}'], ""), "wei · Design");
    assert_eq!(scene.groups()[0].unread, 1);
}

#[tokio::test(start_paused = true)]
async fn some_of_a_group_are_called_on_one_channel() {
    let mut app = in_a_group().await;
    let id = group("design", "", None).group;

    let call = GroupRequest::Call { group: id.clone(), users: vec![user("bob"), user("wei")], kind: CallKind::Voice };
    app.main(MainRequest::Group(call)).await.expect("nobody talks yet");

    let calls = app.started_calls().await;
    let call: Vec<_> = calls.iter().map(|call| (call.scope.clone(), call.to.clone())).collect();
    let scope = CallScope::Group { kind: CallKind::Voice, group: id, place: GroupKind::Group, name: None };
    assert_eq!(call, [(scope, vec![user("bob"), user("wei")])]);
}

#[tokio::test(start_paused = true)]
async fn a_group_call_of_ones_own_is_called_as_the_group_is() {
    let mut app = in_a_group().await;

    let unnamed = CallInfo { scope: in_design("Design").named(None), ..info(call_id(1)) };
    let calling = CallStatus { phase: CallPhase::Calling, call: Some(unnamed), ..CallStatus::default() };
    app.kit.call.send_replace(calling);
    app.handle.subscribed(WindowName::Call).await;

    app.sees("its name", |scene| scene.call.group.as_ref().is_some_and(|group| group.name == "Design")).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_call_shows_everybodys_part_as_it_changes() {
    let mut app = in_a_group().await;
    let since = carillon_kit::now();
    let legs = vec![leg("bob", LegState::Ringing), leg("ada", LegState::Accepted), leg("wei", LegState::Ringing)];
    app.kit.call.send_replace(group_call(CallPhase::Active { since }, legs));
    app.handle.subscribed(WindowName::Call).await;
    let states = |scene: &Scene| -> Vec<(String, LegState)> {
        let legs = scene.call.group.iter().flat_map(|group| &group.legs);
        legs.map(|leg| (leg.user.to_string(), leg.state)).collect()
    };
    let scene = app.sees("the legs", |scene| states(scene).len() == 3).await;
    assert_eq!(states(&scene)[0], ("ada".into(), LegState::Accepted), "oneself first");
    assert!(scene.open.contains(&WindowName::Call) && scene.titles[&WindowName::Call].contains("Design"));

    let legs = vec![leg("bob", LegState::Declined), leg("ada", LegState::Accepted), leg("wei", LegState::Accepted)];
    app.kit.call.send_replace(group_call(CallPhase::Active { since }, legs));

    app.sees("the answers", |scene| states(scene).contains(&("bob".into(), LegState::Declined))).await;
}

#[tokio::test(start_paused = true)]
async fn people_are_brought_in_as_the_kit_asks_whom() {
    let mut app = in_a_group().await;
    let legs = vec![leg("ada", LegState::Accepted), leg("bob", LegState::Accepted)];
    app.kit.call.send_replace(group_call(CallPhase::Active { since: carillon_kit::now() }, legs));
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| scene.call.group.as_ref().is_some_and(|group| group.can_add)).await;

    app.call_window(CallRequest::AddPeople { on: true }).await.expect("there is a call");
    app.kit_did(Done::AddPerson).await;
    app.kit
        .events
        .send(CallEvent::AddPerson { call: info(call_id(1)), joined: vec![] })
        .expect("the controller listens");
    let adding = |scene: &Scene| scene.call.group.as_ref().and_then(|group| group.adding.clone());
    let scene = app.sees("whom to choose", |scene| adding(scene).is_some()).await;
    let names: Vec<_> = adding(&scene).unwrap_or_default().into_iter().map(|person| person.user).collect();
    assert_eq!(names, [user("wei")], "whoever is in it cannot be brought in");

    app.call_window(CallRequest::Invite { users: vec![user("wei")] }).await.expect("there is a call");

    let calls = app.started_calls().await;
    let more: Vec<_> = calls.iter().map(|call| (call.channel.as_str(), call.scope.clone(), call.to.clone())).collect();
    assert_eq!(more, [("a channel", in_design("Design"), vec![user("wei")])]);
    app.sees("the picker gone", |scene| adding(scene).is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn people_who_cannot_be_brought_in_do_not_end_the_call() {
    let mut app = in_a_group().await;
    *lock(&app.kit.start_call) = Err(carillon_kit::StartCallError::Offline);
    let legs = vec![leg("ada", LegState::Accepted), leg("bob", LegState::Accepted)];
    app.kit.call.send_replace(group_call(CallPhase::Active { since: carillon_kit::now() }, legs));
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| scene.main.call.is_some()).await;

    app.call_window(CallRequest::Invite { users: vec![user("wei")] }).await.expect("there is a call");

    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);
    let scene = app.sees("why not", |scene| told(scene) == Some(NoticeCode::Offline)).await;
    assert!(scene.main.call.is_some() && scene.open.contains(&WindowName::Call));
}

#[tokio::test(start_paused = true)]
async fn leaving_a_group_call_is_called_leaving() {
    let mut app = in_a_group().await;
    app.kit.call.send_replace(group_call(CallPhase::Active { since: carillon_kit::now() }, vec![]));
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| matches!(scene.call.state, CallState::Active { .. })).await;

    let talked = Duration::from_secs(3);
    app.kit.call.send_replace(group_call(CallPhase::Ended { reason: HangupReason::Normal, talked }, vec![]));

    let left = CallState::Ended { reason: HangupReason::Normal, talked_ms: 3000 };
    app.sees("the end", |scene| scene.call.state == left).await;
}

#[tokio::test(start_paused = true)]
async fn a_group_call_rings_with_its_groups_name() {
    let mut app = in_a_group().await;
    let ringing = Ring { scope: in_design("Design\u{202e}"), ..ring(1) };

    app.kit.ring.send_replace(Some(ringing));
    app.handle.subscribed(WindowName::Ring).await;

    let group = |scene: &Scene| scene.ring_view.ring.as_ref().and_then(|ring| ring.group.clone());
    let scene = app.sees("the ring", |scene| group(scene).as_deref() == Some("Design")).await;
    assert!(scene.ring.is_some_and(|ring| ring.group));
}

#[tokio::test(start_paused = true)]
async fn hands_have_places_and_whoever_stands_above_others_may_moderate_them() {
    let mut app = TestApp::signed_in().await;
    let accepted =
        |name: &str, role, hand, reconnecting| Leg { role, hand, reconnecting, ..leg(name, LegState::Accepted) };
    let legs = vec![
        accepted("bob", CallRole::Participant, Some(9), true),
        accepted("ada", CallRole::Admin, Some(12), true),
        accepted("eve", CallRole::Owner, None, false),
        accepted("wei", CallRole::Caller, Some(4), false),
    ];
    talks(&mut app, legs).await;

    let seen = |scene: &Scene| {
        let legs = scene.call.group.clone().unwrap_or_default().legs;
        let of = |leg: &LegView| (leg.user.to_string(), leg.hand, leg.can_moderate, leg.is_reconnecting);
        legs.iter().map(of).collect::<Vec<_>>()
    };
    let expected = [
        ("ada".to_owned(), Some(3), false, false),
        ("bob".to_owned(), Some(2), true, true),
        ("eve".to_owned(), None, false, false),
        ("wei".to_owned(), Some(1), true, false),
    ];
    app.sees("all of it", |scene| seen(scene) == expected).await;
}

#[tokio::test(start_paused = true)]
async fn a_hand_and_what_is_done_about_others_is_ordered_of_the_kit_and_a_refusal_is_shown() {
    let mut app = TestApp::signed_in().await;
    talks(&mut app, vec![leg("bob", LegState::Accepted), leg("ada", LegState::Accepted)]).await;

    app.call_window(CallRequest::SetHand { raised: true }).await.expect("there is a call");
    app.kit_did(Done::Hand(true)).await;
    *lock(&app.kit.order) = Err(CommandError::Refused(RefusalCode::NotAllowed));
    app.call_window(CallRequest::Moderate { user: user("bob"), what: Moderation::Mute })
        .await
        .expect("there is a call");
    app.kit_did(Done::Moderate(user("bob"), Moderation::Mute)).await;

    let refused = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code) == Some(NoticeCode::NotAllowed);
    app.sees("why not", refused).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_muted_is_told_by_whom() {
    let mut app = TestApp::signed_in().await;
    talks(&mut app, vec![leg("bob", LegState::Accepted), leg("ada", LegState::Accepted)]).await;

    app.kit.events.send(CallEvent::MutedBy { call: call_id(1), by: user("bob") }).expect("the controller listens");

    let told = |scene: &Scene| scene.call.notice.clone().map(|notice| (notice.code, notice.name));
    app.sees("by whom", |scene| told(scene) == Some((NoticeCode::MutedBy, "bob".to_owned()))).await;
}

/// Is in a group call with these.
async fn talks(app: &mut TestApp, legs: Vec<Leg>) {
    let since = carillon_kit::now();
    app.kit.call.send_replace(group_call(CallPhase::Active { since }, legs));
    app.sees("the call window", |scene| scene.open.contains(&WindowName::Call)).await;
    app.handle.subscribed(WindowName::Call).await;
}
