//! Where the server is, as its answers say it.

use std::net::SocketAddr;

use str0m::Candidate;
use str0m::net::TcpType;

use crate::Addresses;

/// Participants try the first address by UDP first (RFC 8445 §5.1.2), and connections last.
const UDP_PRIORITY: u32 = 2_113_937_151;
const TCP_PRIORITY: u32 = 1_073_741_823;

pub(crate) fn udp(address: SocketAddr) -> Option<Candidate> {
    Candidate::host(address, "udp").ok()
}

/// The server waits for connections, and opens none (RFC 6544 §4.5).
pub(crate) fn tcp(address: SocketAddr) -> Option<Candidate> {
    Candidate::builder().tcp().host(address).tcptype(TcpType::Passive).build().ok()
}

/// An answer with all candidates: the library takes one for each wire, as its sockets are one, and would say them in an order of its own.
pub(crate) fn with_all(sdp: &str, addresses: &Addresses) -> String {
    let mut text = String::with_capacity(sdp.len());
    let mut is_said = false;
    for line in sdp.lines() {
        is_said &= !line.starts_with("m=");
        if !line.starts_with("a=candidate:") {
            text.push_str(line);
            text.push_str("\r\n");
        } else if !std::mem::replace(&mut is_said, true) {
            lines(addresses).for_each(|line| text.push_str(&line));
        }
    }
    text
}

fn lines(addresses: &Addresses) -> impl Iterator<Item = String> {
    let line = |name: &str, number: u32, address: &SocketAddr, priority: u32, more: &str| {
        let (ip, port, priority) = (address.ip(), address.port(), priority - number);
        format!("a=candidate:{name}{number} 1 {name} {priority} {ip} {port} typ host{more}\r\n")
    };
    let udp = addresses.udp.iter().zip(0..);
    let tcp = addresses.tcp.iter().zip(0..);
    udp.map(move |(address, number)| line("udp", number, address, UDP_PRIORITY, ""))
        .chain(tcp.map(move |(address, number)| line("tcp", number, address, TCP_PRIORITY, " tcptype passive")))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_names_every_address_once_in_each_section_that_has_candidates() {
        let addresses = Addresses {
            udp: vec!["192.0.2.1:4748".parse().unwrap(), "[2001:db8::1]:4748".parse().unwrap()],
            tcp: vec!["192.0.2.1:4750".parse().unwrap()],
        };
        let section = "m=audio\r\na=candidate:1 1 udp 1 192.0.2.1 4748 typ host\r\na=candidate:2 1 tcp 1 192.0.2.1 4750 typ host\r\n";

        let answer = with_all(&format!("v=0\r\n{section}a=x\r\n{section}m=video\r\n"), &addresses);

        let of_section = [
            "m=audio",
            "a=candidate:udp0 1 udp 2113937151 192.0.2.1 4748 typ host",
            "a=candidate:udp1 1 udp 2113937150 2001:db8::1 4748 typ host",
            "a=candidate:tcp0 1 tcp 1073741823 192.0.2.1 4750 typ host tcptype passive",
        ];
        let wanted: Vec<&str> =
            ["v=0"].into_iter().chain(of_section).chain(["a=x"]).chain(of_section).chain(["m=video"]).collect();
        assert_eq!(answer.lines().collect::<Vec<_>>(), wanted);
    }
}
