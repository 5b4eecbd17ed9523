//! Which of this machine's addresses a call may use.
//!
//! Chosen anew at every gathering, so that a restart after a change of network finds the new addresses.

use std::io;
use std::net::{IpAddr, Ipv6Addr, SocketAddr, ToSocketAddrs};
use std::vec;

/// Each address costs a socket, a candidate and checks against every candidate of the other end.
const MAX_ADDRESSES: usize = 8;

/// Bridges and pairs of containers and virtual machines: they cannot be reached from outside this machine, and every machine that
/// runs the same software has the same addresses there.
const VIRTUAL: [&str; 10] = [
    "docker",
    "br-",
    "veth",
    "virbr",
    "vboxnet",
    "vmnet",
    "cni",
    "flannel",
    "vEthernet (WSL",
    "vEthernet (Default Switch",
];

/// Resolves to one address with port 0 for each usable interface address.
#[derive(Debug, Clone)]
pub(crate) struct HostAddresses {
    pub(crate) loopback: bool,
}

impl ToSocketAddrs for HostAddresses {
    type Iter = vec::IntoIter<SocketAddr>;

    fn to_socket_addrs(&self) -> io::Result<Self::Iter> {
        let interfaces = rtc::shared::ifaces::ifaces().unwrap_or_default();
        let addresses = interfaces.into_iter().filter_map(|i| Some((i.name, i.addr?.ip())));
        let chosen: Vec<SocketAddr> =
            choose(addresses, self.loopback).into_iter().map(|ip| SocketAddr::new(ip, 0)).collect();
        Ok(chosen.into_iter())
    }
}

/// The addresses to offer, of all `(interface, address)` pairs.
fn choose(addresses: impl Iterator<Item = (String, IpAddr)>, loopback: bool) -> Vec<IpAddr> {
    let mut outside = Vec::new();
    let mut inside = Vec::new();
    for (interface, address) in addresses {
        if VIRTUAL.iter().any(|prefix| interface.starts_with(prefix)) {
            continue;
        }
        let list = if address.is_loopback() { &mut inside } else { &mut outside };
        if is_usable(address) && !list.contains(&address) {
            list.push(address);
        }
    }
    // IPv4 first: where the bound bites, it drops temporary IPv6 addresses, of which one interface may have many.
    outside.sort_by_key(IpAddr::is_ipv6);
    outside.truncate(MAX_ADDRESSES);
    if loopback || outside.is_empty() {
        outside.extend(inside);
    }
    outside
}

/// Link-local addresses mean nothing without their scope, which a candidate cannot carry.
fn is_usable(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => !v4.is_link_local() && !v4.is_unspecified() && !v4.is_multicast(),
        IpAddr::V6(v6) => !is_link_local(v6) && !v6.is_unspecified() && !v6.is_multicast(),
    }
}

fn is_link_local(v6: Ipv6Addr) -> bool {
    v6.segments()[0] & 0xffc0 == 0xfe80
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn real_interfaces_are_offered_and_container_bridges_are_not() {
        let machine = [
            ("lo", "127.0.0.1"),
            ("eth0", "192.0.2.2"),
            ("docker0", "172.17.0.1"),
            ("br-0a1b", "172.18.0.1"),
            ("veth12", "172.18.0.2"),
            ("wlan0", "198.51.100.7"),
        ];

        assert_eq!(chosen(&machine, false), ["192.0.2.2", "198.51.100.7"]);
    }

    #[test]
    fn loopback_is_offered_when_there_is_nothing_else_or_when_asked_for() {
        assert_eq!(chosen(&[("lo", "127.0.0.1"), ("lo", "::1")], false), ["127.0.0.1", "::1"]);
        assert_eq!(chosen(&[("lo", "127.0.0.1"), ("eth0", "192.0.2.2")], true), ["192.0.2.2", "127.0.0.1"]);
    }

    #[test]
    fn both_families_are_offered_but_no_link_local_address() {
        let machine = [("eth0", "fe80::1"), ("eth0", "2001:db8::1"), ("eth0", "192.0.2.2"), ("eth1", "169.254.3.4")];

        assert_eq!(chosen(&machine, false), ["192.0.2.2", "2001:db8::1"]);
    }

    #[test]
    fn the_number_of_addresses_is_bounded_and_ipv4_stays() {
        let addresses =
            (0..20).map(|n| ("eth0".to_owned(), IpAddr::V6(Ipv6Addr::new(0x2001, 0xdb8, 0, 0, 0, 0, 0, n))));
        let with_v4 = addresses.chain([("eth0".to_owned(), "192.0.2.2".parse().unwrap())]);

        let chosen = choose(with_v4, false);

        assert_eq!(chosen.len(), MAX_ADDRESSES);
        assert!(chosen[0].is_ipv4());
    }

    fn chosen(machine: &[(&str, &str)], loopback: bool) -> Vec<String> {
        let addresses = machine.iter().map(|(name, ip)| ((*name).to_owned(), ip.parse().unwrap()));
        choose(addresses, loopback).iter().map(ToString::to_string).collect()
    }
}
