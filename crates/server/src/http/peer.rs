//! Who is at the other end of a connection.

use std::{convert::Infallible, net::IpAddr};

use axum::{
    extract::FromRequestParts,
    http::{HeaderMap, request::Parts},
};

use crate::core::Shared;

/// The address that a connection comes from, as the listener saw it.
#[derive(Debug, Clone, Copy)]
pub(super) struct Remote(pub(super) IpAddr);

/// The address of whoever asks: the connection's, or what a trusted proxy on this machine says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl FromRequestParts<Shared> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Self, Infallible> {
        let remote = parts.extensions.get::<Remote>().map_or(IpAddr::from([0, 0, 0, 0]), |remote| remote.0);
        let proxied = core.config.trust_forwarded_for && remote.to_canonical().is_loopback();
        let address = if proxied { forwarded_for(&parts.headers).unwrap_or(remote) } else { remote };
        Ok(Self(address))
    }
}

/// The last entry is the proxy's own word; the ones before it are anybody's.
fn forwarded_for(headers: &HeaderMap) -> Option<IpAddr> {
    let last = headers.get_all("x-forwarded-for").iter().next_back()?;
    last.to_str().ok()?.rsplit(',').next()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_proxys_own_word_counts() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 192.0.2.7".parse().unwrap());
        assert_eq!(forwarded_for(&headers), Some(IpAddr::from([192, 0, 2, 7])));

        headers.append("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(forwarded_for(&headers), None);
    }
}
