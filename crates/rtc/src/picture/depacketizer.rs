//! From the payloads of a picture's packets to one access unit with start codes (Annex B).

use bytes::{BufMut, Bytes, BytesMut};

const START_CODE: &[u8] = &[0, 0, 0, 1];

/// Types of NAL units (H.264 table 7-1), and of what RFC 6184 makes of them.
const SEQUENCE_PARAMETERS: u8 = 7;
const AGGREGATE: u8 = 24;
const FRAGMENT: u8 = 28;

/// In a fragment's header.
const FIRST: u8 = 0x80;
const LAST: u8 = 0x40;

/// Whether a decoder can begin with the picture that this packet belongs to.
pub(crate) fn has_parameters(payload: &[u8]) -> bool {
    match kind(payload) {
        Some(SEQUENCE_PARAMETERS) => true,
        Some(AGGREGATE) => aggregated(payload).any(|unit| unit.and_then(kind) == Some(SEQUENCE_PARAMETERS)),
        _ => false,
    }
}

/// The access unit that these payloads carry, in their order; `None` if they are not well-formed.
pub(super) fn join<'a>(payloads: impl Iterator<Item = &'a Bytes>) -> Option<Bytes> {
    let mut joined = BytesMut::new();
    let mut is_fragmented = false;
    for payload in payloads {
        match kind(payload)? {
            FRAGMENT => is_fragmented = join_fragment(&mut joined, payload, is_fragmented)?,
            // Another unit before the last fragment of one.
            _ if is_fragmented => return None,
            AGGREGATE => {
                for unit in aggregated(payload) {
                    add_unit(&mut joined, unit?);
                }
            }
            1..=23 => add_unit(&mut joined, payload),
            _ => return None,
        }
    }
    (!is_fragmented && !joined.is_empty()).then(|| joined.freeze())
}

fn add_unit(joined: &mut BytesMut, unit: &[u8]) {
    joined.put_slice(START_CODE);
    joined.put_slice(unit);
}

/// Says whether more of the unit follows.
fn join_fragment(joined: &mut BytesMut, payload: &[u8], is_begun: bool) -> Option<bool> {
    let (indicator, header) = (*payload.first()?, *payload.get(1)?);
    if is_begun == (header & FIRST != 0) {
        return None;
    }
    if !is_begun {
        add_unit(joined, &[indicator & 0xe0 | header & 0x1f]);
    }
    joined.put_slice(&payload[2..]);
    Some(header & LAST == 0)
}

/// The units of an aggregate; `None` for the rest that is none.
fn aggregated(payload: &[u8]) -> impl Iterator<Item = Option<&[u8]>> {
    let mut rest = payload.get(1..).unwrap_or_default();
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let split = rest.split_first_chunk::<2>().and_then(|(length, after)| {
            let length = usize::from(u16::from_be_bytes(*length));
            after.split_at_checked(length).filter(|_| length > 0)
        });
        rest = split.map_or(&[][..], |(_, after)| after);
        Some(split.map(|(unit, _)| unit))
    })
}

fn kind(payload: &[u8]) -> Option<u8> {
    payload.first().map(|header| header & 0x1f)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use rtc::rtp::codec::h264::H264Payloader;
    use rtc::rtp::packetizer::Payloader as _;

    use super::*;

    #[test]
    fn what_the_payloader_takes_apart_is_joined_again() {
        let mut unit = BytesMut::new();
        for (header, length) in [(0x67, 12), (0x68, 4), (0x65, 5000)] {
            let body: Vec<u8> = (0..length).map(|byte| (byte % 250 + 2) as u8).collect();
            add_unit(&mut unit, &[&[header], body.as_slice()].concat());
        }
        let unit = unit.freeze();

        let payloads = H264Payloader::default().payload(1000, &unit).expect("taken apart");

        assert_eq!(payloads.len(), 7, "one of parameters and six fragments");
        assert!(has_parameters(&payloads[0]) && !has_parameters(&payloads[1]));
        assert_eq!(join(payloads.iter()), Some(unit));
        for missing in 1..payloads.len() {
            let rest = payloads.iter().enumerate().filter(|(at, _)| *at != missing).map(|(_, payload)| payload);
            let joined = join(rest);
            assert!(missing == 1 || missing == 6 || joined.is_some(), "a hole inside is seen by its number only");
            assert!((2..6).contains(&missing) || joined.is_none(), "{missing}");
        }
    }

    #[test]
    fn what_is_not_well_formed_is_no_unit() {
        let refused: [&[&[u8]]; 8] = [
            &[],
            &[&[]],
            &[&[24, 0]],
            &[&[24, 0, 9, 1]],
            &[&[28]],
            &[&[28, 0x05, 1]],
            &[&[28, 0x85, 1], &[0x61, 2]],
            &[&[29, 0x85, 1]],
        ];
        for payloads in refused {
            let payloads: Vec<Bytes> = payloads.iter().map(|payload| Bytes::copy_from_slice(payload)).collect();
            assert_eq!(join(payloads.iter()), None, "{payloads:?}");
        }
    }

    proptest! {
        #[test]
        fn whatever_comes_in_joining_it_ends(payloads: Vec<Vec<u8>>) {
            let payloads: Vec<Bytes> = payloads.into_iter().map(Bytes::from).collect();
            let beginnings = payloads.iter().filter(|payload| has_parameters(payload)).count();
            prop_assert!(beginnings <= payloads.len());
            join(payloads.iter());
        }
    }
}
