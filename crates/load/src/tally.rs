//! What arrived: how much, how late, and what is missing.

use std::time::{Duration, Instant};

use hdrhistogram::Histogram;

use crate::flow::Flow;

/// A packet that comes so many numbers after its time is as good as lost.
const WINDOW: u64 = 2_048;

/// The longest delay that is told apart from longer ones.
const LONGEST: Duration = Duration::from_secs(60);

/// What the connections of one thread have counted together.
#[derive(Debug)]
pub(crate) struct Tally {
    /// Datagrams of media, with those that are sent again.
    pub(crate) datagrams: u64,
    pub(crate) bytes: u64,
    pub(crate) sound: Counted,
    pub(crate) pictures: Counted,
    /// Packets of media that were sent.
    pub(crate) sent: u64,
    /// Datagrams that the machine did not take.
    pub(crate) unsent: u64,
    /// From the wish to join to the first picture, or the first sound, of those who came later.
    pub(crate) first_frames: Vec<Duration>,
    /// Whether the measurement is over: only what is late counts, by its stream.
    is_closed: bool,
}

/// What arrived of one kind.
#[derive(Debug)]
pub(crate) struct Counted {
    pub(crate) expected: u64,
    pub(crate) arrived: u64,
    /// In microseconds, of those that were decrypted.
    pub(crate) delays: Histogram<u64>,
}

/// One stream of one connection, by the numbers of its packets.
#[derive(Debug)]
pub(crate) struct Stream {
    pub(crate) is_sound: bool,
    /// The first number that counts, and after the measurement the last.
    first: u64,
    last: Option<u64>,
    highest: u64,
    arrived: u64,
    seen: Vec<u64>,
    pub(crate) flow: Flow,
}

impl Tally {
    pub(crate) fn new() -> Self {
        Self {
            datagrams: 0,
            bytes: 0,
            sound: Counted::new(),
            pictures: Counted::new(),
            sent: 0,
            unsent: 0,
            first_frames: Vec::new(),
            is_closed: false,
        }
    }

    /// Counts a datagram of media that has come.
    pub(crate) fn receive(&mut self, bytes: usize) {
        if !self.is_closed {
            self.datagrams += 1;
            self.bytes += bytes as u64;
        }
    }

    /// Counts a packet of media that leaves.
    pub(crate) fn send(&mut self) {
        self.sent += u64::from(!self.is_closed);
    }

    /// Counts datagrams that the machine does not take.
    pub(crate) fn miss(&mut self, unsent: u64) {
        self.unsent += if self.is_closed { 0 } else { unsent };
    }

    /// The measurement is over.
    pub(crate) fn close(&mut self) {
        self.is_closed = true;
    }

    pub(crate) fn of(&mut self, is_sound: bool) -> &mut Counted {
        if is_sound { &mut self.sound } else { &mut self.pictures }
    }

    /// Adds what a stream has counted.
    pub(crate) fn take(&mut self, stream: &Stream) {
        let counted = self.of(stream.is_sound);
        counted.expected += stream.expected();
        counted.arrived += stream.arrived;
    }

    pub(crate) fn add(&mut self, other: Self) {
        self.datagrams += other.datagrams;
        self.bytes += other.bytes;
        self.sent += other.sent;
        self.unsent += other.unsent;
        self.first_frames.extend(other.first_frames);
        for (own, others) in [(&mut self.sound, other.sound), (&mut self.pictures, other.pictures)] {
            own.expected += others.expected;
            own.arrived += others.arrived;
            own.delays.add(&others.delays).ok(); // both have the same bounds
        }
    }
}

impl Counted {
    fn new() -> Self {
        let most = u64::try_from(LONGEST.as_micros()).unwrap_or(u64::MAX);
        Self { expected: 0, arrived: 0, delays: Histogram::new_with_bounds(1, most, 3).expect("these bounds are good") }
    }

    /// Of those that were to come, so much did not; from 0 to 1.
    #[expect(clippy::cast_precision_loss, reason = "a share of a count")]
    pub(crate) fn lost(&self) -> f64 {
        let missing = self.expected.saturating_sub(self.arrived);
        if self.expected == 0 { 0.0 } else { missing as f64 / self.expected as f64 }
    }
}

impl Stream {
    /// One that begins with this packet.
    pub(crate) fn beginning(number: u64, is_sound: bool, at: Instant) -> Self {
        let (seen, flow) = (vec![0; usize::try_from(WINDOW / 64).unwrap_or(0)], Flow::beginning(at));
        let mut stream = Self { is_sound, first: number, last: None, highest: number, arrived: 0, seen, flow };
        stream.take(number);
        stream
    }

    /// Takes a packet. Says whether it is none that has come before, and counts.
    pub(crate) fn take(&mut self, number: u64) -> bool {
        if self.last.is_some_and(|last| number > last) || self.highest.saturating_sub(number) >= WINDOW {
            return false;
        }
        let ahead = number.saturating_sub(self.highest).min(WINDOW);
        for next in 1..=ahead {
            let (word, bit) = place(number - ahead + next);
            self.seen[word] &= !bit;
        }
        self.highest = self.highest.max(number);
        let (word, bit) = place(number);
        let is_new = self.seen[word] & bit == 0;
        self.seen[word] |= bit;
        let counts = is_new && number >= self.first;
        self.arrived += u64::from(counts);
        counts
    }

    /// Counts from the next packet on.
    pub(crate) fn begin(&mut self) {
        (self.first, self.arrived) = (self.highest + 1, 0);
        self.flow.begin();
    }

    /// Counts nothing that follows; what is late may still come.
    pub(crate) fn freeze(&mut self) {
        self.last = Some(self.highest);
    }

    fn expected(&self) -> u64 {
        (self.last.unwrap_or(self.highest) + 1).saturating_sub(self.first)
    }
}

fn place(number: u64) -> (usize, u64) {
    let at = number % WINDOW;
    (usize::try_from(at / 64).unwrap_or(0), 1 << (at % 64))
}

/// A number of 16 bits, counted on past its end: the one that is closest to the highest so far.
pub(crate) fn unwrapped(short: u16, highest: Option<u64>) -> u64 {
    // As if two rounds had passed, so that what comes before the first has a number too.
    const ROUND: u64 = 1 << 16;
    let Some(highest) = highest else { return 2 * ROUND + u64::from(short) };
    let same_round = highest - highest % ROUND + u64::from(short);
    [same_round - ROUND, same_round, same_round + ROUND]
        .into_iter()
        .min_by_key(|number| number.abs_diff(highest))
        .unwrap_or(same_round)
}

impl Stream {
    pub(crate) fn highest(&self) -> u64 {
        self.highest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_missing_is_counted_once_it_was_jumped_over_and_what_comes_late_is_not_missing() {
        let mut stream = Stream::beginning(10, true, Instant::now());

        assert!(stream.take(11) && stream.take(14) && stream.take(12));
        assert!(!stream.take(12), "it has come before");

        assert_eq!((stream.expected(), stream.arrived), (5, 4));
    }

    #[test]
    fn only_what_was_sent_during_the_measurement_counts() {
        let mut stream = Stream::beginning(10, true, Instant::now());
        stream.take(12);

        stream.begin();
        assert!(!stream.take(11), "from before");
        assert!(stream.take(13) && stream.take(15));
        stream.freeze();
        assert!(!stream.take(16), "from after");
        assert!(stream.take(14), "late, and asked for again");

        assert_eq!((stream.expected(), stream.arrived), (3, 3));
    }

    #[test]
    fn a_stream_counts_right_over_many_windows() {
        let mut stream = Stream::beginning(0, false, Instant::now());

        for number in (1..100_000).filter(|number| number % 10 != 0) {
            assert!(stream.take(number));
        }

        assert_eq!(stream.expected(), 100_000);
        assert_eq!(stream.arrived, 90_001);
        assert!(!stream.take(50), "too late");
    }

    #[test]
    fn short_numbers_are_counted_on_past_their_end_and_back() {
        let numbers = [65_534, 65_535, 1, 0, 2, 65_533];

        let mut highest = None;
        let long = numbers.map(|short| {
            let number = unwrapped(short, highest);
            highest = highest.max(Some(number));
            number - 2 * 65_536
        });

        assert_eq!(long, [65_534, 65_535, 65_537, 65_536, 65_538, 65_533]);
    }

    #[test]
    fn what_comes_and_leaves_after_the_measurement_is_not_of_it() {
        let mut tally = Tally::new();
        tally.receive(100);
        tally.send();

        tally.close();
        tally.receive(100);
        tally.send();
        tally.miss(1);

        assert_eq!((tally.datagrams, tally.bytes, tally.sent, tally.unsent), (1, 100, 1, 0));
    }

    #[test]
    fn two_threads_counts_are_one() {
        let mut all = Tally::new();
        for _ in 0..2 {
            let mut one = Tally::new();
            let mut stream = Stream::beginning(1, true, Instant::now());
            stream.take(3);
            one.take(&stream);
            one.sound.delays.saturating_record(150);
            all.add(one);
        }

        assert_eq!((all.sound.expected, all.sound.arrived, all.sound.delays.len()), (6, 4, 2));
        assert!((all.sound.lost() - 1.0 / 3.0).abs() < 1e-9);
    }
}
