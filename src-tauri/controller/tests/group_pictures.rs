//! Group calls in the call window: whose pictures are drawn and asked for, who is large, and how loud each is.

use carillon_ipc::{
    CallRequest, CallState, GroupCallView, GroupRequest, MainRequest, NoticeCode, RingAnswer, Stream, VolumeView,
};
use carillon_kit::{
    CallInfo, CallKind, CallPhase, CallScope, CallStatus, FirstPictures, GroupKind, GroupRole, HangupReason, Leg,
    LegState, Levels, MicrophoneState, News, PictureSource, Published, PublishedSize, Ring, VoiceLevel, WantedView,
    media::Camera, now,
};

use super::{
    TestApp,
    fakes::{Done, Scene},
    test_app::{call_id, device_id, group, info, ring, user},
};
use crate::window::WindowName;

const WITH_CAMERA: FirstPictures = FirstPictures { camera_on: Some(true), ..FirstPictures::WITHOUT_CAMERA };

#[tokio::test(start_paused = true)]
async fn whoever_shows_something_has_a_stream_by_their_seat_and_what_is_seen_is_asked_for_as_large_as_it_is() {
    let mut app = in_call_with(&["bob", "wei", "zoe"]).await;
    publish(&app, "bob", true, false);
    publish(&app, "zoe", true, true);
    let streams = [Stream::Camera(0), Stream::Camera(3), Stream::Screen(3)];
    app.sees("their streams", |scene| drawn(scene) == streams).await;
    let scene = app.sees("where they are", feed).await;
    assert!(group_of(&scene).legs.iter().any(|leg| leg.user == user("zoe") && leg.seat == 3 && leg.screen));

    tiles(&app, &[(Stream::Camera(0), 200), (Stream::Screen(3), 700), (Stream::Camera(3), 90)]);
    let bob = wanted("bob", PictureSource::Camera, 200);
    let screen = wanted("zoe", PictureSource::Screen, 700);
    app.kit_did(Done::Show(vec![screen.clone(), bob, wanted("zoe", PictureSource::Camera, 90)])).await;
    tiles(&app, &[(Stream::Screen(3), 700)]);
    app.kit_did(Done::Show(vec![screen])).await;

    publish(&app, "zoe", false, false);
    app.sees("one stream", |scene| drawn(scene) == [Stream::Camera(0)]).await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_cannot_be_seen_asks_for_nothing() {
    let mut app = in_call_with(&["bob"]).await;
    publish(&app, "bob", true, false);
    app.sees("his stream", |scene| !drawn(scene).is_empty()).await;
    tiles(&app, &[(Stream::Camera(0), 90)]);
    app.kit_did(Done::Show(vec![wanted("bob", PictureSource::Camera, 90)])).await;
    let nothing = app.times(&Done::Show(vec![])).await;

    app.handle.seen(WindowName::Call, false).await;

    app.sees("nothing to draw", |scene| drawn(scene).is_empty()).await;
    assert_eq!(app.times(&Done::Show(vec![])).await, nothing + 1);
}

#[tokio::test(start_paused = true)]
async fn a_group_is_called_with_pictures_and_a_video_call_of_one_is_accepted_with_the_camera() {
    let mut app = TestApp::signed_in().await;
    app.news(News::GroupChanged(group("design", "Design", Some(GroupRole::Owner))));
    app.sees("the group", |scene| scene.groups().len() == 1).await;
    let call =
        GroupRequest::Call { group: group("design", "", None).group, users: vec![user("bob")], kind: CallKind::Video };
    app.main(MainRequest::Group(call)).await.expect("nobody talks yet");
    let calls = app.started_calls().await;
    assert_eq!((calls[0].scope.kind(), calls[0].pictures.camera_on), (CallKind::Video, Some(true)));

    let mut app = TestApp::signed_in().await;
    let ringing = Ring { scope: scope(CallKind::Video), ..ring(1) };
    app.kit.ring.send_replace(Some(ringing.clone()));
    app.sees("the ring", |scene| scene.ring.is_some()).await;
    app.ring_window(RingAnswer::Accept { call: ringing.call }).await.expect("it rings");
    app.kit_did(Done::Accept(WITH_CAMERA)).await;
}

#[tokio::test(start_paused = true)]
async fn camera_and_screen_are_turned_on_and_off_in_a_group_call() {
    let mut app = in_call_with(&["bob"]).await;

    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.kit_did(Done::Camera(Some(Camera::Device { id: None }))).await;
    let scene = app.sees("oneself", |scene| drawn(scene) == [Stream::OwnCamera]).await;
    assert!(group_of(&scene).legs[0].camera && group_of(&scene).legs[0].is_me);
    app.call_window(CallRequest::SetCamera { on: false }).await.expect("a call can carry pictures");
    app.kit_did(Done::Camera(None)).await;
    app.sees("nobody", |scene| drawn(scene).is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_user_who_has_joined_many_and_is_muted_by_that_is_told_so() {
    let many = ["bea", "cat", "dan", "eve", "fay", "gil"];
    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);
    for (others, muted, notice) in
        [(&many[..], true, Some(NoticeCode::JoinedMuted)), (&many[1..], true, None), (&many[..], false, None)]
    {
        let mut app = TestApp::signed_in().await;
        app.kit.call.send_replace(CallStatus { muted, ..status(others, CallPhase::Active { since: now() }) });
        app.handle.subscribed(WindowName::Call).await;
        let scene = app.sees("the call", |scene| group_of(scene).legs.len() == others.len() + 1).await;
        assert_eq!(told(&scene), notice, "{} others", others.len());
    }
}

#[tokio::test(start_paused = true)]
async fn one_is_pinned_and_let_go_and_the_choice_ends_with_the_call() {
    let mut app = in_call_with(&["bob", "wei"]).await;
    assert!(!group_of(&app.now()).is_spotlight);

    app.call_window(CallRequest::Pin { user: Some(user("wei")) }).await.expect("there is a group call");
    app.sees("Wei large", |scene| group_of(scene).is_spotlight && group_of(scene).pinned == Some(user("wei"))).await;
    app.call_window(CallRequest::Pin { user: None }).await.expect("there is a group call");
    app.sees("nobody pinned", |scene| group_of(scene).is_spotlight && group_of(scene).pinned.is_none()).await;
    app.call_window(CallRequest::ShowPeople { on: true }).await.expect("there is a group call");
    app.sees("the list", |scene| group_of(scene).shows_people).await;

    let over = CallPhase::Ended { reason: HangupReason::Normal, talked: std::time::Duration::ZERO };
    app.kit.call.send_replace(status(&["bob", "wei"], over));
    app.sees("the end", |scene| matches!(scene.call.state, CallState::Ended { .. })).await;
    let late = app.call_window(CallRequest::SetSpotlight { on: true }).await;
    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
    app.kit.call.send_replace(status(&["bob", "wei"], CallPhase::Active { since: now() }));
    app.sees("the next call", |scene| scene.main.call.is_some() && !group_of(scene).is_spotlight).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_chosen_in_one_call_does_not_count_in_another_that_follows_at_once() {
    let mut app = in_call_with(&["bob"]).await;
    app.call_window(CallRequest::Pin { user: Some(user("bob")) }).await.expect("there is a group call");
    app.sees("him large", |scene| group_of(scene).pinned.is_some()).await;

    app.kit.call.send_modify(|status| {
        status.call.iter_mut().for_each(|call| call.id = Some(call_id(2)));
    });

    app.sees("all the same", |scene| group_of(scene).pinned.is_none() && !group_of(scene).is_spotlight).await;
}

#[tokio::test(start_paused = true)]
async fn a_screen_that_is_shared_is_large_and_then_all_is_as_it_was() {
    let mut app = in_call_with(&["bob"]).await;
    publish(&app, "bob", false, true);
    app.sees("the screen large", |scene| group_of(scene).is_spotlight).await;
    publish(&app, "bob", false, false);
    app.sees("all the same", |scene| !group_of(scene).is_spotlight).await;
}

#[tokio::test(start_paused = true)]
async fn somebody_is_made_quieter_and_silenced_for_this_user_alone() {
    let mut app = in_call_with(&["bob"]).await;
    let volume = |scene: &Scene| group_of(scene).legs[1].volume;

    app.call_window(CallRequest::SetVolume { user: user("bob"), percent: 60 }).await.expect("there is a group call");
    app.kit_did(Done::Volume(user("bob"), 60)).await;
    app.call_window(CallRequest::Silence { user: user("bob"), on: true }).await.expect("there is a group call");
    app.kit_did(Done::Volume(user("bob"), 0)).await;
    app.sees("both", |scene| volume(scene) == VolumeView { percent: 60, is_silenced: true }).await;
    app.call_window(CallRequest::Silence { user: user("bob"), on: false }).await.expect("there is a group call");
    assert_eq!(app.times(&Done::Volume(user("bob"), 60)).await, 2, "as loud as before");

    app.call_window(CallRequest::SetVolume { user: user("bob"), percent: 255 }).await.expect("there is a group call");
    app.kit_did(Done::Volume(user("bob"), 200)).await;
}

#[tokio::test(start_paused = true)]
async fn each_voice_has_its_level_and_whoever_talks_is_the_speaker() {
    let mut app = in_call_with(&["bob", "wei"]).await;
    let voice = |name: &str, level| VoiceLevel { user: user(name), device: device_id(1), level };

    app.kit.voices.send_replace(vec![voice("wei", 0.75), voice("bob", 0.25), voice("stranger", 0.125)]);
    app.kit.levels.send_replace(Levels { microphone: 0.5, speaker: 0.75 });

    app.sees("both by their seats", |scene| scene.levels.voices == [(2, 0.75), (0, 0.25)]).await;
    app.sees("who talks", |scene| group_of(scene).speaker == Some(user("wei"))).await;
}

/// A group call with these people is under way: this user was asked by the first, and has the second seat.
async fn in_call_with(others: &[&str]) -> TestApp {
    let mut app = TestApp::signed_in().await;
    app.kit.call.send_replace(status(others, CallPhase::Active { since: now() }));
    app.sees("the call window", |scene| scene.open.contains(&WindowName::Call)).await;
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| group_of(scene).legs.len() == others.len() + 1).await;
    app
}

fn scope(kind: CallKind) -> CallScope {
    let (place, name) = (GroupKind::Group, Some("Design".into()));
    CallScope::Group { kind, group: group("design", "", None).group, place, name }
}

fn status(others: &[&str], phase: CallPhase) -> CallStatus {
    let leg = |name: &str| Leg::new(user(name), name, LegState::Accepted);
    let (first, rest) = others.split_first().expect("somebody");
    let legs = [*first, "ada"].into_iter().chain(rest.iter().copied()).map(leg).collect();
    let call = CallInfo { scope: scope(CallKind::Video), legs, ..info(call_id(1)) };
    CallStatus { phase, call: Some(call), ..CallStatus::default() }
}

fn publish(app: &TestApp, name: &str, camera: bool, screen: bool) {
    let size = PublishedSize::new(640, 480);
    let (camera, screen) = (size.filter(|_| camera), size.filter(|_| screen));
    let published = Published { microphone: MicrophoneState::On, camera, screen, ..Published::default() };
    app.kit.call.send_modify(|status| {
        let legs = status.call.iter_mut().flat_map(|call| &mut call.legs);
        legs.filter(|leg| leg.user == user(name)).for_each(|leg| leg.published = published);
    });
}

/// The window says that these tiles can be seen, and how high they are.
fn tiles(app: &TestApp, tiles: &[(Stream, u16)]) {
    app.now().heights.send_replace(tiles.iter().copied().collect());
}

fn wanted(name: &str, source: PictureSource, height: u16) -> WantedView {
    WantedView { user: user(name), source, height }
}

fn group_of(scene: &Scene) -> GroupCallView {
    scene.call.group.clone().unwrap_or_default()
}

fn feed(scene: &Scene) -> bool {
    scene.call.pictures.as_ref().is_some_and(|pictures| pictures.feed.is_some())
}

fn drawn(scene: &Scene) -> Vec<Stream> {
    scene.feeds.get(&WindowName::Call).map(|feed| feed.1.clone()).unwrap_or_default()
}
