//! STUN Binding (RFC 8489): tells clients from which address they ask. Nothing else of STUN is here.
//!
//! To a bare request, the shortest that is heard, the answer is 1.6 times as long over IPv4 and 2.2 times over IPv6, whose
//! addresses are longer than a request may be padded for; with the headers of UDP and IP that is 1.25 and 1.36 times on the wire.
//! Nothing that is not a plain Binding request is answered at all: as an amplifier it is worthless.

use std::{
    net::{IpAddr, SocketAddr},
    sync::atomic::Ordering::Relaxed,
};

use tokio::net::UdpSocket;

use crate::doors::SharedState;

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: u32 = 0x2112_A442;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const XOR_MAPPED_ADDRESS: u16 = 0x0020;
/// A Binding request of ours is a bare header; those of others may carry SOFTWARE and the like.
const MAX_REQUEST_BYTES: usize = 576;
/// The longest answer: a header, and an IPv6 address.
const MAX_ANSWER_BYTES: usize = HEADER_BYTES + 24;

/// Answers until the server stops.
pub(crate) async fn answer(socket: UdpSocket, server: SharedState) {
    let mut stops = server.lifecycle.stops.clone();
    // One byte more than is heard, so that what is too long shows.
    let mut request = [0; MAX_REQUEST_BYTES + 1];
    loop {
        let received = tokio::select! {
            received = socket.recv_from(&mut request) => received,
            () = stops.wait() => return,
        };
        // Errors here are those of earlier sends (port unreachable), and not about this socket.
        let Ok((length, from)) = received else { continue };
        match binding_answer(&request[..length], from) {
            Some(_) if server.limits.check_stun(from.ip()).is_err() => {
                server.metrics.stun_limited.fetch_add(1, Relaxed);
            }
            Some(answer) => {
                socket.try_send_to(&answer, from).ok();
                server.metrics.stun_answered.fetch_add(1, Relaxed);
            }
            None => {
                server.metrics.stun_ignored.fetch_add(1, Relaxed);
            }
        }
    }
}

/// The answer to a datagram; `None` if it is no Binding request.
fn binding_answer(request: &[u8], from: SocketAddr) -> Option<Vec<u8>> {
    let header: &[u8; HEADER_BYTES] = request.first_chunk()?;
    let [t0, t1, l0, l1, c0, c1, c2, c3, ..] = *header;
    let is_binding = u16::from_be_bytes([t0, t1]) == BINDING_REQUEST;
    let is_stun = u32::from_be_bytes([c0, c1, c2, c3]) == MAGIC_COOKIE;
    let body = usize::from(u16::from_be_bytes([l0, l1]));
    let fits = body % 4 == 0 && request.len() == HEADER_BYTES + body && request.len() <= MAX_REQUEST_BYTES;
    if !(is_binding && is_stun && fits) {
        return None;
    }

    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
    let value = xor_mapped_address(from, &header[4..]);
    let mut answer = Vec::with_capacity(MAX_ANSWER_BYTES);
    answer.extend(BINDING_SUCCESS.to_be_bytes());
    answer.extend(two_bytes(value.len() + 4));
    answer.extend(&header[4..]);
    answer.extend(XOR_MAPPED_ADDRESS.to_be_bytes());
    answer.extend(two_bytes(value.len()));
    answer.extend(value);
    Some(answer)
}

/// RFC 8489, section 14.2: the address and port, mixed with the cookie and transaction id so that no middlebox rewrites them.
fn xor_mapped_address(from: SocketAddr, cookie_and_id: &[u8]) -> Vec<u8> {
    let (family, address) = match from.ip() {
        IpAddr::V4(v4) => (1, v4.octets().to_vec()),
        IpAddr::V6(v6) => (2, v6.octets().to_vec()),
    };
    let mix = |bytes: Vec<u8>| bytes.into_iter().zip(cookie_and_id).map(|(byte, key)| byte ^ key);
    let mut value = vec![0, family];
    value.extend(mix(from.port().to_be_bytes().to_vec()));
    value.extend(mix(address));
    value
}

fn two_bytes(length: usize) -> [u8; 2] {
    u16::try_from(length).expect("an answer has at most 44 bytes").to_be_bytes()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// A bare Binding request with the transaction id of RFC 5769.
    const REQUEST: [u8; 20] = [
        0x00, 0x01, 0x00, 0x00, 0x21, 0x12, 0xa4, 0x42, 0xb7, 0xe7, 0xa7, 0x01, 0xbc, 0x34, 0xd6, 0x86, 0xfa, 0x87,
        0xdf, 0xae,
    ];

    #[test]
    fn an_ipv4_address_is_told_as_in_rfc_5769_section_2_2() {
        let answer = binding_answer(&REQUEST, "192.0.2.1:32853".parse().unwrap()).unwrap();

        assert_eq!(answer[..4], [0x01, 0x01, 0x00, 0x0c]);
        assert_eq!(answer[4..20], REQUEST[4..20]);
        assert_eq!(answer[20..], [0x00, 0x20, 0x00, 0x08, 0x00, 0x01, 0xa1, 0x47, 0xe1, 0x12, 0xa6, 0x43]);
    }

    #[test]
    fn an_ipv6_address_is_told_as_in_rfc_5769_section_2_3() {
        let from = "[2001:db8:1234:5678:11:2233:4455:6677]:32853".parse().unwrap();

        let answer = binding_answer(&REQUEST, from).unwrap();

        let expected = [
            0x00, 0x20, 0x00, 0x14, 0x00, 0x02, 0xa1, 0x47, 0x01, 0x13, 0xa9, 0xfa, 0xa5, 0xd3, 0xf1, 0x79, 0xbc, 0x25,
            0xf4, 0xb5, 0xbe, 0xd2, 0xb9, 0xd9,
        ];
        assert_eq!(answer[20..], expected);
    }

    #[test]
    fn a_mapped_address_is_told_as_the_ipv4_address_that_it_is() {
        let answer = binding_answer(&REQUEST, "[::ffff:192.0.2.1]:32853".parse().unwrap()).unwrap();
        assert_eq!(answer.len(), 32);
    }

    #[test]
    fn whatever_is_not_a_plain_binding_request_is_ignored() {
        let from = "192.0.2.1:32853".parse().unwrap();
        let changed = |at: usize, to: u8| {
            let mut bytes = REQUEST;
            bytes[at] = to;
            bytes
        };
        for (bytes, why) in [
            (changed(0, 0x01), "an answer"),
            (changed(1, 0x03), "an allocation"),
            (changed(3, 0x04), "a length that is not there"),
            (changed(3, 0x01), "a length that is no multiple of four"),
            (changed(4, 0x00), "another cookie"),
        ] {
            assert_eq!(binding_answer(&bytes, from), None, "{why}");
        }
        assert_eq!(binding_answer(&REQUEST[..19], from), None, "a part of a header");
    }

    proptest! {
        #[test]
        fn no_datagram_is_too_strange(bytes in proptest::collection::vec(any::<u8>(), 0..700)) {
            binding_answer(&bytes, "192.0.2.1:1".parse().unwrap());
        }

        #[test]
        fn an_answer_is_at_most_1_6_times_its_request_over_ipv4_and_2_2_times_over_ipv6(attributes in 0usize..100) {
            let mut request = REQUEST.to_vec();
            request.resize(20 + attributes * 4, 0);
            request[2..4].copy_from_slice(&two_bytes(attributes * 4));

            // In tenths of the request; and in hundredths of the packet, with the headers of UDP and IP.
            for (from, tenths, headers, hundredths) in [("192.0.2.1:1", 16, 28, 125), ("[2001:db8::1]:1", 22, 48, 136)] {
                let answer = binding_answer(&request, from.parse().unwrap()).unwrap();

                prop_assert!(answer.len() * 10 <= request.len() * tenths, "{from}");
                prop_assert!((answer.len() + headers) * 100 <= (request.len() + headers) * hundredths, "{from}");
            }
        }
    }
}
