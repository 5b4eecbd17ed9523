//! The user's own account and devices.

use carillon_ipc::{MainRequest, NoticeCode, OwnPresence, QuitAnswer, SettingsRequest, YouField, YouView};
use carillon_kit::{DeviceEntry, KnownKeys, Login, News, Secret, SignInError, testing::Request};

use super::{
    TestApp,
    fakes::{Done, Scene, lock},
    test_app::{device_id, login, user},
};
use crate::{
    desktop::{TrayAction, TrayState},
    store::{KeysFile, Settings, SettingsFile},
    window::WindowName,
};

fn entry(number: u128, name: &str) -> DeviceEntry {
    DeviceEntry {
        device: device_id(number),
        name: name.into(),
        key: None,
        ring_here: true,
        linked: true,
        is_this: number == 7,
        created_at_ms: 0,
        seen_at_ms: 0,
    }
}

async fn with_devices() -> TestApp {
    let mut app = TestApp::signed_in().await;
    lock(&app.kit.devices).extend([entry(7, "laptop"), entry(8, "phone")]);
    app.news(News::DevicesChanged);
    app.handle.subscribed(WindowName::Settings).await;
    app.sees("the devices", |scene| scene.settings.devices.len() == 2).await;
    app
}

#[tokio::test(start_paused = true)]
async fn new_tokens_are_kept_at_once_in_the_place_of_the_old_ones() {
    let mut app = TestApp::signed_in().await;
    let mut next: Login = login();
    next.signed_in.refresh_token = "one".into();
    app.news(News::LoginChanged(next.clone()));
    next.signed_in.refresh_token = "two".into();
    app.news(News::LoginChanged(next));

    let keychain = app.keychain.clone();
    while !keychain.text().is_some_and(|text| text.contains("\"two\"")) {
        tokio::task::yield_now().await; // kept on a thread of its own, where virtual time does not reach
    }

    app.main(MainRequest::Quit(QuitAnswer::Ask)).await.expect("that is always possible");
    app.sees("the end", |scene| scene.quit).await;
    assert!(app.keychain.text().is_some_and(|text| text.contains("\"two\"")), "in the order that they came");
}

#[tokio::test(start_paused = true)]
async fn a_key_that_became_known_is_known_after_a_restart() {
    let mut app = TestApp::signed_in().await;
    let key = carillon_kit::DeviceKey::new("a".repeat(43)).expect("base64url");
    let mut keys = KnownKeys::default();
    keys.insert(user("bob"), device_id(1), key);

    app.kit.keys.send_replace(keys.clone());
    app.settle().await;

    let kept = KeysFile::in_folder(app.folder.path()).load(&login().server);
    assert_eq!(kept, keys);
    app.main(MainRequest::SignOut).await.expect("that is always possible");
    app.handle.begin(Ok(Some(login()))).await;
    app.kit_did(Done::Keys(keys)).await;
}

#[tokio::test(start_paused = true)]
async fn do_not_disturb_is_the_same_in_menu_tray_and_settings() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    let presence = |scene: &Scene| scene.main.me.as_ref().map(|me| me.presence);

    app.main(MainRequest::SetPresence { presence: OwnPresence::DoNotDisturb }).await.expect("somebody is signed in");
    let scene = app.sees("silence", |scene| presence(scene) == Some(OwnPresence::DoNotDisturb)).await;
    assert_eq!(
        scene.tray.as_ref().map(|tray| (tray.state.clone(), tray.do_not_disturb)),
        Some((TrayState::Silent, Some(true)))
    );
    assert_eq!(scene.settings.me.map(|me| me.presence), Some(OwnPresence::DoNotDisturb));
    app.server_was_asked(Request::SetDoNotDisturb { on: true }).await;

    app.handle.tray(TrayAction::DoNotDisturb).await;
    app.sees("bells", |scene| presence(scene) == Some(OwnPresence::Available)).await;
    app.server_was_asked(Request::SetDoNotDisturb { on: false }).await;
}

#[tokio::test(start_paused = true)]
async fn away_is_kept_and_said_again_on_every_new_link() {
    let mut app = TestApp::signed_in_with(Settings { away: true, ..Settings::default() }).await;
    app.server_was_asked(Request::SetAway { away: true }).await;

    app.main(MainRequest::SetPresence { presence: OwnPresence::Available }).await.expect("somebody is signed in");

    app.server_was_asked(Request::SetAway { away: false }).await;
    assert!(!SettingsFile::in_folder(app.folder.path()).load().away);
}

#[tokio::test(start_paused = true)]
async fn a_name_is_saved_and_a_picture_that_is_none_is_refused_beside_its_field() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;

    app.settings(SettingsRequest::SetDisplayName { name: "Ada L.".into() }).await.expect("somebody is signed in");
    app.sees("it saved", |scene| scene.settings.you.saved == Some(YouField::Name)).await;
    app.server_was_asked(Request::SetDisplayName { display_name: "Ada L.".into() }).await;
    app.sees("no more of it", |scene| scene.settings.you == YouView::default()).await;

    let bad = Some("data:text/html;base64,PGI+".to_owned());
    app.settings(SettingsRequest::SetPicture { picture: bad }).await.expect("it is looked at");
    let problem = |scene: &Scene| scene.settings.you.problem.clone().map(|(field, notice)| (field, notice.code));
    app.sees("why not", |scene| problem(scene) == Some((YouField::Picture, NoticeCode::BadPicture))).await;

    let good = Some("data:image/jpeg;base64,/9j/4A==".to_owned());
    app.settings(SettingsRequest::SetPicture { picture: good }).await.expect("it is looked at");
    app.kit_did(Done::Picture(Some(vec![0xff, 0xd8, 0xff, 0xe0]))).await;
}

#[tokio::test(start_paused = true)]
async fn a_wrong_password_is_said_beside_the_field_and_nothing_has_changed() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    *lock(&app.kit.password) = Err(SignInError::WrongCredentials);
    let change = || SettingsRequest::ChangePassword { old: Secret::new("old"), new: Secret::new("new") };

    app.settings(change()).await.expect("it is tried");
    let problem = |scene: &Scene| scene.settings.you.problem.clone().map(|(field, notice)| (field, notice.code));
    app.sees("why not", |scene| problem(scene) == Some((YouField::Password, NoticeCode::WrongPassword))).await;

    *lock(&app.kit.password) = Ok(());
    app.settings(change()).await.expect("it is tried");
    app.sees("it changed", |scene| scene.settings.you.saved == Some(YouField::Password)).await;
}

#[tokio::test(start_paused = true)]
async fn whether_this_device_rings_is_one_switch_in_two_places() {
    let mut app = with_devices().await;

    app.settings(SettingsRequest::SetDeviceRings { device: device_id(7), on: false }).await.expect("always possible");
    app.sees("both off", |scene| !scene.settings.ring_here && !scene.settings.devices[0].ring_here).await;
    app.server_was_asked(Request::SetRingHere { device: device_id(7), ring: false }).await;

    app.settings(SettingsRequest::SetRingHere { on: true }).await.expect("always possible");
    app.server_was_asked(Request::SetRingHere { device: device_id(7), ring: true }).await;
}

#[tokio::test(start_paused = true)]
async fn a_device_is_renamed_and_signed_out_from_afar() {
    let mut app = with_devices().await;

    let rename = SettingsRequest::RenameDevice { device: device_id(8), name: "Old phone".into() };
    app.settings(rename).await.expect("somebody is signed in");
    app.settings(SettingsRequest::RevokeDevice { device: device_id(8) }).await.expect("somebody is signed in");

    app.server_was_asked(Request::RenameDevice { device: device_id(8), name: "Old phone".into() }).await;
    app.server_was_asked(Request::RevokeDevice { device: device_id(8) }).await;
    lock(&app.kit.devices).truncate(1);
    app.news(News::DevicesChanged);
    app.sees("it gone", |scene| scene.settings.devices.len() == 1).await;
}

#[tokio::test(start_paused = true)]
async fn an_account_is_deleted_with_its_password_and_leads_back_to_the_way_in() {
    let mut app = TestApp::signed_in().await;
    app.handle.subscribed(WindowName::Settings).await;
    *lock(&app.kit.password) = Err(SignInError::WrongCredentials);
    let delete = || SettingsRequest::DeleteAccount { password: Secret::new("old") };

    app.settings(delete()).await.expect("it is tried");
    let problem = |scene: &Scene| scene.settings.you.problem.clone().map(|(field, notice)| (field, notice.code));
    app.sees("why not", |scene| problem(scene) == Some((YouField::Account, NoticeCode::WrongPassword))).await;
    assert!(app.now().main.me.is_some());

    *lock(&app.kit.password) = Ok(());
    app.settings(delete()).await.expect("it is tried");
    let scene = app.sees("the way in", |scene| scene.main.sign_in.is_some()).await;
    assert_eq!(scene.main.sign_in.and_then(|page| page.problem), None, "nothing went wrong");
    assert!(SettingsFile::in_folder(app.folder.path()).load().user.is_empty());
}
