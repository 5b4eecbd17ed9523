//! What a datagram is, as far as can be told from outside (RFC 7983 §7).

const STUN_COOKIE: [u8; 4] = [0x21, 0x12, 0xa4, 0x42];
const STUN_HEADER: usize = 20;
const BINDING_REQUEST: u16 = 0x0001;
const BINDING_SUCCESS: u16 = 0x0101;
const USE_CANDIDATE: u16 = 0x0025;

const RECORD_HEADER: usize = 13;
const MESSAGE_HEADER: usize = 12;
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;

/// What pairs an answer with its check (RFC 8489 §5).
pub(crate) type TransactionId = [u8; 12];

/// One datagram.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Datagram {
    /// An ICE check, or a question to a STUN server.
    Request(Check),
    /// The good answer to one.
    Response(TransactionId),
    /// A part of a DTLS handshake.
    Handshake(Handshake),
    /// SRTP or SRTCP.
    Media,
    Other,
}

/// An ICE check.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Check {
    pub(crate) id: TransactionId,
    /// It chooses its pair (RFC 8445 §8.1.1).
    pub(crate) nominates: bool,
}

/// A datagram of DTLS records that belong to a handshake.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Handshake {
    /// Epoch and number of its last record: no two are sent with the same.
    record: u64,
    /// Number and offset of its first message, where that can be read: a repeated message keeps them.
    message: Option<(u16, u32)>,
}

impl Datagram {
    pub(crate) fn of(bytes: &[u8]) -> Self {
        match bytes.first() {
            Some(0..=3) => stun(bytes).unwrap_or(Self::Other),
            Some(&(CHANGE_CIPHER_SPEC | HANDSHAKE)) => Handshake::of(bytes).map_or(Self::Other, Self::Handshake),
            Some(128..=191) => Self::Media,
            _ => Self::Other,
        }
    }
}

impl Handshake {
    fn of(datagram: &[u8]) -> Option<Self> {
        let (mut record, mut message, mut rest) = (0, None, datagram);
        while rest.len() >= RECORD_HEADER {
            let (header, behind) = rest.split_at(RECORD_HEADER);
            let body = behind.get(..usize::from(u16::from_be_bytes([header[11], header[12]])))?;
            record = u64::from_be_bytes(header[3..11].try_into().ok()?);
            let is_clear = header[0] == HANDSHAKE && record >> 48 == 0;
            if is_clear && message.is_none() && body.len() >= MESSAGE_HEADER {
                let offset = u32::from_be_bytes([0, body[6], body[7], body[8]]);
                message = Some((u16::from_be_bytes([body[4], body[5]]), offset));
            }
            rest = &behind[body.len()..];
        }
        (rest.len() < datagram.len()).then_some(Self { record, message })
    }

    /// Whether both carry the same messages.
    pub(crate) fn says_the_same(self, other: Self) -> bool {
        self.message == other.message
    }

    /// Whether it is sent later than `heard`, with messages that `heard` had already: the other end begins again.
    pub(crate) fn repeats(self, heard: Self) -> bool {
        self.record > heard.record && self.message.is_some() && self.message <= heard.message
    }

    /// Whether it goes on where `heard` ended.
    pub(crate) fn follows(self, heard: Self) -> bool {
        self.record > heard.record && (self.message.is_none() || self.message > heard.message)
    }

    /// All that has been seen with both.
    pub(crate) fn with(self, other: Self) -> Self {
        Self { record: self.record.max(other.record), message: self.message.max(other.message) }
    }
}

fn stun(bytes: &[u8]) -> Option<Datagram> {
    let (header, attributes) = bytes.split_at_checked(STUN_HEADER)?;
    let id = header[8..].try_into().ok()?;
    match (u16::from_be_bytes([header[0], header[1]]), header[4..8] == STUN_COOKIE) {
        (BINDING_REQUEST, true) => Some(Datagram::Request(Check { id, nominates: has(USE_CANDIDATE, attributes) })),
        (BINDING_SUCCESS, true) => Some(Datagram::Response(id)),
        _ => None,
    }
}

fn has(wanted: u16, mut attributes: &[u8]) -> bool {
    while let Some((header, behind)) = attributes.split_at_checked(4) {
        if u16::from_be_bytes([header[0], header[1]]) == wanted {
            return true;
        }
        let padded = usize::from(u16::from_be_bytes([header[2], header[3]])).next_multiple_of(4);
        attributes = behind.get(padded..).unwrap_or_default();
    }
    false
}

#[cfg(test)]
pub(crate) mod samples {
    //! Datagrams for tests.

    use super::{BINDING_REQUEST, BINDING_SUCCESS, CHANGE_CIPHER_SPEC, HANDSHAKE, STUN_COOKIE, USE_CANDIDATE};

    pub(crate) fn check(id: u8, nominates: bool) -> Vec<u8> {
        // A username first, whose length is no multiple of four.
        let mut attributes = vec![0x00, 0x06, 0x00, 0x05, b'a', b':', b'b', b'c', b'd', 0, 0, 0];
        if nominates {
            attributes.extend(USE_CANDIDATE.to_be_bytes());
            attributes.extend([0, 0]);
        }
        stun(BINDING_REQUEST, id, &attributes)
    }

    pub(crate) fn answer(id: u8) -> Vec<u8> {
        stun(BINDING_SUCCESS, id, &[])
    }

    fn stun(kind: u16, id: u8, attributes: &[u8]) -> Vec<u8> {
        let length = (attributes.len() as u16).to_be_bytes();
        [&kind.to_be_bytes()[..], &length, &STUN_COOKIE, &[id; 12], attributes].concat()
    }

    /// A datagram of one record with one message.
    pub(crate) fn message(record: u64, message: u16) -> Vec<u8> {
        let number = message.to_be_bytes();
        let body = [1, 0, 0, 2, number[0], number[1], 0, 0, 0, 0, 0, 2, 7, 7];
        records(HANDSHAKE, record, &body)
    }

    /// The end of a handshake: nothing of it can be read.
    pub(crate) fn finished(record: u64) -> Vec<u8> {
        [records(CHANGE_CIPHER_SPEC, record, &[1]), records(HANDSHAKE, (1 << 48) | record, &[9; 40])].concat()
    }

    fn records(kind: u8, record: u64, body: &[u8]) -> Vec<u8> {
        let length = (body.len() as u16).to_be_bytes();
        [&[kind, 0xfe, 0xfd][..], &record.to_be_bytes(), &length, body].concat()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn checks_answers_handshakes_and_media_are_told_apart() {
        assert_eq!(Datagram::of(&samples::check(7, true)), Datagram::Request(Check { id: [7; 12], nominates: true }));
        assert_eq!(Datagram::of(&samples::check(8, false)), Datagram::Request(Check { id: [8; 12], nominates: false }));
        assert_eq!(Datagram::of(&samples::answer(9)), Datagram::Response([9; 12]));
        assert_eq!(
            Datagram::of(&samples::message(3, 1)),
            Datagram::Handshake(Handshake { record: 3, message: Some((1, 0)) })
        );
        assert_eq!(
            Datagram::of(&samples::finished(4)),
            Datagram::Handshake(Handshake { record: (1 << 48) | 4, message: None })
        );
        assert_eq!(Datagram::of(&[0x80, 111, 0, 1]), Datagram::Media);
    }

    #[test]
    fn what_is_cut_short_or_foreign_is_nothing() {
        for whole in [samples::check(1, true), samples::message(1, 0), samples::finished(2)] {
            for length in 0..whole.len() {
                // No panic; and what lacks its end is not believed.
                let cut = Datagram::of(&whole[..length]);
                assert!(!matches!(cut, Datagram::Handshake(part) if part.record >> 48 == 1), "{length}: {cut:?}");
            }
        }
        assert_eq!(Datagram::of(&[]), Datagram::Other);
        assert_eq!(Datagram::of(&[0; 20]), Datagram::Other, "without the cookie it is not STUN");
    }

    #[test]
    fn a_repeat_is_told_from_a_copy_and_from_what_follows() {
        let part = |record, number: u16| Handshake { record, message: Some((number, 0)) };
        let heard = part(5, 2);

        assert!(part(6, 2).repeats(heard) && !part(6, 2).follows(heard));
        assert!(part(6, 3).follows(heard) && !part(6, 3).repeats(heard));
        assert!(!part(5, 2).follows(heard) && !part(5, 2).repeats(heard));
        assert!(Handshake { record: 1 << 48, message: None }.follows(heard));
    }
}
