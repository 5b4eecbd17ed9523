//! People and messages.

use std::time::Duration;

use carillon_ipc::{
    ChatRequest, ItemView, LinkView, MainRequest, NoticeCode, Older, PageView, PeopleRequest, SendState,
};
use carillon_kit::{CallEvent, ContactState, Conversation, LinkState, News, RequestError};
use carillon_protocol::{Refusal, RefusalCode};

use super::{
    House,
    fakes::{Done, Scene, lock},
    house::{device_id, message, person, user, with},
};
use crate::{backend::Change, desktop::TrayState, store::Settings};

/// The texts on show, and how far each has come.
fn texts(scene: &Scene) -> Vec<(String, SendState)> {
    let PageView::Person { chat, .. } = &scene.main.page else { return Vec::new() };
    let text = |item: &ItemView| match item {
        ItemView::Message(message) => Some((message.text.clone(), message.state.clone())),
        ItemView::Call(_) => None,
    };
    chat.items.iter().filter_map(text).collect()
}

async fn with_bob_on_show() -> House {
    let mut house = House::signed_in().await;
    lock(&house.kit.pages)
        .push((vec![message(2, with("bob"), "ada", "two"), message(1, with("bob"), "bob", "one")], true));
    house.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    house.sees("the conversation", |scene| texts(scene).len() == 2).await;
    house
}

/// The names of the messages on show that the server does not have, in their order.
fn ids(scene: &Scene) -> Vec<String> {
    let PageView::Person { chat, .. } = &scene.main.page else { return Vec::new() };
    let unsent = |item: &&ItemView| matches!(item, ItemView::Message(message) if message.state != SendState::Sent);
    chat.items.iter().filter(unsent).map(|item| item.key().to_owned()).collect()
}

fn kept(house: &House) -> String {
    std::fs::read_to_string(house.folder.path().join("outbox.json")).expect("something is kept")
}

/// Nothing can be written any more where the outbox is, until what this gives back is removed.
fn fill_the_disk(house: &House) -> std::path::PathBuf {
    let draft = house.folder.path().join("outbox.new");
    std::fs::create_dir(&draft).expect("the folder is writable");
    draft
}

fn refused(code: RefusalCode) -> RequestError {
    RequestError::Refused(Refusal { code, detail: String::new() })
}

fn say(text: &str) -> MainRequest {
    MainRequest::Chat(ChatRequest::Send { chat: with("bob"), text: text.into() })
}

#[tokio::test(start_paused = true)]
async fn a_conversation_comes_in_pages_the_oldest_first_on_show() {
    let mut house = with_bob_on_show().await;
    assert_eq!(texts(&house.now()).iter().map(|(text, _)| text.as_str()).collect::<Vec<_>>(), ["one", "two"]);

    lock(&house.kit.pages).push((vec![message(0, with("bob"), "bob", "zero")], false));
    for _ in 0..3 {
        house.main(MainRequest::Chat(ChatRequest::Older)).await.expect("scrolling is always possible");
    }

    house.sees("the older page", |scene| texts(scene).len() == 3).await;
    assert_eq!(house.times(&Done::Page(with("bob"), Some(1))).await, 1, "asked for once");
}

#[tokio::test(start_paused = true)]
async fn a_page_that_does_not_come_can_be_asked_for_again() {
    let mut house = House::signed_in().await;

    house.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");

    let older = |scene: &Scene| match &scene.main.page {
        PageView::Person { chat, .. } => chat.older,
        _ => Older::None,
    };
    house.sees("that it did not come", |scene| older(scene) == Older::Failed).await;
    lock(&house.kit.pages).push((vec![], false));
    house.main(MainRequest::Chat(ChatRequest::Older)).await.expect("trying is always possible");
    house.sees("the beginning", |scene| older(scene) == Older::None).await;
}

#[tokio::test(start_paused = true)]
async fn what_one_writes_shows_at_once_and_once() {
    let mut house = with_bob_on_show().await;

    house.main(say("hello")).await.expect("one can always write");

    house.sees("it sent", |scene| texts(scene).last() == Some(&("hello".into(), SendState::Sent))).await;
    house.news(News::Message(message(1_000, with("bob"), "ada", "hello")));
    house.settle().await;
    assert_eq!(texts(&house.now()).iter().filter(|(text, _)| text == "hello").count(), 1);
}

#[tokio::test(start_paused = true)]
async fn what_is_written_without_a_link_waits_and_is_sent_once_and_in_order_after_a_restart_too() {
    let mut house = with_bob_on_show().await;
    house.kit.link.send_replace(LinkState::Down);
    house.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    for text in ["one", "two", "three"] {
        house.main(say(text)).await.expect("one can always write");
    }
    let waiting = |scene: &Scene| texts(scene).iter().filter(|(_, state)| *state == SendState::Waiting).count();
    let scene = house.sees("all waiting", |scene| waiting(scene) == 3).await;
    let discard = ChatRequest::Discard { id: ids(&scene)[1].clone() };
    house.main(MainRequest::Chat(discard)).await.expect("what waits can be given up");
    assert_eq!(house.sent_texts().await, Vec::<String>::new());

    let mut house = House::started_again(house.folder, LinkState::Down).await;
    house.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    house.sees("both waiting", |scene| waiting(scene) == 2).await;
    house.kit.link.send_replace(LinkState::Up);

    house.sees("both sent", |scene| waiting(scene) == 0).await;
    assert_eq!(house.sent_texts().await, ["one", "three"]);
    let mut house = House::started_again(house.folder, LinkState::Up).await;
    assert_eq!(house.sent_texts().await, Vec::<String>::new(), "what was sent waits no more");
}

#[tokio::test(start_paused = true)]
async fn what_had_no_answer_is_asked_again_under_its_own_name_before_what_came_later() {
    let mut house = with_bob_on_show().await;
    *lock(&house.kit.send) = Err(RequestError::Offline);
    house.main(say("first")).await.expect("one can always write");
    house.main(say("second")).await.expect("one can always write");
    house.settle().await;

    *lock(&house.kit.send) = Ok(());

    house.sees("both sent", |scene| texts(scene).iter().all(|(_, state)| *state == SendState::Sent)).await;
    let mut sent = house.sent_texts().await;
    sent.dedup();
    assert_eq!(sent, ["first", "second"]);
    let names = house.names_of_text("first").await;
    assert!(
        names.len() > 1 && names.iter().all(|name| *name == names[0]),
        "under one name, so that it is written once"
    );
}

#[tokio::test(start_paused = true)]
async fn what_the_server_has_no_time_for_waits_a_moment() {
    let mut house = with_bob_on_show().await;
    *lock(&house.kit.send) = Err(refused(RefusalCode::RateLimited));
    house.main(say("hello")).await.expect("one can always write");
    let state = |scene: &Scene| texts(scene).last().map(|(_, state)| state.clone());
    house.sees("it waiting", |scene| state(scene) == Some(SendState::Waiting)).await;

    *lock(&house.kit.send) = Ok(());

    house.sees("it sent", |scene| state(scene) == Some(SendState::Sent)).await;
}

#[tokio::test(start_paused = true)]
async fn what_the_server_does_not_take_stays_with_a_reason_until_it_is_tried_again_or_discarded() {
    let mut house = with_bob_on_show().await;
    *lock(&house.kit.send) = Err(refused(RefusalCode::TooLarge));
    house.main(say("one more")).await.expect("one can always write");
    house.main(say("never mind")).await.expect("one can always write");
    let failed = |scene: &Scene| {
        let is_failed =
            |state: &SendState| matches!(state, SendState::Failed { notice } if notice.code == NoticeCode::AccountFull);
        texts(scene).iter().filter(|(_, state)| is_failed(state)).count()
    };
    house.sees("both failed", |scene| failed(scene) == 2).await;
    let mut house = House::started_again(house.folder, LinkState::Up).await;
    house.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    let scene = house.sees("both still there", |scene| failed(scene) == 2).await;

    let ids = ids(&scene);
    house.main(MainRequest::Chat(ChatRequest::Discard { id: ids[1].clone() })).await.expect("always possible");
    house.main(MainRequest::Chat(ChatRequest::SendAgain { id: ids[0].clone() })).await.expect("always possible");

    house
        .sees("one sent, one gone", |scene| {
            failed(scene) == 0 && texts(scene).last() == Some(&("one more".into(), SendState::Sent))
        })
        .await;
    assert_eq!(house.sent_texts().await, ["one more"]);
}

#[tokio::test(start_paused = true)]
async fn what_cannot_be_kept_is_told_of_waits_in_memory_and_is_kept_once_there_is_room() {
    let mut house = House::signed_in().await;
    house.kit.link.send_replace(LinkState::Down);
    house.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    let full = fill_the_disk(&house);
    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| notice.code);

    house.main(say("one")).await.expect("one can always write");
    house.main(say("two")).await.expect("one can always write");
    house.sees("the notice", |scene| told(scene) == Some(NoticeCode::UnsentNotKept)).await;
    house.main(MainRequest::DismissNotice).await.expect("always possible");
    tokio::time::sleep(Duration::from_secs(60)).await; // virtual
    assert_eq!(told(&house.now()), None, "it is told once");
    house.main(say("three")).await.expect("one can always write");
    house.sees("the notice for the next", |scene| told(scene) == Some(NoticeCode::UnsentNotKept)).await;

    std::fs::remove_dir(full).expect("it is there");
    house.sees("that all is well", |scene| told(scene).is_none()).await;
    let words = ["one", "two", "three"];
    assert!(words.iter().all(|word| kept(&house).contains(word)));
    house.kit.link.send_replace(LinkState::Up);
    house.sees("the link", |scene| scene.main.link == LinkView::Up).await;
    house.settle().await;
    assert_eq!(house.sent_texts().await, words);
}

#[tokio::test(start_paused = true)]
async fn a_message_that_leaves_at_once_needs_no_room_and_no_notice() {
    let mut house = with_bob_on_show().await;
    fill_the_disk(&house);

    house.main(say("hello")).await.expect("one can always write");
    house.sees("it sent", |scene| texts(scene).last() == Some(&("hello".into(), SendState::Sent))).await;
    tokio::time::sleep(Duration::from_secs(60)).await; // virtual

    assert_eq!(house.now().main.notice, None);
}

#[tokio::test(start_paused = true)]
async fn quitting_asks_once_before_words_are_lost() {
    let mut house = House::signed_in().await;
    house.kit.link.send_replace(LinkState::Down);
    house.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    fill_the_disk(&house);
    house.main(say("one")).await.expect("one can always write");
    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| notice.code);

    house.main(MainRequest::Quit).await.expect("always possible");
    let scene = house.sees("the question", |scene| told(scene) == Some(NoticeCode::QuitLosesUnsent)).await;
    assert!(!scene.quit);

    house.main(MainRequest::Quit).await.expect("always possible");
    house.sees("the end", |scene| scene.quit).await;
}

#[tokio::test(start_paused = true)]
async fn who_signs_out_leaves_nothing_behind_that_waited() {
    let mut house = House::signed_in().await;
    house.kit.link.send_replace(LinkState::Down);
    house.sees("no link", |scene| scene.main.link == LinkView::Down).await;
    house.main(say("between us")).await.expect("one can always write");
    house.settle().await;
    assert!(kept(&house).contains("between us"));

    house.main(MainRequest::SignOut).await.expect("always possible");

    assert!(!kept(&house).contains("between us"));
}

#[tokio::test(start_paused = true)]
async fn a_message_is_told_of_unless_somebody_looks_at_its_conversation() {
    let mut house = with_bob_on_show().await;

    house.handle.focused(true).await;
    house.news(News::Message(message(5, with("bob"), "bob", "seen")));
    house.sees("it", |scene| texts(scene).len() == 3).await;
    assert!(house.now().messages.is_empty());

    house.handle.focused(false).await;
    house.news(News::Message(message(6, with("bob"), "bob", "<b>not</b> seen")));
    let scene = house.sees("the notice", |scene| !scene.messages.is_empty()).await;
    assert_eq!((scene.messages[0].title.as_str(), scene.messages[0].text.as_str()), ("bob", "‹b›not‹/b› seen"));
    assert_eq!(scene.messages[0].chat, with("bob"));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_messages_who_does_not_want_to_be() {
    let mut quiet = House::signed_in_with(Settings { notifications: false, ..Settings::default() }).await;
    quiet.news(News::Message(message(5, with("bob"), "bob", "hello")));
    quiet.sees("it counted", |scene| scene.main.people.first().is_some_and(|bob| bob.unread == 1)).await;

    assert!(quiet.now().messages.is_empty());
}

#[tokio::test(start_paused = true)]
async fn unread_messages_are_counted_told_by_the_tray_and_read_everywhere_at_once() {
    let mut house = House::signed_in().await;
    house.news(News::Message(message(5, with("bob"), "bob", "hello")));
    let scene = house.sees("the count", |scene| scene.main.people[0].unread == 1).await;
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Unread { count: 1 }));

    house.main(MainRequest::Chat(ChatRequest::Read { chat: with("bob"), up_to: 5 })).await.expect("always possible");

    let scene = house.sees("it read", |scene| scene.main.people[0].unread == 0 && scene.messages.is_empty()).await;
    assert_eq!(scene.tray.map(|tray| tray.state), Some(TrayState::Idle));
    house.kit_did(Done::Change(Change::MarkRead(with("bob"), 5))).await;
}

#[tokio::test(start_paused = true)]
async fn what_was_read_on_another_device_is_read_here() {
    let mut house = House::signed_in().await;
    house.news(News::Message(message(5, with("bob"), "bob", "hello")));
    house.sees("the count", |scene| scene.main.people[0].unread == 1).await;

    house.news(News::Read { chat: with("bob"), up_to: 5, unread: 0 });

    house.sees("it read", |scene| scene.main.people[0].unread == 0).await;
}

#[tokio::test(start_paused = true)]
async fn whoever_writes_without_being_a_contact_is_listed_with_the_people() {
    let mut house = House::signed_in().await;

    house.news(News::Message(message(5, with("eve"), "eve", "hello")));

    let listed =
        |scene: &Scene| scene.main.people.iter().any(|person| person.user == user("eve") && person.unread == 1);
    house.sees("Eve", listed).await;
}

#[tokio::test(start_paused = true)]
async fn conversations_that_were_there_before_count_as_well() {
    let house = House::build(Settings::default());
    let last = Some(message(9, with("bob"), "bob", "nine"));
    let known = Conversation { chat: with("bob"), name: "Bob Li".into(), avatar: None, last, unread: 4, read_up_to: 5 };
    lock(&house.kit.conversations).push(known);
    lock(&house.kit.contacts).push(super::house::bob());
    let mut house = house;
    house.handle.begin(Ok(Some(super::house::login()))).await;
    house.handle.subscribed(crate::window::WindowName::Main).await;

    house.sees("the count", |scene| scene.main.people.first().is_some_and(|bob| bob.unread == 4)).await;
}

#[tokio::test(start_paused = true)]
async fn a_request_is_set_apart_until_it_is_answered() {
    let mut house = House::signed_in().await;

    house.news(News::PersonChanged(person("eve", "Eve", ContactState::Asked)));
    house.sees("the request", |scene| scene.main.requests.len() == 1 && scene.main.people.len() == 1).await;
    lock(&house.kit.contacts).push(person("eve", "Eve", ContactState::Contact));
    house.main(MainRequest::People(PeopleRequest::Add { user: user("eve") })).await.expect("somebody is signed in");
    house.kit_did(Done::Change(Change::AddContact(user("eve")))).await;
    house.news(News::PersonChanged(person("eve", "Eve", ContactState::Contact)));

    house.sees("a contact", |scene| scene.main.requests.is_empty() && scene.main.people.len() == 2).await;
}

#[tokio::test(start_paused = true)]
async fn everybody_is_offered_only_while_there_are_no_contacts() {
    let house = House::build(Settings::default());
    lock(&house.kit.people)
        .extend([person("eve", "Eve", ContactState::None), person("ada", "Ada", ContactState::None)]);
    let mut house = house;
    house.handle.begin(Ok(Some(super::house::login()))).await;
    house.handle.subscribed(crate::window::WindowName::Main).await;
    let scene = house.sees("whom to add", |scene| !scene.main.found.is_empty()).await;
    assert_eq!(scene.main.found.len(), 1, "not oneself");

    house.news(News::PersonChanged(person("bob", "Bob Li", ContactState::Contact)));
    house.sees("contacts only", |scene| scene.main.found.is_empty() && scene.main.people.len() == 1).await;
    house.main(MainRequest::Search { query: "eve".into() }).await.expect("always possible");
    house.sees("whom was searched for", |scene| scene.main.found.len() == 1 && scene.main.people.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn a_refusal_is_told_with_its_reason() {
    let mut house = House::signed_in().await;
    *lock(&house.kit.change) = Err(refused(RefusalCode::UnknownUser));

    house.main(MainRequest::People(PeopleRequest::Add { user: user("bob") })).await.expect("it is tried");

    let told = |scene: &Scene| scene.main.notice.as_ref().map(|notice| (notice.code, notice.name.clone()));
    house.sees("why not", |scene| told(scene) == Some((NoticeCode::UnknownUser, "Bob Li".into()))).await;
}

#[tokio::test(start_paused = true)]
async fn another_key_than_before_is_said_in_call_and_conversation_until_it_is_read() {
    let mut house = with_bob_on_show().await;
    house.call_is(carillon_kit::CallPhase::Connecting);
    house.handle.subscribed(crate::window::WindowName::Call).await;

    let changed = CallEvent::IdentityChanged { user: user("bob"), device: device_id(1) };
    house.kit.events.send(changed).expect("the controller listens");

    let in_chat = |scene: &Scene| matches!(&scene.main.page, PageView::Person { chat, .. } if chat.key_changed);
    house.sees("the warning", |scene| in_chat(scene) && scene.call.key_changed.as_deref() == Some("Bob Li")).await;
    house.main(MainRequest::People(PeopleRequest::KeySeen { user: user("bob") })).await.expect("always possible");
    house.sees("no warning", |scene| !in_chat(scene) && scene.call.key_changed.is_none()).await;
}

#[tokio::test(start_paused = true)]
async fn what_could_not_be_had_without_a_link_comes_with_it() {
    let mut house = House::signed_in().await;
    house.kit.link.send_replace(LinkState::Down);
    house.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    house.settle().await;

    lock(&house.kit.pages).push((vec![message(1, with("bob"), "bob", "one")], false));
    house.kit.link.send_replace(LinkState::Up);

    house.sees("the conversation", |scene| texts(scene).len() == 1).await;
}
