//! Register, and sign in.

use axum::{Json, body::Bytes, extract::State, http::StatusCode};
use carillon_protocol::{Account, DeviceId, DeviceKey, RegisterRequest, Registration, SignInRequest, SignedIn, UserId};
use serde::de::DeserializeOwned;
use serde_json::Value;
use std::{net::IpAddr, sync::atomic::Ordering::Relaxed};
use uuid::Uuid;

use super::{ApiError, Peer};
use crate::{
    change::write_audit,
    doors::{ServerState, SharedState},
    ground::secrets::{hash_secret, tidy_invite},
    services::{
        device_keys,
        sign_ins::{self, FreshTokens},
    },
    store::{
        Credentials, NewAccount, NewDevice, NotRegistered, SignIn,
        audit::{Act, Entry},
    },
};

const MIN_PASSWORD_CHARS: usize = 8;
/// Hashing takes the whole password; people type less.
const MAX_PASSWORD_BYTES: usize = 1024;

/// `POST /v1/register`.
pub(super) async fn register(
    State(server): State<SharedState>,
    Peer(from): Peer,
    body: Bytes,
) -> Result<Json<SignedIn>, ApiError> {
    count_refusal(&server, make_account(&server, from, &body).await)
}

async fn make_account(server: &SharedState, from: IpAddr, body: &[u8]) -> Result<Json<SignedIn>, ApiError> {
    let request: RegisterRequest = parse(body)?;
    server.limits.check(from, &request.user)?;
    request.user.check_new()?;
    let display_name = request.display_name.check_or(request.user.as_str())?;
    let device_name = request.device_name.check_or("")?;
    check_key(request.device_key.as_ref())?;
    check_password(&request.password)?;
    let invite_hash = may_register(server, from, &request.invite).await?;
    let account = Account::new(request.user, display_name);
    let password_hash = server.passwords.hash(request.password).await?;
    let change = move |server: SharedState| async move {
        let (tokens, device) = (FreshTokens::first(&server), DeviceId::new(Uuid::new_v4()));
        let new = NewAccount {
            app: &server.config.app,
            account: &account,
            password_hash: &password_hash,
            invite_hash: invite_hash.as_deref(),
            device: NewDevice {
                fresh_id: device,
                name: &device_name,
                key: request.device_key.as_ref(),
                tokens: &tokens.kept,
                now_ms: server.clock.now_ms(),
            },
        };
        sign_ins::register(&server, &new, from).await?;
        Ok(Json(tokens.signed_in(&server, account, device)))
    };
    server.carry_out(change).await?
}

/// As the operator chose; gives the hash of the invite that is to be used up, where one is needed.
async fn may_register(server: &SharedState, from: IpAddr, invite: &str) -> Result<Option<String>, ApiError> {
    let (hash, now_ms) = (hash_secret(&tidy_invite(invite)), server.clock.now_ms());
    match server.config.registration {
        Registration::Closed => Err(ApiError::registration_closed()),
        Registration::Open => Ok(server.limits.check_registration(from).map(|()| None)?),
        Registration::Invite if server.store.invite_is_good(&hash, now_ms).await? => Ok(Some(hash)),
        Registration::Invite => {
            let refusal = NotRegistered::BadInvite;
            let entry = Entry::done(Act::Register).but(refusal.word()).from(from);
            server.carry_out(|server| async move { write_audit(&server, entry).await }).await?;
            Err(refusal.into())
        }
    }
}

/// `POST /v1/sign-in`.
pub(super) async fn sign_in(
    State(server): State<SharedState>,
    Peer(from): Peer,
    body: Bytes,
) -> Result<Json<SignedIn>, ApiError> {
    count_refusal(&server, sign_device_in(&server, from, &body).await)
}

async fn sign_device_in(server: &SharedState, from: IpAddr, body: &[u8]) -> Result<Json<SignedIn>, ApiError> {
    let request: SignInRequest = parse(body)?;
    server.limits.check(from, &request.user)?;
    let device_name = request.device_name.check_or("")?;
    check_key(request.device_key.as_ref())?;
    let (account, password_hash) = check_credentials(server, &request.user, request.password, from).await?;
    let change = move |server: SharedState| async move {
        let tokens = FreshTokens::first(&server);
        let asked = SignIn {
            app: &server.config.app,
            user: &account.user,
            password_hash: &password_hash,
            known: request.device,
            most_devices: server.config.limits.devices_per_user,
        };
        let device = NewDevice {
            fresh_id: DeviceId::new(Uuid::new_v4()),
            name: &device_name,
            key: request.device_key.as_ref(),
            tokens: &tokens.kept,
            now_ms: server.clock.now_ms(),
        };
        let signed_in = sign_ins::sign_in(&server, &asked, &device, from).await?;
        Ok(Json(tokens.signed_in(&server, account, signed_in.device)))
    };
    server.carry_out(change).await?
}

/// Only who knows the password hears that the account is closed. A name without an account may be anything that a person typed into
/// the wrong field, so it is not written down.
async fn refuse_sign_in(server: &SharedState, from: IpAddr, known: Option<Credentials>, is_right: bool) -> ApiError {
    let outcome = if is_right { "disabled" } else { "wrong_credentials" };
    let entry = Entry::done(Act::SignIn).but(outcome).from(from);
    let entry = match &known {
        Some(credentials) => entry.about(&credentials.account.user),
        None => entry,
    };
    if let Err(broken) = server.carry_out(|server| async move { write_audit(&server, entry).await }).await {
        return broken.into();
    }
    if is_right { ApiError::account_disabled() } else { ApiError::wrong_credentials() }
}

/// The account and its password's hash, if the password is right. An unknown user costs as much, and is answered alike.
pub(super) async fn check_credentials(
    server: &SharedState,
    user: &UserId,
    password: String,
    from: IpAddr,
) -> Result<(Account, String), ApiError> {
    if password.len() > MAX_PASSWORD_BYTES {
        return Err(ApiError::wrong_credentials());
    }
    let known = server.store.credentials(&server.config.app, user).await?;
    let hash = known.as_ref().map(|known| known.password_hash.clone());
    let is_right = server.passwords.verify(password, hash).await?;
    match known {
        Some(known) if is_right && !known.is_disabled => Ok((known.account, known.password_hash)),
        known => Err(refuse_sign_in(server, from, known, is_right).await),
    }
}

pub(super) fn count_refusal<T>(server: &ServerState, result: Result<T, ApiError>) -> Result<T, ApiError> {
    if result.is_err() {
        server.metrics.sign_ins_refused.fetch_add(1, Relaxed);
    }
    result
}

/// Reads a body, and says of a bad name that it is the name.
pub(super) fn parse<T: DeserializeOwned>(body: &[u8]) -> Result<T, ApiError> {
    let value: Value = serde_json::from_slice(body).map_err(|error| ApiError::invalid(error.to_string()))?;
    if let Some(Err(error)) = value.get("user").and_then(Value::as_str).map(UserId::new) {
        return Err(error.into());
    }
    serde_json::from_value(value).map_err(|error| ApiError::invalid(error.to_string()))
}

fn check_key(key: Option<&DeviceKey>) -> Result<(), ApiError> {
    if key.is_none_or(device_keys::is_good) {
        return Ok(());
    }
    Err(ApiError::invalid("the device key is not a public Ed25519 key"))
}

pub(crate) fn check_password(password: &str) -> Result<(), ApiError> {
    if password.chars().count() < MIN_PASSWORD_CHARS || password.len() > MAX_PASSWORD_BYTES {
        let detail =
            format!("a password has at least {MIN_PASSWORD_CHARS} characters and at most {MAX_PASSWORD_BYTES} bytes");
        return Err(ApiError::new(StatusCode::UNPROCESSABLE_ENTITY, "weak_password", detail));
    }
    Ok(())
}
