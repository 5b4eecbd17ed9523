//! The WebSocket under a link.

use std::time::Duration;

use carillon_protocol::{MAX_FRAME_BYTES, MAX_TOLD_BYTES};
use tokio_tungstenite::{
    MaybeTlsStream, WebSocketStream, client_async_tls_with_config,
    tungstenite::{
        self, Message,
        client::IntoClientRequest,
        http::{HeaderValue, StatusCode, header::AUTHORIZATION},
        protocol::WebSocketConfig,
    },
};

use crate::{
    ServerAddress,
    proxy::{self, Wire},
    rest::{chain, choose_crypto},
};

pub(crate) type Socket = WebSocketStream<MaybeTlsStream<Box<dyn Wire>>>;

/// Name resolution, TCP, the proxy's tunnel, TLS and the upgrade together.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);

/// A server that does not read is gone.
pub(super) const WRITE_TIMEOUT: Duration = Duration::from_secs(10);

/// Why there is no socket.
#[derive(Debug, thiserror::Error)]
pub(crate) enum ConnectError {
    /// The server does not accept the token: trying again will not help.
    #[error("the sign-in is no longer valid")]
    SignedOut,
    /// Anything else: try again.
    #[error("{0}")]
    Failed(String),
}

pub(crate) async fn connect(server: &ServerAddress, token: &str) -> Result<Socket, ConnectError> {
    choose_crypto();
    let failed = |error: tungstenite::Error| ConnectError::Failed(error.to_string());
    let mut request = server.link().into_client_request().map_err(failed)?;
    let mut bearer = HeaderValue::from_str(&format!("Bearer {token}")).map_err(|_| ConnectError::SignedOut)?;
    bearer.set_sensitive(true);
    request.headers_mut().insert(AUTHORIZATION, bearer);
    let connecting = async {
        let wire = proxy::reach(server).await.map_err(|error| ConnectError::Failed(chain(&*error)))?;
        client_async_tls_with_config(request, wire, Some(config()), None).await.map_err(refused)
    };
    match tokio::time::timeout(CONNECT_TIMEOUT, connecting).await {
        Ok(connected) => connected.map(|(socket, _)| socket),
        Err(_) => Err(ConnectError::Failed("no answer in time".into())),
    }
}

fn refused(error: tungstenite::Error) -> ConnectError {
    if matches!(&error, tungstenite::Error::Http(reply) if reply.status() == StatusCode::UNAUTHORIZED) {
        return ConnectError::SignedOut;
    }
    ConnectError::Failed(error.to_string())
}

fn config() -> WebSocketConfig {
    // The defaults reserve 128 KiB each way and let the write side grow without end.
    WebSocketConfig::default()
        .read_buffer_size(4 * 1024)
        .write_buffer_size(0)
        .max_write_buffer_size(4 * MAX_FRAME_BYTES)
        .max_message_size(Some(MAX_TOLD_BYTES))
        .max_frame_size(Some(MAX_TOLD_BYTES))
}

/// A frame of ours as a message. Every type of ours is plain data, which JSON can always hold.
pub(crate) fn message(frame: &carillon_protocol::ClientFrame) -> Message {
    Message::text(serde_json::to_string(frame).expect("plain data with text keys is always JSON"))
}
