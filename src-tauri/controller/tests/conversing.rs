//! What becomes of conversations besides new messages.

use std::time::Duration;

use carillon_ipc::{
    ChatRequest, ChatView, EventKind, ItemView, MAX_FILE_BYTES, MainRequest, MessageView, NoticeCode, PageView,
    PickedFile, SendState, TransferView,
};
use carillon_kit::{
    Attachment, Chat, GroupEvent, GroupRole, Message, MessageBody, News, Quote, Receipts, TYPING_AGAIN_MS,
    testing::Request,
};

use super::{
    TestApp,
    fakes::{Scene, lock},
    test_app::{group, message, user, with},
};

fn chat(scene: &Scene) -> Option<&ChatView> {
    match &scene.main.page {
        PageView::Person { chat, .. } | PageView::Group { chat, .. } => Some(chat),
        PageView::Nobody | PageView::Requests { .. } | PageView::NewGroup { .. } => None,
    }
}

fn shown(scene: &Scene, pos: u64) -> Option<&MessageView> {
    chat(scene)?.items.iter().find_map(|item| match item {
        ItemView::Message(message) => Some(message).filter(|message| message.pos == pos),
        ItemView::Call(_) | ItemView::Event(_) => None,
    })
}

/// Bob asks, and Ada answers.
async fn with_bob() -> TestApp {
    let mut app = TestApp::signed_in().await;
    let page = vec![message(2, with("bob"), "ada", "ten"), message(1, with("bob"), "bob", "nine or ten?")];
    lock(&app.kit.pages).push((page, false));
    app.main(MainRequest::Select { chat: Some(with("bob")) }).await.expect("somebody is signed in");
    app.sees("the conversation", |scene| shown(scene, 2).is_some()).await;
    app.news(News::Message(message(3, with("bob"), "bob", "fine")));
    app.sees("it", |scene| shown(scene, 3).is_some()).await;
    app
}

fn ask(request: ChatRequest) -> MainRequest {
    MainRequest::Chat(request)
}

#[tokio::test(start_paused = true)]
async fn an_own_message_is_sent_delivered_and_read_and_those_of_others_show_nothing_of_it() {
    let mut app = with_bob().await;
    let come = |delivered_up_to, read_up_to| News::ReceiptsChanged {
        chat: with("bob"),
        receipts: Receipts { delivered_up_to, read_up_to },
    };
    assert_eq!(shown(&app.now(), 2).map(|one| one.state.clone()), Some(SendState::Sent));

    app.news(come(3, 0));
    app.sees("it delivered", |scene| shown(scene, 2).is_some_and(|one| one.state == SendState::Delivered)).await;
    app.news(come(3, 2));
    app.sees("it read", |scene| shown(scene, 2).is_some_and(|one| one.state == SendState::Read)).await;

    assert_eq!(shown(&app.now(), 1).map(|one| one.state.clone()), Some(SendState::Sent));
}

#[tokio::test(start_paused = true)]
async fn an_edited_text_says_so_and_a_deleted_one_says_nothing_any_more_and_takes_its_notice_along() {
    let mut app = with_bob().await;
    app.handle.focused(false).await;
    app.news(News::Message(message(4, with("bob"), "bob", "by mistake")));
    app.sees("the notice", |scene| !scene.messages.is_empty()).await;

    let edited = Message { edited_at_ms: Some(1), ..message(1, with("bob"), "bob", "eight or nine?") };
    app.news(News::MessageChanged(edited));
    let is_edited = |scene: &Scene| shown(scene, 1).is_some_and(|one| one.edited && one.text == "eight or nine?");
    app.sees("it edited", is_edited).await;
    assert_eq!(app.now().messages.len(), 1, "the notice is about another one");
    let gone = Message { body: MessageBody::Deleted, ..message(4, with("bob"), "bob", "") };
    app.news(News::MessageChanged(gone));

    app.sees("it gone", |scene| shown(scene, 4).is_some_and(|one| one.deleted) && scene.messages.is_empty()).await;
}

#[tokio::test(start_paused = true)]
async fn answers_changes_and_quiet_are_asked_of_the_server_as_they_were_meant() {
    let mut app = with_bob().await;

    app.main(ask(ChatRequest::Send { chat: with("bob"), text: "why?".into(), reply_to: Some(3) }))
        .await
        .expect("always");
    app.main(ask(ChatRequest::Edit { chat: with("bob"), pos: 2, text: "eleven".into() })).await.expect("always");
    app.main(ask(ChatRequest::Delete { chat: with("bob"), pos: 2 })).await.expect("always");
    app.main(ask(ChatRequest::Mute { chat: with("bob"), muted: true })).await.expect("always");
    app.main(ask(ChatRequest::Typing { chat: with("bob"), typing: true })).await.expect("always");

    let body = MessageBody::Text { text: "why?".into() };
    let answer = Request::SendMessage { chat: with("bob"), body, ext: Default::default(), reply_to: Some(3) };
    app.server_was_asked(answer).await;
    app.server_was_asked(Request::EditMessage { chat: with("bob"), pos: 2, text: "eleven".into() }).await;
    app.server_was_asked(Request::DeleteMessage { chat: with("bob"), pos: 2 }).await;
    app.server_was_asked(Request::SetChatMuted { chat: with("bob"), muted: true }).await;
    app.server_was_asked(Request::SetTyping { chat: with("bob"), typing: true }).await;
}

#[tokio::test(start_paused = true)]
async fn an_answer_shows_what_it_answers_also_while_it_is_on_its_way() {
    let mut app = with_bob().await;
    *lock(&app.kit.send) = Err(carillon_kit::RequestError::Offline);
    app.main(ask(ChatRequest::Send { chat: with("bob"), text: "why?".into(), reply_to: Some(3) }))
        .await
        .expect("always");
    let quoted = |scene: &Scene, pos| {
        let reply = shown(scene, pos)?.reply.clone()?;
        Some((reply.pos, reply.who.is_me, reply.text))
    };
    app.sees("it waiting", |scene| quoted(scene, 0) == Some((3, false, "fine".into()))).await;

    let quote = Quote { pos: 2, from: user("ada"), from_name: "Ada".into(), text: "ten".into() };
    app.news(News::Message(Message { reply_to: Some(quote), ..message(5, with("bob"), "bob", "not ten") }));

    app.sees("the quote", |scene| quoted(scene, 5) == Some((2, true, "ten".into()))).await;
}

#[tokio::test(start_paused = true)]
async fn who_types_is_shown_until_they_stop_write_or_say_nothing_for_long() {
    let mut app = with_bob().await;
    let typing = |typing| News::Typing { chat: with("bob"), user: user("bob"), typing };
    let types = |scene: &Scene| chat(scene).is_some_and(|chat| !chat.typing.is_empty());

    app.news(typing(true));
    app.sees("it", types).await;
    app.news(typing(false));
    app.sees("that it is over", |scene| !types(scene)).await;
    app.news(typing(true));
    app.sees("it again", types).await;
    app.news(News::Message(message(6, with("bob"), "bob", "there")));
    app.sees("that it was written", |scene| !types(scene)).await;
    app.news(typing(true));
    app.sees("it once more", types).await;
    tokio::time::sleep(Duration::from_millis(3 * TYPING_AGAIN_MS)).await; // virtual

    assert!(!types(&app.now()));
}

#[tokio::test(start_paused = true)]
async fn nobody_is_told_of_what_comes_in_a_muted_conversation_and_it_still_counts() {
    let mut app = TestApp::signed_in().await;
    app.news(News::Message(message(5, with("bob"), "bob", "loud")));
    app.sees("the notice", |scene| scene.messages.len() == 1).await;
    app.news(News::ChatMuted { chat: with("bob"), muted: true });

    app.news(News::Message(message(6, with("bob"), "bob", "quiet")));

    let scene = app.sees("it counted", |scene| scene.people()[0].unread == 2).await;
    assert!(scene.messages.iter().all(|notice| notice.text != "quiet"));
}

#[tokio::test(start_paused = true)]
async fn an_address_is_opened_only_after_the_user_has_seen_where_it_leads() {
    let mut app = with_bob().await;
    let look = |address: &str| ask(ChatRequest::LookAt { address: address.into() });
    let host = |scene: &Scene| chat(scene).and_then(|chat| chat.visit.as_ref()).map(|visit| visit.host.clone());

    app.main(ask(ChatRequest::Visit { go: true })).await.expect("it does nothing");
    app.main(look("file:///etc/passwd")).await.expect("it does nothing");
    app.main(ask(ChatRequest::Visit { go: true })).await.expect("it does nothing");
    assert!(app.now().visited.is_empty());
    app.main(look("https://user@example.org/a")).await.expect("always");
    app.sees("where it leads", |scene| host(scene).as_deref() == Some("example.org")).await;
    app.main(ask(ChatRequest::Visit { go: false })).await.expect("always");
    app.sees("no question", |scene| host(scene).is_none()).await;
    assert!(app.now().visited.is_empty());

    app.main(look("https://user@example.org/a")).await.expect("always");
    app.main(ask(ChatRequest::Visit { go: true })).await.expect("always");

    let scene = app.sees("it opened", |scene| !scene.visited.is_empty()).await;
    assert_eq!(scene.visited, ["https://example.org/a"], "once, as it was shown");
}

#[tokio::test(start_paused = true)]
async fn what_happens_to_a_group_is_a_line_in_its_conversation_and_no_notice() {
    let mut app = TestApp::signed_in().await;
    let team = group("team", "Team", Some(GroupRole::Member));
    let chat_of_team = Chat::Group { group: team.group.clone() };
    lock(&app.kit.groups).push(team.clone());
    app.news(News::GroupChanged(team));
    lock(&app.kit.pages).push((vec![], false));
    app.main(MainRequest::Select { chat: Some(chat_of_team.clone()) }).await.expect("somebody is signed in");

    let event = GroupEvent::Added { users: vec![user("ada"), user("carol")] };
    let added = Message { body: MessageBody::Event { event }, ..message(7, chat_of_team, "bob", "") };
    app.news(News::Message(added));

    let line = |scene: &Scene| {
        let event = |item: &ItemView| if let ItemView::Event(event) = item { Some(event.what.clone()) } else { None };
        chat(scene)?.items.iter().find_map(event)
    };
    let scene = app.sees("the line", |scene| line(scene).is_some()).await;
    let Some(EventKind::Added { people }) = line(&scene) else { panic!("{:?}", line(&scene)) };
    assert_eq!(people.iter().map(|person| person.is_me).collect::<Vec<_>>(), [true, false]);
    assert!(scene.messages.is_empty() && scene.groups()[0].unread == 0);
}

fn file_of(scene: &Scene) -> Option<carillon_ipc::FileView> {
    let file = |item: &ItemView| if let ItemView::Message(message) = item { message.file.clone() } else { None };
    chat(scene)?.items.iter().find_map(file)
}

fn picked(bytes: u64) -> PickedFile {
    let picture = Some((640, 480, "data:image/jpeg;base64,/9j/4A==".to_owned()));
    PickedFile { name: "bell.png".into(), media_type: "image/png".into(), bytes, picture }
}

fn part(key: &str, data: &str) -> MainRequest {
    ask(ChatRequest::FilePart { key: key.into(), data: data.into() })
}

#[tokio::test(start_paused = true)]
async fn a_file_is_sent_as_it_comes_from_the_window_and_shows_how_far_it_is() {
    let mut app = with_bob().await;
    let attach = ChatRequest::AttachFile { chat: with("bob"), key: "k".into(), file: picked(6) };
    app.main(ask(attach)).await.expect("it is small");
    app.main(part("k", "AQID")).await.expect("it comes");
    app.sees("half of it", |scene| {
        file_of(scene).is_some_and(|file| file.transfer == TransferView::Moving { percent: 50 })
    })
    .await;

    app.main(part("k", "BAUG")).await.expect("it comes");

    let thumbnail = Some(vec![0xff, 0xd8, 0xff, 0xe0]);
    app.kit_did(super::fakes::Done::File("bell.png".into(), vec![1, 2, 3, 4, 5, 6], thumbnail)).await;
    app.sees("it sent", |scene| file_of(scene).is_some_and(|file| file.transfer == TransferView::There)).await;
}

#[tokio::test(start_paused = true)]
async fn a_file_that_is_given_up_is_not_sent_and_one_that_is_too_large_not_begun() {
    let mut app = with_bob().await;
    let attach = |bytes| ask(ChatRequest::AttachFile { chat: with("bob"), key: "k".into(), file: picked(bytes) });
    let refused = app.main(attach(MAX_FILE_BYTES + 1)).await.map_err(|notice| notice.code);
    assert_eq!(refused, Err(NoticeCode::FileTooLarge));
    app.main(attach(6)).await.expect("it is small");
    app.sees("it on its way", |scene| file_of(scene).is_some()).await;
    let id =
        chat(&app.now()).and_then(|chat| chat.items.last().map(|item| item.key().to_owned())).expect("it is shown");

    app.main(ask(ChatRequest::Discard { id })).await.expect("always");

    app.sees("that it is gone", |scene| file_of(scene).is_none()).await;
    app.main(part("k", "AQIDBAUG")).await.expect("nobody waits for it");
    app.settle().await;
    assert!(file_of(&app.now()).is_none());
}

#[tokio::test(start_paused = true)]
async fn a_file_is_saved_under_the_name_that_it_gets_and_said_so() {
    let mut app = with_bob().await;
    let id = "018f3e7a-0000-7000-8000-000000000009".parse().expect("a UUID");
    let file =
        Attachment { id, name: "bell.pdf".into(), media_type: "application/pdf".into(), bytes: 7, picture: None };
    app.news(News::Message(Message { body: MessageBody::File { file }, ..message(9, with("bob"), "bob", "") }));
    app.sees("the file", |scene| file_of(scene).is_some_and(|file| file.name == "bell.pdf")).await;

    app.main(ask(ChatRequest::SaveFile { chat: with("bob"), pos: 9 })).await.expect("it is there");

    let is_saved = TransferView::Saved { name: "bell.pdf".into() };
    app.sees("it saved", |scene| file_of(scene).is_some_and(|file| file.transfer == is_saved)).await;
    let none = app.main(ask(ChatRequest::SaveFile { chat: with("bob"), pos: 1 })).await.map_err(|notice| notice.code);
    assert_eq!(none, Err(NoticeCode::NotFound));
}
