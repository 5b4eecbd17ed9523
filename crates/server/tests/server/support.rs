//! A server with its own data folder, and devices that speak to it in raw frames.

use std::{collections::VecDeque, path::PathBuf, time::Duration};

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_protocol::{
    Answer, CallId, CallKind, CallScope, Candidate, ChannelName, Chat, ClientFrame, DeviceKey, Done, Greeting,
    Invitation, MediaSignal, Message as Letter, MessageBody, Nonce, OpId, PendingRequest, Person, Refusal, RefusalCode,
    Request, ServerFrame, SessionId, Signal, Signature, SignedIn, Snapshot, UserId, identity,
};
use carillon_server::{Config, RtcTokenPolicy, Running, Server};
use ed25519_dalek::{Signer as _, SigningKey};
use futures_util::{SinkExt as _, StreamExt as _};
use reqwest::{Method, StatusCode};
use serde_json::{Map, Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use uuid::Uuid;

pub(crate) const PASSWORD: &str = "a long password";
/// Far longer than anything takes: whoever waits so long waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

/// A folder that goes with the test.
pub(crate) struct Folder(pub(crate) PathBuf);

impl Folder {
    pub(crate) fn new() -> Self {
        let path = std::env::temp_dir().join(format!("carillon-server-test-{}", Uuid::new_v4()));
        std::fs::create_dir_all(&path).unwrap();
        Self(path)
    }
}

impl Drop for Folder {
    fn drop(&mut self) {
        std::fs::remove_dir_all(&self.0).ok();
    }
}

pub(crate) struct House {
    pub(crate) server: Running,
    pub(crate) folder: Folder,
}

/// For stories that are not about RTC tokens.
pub(crate) fn choices(folder: &Folder) -> Config {
    Config { rtc_tokens: RtcTokenPolicy::Optional, ..Config::local(&folder.0) }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(|_| {}).await
    }

    /// With some choices changed.
    pub(crate) async fn with(change: impl FnOnce(&mut Config)) -> Self {
        let folder = Folder::new();
        let mut config = choices(&folder);
        change(&mut config);
        Self { server: Server::start(config).await.unwrap(), folder }
    }

    /// Stops the server, and starts another on the same data.
    pub(crate) async fn reopen(self) -> Self {
        let Self { server, folder } = self;
        server.shutdown().await;
        Self { server: Server::start(choices(&folder)).await.unwrap(), folder }
    }

    pub(crate) fn url(&self) -> String {
        self.server.url()
    }

    /// Makes an account, and gives its first device's sign-in.
    pub(crate) async fn register(&self, user: &str) -> SignedIn {
        let invite = self.server.mint_invites(1).await.unwrap().remove(0);
        let (status, body) = post(&self.url(), "register", registration(&invite, user)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// These users are contacts of each other, as if they had agreed to it long ago: their devices hear nothing of it.
    pub(crate) fn befriend(&self, users: &[&str]) {
        befriend_in(&self.folder, users);
    }

    /// Signs one more device of an account in.
    pub(crate) async fn sign_in(&self, user: &str, device_name: &str) -> SignedIn {
        let (status, body) = post(&self.url(), "sign-in", credentials(user, PASSWORD, device_name)).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// Signs a device in again that this house knows already.
    pub(crate) async fn sign_in_again(&self, earlier: &SignedIn) -> SignedIn {
        let mut body = credentials(earlier.account.user.as_str(), PASSWORD, "laptop");
        body["device"] = json!(earlier.device);
        let (status, body) = post(&self.url(), "sign-in", body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// Makes an account whose first device has a key of its own.
    pub(crate) async fn register_with_key(&self, user: &str, key: &Key) -> SignedIn {
        let mut body = registration(&self.server.mint_invites(1).await.unwrap().remove(0), user);
        body["device_key"] = json!(key.public());
        let (status, body) = post(&self.url(), "register", body).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        serde_json::from_value(body).unwrap()
    }

    /// A new account's first device, with a link.
    pub(crate) async fn newcomer(&self, user: &str) -> Device {
        Device::link(&self.url(), self.register(user).await).await
    }

    /// One more device of an account, with a link.
    pub(crate) async fn another(&self, user: &str, device_name: &str) -> Device {
        Device::link(&self.url(), self.sign_in(user, device_name).await).await
    }
}

pub(crate) fn registration(invite: &str, user: &str) -> Value {
    json!({ "invite": invite, "user": user, "password": PASSWORD, "device_name": format!("{user}'s first") })
}

pub(crate) fn credentials(user: &str, password: &str, device_name: &str) -> Value {
    json!({ "user": user, "password": password, "device_name": device_name })
}

/// `method` at an address of the REST part, as a device that has this token; with the status and the body of the answer.
pub(crate) async fn ask_as((method, url): (Method, &str), token: &str, body: Option<Value>) -> (StatusCode, Value) {
    let mut request = reqwest::Client::new().request(method, url).bearer_auth(token);
    if let Some(body) = body {
        request = request.json(&body);
    }
    let response = request.send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

pub(crate) async fn post(url: &str, what: &str, body: Value) -> (StatusCode, Value) {
    let response = reqwest::Client::new().post(format!("{url}/v1/{what}")).json(&body).send().await.unwrap();
    (response.status(), response.json().await.unwrap_or(Value::Null))
}

/// The secret half of a device's key.
#[derive(Clone)]
pub(crate) struct Key(SigningKey);

impl Key {
    pub(crate) fn new() -> Self {
        let mut seed = [0; 32];
        seed[..16].copy_from_slice(Uuid::new_v4().as_bytes());
        Self(SigningKey::from_bytes(&seed))
    }

    /// One that a fixture knows.
    pub(crate) fn of_seed(seed: u8) -> Self {
        Self(SigningKey::from_bytes(&[seed; 32]))
    }

    pub(crate) fn public(&self) -> DeviceKey {
        DeviceKey::new(URL_SAFE_NO_PAD.encode(self.0.verifying_key().to_bytes())).unwrap()
    }

    pub(crate) fn proof(&self, nonce: &Nonce, signed_in: &SignedIn) -> Signature {
        let text = identity::link_text(nonce, signed_in.device);
        Signature::new(URL_SAFE_NO_PAD.encode(self.0.sign(text.as_bytes()).to_bytes())).unwrap()
    }
}

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// One device at the other end of a real WebSocket.
pub(crate) struct Device {
    pub(crate) signed_in: SignedIn,
    pub(crate) session: SessionId,
    pub(crate) greeting: Greeting,
    /// `None` if the session went on.
    pub(crate) snapshot: Option<Snapshot>,
    /// The last signal that was taken.
    pub(crate) seq: u64,
    pub(crate) socket: Socket,
    early: VecDeque<(u64, Signal)>,
    letters: VecDeque<Letter>,
    devices_changed: usize,
    url: String,
}

/// Opens a link up to the server's first word.
pub(crate) async fn connect(url: &str, token: &str) -> Socket {
    connect_for_nonce(url, token).await.0
}

pub(crate) async fn connect_for_nonce(url: &str, token: &str) -> (Socket, Nonce) {
    let mut request = format!("{}/v1/link", url.replace("http:", "ws:")).into_client_request().unwrap();
    request.headers_mut().insert("authorization", format!("Bearer {token}").parse().unwrap());
    let mut socket = connect_async(request).await.unwrap().0;
    match next_frame(&mut socket).await.unwrap() {
        ServerFrame::Challenge { nonce } => (socket, nonce),
        other => panic!("not a challenge: {other:?}"),
    }
}

/// The code with which the server closes a link.
pub(crate) async fn closing_code(socket: &mut Socket) -> u16 {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.unwrap() {
            Some(Ok(Message::Close(Some(frame)))) => return frame.code.into(),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            other => panic!("not closed: {other:?}"),
        }
    }
}

impl Device {
    pub(crate) async fn link(url: &str, signed_in: SignedIn) -> Self {
        Self::link_with(url, signed_in, None).await
    }

    pub(crate) async fn link_with(url: &str, signed_in: SignedIn, resume: Option<(SessionId, u64)>) -> Self {
        Self::link_by(url, signed_in, resume, None).await
    }

    /// As a device that has a key.
    pub(crate) async fn link_by(
        url: &str,
        signed_in: SignedIn,
        resume: Option<(SessionId, u64)>,
        key: Option<&Key>,
    ) -> Self {
        let (mut socket, nonce) = connect_for_nonce(url, &signed_in.token).await;
        let proof = key.map(|key| key.proof(&nonce, &signed_in));
        socket.send(text(&ClientFrame::Hello { resume, proof })).await.unwrap();
        let (session, greeting, snapshot, seq) = match next_frame(&mut socket).await.unwrap() {
            ServerFrame::Reset { session, greeting, snapshot } => {
                (session, greeting, Some(snapshot.clone()), snapshot.seq)
            }
            ServerFrame::Resumed { session, greeting } => (session, greeting, None, resume.unwrap().1),
            other => panic!("not a greeting: {other:?}"),
        };
        let url = url.to_owned();
        let (early, letters) = (VecDeque::new(), VecDeque::new());
        Self { signed_in, session, greeting, snapshot, seq, socket, early, letters, devices_changed: 0, url }
    }

    pub(crate) fn user(&self) -> UserId {
        self.signed_in.account.user.clone()
    }

    /// Goes away without a word, and comes back with what it remembers.
    pub(crate) async fn relink(self) -> Self {
        let Self { signed_in, session, seq, url, socket, .. } = self;
        drop(socket);
        Self::link_with(&url, signed_in, Some((session, seq))).await
    }

    pub(crate) async fn send(&mut self, frame: &ClientFrame) {
        self.socket.send(text(frame)).await.unwrap();
    }

    pub(crate) async fn say(&mut self, raw: &str) {
        self.socket.send(Message::Text(raw.into())).await.unwrap();
    }

    /// Asks for something that this server does not know, and is told so.
    pub(crate) async fn asks_for_what_is_unknown(&mut self) {
        let op = new_op();
        self.say(&format!(r#"{{"t":"request","op_id":"{op}","body":{{"type":"teleport"}}}}"#)).await;
        let answer = self.answer_to(op).await;
        assert!(matches!(answer, Answer::Refused(Refusal { code: RefusalCode::Invalid, .. })), "{answer:?}");
    }

    pub(crate) async fn ask(&mut self, body: Request) -> Answer {
        self.ask_as(new_op(), body).await
    }

    pub(crate) async fn ask_as(&mut self, op_id: OpId, body: Request) -> Answer {
        self.send(&ClientFrame::Request(PendingRequest { op_id, body })).await;
        self.answer_to(op_id).await
    }

    /// Signals that come before the answer are kept for [`Device::hears`].
    pub(crate) async fn answer_to(&mut self, op: OpId) -> Answer {
        loop {
            match next_frame(&mut self.socket).await.unwrap() {
                ServerFrame::Answer { op_id, result } if op_id == op => return result,
                ServerFrame::Signal { seq, body } => self.early.push_back((seq, body)),
                other => panic!("not the answer: {other:?}"),
            }
        }
    }

    /// Asks, and expects to be heard.
    pub(crate) async fn does(&mut self, body: Request) -> Done {
        match self.ask(body).await {
            Answer::Ok(done) => done,
            Answer::Refused(refusal) => panic!("refused: {refusal}"),
        }
    }

    /// Asks, and expects a refusal.
    pub(crate) async fn is_refused(&mut self, body: Request) -> RefusalCode {
        match self.ask(body).await {
            Answer::Refused(Refusal { code, .. }) => code,
            Answer::Ok(done) => panic!("not refused: {done:?}"),
        }
    }

    pub(crate) async fn invites(&mut self, whom: &str) -> CallId {
        match self.does(invite(whom)).await {
            Done::Calling { call, .. } => call,
            other => panic!("does not ring: {other:?}"),
        }
    }

    /// The next signal that is no message; those are kept for [`Device::reads`].
    pub(crate) async fn hears(&mut self) -> Signal {
        loop {
            match self.next_signal().await {
                Signal::Message(letter) => self.letters.push_back(letter),
                signal => return signal,
            }
        }
    }

    /// Listens until this is told, whatever else is.
    pub(crate) async fn hears_until(&mut self, wanted: &Signal) {
        self.hears_one(|signal| signal == wanted).await;
    }

    /// Listens until something of the kind is told, whatever else is.
    pub(crate) async fn hears_one(&mut self, is_it: impl Fn(&Signal) -> bool) {
        while !is_it(&self.hears().await) {}
    }

    /// The next message. No other signal may come before it.
    pub(crate) async fn reads(&mut self) -> Letter {
        if let Some(letter) = self.letters.pop_front() {
            return letter;
        }
        match self.next_signal().await {
            Signal::Message(letter) => letter,
            other => panic!("not a message: {other:?}"),
        }
    }

    /// The next message's text.
    pub(crate) async fn reads_text(&mut self) -> String {
        text_of(&self.reads().await)
    }

    /// Writes a text, which must be taken.
    pub(crate) async fn writes(&mut self, chat: &Chat, text: &str) -> Letter {
        match self.does(write(chat, text)).await {
            Done::Sent { message } => message,
            other => panic!("not sent: {other:?}"),
        }
    }

    /// The user's devices have changed; told once for each time.
    pub(crate) async fn hears_of_devices(&mut self) {
        if self.devices_changed == 0 {
            assert_eq!(self.numbered_signal().await, Signal::DevicesChanged);
        } else {
            self.devices_changed -= 1;
        }
    }

    /// The next signal that is not about the user's devices; those are counted for [`Device::hears_of_devices`].
    async fn next_signal(&mut self) -> Signal {
        loop {
            match self.numbered_signal().await {
                Signal::DevicesChanged => self.devices_changed += 1,
                signal => return signal,
            }
        }
    }

    /// The next signal, whose number follows the one before.
    async fn numbered_signal(&mut self) -> Signal {
        let (seq, signal) = match self.early.pop_front() {
            Some(early) => early,
            None => match next_frame(&mut self.socket).await.unwrap() {
                ServerFrame::Signal { seq, body } => (seq, body),
                other => panic!("not a signal: {other:?}"),
            },
        };
        assert_eq!(seq, self.seq + 1, "signals are numbered without gaps");
        self.seq = seq;
        signal
    }

    /// Whether a signal came before an answer.
    pub(crate) fn has_something_to_hear(&self) -> bool {
        !self.early.is_empty()
    }

    /// The next signal must be a ring.
    pub(crate) async fn rings(&mut self) -> carillon_protocol::Ring {
        match self.hears().await {
            Signal::Ring(ring) => ring,
            other => panic!("not a ring: {other:?}"),
        }
    }

    /// Nothing but messages and news of devices was sent to this device before now: what it asks is answered first.
    pub(crate) async fn has_heard_nothing(&mut self) {
        self.does(Request::RecentCalls { limit: 0 }).await;
        let is_other = |signal: &Signal| !matches!(signal, Signal::Message(_) | Signal::DevicesChanged);
        let signals: Vec<_> = self.early.iter().filter(|(_, signal)| is_other(signal)).collect();
        assert_eq!(signals, [] as [&(u64, Signal); 0], "signals");
    }

    /// No message was sent to this device before now, beside those that it has read.
    pub(crate) async fn has_read_everything(&mut self) {
        self.does(Request::RecentCalls { limit: 0 }).await;
        let early = self.early.iter().filter(|(_, signal)| matches!(signal, Signal::Message(_)));
        assert_eq!((early.count(), self.letters.len()), (0, 0), "messages");
    }

    /// The next signal must be about somebody.
    pub(crate) async fn hears_of(&mut self, user: &str) -> Person {
        match self.hears().await {
            Signal::PersonChanged(person) if person.user.as_str() == user => person,
            other => panic!("not about {user}: {other:?}"),
        }
    }

    /// Everybody who is or was or shall be a contact.
    pub(crate) async fn contacts(&mut self) -> Vec<Person> {
        match self.does(Request::Contacts).await {
            Done::People { people } => people,
            other => panic!("no people: {other:?}"),
        }
    }

    /// The code and the reason with which the server closes the link.
    pub(crate) async fn is_dismissed(&mut self) -> (u16, String) {
        loop {
            match tokio::time::timeout(PATIENCE, self.socket.next()).await.unwrap() {
                Some(Ok(Message::Close(Some(frame)))) => return (frame.code.into(), frame.reason.to_string()),
                Some(Ok(Message::Close(None))) | None => panic!("closed without a word"),
                Some(Ok(_)) => {}
                Some(Err(error)) => panic!("broken off: {error}"),
            }
        }
    }
}

pub(crate) fn text(frame: &ClientFrame) -> Message {
    Message::Text(serde_json::to_string(frame).unwrap().into())
}

async fn next_frame(socket: &mut Socket) -> Option<ServerFrame> {
    loop {
        match tokio::time::timeout(PATIENCE, socket.next()).await.expect("the server says nothing")? {
            Ok(Message::Text(text)) => return Some(serde_json::from_str(&text).unwrap()),
            Ok(Message::Close(_)) | Err(_) => return None,
            Ok(_) => {}
        }
    }
}

/// See [`House::befriend`].
pub(crate) fn befriend_in(folder: &Folder, users: &[&str]) {
    let database = rusqlite::Connection::open(folder.0.join("carillon.db")).unwrap();
    let befriended =
        "INSERT INTO contacts (app, user_name, other, at_ms) SELECT app, ?1, ?2, 0 FROM users WHERE name = ?1";
    for one in users {
        for other in users.iter().filter(|other| *other != one) {
            database.execute(befriended, [one, other]).unwrap();
        }
    }
}

/// Two users become contacts, and these devices of theirs have heard of it.
pub(crate) async fn befriend(one: &mut Device, other: &mut Device) {
    let (name, others_name) = (one.user(), other.user());
    one.does(Request::AddContact { user: others_name.clone() }).await;
    other.does(Request::AddContact { user: name.clone() }).await;
    for _ in ["asked", "agreed"] {
        one.hears_of(others_name.as_str()).await;
        other.hears_of(name.as_str()).await;
    }
}

pub(crate) fn new_op() -> OpId {
    OpId::new(Uuid::now_v7())
}

pub(crate) fn with(user: &str) -> Chat {
    Chat::User { user: user.parse().unwrap() }
}

pub(crate) fn write(chat: &Chat, text: &str) -> Request {
    Request::SendMessage { chat: chat.clone(), body: MessageBody::Text { text: text.into() }, ext: Map::new() }
}

pub(crate) fn text_of(letter: &Letter) -> String {
    match &letter.body {
        MessageBody::Text { text } => text.clone(),
        MessageBody::Command { action } => panic!("a command: {action}"),
    }
}

pub(crate) fn invite(whom: &str) -> Request {
    invite_to(whom, &Uuid::new_v4().to_string())
}

pub(crate) fn invite_to(whom: &str, channel: &str) -> Request {
    Request::Invite(Invitation {
        scope: CallScope::Pair { kind: CallKind::Voice },
        to: vec![UserId::new(whom).unwrap()],
        message: "hello".into(),
        channel: ChannelName::new(channel).unwrap(),
        access_token: None,
        uid: None,
        ring_ms: None,
    })
}

pub(crate) fn accept(call: CallId) -> Request {
    Request::Accept { call, access_token: None, uid: None }
}

pub(crate) fn candidate(text: &str) -> MediaSignal {
    MediaSignal::Candidate(Candidate { candidate: text.into(), sdp_mid: Some("0".into()), sdp_m_line_index: Some(0) })
}
