//! The list of conversations.

use carillon_ipc::{LastView, LinkView, ListRequest, MainRequest, PeopleRequest, ROWS, RowView};
use carillon_kit::{ContactState, Conversation, LinkState, News, Receipts, testing::Request};

use super::{
    TestApp,
    fakes::{Scene, lock},
    test_app::{bob, login, message, person, user, with},
};
use crate::{store::Settings, window::WindowName};

#[tokio::test(start_paused = true)]
async fn everybody_on_the_server_is_offered_while_there_are_few_conversations_and_stays_after_the_first_of_them() {
    let app = TestApp::build(Settings::default());
    lock(&app.kit.people).extend([person("eve", "Eve", ContactState::None), person("ada", "Ada", ContactState::None)]);
    let mut app = app;
    app.handle.begin(Ok(Some(login()))).await;
    app.handle.subscribed(WindowName::Main).await;
    let scene = app.sees("whom to add", |scene| !scene.people().is_empty()).await;
    assert_eq!(scene.names(), ["Eve"], "not oneself");

    app.news(News::PersonChanged(person("bob", "Bob Li", ContactState::Contact)));
    app.sees("both", |scene| scene.names() == ["Bob Li", "Eve"]).await;

    lock(&app.kit.people).push(person("zoe", "Zoe", ContactState::None));
    app.sees("whoever has a new account", |scene| scene.names() == ["Bob Li", "Eve", "Zoe"]).await;
}

#[tokio::test(start_paused = true)]
async fn a_search_without_a_link_finds_what_is_known_here_and_is_done_with_once_something_is_opened() {
    let mut app = TestApp::signed_in().await;
    app.news(News::Message(message(5, with("eve"), "eve", "the bell rings at nine")));
    app.sees("both", |scene| scene.people().len() == 2).await;
    app.kit.script.link.send_replace(LinkState::Down);
    app.sees("no link", |scene| scene.main.link == LinkView::Down).await;

    for (query, found) in [("bo", vec!["Bob Li"]), ("BELL", vec!["eve"]), ("nobody", vec![]), ("e", vec!["eve"])] {
        app.main(MainRequest::Search { query: query.into() }).await.expect("always possible");
        app.sees(query, |scene| scene.main.list.query == query && scene.names() == found).await;
    }

    app.main(MainRequest::Select { chat: Some(with("eve")) }).await.expect("somebody is signed in");
    app.sees("all again", |scene| scene.main.list.query.is_empty() && scene.people().len() == 2).await;
}

#[tokio::test(start_paused = true)]
async fn what_happened_last_comes_first_and_nothing_moves_while_the_pointer_is_there() {
    let mut app = TestApp::signed_in().await;
    let hold = |on| MainRequest::List(ListRequest::Hold { on });
    app.news(News::Message(message(5, with("bob"), "bob", "one")));
    app.news(News::Message(message(6, with("eve"), "eve", "two")));
    app.sees("the latest first", |scene| scene.names() == ["eve", "Bob Li"]).await;

    app.main(hold(true)).await.expect("always possible");
    app.news(News::Message(message(7, with("bob"), "bob", "three")));
    app.news(News::Message(message(8, with("zoe"), "zoe", "four")));
    let line = |scene: &Scene| {
        let RowView::Person { last: Some(LastView::Message { text, .. }), .. } = &scene.main.list.rows[1] else {
            return None;
        };
        Some(text.clone())
    };
    let scene =
        app.sees("what Bob said", |scene| scene.names().len() == 3 && line(scene).as_deref() == Some("three")).await;
    assert_eq!(scene.names(), ["eve", "Bob Li", "zoe"]);

    app.main(hold(false)).await.expect("always possible");
    app.sees("all in place", |scene| scene.names() == ["zoe", "Bob Li", "eve"]).await;
}

#[tokio::test(start_paused = true)]
async fn of_thousands_of_conversations_a_view_has_a_part() {
    let app = TestApp::build(Settings::default());
    let all = (0..2_000)
        .map(|number| person(&format!("user{number:04}"), &format!("User {number:04}"), ContactState::Contact));
    lock(&app.kit.contacts).extend(all);
    let mut app = app;
    app.handle.begin(Ok(Some(login()))).await;
    app.handle.subscribed(WindowName::Main).await;
    let scene = app.sees("the list", |scene| scene.main.list.total == 2_000).await;
    assert_eq!(scene.main.list.rows.len(), ROWS);

    app.main(MainRequest::List(ListRequest::From { first: 1_000 })).await.expect("always possible");

    let scene = app.sees("the middle", |scene| scene.main.list.first == 1_000).await;
    assert_eq!(scene.names()[0], "User 1000");
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_without_being_a_contact_is_listed_with_the_people() {
    let mut app = TestApp::signed_in().await;

    app.news(News::Message(message(5, with("eve"), "eve", "hello")));

    let listed = |scene: &Scene| scene.people().iter().any(|person| person.user == user("eve") && person.unread == 1);
    app.sees("Eve", listed).await;
}

#[tokio::test(start_paused = true)]
async fn conversations_that_were_there_before_count_as_well() {
    let app = TestApp::build(Settings::default());
    let last = Some(message(9, with("bob"), "bob", "nine"));
    let known = Conversation {
        chat: with("bob"),
        name: "Bob Li".into(),
        avatar: None,
        last,
        unread: 4,
        read_up_to: 5,
        receipts: Receipts::default(),
        muted: false,
    };
    lock(&app.kit.conversations).push(known);
    lock(&app.kit.contacts).push(bob());
    let mut app = app;
    app.handle.begin(Ok(Some(login()))).await;
    app.handle.subscribed(WindowName::Main).await;

    app.sees("the count", |scene| scene.people().first().is_some_and(|bob| bob.unread == 4)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_set_apart_until_it_is_answered() {
    let mut app = TestApp::signed_in().await;

    app.news(News::PersonChanged(person("eve", "Eve", ContactState::Asked)));
    app.sees("the request", |scene| scene.asked() == 1 && scene.people().len() == 1).await;
    lock(&app.kit.contacts).push(person("eve", "Eve", ContactState::Contact));
    app.main(MainRequest::People(PeopleRequest::Add { user: user("eve") })).await.expect("somebody is signed in");
    app.server_was_asked(Request::AddContact { user: user("eve") }).await;
    app.news(News::PersonChanged(person("eve", "Eve", ContactState::Contact)));

    app.sees("a contact", |scene| scene.asked() == 0 && scene.people().len() == 2).await;
}
