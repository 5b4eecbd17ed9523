//! The way in: from an address, a name and a password to a [`Login`] that can be kept.

use carillon_protocol::{
    DeviceId, DeviceKey, Login, PROTOCOL_VERSION, RegisterRequest, SignInRequest, SignedIn, UserId, VersionInfo,
};
use reqwest::{Client, Response};

use crate::{
    AddressError, ServerAddress,
    connection::refresh,
    identity::DeviceSecret,
    rest::{self, checked, client},
};

/// What a user types to sign in.
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
    /// The secret key that goes with the id, from the earlier [`Login`], so that others are not warned of another device; `None`
    /// makes a new one.
    pub device_secret: Option<String>,
}

impl SignIn {
    /// For an installation that was never signed in, over an encrypted link.
    pub fn new(
        server: impl Into<String>,
        user: impl Into<String>,
        password: impl Into<String>,
        device_name: impl Into<String>,
    ) -> Self {
        Self {
            server: server.into(),
            allow_insecure: false,
            user: user.into(),
            password: password.into(),
            device_name: device_name.into(),
            device: None,
            device_secret: None,
        }
    }
}

/// What a user types to make an account.
#[derive(Clone)]
pub struct Register {
    /// As in [`SignIn`].
    pub server: String,
    /// As in [`SignIn`].
    pub allow_insecure: bool,
    /// The invite that the server printed, or that another user passed on; empty where registration is open.
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

/// Why a user did not get in.
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
    /// Plain http to another machine, which the app has not allowed.
    #[error("{0} would be reached without encryption")]
    InsecureAddress(String),
    /// The server speaks http without TLS; this is its address, which people have to type themselves.
    #[error("the server speaks http without TLS: its address is {0}")]
    PlainHttp(String),
    /// The name or the password is wrong, or the sign-in is no longer valid.
    #[error("the name or the password is wrong")]
    WrongCredentials,
    /// The invite is unknown or used.
    #[error("the invite is unknown or has been used")]
    BadInvite,
    /// The server takes no new accounts.
    #[error("the server takes no new accounts")]
    RegistrationClosed,
    /// The name is taken.
    #[error("the name is taken")]
    NameTaken,
    /// The name is not one that an account may have.
    #[error("that name cannot be an account's: {0}")]
    BadName(String),
    /// What others would see of the account, or the device's name, has characters that cannot be seen, or too many.
    #[error("{0}")]
    NameRefused(String),
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
    let known = KnownServer::find(&typed.server, typed.allow_insecure).await?;
    let secret = typed.device_secret.as_deref().and_then(DeviceSecret::parse);
    let (secret, device_key) = own_key(secret)?;
    let body = SignInRequest {
        user: name(&typed.user)?,
        password: typed.password,
        device_name: typed.device_name.into(),
        device: typed.device,
        device_key,
    };
    known.enter("v1/sign-in", &body, secret).await
}

/// Makes an account and signs its first device in.
///
/// # Errors
/// [`SignInError`], which a person can act on.
pub async fn register(typed: Register) -> Result<Login, SignInError> {
    let known = KnownServer::find(&typed.server, typed.allow_insecure).await?;
    let (secret, device_key) = own_key(None)?;
    let body = RegisterRequest {
        invite: typed.invite.trim().to_owned(),
        user: name(&typed.user)?,
        display_name: typed.display_name.into(),
        password: typed.password,
        device_name: typed.device_name.into(),
        device_key,
    };
    known.enter("v1/register", &body, secret).await
}

/// Makes the server forget a sign-in. Close its [`Connection`](crate::Connection) first, and give its
/// [`login`](crate::Connection::login).
///
/// # Errors
/// [`SignInError`]; the device is signed out already if it is [`SignInError::WrongCredentials`].
pub async fn sign_out(login: &Login) -> Result<(), SignInError> {
    // A kept login was allowed when it was made.
    let server = ServerAddress::parse(&login.server, true)?;
    let (client, url) = (client(&server)?, server.http("v1/sign-out"));
    let signed_in = &login.signed_in;
    match checked(client.post(&url).bearer_auth(&signed_in.token)).await {
        // The token may only be old.
        Err(error) if error.is_unauthorised() && !signed_in.refresh_token.is_empty() => {
            let refreshed = refresh(&Ok(client.clone()), &server, signed_in.refresh_token.clone()).await?;
            checked(client.post(&url).bearer_auth(refreshed.token)).await?;
        }
        other => drop(other?),
    }
    Ok(())
}

fn own_key(kept: Option<DeviceSecret>) -> Result<(DeviceSecret, Option<DeviceKey>), SignInError> {
    let no_randomness = || SignInError::Internal("the system has no randomness for a key".into());
    let secret = kept.or_else(DeviceSecret::make).ok_or_else(no_randomness)?;
    let key = secret.key();
    Ok((secret, Some(key)))
}

/// A server that has said that it is one of ours.
struct KnownServer {
    client: Client,
    server: ServerAddress,
}

impl KnownServer {
    async fn find(address: &str, allow_insecure: bool) -> Result<Self, SignInError> {
        let server = ServerAddress::parse(address, allow_insecure)?;
        let client = client(&server)?;
        match client.get(server.http("version")).send().await {
            Ok(reply) => see_whose(&server, reply).await.map(|()| Self { client, server }),
            Err(error) if rest::speaks_no_tls(&error) => Err(what_speaks_no_tls(&server).await),
            Err(error) => Err(rest::unreachable(&error).into()),
        }
    }

    async fn enter(
        self,
        path: &str,
        request: &impl serde::Serialize,
        secret: DeviceSecret,
    ) -> Result<Login, SignInError> {
        let reply = checked(self.client.post(self.server.http(path)).json(request)).await?;
        let signed_in: SignedIn = rest::json(reply).await?;
        Ok(Login { server: self.server.to_string(), signed_in, device_secret: Some(secret.expose()) })
    }
}

/// Whether it says that it is a Carillon server of this program's time.
async fn see_whose(server: &ServerAddress, reply: Response) -> Result<(), SignInError> {
    let host = server.host();
    if !reply.status().is_success() {
        return Err(SignInError::NotACarillonServer(format!("{host} answers {}", reply.status())));
    }
    let Ok(version) = rest::json::<VersionInfo>(reply).await else {
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
    Ok(())
}

/// Asks once more by plain http, with nothing that is secret.
async fn what_speaks_no_tls(server: &ServerAddress) -> SignInError {
    let plain = server.without_encryption();
    let ask = async {
        let reply = rest::send(client(&plain)?.get(plain.http("version"))).await?;
        see_whose(&plain, reply).await
    };
    match ask.await {
        Ok(()) => SignInError::PlainHttp(plain.to_string()),
        Err(_) => SignInError::NotACarillonServer(format!("{} speaks no TLS", server.host())),
    }
}

fn name(typed: &str) -> Result<UserId, SignInError> {
    UserId::typed(typed).map_err(|error| SignInError::BadName(error.to_string()))
}
