//! The link: one WebSocket per device, kept by one task that owns its state.

mod close_reason;
mod connection;
mod opening;
mod requests;
mod socket;

use axum::{
    extract::{
        Extension, State,
        ws::{WebSocketUpgrade, rejection::WebSocketUpgradeRejection},
    },
    http::{HeaderMap, StatusCode, header},
    response::Response,
};
use carillon_protocol::MAX_FRAME_BYTES;

#[cfg(test)]
pub(crate) use self::requests::answer;
use crate::{
    bus::CloseReason,
    doors::{
        SharedState,
        http::{ApiError, Remote, admitted, bearer_token},
    },
    ground::frames,
};

/// Most frames are far smaller, and there may be many thousands of idle links.
const BUFFER_BYTES: usize = 4 * 1024;
/// What may wait for a slow reader, beyond the one frame that is being written.
const MAX_WRITE_BUFFER_BYTES: usize = 256 * 1024;
/// The protocol's name where a browser has to give one.
const SUBPROTOCOL: &str = "carillon";
/// Browsers cannot set `Authorization` on a WebSocket; they offer the token as one more protocol.
const BEARER_PREFIX: &str = "bearer.";

/// `GET /v1/link`.
pub(crate) async fn upgrade(
    State(server): State<SharedState>,
    Extension(remote): Extension<Remote>,
    headers: HeaderMap,
    socket: Result<WebSocketUpgrade, WebSocketUpgradeRejection>,
) -> Result<Response, ApiError> {
    let socket = socket.map_err(|rejection| ApiError::invalid(rejection.body_text()))?;
    let token = bearer_token(&headers).or_else(|| offered_token(&headers)).ok_or_else(ApiError::not_signed_in)?;
    let who = admitted(&server, token).await?;
    server.limits.check_link(who.device)?;
    remote.is_of_a_device();
    let stun = opening::stun_address(&server, &headers);
    let stopping = || ApiError::new(StatusCode::SERVICE_UNAVAILABLE, "internal", "the server is stopping");
    let open = server.links_open.upgrade().ok_or_else(stopping)?;
    let socket = socket
        .read_buffer_size(BUFFER_BYTES)
        .write_buffer_size(BUFFER_BYTES)
        .max_write_buffer_size(MAX_WRITE_BUFFER_BYTES)
        .max_message_size(MAX_FRAME_BYTES)
        .max_frame_size(MAX_FRAME_BYTES)
        .protocols([SUBPROTOCOL]);
    Ok(socket.on_upgrade(move |socket| async move {
        connection::run(server, who, stun, socket).await;
        drop((open, remote));
    }))
}

fn offered_token(headers: &HeaderMap) -> Option<&str> {
    let offers = headers.get_all(header::SEC_WEBSOCKET_PROTOCOL).iter().filter_map(|offer| offer.to_str().ok());
    offers.flat_map(|offer| offer.split(',')).find_map(|offer| offer.trim().strip_prefix(BEARER_PREFIX))
}
