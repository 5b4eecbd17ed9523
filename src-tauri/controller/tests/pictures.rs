//! Cameras, screens and what the windows draw of them.

use std::{
    sync::atomic::Ordering,
    time::{Duration, Instant},
};

use carillon_ipc::{
    CallRequest, MainRequest, NoticeCode, NumberView, PicturesView, Quality, RingAnswer, RingRequest, ScreenKind,
    ScreenPickerView, SettingsRequest, SignInForm, Stream,
};
use carillon_kit::{
    CallEvent, CallKind, CallPhase, CallStats, CallStatus, Codec, End, FirstPictures, HangupReason, MediaDevice,
    MediaNotice, PictureCodec, PictureLayer, PictureSource, PictureStats, StreamStats,
    media::{Camera, Picture, PictureSize, Screen, ScreenId},
    now,
};

use super::{
    TestApp,
    fakes::{Done, Scene, lock, screen},
    test_app::user,
};
use crate::{
    desktop::{PutAway, TrayAction},
    ring::RingPress,
    window::WindowName,
};

const WEBCAM: Camera = Camera::Device { id: None };
const WITH_CAMERA: FirstPictures = FirstPictures { camera_on: Some(true), ..FirstPictures::WITHOUT_CAMERA };

#[tokio::test(start_paused = true)]
async fn a_video_call_begins_with_the_camera_and_a_voice_call_without_it() {
    let mut app = TestApp::signed_in().await;

    app.main(MainRequest::Call { user: user("bob"), kind: CallKind::Video }).await.expect("Bob can be called");
    assert_eq!(cameras(&mut app).await, [Some(true)]);
    talk(&mut app, CallKind::Video).await;
    let scene = app.sees("the self-view", own_camera).await;
    assert_eq!(drawn(&scene), [Stream::OwnCamera]);
    end(&mut app).await;

    app.main(MainRequest::Call { user: user("bob"), kind: CallKind::Voice }).await.expect("Bob can be called");
    talk(&mut app, CallKind::Voice).await;
    let scene = app.sees("the call", |scene| scene.call.pictures.is_some()).await;
    assert!(!own_camera(&scene) && scene.feeds.is_empty(), "nothing listens in a voice call");
    assert_eq!(cameras(&mut app).await, [Some(true), Some(false)]);
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_was_off_at_the_end_of_a_call_is_off_when_the_same_person_is_called_again() {
    let mut app = TestApp::signed_in().await;
    app.main(MainRequest::Call { user: user("bob"), kind: CallKind::Video }).await.expect("Bob can be called");
    talk(&mut app, CallKind::Video).await;
    app.call_window(CallRequest::SetCamera { on: false }).await.expect("a call can carry pictures");
    end(&mut app).await;

    app.call_window(CallRequest::CallAgain).await.expect("he can be called again");
    assert_eq!(cameras(&mut app).await, [Some(true), Some(false)]);

    talk(&mut app, CallKind::Video).await;
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    end(&mut app).await;
    app.call_window(CallRequest::CallAgain).await.expect("he can be called again");
    assert_eq!(cameras(&mut app).await, [Some(true), Some(false), Some(true)]);
}

#[tokio::test(start_paused = true)]
async fn a_video_call_is_accepted_with_the_camera_or_without_it_and_no_camera_opens_before_that() {
    let mut app = TestApp::signed_in().await;

    let call = app.bob_calls_with_video(1).await;
    app.ring_window(RingAnswer::AcceptWithoutVideo { call }).await.expect("it rings");
    app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;
    talk(&mut app, CallKind::Video).await;
    app.sees("the call", |scene| scene.call.pictures.is_some()).await;
    assert!(!own_camera(&app.now()));
    end(&mut app).await;

    let call = app.bob_calls_with_video(2).await;
    app.ring_window(RingAnswer::Accept { call }).await.expect("it rings");
    app.kit_did(Done::Accept(WITH_CAMERA)).await;
}

#[tokio::test(start_paused = true)]
async fn a_notification_a_tray_and_a_key_open_no_camera() {
    for number in 1..=3 {
        let mut app = TestApp::signed_in().await;
        let call = app.bob_calls_with_video(number).await;
        match number {
            1 => app.handle.pressed(RingPress::Answer(RingAnswer::Accept { call })).await,
            2 => app.handle.tray(TrayAction::Accept).await,
            _ => app.handle.shortcut(true).await,
        }

        app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;
        talk(&mut app, CallKind::Video).await;
        app.call_window(CallRequest::SetCamera { on: true }).await.expect("by a click that sees what it does");
        app.sees("the self-view", own_camera).await;
    }
}

#[tokio::test(start_paused = true)]
async fn devices_are_listed_in_a_call_and_in_the_settings_and_at_no_other_time() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Call).await; // it is made ahead
    tokio::time::sleep(Duration::from_secs(60)).await;
    let lists = |app: &TestApp| app.kit.lists_of_devices.load(Ordering::SeqCst);
    assert_eq!(lists(&app), 0);

    talk(&mut app, CallKind::Voice).await;
    app.sees("the devices", |scene| !scene.call.microphones.devices.is_empty()).await;
    end(&mut app).await;
    let in_call = lists(&app);
    tokio::time::sleep(Duration::from_secs(60)).await;
    assert!(in_call > 0 && lists(&app) == in_call, "{} lists after {in_call}", lists(&app));

    app.handle.subscribed(WindowName::Settings).await;
    app.settle().await;
    assert!(lists(&app) > in_call);
}

#[tokio::test(start_paused = true)]
async fn a_camera_is_turned_on_and_off_in_a_call_and_another_one_is_chosen() {
    let mut app = in_call(CallKind::Voice).await;

    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.sees("the self-view", own_camera).await;
    app.call_window(CallRequest::ChooseCamera { id: Some("webcam".into()) }).await.expect("always possible");
    let webcam = Camera::Device { id: Some("webcam".into()) };
    app.kit_did(Done::Camera(Some(webcam.clone()))).await;
    let scene = app.sees("the choice", |scene| pictures(scene).camera.cameras.chosen.is_some()).await;
    assert!(pictures(&scene).camera.is_mirrored);

    app.call_window(CallRequest::SetCamera { on: false }).await.expect("a call can carry pictures");
    let scene = app.sees("no self-view", |scene| !own_camera(scene)).await;
    assert_eq!((pictures(&scene).feed, drawn(&scene)), (None, vec![]));
    app.call_window(CallRequest::ChooseCamera { id: None }).await.expect("always possible");
    app.kit_did(Done::ChooseCamera(WEBCAM)).await;
}

#[tokio::test(start_paused = true)]
async fn one_feed_lasts_as_long_as_there_is_something_to_draw() {
    let mut app = in_call(CallKind::Video).await;
    assert!(pictures(&app.now()).feed.is_none());

    app.bob_publishes(true, false, false);
    app.kit.their_camera.send_replace(Some(picture()));
    let scene = app.sees("their camera", |scene| pictures(scene).theirs.camera).await;
    let first = pictures(&scene).feed.expect("there is something to draw");
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    let scene = app.sees("both", |scene| drawn(scene).len() == 2).await;
    assert_eq!(pictures(&scene).feed, Some(first.clone()));
    app.kit.their_camera.send_replace(None);
    let scene = app.sees("one's own", |scene| drawn(scene) == [Stream::OwnCamera]).await;
    assert!(!pictures(&scene).theirs.camera && pictures(&scene).feed.is_some());

    app.call_window(CallRequest::SetCamera { on: false }).await.expect("a call can carry pictures");
    app.sees("nothing", |scene| scene.feeds.is_empty() && pictures(scene).feed.is_none()).await;
    app.bob_publishes(false, true, false);
    app.kit.their_screen.send_replace(Some(picture()));
    let scene = app.sees("their screen", |scene| drawn(scene) == [Stream::TheirScreen]).await;
    assert_ne!(pictures(&scene).feed, Some(first), "another one");
    end(&mut app).await;
    app.sees("nothing listens after the call", |scene| scene.feeds.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_its_user_turned_off_is_not_shown_whatever_has_come_in() {
    let mut app = in_call(CallKind::Video).await;
    app.kit.their_camera.send_replace(Some(picture()));
    app.settle().await;
    assert!(!pictures(&app.now()).theirs.camera, "the other end does not say that it shows it");

    app.bob_publishes(true, false, false);
    app.sees("their camera", |scene| pictures(scene).theirs.camera && !scene.feeds.is_empty()).await;
    app.bob_publishes(false, false, true);

    let scene = app.sees("no camera", |scene| !pictures(scene).theirs.camera && scene.feeds.is_empty()).await;
    assert!(pictures(&scene).theirs.is_muted);
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_fails_is_off_and_the_call_goes_on() {
    let mut app = in_call(CallKind::Video).await;
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.sees("the self-view", own_camera).await;

    let busy = MediaNotice::Busy { device: MediaDevice::Camera };
    app.kit.events.send(CallEvent::Media(busy)).expect("the controller listens");

    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::DeviceBusy)).await;
    assert!(!own_camera(&scene) && scene.main.call.is_some());
    app.kit_did(Done::Camera(None)).await;

    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.sees("the notice and the self-view", |scene| told(scene).is_some() && own_camera(scene)).await;
    let restored = |device| CallEvent::Media(MediaNotice::Restored { device, name: String::new() });
    app.kit.events.send(restored(MediaDevice::Speaker)).expect("the controller listens");
    app.settle().await;
    assert!(told(&app.now()).is_some(), "that was another device");
    app.kit.events.send(restored(MediaDevice::Camera)).expect("the controller listens");
    app.sees("no notice", |scene| told(scene).is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn an_unplugged_camera_is_told_and_is_on_again_when_it_is_back() {
    let mut app = in_call(CallKind::Video).await;
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.sees("the self-view", own_camera).await;
    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);

    let gone = MediaNotice::Gone { device: MediaDevice::Camera, name: "Webcam".into() };
    app.kit.events.send(CallEvent::Media(gone)).expect("the controller listens");
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::CameraGone)).await;
    assert!(!own_camera(&scene) && pictures(&scene).camera.is_on, "it is wanted as before");

    let back = MediaNotice::Restored { device: MediaDevice::Camera, name: "Webcam".into() };
    app.kit.events.send(CallEvent::Media(back)).expect("the controller listens");
    let scene = app.sees("no notice", |scene| told(scene).is_none()).await;
    assert!(own_camera(&scene));
}

#[tokio::test(start_paused = true)]
async fn a_screen_is_chosen_shared_and_shared_no_more() {
    let mut app = in_call(CallKind::Voice).await;
    *lock(&app.kit.screens) = vec![screen("screen-1", "Screen 1"), screen("w7", "Notes")];

    app.call_window(CallRequest::PickScreen { on: true }).await.expect("a call can carry pictures");
    let found = |scene: &Scene| pictures(scene).picker.is_some_and(|picker| picker.screens.len() == 2);
    let scene = app.sees("what there is", found).await;
    assert!(pictures(&scene).picker.is_some_and(|ScreenPickerView { is_looking, .. }| !is_looking));
    app.call_window(CallRequest::ShareScreen { id: "w7".into() }).await.expect("it is there");
    app.kit_did(Done::Screen(Some(Screen::Device(ScreenId("w7".into()))))).await;
    let scene = app.sees("what is shared", |scene| pictures(scene).sharing.as_deref() == Some("Notes")).await;
    assert!(pictures(&scene).picker.is_none() && pictures(&scene).mine.screen);
    assert_eq!(drawn(&scene), [Stream::OwnScreen]);

    app.call_window(CallRequest::StopSharing).await.expect("always possible");
    app.kit_did(Done::Screen(None)).await;
    app.sees("nothing shared", |scene| pictures(scene).sharing.is_none() && scene.feeds.is_empty()).await;
    let late = app.call_window(CallRequest::ShareScreen { id: "w7".into() }).await;
    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::ScreenGone));
}

#[tokio::test(start_paused = true)]
async fn where_the_desktop_has_a_picker_of_its_own_it_comes_up_at_once_and_nothing_is_shared_before_its_answer() {
    let mut app = in_call(CallKind::Voice).await;
    let mut picker = screen("portal:0", "");
    picker.view.kind = ScreenKind::Picker;
    *lock(&app.kit.screens) = vec![picker];

    app.call_window(CallRequest::PickScreen { on: true }).await.expect("a call can carry pictures");

    app.kit_did(Done::Screen(Some(Screen::Device(ScreenId("portal:0".into()))))).await;
    let scene = app.sees("no picker of ours", |scene| pictures(scene).picker.is_none()).await;
    assert!(pictures(&scene).sharing.is_none() && drawn(&scene).is_empty(), "the user has yet to choose");

    let chosen = MediaNotice::Chosen { device: MediaDevice::Screen, name: String::new() };
    app.kit.events.send(CallEvent::Media(chosen)).expect("the controller listens");
    app.sees("that it is shared", |scene| pictures(scene).sharing.is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn who_closes_the_desktops_picker_shares_nothing_and_is_told_nothing() {
    let mut app = in_call(CallKind::Voice).await;
    let mut picker = screen("portal:0", "");
    picker.view.kind = ScreenKind::Picker;
    *lock(&app.kit.screens) = vec![picker];
    app.call_window(CallRequest::PickScreen { on: true }).await.expect("a call can carry pictures");
    app.kit_did(Done::Screen(Some(Screen::Device(ScreenId("portal:0".into()))))).await;

    let cancelled = MediaNotice::Cancelled { device: MediaDevice::Screen };
    app.kit.events.send(CallEvent::Media(cancelled)).expect("the controller listens");

    app.kit_did(Done::Screen(None)).await;
    let scene = app.sees("nothing shared", |scene| pictures(scene).sharing.is_none()).await;
    assert_eq!(scene.call.notice, None);
}

#[tokio::test(start_paused = true)]
async fn a_shared_window_that_is_closed_is_said_and_shared_no_more() {
    let mut app = in_call(CallKind::Voice).await;
    share(&mut app).await;

    let gone = MediaNotice::Gone { device: MediaDevice::Screen, name: String::new() };
    app.kit.events.send(CallEvent::Media(gone)).expect("the controller listens");

    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);
    app.sees("the notice", |scene| told(scene) == Some(NoticeCode::ScreenGone) && pictures(scene).sharing.is_none())
        .await;
}

#[tokio::test(start_paused = true)]
async fn a_window_that_is_left_becomes_small_while_there_are_pictures_and_whole_again_when_it_is_asked_for() {
    let mut app = in_call(CallKind::Video).await;
    app.bob_publishes(true, false, false);
    app.kit.their_camera.send_replace(Some(picture()));
    app.sees("their camera", |scene| pictures(scene).theirs.camera).await;

    app.handle.close_requested(WindowName::Call).await;
    let scene = app.sees("the small window", |scene| scene.mini && pictures(scene).is_mini).await;
    assert!(scene.put_away.is_empty() && !scene.feeds.is_empty());
    app.main(MainRequest::ShowCall).await.expect("there is a call");
    app.sees("the whole window", |scene| !scene.mini && !pictures(scene).is_mini).await;

    app.call_window(CallRequest::SetMini { on: true }).await.expect("a call can carry pictures");
    app.sees("the small window", |scene| scene.mini).await;
    app.handle.close_requested(WindowName::Call).await;
    let scene = app.sees("no window", |scene| !scene.put_away.is_empty()).await;
    assert_eq!(scene.put_away, [(WindowName::Call, PutAway::Minimise)], "who closes the small one wants none");
    app.sees("no feed for what is not seen", |scene| scene.feeds.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_window_fills_the_screen_until_it_is_small_or_the_call_is_over() {
    let mut app = in_call(CallKind::Video).await;

    app.call_window(CallRequest::SetFullScreen { on: true }).await.expect("a call can carry pictures");
    app.sees("the whole screen", |scene| scene.full_screen && pictures(scene).is_full_screen).await;
    app.call_window(CallRequest::SetMini { on: true }).await.expect("a call can carry pictures");
    app.sees("the small window", |scene| scene.mini && !scene.full_screen).await;
    end(&mut app).await;
    app.sees("a window as always", |scene| !scene.mini && !scene.full_screen).await;
}

#[tokio::test(start_paused = true)]
async fn who_signs_out_in_a_call_finds_nothing_of_it_in_the_next_one() {
    let mut app = in_call(CallKind::Video).await;
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.call_window(CallRequest::ShowNumbers { on: true }).await.expect("always possible");
    app.call_window(CallRequest::SetMini { on: true }).await.expect("a call can carry pictures");
    app.sees("the small window", |scene| scene.mini).await;

    app.main(MainRequest::SignOut).await.expect("always possible");
    app.sees("a window as always", |scene| !scene.mini && scene.feeds.is_empty()).await;

    app.kit.call.send_replace(CallStatus::default());
    app.main(MainRequest::SignIn(SignInForm::default())).await.expect("nobody is signed in");
    app.sees("whoever is signed in", |scene| scene.main.me.is_some()).await;
    talk(&mut app, CallKind::Video).await;
    let is_whole = |scene: &Scene| scene.call.pictures.as_ref().is_some_and(|shown| !shown.is_mini);
    let scene = app.sees("the whole call window", is_whole).await;
    assert!(pictures(&scene).numbers.is_none());
}

#[tokio::test(start_paused = true)]
async fn a_minimised_window_draws_nothing_unless_a_screen_is_shared_which_must_be_seen() {
    let mut app = in_call(CallKind::Video).await;
    app.bob_publishes(true, false, false);
    app.kit.their_camera.send_replace(Some(picture()));
    app.sees("a feed", |scene| !scene.feeds.is_empty()).await;

    app.handle.seen(WindowName::Call, false).await;
    app.sees("none", |scene| scene.feeds.is_empty() && pictures(scene).feed.is_none()).await;
    app.kit_did(Done::Want(PictureSource::Camera, Some(0))).await;
    app.kit_did(Done::Want(PictureSource::Screen, Some(0))).await;
    app.handle.seen(WindowName::Call, true).await;
    app.sees("a feed", |scene| !scene.feeds.is_empty()).await;
    app.kit_did(Done::Want(PictureSource::Camera, None)).await;

    share(&mut app).await;
    app.handle.seen(WindowName::Call, false).await;
    app.sees("the small window", |scene| scene.mini && !scene.feeds.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn the_network_is_good_until_two_seconds_in_a_row_are_bad_and_the_numbers_are_shown_on_demand() {
    let mut app = in_call(CallKind::Video).await;
    app.sees("the call", |scene| pictures(scene).quality == Quality::Good && pictures(scene).numbers.is_none()).await;

    app.kit.stats.send_replace(Some(stats(0.2, 10_000)));
    app.settle().await;
    assert_eq!(pictures(&app.now()).quality, Quality::Good, "one second says nothing");
    tokio::time::sleep(Duration::from_secs(1)).await;
    app.kit.stats.send_replace(Some(stats(0.2, 135_000)));
    app.sees("the bad network", |scene| pictures(scene).quality == Quality::Bad).await;

    app.call_window(CallRequest::ShowNumbers { on: true }).await.expect("always possible");
    let scene = app.sees("the numbers", |scene| pictures(scene).numbers.is_some()).await;
    let numbers = pictures(&scene).numbers.expect("they are shown");
    assert!(numbers.iter().any(|number| number.value == "20.0 %"), "{numbers:?}");

    let sizes = vec![sent_in(PictureLayer::Large, (1280, 720)), sent_in(PictureLayer::Small, (320, 180))];
    app.kit.stats.send_replace(Some(CallStats { pictures: sizes, ..stats(0.0, 260_000) }));
    let both = |number: &NumberView| number.value == "1280×720, 30/s + 320×180, 30/s";
    app.sees("each size", |scene| pictures(scene).numbers.is_some_and(|numbers| numbers.iter().any(both))).await;
}

#[tokio::test(start_paused = true)]
async fn the_camera_is_looked_at_before_a_call_and_closes_with_the_page() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    app.settle().await;
    let open = app.kit.open_previews.clone();
    assert_eq!(open.load(Ordering::SeqCst), 0);

    app.settings(SettingsRequest::TestCamera { on: true }).await.expect("always possible");
    let has_feed = |scene: &Scene| scene.settings.test.camera.as_ref().is_some_and(|test| test.feed.is_some());
    let scene = app.sees("oneself", has_feed).await;
    assert_eq!(scene.feeds.get(&WindowName::Settings).map(|feed| feed.1.clone()), Some(vec![Stream::OwnCamera]));
    app.settings(SettingsRequest::SetCamera { id: Some("webcam".into()) }).await.expect("always possible");
    app.sees("the other camera", |scene| has_feed(scene) && scene.settings.cameras.chosen.is_some()).await;
    assert_eq!(open.load(Ordering::SeqCst), 1);

    app.handle.close_requested(WindowName::Settings).await;
    app.sees("nothing to draw", |scene| scene.feeds.is_empty()).await;
    app.settle().await;
    assert_eq!(open.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_look_at_oneself_in_the_settings_ends_where_the_call_needs_the_camera() {
    let mut app = in_call(CallKind::Video).await;
    app.handle.subscribed(WindowName::Settings).await;
    app.settings(SettingsRequest::TestCamera { on: true }).await.expect("always possible");
    app.sees("oneself", |scene| scene.settings.test.camera.is_some()).await;

    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");

    app.sees("the call's own picture only", |scene| scene.settings.test.camera.is_none() && own_camera(scene)).await;
    app.settle().await;
    assert_eq!(app.kit.open_previews.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn one_looks_at_oneself_before_one_accepts_by_a_click_and_until_the_answer() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls_with_video(1).await;
    app.handle.subscribed(WindowName::Ring).await;
    let scene = app.sees("the ring", |scene| scene.ring_view.ring.is_some()).await;
    assert!(scene.ring_view.ring.is_some_and(|ring| ring.opens_camera) && scene.ring_view.look.is_none());
    let open = app.kit.open_previews.clone();
    assert_eq!(open.load(Ordering::SeqCst), 0, "nobody has asked for it");

    app.in_ring(RingRequest::Look { on: true }).await.expect("it rings");
    let has_feed = |scene: &Scene| scene.ring_view.look.as_ref().is_some_and(|look| look.feed.is_some());
    let scene = app.sees("oneself", |scene| has_feed(scene) && scene.ring_looks).await;
    assert_eq!(scene.feeds.get(&WindowName::Ring).map(|feed| feed.1.clone()), Some(vec![Stream::OwnCamera]));
    assert_eq!(open.load(Ordering::SeqCst), 1);

    app.ring_window(RingAnswer::Accept { call }).await.expect("it rings");
    app.kit_did(Done::Accept(WITH_CAMERA)).await;
    assert_eq!(open.load(Ordering::SeqCst), 0, "the call finds the camera free");
    app.kit.ring.send_replace(None);
    app.sees("no ring", |scene| scene.feeds.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn whether_video_calls_open_the_camera_is_remembered_from_ring_to_ring_and_for_ones_own_calls() {
    let mut app = TestApp::signed_in().await;
    let call = app.bob_calls_with_video(1).await;
    app.handle.subscribed(WindowName::Ring).await;
    app.in_ring(RingRequest::Look { on: true }).await.expect("it rings");
    app.in_ring(RingRequest::SetCamera { on: false }).await.expect("it rings");
    let opens = |scene: &Scene| scene.ring_view.ring.as_ref().is_some_and(|ring| ring.opens_camera);
    app.sees("the choice", |scene| !opens(scene) && scene.ring_view.look.is_none()).await;
    app.ring_window(RingAnswer::Accept { call }).await.expect("it rings");
    app.kit_did(Done::Accept(FirstPictures::WITHOUT_CAMERA)).await;
    app.kit.ring.send_replace(None);
    end(&mut app).await;

    app.main(MainRequest::Call { user: user("bob"), kind: CallKind::Video }).await.expect("Bob can be called");
    assert_eq!(cameras(&mut app).await, [Some(false)]);
    app.pair_call_is(CallPhase::RingingThere { devices: 1 }, CallKind::Video);
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| scene.call.pictures.is_some()).await;
    app.call_window(CallRequest::SetCamera { on: true }).await.expect("a call can carry pictures");
    app.sees("the self-view", own_camera).await;
    end(&mut app).await;

    app.bob_calls_with_video(2).await;
    app.handle.subscribed(WindowName::Ring).await;
    app.sees("the ring with the camera", opens).await;
    app.in_ring(RingRequest::Look { on: true }).await.expect("it rings");
    app.sees("oneself", |scene| scene.ring_view.look.is_some()).await;
    app.kit.ring.send_replace(None);
    app.sees("nothing", |scene| scene.feeds.is_empty()).await;
    let late = app.in_ring(RingRequest::Look { on: true }).await;
    assert_eq!(late.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));
}

#[tokio::test(start_paused = true)]
async fn a_camera_that_cannot_be_looked_at_is_said_in_words() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    let told = |scene: &Scene| scene.settings.notice.as_ref().map(|notice| notice.code);

    *lock(&app.kit.preview) = Err(MediaNotice::Missing { device: MediaDevice::Camera });
    app.settings(SettingsRequest::TestCamera { on: true }).await.expect("always possible");
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::NoCamera)).await;
    assert!(scene.settings.test.camera.is_none());

    *lock(&app.kit.preview) = Ok(());
    app.settings(SettingsRequest::TestCamera { on: true }).await.expect("always possible");
    app.sees("oneself", |scene| !scene.feeds.is_empty()).await;
    app.kit.preview_fails.send_replace(Some(MediaNotice::Gone { device: MediaDevice::Camera, name: String::new() }));
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::CameraGone)).await;
    assert!(scene.settings.test.camera.is_none() && scene.feeds.is_empty());
}

/// How the camera was to be at the beginning of each call that the kit was asked to start.
async fn cameras(app: &mut TestApp) -> Vec<Option<bool>> {
    app.started_calls().await.into_iter().map(|call| call.pictures.camera_on).collect()
}

async fn in_call(kind: CallKind) -> TestApp {
    let mut app = TestApp::signed_in().await;
    talk(&mut app, kind).await;
    app.sees("the call", |scene| scene.call.pictures.is_some()).await;
    app
}

/// A call of two is under way, and its window listens.
async fn talk(app: &mut TestApp, kind: CallKind) {
    app.kit.ring.send_replace(None);
    app.pair_call_is(CallPhase::Active { since: now() }, kind);
    app.sees("the call window", |scene| scene.open.contains(&WindowName::Call)).await;
    app.handle.subscribed(WindowName::Call).await;
    app.sees("the call", |scene| scene.main.call.is_some() && scene.call.pictures.is_some()).await;
}

async fn end(app: &mut TestApp) {
    app.pair_call_is(CallPhase::Ended { reason: HangupReason::Remote, talked: Duration::ZERO }, CallKind::Video);
    app.sees("the end", |scene| scene.main.call.is_none()).await;
}

async fn share(app: &mut TestApp) {
    app.call_window(CallRequest::PickScreen { on: true }).await.expect("a call can carry pictures");
    app.sees("what there is", |scene| pictures(scene).picker.is_some_and(|picker| !picker.is_looking)).await;
    app.call_window(CallRequest::ShareScreen { id: "screen-1".into() }).await.expect("it is there");
    app.sees("what is shared", |scene| pictures(scene).sharing.is_some()).await;
}

/// What the call window shows of pictures.
fn pictures(scene: &Scene) -> PicturesView {
    scene.call.pictures.clone().unwrap_or_default()
}

fn own_camera(scene: &Scene) -> bool {
    let shown = pictures(scene);
    shown.camera.is_on && shown.mine.camera
}

/// What is sent to the call window.
fn drawn(scene: &Scene) -> Vec<Stream> {
    scene.feeds.get(&WindowName::Call).map(|feed| feed.1.clone()).unwrap_or_default()
}

fn picture() -> Picture {
    let size = PictureSize::new(16, 16).expect("a size");
    Picture::new(size, Instant::now(), vec![16; size.bytes()]).expect("all its planes")
}

/// Of a camera that is sent in several sizes, one of them.
fn sent_in(layer: PictureLayer, (width, height): (u32, u32)) -> PictureStats {
    PictureStats {
        end: End::This,
        user: None,
        source: PictureSource::Camera,
        layer: Some(layer),
        codec: PictureCodec::H264,
        width,
        height,
        frame_rate: 30.0,
        bitrate: 500_000,
        pictures: 90,
        lost: 0,
        loss: 0.0,
        freezes: 0,
        is_paused: false,
    }
}

fn stats(loss: f32, bytes: u64) -> CallStats {
    let stream =
        StreamStats { codec: Codec::Opus, level: 0.0, packets: 100, bytes, lost: 0, loss, jitter: Duration::ZERO };
    let (available_bitrate, pictures) = (1_000_000, Vec::new());
    CallStats { round_trip: None, path: None, sent: stream, received: stream, available_bitrate, pictures }
}
