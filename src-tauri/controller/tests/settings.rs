//! Settings and sound devices.

use std::{sync::atomic::Ordering, time::Duration};

use carillon_ipc::{Locale, MainRequest, NoticeCode, Processing, SettingsRequest, Theme, ZoomStep};
use carillon_kit::{
    MediaDevice, MediaNotice, Microphone, Speaker,
    media::bell::{Bell, Ringtone},
};

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

    let test = PlayingBell {
        bell: Bell::Ring(Ringtone::Carillon),
        output: Speaker::Device("loudspeaker".into()),
        volume: 100,
    };
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

#[tokio::test(start_paused = true)]
async fn a_ring_sounds_as_it_was_chosen_and_so_loud() {
    let mut app = TestApp::signed_in().await;
    let ringtone = carillon_ipc::Ringtone::Tower;

    app.settings(SettingsRequest::SetRingtone { ringtone }).await.expect("always possible");
    app.settings(SettingsRequest::SetRingVolume { percent: 40 }).await.expect("always possible");
    app.bob_calls(1).await;

    let chosen = PlayingBell { bell: Bell::Ring(Ringtone::Tower), output: Speaker::Default, volume: 40 };
    app.sees("the bell", |scene| scene.sound.as_ref() == Some(&chosen)).await;
    app.settings(SettingsRequest::SetRingVolume { percent: 255 }).await.expect("always possible");
    app.sees("a loud one", |scene| scene.sound.as_ref().is_some_and(|sound| sound.volume == 100)).await;
}

#[tokio::test(start_paused = true)]
async fn everything_is_made_larger_in_all_windows_from_any_of_them() {
    let mut app = TestApp::signed_in().await;
    app.sees("the size", |scene| scene.zoom == 100).await;

    app.main(MainRequest::Zoom { step: ZoomStep::In }).await.expect("always possible");
    app.sees("more", |scene| scene.zoom == 110).await;
    app.settings(SettingsRequest::Zoom { step: ZoomStep::In }).await.expect("always possible");
    app.sees("still more", |scene| scene.zoom == 125).await;

    assert_eq!(SettingsFile::in_folder(app.folder.path()).load().zoom, 125);
}

#[tokio::test(start_paused = true)]
async fn diagnostics_name_nobody_and_give_no_secret_away() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    app.settings(SettingsRequest::SetMicrophone { id: Some("headset".into()) }).await.expect("always possible");

    let scene = app.sees("the facts", |scene| scene.settings.diagnostics.contains("one of them")).await;

    let said = scene.settings.diagnostics.to_lowercase();
    assert!(said.starts_with(concat!("carillon ", env!("CARGO_PKG_VERSION"))) && said.contains("link: up"), "{said}");
    for private in ["ada", "bob", "127.0.0.1", "secret", "headset", "laptop", "http"] {
        assert!(!said.contains(private), "{private} in {said}");
    }
}
