//! When pictures leave: evenly, in short bursts, and what waits too long not at all. Pure: the time is an argument.

use std::collections::{BTreeSet, VecDeque};
use std::time::{Duration, Instant};

use crate::congestion::Probe;

/// So many times faster than the path is thought to carry: a key frame is ten times as large as other pictures, and must not wait for long.
const FASTER: f64 = 2.5;
/// What leaves at once: the clock that wakes us is no finer.
const BURST: Duration = Duration::from_millis(5);
/// What waits longer than this is seen too late; it leaves no more.
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// A packet that may wait.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    pub(super) packet: T,
    pub(super) bytes: usize,
    /// Which picture it is part of: its track, and its moment.
    pub(super) picture: (u32, u32),
    /// A decoder can begin here.
    pub(super) begins_anew: bool,
}

/// What may leave now, and the train that it is part of.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Leaving<T> {
    Packet(T, Option<u32>),
    /// Anything at all: a train is longer than what waits.
    Padding(Option<u32>),
}

/// Pictures that wait to leave, and packets that are sent again, which go before them.
pub(super) struct Queue<T> {
    rate: f64,
    again: VecDeque<(T, usize)>,
    pictures: VecDeque<Waiting<T>>,
    bytes: usize,
    /// When all that has left so far will have passed at this rate.
    passed_at: Option<Instant>,
    /// The train that is on its way, and what is left of it.
    train: Option<(Probe, usize)>,
    /// What one packet of padding has; zero where there is none.
    padding: usize,
    /// Tracks of which nothing is taken before a key frame, because something was left out.
    broken: BTreeSet<u32>,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            rate: 0.0,
            again: VecDeque::new(),
            pictures: VecDeque::new(),
            bytes: 0,
            passed_at: None,
            train: None,
            padding: 0,
            broken: BTreeSet::new(),
        }
    }

    /// The path carries so many bits a second.
    pub(super) fn set_rate(&mut self, rate: u32) {
        self.rate = f64::from(rate.max(1)) * FASTER;
    }

    pub(super) fn set_padding(&mut self, bytes: usize) {
        self.padding = bytes;
    }

    pub(super) fn begin_train(&mut self, probe: Probe) {
        self.train = Some((probe, probe.bytes));
    }

    pub(super) fn has_train(&self) -> bool {
        self.train.is_some()
    }

    /// A packet that the other end asked for again. One that would wait for too long is left out: it will be asked for once more.
    pub(super) fn push_again(&mut self, packet: T, bytes: usize) {
        let waiting: usize = self.again.iter().map(|(_, bytes)| bytes).sum();
        if self.takes(waiting + bytes) < LONGEST_WAIT / 2 {
            self.again.push_back((packet, bytes));
            self.bytes += bytes;
        }
    }

    /// A packet of a picture. Says which packets are left out for it: the oldest picture that waits, and all that refers to it.
    pub(super) fn push(&mut self, waiting: Waiting<T>) -> Vec<Waiting<T>> {
        let (track, _) = waiting.picture;
        if waiting.begins_anew {
            self.broken.remove(&track);
        }
        if self.broken.contains(&track) {
            return vec![waiting];
        }
        let newest = waiting.picture;
        self.bytes += waiting.bytes;
        self.pictures.push_back(waiting);
        let oldest = self.pictures.front().map(|front| front.picture);
        match oldest.filter(|oldest| *oldest != newest && self.wait() > LONGEST_WAIT) {
            Some(oldest) => self.leave_out(oldest),
            None => Vec::new(),
        }
    }

    /// How long what waits takes to leave.
    pub(super) fn wait(&self) -> Duration {
        self.takes(self.bytes)
    }

    pub(super) fn pop(&mut self, now: Instant) -> Option<Leaving<T>> {
        if self.passed_at.is_some_and(|at| at >= now + BURST) {
            return None;
        }
        let train = self.train.map(|(probe, _)| probe.number);
        let (leaving, bytes) = if let Some((packet, bytes)) = self.again.pop_front() {
            (Leaving::Packet(packet, train), bytes)
        } else if let Some(waiting) = self.pictures.pop_front() {
            (Leaving::Packet(waiting.packet, train), waiting.bytes)
        } else if train.is_some() && self.padding > 0 {
            self.bytes += self.padding;
            (Leaving::Padding(train), self.padding)
        } else {
            self.train = None;
            return None;
        };
        self.bytes = self.bytes.saturating_sub(bytes);
        self.passed_at = Some(self.passed_at.map_or(now, |at| at.max(now)) + self.takes(bytes));
        let train = self.train.map(|(probe, left)| (probe, left.saturating_sub(bytes)));
        self.train = train.filter(|(_, left)| *left > 0);
        Some(leaving)
    }

    /// When something may leave that waits.
    pub(super) fn next_time(&self) -> Option<Instant> {
        let waits = self.bytes > 0 || self.train.is_some();
        self.passed_at.filter(|_| waits)
    }

    fn takes(&self, bytes: usize) -> Duration {
        let rate = self.train.map_or(self.rate, |(probe, _)| probe.rate.into());
        Duration::from_secs_f64(bytes as f64 * 8.0 / rate.max(1.0))
    }

    fn leave_out(&mut self, oldest: (u32, u32)) -> Vec<Waiting<T>> {
        let track = oldest.0;
        let is_end =
            |waiting: &Waiting<T>| waiting.begins_anew && waiting.picture.0 == track && waiting.picture != oldest;
        let end = self.pictures.iter().position(is_end);
        if end.is_none() {
            self.broken.insert(track);
        }
        let rest = self.pictures.split_off(end.unwrap_or(self.pictures.len()));
        let (left_out, kept): (Vec<_>, Vec<_>) =
            self.pictures.drain(..).partition(|waiting| waiting.picture.0 == track);
        self.pictures.extend(kept.into_iter().chain(rest));
        self.bytes -= left_out.iter().map(|waiting| waiting.bytes).sum::<usize>();
        left_out
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const CAMERA: u32 = 7;
    const SCREEN: u32 = 8;
    const RATE: u32 = 1_000_000;

    #[test]
    fn a_key_frame_of_ten_times_the_size_leaves_evenly_at_two_and_a_half_times_the_rate() {
        let mut end = End::new();
        // A thirtieth of a second at this rate has four packets.
        end.picture(CAMERA, 0, 40, true);

        let left = end.run(Duration::from_millis(400));

        // 400 kb at 2.5 Mb/s, less the burst at its beginning.
        let last = *left.last().expect("it leaves");
        assert_eq!(left.len(), 40);
        assert!((145..160).contains(&last.as_millis()), "{last:?}");
        let most = (0..150).map(|at| in_window(&left, at, 10)).max().expect("windows");
        assert!(most <= 4, "{most} packets within 10 ms");
    }

    #[test]
    fn what_is_sent_again_goes_before_pictures() {
        let mut end = End::new();
        end.picture(CAMERA, 0, 40, true);
        end.run(Duration::from_millis(20));

        end.queue.push_again(1000, 1250);
        let next = std::iter::repeat_with(|| end.step()).find_map(|left| left.first().copied());

        assert_eq!(next, Some(1000));
    }

    #[test]
    fn of_what_would_wait_for_longer_than_a_second_the_oldest_picture_is_left_out_and_all_that_refers_to_it() {
        let mut end = End::new();

        // 2.5 Mb/s pass 250 packets a second.
        let left_out: Vec<usize> = (0..6).map(|number| end.picture(CAMERA, number, 50, number == 0)).collect();

        assert_eq!(left_out, [0, 0, 0, 0, 0, 300], "all that waits when it is too much, and the rest of that picture");
        assert_eq!(end.queue.wait(), Duration::ZERO);
        assert_eq!(end.picture(CAMERA, 6, 3, false), 3, "it refers to what was left out");
        assert_eq!(end.picture(CAMERA, 7, 3, true), 0, "a key frame does not");
        assert_eq!(end.run(Duration::from_secs(1)).len(), 3);
    }

    #[test]
    fn a_key_frame_that_waits_already_stays_and_so_does_another_track() {
        let mut end = End::new();
        end.picture(CAMERA, 0, 100, true);
        end.picture(SCREEN, 0, 50, true);
        end.picture(CAMERA, 1, 50, true);

        let left_out = end.picture(CAMERA, 2, 60, false);

        assert_eq!(left_out, 100);
        assert_eq!(end.run(Duration::from_secs(2)).len(), 160);
    }

    #[test]
    fn a_picture_that_is_larger_than_all_that_may_wait_leaves_nevertheless() {
        let mut end = End::new();

        assert_eq!(end.picture(CAMERA, 0, 400, true), 0);

        assert_eq!(end.run(Duration::from_secs(3)).len(), 400);
    }

    #[test]
    fn a_train_leaves_at_its_own_rate_and_is_made_longer_with_padding() {
        let mut end = End::new();
        end.queue.set_padding(1250);
        end.queue.begin_train(Probe { number: 3, rate: 4_000_000, bytes: 20_000 });
        end.picture(CAMERA, 0, 2, true);

        let left = end.run(Duration::from_millis(100));

        assert_eq!(left.len(), 16, "twenty thousand bytes");
        let last = left.last().expect("it leaves").as_millis();
        assert!((33..=40).contains(&last), "{last} ms");
        assert!(!end.queue.has_train() && end.queue.next_time().is_none());
    }

    #[test]
    fn without_padding_a_train_ends_with_what_waits() {
        let mut end = End::new();
        end.queue.begin_train(Probe { number: 3, rate: 4_000_000, bytes: 20_000 });
        end.picture(CAMERA, 0, 2, true);

        assert_eq!(end.run(Duration::from_millis(100)).len(), 2);
        assert!(!end.queue.has_train());
    }

    /// A clock that wakes every millisecond.
    struct End {
        queue: Queue<u32>,
        began_at: Instant,
        now: Instant,
    }

    impl End {
        fn new() -> Self {
            let mut queue = Queue::new();
            queue.set_rate(RATE);
            let now = Instant::now();
            Self { queue, began_at: now, now }
        }

        /// How many packets are left out.
        fn picture(&mut self, track: u32, number: u32, packets: u32, begins_anew: bool) -> usize {
            let push = |at: u32| {
                let begins_anew = begins_anew && at == 0;
                self.queue.push(Waiting { packet: at, bytes: 1250, picture: (track, number), begins_anew }).len()
            };
            (0..packets).map(push).sum()
        }

        fn step(&mut self) -> Vec<u32> {
            self.now += Duration::from_millis(1);
            let pop = || match self.queue.pop(self.now)? {
                Leaving::Packet(packet, _) => Some(packet),
                Leaving::Padding(_) => Some(u32::MAX),
            };
            std::iter::from_fn(pop).collect()
        }

        /// When each packet leaves, from the beginning.
        fn run(&mut self, lasts: Duration) -> Vec<Duration> {
            let end = self.now + lasts;
            let mut left = Vec::new();
            while self.now < end {
                let count = self.step().len();
                left.extend(std::iter::repeat_n(self.now - self.began_at, count));
            }
            left
        }
    }

    fn in_window(left: &[Duration], from_ms: u128, length: u128) -> usize {
        left.iter().filter(|at| (from_ms..from_ms + length).contains(&at.as_millis())).count()
    }
}
