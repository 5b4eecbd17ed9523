//! Tokens for channels.

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use carillon_protocol::{RtcToken, RtcTokenRequest, Uid};

use super::{ApiError, Bearer, accounts::parse};
use crate::doors::SharedState;

/// `POST /v1/rtc-token`: a token for a channel, by the user's name or by a number that is no other user's name. It opens nothing by
/// itself: who may be in a call is decided there.
pub(super) async fn mint(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    body: Bytes,
) -> Result<Json<RtcToken>, ApiError> {
    let RtcTokenRequest { channel, uid } = parse(&body)?;
    let uid = uid.unwrap_or_else(|| Uid::from(who.account.user.clone()));
    if !server.store.may_be_called(&who.app, &who.account.user, &uid).await? {
        return Err(ApiError::new(StatusCode::FORBIDDEN, "not_allowed", "this uid is somebody else's"));
    }
    let (token, expires_in_s) = server.rtc_tokens.mint(&channel, &uid, server.clock.wall_ms());
    Ok(Json(RtcToken { token, expires_in_s }))
}
