//! Our server, as its program runs it, and the devices of the benchmark on its link.

use std::{collections::VecDeque, io::Write as _, path::Path, sync::Arc};

use anyhow::{Context as _, Result, bail, ensure};
use carillon_protocol::{
    Answer, CallId, CallKind, CallScope, ChannelName, Chat, ClientFrame, Done, Invitation, MessageBody, OpId,
    PendingRequest, RegisterRequest, Registration, Request, ServerFrame, SignInRequest, Signal, SignedIn, UserId,
};
use carillon_server::{Config, Limits, RtcTokenPolicy, Server};
use carillon_tests::desktop::Process;
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::net::TcpStream;
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _},
};
use uuid::Uuid;

use crate::system::{Device, PATIENCE, SERVER_CORE, System, on_core};

const PASSWORD: &str = "eight bells at noon";
/// Signals are acknowledged in batches, as a busy kit does.
const ACK_EVERY: u64 = 8;

/// Runs the server until it is told to end: the program of the core under test.
pub(crate) async fn serve(data_dir: &Path) -> Result<()> {
    // XMPP has nothing like RTC tokens, so neither have these calls.
    let config = Config {
        limits: no_limits(),
        registration: Registration::Open,
        rtc_tokens: RtcTokenPolicy::Optional,
        ..Config::local(data_dir)
    };
    let server = Server::start(config).await?;
    println!("{}", server.url());
    std::io::stdout().flush()?;
    std::future::pending().await
}

/// All users are on this machine, and no person is as busy as a benchmark.
fn no_limits() -> Limits {
    const MANY: u32 = 10_000_000;
    Limits {
        sign_ins_per_minute: MANY,
        sign_ins_per_minute_and_address: MANY,
        requests_per_minute: MANY,
        requests_per_minute_and_user: MANY,
        links_per_minute: MANY,
        http_requests_per_minute_and_address: MANY,
        registrations_per_hour_and_address: MANY,
        invites_per_minute: MANY,
        invites_per_minute_to_one: MANY,
        approaches_per_minute_to_one: MANY,
        invites_per_minute_of_one: MANY,
        messages_per_second: MANY,
        messages_at_once: MANY,
        devices_per_user: MANY,
        frames_per_second: MANY,
        changes_per_day_and_user: MANY,
        message_megabytes_per_user: MANY,
        ..Limits::default()
    }
}

/// The server in a process of its own.
pub(crate) struct Ours {
    url: String,
    http: reqwest::Client,
    server: Process,
}

impl Ours {
    pub(crate) fn start(folder: &Path) -> Result<Self> {
        let mut serve = on_core(SERVER_CORE, std::env::current_exe()?);
        serve.arg("--serve").arg(folder.join("ours"));
        let is_url = |line: &str| line.starts_with("http").then(|| line.to_owned());
        let (server, url) = Process::start_and_read(&mut serve, PATIENCE, is_url)?;
        Ok(Self { url, http: reqwest::Client::new(), server })
    }

    async fn post(&self, what: &str, body: &impl serde::Serialize) -> Result<SignedIn> {
        let response = self.http.post(format!("{}/v1/{what}", self.url)).json(body).send().await?;
        ensure!(response.status().is_success(), "{what}: {}", response.text().await?);
        Ok(response.json().await?)
    }
}

impl System for Ours {
    type Device = Line;

    async fn sign_up(self: &Arc<Self>, user: &str) -> Result<()> {
        let typed = RegisterRequest {
            invite: String::new(),
            user: UserId::new(user)?,
            display_name: "".into(),
            password: PASSWORD.to_owned(),
            device_name: "first".into(),
            device_key: None,
        };
        self.post("register", &typed).await.map(drop)
    }

    async fn link(self: &Arc<Self>, user: &str) -> Result<Line> {
        let typed = SignInRequest {
            user: UserId::new(user)?,
            password: PASSWORD.to_owned(),
            device_name: "bench".into(),
            device: None,
            device_key: None,
        };
        Line::open(&self.url, &self.post("sign-in", &typed).await?).await
    }

    fn process(&self) -> u32 {
        self.server.id()
    }
}

/// A device and its link.
pub(crate) struct Line {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    signals: VecDeque<Signal>,
    seq: u64,
}

impl Line {
    /// Without a key of its own there is nothing to prove.
    async fn open(url: &str, signed_in: &SignedIn) -> Result<Self> {
        let mut request = format!("{}/v1/link", url.replacen("http", "ws", 1)).into_client_request()?;
        let bearer = format!("Bearer {}", signed_in.token);
        request.headers_mut().insert("authorization", bearer.parse()?);
        let (socket, _) = connect_async(request).await?;
        let mut line = Self { socket, signals: VecDeque::new(), seq: 0 };
        let ServerFrame::Challenge { .. } = line.frame().await? else { bail!("no challenge") };
        line.send(&ClientFrame::Hello { resume: None, proof: None }).await?;
        let ServerFrame::Reset { .. } = line.frame().await? else { bail!("no new session") };
        Ok(line)
    }

    async fn send(&mut self, frame: &ClientFrame) -> Result<()> {
        Ok(self.socket.send(Message::Text(serde_json::to_string(frame)?.into())).await?)
    }

    async fn frame(&mut self) -> Result<ServerFrame> {
        loop {
            let message = tokio::time::timeout(PATIENCE, self.socket.next()).await.context("the server is silent")?;
            if let Message::Text(text) = message.context("the link is closed")?? {
                return Ok(serde_json::from_str(&text)?);
            }
        }
    }

    /// Asks, and waits for the answer.
    pub(crate) async fn ask(&mut self, body: Request) -> Result<Done> {
        let op = OpId::new(Uuid::now_v7());
        self.send(&ClientFrame::Request(PendingRequest { op_id: op, body })).await?;
        loop {
            let frame = self.frame().await?;
            let ServerFrame::Answer { op_id, result } = frame else {
                self.take(frame).await?;
                continue;
            };
            match result {
                Answer::Ok(done) if op_id == op => return Ok(done),
                Answer::Ok(done) => bail!("not expected: {done:?}"),
                Answer::Refused(refusal) => bail!(refusal),
            }
        }
    }

    async fn take(&mut self, frame: ServerFrame) -> Result<()> {
        let ServerFrame::Signal { seq, body } = frame else { bail!("not expected: {frame:?}") };
        self.seq = seq;
        self.signals.push_back(body);
        if seq % ACK_EVERY == 0 {
            self.send(&ClientFrame::Ack { seq }).await?;
        }
        Ok(())
    }

    /// Waits for a signal; what comes before it is of no interest any more.
    async fn hear<T>(&mut self, wanted: impl Fn(&Signal) -> Option<T> + Send) -> Result<T> {
        loop {
            while let Some(signal) = self.signals.pop_front() {
                if let Some(found) = wanted(&signal) {
                    return Ok(found);
                }
            }
            let frame = self.frame().await?;
            self.take(frame).await?;
        }
    }
}

impl Device for Line {
    async fn invite(&mut self, user: &str) -> Result<String> {
        let invitation = Invitation {
            scope: CallScope::Pair { kind: CallKind::Voice },
            to: vec![UserId::new(user)?],
            message: String::new(),
            channel: ChannelName::new(Uuid::new_v4().to_string())?,
            access_token: None,
            uid: None,
            ring_ms: None,
            hides_address: false,
        };
        let done = self.ask(Request::Invite(invitation)).await?;
        let Done::Calling { call, .. } = done else { bail!("it does not ring: {done:?}") };
        Ok(call.to_string())
    }

    async fn ring(&mut self) -> Result<String> {
        let ring = |signal: &Signal| if let Signal::Ring(ring) = signal { Some(ring.call) } else { None };
        let call = self.hear(ring).await?;
        self.ask(Request::Ringing { call }).await?;
        Ok(call.to_string())
    }

    async fn accept(&mut self, call: &str) -> Result<()> {
        self.ask(Request::Accept { call: call.parse()?, access_token: None, uid: None, hides_address: false }).await?;
        Ok(())
    }

    async fn accepted(&mut self, call: &str) -> Result<()> {
        let wanted: CallId = call.parse()?;
        self.hear(|signal| matches!(signal, Signal::Accepted { call, .. } if *call == wanted).then_some(())).await
    }

    async fn silenced(&mut self, call: &str) -> Result<()> {
        let wanted: CallId = call.parse()?;
        self.hear(|signal| matches!(signal, Signal::Handled(handled) if handled.call == wanted).then_some(())).await
    }

    async fn hang_up(&mut self, call: &str) -> Result<()> {
        self.ask(Request::HangUp { call: call.parse()? }).await?;
        Ok(())
    }

    async fn ended(&mut self, call: &str) -> Result<()> {
        let wanted: CallId = call.parse()?;
        self.hear(|signal| matches!(signal, Signal::Ended(ended) if ended.call == wanted).then_some(())).await
    }

    async fn write(&mut self, user: &str, text: &str) -> Result<()> {
        let chat = Chat::User { user: UserId::new(user)? };
        let body = MessageBody::Text { text: text.to_owned() };
        self.ask(Request::SendMessage { chat, body, ext: serde_json::Map::new(), reply_to: None }).await?;
        Ok(())
    }

    async fn read(&mut self) -> Result<()> {
        self.hear(|signal| matches!(signal, Signal::Message(_)).then_some(())).await
    }
}
