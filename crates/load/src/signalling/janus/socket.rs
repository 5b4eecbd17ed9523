//! One session with Janus, for all participants: a task that asks, and gives answers to those who wait for them.

use std::{collections::HashMap, time::Duration};

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    time::{interval, timeout},
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue},
};

use super::super::{PATIENCE, SignallingError};

/// More than is asked at once.
const MOST_ASKED: usize = 64;

/// How often a session says that it is there: Janus forgets it after a minute.
const KEEP_ALIVE: Duration = Duration::from_secs(20);

/// A session.
#[derive(Clone)]
pub(super) struct Session {
    asked: mpsc::Sender<Asked>,
    id: u64,
}

struct Asked {
    message: Value,
    waiting: Waiting,
}

/// Who waits for an answer.
struct Waiting {
    /// A plugin acknowledges what it is asked, and answers with an event; of a candidate there is no more to be said.
    is_acknowledged_only: bool,
    reply: oneshot::Sender<Value>,
}

/// What a plugin says.
pub(super) struct Said {
    pub(super) data: Value,
    description: Option<String>,
}

struct Task {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    asked: mpsc::Receiver<Asked>,
    waiting: HashMap<String, Waiting>,
    next: u64,
}

impl Session {
    pub(super) async fn open(url: &str) -> Result<Self, SignallingError> {
        let mut request = url.into_client_request()?;
        request.headers_mut().insert("sec-websocket-protocol", HeaderValue::from_static("janus-protocol"));
        let (socket, _) = connect_async(request).await?;
        let (asked, asked_rx) = mpsc::channel(MOST_ASKED);
        tokio::spawn(Task { socket, asked: asked_rx, waiting: HashMap::new(), next: 0 }.run());
        let mut session = Self { asked, id: 0 };
        let made = session.request("a session", json!({ "janus": "create" })).await?;
        session.id = id(&made)?;
        Ok(session)
    }

    pub(super) async fn attach(&self, plugin: &str) -> Result<u64, SignallingError> {
        let attach = json!({ "janus": "attach", "session_id": self.id, "plugin": plugin });
        id(&self.request("a handle", attach).await?)
    }

    pub(super) async fn detach(&self, handle: u64) -> Result<(), SignallingError> {
        let detach = json!({ "janus": "detach", "session_id": self.id, "handle_id": handle });
        self.request("an end", detach).await.map(drop)
    }

    /// Asks the plugin, with a description where there is one.
    pub(super) async fn ask(
        &self,
        handle: u64,
        body: Value,
        description: Option<Value>,
    ) -> Result<Said, SignallingError> {
        let mut message = json!({ "janus": "message", "session_id": self.id, "handle_id": handle, "body": body });
        if let Some(description) = description {
            message["jsep"] = description;
        }
        let said = self.request("what a room is asked", message).await?;
        let data = said["plugindata"]["data"].clone();
        if data.get("error").is_some() {
            return Err(SignallingError::Refused("what a room is asked", data.to_string()));
        }
        Ok(Said { data, description: said["jsep"]["sdp"].as_str().map(str::to_owned) })
    }

    /// There are no more candidates than those in the description.
    pub(super) async fn complete(&self, handle: u64) -> Result<(), SignallingError> {
        let trickle = json!({
            "janus": "trickle", "session_id": self.id, "handle_id": handle, "candidate": { "completed": true }
        });
        self.request("an end of candidates", trickle).await.map(drop)
    }

    async fn request(&self, what: &'static str, message: Value) -> Result<Value, SignallingError> {
        let (reply, replied) = oneshot::channel();
        let waiting = Waiting { is_acknowledged_only: message["janus"] == "trickle", reply };
        self.asked.send(Asked { message, waiting }).await.map_err(|_| SignallingError::Silent(what))?;
        let said = timeout(PATIENCE, replied).await.ok().and_then(Result::ok);
        let said = said.ok_or(SignallingError::Silent(what))?;
        if said["janus"] == "error" {
            return Err(SignallingError::Refused(what, said["error"].to_string()));
        }
        Ok(said)
    }
}

impl Said {
    pub(super) fn sdp(&self) -> Result<String, SignallingError> {
        self.description.clone().ok_or_else(|| SignallingError::Unexpected(self.data.to_string()))
    }
}

impl Task {
    async fn run(mut self) {
        let (mut alive, mut session) = (interval(KEEP_ALIVE), None);
        loop {
            tokio::select! {
                asked = self.asked.recv() => {
                    let Some(Asked { message, waiting }) = asked else { return };
                    session = message["session_id"].as_u64().or(session);
                    if self.send(message, Some(waiting)).await.is_err() { return }
                }
                _ = alive.tick() => {
                    let Some(session) = session else { continue };
                    let message = json!({ "janus": "keepalive", "session_id": session });
                    if self.send(message, None).await.is_err() { return }
                }
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return };
                    let Message::Text(text) = message else { continue };
                    let Ok(said) = serde_json::from_str(&text) else { continue };
                    self.hear(said);
                }
            }
        }
    }

    async fn send(&mut self, mut message: Value, waiting: Option<Waiting>) -> Result<(), SignallingError> {
        self.next += 1;
        let transaction = self.next.to_string();
        message["transaction"] = Value::String(transaction.clone());
        if let Some(waiting) = waiting {
            self.waiting.insert(transaction, waiting);
        }
        Ok(self.socket.send(Message::Text(message.to_string().into())).await?)
    }

    fn hear(&mut self, said: Value) {
        let Some(transaction) = said["transaction"].as_str() else { return };
        let is_answer = |waiting: &Waiting| waiting.is_acknowledged_only || said["janus"] != "ack";
        if self.waiting.get(transaction).is_some_and(is_answer)
            && let Some(Waiting { reply, .. }) = self.waiting.remove(transaction)
        {
            reply.send(said).ok();
        }
    }
}

fn id(said: &Value) -> Result<u64, SignallingError> {
    said["data"]["id"].as_u64().ok_or_else(|| SignallingError::Unexpected(said.to_string()))
}
