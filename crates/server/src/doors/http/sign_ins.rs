//! What follows a sign-in: further tokens, another password, its end.

use std::net::IpAddr;

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use carillon_protocol::{DeleteAccountRequest, PasswordRequest, RefreshRequest, Refreshed};

use super::{
    ApiError, Bearer, Peer,
    accounts::{check_credentials, check_password, count_refusal, parse},
};
use crate::{
    change::{Change, FollowUp, write_audit},
    doors::{ServerState, SharedState},
    services::{calls, sign_ins},
    store::{
        Who,
        audit::{Act, Entry},
    },
};

/// `POST /v1/refresh`: the next tokens. A device that repeats a request whose answer was lost gets others; a token that is used
/// up ends the sign-in, because then it is in the hands of two.
pub(super) async fn refresh(
    State(server): State<SharedState>,
    Peer(from): Peer,
    body: Bytes,
) -> Result<Json<Refreshed>, ApiError> {
    count_refusal(&server, next_tokens(&server, from, &body).await)
}

async fn next_tokens(server: &SharedState, from: IpAddr, body: &[u8]) -> Result<Json<Refreshed>, ApiError> {
    let RefreshRequest { refresh_token } = parse(body)?;
    server.carry_out(move |server| async move { exchange(&server, from, &refresh_token).await }).await?
}

async fn exchange(server: &ServerState, from: IpAddr, refresh_token: &str) -> Result<Json<Refreshed>, ApiError> {
    match sign_ins::refresh(server, refresh_token, from).await? {
        sign_ins::Refreshed::Tokens(next) => Ok(Json(Refreshed {
            token: next.token,
            token_expires_in_s: next.expires_in_s,
            refresh_token: next.refresh_token,
        })),
        sign_ins::Refreshed::Reused => Err(ApiError::wrong_refresh_token()),
        sign_ins::Refreshed::Unknown => Err(refuse(server, from)),
    }
}

/// Only misses are counted: devices behind one address all come at once after a restart, and no token is found by guessing.
fn refuse(server: &ServerState, from: IpAddr) -> ApiError {
    server.limits.check_address(from).err().map_or_else(ApiError::wrong_refresh_token, ApiError::from)
}

/// `POST /v1/password`: another password. All other devices of the user are signed out.
pub(super) async fn change_password(
    State(server): State<SharedState>,
    Peer(from): Peer,
    Bearer(who): Bearer,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let PasswordRequest { old, new } = parse(&body)?;
    server.limits.check(from, &who.account.user)?;
    check_password(&new)?;
    let hashes = hash_both(&server, &who, old, new, from).await;
    let change = move |server: SharedState| async move {
        let changed = set_password(&server, &who, hashes).await;
        let outcome = changed.as_ref().map_or_else(|error| error.code, |()| "done");
        let entry = Entry::done(Act::ChangePassword).but(outcome).about(&who.account.user);
        write_audit(&server, entry.on(who.device).from(from)).await;
        changed.map(|()| StatusCode::NO_CONTENT)
    };
    server.carry_out(change).await?
}

/// What is kept of both passwords, if the old one is right.
async fn hash_both(
    server: &SharedState,
    who: &Who,
    old: String,
    new: String,
    from: IpAddr,
) -> Result<(String, String), ApiError> {
    let (_, old_hash) = check_credentials(server, &who.account.user, old, from).await?;
    Ok((old_hash, server.passwords.hash(new).await?))
}

async fn set_password(
    server: &ServerState,
    who: &Who,
    hashes: Result<(String, String), ApiError>,
) -> Result<(), ApiError> {
    let (old_hash, new_hash) = hashes?;
    let is_changed = sign_ins::change_password(server, who, &old_hash, &new_hash).await?;
    is_changed.then_some(()).ok_or_else(ApiError::wrong_credentials)
}

/// `POST /v1/delete-account`: the account is closed in this device's own name, and then deleted with all that is its.
pub(super) async fn delete_account(
    State(server): State<SharedState>,
    Peer(from): Peer,
    Bearer(who): Bearer,
    body: Bytes,
) -> Result<StatusCode, ApiError> {
    let DeleteAccountRequest { password } = parse(&body)?;
    server.limits.check(from, &who.account.user)?;
    let checked = check_credentials(&server, &who.account.user, password, from).await;
    let change = move |server: SharedState| async move {
        let deleted = match checked {
            Ok(_) => close_and_delete(&server, &who).await,
            Err(error) => Err(error),
        };
        let outcome = deleted.as_ref().map_or_else(|error| error.code, |()| "done");
        let entry = Entry::done(Act::DeleteUser).but(outcome).about(&who.account.user);
        write_audit(&server, entry.on(who.device).from(from)).await;
        deleted.map(|()| StatusCode::NO_CONTENT)
    };
    server.carry_out(change).await?
}

/// Closed first, so that nothing of the account's goes on while it is deleted. A server that dies in between leaves it closed.
async fn close_and_delete(server: &ServerState, who: &Who) -> Result<(), ApiError> {
    let user = &who.account.user;
    let ended = sign_ins::close_own(server, who).await?.ok_or_else(ApiError::not_signed_in)?;
    calls::dismiss(server, user, &ended).await?;
    Ok(sign_ins::delete(server, user).await?)
}

/// `POST /v1/sign-out`: the tokens are void, and the device's link is closed.
pub(super) async fn sign_out(
    State(server): State<SharedState>,
    Peer(from): Peer,
    Bearer(who): Bearer,
) -> Result<StatusCode, ApiError> {
    let change = move |server: SharedState| async move {
        let mut change = Change::begin_signed_in(&server, &who).await?.ok_or_else(ApiError::not_signed_in)?;
        let user = &who.account.user;
        sign_ins::sign_out(&mut change, user, who.device).await?;
        change.then(FollowUp::Audit(Entry::done(Act::SignOut).about(user).on(who.device).from(from)));
        change.commit().await?;
        Ok(StatusCode::NO_CONTENT)
    };
    server.carry_out(change).await?
}
