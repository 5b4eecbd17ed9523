//! Tokens, keys and missed messages, against a server that plays its part word by word.

mod common;

use carillon_kit::{Chat, Connection, LinkState, MessageBody, News, RequestError, SignIn, SignInError, Uid, sign_in};
use carillon_protocol::{
    Answer, ClientFrame, Done, MAX_PAGE, Message, PROTOCOL_VERSION, Request, ServerFrame, Signal, Snapshot, identity,
};
use serde_json::json;
use tokio::time::timeout;

use common::{FakeLink, FakeServer, SOON, device, greeting, heard, nonce, session, user};

#[tokio::test]
async fn an_old_token_is_renewed_and_the_app_is_told_before_the_new_one_is_used() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login_with("old", "refresh-1")).expect("a good address");
    let mut news = connection.signals();
    let mut refused = server.request().await;
    assert_eq!(refused.bearer(), "old");
    refused.answer(401, json!({ "code": "wrong_credentials" })).await;

    let mut refresh = server.request().await;
    assert_eq!((refresh.path(), refresh.json()), ("/v1/refresh", json!({ "refresh_token": "refresh-1" })));
    let renewed = json!({ "token": "new", "token_expires_in_s": 3600, "refresh_token": "refresh-2" });
    refresh.answer(200, renewed).await;

    let mut again = server.upgrade().await;
    assert_eq!(again.bearer, "new");
    let News::LoginChanged(login) = heard(&mut news, 1).await.remove(0) else { panic!("the login comes first") };
    assert_eq!((login.signed_in.token.as_str(), login.signed_in.refresh_token.as_str()), ("new", "refresh-2"));
    assert_eq!(connection.login(), login);
    again.link.hear().await;
}

#[tokio::test]
async fn a_server_without_tls_is_told_with_the_address_to_type_and_hears_no_password() {
    let server = FakeServer::start().await;
    let typed = SignIn {
        server: server.bare_address(),
        allow_insecure: false,
        user: "alice".into(),
        password: "correct horse".into(),
        device_name: "desk".into(),
        device: None,
        device_secret: None,
    };
    let signing_in = tokio::spawn(sign_in(typed));

    server.understands_nothing().await;
    let mut asked = server.request().await;
    assert_eq!((asked.path(), asked.has_body()), ("/version", false));
    asked.answer(200, json!({ "server": "carillon", "version": "1.0.0", "protocol": PROTOCOL_VERSION })).await;

    let told = timeout(SOON, signing_in).await.expect("in time").expect("it ends").expect_err("no TLS");
    assert_eq!(told, SignInError::PlainHttp(format!("http://{}", server.bare_address())));
    server.is_left_alone().await;
}

#[tokio::test]
async fn a_token_that_is_about_to_expire_is_renewed_before_it_is_used() {
    let server = FakeServer::start().await;
    let mut login = server.login_with("old", "refresh-1");
    login.signed_in.token_expires_in_s = 0;
    let _connection = Connection::open(login).expect("a good address");

    let mut refresh = server.request().await;
    assert_eq!(refresh.path(), "/v1/refresh");
    let renewed = json!({ "token": "new", "token_expires_in_s": 3600, "refresh_token": "refresh-2" });
    refresh.answer(200, renewed).await;

    assert_eq!(server.upgrade().await.bearer, "new");
}

#[tokio::test]
async fn a_refused_renewal_signs_the_connection_out() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login_with("old", "refresh-1")).expect("a good address");
    server.request().await.answer(401, json!({ "code": "wrong_credentials" })).await;
    server.request().await.answer(401, json!({ "code": "wrong_credentials" })).await;

    let mut link = connection.link();
    timeout(SOON, link.wait_for(|state| *state == LinkState::SignedOut)).await.expect("in time").expect("it tells");

    assert_eq!(connection.rtc_token(&"c".parse().expect("a good name"), None).await, Err(RequestError::Closed));
}

#[tokio::test]
async fn a_renewal_whose_answer_is_lost_is_asked_for_again_with_the_same_token() {
    let server = FakeServer::start().await;
    let _connection = Connection::open(server.login_with("old", "refresh-1")).expect("a good address");
    server.request().await.answer(401, json!({ "code": "wrong_credentials" })).await;
    drop(server.request().await);

    server.request().await.answer(401, json!({ "code": "wrong_credentials" })).await;
    let again = server.request().await;

    assert_eq!((again.path(), again.json()), ("/v1/refresh", json!({ "refresh_token": "refresh-1" })));
}

#[tokio::test]
async fn a_device_with_a_key_signs_the_servers_challenge() {
    let server = FakeServer::start().await;
    let mut login = server.login();
    // The seed and the public key of RFC 8032 §7.1, test 2.
    login.device_secret = Some("TM0Imyj_ltqdtsNG7BFOD1uKMZ81q6Yk2oz27U-4pvs".into());
    let _connection = Connection::open(login).expect("a good address");

    let ClientFrame::Hello { proof, .. } = server.link().await.hear().await else { panic!("a hello comes first") };

    let key = "PUAXw-hDiVqStwqnTRt-vJyYLM8uxJaMwM1V8Sr0Zgw";
    let proof = proof.expect("it is signed");
    assert!(common::is_signed(&identity::link_text(&nonce(), device()), key, proof.as_str()));
}

#[tokio::test]
async fn what_was_missed_is_told_once_and_in_order_over_however_many_links() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut news = connection.signals();
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0, 10)).await;
    first.say(wrote(1, 11)).await;
    assert_eq!(places(&mut news, 1).await, [11]);
    drop(first);

    let mut second = server.link().await;
    second.hear().await;
    second.say(reset(0, 15)).await;
    second.answer_page(11, &[12, 13], true).await;
    second.say(wrote(1, 16)).await;
    let _asked_again = second.hear_request().await;
    drop(second);

    let mut third = server.link().await;
    third.hear().await;
    third.say(ServerFrame::Resumed { session: session(), greeting: greeting() }).await;
    third.say(wrote(2, 17)).await;
    third.answer_page(13, &[14, 15, 16], false).await;
    third.say(wrote(3, 18)).await;

    assert_eq!(places(&mut news, 7).await, [12, 13, 14, 15, 16, 17, 18]);
}

#[tokio::test]
async fn a_session_that_begins_anew_while_pages_come_leaves_no_gap_and_tells_nothing_twice() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut news = connection.signals();
    let mut first = server.link().await;
    first.hear().await;
    first.say(reset(0, 10)).await;
    first.say(reset(0, 14)).await;
    first.answer_page(10, &[11, 12], true).await;
    let (late, _) = first.hear_request().await;

    first.say(reset(0, 14)).await;
    first.say(page(late, &[13, 14], false)).await;
    first.answer_page(12, &[13, 14], false).await;
    first.say(wrote(1, 15)).await;

    assert_eq!(places(&mut news, 5).await, [11, 12, 13, 14, 15]);
}

#[tokio::test]
async fn a_token_for_a_channel_is_asked_for_as_whoever_joins_it() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let mut link = server.link().await;
    link.hear().await;
    let asking = tokio::spawn({
        let connection = connection.clone();
        async move { connection.rtc_token(&"c".parse().expect("a good name"), Some(Uid::Number(42))).await }
    });

    let mut request = server.request().await;
    assert_eq!((request.path(), request.bearer()), ("/v1/rtc-token", "secret".to_owned()));
    assert_eq!(request.json(), json!({ "channel": "c", "uid": 42 }));
    request.answer(200, json!({ "token": "007", "expires_in_s": 60 })).await;

    assert_eq!(asking.await.expect("it did not panic").expect("a token").token, "007");
}

#[tokio::test]
async fn a_picture_is_fetched_once() {
    let server = FakeServer::start().await;
    let connection = Connection::open(server.login()).expect("a good address");
    let _link = server.link().await;
    let avatar = "ab12".parse().expect("a good name");
    let asking = tokio::spawn({
        let (connection, avatar) = (connection.clone(), carillon_kit::AvatarId::clone(&avatar));
        async move { connection.avatar(&avatar).await }
    });
    let mut request = server.request().await;
    assert_eq!(request.path(), "/v1/avatars/ab12");
    request.answer_bytes(200, b"picture").await;
    assert_eq!(asking.await.expect("it did not panic").expect("a picture"), "picture");

    assert_eq!(connection.avatar(&avatar).await.expect("it is kept"), "picture");
}

impl FakeLink {
    /// Hears what is asked for, which must be messages after a place, and answers.
    async fn answer_page(&mut self, after: u64, places: &[u64], more: bool) {
        let (op_id, body) = self.hear_request().await;
        assert_eq!(body, Request::MessagesAfter { after, limit: MAX_PAGE });
        self.say(page(op_id, places, more)).await;
    }
}

fn page(op_id: carillon_protocol::OpId, places: &[u64], more: bool) -> ServerFrame {
    let messages = places.iter().map(|pos| message(*pos)).collect();
    ServerFrame::Answer { op_id, result: Answer::Ok(Done::Messages { messages, more }) }
}

/// The places of the next messages; other news are passed over.
async fn places(news: &mut tokio::sync::broadcast::Receiver<News>, how_many: usize) -> Vec<u64> {
    let mut all = Vec::new();
    while all.len() < how_many {
        if let News::Message(message) = heard(news, 1).await.remove(0) {
            all.push(message.pos);
        }
    }
    all
}

fn reset(seq: u64, latest_message: u64) -> ServerFrame {
    let snapshot = Snapshot { seq, latest_message, ..Snapshot::default() };
    ServerFrame::Reset { session: session(), greeting: greeting(), snapshot }
}

fn wrote(seq: u64, pos: u64) -> ServerFrame {
    ServerFrame::Signal { seq, body: Signal::Message(message(pos)) }
}

fn message(pos: u64) -> Message {
    Message {
        id: carillon_protocol::MessageId::new(uuid::Uuid::from_u128(u128::from(pos))),
        pos,
        chat: Chat::User { user: user("bob") },
        from: user("bob"),
        from_name: "Bob".into(),
        body: MessageBody::Text { text: format!("number {pos}") },
        ext: serde_json::Map::new(),
        call: None,
        at_ms: 0,
        reply_to: None,
        edited_at_ms: None,
    }
}
