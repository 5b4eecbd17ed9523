//! A server that plays its part word by word.
#![allow(dead_code, reason = "each test binary uses its own half")]
#![allow(unreachable_pub, reason = "test binaries share it")]

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::URL_SAFE_NO_PAD};
use carillon_kit::{Login, News, UserId};
use carillon_protocol::{
    Account, AppId, ClientFrame, DeviceId, Greeting, Nonce, OpId, PendingRequest, Request as Asked, ServerFrame,
    SessionId, SignedIn,
};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::Value;
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::{TcpListener, TcpStream},
    sync::broadcast,
    time::timeout,
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async,
    tungstenite::{Message, handshake::server::Request, protocol::CloseFrame},
};
use uuid::Uuid;

pub const SOON: Duration = Duration::from_secs(20);

pub struct FakeServer {
    listener: TcpListener,
}

impl FakeServer {
    pub async fn start() -> Self {
        Self { listener: TcpListener::bind("127.0.0.1:0").await.expect("a free port") }
    }

    pub fn login(&self) -> Login {
        let address = self.listener.local_addr().expect("it is bound");
        let signed_in = SignedIn {
            account: Account::new(user("alice"), "Alice"),
            device: device(),
            app: app(),
            token: "secret".into(),
            token_expires_in_s: 3600,
            refresh_token: String::new(),
        };
        Login { server: format!("http://{address}"), signed_in, device_secret: None }
    }

    /// Where it is, as people type it without a scheme.
    pub fn bare_address(&self) -> String {
        self.listener.local_addr().expect("it is bound").to_string()
    }

    /// The next one who connects hears what a server of plain http says to a handshake of TLS.
    pub async fn understands_nothing(&self) {
        let mut stream = self.accept().await;
        let read = timeout(SOON, stream.read(&mut [0; 4096])).await.expect("in time").expect("it talks");
        assert_ne!(read, 0, "it hung up");
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n").await.expect("it listens");
    }

    /// A sign-in with these tokens.
    pub fn login_with(&self, token: &str, refresh_token: &str) -> Login {
        let mut login = self.login();
        login.signed_in.token = token.into();
        login.signed_in.refresh_token = refresh_token.into();
        login
    }

    pub async fn accept(&self) -> TcpStream {
        timeout(SOON, self.listener.accept()).await.expect("in time").expect("it connects").0
    }

    /// The link's task has ended; whatever it began is in the queue by now.
    pub async fn is_left_alone(&self) {
        let another = timeout(Duration::ZERO, self.listener.accept()).await;
        assert!(another.is_err(), "it came back");
    }

    /// The next one who connects wants a link, and gets it.
    pub async fn link(&self) -> FakeLink {
        self.upgrade().await.link
    }

    pub async fn upgrade(&self) -> Upgraded {
        let mut bearer = String::new();
        #[expect(clippy::result_large_err, reason = "the library says what its callbacks give")]
        let look = |request: &Request, response| {
            bearer = request.headers()["authorization"].to_str().expect("text").trim_start_matches("Bearer ").into();
            Ok(response)
        };
        let upgraded = accept_hdr_async(self.accept().await, look).await.expect("an upgrade");
        let mut link = FakeLink(upgraded);
        link.say(ServerFrame::Challenge { nonce: nonce() }).await;
        Upgraded { bearer, link }
    }

    /// The next one who connects asks something else.
    pub async fn request(&self) -> FakeRequest {
        let mut stream = self.accept().await;
        let (mut bytes, mut more) = (Vec::new(), [0; 4096]);
        loop {
            let read = timeout(SOON, stream.read(&mut more)).await.expect("in time").expect("it talks");
            assert_ne!(read, 0, "it hung up");
            bytes.extend_from_slice(&more[..read]);
            if let Some((head, body)) = whole(&bytes) {
                return FakeRequest { stream, head, body };
            }
        }
    }
}

pub struct FakeLink(WebSocketStream<TcpStream>);

impl FakeLink {
    pub async fn hear(&mut self) -> ClientFrame {
        loop {
            let message = timeout(SOON, self.0.next()).await.expect("in time").expect("open").expect("a message");
            if let Message::Text(text) = message {
                return serde_json::from_str(&text).expect("a frame");
            }
        }
    }

    pub async fn hear_request(&mut self) -> (OpId, Asked) {
        loop {
            if let ClientFrame::Request(PendingRequest { op_id, body }) = self.hear().await {
                return (op_id, body);
            }
        }
    }

    pub async fn say(&mut self, frame: ServerFrame) {
        self.say_text(&serde_json::to_string(&frame).expect("plain data")).await;
    }

    pub async fn close(&mut self, code: u16) {
        let frame = CloseFrame { code: code.into(), reason: "as the test has it".into() };
        self.0.close(Some(frame)).await.expect("it listens");
    }

    pub async fn say_text(&mut self, text: &str) {
        self.0.send(Message::text(text)).await.expect("it listens");
    }
}

pub async fn heard(news: &mut broadcast::Receiver<News>, how_many: usize) -> Vec<News> {
    let mut all = Vec::new();
    while all.len() < how_many {
        all.push(timeout(SOON, news.recv()).await.expect("in time").expect("it is open"));
    }
    all
}

pub fn nonce() -> Nonce {
    Nonce::new("once").expect("a good nonce")
}

pub fn greeting() -> Greeting {
    Greeting { account: Account::new(user("alice"), "Alice"), device: device(), app: app(), stun: None, call_size: 100 }
}

pub fn session() -> SessionId {
    SessionId::new(Uuid::from_u128(9))
}

pub fn device() -> DeviceId {
    DeviceId::new(Uuid::from_u128(1))
}

pub fn app() -> AppId {
    AppId::new("carillon").expect("a good name")
}

pub fn user(name: &str) -> UserId {
    UserId::new(name).expect("a good name")
}

pub struct Upgraded {
    pub bearer: String,
    pub link: FakeLink,
}

/// A request of the REST part, or of a link, that waits for its answer.
pub struct FakeRequest {
    stream: TcpStream,
    head: String,
    body: Vec<u8>,
}

impl FakeRequest {
    pub fn path(&self) -> &str {
        self.head.split(' ').nth(1).expect("a request line")
    }

    pub fn has_body(&self) -> bool {
        !self.body.is_empty()
    }

    pub fn bearer(&self) -> String {
        let line = self.head.lines().find(|line| line.to_ascii_lowercase().starts_with("authorization:"));
        line.and_then(|line| line.split("Bearer ").nth(1)).expect("a bearer token").to_owned()
    }

    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).expect("JSON")
    }

    pub async fn answer(&mut self, status: u16, body: Value) {
        self.answer_bytes(status, body.to_string().as_bytes()).await;
    }

    pub async fn answer_bytes(&mut self, status: u16, body: &[u8]) {
        let length = body.len();
        let head = format!("HTTP/1.1 {status} Well\r\nContent-Length: {length}\r\nConnection: close\r\n\r\n");
        self.stream.write_all(&[head.as_bytes(), body].concat()).await.expect("it listens");
    }
}

/// Head and body of a request, once they are all there.
fn whole(bytes: &[u8]) -> Option<(String, Vec<u8>)> {
    let at = bytes.windows(4).position(|four| four == b"\r\n\r\n")?;
    let head = String::from_utf8(bytes[..at].to_vec()).expect("a head is text");
    let length =
        head.lines().find_map(|line| line.to_ascii_lowercase().strip_prefix("content-length:")?.trim().parse().ok());
    let body = &bytes[at + 4..];
    (body.len() >= length.unwrap_or(0)).then(|| (head, body.to_vec()))
}

/// Verifies as any other implementation would.
pub fn is_signed(text: &str, key: &str, signature: &str) -> bool {
    let key = URL_SAFE_NO_PAD.decode(key).expect("base64url").try_into().expect("32 bytes");
    let signature = URL_SAFE_NO_PAD.decode(signature).expect("base64url");
    let signature = ed25519_dalek::Signature::from_slice(&signature).expect("64 bytes");
    ed25519_dalek::VerifyingKey::from_bytes(&key).expect("a key").verify_strict(text.as_bytes(), &signature).is_ok()
}
