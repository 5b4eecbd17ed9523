//! Clients that go while they are being answered: at every place where an answer waits, in turn.
//!
//! What must hold: of a change that was committed, everything has followed when it is over. And a sign-in that is over changes
//! nothing.
#![allow(clippy::large_futures, reason = "a story holds its whole cast, once")]

use std::{future::poll_fn, pin::pin, sync::mpsc, task::Poll};

use axum::{
    body::Body,
    http::{Request as HttpRequest, StatusCode},
};
use carillon_protocol::{
    Answer, CallId, Chat, Done, GroupId, GroupKind, GroupRole, MediaSignal, MessageBody, Published, Request, Secret,
    UserId,
};
use futures_util::FutureExt as _;
use serde_json::{Map, Value, json};
use tower::ServiceExt as _;
use uuid::Uuid;

use crate::{
    bus::CloseReason,
    doors::admin,
    ground::secrets::new_refresh_token,
    runtime::tasks::undisturbed,
    store::{self, Outgoing, Who},
    testing::{Linked, PASSWORD, TestServer, asked, invite},
};

/// More waits than any answer has.
const FOR_EVER: usize = 1000;

#[tokio::test]
async fn whoever_goes_in_the_middle_of_a_request_over_http_stops_nothing_halfway() {
    let server = TestServer::open().await;
    type Ask = fn(&Cast) -> HttpRequest<Body>;
    let all: [(&str, Ask); 7] = [
        ("delete-account", |cast| post(&cast.laptop, "delete-account", &json!({ "password": PASSWORD }))),
        ("sign-out", |cast| post(&cast.laptop, "sign-out", &Value::Null)),
        ("password", |cast| post(&cast.laptop, "password", &json!({ "old": PASSWORD, "new": "another password" }))),
        ("sign-in", |cast| {
            let (user, device) = (&cast.laptop.who.account.user, cast.laptop.who.device);
            let body = json!({ "user": user, "password": PASSWORD, "device_name": "laptop", "device": device });
            post(&cast.phone, "sign-in", &body)
        }),
        ("refresh", |cast| {
            let used_up = new_refresh_token(&cast.laptop.family);
            post(&cast.phone, "refresh", &json!({ "refresh_token": used_up }))
        }),
        ("avatar", |cast| put(&cast.laptop, "avatar", picture())),
        ("group avatar", |cast| put(&cast.laptop, &format!("groups/{}/avatar", cast.group), picture())),
    ];
    for (what, ask) in all {
        let answered = |cast: &Cast| server.router.clone().oneshot(ask(cast));
        server.survives_at_every_wait(what, answered).await;
    }
}

#[tokio::test]
async fn whoever_goes_in_the_middle_of_a_request_over_a_link_stops_nothing_halfway() {
    let server = TestServer::open().await;
    type Ask = fn(&Cast) -> Request;
    let all: [(&str, Ask); 6] = [
        ("revoke", |cast| Request::RevokeDevice { device: cast.phone.who.device }),
        ("rename", |_| Request::SetDisplayName { display_name: "Ada L.".into() }),
        ("message", |cast| say(&cast.ben.who.account.user)),
        ("group", |cast| Request::CreateGroup {
            kind: GroupKind::Group,
            name: "friends".into(),
            members: vec![cast.ben.who.account.user.clone()],
        }),
        ("out of the group", |cast| Request::RemoveMember {
            group: cast.group.clone(),
            user: cast.ben.who.account.user.clone(),
        }),
        ("call", |cast| invite(&cast.ben.who.account.user)),
    ];
    for (what, ask) in all {
        server.survives_at_every_wait(what, |cast| asked(&server.state, &cast.laptop.who, ask(cast))).await;
    }
}

#[cfg(unix)]
#[tokio::test]
async fn an_operator_who_goes_in_the_middle_stops_nothing_halfway() {
    let server = TestServer::open().await;
    type Ask = fn(&Cast) -> Value;
    let all: [(&str, Ask); 4] = [
        ("revoke", |cast| json!({ "noun": "device", "verb": { "verb": "revoke", "device": cast.laptop.who.device } })),
        (
            "disable",
            |cast| json!({ "noun": "user", "verb": { "verb": "disable", "user": cast.laptop.who.account.user } }),
        ),
        ("password", |cast| {
            let verb = json!({ "verb": "set_password", "user": cast.laptop.who.account.user, "password": PASSWORD });
            json!({ "noun": "user", "verb": verb })
        }),
        ("group", |cast| json!({ "noun": "group", "verb": { "verb": "delete", "group": cast.group } })),
    ];
    for (what, ask) in all {
        let answered = |cast: &Cast| {
            let (request, state) = (ask(cast).to_string(), server.state.clone());
            async move { assert!(admin::is_done(&request, &state).await) }
        };
        server.survives_at_every_wait(what, answered).await;
    }
}

#[tokio::test]
async fn a_sign_in_that_is_over_changes_nothing_although_its_link_is_still_there() {
    let server = TestServer::open().await;
    let cast = server.cast("dead").await;
    server.end_without_a_word(&cast.laptop.who).await;
    let before = server.heard(&cast).await;

    for request in changes(&cast) {
        let answer = server.ask(&cast.laptop, request.clone()).await;

        assert!(
            matches!(&answer, Answer::Refused(refusal) if refusal.detail == "this device is signed out"),
            "{request:?}"
        );
    }

    assert_eq!(server.heard(&cast).await, before);
}

#[tokio::test]
async fn a_sign_in_that_ends_while_its_picture_is_read_puts_up_none() {
    let server = TestServer::open().await;
    for of_a_group in [false, true] {
        let (go, may_go) = mpsc::channel::<()>();
        let mut before_it = Box::pin(server.state.pictures.workers().run(move || may_go.recv()));
        assert!(before_it.as_mut().now_or_never().is_none());
        let cast = server.cast(&format!("late-{of_a_group}")).await;
        let what = if of_a_group { format!("groups/{}/avatar", cast.group) } else { "avatar".to_owned() };
        let mut answer = Box::pin(server.router.clone().oneshot(put(&cast.laptop, &what, picture())));
        assert!(answer.as_mut().now_or_never().is_none(), "it is admitted, and is to be read");

        server.end_without_a_word(&cast.laptop.who).await;
        go.send(()).unwrap();

        let status = answer.await.unwrap().status();
        assert!([StatusCode::UNAUTHORIZED, StatusCode::FORBIDDEN].contains(&status), "{what}: {status}");
    }
}

#[tokio::test]
async fn an_old_sign_in_of_a_device_does_not_end_the_next_one() {
    let server = TestServer::open().await;
    let cast = server.cast("again").await;
    let again = server.device(&cast.laptop.who.account.user, Some(cast.laptop.who.device)).await;

    let answer = server.router.clone().oneshot(post(&cast.laptop, "sign-out", &Value::Null)).await.unwrap();

    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert!(server.is_signed_in(&again.who).await);
}

#[tokio::test]
#[should_panic(expected = "a task of its own")]
async fn a_change_outside_of_a_task_of_its_own_is_a_fault() {
    let server = TestServer::open().await;

    server.state.store.write().await.ok();
}

/// Two devices of one user, one of another, and a group of both users.
struct Cast {
    laptop: Linked,
    phone: Linked,
    ben: Linked,
    group: GroupId,
}

impl TestServer {
    /// Lets a client go at its first wait, its second, and so on until it waits no more; with a new cast each time.
    async fn survives_at_every_wait<F: Future>(&self, what: &str, ask: impl Fn(&Cast) -> F) {
        for waits in 0..FOR_EVER {
            let cast = self.cast(&format!("{}-{waits}", what.replace(' ', "-"))).await;

            let is_answered = given_up_after(waits, ask(&cast)).await;

            self.state.lifecycle.tasks.settle().await;
            self.everything_is_committed().await;
            for linked in [&cast.laptop, &cast.phone, &cast.ben] {
                self.has_heard_what_is_committed(linked, &format!("{what}, given up at wait {waits}")).await;
            }
            if is_answered {
                assert!(waits > 0, "{what} waits for nothing");
                return;
            }
        }
        panic!("{what} is never answered");
    }

    /// Commits come in the order in which they were asked for, also those whose client has gone.
    async fn everything_is_committed(&self) {
        undisturbed(async { self.state.store.write().await.unwrap().commit().await.unwrap() }).await;
    }

    async fn has_heard_what_is_committed(&self, linked: &Linked, when: &str) {
        let closing = *linked.listener.closing.borrow();
        if !self.is_signed_in(&linked.who).await {
            assert_eq!(closing, Some(CloseReason::SignedOut), "{when}: a link is left open");
            return;
        }
        assert_eq!(closing, None, "{when}");
        let committed = self.state.store.outgoing(linked.who.device, 0).await.unwrap();
        let delivered = linked.listener.mailbox.take().now_or_never().unwrap_or_default().signals;
        assert!(delivered.iter().eq(&committed), "{when}: {delivered:?} of {committed:?} is delivered");
    }

    async fn cast(&self, name: &str) -> Cast {
        let (ada, ben) = (self.account(&format!("ada-{name}")).await, self.account(&format!("ben-{name}")).await);
        let (laptop, phone) = (self.device(&ada, None).await, self.device(&ada, None).await);
        let members = vec![ben.clone()];
        let ben = self.device(&ben, None).await;
        let create = Request::CreateGroup { kind: GroupKind::Group, name: "family".into(), members };
        let Answer::Ok(Done::Group { group, .. }) = self.ask(&laptop, create).await else { panic!("no group") };
        Cast { laptop, phone, ben, group: group.group }
    }

    /// As if the commit were just done, and nothing had followed yet.
    async fn end_without_a_word(&self, who: &Who) {
        undisturbed(async {
            let mut tx = self.state.store.write().await.unwrap();
            store::sign_ins::end_sign_in(&mut tx, who.device, self.state.clock.now_ms()).await.unwrap();
            tx.commit().await.unwrap();
        })
        .await;
    }

    /// What is in the streams of the others.
    async fn heard(&self, cast: &Cast) -> Vec<Outgoing> {
        let store = &self.state.store;
        let (phones, bens) = (store.outgoing(cast.phone.who.device, 0), store.outgoing(cast.ben.who.device, 0));
        [phones.await.unwrap(), bens.await.unwrap()].concat()
    }
}

/// Polls something until it has waited so often, and drops it then; says whether it was over before.
async fn given_up_after(waits: usize, work: impl Future) -> bool {
    let (mut work, mut left) = (pin!(work), waits);
    poll_fn(|context| match work.as_mut().poll(context) {
        Poll::Ready(_) => Poll::Ready(true),
        Poll::Pending if left == 0 => Poll::Ready(false),
        Poll::Pending => {
            left -= 1;
            Poll::Pending
        }
    })
    .await
}

fn post(linked: &Linked, what: &str, body: &Value) -> HttpRequest<Body> {
    let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
    request(linked, "POST", what).body(body).unwrap()
}

fn put(linked: &Linked, what: &str, body: Vec<u8>) -> HttpRequest<Body> {
    request(linked, "PUT", what).body(Body::from(body)).unwrap()
}

fn request(linked: &Linked, method: &str, what: &str) -> axum::http::request::Builder {
    let request = HttpRequest::builder().method(method).uri(format!("/v1/{what}")).header("host", "localhost");
    request.header("authorization", format!("Bearer {}", linked.token))
}

fn picture() -> Vec<u8> {
    let mut file = std::io::Cursor::new(Vec::new());
    image::RgbImage::new(20, 20).write_to(&mut file, image::ImageFormat::Png).unwrap();
    file.into_inner()
}

fn say(to: &UserId) -> Request {
    let body = MessageBody::Text { text: "hello".into() };
    Request::SendMessage { chat: Chat::User { user: to.clone() }, body, ext: Map::new(), reply_to: None }
}

/// All that a device can change, but for its presence, which is not written down.
fn changes(cast: &Cast) -> Vec<Request> {
    let (call, group) = (CallId::new(Uuid::now_v7()), || cast.group.clone());
    let (other, device) = (|| cast.ben.who.account.user.clone(), cast.phone.who.device);
    let chat = || Chat::User { user: other() };
    vec![
        invite(&other()),
        Request::Ringing { call },
        Request::Accept { call, access_token: None, uid: None, hides_address: false },
        Request::Decline { call },
        Request::HangUp { call },
        Request::MediaLost { call, was_connected: true },
        Request::MoveToServer { call },
        Request::Media { call, signal: MediaSignal::EndOfCandidates },
        Request::MediaOffer { call, sdp: "v=0".into() },
        Request::WantPictures { call, pictures: Vec::new() },
        Request::Publish { call, published: Published::default() },
        Request::RenewToken { call, access_token: Secret::new("token") },
        Request::MarkCallsSeen { up_to: call },
        Request::AddContact { user: other() },
        Request::RemoveContact { user: other() },
        Request::SetBlocked { user: other(), blocked: true },
        Request::SetDisplayName { display_name: "Ada".into() },
        Request::SetDoNotDisturb { on: true },
        Request::RenameDevice { device, name: "lost".into() },
        Request::RevokeDevice { device },
        Request::SetRingHere { device, ring: false },
        say(&other()),
        Request::EditMessage { chat: chat(), pos: 1, text: "hello".into() },
        Request::DeleteMessage { chat: chat(), pos: 1 },
        Request::MarkRead { chat: chat(), up_to: 1 },
        Request::MarkDelivered { up_to: 1 },
        Request::SetTyping { chat: chat(), typing: true },
        Request::SetChatMuted { chat: chat(), muted: true },
        Request::SetReadReceipts { on: false },
        Request::CreateGroup { kind: GroupKind::Room, name: "a room".into(), members: Vec::new() },
        Request::RenameGroup { group: group(), name: "ours".into() },
        Request::AddMembers { group: group(), users: vec![other()] },
        Request::RemoveMember { group: group(), user: other() },
        Request::SetGroupRole { group: group(), user: other(), role: GroupRole::Owner },
        Request::JoinRoom { group: group() },
        Request::LeaveGroup { group: group() },
    ]
}
