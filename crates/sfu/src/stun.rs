//! Whom a STUN Binding request is for (RFC 8445 §7.1.1): the only thing that is read before a participant's own connection checks it.

const HEADER_BYTES: usize = 20;
const MAGIC_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const BINDING_REQUEST: [u8; 2] = [0x00, 0x01];
const USERNAME: u16 = 0x0006;

/// Whether a datagram is STUN at all (RFC 7983 §7).
pub(crate) fn is_stun(datagram: &[u8]) -> bool {
    datagram.first().is_some_and(|first| *first < 4) && datagram.get(4..8) == Some(&MAGIC_COOKIE)
}

/// The server's half of the user name in a Binding request.
pub fn user_fragment(datagram: &[u8]) -> Option<&str> {
    if !is_stun(datagram) || datagram.get(..2) != Some(&BINDING_REQUEST) {
        return None;
    }
    let mut rest = datagram.get(HEADER_BYTES..)?;
    while let [t0, t1, l0, l1, after @ ..] = rest {
        let length = usize::from(u16::from_be_bytes([*l0, *l1]));
        let value = after.get(..length)?;
        if u16::from_be_bytes([*t0, *t1]) == USERNAME {
            let name = std::str::from_utf8(value).ok()?;
            return name.split_once(':').map(|(ours, _)| ours);
        }
        rest = after.get(length.next_multiple_of(4)..)?;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_servers_half_of_the_name_is_found_behind_other_attributes() {
        let request = request(&[(0x8022, b"agent"), (USERNAME, b"ours:theirs")]);

        assert_eq!(user_fragment(&request), Some("ours"));
    }

    #[test]
    fn whatever_is_no_request_with_a_name_is_for_nobody() {
        let good = request(&[(USERNAME, b"ours:theirs")]);
        let mut answer = good.clone();
        answer[0] = 1;

        for datagram in [&[][..], &good[..19], &good[..30], &answer, &request(&[]), &request(&[(USERNAME, b"ours")])] {
            assert_eq!(user_fragment(datagram), None, "{datagram:?}");
        }
    }

    fn request(attributes: &[(u16, &[u8])]) -> Vec<u8> {
        let mut bytes = [&BINDING_REQUEST[..], &[0, 0], &MAGIC_COOKIE, &[7; 12]].concat();
        for (kind, value) in attributes {
            bytes.extend(kind.to_be_bytes());
            bytes.extend(u16::try_from(value.len()).unwrap().to_be_bytes());
            bytes.extend(*value);
            bytes.resize(bytes.len().next_multiple_of(4), 0);
        }
        bytes
    }
}
