//! Settings and sound devices.

use std::{sync::atomic::Ordering, time::Duration};

use carillon_ipc::{Locale, MainRequest, NoticeCode, Processing, SettingsRequest, Theme};
use carillon_kit::{MediaDevice, MediaNotice, Microphone, Speaker, media::bell::Bell};

use super::{
    TestApp,
    fakes::{Done, lock},
};
use crate::{desktop::PlayingBell, store::SettingsFile, window::WindowName};

#[tokio::test(start_paused = true)]
async fn everything_applies_at_once_and_is_kept() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;

    let quiet = Processing { noise_suppression: false, ..Processing::default() };
    for request in [
        SettingsRequest::SetTheme { theme: Theme::Dark },
        SettingsRequest::SetLocale { locale: Some(Locale::SimplifiedChinese) },
        SettingsRequest::SetProcessing(quiet),
        SettingsRequest::SetMicrophone { id: Some("headset".into()) },
        SettingsRequest::SetRingHere { on: false },
        SettingsRequest::SetHideAddress { on: true },
    ] {
        app.settings(request).await.expect("settings are always possible");
    }

    let scene =
        app.sees("the new look", |scene| scene.main.base.theme == Theme::Dark && !scene.settings.ring_here).await;
    assert_eq!((scene.theme, scene.main.base.locale), (Theme::Dark, Locale::SimplifiedChinese));
    assert_eq!(scene.settings.processing, quiet);
    app.kit_did(Done::Microphone(Microphone::Device("headset".into()))).await;
    app.kit_did(Done::HideAddress(true)).await;
    let kept = SettingsFile::in_folder(app.folder.path()).load();
    assert_eq!((kept.theme, kept.processing, kept.ring_here), (Theme::Dark, quiet, false));
    assert!(scene.settings.hide_address && kept.hide_address);
}

#[tokio::test(start_paused = true)]
async fn starting_when_the_user_logs_in_is_offered_until_they_have_said() {
    let mut app = TestApp::signed_in().await;
    app.sees("the offer", |scene| scene.main.offers_autostart).await;

    app.main(MainRequest::SetAutostart { on: false }).await.expect("always possible");
    let scene = app.sees("no offer", |scene| !scene.main.offers_autostart).await;
    assert!(scene.autostart.is_empty(), "there was nothing to take away");

    app.handle.subscribed(WindowName::Settings).await;
    for on in [true, false] {
        app.settings(SettingsRequest::SetAutostart { on }).await.expect("always possible");
        app.sees("the switch", |scene| scene.settings.autostart == on).await;
    }
    assert_eq!(app.now().autostart, [true, false]);
    let kept = SettingsFile::in_folder(app.folder.path()).load();
    assert_eq!(kept.autostart, Some(false));
}

#[tokio::test(start_paused = true)]
async fn no_microphone_opens_before_the_test_and_none_stays_open_after_the_page() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    app.settle().await;
    assert_eq!(app.kit.open_meters.load(Ordering::SeqCst), 0);

    app.settings(SettingsRequest::TestMicrophone { on: true }).await.expect("a test is always possible");
    app.sees("the level", |scene| scene.settings.test.microphone_level == Some(0.5)).await;
    assert_eq!(app.kit.open_meters.load(Ordering::SeqCst), 1);

    app.handle.close_requested(WindowName::Settings).await;
    tokio::time::sleep(Duration::from_secs(1)).await;
    assert_eq!(app.kit.open_meters.load(Ordering::SeqCst), 0);
}

#[tokio::test(start_paused = true)]
async fn a_microphone_that_the_system_refuses_is_said_in_words() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    *lock(&app.kit.meter) = Err(MediaNotice::AccessDenied { device: MediaDevice::Microphone });

    app.settings(SettingsRequest::TestMicrophone { on: true }).await.expect("a test is always possible");

    let told = |scene: &super::fakes::Scene| scene.settings.notice.as_ref().map(|notice| notice.code);
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::MicrophoneRefused)).await;
    assert_eq!(scene.settings.test.microphone_level, None);
}

#[tokio::test(start_paused = true)]
async fn the_test_bell_sounds_on_the_ring_output_for_a_moment() {
    let mut app = TestApp::signed_in().await;
    app.settings(SettingsRequest::SetRingOutput { id: Some("loudspeaker".into()) }).await.expect("always possible");

    app.settings(SettingsRequest::TestRing).await.expect("always possible");

    let test = PlayingBell { bell: Bell::Test, output: Speaker::Device("loudspeaker".into()) };
    app.sees("the bell", |scene| scene.sound.as_ref() == Some(&test)).await;
    app.sees("silence", |scene| scene.sound.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn devices_are_looked_for_only_while_a_window_shows_them() {
    let mut app = TestApp::signed_in().await;
    assert!(app.now().settings.speakers.devices.is_empty());

    app.handle.subscribed(WindowName::Settings).await;

    let scene = app.sees("the devices", |scene| !scene.settings.speakers.devices.is_empty()).await;
    assert_eq!(scene.settings.microphones.devices[0].id, "headset");
}
