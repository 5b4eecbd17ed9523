//! The proxies before the server, and what they say of clients.

use std::net::{IpAddr, SocketAddr};

use axum::http::HeaderMap;
use ipnet::IpNet;

use crate::ground::config::Config;

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

    /// Each proxy adds whom it heard: the last entry that is no proxy of ours is the client. The client may have made up the ones
    /// before it.
    pub(super) fn client(&self, remote: IpAddr, headers: &HeaderMap) -> IpAddr {
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
