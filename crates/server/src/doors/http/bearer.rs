//! Whose token a request carries.

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, header, request::Parts},
};

use super::ApiError;
use crate::{doors::SharedState, ground::secrets::hash_secret, store::Who};

/// The signed-in device that asks, by the token in its `Authorization` header.
#[derive(Debug, Clone)]
pub(crate) struct Bearer(pub(crate) Who);

impl FromRequestParts<SharedState> for Bearer {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, server: &SharedState) -> Result<Self, ApiError> {
        let token = bearer_token(&parts.headers).ok_or_else(ApiError::not_signed_in)?;
        Ok(Self(admitted(server, token).await?))
    }
}

/// The device that this token belongs to.
pub(crate) async fn admitted(server: &SharedState, token: &str) -> Result<Who, ApiError> {
    let hash = hash_secret(token);
    let admitted =
        server.store.device_by_token(&hash, server.clock.now_ms()).await?.ok_or_else(ApiError::not_signed_in)?;
    if admitted.shows_new_tokens {
        server.carry_out(|server| async move { server.store.use_up_previous(&hash).await }).await??;
    }
    Ok(admitted.who)
}

/// The token of an `Authorization: Bearer` header.
pub(crate) fn bearer_token(headers: &HeaderMap) -> Option<&str> {
    let (scheme, token) = headers.get(header::AUTHORIZATION)?.to_str().ok()?.split_once(' ')?;
    scheme.eq_ignore_ascii_case("bearer").then(|| token.trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_bearer_token_is_read_whatever_the_case_of_its_scheme() {
        let mut headers = HeaderMap::new();
        headers.insert(header::AUTHORIZATION, "bearer abc".parse().unwrap());
        assert_eq!(bearer_token(&headers), Some("abc"));

        headers.insert(header::AUTHORIZATION, "Basic abc".parse().unwrap());
        assert_eq!(bearer_token(&headers), None);
    }
}
