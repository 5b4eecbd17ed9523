//! The public listener: accounts over REST, health, and the way to a link.

mod accounts;
mod attachments;
mod avatars;
mod bearer;
mod error;
mod gate;
mod groups;
mod guard;
mod health;
mod hosts;
mod peer;
mod proxies;
mod rtc_tokens;
mod serve;
mod sign_ins;

use std::time::Duration;

use axum::{
    Router,
    extract::{DefaultBodyLimit, Request},
    http::StatusCode,
    middleware::{Next, from_fn, from_fn_with_state},
    response::{IntoResponse as _, Response},
    routing::{delete, get, post, put},
};

use self::attachments::MAX_PART_BYTES;
pub(crate) use self::{
    accounts::check_password,
    bearer::{Bearer, admitted, bearer_token},
    error::ApiError,
    gate::{ConnectionPass, Gate},
    health::metrics_router,
    hosts::{Hosts, host_of},
    peer::{Peer, Remote},
    proxies::Proxies,
    serve::{Entrance, serve},
};
use crate::{doors::SharedState, services::pictures::MAX_PICTURE_BYTES};

/// A registration with the longest allowed names fits many times over.
const MAX_BODY_BYTES: usize = 16 * 1024;
/// From a request's head to its answer.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(30);

/// Everything that the public address answers.
pub(crate) fn router(server: SharedState) -> Router {
    Router::new()
        .route("/v1/register", post(accounts::register))
        .route("/v1/sign-in", post(accounts::sign_in))
        .route("/v1/refresh", post(sign_ins::refresh))
        .route("/v1/password", post(sign_ins::change_password))
        .route("/v1/delete-account", post(sign_ins::delete_account))
        .route("/v1/sign-out", post(sign_ins::sign_out))
        .route("/v1/avatar", put(avatars::put).layer(DefaultBodyLimit::max(MAX_PICTURE_BYTES)))
        .route("/v1/avatar", delete(avatars::delete))
        .route("/v1/avatars/{id}", get(avatars::get))
        .route("/v1/groups/{id}/avatar", put(groups::put_avatar).layer(DefaultBodyLimit::max(MAX_PICTURE_BYTES)))
        .route("/v1/groups/{id}/avatar", delete(groups::delete_avatar))
        .route("/v1/attachments", post(attachments::begin))
        .route("/v1/attachments/{id}/{offset}", put(attachments::put).layer(of_a_part()))
        .route("/v1/attachments/{id}/{offset}", get(attachments::get))
        .route("/v1/attachments/{id}/thumbnail", put(attachments::put_thumbnail).layer(of_a_part()))
        .route("/v1/attachments/{id}/thumbnail", get(attachments::get_thumbnail))
        .route("/v1/rtc-token", post(rtc_tokens::mint))
        .route("/v1/link", get(crate::doors::link::upgrade))
        .route("/version", get(health::version))
        .route("/livez", get(health::livez))
        .route("/readyz", get(health::readyz))
        .fallback(async || ApiError::new(StatusCode::NOT_FOUND, "invalid", "there is nothing at this address"))
        .method_not_allowed_fallback(async || {
            ApiError::new(StatusCode::METHOD_NOT_ALLOWED, "invalid", "not with this method")
        })
        .layer(DefaultBodyLimit::max(MAX_BODY_BYTES))
        .layer(from_fn_with_state(server.clone(), guard::guard))
        .layer(from_fn(in_time))
        .with_state(server)
}

fn of_a_part() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_PART_BYTES)
}

async fn in_time(request: Request, next: Next) -> Response {
    let slow = || ApiError::new(StatusCode::REQUEST_TIMEOUT, "invalid", "the request took too long").into_response();
    tokio::time::timeout(REQUEST_TIMEOUT, next.run(request)).await.unwrap_or_else(|_| slow())
}
