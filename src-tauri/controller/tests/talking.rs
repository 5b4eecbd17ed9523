//! Calls, people and the log.

use std::time::Duration;

use carillon_ipc::{
    CallRequest, CallState, LinkView, ListFilter, ListRequest, MainRequest, NoticeCode, OwnPresence, PageView,
    QuitAnswer, SwitchView, TriedAnswer,
};
use carillon_kit::{
    Avatar, CallEntry, CallEvent, CallKind, CallPhase, CallStatus, Direction, EndReason, HangupReason, LinkState,
    MediaDevice, MediaNotice, News, Presence, Refusal, RefusalCode, StartCallError, Unverified, UserId,
    media::bell::Bell, testing::Request,
};

use super::{
    TestApp,
    fakes::{Done, Scene, lock},
    test_app::{self, call_id, user, with_bob},
};
use crate::{
    desktop::{TrayAction, TrayState},
    window::WindowName,
};

fn call_bob() -> MainRequest {
    MainRequest::Call { user: user("bob"), kind: CallKind::Voice }
}

/// Whom the kit was asked to call, in order.
async fn called(app: &mut TestApp) -> Vec<UserId> {
    app.started_calls().await.into_iter().flat_map(|call| call.to).collect()
}

fn in_call_window(scene: &Scene) -> bool {
    scene.open.contains(&WindowName::Call)
}

#[tokio::test(start_paused = true)]
async fn a_call_opens_its_window_and_two_clicks_are_one_call() {
    let mut app = TestApp::signed_in().await;

    app.main(call_bob()).await.expect("Bob can be called");
    app.main(call_bob()).await.expect("a second click is no mistake");
    app.call_is(CallPhase::Calling);

    app.sees("the call window", in_call_window).await;
    assert_eq!(called(&mut app).await, [user("bob")]);
    assert!(app.now().main.call.is_some());
}

#[tokio::test(start_paused = true)]
async fn the_caller_hears_it_ring_there_only_while_it_does() {
    let mut app = TestApp::signed_in().await;

    app.call_is(CallPhase::RingingThere { devices: 0 });
    app.settle().await;
    assert_eq!(app.now().sound, None, "nobody has said that it rings");
    app.call_is(CallPhase::RingingThere { devices: 2 });
    app.sees("the ringback", |scene| scene.sound.as_ref().is_some_and(|sound| sound.bell == Bell::Ringback)).await;
    app.call_is(CallPhase::Connecting);
    app.sees("silence", |scene| scene.sound.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn nobody_can_call_themself() {
    let app = TestApp::signed_in().await;
    let oneself = MainRequest::Call { user: user("ada"), kind: CallKind::Voice };
    let code = |refused: Result<(), carillon_ipc::Notice>| refused.map_err(|notice| notice.code);

    assert_eq!(code(app.main(oneself).await), Err(NoticeCode::SelfCall));
}

fn call_eve() -> MainRequest {
    MainRequest::Call { user: user("eve"), kind: CallKind::Video }
}

#[tokio::test(start_paused = true)]
async fn who_calls_during_a_call_is_asked_and_the_one_ends_before_the_other_begins() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call", |scene| scene.main.call.is_some()).await;

    app.main(call_eve()).await.expect("it is asked");
    let asked = SwitchView { to: "eve".into(), kind: CallKind::Video };
    app.sees("the question", |scene| scene.main.switch.as_ref() == Some(&asked)).await;
    assert_eq!((called(&mut app).await, app.times(&Done::HangUp).await), (vec![], 0));
    app.main(MainRequest::Switch { go: false }).await.expect("there is a question");
    app.sees("no question", |scene| scene.main.switch.is_none()).await;

    app.main(call_eve()).await.expect("it is asked again");
    app.main(MainRequest::Switch { go: true }).await.expect("there is a question");
    app.main(MainRequest::Switch { go: true }).await.expect("a second click is no mistake");
    app.kit_did(Done::HangUp).await;
    assert_eq!((called(&mut app).await, app.times(&Done::HangUp).await), (vec![], 1));
    app.call_is(CallPhase::Ended { reason: HangupReason::Normal, talked: Duration::ZERO });
    app.settle().await;

    assert_eq!(called(&mut app).await, [user("eve")]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_ends_by_itself_calls_nobody_who_was_only_asked_about() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call", |scene| scene.main.call.is_some()).await;
    app.main(call_eve()).await.expect("it is asked");

    app.call_is(CallPhase::Ended { reason: HangupReason::Remote, talked: Duration::ZERO });

    app.sees("no question", |scene| scene.main.switch.is_none() && scene.main.call.is_none()).await;
    assert_eq!(called(&mut app).await, Vec::<UserId>::new());
}

#[tokio::test(start_paused = true)]
async fn calling_whom_one_talks_to_shows_that_call() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call", |scene| scene.main.call.is_some()).await;

    app.main(call_bob()).await.expect("it is no other call");

    app.settle().await;
    assert_eq!((app.now().main.switch, called(&mut app).await), (None, vec![]));
}

#[tokio::test(start_paused = true)]
async fn the_main_window_has_the_call_in_one_line_and_can_mute_and_end_it() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::RingingThere { devices: 2 });
    let bar = |scene: &Scene| scene.main.call.clone().map(|call| (call.name, call.state));
    let ringing = Some(("Bob Li".to_owned(), CallState::RingingThere { devices: 2 }));
    app.sees("the bar", |scene| bar(scene) == ringing).await;

    app.main(MainRequest::SetMuted { muted: true }).await.expect("there is a call");
    app.main(MainRequest::HangUp).await.expect("there is a call");

    app.kit_did(Done::Muted(true)).await;
    app.kit_did(Done::HangUp).await;
}

#[tokio::test(start_paused = true)]
async fn quitting_during_a_call_is_asked_once_in_the_window_where_it_was_wanted() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call window", in_call_window).await;
    app.handle.subscribed(WindowName::Call).await;

    app.call_window(CallRequest::Quit(QuitAnswer::Ask)).await.expect("always possible");
    let scene = app.sees("the question", |scene| scene.call.base.asks_to_quit).await;
    assert!(!scene.main.base.asks_to_quit && !scene.quit);
    app.call_window(CallRequest::Quit(QuitAnswer::Cancel)).await.expect("always possible");
    app.sees("no question", |scene| !scene.call.base.asks_to_quit).await;

    app.handle.tray(TrayAction::Quit).await;
    let scene = app.sees("the question", |scene| scene.main.base.asks_to_quit).await;
    assert!(scene.open.contains(&WindowName::Main), "where it can be seen");
    app.main(MainRequest::Quit(QuitAnswer::Quit)).await.expect("always possible");
    app.sees("the end", |scene| scene.quit).await;
}

#[tokio::test(start_paused = true)]
async fn calling_the_user_whose_call_rings_is_for_the_kit_to_judge() {
    let mut app = TestApp::signed_in().await;
    app.bob_calls(1).await;

    app.main(call_bob()).await.expect("it is no other call");

    assert_eq!(called(&mut app).await, [user("bob")]);
}

#[tokio::test(start_paused = true)]
async fn a_call_that_the_server_refuses_leaves_a_notice_and_no_window() {
    let mut app = TestApp::signed_in().await;
    let refusal = Refusal { code: RefusalCode::UnknownUser, detail: String::new() };
    *lock(&app.kit.start_call) = Err(StartCallError::Refused(refusal));

    app.main(call_bob()).await.expect("it is tried");

    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| (notice.code, notice.name.clone()));
    let scene = app.sees("the notice", |scene| told(scene) == Some((NoticeCode::UnknownUser, "bob".into()))).await;
    assert!(!in_call_window(&scene));
    *lock(&app.kit.start_call) = Ok(());
    app.main(call_bob()).await.expect("it can be tried again");
    assert_eq!(called(&mut app).await, [user("bob"), user("bob")]);
}

#[tokio::test(start_paused = true)]
async fn the_window_says_how_a_call_ended_and_goes_unless_its_user_is_about_to_do_something() {
    let mut app = TestApp::signed_in().await;
    let talked = Duration::from_secs(61);
    app.handle.subscribed(WindowName::Call).await;
    for (reason, stays_s) in [(HangupReason::Remote, 30), (HangupReason::Normal, 3)] {
        app.call_is(CallPhase::Connecting);
        app.sees("the call window", |scene| in_call_window(scene) && scene.main.call.is_some()).await;
        app.call_is(CallPhase::Ended { reason: reason.clone(), talked });
        let ended = CallState::Ended { reason, talked_ms: 61_000 };
        app.sees("how it ended", |scene| scene.main.call.is_none()).await;
        let begin = tokio::time::Instant::now();

        app.sees("the window gone", |scene| !in_call_window(scene)).await;
        assert_eq!(begin.elapsed().as_secs(), stays_s, "{ended:?}");
        app.kit_did(Done::Dismiss).await;
    }

    app.call_is(CallPhase::Connecting);
    app.sees("the call window", |scene| in_call_window(scene) && scene.main.call.is_some()).await;
    app.call_is(CallPhase::Ended { reason: HangupReason::Remote, talked });
    app.sees("the end", |scene| scene.main.call.is_none()).await;
    app.call_window(CallRequest::Stay).await.expect("always possible");
    tokio::time::sleep(Duration::from_secs(600)).await;
    assert!(in_call_window(&app.now()));
}

#[tokio::test(start_paused = true)]
async fn a_window_that_was_put_away_in_a_call_goes_with_it() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call window", in_call_window).await;
    app.handle.close_requested(WindowName::Call).await;
    app.sees("it put away", |scene| !scene.put_away.is_empty()).await;

    app.call_is(CallPhase::Ended { reason: HangupReason::Remote, talked: Duration::ZERO });

    let begin = tokio::time::Instant::now();
    app.sees("it gone", |scene| !in_call_window(scene)).await;
    assert!(begin.elapsed().is_zero());
}

#[tokio::test(start_paused = true)]
async fn after_a_call_one_can_write_to_whom_one_could_not_reach() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Calling);
    app.sees("the call window", in_call_window).await;
    app.call_is(CallPhase::Ended { reason: HangupReason::NoAnswer, talked: Duration::ZERO });
    app.sees("the end", |scene| scene.main.call.is_none()).await;

    app.call_window(CallRequest::Message).await.expect("there was a call");

    let bob = |scene: &Scene| matches!(&scene.main.page, PageView::Person { person, .. } if person.user == user("bob"));
    app.sees("Bob", |scene| bob(scene) && !in_call_window(scene)).await;
}

#[tokio::test(start_paused = true)]
async fn closing_the_window_of_a_live_call_does_not_end_it() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call window", in_call_window).await;

    app.handle.close_requested(WindowName::Call).await;

    app.sees("it put away", |scene| !scene.put_away.is_empty()).await;
    assert_eq!(app.times(&Done::HangUp).await, 0);
    assert!(app.now().main.call.is_some());
}

#[tokio::test(start_paused = true)]
async fn mute_and_hang_up_reach_the_kit_and_make_no_sense_without_a_call() {
    let mut app = TestApp::signed_in().await;
    let refused = app.call_window(CallRequest::SetMuted { muted: true }).await;
    assert_eq!(refused.map_err(|notice| notice.code), Err(NoticeCode::NotAllowed));

    app.call_is(CallPhase::Connecting);
    app.sees("the call", |scene| scene.main.call.is_some()).await;
    app.call_window(CallRequest::SetMuted { muted: true }).await.expect("there is a call");
    app.handle.tray(TrayAction::HangUp).await;

    app.kit_did(Done::Muted(true)).await;
    app.kit_did(Done::HangUp).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_goes_away_is_told_in_the_call_window_until_it_is_back() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call window", in_call_window).await;
    app.handle.subscribed(WindowName::Call).await;

    let gone = MediaNotice::FellBack { device: MediaDevice::Microphone, name: "Headset".into() };
    app.kit.events.send(CallEvent::Media(gone)).expect("the controller listens");

    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| (notice.code, notice.name.clone()));
    app.sees("the notice", |scene| told(scene) == Some((NoticeCode::DeviceGone, "Headset".into()))).await;
    assert!(app.now().main.call.is_some());

    let back = MediaNotice::Restored { device: MediaDevice::Microphone, name: "Headset".into() };
    app.kit.events.send(CallEvent::Media(back)).expect("the controller listens");
    app.sees("the notice gone", |scene| scene.call.notice.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_that_is_back_takes_no_warning_of_another_kind_away() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call window", in_call_window).await;
    app.handle.subscribed(WindowName::Call).await;
    let forged = CallEvent::Unverified { call: call_id(1), user: user("bob"), why: Unverified::WrongSignature };
    app.kit.events.send(forged).expect("the controller listens");
    let told = |scene: &Scene| scene.call.notice.as_ref().map(|notice| notice.code);
    app.sees("the warning", |scene| told(scene) == Some(NoticeCode::Unverified)).await;

    let back = MediaNotice::Restored { device: MediaDevice::Microphone, name: "Headset".into() };
    app.kit.events.send(CallEvent::Media(back)).expect("the controller listens");
    app.settle().await;

    assert_eq!(told(&app.now()), Some(NoticeCode::Unverified));
}

#[tokio::test(start_paused = true)]
async fn a_missed_call_is_told_counted_and_seen_on_all_devices() {
    let mut app = TestApp::signed_in().await;

    app.kit.script.news.send(News::CallLogged(missed_call(1))).expect("the controller listens");
    app.kit.script.missed_calls.send_replace(1);

    let scene = app.sees("the missed call", |scene| scene.main.missed == 1 && !scene.missed.is_empty()).await;
    let told: Vec<_> = scene.missed.iter().map(|missed| (missed.user.as_str(), missed.name.as_str())).collect();
    assert_eq!(told, [("bob", "Bob Li")]);
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Missed { count: 1 }));
    let seen = Request::MarkCallsSeen { up_to: call_id(1) };
    app.handle.focused(true).await;
    assert_eq!(app.times_asked(&seen).await, 0, "another page is on show");
    app.main(MainRequest::List(ListRequest::Filter { filter: ListFilter::Calls })).await.expect("always possible");
    app.server_was_asked(seen).await;
    app.kit.script.missed_calls.send_replace(0);
    app.sees("it seen, and its notice gone", |scene| scene.main.missed == 0 && scene.missed.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_click_on_a_missed_call_leads_to_whoever_called() {
    let mut app = TestApp::signed_in().await;
    app.kit.script.news.send(News::CallLogged(missed_call(1))).expect("the controller listens");
    app.sees("the missed call", |scene| !scene.missed.is_empty()).await;

    app.handle.notice_clicked(Some(test_app::with("bob"))).await;

    let selected =
        |scene: &Scene| matches!(&scene.main.page, PageView::Person { person, .. } if person.user == user("bob"));
    let scene = app.sees("Bob", selected).await;
    assert!(scene.open.contains(&WindowName::Main));
}

#[tokio::test(start_paused = true)]
async fn a_picture_of_the_calls_own_is_in_ring_and_call_window() {
    let mut app = TestApp::signed_in().await;
    let picture = Avatar::new(b"\xff\xd8\xff\xe0".as_slice()).expect("it begins as a JPEG does");
    let ring = test_app::ring(1);
    let status = CallStatus { avatar: Some(picture), ..with_bob(Some(ring.call)) };
    app.kit.call.send_replace(CallStatus { phase: CallPhase::RingingHere, ..status.clone() });
    app.kit.ring.send_replace(Some(ring));
    app.handle.subscribed(WindowName::Ring).await;
    app.handle.subscribed(WindowName::Call).await;

    let shown = "data:image/jpeg;base64,/9j/4A==";
    let in_ring = |scene: &Scene| scene.ring_view.ring.as_ref().and_then(|ring| ring.picture.clone());
    app.sees("the picture that rings", |scene| in_ring(scene).as_deref() == Some(shown)).await;
    app.kit.call.send_replace(CallStatus { phase: CallPhase::Connecting, ..status });
    app.sees("the picture in the call", |scene| {
        scene.main.call.is_some() && scene.call.picture.as_deref() == Some(shown)
    })
    .await;

    app.call_is(CallPhase::Idle);
    app.sees("no picture", |scene| scene.call.picture.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn people_come_and_go_where_they_are_shown() {
    let mut app = TestApp::signed_in().await;
    app.main(MainRequest::Select { chat: Some(test_app::with("bob")) }).await.expect("somebody is signed in");

    let gone = News::PresenceChanged { user: user("bob"), presence: Presence::Offline };
    app.kit.script.news.send(gone).expect("the controller listens");

    let scene = app.sees("Bob gone", |scene| scene.people()[0].presence == Presence::Offline).await;
    let PageView::Person { person, .. } = scene.main.page else { panic!("Bob is on show") };
    assert_eq!(person.presence, Presence::Offline);
}

#[tokio::test(start_paused = true)]
async fn a_missed_call_is_seen_where_it_was_missed_and_again_after_a_link_that_lost_it() {
    let mut app = TestApp::signed_in().await;
    let seen = Request::MarkCallsSeen { up_to: call_id(1) };
    app.kit.script.news.send(News::CallLogged(missed_call(1))).expect("the controller listens");
    app.kit.script.missed_calls.send_replace(1);
    app.sees("the missed call", |scene| scene.main.missed == 1).await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;

    app.handle.focused(true).await;
    app.main(MainRequest::Select { chat: Some(test_app::with("bob")) }).await.expect("somebody is signed in");
    assert_eq!(app.times_asked(&seen).await, 0, "it would be lost");
    app.kit.script.link.send_replace(LinkState::Up);

    app.server_was_asked(seen).await;
}

#[tokio::test(start_paused = true)]
async fn who_does_not_want_to_be_disturbed_has_missed_calls_counted_in_silence() {
    let mut app = TestApp::signed_in().await;
    app.main(MainRequest::SetPresence { presence: OwnPresence::DoNotDisturb }).await.expect("somebody is signed in");

    app.kit.script.news.send(News::CallLogged(missed_call(1))).expect("the controller listens");
    app.kit.script.missed_calls.send_replace(1);

    let scene = app.sees("the count", |scene| scene.main.missed == 1).await;
    assert!(scene.missed.is_empty());
}

fn tried(name: &str, number: u128) -> News {
    let entry = CallEntry { with: user(name), with_name: name.into(), reason: EndReason::Busy, ..missed_call(number) };
    News::CallLogged(entry)
}

#[tokio::test(start_paused = true)]
async fn who_calls_during_a_call_is_said_in_its_windows_for_a_while_and_called_back_after_it() {
    let mut app = TestApp::signed_in().await;
    app.call_is(CallPhase::Connecting);
    app.sees("the call", |scene| scene.main.call.is_some()).await;
    let shown = |scene: &Scene| scene.main.tried.as_ref().map(|tried| tried.name.clone());

    app.news(tried("eve", 2));
    let scene = app.sees("Eve", |scene| shown(scene).as_deref() == Some("eve")).await;
    assert!(scene.missed.is_empty(), "one surface");
    app.sees("nobody, after a while", |scene| shown(scene).is_none()).await;

    app.news(tried("zoe", 3));
    app.sees("Zoe", |scene| shown(scene).as_deref() == Some("zoe")).await;
    app.main(MainRequest::Tried(TriedAnswer::CallBack)).await.expect("she is on show");
    app.kit_did(Done::HangUp).await;
    app.call_is(CallPhase::Ended { reason: HangupReason::Normal, talked: Duration::ZERO });
    app.sees("nobody", |scene| shown(scene).is_none()).await;

    assert_eq!(called(&mut app).await, [user("zoe")]);
}

fn missed_call(number: u128) -> CallEntry {
    CallEntry {
        call: call_id(number),
        with: user("bob"),
        with_name: "Bob Li".into(),
        direction: Direction::Incoming,
        kind: CallKind::Voice,
        group: None,
        reason: EndReason::NoAnswer,
        answered: false,
        seen: false,
        at_ms: 1_800_000_000_000,
        duration_ms: 0,
    }
}
