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
    core::{Core, Shared},
    people::{After, Telling},
    pictures::{MAX_PICTURE_BYTES, Picture},
    store::{self, Who},
};

/// What an id names never changes, and only whoever is signed in may have it.
const FOREVER: &str = "private, max-age=31536000, immutable";

/// `PUT /v1/avatar`: this user's picture. Answered with the account.
pub(super) async fn put(
    State(core): State<Shared>,
    Bearer(who): Bearer,
    body: Result<Bytes, BytesRejection>,
) -> Result<Json<Account>, ApiError> {
    let picture = read_picture(&core, &who, body).await?;
    Ok(Json(core.carry_out(|core| async move { core.set_avatar(&who, Some(&picture)).await }).await??))
}

/// `DELETE /v1/avatar`.
pub(super) async fn delete(State(core): State<Shared>, Bearer(who): Bearer) -> Result<Json<Account>, ApiError> {
    core.rate_limits.check_profile(&who)?;
    Ok(Json(core.carry_out(|core| async move { core.set_avatar(&who, None).await }).await??))
}

/// `GET /v1/avatars/{id}`.
pub(super) async fn get(
    State(core): State<Shared>,
    Bearer(who): Bearer,
    Path(id): Path<String>,
    headers: HeaderMap,
) -> Result<Response, ApiError> {
    let nothing = || ApiError::new(StatusCode::NOT_FOUND, "not_found", "there is no such picture");
    let id = AvatarId::new(id).map_err(|_| nothing())?;
    let (content_type, body) = core.store.avatar(&who.app, &id).await?.ok_or_else(nothing)?;
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
    core: &Core,
    who: &Who,
    body: Result<Bytes, BytesRejection>,
) -> Result<Picture, ApiError> {
    core.rate_limits.check_profile(who)?;
    let too_large = |rejection: BytesRejection| match rejection.status() {
        StatusCode::PAYLOAD_TOO_LARGE => {
            let detail = format!("a picture has at most {MAX_PICTURE_BYTES} bytes");
            ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "too_large", detail)
        }
        _ => ApiError::invalid(rejection.body_text()),
    };
    Ok(core.pictures.read(body.map_err(too_large)?).await?)
}

impl Core {
    /// Gives a user another picture, or none, and tells their devices and contacts.
    async fn set_avatar(&self, who: &Who, picture: Option<&Picture>) -> Result<Account, ApiError> {
        let (app, user) = (&who.app, &who.account.user);
        let presence = self.presence.of(user.clone()).await;
        let mut after = After::default();
        let mut tx = self.store.write_as(who).await?.ok_or_else(ApiError::not_signed_in)?;
        let Some(mut account) = store::accounts::account(&mut tx, app, user).await? else {
            return Ok(who.account.clone());
        };
        store::avatars::swap(&mut tx, app, account.avatar.as_ref(), picture).await?;
        account.avatar = picture.map(|picture| picture.id.clone());
        store::accounts::set_avatar(&mut tx, app, user, account.avatar.as_ref()).await?;
        let mail = (self.clock.now_ms(), u64::from(self.config.limits.outbox));
        Telling { tx: &mut tx, app, mail }.account(&account, presence, &mut after).await?;
        tx.commit().await?;
        after.happen(self).await;
        Ok(account)
    }
}
