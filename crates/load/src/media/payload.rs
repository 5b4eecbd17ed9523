//! Payloads: as much of Opus and H.264 as a forwarder looks at, and at their end when they were sent.

/// What a payload of ours ends with, before the time.
const MARK: [u8; 4] = *b"crln";
const STAMP_BYTES: usize = MARK.len() + 8;

/// Opus of one channel, 20 ms in one frame (RFC 6716 §3.1).
const OPUS_TOC: u8 = 0x78;

/// What one packet of a picture holds at most.
pub(crate) const MOST_BYTES: usize = 1_100;

const SLICE: u8 = 1;
const KEY_SLICE: u8 = 5;
const SINGLE_TIME_AGGREGATE: u8 = 24;
const FRAGMENT: u8 = 28;
const IMPORTANCE: u8 = 0x60;

/// Parameters of a stream of 1280 × 720, constrained baseline.
const SEQUENCE_PARAMETERS: [u8; 9] = [0x67, 0x42, 0xe0, 0x1f, 0x8c, 0x68, 0x05, 0x00, 0x5b];
const PICTURE_PARAMETERS: [u8; 4] = [0x68, 0xce, 0x3c, 0x80];
/// Supplemental information, which decoders skip.
const SUPPLEMENT: u8 = 0x06;

/// A packet of sound, so long, sent at this moment.
pub(crate) fn sound(bytes: usize, sent_us: u64) -> Vec<u8> {
    let mut payload = vec![OPUS_TOC];
    payload.resize(bytes.saturating_sub(STAMP_BYTES).max(1), 0x5a);
    stamp(payload, sent_us)
}

/// The packets of a picture of so many bytes (RFC 6184). A key picture has its parameters before it.
pub(crate) fn picture(bytes: usize, is_key: bool, sent_us: u64) -> Vec<Vec<u8>> {
    let mut packets = Vec::with_capacity(bytes / MOST_BYTES + 2);
    if is_key {
        packets.push(parameters(sent_us));
    }
    let kind = if is_key { KEY_SLICE } else { SLICE };
    let count = bytes.div_ceil(MOST_BYTES).max(1);
    if count == 1 {
        packets.push(slice(vec![IMPORTANCE | kind], bytes, sent_us));
        return packets;
    }
    for number in 0..count {
        let begins = if number == 0 { 0x80 } else { 0 };
        let ends = if number + 1 == count { 0x40 } else { 0 };
        let left = bytes - number * MOST_BYTES;
        packets.push(slice(vec![IMPORTANCE | FRAGMENT, begins | ends | kind], left.min(MOST_BYTES), sent_us));
    }
    packets
}

/// When a payload was sent; `None`: it is none of ours.
pub(crate) fn sent_us(payload: &[u8]) -> Option<u64> {
    let (rest, time) = payload.split_last_chunk::<8>()?;
    rest.ends_with(&MARK).then(|| u64::from_be_bytes(*time))
}

fn slice(mut payload: Vec<u8>, bytes: usize, sent_us: u64) -> Vec<u8> {
    payload.resize(bytes.saturating_sub(STAMP_BYTES).max(payload.len() + 1), 0x5a);
    stamp(payload, sent_us)
}

/// The time stands in a unit of its own, so that all of the aggregate can be read.
fn parameters(sent_us: u64) -> Vec<u8> {
    let mut payload = vec![IMPORTANCE | SINGLE_TIME_AGGREGATE];
    for unit in [&SEQUENCE_PARAMETERS[..], &PICTURE_PARAMETERS] {
        payload.extend(u16::try_from(unit.len()).unwrap_or(0).to_be_bytes());
        payload.extend(unit);
    }
    payload.extend(u16::try_from(1 + STAMP_BYTES).unwrap_or(0).to_be_bytes());
    payload.push(SUPPLEMENT);
    stamp(payload, sent_us)
}

fn stamp(mut payload: Vec<u8>, sent_us: u64) -> Vec<u8> {
    payload.extend(MARK);
    payload.extend(sent_us.to_be_bytes());
    payload
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_payload_says_when_it_was_sent() {
        let packets =
            [sound(80, 7), sound(1, 7)].into_iter().chain(picture(5_000, true, 7)).chain(picture(90, false, 7));

        for payload in packets {
            assert_eq!(sent_us(&payload), Some(7), "{payload:x?}");
        }
        assert_eq!(sent_us(b"of another program"), None);
        assert_eq!(sent_us(&[]), None);
    }

    #[test]
    fn a_key_picture_begins_with_its_parameters_and_is_divided_into_packets_of_one_size() {
        let packets = picture(2_500, true, 0);

        let kinds: Vec<u8> = packets.iter().map(|payload| payload[0] & 0x1f).collect();
        assert_eq!(kinds, [SINGLE_TIME_AGGREGATE, FRAGMENT, FRAGMENT, FRAGMENT]);
        assert_eq!(packets[0][3] & 0x1f, 7, "parameters of a sequence");
        let headers: Vec<u8> = packets[1..].iter().map(|payload| payload[1]).collect();
        assert_eq!(headers, [0x80 | KEY_SLICE, KEY_SLICE, 0x40 | KEY_SLICE]);
        assert_eq!((packets[1].len(), packets[2].len(), packets[3].len()), (1_100, 1_100, 300));
    }

    #[test]
    fn all_of_an_aggregate_can_be_read() {
        let payload = parameters(0);

        let (mut rest, mut kinds) = (&payload[1..], Vec::new());
        while let [high, low, after @ ..] = rest {
            kinds.push(after[0] & 0x1f);
            rest = &after[usize::from(u16::from_be_bytes([*high, *low]))..];
        }

        assert_eq!(kinds, [7, 8, 6]);
    }
}
