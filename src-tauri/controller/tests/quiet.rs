//! Quiet that begins and ends by itself, and what is told meanwhile.

use std::time::Duration;

use carillon_ipc::{OwnPresence, QuietFor, QuietHours, SettingsRequest};
use carillon_kit::{News, testing::Request};

use super::{
    TestApp,
    fakes::Scene,
    test_app::{message, with},
};
use crate::{
    controller::Moment,
    store::{Settings, SettingsFile},
    window::WindowName,
};

const HOUR_MS: u64 = 60 * 60 * 1000;
/// Longer than it takes until the clock is looked at again.
const A_WHILE: Duration = Duration::from_secs(31);

fn is_silent(scene: &Scene) -> bool {
    scene.main.me.as_ref().is_some_and(|me| me.presence == OwnPresence::DoNotDisturb)
}

async fn at(app: &TestApp, hours: u64, minute: u16) {
    let from = app.clock.borrow().at_ms;
    app.clock.send_replace(Moment { at_ms: from + hours * HOUR_MS, minute });
    tokio::time::sleep(A_WHILE).await;
}

#[tokio::test(start_paused = true)]
async fn an_hour_of_quiet_ends_after_an_hour_of_the_clock() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;

    app.settings(SettingsRequest::BeQuiet { how: QuietFor::AnHour }).await.expect("somebody is signed in");
    let scene = app.sees("silence", is_silent).await;
    assert_eq!(scene.settings.quiet_until_ms, Some(app.clock.borrow().at_ms + HOUR_MS));
    app.server_was_asked(Request::SetDoNotDisturb { on: true }).await;

    tokio::time::sleep(2 * A_WHILE).await;
    assert!(is_silent(&app.now()), "the hour is not over");
    at(&app, 1, 13 * 60).await;

    app.sees("bells", |scene| !is_silent(scene) && scene.settings.quiet_until_ms.is_none()).await;
    app.server_was_asked(Request::SetDoNotDisturb { on: false }).await;
}

#[tokio::test(start_paused = true)]
async fn quiet_that_is_ended_by_hand_stays_ended() {
    let mut app = TestApp::signed_in().await;
    app.settings(SettingsRequest::BeQuiet { how: QuietFor::UntilTomorrow }).await.expect("somebody is signed in");
    app.sees("silence", is_silent).await;

    app.settings(SettingsRequest::SetDoNotDisturb { on: false }).await.expect("somebody is signed in");

    app.sees("bells", |scene| !is_silent(scene)).await;
    assert_eq!(SettingsFile::in_folder(app.folder.path()).load().quiet_until_ms, None);
    at(&app, 48, 12 * 60).await;
    assert_eq!(app.times_asked(&Request::SetDoNotDisturb { on: false }).await, 1);
}

#[tokio::test(start_paused = true)]
async fn quiet_hours_come_and_go_each_day_and_leave_alone_what_was_done_by_hand() {
    let mut app = TestApp::signed_in().await;
    let night = QuietHours { on: true, from: 22 * 60, until: 7 * 60 };
    app.settings(SettingsRequest::SetQuietHours(night)).await.expect("always possible");
    at(&app, 0, 21 * 60 + 59).await;
    assert!(!is_silent(&app.now()));

    at(&app, 1, 22 * 60).await;
    app.sees("silence", is_silent).await;
    at(&app, 9, 7 * 60).await;
    app.sees("bells", |scene| !is_silent(scene)).await;

    at(&app, 15, 22 * 60).await;
    app.sees("silence again", is_silent).await;
    app.settings(SettingsRequest::SetDoNotDisturb { on: false }).await.expect("somebody is signed in");
    at(&app, 1, 23 * 60).await;
    assert!(!is_silent(&app.now()), "the user wanted bells this night");
    app.settings(SettingsRequest::SetDoNotDisturb { on: true }).await.expect("somebody is signed in");
    at(&app, 8, 7 * 60).await;
    assert!(is_silent(&app.now()), "and then silence, until they say otherwise");
}

#[tokio::test(start_paused = true)]
async fn a_notification_says_nothing_of_what_a_message_says_if_the_user_wants_it_so() {
    let mut app = TestApp::signed_in_with(Settings { previews: false, ..Settings::default() }).await;

    app.news(News::Message(message(5, with("bob"), "bob", "between us")));

    let scene = app.sees("the notice", |scene| !scene.messages.is_empty()).await;
    assert_eq!((scene.messages[0].title.as_str(), scene.messages[0].text.as_str()), ("bob", "New message"));
}
