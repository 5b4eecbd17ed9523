//! Packets that carry earlier frames beside their own (RFC 2198), so that what is lost comes with the next one.

use std::collections::VecDeque;

use bytes::{BufMut, Bytes, BytesMut};

/// The most earlier frames in one packet: after three losses in a row speech has a hole anyway.
pub(crate) const MAX_EARLIER: usize = 2;

/// Older frames than this, in ticks, are not repeated: 60 ms. They were said before a pause, and a listener who still lacks one would take
/// it for a packet that came as late as the pause was long, and wait for such ones from then on.
const MAX_AGE: u32 = 2_880;

/// What the header of an earlier frame can say in 10 bits.
const MAX_LENGTH: usize = (1 << 10) - 1;

/// Before an earlier frame's header, and not before the last one's.
const MORE_FOLLOWS: u8 = 0x80;
const EARLIER_HEADER: usize = 4;

/// More frames than this no sender has a reason for.
const MAX_FRAMES: usize = 8;

/// One frame of a packet, and when it was sent first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Part {
    /// How many packets before this one it was sent first.
    pub(crate) packets_ago: u16,
    /// How much earlier it began, in ticks.
    pub(crate) ticks_ago: u32,
    pub(crate) payload: Bytes,
}

/// The sender's half: remembers what went out last.
#[derive(Debug, Default)]
pub(crate) struct Repeater {
    /// How many earlier frames a packet is to carry.
    pub(crate) earlier: usize,
    sent: VecDeque<(u32, Bytes)>,
}

impl Repeater {
    /// The payload that carries this frame and earlier ones; `None` if there are none to carry.
    pub(crate) fn add(&mut self, timestamp: u32, payload: &Bytes, opus: u8) -> Option<Bytes> {
        let fits = |(sent_at, payload): &&(u32, Bytes)| {
            timestamp.wrapping_sub(*sent_at) <= MAX_AGE && payload.len() <= MAX_LENGTH
        };
        // Without a gap among them: the listener counts back from the packet's own number.
        let earlier: Vec<_> = self.sent.iter().rev().take(self.earlier).take_while(fits).cloned().collect();
        self.sent.push_back((timestamp, payload.clone()));
        if self.sent.len() > MAX_EARLIER {
            self.sent.pop_front();
        }
        (!earlier.is_empty()).then(|| join(timestamp, &earlier, payload, opus))
    }
}

/// `earlier` has the latest first; on the wire it comes last.
fn join(timestamp: u32, earlier: &[(u32, Bytes)], payload: &Bytes, opus: u8) -> Bytes {
    let mut joined = BytesMut::new();
    for (sent_at, payload) in earlier.iter().rev() {
        joined.put_u8(MORE_FOLLOWS | opus);
        let offset = timestamp.wrapping_sub(*sent_at);
        joined.put_slice(&((offset << 10) | payload.len() as u32).to_be_bytes()[1..]);
    }
    joined.put_u8(opus);
    earlier.iter().rev().for_each(|(_, payload)| joined.put_slice(payload));
    joined.put_slice(payload);
    joined.freeze()
}

/// The frames of a packet, the earliest first and its own last; `None` if it is not well-formed or not all Opus.
pub(crate) fn split(mut packet: Bytes, opus: u8) -> Option<Vec<Part>> {
    let mut earlier = Vec::new();
    while packet.first()? & MORE_FOLLOWS != 0 {
        if packet.len() < EARLIER_HEADER || earlier.len() == MAX_FRAMES {
            return None;
        }
        let header = packet.split_to(EARLIER_HEADER);
        let says = u32::from_be_bytes([0, header[1], header[2], header[3]]);
        earlier.push((header[0] & !MORE_FOLLOWS, says >> 10, (says & 0x3ff) as usize));
    }
    let own = packet.split_to(1)[0];
    if own != opus || earlier.iter().any(|(payload_type, ..)| *payload_type != opus) {
        return None;
    }
    let mut frames = Vec::with_capacity(earlier.len() + 1);
    for (n, (_, ticks_ago, length)) in earlier.iter().enumerate() {
        if *length > packet.len() {
            return None;
        }
        let packets_ago = (earlier.len() - n) as u16;
        frames.push(Part { packets_ago, ticks_ago: *ticks_ago, payload: packet.split_to(*length) });
    }
    frames.push(Part { packets_ago: 0, ticks_ago: 0, payload: packet });
    Some(frames)
}

/// The listener's half: which of the latest packets have come, so that nothing is told twice.
#[derive(Debug, Default)]
pub(crate) struct SeenSequences {
    newest: u16,
    /// Bit `n` is `newest - n`.
    known: u64,
}

impl SeenSequences {
    /// Remembers a sequence number; says whether it is new. What is too old to be known counts as seen.
    pub(crate) fn is_new(&mut self, sequence: u16) -> bool {
        let ahead = sequence.wrapping_sub(self.newest).cast_signed();
        if self.known == 0 || ahead > 0 {
            self.known = self.known.checked_shl(u32::from(ahead.unsigned_abs())).unwrap_or(0) | 1;
            self.newest = sequence;
            return true;
        }
        let bit = 1_u64.checked_shl(u32::from(ahead.unsigned_abs())).unwrap_or(0);
        let is_new = bit != 0 && self.known & bit == 0;
        self.known |= bit;
        is_new
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const OPUS: u8 = 111;

    #[test]
    fn a_packet_carries_as_many_earlier_frames_as_asked_for() {
        let mut repeater = Repeater::default();
        assert_eq!(repeater.add(0, &payload("a"), OPUS), None, "none are asked for");

        repeater.earlier = 2;
        let second = repeater.add(960, &payload("bb"), OPUS).unwrap();
        let third = repeater.add(1920, &payload("ccc"), OPUS).unwrap();

        assert_eq!(split(second, OPUS).unwrap(), [frame(1, 960, "a"), frame(0, 0, "bb")]);
        assert_eq!(split(third, OPUS).unwrap(), [frame(2, 1920, "a"), frame(1, 960, "bb"), frame(0, 0, "ccc")]);
    }

    #[test]
    fn what_was_said_before_a_pause_is_not_carried_over_it() {
        let mut repeater = Repeater { earlier: 1, ..Repeater::default() };
        repeater.add(0, &payload("a"), OPUS);

        assert_eq!(repeater.add(48_000, &payload("b"), OPUS), None);
        assert!(repeater.add(48_960, &payload("c"), OPUS).is_some());
    }

    #[test]
    fn it_is_written_as_the_rfc_says() {
        let mut repeater = Repeater { earlier: 1, ..Repeater::default() };
        repeater.add(u32::MAX - 959, &payload("ab"), OPUS);

        let packet = repeater.add(0, &payload("c"), OPUS).unwrap();

        assert_eq!(packet[..], [0x80 | 111, 0x0f, 0x00, 0x02, 111, b'a', b'b', b'c']);
    }

    #[test]
    fn a_packet_of_another_codec_or_without_its_end_is_none() {
        let packet = Bytes::from_static(&[0x80 | 111, 0x0f, 0x00, 0x02, 111, b'a', b'b', b'c']);

        assert!(split(packet.clone(), 96).is_none());
        for length in 0..7 {
            assert!(split(packet.slice(..length), OPUS).is_none(), "{length}");
        }
        assert_eq!(split(packet, OPUS).unwrap().len(), 2);
    }

    #[test]
    fn a_frame_that_came_already_is_known_also_where_numbers_wrap() {
        let mut seen = SeenSequences::default();

        let new: Vec<bool> = [65_534, 0, 65_535, 65_534, 0, 1, 65_535, 100, 1].map(|n| seen.is_new(n)).into();

        assert_eq!(new, [true, true, true, false, false, true, false, true, false]);
    }

    proptest! {
        #[test]
        fn no_packet_makes_it_panic(packet in proptest::collection::vec(any::<u8>(), 0..64)) {
            if let Some(frames) = split(Bytes::from(packet.clone()), OPUS) {
                prop_assert!(frames.iter().map(|frame| frame.payload.len()).sum::<usize>() < packet.len());
            }
        }
    }

    fn payload(text: &'static str) -> Bytes {
        Bytes::from_static(text.as_bytes())
    }

    fn frame(packets_ago: u16, ticks_ago: u32, text: &'static str) -> Part {
        Part { packets_ago, ticks_ago, payload: payload(text) }
    }
}
