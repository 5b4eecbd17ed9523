//! Register, sign in, sign out.

use axum::{
    Json,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode},
};
use carillon_protocol::{Account, DeviceId, RegisterRequest, Registration, SignInRequest, SignedIn, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{net::IpAddr, sync::atomic::Ordering::Relaxed};
use uuid::Uuid;

use super::{ApiError, Peer, bearer_token};
use crate::{
    audit::{Act, Entry},
    core::{Core, Shared},
    link::Farewell,
    secrets::{hash_secret, new_token},
    store::{Credentials, NewAccount, NotRegistered, SignedInDevice},
};

/// Names that people see; anything longer breaks every list.
const MAX_NAME_CHARS: usize = 64;
const MIN_PASSWORD_CHARS: usize = 8;
/// Hashing takes the whole password; nobody types more.
const MAX_PASSWORD_BYTES: usize = 1024;

/// `POST /v1/register`.
pub(super) async fn register(
    State(core): State<Shared>,
    Peer(from): Peer,
    body: Bytes,
) -> Result<Json<SignedIn>, ApiError> {
    count_refusal(&core, make_account(&core, from, &body).await)
}

async fn make_account(core: &Core, from: IpAddr, body: &[u8]) -> Result<Json<SignedIn>, ApiError> {
    let request: RegisterRequest = parse(body)?;
    core.rate_limits.check(from, &request.user)?;
    check_name("display name", &request.display_name)?;
    check_name("device name", &request.device_name)?;
    check_password(&request.password)?;
    let now_ms = core.clock.now_ms();
    let invite_hash = may_register(core, from, &request.invite, now_ms).await?;
    let display_name = match request.display_name.trim() {
        "" => request.user.to_string(),
        name => name.to_owned(),
    };
    let account = Account::new(request.user, display_name);
    let password_hash = core.passwords.hash(request.password).await?;
    let (token, device) = (new_token(), DeviceId::new(Uuid::new_v4()));
    let new = NewAccount {
        app: &core.config.app,
        account: &account,
        password_hash: &password_hash,
        invite_hash: invite_hash.as_deref(),
        device: SignedInDevice {
            fresh_id: device,
            name: request.device_name.trim(),
            token_hash: &hash_secret(&token),
            now_ms,
        },
    };
    if let Err(error) = core.store.register(new).await {
        core.note(Entry::done(Act::Register).but(error.word()).from(from)).await;
        return Err(error.into());
    }
    core.note(Entry::done(Act::Register).about(&account.user).on(device).from(from)).await;
    Ok(Json(SignedIn { account, device, app: core.config.app.clone(), token, token_expires_in_s: u64::MAX, refresh_token: String::new() }))
}

/// As the operator chose; gives the hash of the invite that is to be used up, where one is needed.
async fn may_register(core: &Core, from: IpAddr, invite: &str, now_ms: u64) -> Result<Option<String>, ApiError> {
    let hash = hash_secret(invite);
    match core.config.registration {
        Registration::Closed => Err(ApiError::registration_closed()),
        Registration::Open => core.rate_limits.check_registration(from).map(|()| None),
        Registration::Invite if core.store.invite_is_good(&hash, now_ms).await? => Ok(Some(hash)),
        Registration::Invite => {
            let refusal = NotRegistered::BadInvite;
            core.note(Entry::done(Act::Register).but(refusal.word()).from(from)).await;
            Err(refusal.into())
        }
    }
}

/// `POST /v1/sign-in`.
pub(super) async fn sign_in(
    State(core): State<Shared>,
    Peer(from): Peer,
    body: Bytes,
) -> Result<Json<SignedIn>, ApiError> {
    count_refusal(&core, sign_device_in(&core, from, &body).await)
}

async fn sign_device_in(core: &Core, from: IpAddr, body: &[u8]) -> Result<Json<SignedIn>, ApiError> {
    let request: SignInRequest = parse(body)?;
    core.rate_limits.check(from, &request.user)?;
    check_name("device name", &request.device_name)?;
    if request.password.len() > MAX_PASSWORD_BYTES {
        return Err(ApiError::wrong_credentials());
    }
    let app = &core.config.app;
    let known = core.store.credentials(app, &request.user).await?;
    let hash = known.as_ref().map(|credentials| credentials.password_hash.clone());
    let is_right = core.passwords.verify(request.password, hash).await?;
    let account = match known {
        Some(credentials) if is_right && !credentials.is_disabled => credentials.account,
        known => return Err(refuse_sign_in(core, from, known, is_right).await),
    };
    let token = new_token();
    let signed_in = SignedInDevice {
        fresh_id: DeviceId::new(Uuid::new_v4()),
        name: request.device_name.trim(),
        token_hash: &hash_secret(&token),
        now_ms: core.clock.now_ms(),
    };
    let device = core.store.sign_in(app, &account.user, request.device, signed_in).await?;
    core.bus.dismiss(device, Farewell::SignedOut);
    core.note(Entry::done(Act::SignIn).about(&account.user).on(device).from(from)).await;
    Ok(Json(SignedIn { account, device, app: app.clone(), token, token_expires_in_s: u64::MAX, refresh_token: String::new() }))
}

/// Only who knows the password hears that the account is closed. A name without an account may be anything that somebody typed into
/// the wrong field, so it is not written down.
async fn refuse_sign_in(core: &Core, from: IpAddr, known: Option<Credentials>, is_right: bool) -> ApiError {
    let outcome = if is_right { "disabled" } else { "wrong_credentials" };
    let entry = Entry::done(Act::SignIn).but(outcome).from(from);
    core.note(match &known {
        Some(credentials) => entry.about(&credentials.account.user),
        None => entry,
    })
    .await;
    if is_right { ApiError::account_disabled() } else { ApiError::wrong_credentials() }
}

/// `POST /v1/sign-out`: the token is void, and the device's link is closed.
pub(super) async fn sign_out(
    State(core): State<Shared>,
    Peer(from): Peer,
    headers: HeaderMap,
) -> Result<StatusCode, ApiError> {
    let token = bearer_token(&headers).ok_or_else(ApiError::not_signed_in)?;
    let who = core.store.device_by_token(&hash_secret(token)).await?.ok_or_else(ApiError::not_signed_in)?;
    core.store.sign_out(who.device).await?;
    core.bus.dismiss(who.device, Farewell::SignedOut);
    core.note(Entry::done(Act::SignOut).about(&who.account.user).on(who.device).from(from)).await;
    Ok(StatusCode::NO_CONTENT)
}

fn count_refusal<T>(core: &Core, result: Result<T, ApiError>) -> Result<T, ApiError> {
    if result.is_err() {
        core.metrics.sign_ins_refused.fetch_add(1, Relaxed);
    }
    result
}

/// Reads a body, and says of a bad name that it is the name.
fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::invalid(error.to_string()))?;
    if let Some(Err(error)) = value.get("user").and_then(Value::as_str).map(UserId::new) {
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "bad_name", error.to_string()));
    }
    serde_json::from_value(value).map_err(|error| ApiError::invalid(error.to_string()))
}

pub(crate) fn check_name(what: &str, name: &str) -> Result<(), ApiError> {
    if name.chars().count() > MAX_NAME_CHARS {
        return Err(ApiError::invalid(format!("the {what} is longer than {MAX_NAME_CHARS} characters")));
    }
    if name.chars().any(|c| c.is_control() || is_invisible(c)) {
        return Err(ApiError::invalid(format!("the {what} has characters that cannot be seen")));
    }
    Ok(())
}

/// Marks that turn or hide the text around them: a name with one can pass for another.
const fn is_invisible(c: char) -> bool {
    matches!(c, '\u{200b}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2060}'..='\u{2069}' | '\u{feff}')
}

pub(crate) fn check_password(password: &str) -> Result<(), ApiError> {
    if password.chars().count() < MIN_PASSWORD_CHARS || password.len() > MAX_PASSWORD_BYTES {
        let detail =
            format!("a password has at least {MIN_PASSWORD_CHARS} characters and at most {MAX_PASSWORD_BYTES} bytes");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", detail));
    }
    Ok(())
}
