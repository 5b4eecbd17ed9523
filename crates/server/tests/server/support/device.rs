//! Devices that speak to a server in raw frames.

mod hearing;

use std::{collections::VecDeque, time::Duration};

use carillon_protocol::{
    Answer, CallId, ClientFrame, Done, Greeting, Message as Letter, Nonce, OpId, PendingRequest, Refusal, RefusalCode,
    Request, ServerFrame, SessionId, Signal, SignedIn, Snapshot, UserId,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};

use super::{Key, invite, new_op};

/// Far longer than anything takes: a test that waits so long waits for what never comes.
const PATIENCE: Duration = Duration::from_secs(20);

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
