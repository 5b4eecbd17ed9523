//! People and messages.

use std::time::Duration;

use carillon_ipc::{
    ChatRequest, ItemView, LinkView, MainRequest, NoticeCode, Older, PageView, PeopleRequest, QuitAnswer, SendState,
};
use carillon_kit::{CallEvent, LinkState, News, Refusal, RefusalCode, RequestError, testing::Request};

use super::{
    TestApp,
    fakes::{Scene, lock},
    test_app::{device_id, message, page_of, user, with},
};
use crate::{desktop::TrayState, store::Settings};

/// The texts on show, and how far each has come.
fn texts(scene: &Scene) -> Vec<(String, SendState)> {
    let PageView::Person { chat, .. } = &scene.main.page else { return Vec::new() };
    let text = |item: &ItemView| match item {
        ItemView::Message(message) => Some((message.text.clone(), message.state.clone())),
        ItemView::Call(_) | ItemView::Event(_) => None,
    };
    chat.items.iter().filter_map(text).collect()
}

async fn with_bob_on_show() -> TestApp {
    let mut app = TestApp::signed_in().await;
    lock(&app.kit.pages)
        .push((vec![message(2, with("bob"), "ada", "two"), message(1, with("bob"), "bob", "one")], true));
    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    app.sees("the conversation", |scene| texts(scene).len() == 2).await;
    app
}

/// The names of the messages on show that the server does not have, in their order.
fn ids(scene: &Scene) -> Vec<String> {
    let PageView::Person { chat, .. } = &scene.main.page else { return Vec::new() };
    let unsent = |item: &&ItemView| matches!(item, ItemView::Message(message) if message.state != SendState::Sent);
    chat.items.iter().filter(unsent).map(|item| item.key().to_owned()).collect()
}

fn kept(app: &TestApp) -> String {
    std::fs::read_to_string(app.folder.path().join("outbox.json")).expect("something is kept")
}

/// Nothing can be written any more where the outbox is, until what this gives back is removed.
fn fill_the_disk(app: &TestApp) -> std::path::PathBuf {
    let draft = app.folder.path().join("outbox.new");
    std::fs::create_dir(&draft).expect("the folder is writable");
    draft
}

fn refused(code: RefusalCode) -> RequestError {
    RequestError::Refused(Refusal { code, detail: String::new() })
}

fn say(text: &str) -> MainRequest {
    MainRequest::Chat(ChatRequest::Send { chat: with("bob"), text: text.into(), reply_to: None })
}

#[tokio::test(start_paused = true)]
async fn a_conversation_comes_in_pages_the_oldest_first_on_show() {
    let mut app = with_bob_on_show().await;
    assert_eq!(texts(&app.now()).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["one", "two"]);

    lock(&app.kit.pages).push((vec![message(0, with("bob"), "bob", "zero")], false));
    for _ in 0..3 {
        app.main(MainRequest::Chat(ChatRequest::Older)).await.expect("scrolling is always possible");
    }

    app.sees("the older page", |scene| texts(scene).len() == 3).await;
    assert_eq!(app.times_asked(&page_of(with("bob"), Some(1))).await, 1, "asked for once");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_come_can_be_asked_for_again() {
    let mut app = TestApp::signed_in().await;

    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");

    let older = |scene: &Scene| {
        let PageView::Person { chat, .. } = &scene.main.page else { return Older::None };
        chat.older
    };
    app.sees("that it did not come", |scene| older(scene) == Older::Failed).await;
    lock(&app.kit.pages).push((vec![], false));
    app.main(MainRequest::Chat(ChatRequest::Older)).await.expect("trying is always possible");
    app.sees("the beginning", |scene| older(scene) == Older::None).await;
}

#[tokio::test(start_paused = true)]
async fn what_one_writes_shows_at_once_and_once() {
    let mut app = with_bob_on_show().await;

    app.main(say("hello")).await.expect("one can always write");

    app.sees("it sent", |scene| texts(scene).last() == Some(&("hello".into(), SendState::Sent))).await;
    app.news(News::Message(message(1_000, with("bob"), "ada", "hello")));
    app.settle().await;
    assert_eq!(texts(&app.now()).iter().filter(|(text, _)| text == "hello").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_without_a_link_waits_and_is_sent_once_and_in_order_after_a_restart_too() {
    let mut app = with_bob_on_show().await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    for text in ["one", "two", "three"] {
        app.main(say(text)).await.expect("one can always write");
    }
    let waiting = |scene: &Scene| texts(scene).iter().filter(|(_, state)| *state == SendState::Waiting).count();
    let scene = app.sees("all waiting", |scene| waiting(scene) == 3).await;
    let discard = ChatRequest::Discard { id: ids(&scene)[1].clone() };
    app.main(MainRequest::Chat(discard)).await.expect("what waits can be given up");
    assert_eq!(app.sent_texts().await, Vec::<String>::new());

    let mut app = TestApp::started_again(app.folder, LinkState::Down).await;
    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    app.sees("both waiting", |scene| waiting(scene) == 2).await;
    app.kit.script.link.send_replace(LinkState::Up);

    app.sees("both sent", |scene| waiting(scene) == 0).await;
    assert_eq!(app.sent_texts().await, ["one", "three"]);
    let mut app = TestApp::started_again(app.folder, LinkState::Up).await;
    assert_eq!(app.sent_texts().await, Vec::<String>::new(), "what was sent waits no more");
}

#[tokio::test(start_paused = true)]
async fn what_had_no_answer_is_asked_again_under_its_own_name_before_what_came_later() {
    let mut app = with_bob_on_show().await;
    *lock(&app.kit.send) = Err(RequestError::Offline);
    app.main(say("first")).await.expect("one can always write");
    app.main(say("second")).await.expect("one can always write");
    app.settle().await;

    *lock(&app.kit.send) = Ok(());

    app.sees("both sent", |scene| texts(scene).iter().all(|(_, state)| *state == SendState::Sent)).await;
    let mut sent = app.sent_texts().await;
    sent.dedup();
    assert_eq!(sent, ["first", "second"]);
    let names = app.names_of_text("first").await;
    assert!(
        names.len() > 1 && names.iter().all(|name| *name == names[0]),
        "under one name, so that it is written once"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_has_no_time_for_waits_a_moment() {
    let mut app = with_bob_on_show().await;
    *lock(&app.kit.send) = Err(refused(RefusalCode::RateLimited));
    app.main(say("hello")).await.expect("one can always write");
    let state = |scene: &Scene| texts(scene).last().map(|(_, state)| state.clone());
    app.sees("it waiting", |scene| state(scene) == Some(SendState::Waiting)).await;

    *lock(&app.kit.send) = Ok(());

    app.sees("it sent", |scene| state(scene) == Some(SendState::Sent)).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_take_stays_with_a_reason_until_it_is_tried_again_or_discarded() {
    let mut app = with_bob_on_show().await;
    *lock(&app.kit.send) = Err(refused(RefusalCode::TooLarge));
    app.main(say("one more")).await.expect("one can always write");
    app.main(say("never mind")).await.expect("one can always write");
    let failed = |scene: &Scene| {
        let is_failed =
            |state: &SendState| matches!(state, SendState::Failed { notice } if notice.code == NoticeCode::AccountFull);
        texts(scene).iter().filter(|(_, state)| is_failed(state)).count()
    };
    app.sees("both failed", |scene| failed(scene) == 2).await;
    let mut app = TestApp::started_again(app.folder, LinkState::Up).await;
    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    let scene = app.sees("both still there", |scene| failed(scene) == 2).await;

    let ids = ids(&scene);
    app.main(MainRequest::Chat(ChatRequest::Discard { id: ids[1].clone() })).await.expect("always possible");
    app.main(MainRequest::Chat(ChatRequest::SendAgain { id: ids[0].clone() })).await.expect("always possible");

    app.sees("one sent, one gone", |scene| {
        failed(scene) == 0 && texts(scene).last() == Some(&("one more".into(), SendState::Sent))
    })
    .await;
    assert_eq!(app.sent_texts().await, ["one more"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_told_of_waits_in_memory_and_is_kept_once_there_is_room() {
    let mut app = TestApp::signed_in().await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    let full = fill_the_disk(&app);
    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| notice.code);

    app.main(say("one")).await.expect("one can always write");
    app.main(say("two")).await.expect("one can always write");
    app.sees("the notice", |scene| told(scene) == Some(NoticeCode::UnsentNotKept)).await;
    app.main(MainRequest::DismissNotice).await.expect("always possible");
    tokio::time::sleep(Duration::from_secs(60)).await; // virtual
    assert_eq!(told(&app.now()), None, "it is told once");
    app.main(say("three")).await.expect("one can always write");
    app.sees("the notice for the next", |scene| told(scene) == Some(NoticeCode::UnsentNotKept)).await;

    std::fs::remove_dir(full).expect("it is there");
    app.sees("that all is well", |scene| told(scene).is_none()).await;
    let words = ["one", "two", "three"];
    assert!(words.iter().all(|word| kept(&app).contains(word)));
    app.kit.script.link.send_replace(LinkState::Up);
    app.sees("the link", |scene| scene.main.link == LinkView::Up).await;
    app.settle().await;
    assert_eq!(app.sent_texts().await, words);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_leaves_at_once_needs_no_room_and_no_notice() {
    let mut app = with_bob_on_show().await;
    fill_the_disk(&app);

    app.main(say("hello")).await.expect("one can always write");
    app.sees("it sent", |scene| texts(scene).last() == Some(&("hello".into(), SendState::Sent))).await;
    tokio::time::sleep(Duration::from_secs(60)).await; // virtual

    assert_eq!(app.now().main.notice, None);
}

#[tokio::test(start_paused = true)]
async fn quitting_asks_once_before_words_are_lost() {
    let mut app = TestApp::signed_in().await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    fill_the_disk(&app);
    app.main(say("one")).await.expect("one can always write");
    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| notice.code);

    app.main(MainRequest::Quit(QuitAnswer::Ask)).await.expect("always possible");
    let scene = app.sees("the question", |scene| told(scene) == Some(NoticeCode::QuitLosesUnsent)).await;
    assert!(!scene.quit);

    app.main(MainRequest::Quit(QuitAnswer::Ask)).await.expect("always possible");
    app.sees("the end", |scene| scene.quit).await;
}

#[tokio::test(start_paused = true)]
async fn who_signs_out_leaves_nothing_behind_that_waited() {
    let mut app = TestApp::signed_in().await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    app.main(say("between us")).await.expect("one can always write");
    app.settle().await;
    assert!(kept(&app).contains("between us"));

    app.main(MainRequest::SignOut).await.expect("always possible");

    assert!(!kept(&app).contains("between us"));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_told_of_unless_somebody_looks_at_its_conversation() {
    let mut app = with_bob_on_show().await;

    app.handle.focused(true).await;
    app.news(News::Message(message(5, with("bob"), "bob", "seen")));
    app.sees("it", |scene| texts(scene).len() == 3).await;
    assert!(app.now().messages.is_empty());

    app.handle.focused(false).await;
    app.news(News::Message(message(6, with("bob"), "bob", "<b>not</b> seen")));
    let scene = app.sees("the notice", |scene| !scene.messages.is_empty()).await;
    assert_eq!((scene.messages[0].title.as_str(), scene.messages[0].text.as_str()), ("bob", "‹b›not‹/b› seen"));
    assert_eq!(scene.messages[0].chat, with("bob"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_messages_who_does_not_want_to_be() {
    let mut quiet = TestApp::signed_in_with(Settings { notifications: false, ..Settings::default() }).await;
    quiet.news(News::Message(message(5, with("bob"), "bob", "hello")));
    quiet.sees("it counted", |scene| scene.people().first().is_some_and(|bob| bob.unread == 1)).await;

    assert!(quiet.now().messages.is_empty());
}

#[tokio::test(start_paused = true)]
async fn unread_messages_are_counted_told_by_the_tray_and_read_everywhere_at_once() {
    let mut app = TestApp::signed_in().await;
    app.news(News::Message(message(5, with("bob"), "bob", "hello")));
    let scene = app.sees("the count", |scene| scene.people()[0].unread == 1).await;
    assert_eq!(scene.waiting, 1);
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Unread { count: 1 }));

    app.main(MainRequest::Chat(ChatRequest::Read { chat: with("bob"), up_to: 5 })).await.expect("always possible");

    let scene = app.sees("it read", |scene| scene.people()[0].unread == 0 && scene.messages.is_empty()).await;
    assert_eq!(scene.waiting, 0);
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Idle));
    app.server_was_asked(Request::MarkRead { chat: with("bob"), up_to: 5 }).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_read_on_another_device_is_read_here() {
    let mut app = TestApp::signed_in().await;
    app.news(News::Message(message(5, with("bob"), "bob", "hello")));
    app.sees("the count", |scene| scene.people()[0].unread == 1).await;

    app.news(News::Read { chat: with("bob"), up_to: 5, unread: 0 });

    app.sees("it read", |scene| scene.people()[0].unread == 0).await;
}

#[tokio::test(start_paused = true)]
async fn that_one_is_offline_is_no_longer_said_once_one_is_not() {
    let mut app = TestApp::signed_in().await;
    *lock(&app.kit.change) = Err(RequestError::Offline);
    app.main(MainRequest::People(PeopleRequest::Add { user: user("bob") })).await.expect("it is tried");
    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| notice.code);
    app.sees("why not", |scene| told(scene) == Some(NoticeCode::Offline)).await;

    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    app.kit.script.link.send_replace(LinkState::Up);

    app.sees("one truth", |scene| scene.main.link == LinkView::Up && told(scene).is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_with_its_reason() {
    let mut app = TestApp::signed_in().await;
    *lock(&app.kit.change) = Err(refused(RefusalCode::UnknownUser));

    app.main(MainRequest::People(PeopleRequest::Add { user: user("bob") })).await.expect("it is tried");

    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| (notice.code, notice.name.clone()));
    app.sees("why not", |scene| told(scene) == Some((NoticeCode::UnknownUser, "Bob Li".into()))).await;
}

#[tokio::test(start_paused = true)]
async fn another_key_than_before_is_said_in_call_and_conversation_until_it_is_read() {
    let mut app = with_bob_on_show().await;
    app.call_is(carillon_kit::CallPhase::Connecting);
    app.handle.subscribed(crate::window::WindowName::Call).await;

    let changed = CallEvent::IdentityChanged { user: user("bob"), device: device_id(1) };
    app.kit.events.send(changed).expect("the controller listens");

    let in_chat = |scene: &Scene| matches!(&scene.main.page, PageView::Person { chat, .. } if chat.key_changed);
    app.sees("the warning", |scene| in_chat(scene) && scene.call.key_changed.as_deref() == Some("Bob Li")).await;
    app.main(MainRequest::People(PeopleRequest::KeySeen { user: user("bob") })).await.expect("always possible");
    app.sees("no warning", |scene| !in_chat(scene) && scene.call.key_changed.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_had_without_a_link_comes_with_it() {
    let mut app = TestApp::signed_in().await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    app.settle().await;

    lock(&app.kit.pages).push((vec![message(1, with("bob"), "bob", "one")], false));
    app.kit.script.link.send_replace(LinkState::Up);

    app.sees("the conversation", |scene| texts(scene).len() == 1).await;
}
