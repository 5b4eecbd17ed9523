//! Who is at the other end of a connection.

use std::{
    convert::Infallible,
    net::{IpAddr, SocketAddr},
    sync::Arc,
};

use axum::{
    extract::FromRequestParts,
    http::{Extensions, HeaderMap, request::Parts},
};
use ipnet::IpNet;

use super::gate::Pass;
use crate::{
    config::Config,
    core::{Core, Shared},
};

/// The address that a connection comes from, as the listener saw it, and the connection's place among all of them.
#[derive(Clone)]
pub(crate) struct Remote {
    pub(super) address: IpAddr,
    /// Whoever goes on with the connection after the HTTP part keeps this.
    pass: Arc<Pass>,
}

impl Remote {
    pub(super) const fn new(address: IpAddr, pass: Arc<Pass>) -> Self {
        Self { address, pass }
    }

    /// A device opens its link on this connection.
    pub(crate) fn is_of_a_device(&self) {
        self.pass.is_of_a_device();
    }
}

/// The address of whoever asks: the connection's, or what a trusted proxy says.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Peer(pub(crate) IpAddr);

impl Peer {
    pub(super) fn of(core: &Core, extensions: &Extensions, headers: &HeaderMap) -> Self {
        let remote = extensions.get::<Remote>().map_or(IpAddr::from([0, 0, 0, 0]), |remote| remote.address);
        Self(core.proxies.client(remote, headers))
    }
}

impl FromRequestParts<Shared> for Peer {
    type Rejection = Infallible;

    async fn from_request_parts(parts: &mut Parts, core: &Shared) -> Result<Self, Infallible> {
        Ok(Self::of(core, &parts.extensions, &parts.headers))
    }
}

/// The proxies whose word counts.
#[derive(Debug, Clone)]
pub(crate) struct Proxies(Vec<IpNet>);

impl Proxies {
    pub(crate) fn new(config: &Config) -> Self {
        let mut networks = config.trusted_proxies.clone();
        if config.trust_forwarded_for {
            networks.extend(
                ["127.0.0.0/8", "::1/128"].map(|network| network.parse::<IpNet>().expect("these are networks")),
            );
        }
        Self(networks)
    }

    pub(super) fn trust(&self, address: IpAddr) -> bool {
        let address = address.to_canonical();
        self.0.iter().any(|network| network.contains(&address))
    }

    /// Each proxy adds whom it heard: the last entry that is no proxy of ours is the client. The ones before it are anybody's word.
    fn client(&self, remote: IpAddr, headers: &HeaderMap) -> IpAddr {
        let mut client = remote;
        let lines = headers.get_all("x-forwarded-for").iter().rev();
        let mut entries = lines.flat_map(|line| line.to_str().unwrap_or("?").rsplit(','));
        while self.trust(client) {
            match entries.next().and_then(address) {
                Some(before) => client = before,
                None => break,
            }
        }
        client
    }
}

/// Some proxies add a port.
fn address(entry: &str) -> Option<IpAddr> {
    let entry = entry.trim();
    entry.parse().ok().or_else(|| entry.parse().ok().map(|with_port: SocketAddr| with_port.ip()))
}

#[cfg(test)]
mod tests {
    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);

    #[test]
    fn only_the_proxys_own_word_counts() {
        let proxies = Proxies::new(&Config { trust_forwarded_for: true, ..Config::new("") });
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 192.0.2.7".parse().unwrap());
        assert_eq!(proxies.client(HERE, &headers), IpAddr::from([192, 0, 2, 7]));
        assert_eq!(proxies.client(IpAddr::from([198, 51, 100, 1]), &headers), IpAddr::from([198, 51, 100, 1]));

        headers.append("x-forwarded-for", "nonsense".parse().unwrap());
        assert_eq!(proxies.client(HERE, &headers), HERE);
    }

    #[test]
    fn a_chain_of_trusted_proxies_is_followed_to_the_first_stranger() {
        let trusted_proxies = vec!["10.0.0.0/8".parse().unwrap(), "fd00::/8".parse().unwrap()];
        let proxies = Proxies::new(&Config { trusted_proxies, ..Config::new("") });
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "203.0.113.9, 192.0.2.7:5555".parse().unwrap());
        headers.append("x-forwarded-for", "fd00::7".parse().unwrap());

        assert_eq!(proxies.client("::ffff:10.1.2.3".parse().unwrap(), &headers), IpAddr::from([192, 0, 2, 7]));
        assert_eq!(proxies.client(HERE, &headers), HERE, "this machine is not in the list");
    }

    #[test]
    fn without_a_trusted_proxy_nobody_is_believed() {
        let mut headers = HeaderMap::new();
        headers.append("x-forwarded-for", "192.0.2.7".parse().unwrap());

        assert_eq!(Proxies::new(&Config::new("")).client(HERE, &headers), HERE);
    }
}
