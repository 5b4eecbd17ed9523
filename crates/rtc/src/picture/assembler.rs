//! Puts the packets of a picture track into order and whole pictures together. What comes out decodes: after a loss that was not made good,
//! nothing but the next key frame does.

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use bytes::Bytes;

use super::depacketizer;

/// How long a missing packet is waited for: a round trip of 200 ms and the time to ask again. What is shown later than that stutters.
const PATIENCE: Duration = Duration::from_millis(250);
/// A key frame is large; it is asked for again after this at the earliest.
const ASK_EVERY: Duration = Duration::from_secs(1);
/// What comes first may have been overtaken.
const FIRST_PATIENCE: Duration = Duration::from_millis(50);
/// Packets that wait: more than the largest key frame has.
const MAX_PACKETS: usize = 2048;

/// What came in one packet.
#[derive(Debug)]
struct Piece {
    timestamp: u32,
    marker: bool,
    payload: Bytes,
    arrived_at: Instant,
}

/// One access unit, whole.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Unit {
    /// Of its first packet.
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: Bytes,
    /// When the last of it came.
    pub(crate) arrived_at: Instant,
}

/// Where the other end's pictures are put together.
#[derive(Debug, Default)]
pub(crate) struct Assembler {
    pieces: BTreeMap<u64, Piece>,
    newest: Option<u64>,
    /// The first packet of the next picture. `None`: a key frame is needed.
    next: Option<u64>,
    /// Since when something is missing.
    missing_since: Option<Instant>,
    asked_at: Option<Instant>,
}

impl Assembler {
    /// Takes a packet. Late and doubled ones change nothing.
    pub(crate) fn insert(&mut self, sequence: u16, timestamp: u32, marker: bool, payload: Bytes, now: Instant) {
        let Some(number) = self.unwrap(sequence) else { return };
        if self.next.is_some_and(|next| number < next) {
            return;
        }
        if self.pieces.len() >= MAX_PACKETS {
            self.needs_key_frame();
            self.pieces.clear();
        }
        self.pieces.entry(number).or_insert(Piece { timestamp, marker, payload, arrived_at: now });
    }

    /// The next picture that is whole and decodes.
    pub(crate) fn next_unit(&mut self, now: Instant) -> Option<Unit> {
        loop {
            let first = match self.next {
                Some(next) => next,
                None => self.first_of_key_frame(0).or_else(|| self.wait_for_key_frame(now))?,
            };
            while self.pieces.first_key_value().is_some_and(|(number, _)| *number < first) {
                self.pieces.pop_first();
            }
            self.next = Some(first);
            if let Some(last) = self.last_of(first) {
                self.missing_since = None;
                match self.take(first, last) {
                    Some(unit) => return Some(unit),
                    None => self.needs_key_frame(),
                }
            } else if let Some(key) = self.first_of_key_frame(first + 1).filter(|key| self.last_of(*key).is_some()) {
                // A decoder can begin with this picture, so that the missing packets are not needed.
                self.next = Some(key);
            } else if self.is_given_up(first, now) {
                self.pieces.remove(&first); // it may be the beginning of a key frame that is not whole
                self.needs_key_frame();
            } else {
                return None;
            }
        }
    }

    /// Nothing decodes before the next key frame.
    pub(crate) fn needs_key_frame(&mut self) {
        self.next = None;
        self.missing_since = None;
    }

    /// Since when packets come that are no use without a key frame.
    pub(crate) fn useless_since(&self) -> Option<Instant> {
        self.missing_since.filter(|_| self.next.is_none())
    }

    /// Whether to ask for a key frame now; it counts as asked for then.
    pub(crate) fn asks_for_key_frame(&mut self, now: Instant) -> bool {
        let asks = self.asks_at().is_some_and(|at| at <= now);
        if asks {
            self.asked_at = Some(now);
        }
        asks
    }

    /// When to look again, though no packet comes.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let given_up_at = self.missing_since.map(|since| since + PATIENCE).filter(|_| self.next.is_some());
        given_up_at.into_iter().chain(self.asks_at()).min()
    }

    fn asks_at(&self) -> Option<Instant> {
        let needed_since = self.missing_since.filter(|_| self.next.is_none())?;
        let first = needed_since + FIRST_PATIENCE;
        Some(self.asked_at.map_or(first, |asked_at| first.max(asked_at + ASK_EVERY)))
    }

    /// The packet's number without wrapping; `None` for what is far too late. What is far ahead of all others begins anew.
    fn unwrap(&mut self, sequence: u16) -> Option<u64> {
        let newest = *self.newest.get_or_insert(u64::from(sequence) + (1 << 16));
        let ahead = i64::from(sequence.wrapping_sub(newest as u16).cast_signed());
        let number = newest.checked_add_signed(ahead)?;
        if ahead.unsigned_abs() > MAX_PACKETS as u64 {
            if ahead < 0 {
                return None;
            }
            self.pieces.clear();
            self.needs_key_frame();
        }
        self.newest = Some(newest.max(number));
        Some(number)
    }

    fn wait_for_key_frame(&mut self, now: Instant) -> Option<u64> {
        if !self.pieces.is_empty() {
            self.missing_since.get_or_insert(now);
        }
        None
    }

    /// The first packet of the first picture from there on that a decoder can begin with.
    fn first_of_key_frame(&self, from: u64) -> Option<u64> {
        let is_key = |(_, piece): &(&u64, &Piece)| depacketizer::has_parameters(&piece.payload);
        let (mut first, piece) = self.pieces.range(from..).find(is_key)?;
        for (before, other) in self.pieces.range(from..*first).rev() {
            if before + 1 != *first || other.timestamp != piece.timestamp {
                break;
            }
            first = before;
        }
        Some(*first)
    }

    /// The last packet of the picture that begins there, if all of it is there.
    fn last_of(&self, first: u64) -> Option<u64> {
        let timestamp = self.pieces.get(&first)?.timestamp;
        for (expected, (number, piece)) in (first..).zip(self.pieces.range(first..)) {
            if *number != expected {
                return None;
            }
            if piece.timestamp != timestamp {
                return Some(number - 1);
            }
            if piece.marker {
                return Some(*number);
            }
        }
        None
    }

    fn take(&mut self, first: u64, last: u64) -> Option<Unit> {
        let rest = self.pieces.split_off(&(last + 1));
        let taken = std::mem::replace(&mut self.pieces, rest);
        self.next = Some(last + 1);
        let timestamp = taken.get(&first)?.timestamp;
        let arrived_at = taken.values().map(|piece| piece.arrived_at).max()?;
        let payload = depacketizer::join(taken.values().map(|piece| &piece.payload))?;
        Some(Unit { sequence: first as u16, timestamp, payload, arrived_at })
    }

    /// Whether something is missing that was waited for long enough.
    fn is_given_up(&mut self, first: u64, now: Instant) -> bool {
        let expected = first + self.pieces.len() as u64;
        if self.pieces.last_key_value().is_none_or(|(last, _)| last + 1 == expected) {
            self.missing_since = None; // it has not all come yet
            return false;
        }
        now >= *self.missing_since.get_or_insert(now) + PATIENCE
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const KEY: u8 = 7;
    const DELTA: u8 = 1;

    #[test]
    fn pictures_come_out_whole_and_in_order_however_their_packets_come_in() {
        let mut end = End::new();
        let film = film(5);
        for at in [1, 0, 2, 5, 4, 3, 8, 6, 7, 9, 11, 10, 13, 14, 12] {
            end.insert(&film[at]);
        }

        assert_eq!(end.told, [0, 1, 2, 3, 4]);
        assert!(!end.assembler.asks_for_key_frame(end.now));
    }

    #[test]
    fn a_missing_packet_is_waited_for_and_comes_in_time() {
        let mut end = End::new();
        let film = film(4);
        film.iter().enumerate().filter(|(at, _)| *at != 4).for_each(|(_, packet)| end.insert(packet));
        assert_eq!(end.told, [0]);

        end.pass(PATIENCE - Duration::from_millis(1));
        end.insert(&film[4]);

        assert_eq!(end.told, [0, 1, 2, 3]);
    }

    #[test]
    fn what_is_missing_for_good_asks_for_a_key_frame_and_nothing_else_comes_out_before_it() {
        let mut end = End::new();
        let film = film(6);
        film[..12].iter().enumerate().filter(|(at, _)| *at != 4).for_each(|(_, packet)| end.insert(packet));

        end.pass(PATIENCE);
        assert_eq!(end.told, [0]);
        end.pass(FIRST_PATIENCE);
        assert!(end.assembler.asks_for_key_frame(end.now));
        film[12..].iter().for_each(|packet| end.insert(packet));
        assert_eq!(end.told, [0], "a picture that refers to a missing one does not come out");
        assert_eq!(end.assembler.useless_since(), Some(end.now - FIRST_PATIENCE));

        key_frame(6).iter().for_each(|packet| end.insert(packet));
        assert_eq!(end.told, [0, 6]);
        assert_eq!(end.assembler.useless_since(), None);
    }

    #[test]
    fn a_key_frame_is_asked_for_at_most_once_a_second() {
        let mut end = End::new();
        film(2)[3..].iter().for_each(|packet| end.insert(packet));

        let mut asked = Vec::new();
        for tenth in 0..35 {
            if end.assembler.asks_for_key_frame(end.now) {
                asked.push(tenth);
            }
            end.pass(Duration::from_millis(100));
        }

        assert_eq!(asked, [1, 11, 21, 31]);
    }

    #[test]
    fn a_whole_key_frame_ends_the_wait_for_what_is_missing() {
        let mut end = End::new();
        let film = film(2);
        film.iter().enumerate().filter(|(at, _)| *at != 4).for_each(|(_, packet)| end.insert(packet));
        assert_eq!(end.told, [0]);

        key_frame(2).iter().for_each(|packet| end.insert(packet));

        assert_eq!(end.told, [0, 2]);
    }

    #[test]
    fn a_picture_that_has_not_all_come_yet_is_not_missing() {
        let mut end = End::new();
        let film = film(2);
        film[..5].iter().for_each(|packet| end.insert(packet));

        end.pass(Duration::from_secs(5));
        assert!(end.assembler.poll_timeout().is_none() && !end.assembler.asks_for_key_frame(end.now));
        end.insert(&film[5]);

        assert_eq!(end.told, [0, 1]);
    }

    #[test]
    fn numbers_wrap_around() {
        let mut end = End::new();
        for mut packet in film(4) {
            packet.0 = packet.0.wrapping_add(u16::MAX - 105);
            end.insert(&packet);
        }

        assert_eq!(end.told, [0, 1, 2, 3]);
    }

    #[test]
    fn late_and_doubled_packets_change_nothing() {
        let mut end = End::new();
        let film = film(3);
        film.iter().chain(&film).for_each(|packet| end.insert(packet));

        assert_eq!(end.told, [0, 1, 2]);
        assert!(end.assembler.pieces.is_empty());
    }

    proptest! {
        #[test]
        fn whatever_comes_in_little_is_kept_and_it_ends(
            packets in prop::collection::vec((any::<u16>(), 0..4_u32, any::<bool>(), prop::collection::vec(any::<u8>(), 0..4)), 0..300),
        ) {
            let mut end = End::new();
            for (sequence, timestamp, marker, payload) in packets {
                end.insert(&(sequence, timestamp, marker, Bytes::from(payload)));
                prop_assert!(end.assembler.pieces.len() <= MAX_PACKETS);
                end.pass(Duration::from_millis(10));
            }
        }

        #[test]
        fn whatever_is_lost_a_picture_comes_out_only_behind_all_that_it_refers_to(lost in prop::collection::vec(any::<bool>(), 60)) {
            let mut end = End::new();
            let film: Vec<_> = film(10).into_iter().chain(key_frame(10)).chain(deltas(11..20)).collect();
            for (packet, is_lost) in film.iter().zip(&lost) {
                if !is_lost {
                    end.insert(packet);
                }
            }
            end.pass(PATIENCE);
            for told in end.told.windows(2) {
                prop_assert!(told[1] == told[0] + 1 || told[1] == 10, "{:?}", end.told);
            }
        }
    }

    type Packet = (u16, u32, bool, Bytes);

    /// Takes packets, and tells the numbers of the pictures that come out.
    struct End {
        assembler: Assembler,
        now: Instant,
        told: Vec<u32>,
    }

    impl End {
        fn new() -> Self {
            Self { assembler: Assembler::default(), now: Instant::now(), told: Vec::new() }
        }

        fn insert(&mut self, (sequence, timestamp, marker, payload): &Packet) {
            self.assembler.insert(*sequence, *timestamp, *marker, payload.clone(), self.now);
            self.pass(Duration::ZERO);
        }

        fn pass(&mut self, time: Duration) {
            self.now += time;
            while let Some(unit) = self.assembler.next_unit(self.now) {
                self.told.push(unit.timestamp / 3000);
            }
        }
    }

    /// A key frame and what refers to it, each in three packets.
    fn film(pictures: u32) -> Vec<Packet> {
        key_frame(0).into_iter().chain(deltas(1..pictures)).collect()
    }

    fn deltas(numbers: std::ops::Range<u32>) -> Vec<Packet> {
        numbers.flat_map(|number| picture(number, DELTA)).collect()
    }

    fn key_frame(number: u32) -> Vec<Packet> {
        picture(number, KEY)
    }

    fn picture(number: u32, first: u8) -> Vec<Packet> {
        let of = |(at, kind): (u16, u8)| {
            let sequence = 100 + number as u16 * 3 + at;
            (sequence, number * 3000, at == 2, Bytes::copy_from_slice(&[kind, at as u8]))
        };
        [(0, first), (1, DELTA), (2, DELTA)].into_iter().map(of).collect()
    }
}
