//! A link's socket: what is written to it goes out in time or ends the link, and what comes from it is text.

use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use carillon_protocol::{MAX_TOLD_BYTES, ServerFrame};
use futures_util::SinkExt as _;
use tokio::time::timeout;

use super::CloseReason;
use crate::{ground::shared::Ground, runtime::log_budget::limited};

/// How long a close frame may take.
const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Why a link is over.
pub(super) enum LinkClosed {
    /// The server closes it.
    ByServer(CloseReason),
    /// The device is gone, whether it closed the socket or not.
    ByDevice,
}

impl From<CloseReason> for LinkClosed {
    fn from(reason: CloseReason) -> Self {
        Self::ByServer(reason)
    }
}

pub(super) async fn send(ground: &Ground, socket: &mut WebSocket, frame: &ServerFrame) -> Result<(), LinkClosed> {
    send_text(ground, socket, serde_json::to_string(frame).map_err(|_| CloseReason::Failed)?).await
}

pub(super) async fn send_text(ground: &Ground, socket: &mut WebSocket, text: String) -> Result<(), LinkClosed> {
    if text.len() > MAX_TOLD_BYTES {
        limited!(error, bytes = text.len(), "a frame is too large to send");
        return Err(CloseReason::Failed.into());
    }
    write(ground, socket, Message::Text(text.into())).await
}

/// What is written goes out with the next [`flush`].
pub(super) async fn write(ground: &Ground, socket: &mut WebSocket, message: Message) -> Result<(), LinkClosed> {
    in_time(ground, socket.feed(message)).await
}

pub(super) async fn flush(ground: &Ground, socket: &mut WebSocket) -> Result<(), LinkClosed> {
    in_time(ground, socket.flush()).await
}

async fn in_time(ground: &Ground, sending: impl Future<Output = Result<(), axum::Error>>) -> Result<(), LinkClosed> {
    match timeout(ground.config.patience.slow_reader, sending).await {
        Ok(Ok(())) => Ok(()),
        Ok(Err(_)) => Err(LinkClosed::ByDevice),
        Err(_) => Err(CloseReason::SlowReader.into()),
    }
}

/// The text of a message; `None` for a ping or pong, which the socket deals with.
pub(super) fn read(message: Option<Result<Message, axum::Error>>) -> Result<Option<String>, LinkClosed> {
    match message {
        Some(Ok(Message::Text(text))) => Ok(Some(text.to_string())),
        Some(Ok(Message::Ping(_) | Message::Pong(_))) => Ok(None),
        Some(Ok(Message::Binary(_))) => Err(CloseReason::Malformed.into()),
        Some(Ok(Message::Close(_))) | None => Err(LinkClosed::ByDevice),
        Some(Err(error)) => Err(what_failed(error)),
    }
}

fn what_failed(error: axum::Error) -> LinkClosed {
    use tokio_tungstenite::tungstenite::Error;
    match error.into_inner().downcast::<Error>().as_deref() {
        Ok(Error::Capacity(_)) => CloseReason::FrameTooLarge.into(),
        Ok(Error::Utf8(_)) => CloseReason::Malformed.into(),
        _ => LinkClosed::ByDevice,
    }
}

/// Says why, and waits for a while until the device has heard it: a socket that is closed with unread input loses its last words.
pub(super) async fn close(socket: &mut WebSocket, reason: CloseReason) {
    timeout(CLOSE_TIMEOUT, hear_out(socket, reason)).await.ok();
}

async fn hear_out(socket: &mut WebSocket, reason: CloseReason) {
    if socket.send(Message::Close(Some(reason.frame()))).await.is_err() || reason == CloseReason::FrameTooLarge {
        return;
    }
    while let Some(Ok(_)) = socket.recv().await {}
}
