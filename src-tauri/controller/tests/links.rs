//! Links of ours, which anybody can write.

use carillon_ipc::{LinkAnswer, MainRequest, NoticeCode};
use carillon_kit::{CallKind, StartCall};

use super::{
    TestApp,
    fakes::Scene,
    test_app::{login, user},
};

const JOIN: &str = "carillon://join?server=calls.example.org&invite=abcd-efgh";

fn told(scene: &Scene) -> Option<NoticeCode> {
    scene.main.notice.as_ref().map(|notice| notice.code)
}

fn asks_about(scene: &Scene) -> Option<&str> {
    scene.main.link_call.as_ref().map(|person| person.name.as_str())
}

#[tokio::test(start_paused = true)]
async fn a_link_to_join_fills_the_page_and_sends_nothing() {
    let mut app = TestApp::signed_out().await;

    app.handle.opened_link(JOIN).await;

    let scene = app.sees("the page", |scene| scene.main.sign_in.as_ref().is_some_and(|page| page.links == 1)).await;
    let page = scene.main.sign_in.expect("it is on show");
    assert_eq!((page.server.as_str(), page.invite.as_str()), ("calls.example.org", "abcd-efgh"));
    assert!(!page.busy);
    app.handle.opened_link("carillon:join?server=other.example").await;
    app.sees("the next", |scene| {
        scene.main.sign_in.as_ref().is_some_and(|page| page.links == 2 && page.server == "other.example")
    })
    .await;
}

#[tokio::test(start_paused = true)]
async fn a_link_that_comes_before_the_keychain_is_open_waits_for_it() {
    let mut app = TestApp::build(crate::store::Settings::default());
    app.handle.opened_link("carillon://call/bob").await;
    app.handle.begin(Ok(Some(login()))).await;
    app.handle.subscribed(crate::window::WindowName::Main).await;

    app.sees("the question", |scene| asks_about(scene).is_some()).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_is_signed_in_stays_so() {
    let mut app = TestApp::signed_in().await;

    app.handle.opened_link(JOIN).await;
    app.sees("why nothing happens", |scene| told(scene) == Some(NoticeCode::SignedInAlready)).await;

    app.handle.opened_link("carillon://what/ever").await;
    app.sees("what is wrong", |scene| told(scene) == Some(NoticeCode::BadLink)).await;
    assert!(app.now().main.me.is_some());
}

#[tokio::test(start_paused = true)]
async fn s23_a_link_calls_only_after_the_user_said_so_and_only_whom_it_named() {
    let mut app = TestApp::signed_in().await;
    app.handle.opened_link("carillon://call/bob").await;
    app.sees("the question", |scene| asks_about(scene) == Some("Bob Li")).await;

    let call = |name| MainRequest::Link(LinkAnswer::Call { user: user(name), kind: CallKind::Voice });
    app.main(MainRequest::Link(LinkAnswer::Cancel)).await.expect("always possible");
    app.sees("no question", |scene| asks_about(scene).is_none()).await;
    app.main(call("bob")).await.expect("a late click");
    app.handle.opened_link("carillon://call/bob").await;
    app.sees("the question", |scene| asks_about(scene).is_some()).await;
    app.main(call("eve")).await.expect("a click on another question");
    assert!(app.started_calls().await.is_empty());

    app.handle.opened_link("carillon://call/bob").await;
    app.sees("the question", |scene| asks_about(scene).is_some()).await;
    app.main(call("bob")).await.expect("he can be called");

    let called: Vec<_> = app.started_calls().await.into_iter().map(|call| (call.scope, call.to)).collect();
    let StartCall { scope, to, .. } = StartCall::voice(user("bob"));
    assert_eq!(called, [(scope, to)]);
}
