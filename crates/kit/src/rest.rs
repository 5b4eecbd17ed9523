//! The REST part of a server, as far as both the way in and a signed-in connection need it.

use std::{error::Error, io, sync::Once, time::Duration};

use bytes::Bytes;
use carillon_protocol::{Refusal, RefusalCode};
use reqwest::{Client, Method, RequestBuilder, Response, StatusCode};
use serde::{Deserialize, Serialize, de::IntoDeserializer as _};

use crate::{RequestError, ServerAddress, SignInError, connection::Tokens, proxy};

/// The server hashes a password with argon2, and may have a queue of them.
const REQUEST_TIMEOUT: Duration = Duration::from_secs(20);
/// A host that drops packets must not look like a slow one for long.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(8);
/// Answers are small, pictures have a mebibyte at most; a server that sends more is not one of ours.
const MAX_BODY_BYTES: usize = 1024 * 1024 + 64 * 1024;

/// Why a request of the REST part came to nothing.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum RestError {
    /// Nothing answers.
    #[error("the server does not answer: {0}")]
    Unreachable(String),
    /// The server, or something before it, said no.
    #[error("{code}: {detail}")]
    Refused { status: StatusCode, code: String, detail: String },
    /// The answer is not one of ours.
    #[error("the server's answer makes no sense: {0}")]
    Nonsense(String),
    /// The sign-in is no longer valid, and cannot be renewed.
    #[error("the sign-in is no longer valid")]
    SignedOut,
}

impl RestError {
    /// Whether the server takes a token for void.
    pub(crate) fn is_unauthorised(&self) -> bool {
        matches!(self, Self::SignedOut | Self::Refused { status: StatusCode::UNAUTHORIZED, .. })
    }
}

/// The REST part for a device that is signed in.
pub(crate) struct Rest {
    client: Result<Client, RestError>,
    server: ServerAddress,
    tokens: Tokens,
}

impl Rest {
    pub(crate) fn new(client: Result<Client, RestError>, server: ServerAddress, tokens: Tokens) -> Self {
        Self { client, server, tokens }
    }

    /// Posts JSON. A token that is not taken is renewed once.
    pub(crate) async fn post(&self, path: &str, body: &impl Serialize) -> Result<Bytes, RestError> {
        self.renewing(|client, url| client.post(url).json(body), path).await
    }

    /// Posts JSON that holds a secret of its own: a refusal may be about that, so nothing is tried twice.
    pub(crate) async fn post_once(&self, path: &str, body: &impl Serialize) -> Result<Bytes, RestError> {
        let token = self.tokens.current().await?;
        let request = self.client.clone()?.post(self.server.http(path)).json(body);
        self::body(checked(request.bearer_auth(token)).await?).await
    }

    /// Sends bytes, or none, and gets bytes. A token that is not taken is renewed once.
    pub(crate) async fn bytes(&self, method: Method, path: &str, body: Bytes) -> Result<Bytes, RestError> {
        self.renewing(|client, url| client.request(method.clone(), url).body(body.clone()), path).await
    }

    async fn renewing(
        &self,
        request: impl Fn(&Client, String) -> RequestBuilder,
        path: &str,
    ) -> Result<Bytes, RestError> {
        let client = self.client.clone()?;
        let token = self.tokens.current().await?;
        let mut reply = checked(request(&client, self.server.http(path)).bearer_auth(&token)).await;
        if reply.as_ref().is_err_and(RestError::is_unauthorised) {
            let renewed = self.tokens.instead_of(token).await?;
            reply = checked(request(&client, self.server.http(path)).bearer_auth(renewed)).await;
        }
        body(reply?).await
    }
}

/// What asks this server, by the same way as its link.
pub(crate) fn client(server: &ServerAddress) -> Result<Client, RestError> {
    choose_crypto();
    Client::builder()
        .proxy(proxy::for_rest(server))
        .connect_timeout(CONNECT_TIMEOUT)
        .timeout(REQUEST_TIMEOUT)
        .redirect(reqwest::redirect::Policy::none()) // a password goes where it was meant to go
        .build()
        .map_err(|error| RestError::Nonsense(chain(&error)))
}

/// More than one provider of cryptography is linked, by dependencies; rustls asks that the program choose.
pub(crate) fn choose_crypto() {
    static CHOSEN: Once = Once::new();
    CHOSEN.call_once(|| {
        // Refused only if the program itself has chosen already, which is as good.
        let _ = rustls::crypto::ring::default_provider().install_default();
    });
}

/// Whether what answered a handshake of TLS speaks something else.
pub(crate) fn speaks_no_tls(error: &reqwest::Error) -> bool {
    let mut cause = error.source();
    while let Some(error) = cause {
        let of_tls = innermost(error).downcast_ref();
        if let Some(rustls::Error::InvalidMessage(rustls::InvalidMessage::InvalidContentType)) = of_tls {
            return true;
        }
        cause = error.source();
    }
    false
}

/// What I/O errors wrap, in each other too: such an error's source is its inner error's source, and not that error itself.
fn innermost<'a>(mut error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    while let Some(inner) = error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        error = inner;
    }
    error
}

pub(crate) async fn send(request: RequestBuilder) -> Result<Response, RestError> {
    request.send().await.map_err(|error| unreachable(&error))
}

pub(crate) fn unreachable(error: &reqwest::Error) -> RestError {
    RestError::Unreachable(chain(error))
}

/// A good reply; any other is an error.
pub(crate) async fn checked(request: RequestBuilder) -> Result<Response, RestError> {
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
    Err(match body(reply).await.map(|body| serde_json::from_slice(&body)) {
        Ok(Ok(Problem { code, detail })) => RestError::Refused { status, code, detail },
        _ => by_status(status),
    })
}

/// What a proxy in between may answer in the server's place.
fn by_status(status: StatusCode) -> RestError {
    let code = match status {
        StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN => "wrong_credentials",
        StatusCode::TOO_MANY_REQUESTS => "rate_limited",
        StatusCode::NOT_FOUND => "not_found",
        StatusCode::PAYLOAD_TOO_LARGE => "too_large",
        StatusCode::BAD_GATEWAY | StatusCode::SERVICE_UNAVAILABLE | StatusCode::GATEWAY_TIMEOUT => {
            return RestError::Unreachable(format!("a server in between answers {status}"));
        }
        _ => "internal",
    };
    RestError::Refused { status, code: code.into(), detail: format!("the server answers {status}") }
}

pub(crate) async fn body(mut reply: Response) -> Result<Bytes, RestError> {
    let mut bytes = Vec::new();
    while let Some(chunk) = reply.chunk().await.map_err(|error| RestError::Unreachable(chain(&error)))? {
        if bytes.len() + chunk.len() > MAX_BODY_BYTES {
            return Err(RestError::Nonsense("the answer is too long".into()));
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.into())
}

/// A body of ours.
pub(crate) async fn json<T: serde::de::DeserializeOwned>(reply: Response) -> Result<T, RestError> {
    serde_json::from_slice(&body(reply).await?).map_err(|error| RestError::Nonsense(error.to_string()))
}

impl From<RestError> for RequestError {
    fn from(error: RestError) -> Self {
        let (code, detail) = match error {
            RestError::Unreachable(_) => return Self::Offline,
            RestError::SignedOut => return Self::Closed,
            RestError::Refused { code, detail, .. } => (refusal_code(&code), detail),
            RestError::Nonsense(detail) => (RefusalCode::Internal, detail),
        };
        Self::Refused(Refusal { code, detail })
    }
}

/// Both parts of a server use the same words, as far as they have the same reasons.
fn refusal_code(code: &str) -> RefusalCode {
    let known: Result<_, serde::de::value::Error> = RefusalCode::deserialize(code.into_deserializer());
    known.unwrap_or(match code {
        "wrong_credentials" => RefusalCode::NotAllowed,
        _ => RefusalCode::Internal,
    })
}

impl From<RestError> for SignInError {
    fn from(error: RestError) -> Self {
        let (code, detail) = match error {
            RestError::Unreachable(why) => return Self::Unreachable(why),
            RestError::SignedOut => return Self::WrongCredentials,
            RestError::Nonsense(why) => return Self::Internal(why),
            RestError::Refused { code, detail, .. } => (code, detail),
        };
        match code.as_str() {
            "wrong_credentials" => Self::WrongCredentials,
            "bad_invite" => Self::BadInvite,
            "registration_closed" => Self::RegistrationClosed,
            "name_taken" => Self::NameTaken,
            "bad_name" => Self::BadName(detail),
            "name_refused" => Self::NameRefused(detail),
            "weak_password" => Self::WeakPassword,
            "rate_limited" => Self::RateLimited,
            other => Self::Internal(format!("{other}: {detail}")),
        }
    }
}

/// reqwest's own text stops at "error sending request"; the cause says why.
pub(crate) fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        text = format!("{text}: {error}");
        cause = error.source();
    }
    text
}
