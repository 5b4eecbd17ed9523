//! Pictures: put up, taken down, fetched.

use axum::{
    Json,
    body::Bytes,
    extract::{Path, State, rejection::BytesRejection},
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse as _, Response},
};
use carillon_protocol::{Account, AvatarId};

use super::{ApiError, Bearer};
use crate::{
    change::Change,
    doors::{ServerState, SharedState},
    services::{
        people::{self, Presences},
        pictures::{MAX_PICTURE_BYTES, Picture},
    },
    store::Who,
};

/// What an id names never changes, and only signed-in devices may have it.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// `PUT /v1/avatar`: this user's picture. Answered with the account.
pub(super) async fn put(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Account>, ApiError> {
    let picture = read_picture(&server, &who, body).await?;
    Ok(Json(server.carry_out(|server| async move { set(&server, &who, Some(&picture)).await }).await??))
}

/// `DELETE /v1/avatar`.
pub(super) async fn delete(State(server): State<SharedState>, Bearer(who): Bearer) -> Result<Json<Account>, ApiError> {
    server.limits.check_profile(&who)?;
    Ok(Json(server.carry_out(|server| async move { set(&server, &who, None).await }).await??))
}

/// `GET /v1/avatars/{id}`.
pub(super) async fn get(
    State(server): State<SharedState>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such picture");
    let id = AvatarId::new(id).map_err(|_| nothing())?;
    let (content_type, body) = server.store.avatar(&who.app, &id).await?.ok_or_else(nothing)?;
    let tag = format!("\"{id}\"");
    let caching = [(header::CACHE_CONTROL, FOREVER.to_owned()), (header::ETAG, tag.clone())];
    if headers.get(header::IF_NONE_MATCH).map(HeaderValue::as_bytes) == Some(tag.as_bytes()) {
        return Ok((StatusCode::NOT_MODIFIED, caching).into_response());
    }
    let content = [(header::CONTENT_TYPE, content_type), (header::X_CONTENT_TYPE_OPTIONS, "nosniff".to_owned())];
    Ok((caching, content, body).into_response())
}

/// The picture in a request's body, of at most a megabyte, checked and written anew. Counts against how often a user may do so.
pub(crate) async fn read_picture(
    server: &ServerState,
    who: &Who,
    body: Result<Bytes, BytesRejection>,
) -> Result<Picture, ApiError> {
    server.limits.check_profile(who)?;
    let too_large = |rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("a picture has at most {MAX_PICTURE_BYTES} bytes");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => ApiError::invalid(rejection.body_text()),
    };
    Ok(server.pictures.read(body.map_err(too_large)?).await?)
}

async fn set(server: &ServerState, who: &Who, picture: Option<&Picture>) -> Result<Account, ApiError> {
    let presences = Presences::of(server, who, None).await;
    let mut change = Change::begin_signed_in(server, who).await?.ok_or_else(ApiError::not_signed_in)?;
    let account = people::set_avatar(&mut change, picture, presences).await?;
    change.commit().await?;
    Ok(account)
}
