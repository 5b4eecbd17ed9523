//! The way in: from an address, a name and a password to a [`Login`] that can be kept.

use std::{sync::Once, time::Duration};

use carillon_protocol::{
    DeviceId, Login, PROTOCOL_VERSION, RegisterRequest, SignInRequest, SignedIn, UserId, VersionInfo,
};
use reqwest::{Client, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, de::DeserializeOwned};

use crate::{AddressError, ServerAddress};

/// The server hashes a password with argon2, and may have a queue of them.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// A host that drops packets must not look like a slow one for long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);

/// What somebody types to sign in.
#[derive(Clone)]
pub struct SignIn {
    /// The server's address, as [`ServerAddress::parse`] reads it.
    pub server: String,
    /// Go on although the address is plain http and not this machine.
    pub allow_insecure: bool,
    /// The account's name.
    pub user: String,
    /// Its password.
    pub password: String,
    /// What to call this device.
    pub device_name: String,
    /// The id that an earlier sign-in on this installation gave it, so that it stays the same device.
    pub device: Option<DeviceId>,
}

/// What somebody types to make an account.
#[derive(Clone)]
pub struct Register {
    /// As in [`SignIn`].
    pub server: String,
    /// As in [`SignIn`].
    pub allow_insecure: bool,
    /// The invite that the server printed, or that somebody passed on.
    pub invite: String,
    /// The account's name.
    pub user: String,
    /// What others see; empty: the account's name.
    pub display_name: String,
    /// At least 8 characters.
    pub password: String,
    /// What to call this device.
    pub device_name: String,
}

/// Why somebody did not get in.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Nothing answers at the address.
    #[error("the server does not answer: {0}")]
    Unreachable(String),
    /// Something answers, but it is not a Carillon server, or one of another time.
    #[error("this is not a Carillon server: {0}")]
    NotACarillonServer(String),
    /// The address is not one.
    #[error("{0:?} is not the address of a server")]
    BadAddress(String),
    /// Plain http to another machine, and nobody has said that this is wanted.
    #[error("{0} would be reached without encryption")]
    InsecureAddress(String),
    /// The name or the password is wrong, or the sign-in is no longer valid.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The invite is unknown or used.
    #[error("the invite is unknown or has been used")]
    BadInvite,
    /// The name is taken.
    #[error("the name is taken")]
    NameTaken,
    /// The name is not one that an account may have.
    #[error("that name cannot be an account's: {0}")]
    BadName(String),
    /// The password is too short.
    #[error("the password is too short")]
    WeakPassword,
    /// Too many tries; wait.
    #[error("too many tries; wait a moment")]
    RateLimited,
    /// Anything else; the text says what.
    #[error("the server failed: {0}")]
    Internal(String),
}

impl From<AddressError> for SignInError {
    fn from(error: AddressError) -> Self {
        match error {
            AddressError::Bad(text) => Self::BadAddress(text),
            AddressError::Insecure(host) => Self::InsecureAddress(host),
        }
    }
}

/// Signs a device in.
///
/// # Errors
/// [`SignInError`], which a person can act on.
pub async fn sign_in(typed: SignIn) -> Result<Login, SignInError> {
    let door = Door::find(&typed.server, typed.allow_insecure).await?;
    let body = SignInRequest {
        user: name(&typed.user)?,
        password: typed.password,
        device_name: typed.device_name,
        device: typed.device,
    };
    door.enter("v1/sign-in", &body).await
}

/// Makes an account and signs its first device in.
///
/// # Errors
/// [`SignInError`], which a person can act on.
pub async fn register(typed: Register) -> Result<Login, SignInError> {
    let door = Door::find(&typed.server, typed.allow_insecure).await?;
    let body = RegisterRequest {
        invite: typed.invite.trim().to_owned(),
        user: name(&typed.user)?,
        display_name: typed.display_name.trim().to_owned(),
        password: typed.password,
        device_name: typed.device_name,
    };
    door.enter("v1/register", &body).await
}

/// Makes the server forget a sign-in. Close its [`Connection`](crate::Connection) first.
///
/// # Errors
/// [`SignInError`]; the device is signed out already if it is [`SignInError::WrongCredentials`].
pub async fn sign_out(login: &Login) -> Result<(), SignInError> {
    // A kept login was allowed when it was made.
    let server = ServerAddress::parse(&login.server, true)?;
    let request = client()?.post(server.http("v1/sign-out")).bearer_auth(&login.signed_in.token);
    checked(request).await.map(|_| ())
}

/// A server that has said that it is one of ours.
struct Door {
    client: Client,
    server: ServerAddress,
}

impl Door {
    async fn find(address: &str, allow_insecure: bool) -> Result<Self, SignInError> {
        let server = ServerAddress::parse(address, allow_insecure)?;
        let client = client()?;
        let reply = send(client.get(server.http("version"))).await?;
        let host = server.host();
        if !reply.status().is_success() {
            return Err(SignInError::NotACarillonServer(format!("{host} answers {}", reply.status())));
        }
        let Ok(version) = body::<VersionInfo>(reply).await else {
            return Err(SignInError::NotACarillonServer(format!("{host} does not say what it is")));
        };
        if version.server != "carillon" {
            return Err(SignInError::NotACarillonServer(format!("{host} says it is {:?}", version.server)));
        }
        if version.protocol != PROTOCOL_VERSION {
            let theirs = version.protocol;
            return Err(SignInError::NotACarillonServer(format!(
                "{host} speaks version {theirs} of the protocol, this program {PROTOCOL_VERSION}"
            )));
        }
        Ok(Self { client, server })
    }

    async fn enter(self, path: &str, request: &impl serde::Serialize) -> Result<Login, SignInError> {
        let reply = checked(self.client.post(self.server.http(path)).json(request)).await?;
        let signed_in: SignedIn = body(reply).await.map_err(SignInError::Internal)?;
        Ok(Login { server: self.server.to_string(), signed_in })
    }
}

fn client() -> Result<Client, SignInError> {
    choose_crypto();
    Client::builder()
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none()) // a password goes where it was meant to go
        .build()
        .map_err(|error| SignInError::Internal(chain(&error)))
}

/// More than one provider of cryptography is linked, by dependencies; rustls asks that the program choose.
pub(crate) fn choose_crypto() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| {
        // Refused only if the program itself has chosen already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

fn name(typed: &str) -> Result<UserId, SignInError> {
    UserId::new(typed.trim().to_ascii_lowercase()).map_err(|error| SignInError::BadName(error.to_string()))
}

async fn send(request: RequestBuilder) -> Result<Response, SignInError> {
    request.send().await.map_err(|error| SignInError::Unreachable(chain(&error)))
}

/// Answers are small; a server that sends more is not one of ours.
async fn body<T: DeserializeOwned>(mut reply: Response) -> Result<T, String> {
    const MAX_BYTES: usize = 64 * 1024;
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| chain(&error))? {
        if bytes.len() + chunk.len() > MAX_BYTES {
            return Err("the answer is too long".into());
        }
        bytes.extend_from_slice(&chunk);
    }
    serde_json::from_slice(&bytes).map_err(|error| error.to_string())
}

async fn checked(request: RequestBuilder) -> Result<Response, SignInError> {
    let reply = send(request).await?;
    let status = reply.status();
    if status.is_success() {
        return Ok(reply);
    }
    #[derive(Deserialize)]
    struct Problem {
        code: String,
        #[serde(default)]
        detail: String,
    }
    let Ok(problem) = body::<Problem>(reply).await else {
        return Err(by_status(status));
    };
    Err(match problem.code.as_str() {
        "wrong_credentials" => SignInError::WrongCredentials,
        "bad_invite" => SignInError::BadInvite,
        "name_taken" => SignInError::NameTaken,
        "bad_name" => SignInError::BadName(problem.detail),
        "weak_password" => SignInError::WeakPassword,
        "rate_limited" => SignInError::RateLimited,
        other => SignInError::Internal(format!("{other}: {}", problem.detail)),
    })
}

/// What a proxy in between may answer in the server's place.
fn by_status(status: StatusCode) -> SignInError {
    match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => SignInError::WrongCredentials,
        StatusCode::TOO_MANY_REQUESTS => SignInError::RateLimited,
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            SignInError::Unreachable(format!("a server in between answers {status}"))
        }
        _ => SignInError::Internal(format!("the server answers {status}")),
    }
}

/// reqwest's own text stops at "error sending request"; the cause says why.
fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
