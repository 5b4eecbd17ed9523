//! Files in conversations: they come part by part, only who is in the conversation has them, and nothing is left of what is gone.

use std::path::PathBuf;

use carillon_protocol::{Attachment, Chat, Done, GroupKind, Message, MessageBody, RefusalCode, Request, Signal};
use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::{
    avatars::picture,
    support::{Device, House, ask_as, with},
};

const PART: usize = 512 * 1024;

#[tokio::test]
async fn a_file_comes_in_parts_is_sent_once_and_fetched_by_the_other_to_be_saved_only() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let content: Vec<u8> = (0..PART + 1000).map(|at| u8::try_from(at % 251).unwrap()).collect();
    let file = begin(&house, &alice, content.len()).await;

    let (status, _) = put(&house, &alice, &file, 0, &content[..PART]).await;
    assert_eq!(status, StatusCode::OK);
    assert_eq!(alice.is_refused(send(&with("bob"), &file)).await, RefusalCode::NotFound, "it is not whole");
    let (_, again) = put(&house, &alice, &file, 0, &content[..PART]).await;
    assert_eq!(again["received"], PART, "a part that is repeated is there once");
    let (_, gap) = put(&house, &alice, &file, 7, b"elsewhere").await;
    assert_eq!(gap["received"], PART);
    put(&house, &alice, &file, PART, &content[PART..]).await;
    let sent = sent(&mut alice, send(&with("bob"), &file)).await;

    let MessageBody::File { file: told } = bob.reads().await.body else { panic!("no file") };
    assert_eq!(told, file);
    assert_eq!(alice.is_refused(send(&with("bob"), &file)).await, RefusalCode::NotFound, "it is in a message already");
    let first = get(&house, &bob, &file, 0).await;
    let header = |name: &str| first.headers()[name].to_str().unwrap().to_owned();
    assert_eq!(header("content-type"), "application/octet-stream");
    assert_eq!(header("content-disposition"), "attachment; filename*=UTF-8''a%20page%2Ehtml");
    assert_eq!(
        (header("x-content-type-options"), header("cache-control")),
        ("nosniff".into(), "private, no-store".into())
    );
    assert!(header("content-security-policy").contains("sandbox"));
    let mut whole = first.bytes().await.unwrap().to_vec();
    whole.extend(get(&house, &bob, &file, whole.len()).await.bytes().await.unwrap());
    assert_eq!(whole, content);
    assert!(get(&house, &bob, &file, whole.len()).await.bytes().await.unwrap().is_empty());
    let Done::Conversations { conversations } = bob.does(Request::Conversations).await else { panic!("no list") };
    assert_eq!((conversations[0].unread, conversations[0].last.as_ref().map(|last| last.pos)), (1, Some(sent.pos)));
}

/// S8: what is not theirs is to them as what is not there.
#[tokio::test]
async fn only_who_is_in_the_conversation_has_a_file() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let mallory = house.newcomer("mallory").await;
    house.befriend(&["alice", "bob"]);
    let made = Request::CreateGroup { kind: GroupKind::Group, name: "team".into(), members: vec![bob.user()] };
    let Done::Group { group, .. } = alice.does(made).await else { panic!("no group") };
    let chat = Chat::Group { group: group.group.clone() };
    let file = whole(&house, &alice, b"between us").await;
    for other in [&bob, &mallory] {
        assert_eq!(get(&house, other, &file, 0).await.status(), StatusCode::NOT_FOUND, "it is in no message");
        assert_eq!(put(&house, other, &file, 0, b"mine").await.0, StatusCode::NOT_FOUND);
    }
    assert_eq!(bob.is_refused(send(&with("alice"), &file)).await, RefusalCode::NotFound, "it is Alice's");

    sent(&mut alice, send(&chat, &file)).await;

    assert_eq!(get(&house, &bob, &file, 0).await.bytes().await.unwrap(), "between us");
    for path in ["0", "thumbnail"] {
        assert_eq!(fetch(&house, &mallory, &file, path).await.status(), StatusCode::NOT_FOUND);
    }
    alice.does(Request::RemoveMember { group: group.group, user: bob.user() }).await;
    assert_eq!(get(&house, &bob, &file, 0).await.status(), StatusCode::NOT_FOUND, "nor has who is out");
}

#[tokio::test]
async fn a_file_goes_with_its_message_and_its_room_is_free_again() {
    let house =
        House::with(|config| (config.limits.file_megabytes, config.limits.file_megabytes_per_user) = (1, 1)).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let megabyte = 1024 * 1024;
    assert_eq!(try_begin(&house, &alice, megabyte + 1).await.0, StatusCode::PAYLOAD_TOO_LARGE, "one is too large");
    let file = whole(&house, &alice, &vec![7; 1000]).await;
    let message = sent(&mut alice, send(&with("bob"), &file)).await;
    assert_eq!(try_begin(&house, &alice, megabyte).await.0, StatusCode::PAYLOAD_TOO_LARGE, "all are too large");
    assert!(on_disk(&house, &file).exists());

    alice.does(Request::DeleteMessage { chat: with("bob"), pos: message.pos }).await;

    assert_eq!(get(&house, &bob, &file, 0).await.status(), StatusCode::NOT_FOUND, "at once");
    assert_eq!(try_begin(&house, &alice, megabyte).await.0, StatusCode::OK);
    assert!(matches!(bob.hears().await, Signal::MessageChanged(message) if message.body == MessageBody::Deleted));
    house.server.prune().await;
    assert!(!on_disk(&house, &file).exists());
}

#[tokio::test]
async fn an_upload_that_is_given_up_is_forgotten_after_an_hour() {
    let (house, alice, _bob) = alice_and_bob().await;
    let file = begin(&house, &alice, 10).await;
    put(&house, &alice, &file, 0, b"half").await;
    house.server.prune().await;
    assert!(on_disk(&house, &file).exists(), "it may go on");

    house.server.advance_clock(std::time::Duration::from_secs(2 * 60 * 60));
    house.server.prune().await;

    assert!(!on_disk(&house, &file).exists());
}

#[tokio::test]
async fn the_small_picture_is_read_with_suspicion_and_written_anew() {
    let (house, mut alice, mut bob) = alice_and_bob().await;
    let file = whole(&house, &alice, b"a large picture").await;
    let url = format!("{}/v1/attachments/{}/thumbnail", house.url(), file.id);
    let put = async |body: Vec<u8>| {
        let request = reqwest::Client::new().put(&url).bearer_auth(&alice.signed_in.token).body(body);
        request.send().await.unwrap().status()
    };
    assert_eq!(put(b"<svg onload=alert(1)>".to_vec()).await, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(put(picture(1, image::ImageFormat::Png)).await, StatusCode::NO_CONTENT);

    sent(&mut alice, send(&with("bob"), &file)).await;

    bob.reads().await;
    let answer = fetch(&house, &bob, &file, "thumbnail").await;
    assert_eq!(
        (answer.status(), answer.headers()["x-content-type-options"].to_str().unwrap()),
        (StatusCode::OK, "nosniff")
    );
    assert!(image::load_from_memory(&answer.bytes().await.unwrap()).is_ok());
}

#[tokio::test]
async fn a_file_has_a_name_that_is_no_path_and_an_account_may_begin_so_many_and_no_more() {
    let house = House::with(|config| config.limits.files_per_minute = 5).await;
    let alice = house.newcomer("alice").await;
    for name in ["", "../../etc/passwd", "a\\b", ".hidden"] {
        let new = json!({ "name": name, "media_type": "text/plain", "bytes": 1 });
        assert_eq!(post_new(&house, &alice, new).await.0, StatusCode::BAD_REQUEST, "{name:?}");
    }
    assert_eq!(try_begin(&house, &alice, 1).await.0, StatusCode::OK);
    assert_eq!(try_begin(&house, &alice, 1).await.0, StatusCode::TOO_MANY_REQUESTS);
}

async fn alice_and_bob() -> (House, Device, Device) {
    let house = House::open().await;
    let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    (house, alice, bob)
}

async fn post_new(house: &House, device: &Device, new: Value) -> (StatusCode, Value) {
    let url = format!("{}/v1/attachments", house.url());
    ask_as((Method::POST, &url), &device.signed_in.token, Some(new)).await
}

async fn try_begin(house: &House, device: &Device, bytes: usize) -> (StatusCode, Value) {
    post_new(house, device, json!({ "name": "a page.html", "media_type": "text/html", "bytes": bytes })).await
}

async fn begin(house: &House, device: &Device, bytes: usize) -> Attachment {
    let (status, body) = try_begin(house, device, bytes).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    serde_json::from_value(body).unwrap()
}

async fn put(house: &House, device: &Device, file: &Attachment, offset: usize, part: &[u8]) -> (StatusCode, Value) {
    let url = format!("{}/v1/attachments/{}/{offset}", house.url(), file.id);
    let request = reqwest::Client::new().put(url).bearer_auth(&device.signed_in.token).body(part.to_vec());
    let answer = request.send().await.unwrap();
    (answer.status(), answer.json().await.unwrap_or(Value::Null))
}

/// A file that is there, and in no message.
async fn whole(house: &House, device: &Device, content: &[u8]) -> Attachment {
    let file = begin(house, device, content.len()).await;
    assert_eq!(put(house, device, &file, 0, content).await.0, StatusCode::OK);
    file
}

async fn get(house: &House, device: &Device, file: &Attachment, offset: usize) -> Response {
    fetch(house, device, file, &offset.to_string()).await
}

async fn fetch(house: &House, device: &Device, file: &Attachment, what: &str) -> Response {
    let url = format!("{}/v1/attachments/{}/{what}", house.url(), file.id);
    reqwest::Client::new().get(url).bearer_auth(&device.signed_in.token).send().await.unwrap()
}

fn send(chat: &Chat, file: &Attachment) -> Request {
    // What is said of it besides its id counts for nothing.
    let body = MessageBody::File { file: Attachment { name: "another name".into(), ..file.clone() } };
    Request::SendMessage { chat: chat.clone(), body, ext: serde_json::Map::new(), reply_to: None }
}

async fn sent(device: &mut Device, request: Request) -> Message {
    match device.does(request).await {
        Done::Sent { message } => message,
        other => panic!("not sent: {other:?}"),
    }
}

fn on_disk(house: &House, file: &Attachment) -> PathBuf {
    let id = file.id.to_string();
    house.folder.0.join("attachments").join(&id[id.len() - 2..]).join(id)
}
