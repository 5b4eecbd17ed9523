//! In and out.

use carillon_ipc::{LinkView, MainRequest, NoticeCode, SignInField, SignInForm};
use carillon_kit::{LinkState, SignInError};

use super::{
    TestApp,
    fakes::{Done, lock},
    test_app::{TOKEN, login},
};
use crate::{
    desktop::{PutAway, TrayState},
    store::{SecretError, Settings},
    window::WindowName,
};

fn sign_in(keep_in_file: bool) -> MainRequest {
    MainRequest::SignIn(SignInForm {
        server: "calls.example".into(),
        user: "ada".into(),
        password: "a password nobody logs".into(),
        keep_in_file,
        ..SignInForm::default()
    })
}

#[tokio::test(start_paused = true)]
async fn what_is_wrong_with_a_sign_in_is_said_beside_its_field() {
    let mut app = TestApp::signed_out().await;
    for (error, field, code) in [
        (SignInError::WrongCredentials, SignInField::Password, NoticeCode::WrongCredentials),
        (SignInError::Unreachable("refused".into()), SignInField::Server, NoticeCode::ServerUnreachable),
        (SignInError::NotACarillonServer("nginx".into()), SignInField::Server, NoticeCode::NotACarillonServer),
    ] {
        *lock(&app.kit.sign_in) = Err(error);
        app.main(sign_in(false)).await.expect("nobody is signed in");
        let problem = |scene: &super::fakes::Scene| {
            let sign_in = scene.main.sign_in.clone()?;
            sign_in.problem.filter(|_| !sign_in.busy).map(|(field, notice)| (field, notice.code))
        };
        app.sees("the problem", |scene| problem(scene) == Some((field, code))).await;
    }
}

#[tokio::test(start_paused = true)]
async fn s26_a_sign_in_is_kept_in_the_keychain_and_nowhere_else() {
    let mut app = TestApp::signed_out().await;

    app.main(sign_in(false)).await.expect("nobody is signed in");
    app.sees("whoever is signed in", |scene| scene.main.me.is_some()).await;
    let keychain = app.keychain.clone();
    wait_for(|| keychain.text().is_some()).await;

    assert!(app.keychain.text().is_some_and(|text| text.contains(TOKEN)));
    assert_eq!(app.file.text(), None);
    assert!(!anywhere_in(app.folder.path(), TOKEN) && !anywhere_in(app.folder.path(), "a password nobody logs"));
}

#[tokio::test(start_paused = true)]
async fn s26_a_sign_in_goes_into_a_file_only_if_the_user_says_so() {
    let mut app = TestApp::signed_out().await;

    app.main(sign_in(true)).await.expect("nobody is signed in");
    app.sees("whoever is signed in", |scene| scene.main.me.is_some()).await;
    let file = app.file.clone();
    wait_for(|| file.text().is_some()).await;

    assert_eq!(app.keychain.text(), None);
}

#[tokio::test(start_paused = true)]
async fn without_a_keychain_one_is_signed_in_and_told_so() {
    let mut app = TestApp::signed_out().await;
    app.keychain.take_away();

    app.main(sign_in(false)).await.expect("nobody is signed in");

    let told = |scene: &super::fakes::Scene| scene.main.notice.as_ref().map(|notice| notice.code);
    let scene = app.sees("the notice", |scene| told(scene) == Some(NoticeCode::NoKeychain)).await;
    assert!(scene.main.me.is_some());
    assert_eq!(app.file.text(), None, "never into a file unasked");
}

#[tokio::test(start_paused = true)]
async fn a_locked_keychain_leads_to_the_sign_in_page_with_a_reason() {
    let mut app = TestApp::build(Settings::default());
    app.handle.begin(Err(SecretError::NoKeychain("locked".into()))).await;
    app.handle.subscribed(WindowName::Main).await;

    let scene = app.sees("the sign-in page", |scene| scene.main.sign_in.is_some()).await;

    let problem = scene.main.sign_in.and_then(|page| page.problem).map(|(field, notice)| (field, notice.code));
    assert_eq!(problem, Some((SignInField::Form, NoticeCode::NoKeychain)));
}

#[tokio::test(start_paused = true)]
async fn two_clicks_on_sign_in_are_one_try() {
    let mut app = TestApp::signed_out().await;

    let (first, second) = tokio::join!(app.main(sign_in(false)), app.main(sign_in(false)));

    assert_eq!((first, second), (Ok(()), Ok(())));
    assert_eq!(app.times(&Done::SignIn).await, 1);
}

#[tokio::test(start_paused = true)]
async fn signing_out_forgets_the_secret_here_and_at_the_server() {
    let mut app = TestApp::signed_out().await;
    app.main(sign_in(false)).await.expect("nobody is signed in");
    let keychain = app.keychain.clone();
    wait_for(|| keychain.text().is_some()).await;

    app.main(MainRequest::SignOut).await.expect("that is always possible");

    app.kit_did(Done::SignedOut).await;
    assert_eq!(app.keychain.text(), None);
    app.sees("the sign-in page", |scene| scene.main.sign_in.is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn a_sign_in_that_the_server_takes_back_leads_to_the_door_with_a_reason() {
    let mut app = TestApp::signed_in().await;

    app.kit.script.link.send_replace(LinkState::SignedOut);

    let scene = app.sees("the sign-in page", |scene| scene.main.sign_in.is_some()).await;
    let problem = scene.main.sign_in.and_then(|page| page.problem).map(|(_, notice)| notice.code);
    assert_eq!(problem, Some(NoticeCode::SignedOut));
}

#[tokio::test(start_paused = true)]
async fn a_device_that_was_opened_in_another_place_says_so_and_can_be_taken_back() {
    let mut app = TestApp::signed_in().await;

    app.kit.script.link.send_replace(LinkState::Replaced);
    let replaced = app.sees("where it is", |scene| scene.main.link == LinkView::Replaced).await;
    assert_eq!(replaced.tray.map(|tray| tray.state), Some(TrayState::Offline));
    assert!(replaced.main.me.is_some(), "nobody was signed out");

    app.kit.script.link.send_replace(LinkState::Up);
    app.sees("nothing, without being asked", |scene| scene.main.link == LinkView::Up).await;
    app.kit.script.link.send_replace(LinkState::Replaced);
    app.sees("where it is", |scene| scene.main.link == LinkView::Replaced).await;
    app.main(MainRequest::TakeBack).await.expect("somebody is signed in");

    app.kit_did(Done::Closed).await;
    let opened = app.kit.done().borrow().iter().filter(|done| matches!(done, Done::Opened(_))).count();
    assert_eq!(opened, 2);
}

#[tokio::test(start_paused = true)]
async fn a_server_that_is_down_at_the_start_is_one_calm_line() {
    let mut app = TestApp::build(Settings::default());
    app.kit.script.link.send_replace(LinkState::Down);
    app.handle.begin(Ok(Some(login()))).await;
    app.handle.subscribed(WindowName::Main).await;

    let scene = app.sees("who is signed in", |scene| scene.main.me.is_some()).await;

    assert_eq!((scene.main.link, scene.main.notice), (LinkView::Down, None));
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Offline));
}

#[tokio::test(start_paused = true)]
async fn closing_the_window_hides_it_only_while_there_is_a_tray() {
    let mut app = TestApp::signed_in().await;

    app.handle.close_requested(WindowName::Main).await;
    app.sees("it minimised", |scene| scene.put_away == [(WindowName::Main, PutAway::Minimise)]).await;
    app.handle.tray_host(true).await;
    app.handle.close_requested(WindowName::Main).await;
    app.sees("it hidden", |scene| scene.put_away.last() == Some(&(WindowName::Main, PutAway::Hide))).await;
}

#[tokio::test(start_paused = true)]
async fn a_hidden_window_comes_back_when_the_tray_goes_for_good() {
    let mut app = TestApp::signed_in().await;
    app.handle.tray_host(true).await;
    app.handle.close_requested(WindowName::Main).await;

    app.handle.tray_host(false).await;
    app.handle.tray_host(true).await;
    tokio::time::sleep(std::time::Duration::from_secs(60)).await;
    assert_eq!(app.now().put_away, [(WindowName::Main, PutAway::Hide)], "the panel only restarted");
    app.handle.tray_host(false).await;

    app.sees("it minimised", |scene| scene.put_away.last() == Some(&(WindowName::Main, PutAway::Minimise))).await;
}

#[tokio::test(start_paused = true)]
async fn quitting_hangs_up_closes_the_link_and_stays_signed_in() {
    let mut app = TestApp::signed_out().await;
    app.main(sign_in(false)).await.expect("nobody is signed in");
    let keychain = app.keychain.clone();
    wait_for(|| keychain.text().is_some()).await;

    app.main(MainRequest::Quit).await.expect("that is always possible");

    app.kit_did(Done::Closed).await;
    app.sees("the end", |scene| scene.quit).await;
    assert!(app.keychain.text().is_some());
}

#[tokio::test(start_paused = true)]
async fn a_second_start_raises_the_window_of_the_first() {
    let mut app = TestApp::signed_in().await;

    app.handle.started_again().await;

    app.sees("the main window", |scene| scene.open == [WindowName::Main]).await;
}

#[tokio::test(start_paused = true)]
async fn a_link_of_ours_raises_the_main_window_and_calls_nobody_by_itself() {
    let mut app = TestApp::signed_in().await;

    app.handle.opened_link("https://example.org/carillon:call/bob").await;
    app.settle().await;
    assert!(app.now().open.is_empty(), "it is not ours");

    app.handle.opened_link("carillon://call/bob").await;
    app.sees("the main window", |scene| scene.open == [WindowName::Main]).await;
    assert!(app.started_calls().await.is_empty(), "the user is asked first");
}

/// For what happens on a thread of its own, where virtual time does not reach.
async fn wait_for(mut true_now: impl FnMut() -> bool) {
    while !true_now() {
        tokio::task::yield_now().await;
    }
}

fn anywhere_in(folder: &std::path::Path, text: &str) -> bool {
    let files = std::fs::read_dir(folder).expect("the folder is there").flatten();
    files.map(|file| file.path()).any(|path| std::fs::read_to_string(path).is_ok_and(|content| content.contains(text)))
}
