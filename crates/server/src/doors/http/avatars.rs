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
    doors::{House, Shared},
    services::{
        people::{self, Presences},
        pictures::{MAX_PICTURE_BYTES, Picture},
    },
    store::Who,
};

/// What an id names never changes, and only whoever is signed in may have it.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// `PUT /v1/avatar`: this user's picture. Answered with the account.
pub(super) async fn put(
    State(house): State<Shared>,
    Bearer(who): Bearer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Account>, ApiError> {
    let picture = read_picture(&house, &who, body).await?;
    Ok(Json(house.carry_out(|house| async move { set(&house, &who, Some(&picture)).await }).await??))
}

/// `DELETE /v1/avatar`.
pub(super) async fn delete(State(house): State<Shared>, Bearer(who): Bearer) -> Result<Json<Account>, ApiError> {
    house.limits.check_profile(&who)?;
    Ok(Json(house.carry_out(|house| async move { set(&house, &who, None).await }).await??))
}

/// `GET /v1/avatars/{id}`.
pub(super) async fn get(
    State(house): State<Shared>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such picture");
    let id = AvatarId::new(id).map_err(|_| nothing())?;
    let (content_type, body) = house.store.avatar(&who.app, &id).await?.ok_or_else(nothing)?;
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
    house: &House,
    who: &Who,
    body: Result<Bytes, BytesRejection>,
) -> Result<Picture, ApiError> {
    house.limits.check_profile(who)?;
    let too_large = |rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("a picture has at most {MAX_PICTURE_BYTES} bytes");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => ApiError::invalid(rejection.body_text()),
    };
    Ok(house.pictures.read(body.map_err(too_large)?).await?)
}

async fn set(house: &House, who: &Who, picture: Option<&Picture>) -> Result<Account, ApiError> {
    let presences = Presences::of(house, who, None).await;
    let mut change = Change::begin_signed_in(house, who).await?.ok_or_else(ApiError::not_signed_in)?;
    let account = people::set_avatar(&mut change, picture, presences).await?;
    change.commit().await?;
    Ok(account)
}
