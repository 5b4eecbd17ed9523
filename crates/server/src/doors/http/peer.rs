//! Who is at the other end of a connection.

use std::{convert::Infallible, net::IpAddr, sync::Arc};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};

use super::gate::ConnectionPass;
use crate::doors::{ServerState, SharedState};

/// The address that a connection comes from, as the listener saw it, and the connection's place among all of them.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(super) address: IpAddr,
    /// A link that goes on with the connection after the HTTP part keeps this.
    pass: Arc<ConnectionPass>,
}

impl Remote {
    pub(super) const fn new(address: IpAddr, pass: Arc<ConnectionPass>) -> Self {
        Self { address, pass }
    }

    /// A device opens its link on this connection.
    pub(crate) fn is_of_a_device(&self) {
        self.pass.is_of_a_device();
    }
}

/// The client's address: the connection's, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    pub(super) fn of(server: &ServerState, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let remote = extensions.get::<Remote>().map_or(IpAddr::from([0, 0, 0, 0]), |remote| remote.address);
        Self(server.proxies.client(remote, headers))
    }
}

impl FromRequestParts<SharedState> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, server: &SharedState) -> Result<Self, Infallible> {
        Ok(Self::of(server, &parts.extensions, &parts.headers))
    }
}
