//! A device's link to our server: a task that asks, hears and acknowledges.

use std::collections::HashMap;

use carillon_protocol::{
    Answer, ClientFrame, Done, OpId, PendingRequest, Refusal, Request, Ring, ServerFrame, Signal, SignedIn,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    net::TcpStream,
    sync::{mpsc, oneshot},
    time::timeout,
};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, connect_async_with_config,
    tungstenite::{Message, client::IntoClientRequest as _, http::HeaderValue, protocol::WebSocketConfig},
};
use uuid::Uuid;

use super::super::{PATIENCE, SignallingError};

/// More than a device asks at once.
const MOST_ASKED: usize = 16;

/// There is a thousand of these.
const BUFFER: usize = 4_096;

type Socket = WebSocketStream<MaybeTlsStream<TcpStream>>;

/// A device's link.
pub(super) struct Link {
    asked: mpsc::Sender<Asked>,
    rings: mpsc::Receiver<Ring>,
}

struct Asked {
    body: Request,
    reply: oneshot::Sender<Answer>,
}

struct Task {
    socket: Socket,
    asked: mpsc::Receiver<Asked>,
    rings: mpsc::Sender<Ring>,
    waiting: HashMap<OpId, oneshot::Sender<Answer>>,
}

impl Link {
    /// Without a key of its own there is nothing to prove.
    pub(super) async fn open(url: &str, signed_in: &SignedIn) -> Result<Self, SignallingError> {
        let mut request = format!("{}/v1/link", url.replacen("http", "ws", 1)).into_client_request()?;
        let bearer = HeaderValue::from_str(&format!("Bearer {}", signed_in.token));
        let bearer = bearer.map_err(|_| SignallingError::Unexpected("a token that is no text".to_owned()))?;
        request.headers_mut().insert("authorization", bearer);
        let small = WebSocketConfig::default().read_buffer_size(BUFFER).write_buffer_size(BUFFER);
        let (mut socket, _) = connect_async_with_config(request, Some(small), true).await?;
        let ServerFrame::Challenge { .. } = frame(&mut socket).await? else {
            return Err(SignallingError::Unexpected("no challenge".to_owned()));
        };
        send(&mut socket, &ClientFrame::Hello { resume: None, proof: None }).await?;
        let ServerFrame::Reset { .. } = frame(&mut socket).await? else {
            return Err(SignallingError::Unexpected("no new session".to_owned()));
        };
        let ((asked, asked_rx), (rings, rings_rx)) = (mpsc::channel(MOST_ASKED), mpsc::channel(MOST_ASKED));
        let task = Task { socket, asked: asked_rx, rings, waiting: HashMap::new() };
        tokio::spawn(task.run());
        Ok(Self { asked, rings: rings_rx })
    }

    /// Asks, and waits for the answer.
    pub(super) async fn ask(&self, what: &'static str, body: Request) -> Result<Done, SignallingError> {
        match self.try_ask(what, body).await? {
            Ok(done) => Ok(done),
            Err(refusal) => Err(SignallingError::Refused(what, refusal.to_string())),
        }
    }

    /// The same, where a refusal is nothing bad.
    pub(super) async fn try_ask(
        &self,
        what: &'static str,
        body: Request,
    ) -> Result<Result<Done, Refusal>, SignallingError> {
        let (reply, replied) = oneshot::channel();
        self.asked.send(Asked { body, reply }).await.map_err(|_| SignallingError::Silent(what))?;
        match timeout(PATIENCE, replied).await {
            Ok(Ok(Answer::Ok(done))) => Ok(Ok(done)),
            Ok(Ok(Answer::Refused(refusal))) => Ok(Err(refusal)),
            Ok(Err(_)) | Err(_) => Err(SignallingError::Silent(what)),
        }
    }

    /// Waits until it rings.
    pub(super) async fn ring(&mut self) -> Result<Ring, SignallingError> {
        let ring = timeout(PATIENCE, self.rings.recv()).await.ok().flatten();
        ring.ok_or(SignallingError::Silent("ringing"))
    }
}

impl Task {
    /// Until the device asks no more, or the link is closed: then answers do not come, which those who wait for them hear.
    async fn run(mut self) {
        loop {
            tokio::select! {
                asked = self.asked.recv() => {
                    let Some(Asked { body, reply }) = asked else { break };
                    let op_id = OpId::new(Uuid::now_v7());
                    self.waiting.insert(op_id, reply);
                    let request = ClientFrame::Request(PendingRequest { op_id, body });
                    if send(&mut self.socket, &request).await.is_err() { return }
                }
                message = self.socket.next() => {
                    let Some(Ok(message)) = message else { return };
                    let Message::Text(text) = message else { continue };
                    let Ok(frame) = serde_json::from_str(&text) else { continue };
                    if self.hear(frame).await.is_err() { return }
                }
            }
        }
        self.socket.close(None).await.ok();
    }

    async fn hear(&mut self, frame: ServerFrame) -> Result<(), SignallingError> {
        match frame {
            ServerFrame::Signal { seq, body } => {
                if let Signal::Ring(ring) = body {
                    self.rings.try_send(ring).ok();
                }
                send(&mut self.socket, &ClientFrame::Ack { seq }).await?;
            }
            ServerFrame::Answer { op_id, result } => {
                if let Some(reply) = self.waiting.remove(&op_id) {
                    reply.send(result).ok();
                }
            }
            ServerFrame::Challenge { .. }
            | ServerFrame::Resumed { .. }
            | ServerFrame::Reset { .. }
            | ServerFrame::Typing { .. } => {}
        }
        Ok(())
    }
}

async fn send(socket: &mut Socket, frame: &ClientFrame) -> Result<(), SignallingError> {
    Ok(socket.send(Message::Text(serde_json::to_string(frame)?.into())).await?)
}

async fn frame(socket: &mut Socket) -> Result<ServerFrame, SignallingError> {
    loop {
        let message = timeout(PATIENCE, socket.next()).await.ok().flatten();
        if let Message::Text(text) = message.ok_or(SignallingError::Silent("opening a link"))?? {
            return Ok(serde_json::from_str(&text)?);
        }
    }
}
