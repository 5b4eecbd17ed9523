//! When pictures leave: evenly, in short bursts, and what waits too long not at all. Pure: the time is an argument.

use std::collections::{BTreeMap, VecDeque};
use std::time::{Duration, Instant};

use crate::congestion::Probe;

/// So many times faster than the path is thought to carry: a key frame is ten times as large as other pictures, and must not wait for long.
const FASTER: f64 = 2.5;
/// Once it is known what the path carries, a picture arrives no sooner for leaving sooner; what leaves too soon waits before the sound.
const FASTER_WHEN_KNOWN: f64 = 1.15;
/// The grain of the library's timers.
const CLOCK: Duration = Duration::from_millis(1);
/// What leaves at once, so that we need not be woken for every packet.
const BURST: Duration = Duration::from_millis(5);
/// What waits longer than this is seen too late; it leaves no more.
const LONGEST_WAIT: Duration = Duration::from_secs(1);
/// A key frame whose rest takes no longer is waited for.
const SOON: Duration = Duration::from_millis(500);
/// A key frame that was asked for and did not come is asked for again after so many pictures: a second of them.
const ASK_EVERY: u32 = 30;

/// A packet that may wait.
#[derive(Debug)]
pub(super) struct Waiting<T> {
    pub(super) packet: T,
    pub(super) bytes: usize,
    /// Which picture it is part of: its track, and its moment.
    pub(super) picture: (u32, u32),
    /// A decoder can begin here.
    pub(super) begins_anew: bool,
    /// No more of its picture follows.
    pub(super) is_last: bool,
}

/// A packet that is sent again, and its track.
struct Again<T> {
    packet: T,
    bytes: usize,
    track: u32,
}

/// What does not leave any more.
#[derive(Debug)]
pub(super) struct LeftOut<T> {
    pub(super) packets: Vec<Waiting<T>>,
    /// The track that shows nothing more without one.
    pub(super) needs_key_frame: Option<u32>,
}

/// A track of which nothing is taken before a key frame, because something was left out.
#[derive(Debug, Default)]
struct Broken {
    /// The moment of the latest picture that was refused, and how many were.
    latest: Option<u32>,
    refused: u32,
    /// The other end has no use for what was before either.
    is_wanted: bool,
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
    again: VecDeque<Again<T>>,
    pictures: VecDeque<Waiting<T>>,
    bytes: usize,
    /// When all that has left so far will have passed at this rate.
    passed_at: Option<Instant>,
    /// The train that is on its way, and what is left of it.
    train: Option<(Probe, usize)>,
    /// What one packet of padding has; zero where there is none.
    padding: usize,
    broken: BTreeMap<u32, Broken>,
    /// The key frame of each track of which a part has left and the rest waits, by its moment.
    begun: BTreeMap<u32, u32>,
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
            broken: BTreeMap::new(),
            begun: BTreeMap::new(),
        }
    }

    /// The path carries so many bits a second, as it was seen to or as is thought.
    pub(super) fn set_rate(&mut self, rate: u32, is_known: bool) {
        self.rate = f64::from(rate.max(1)) * if is_known { FASTER_WHEN_KNOWN } else { FASTER };
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
    pub(super) fn push_again(&mut self, packet: T, bytes: usize, track: u32) {
        if self.broken.get(&track).is_some_and(|broken| broken.is_wanted) {
            return; // a key frame comes, and must find room
        }
        let waiting: usize = self.again.iter().map(|again| again.bytes).sum();
        if self.takes(waiting + bytes) < LONGEST_WAIT / 2 {
            self.again.push_back(Again { packet, bytes, track });
            self.bytes += bytes;
        }
    }

    /// A packet of a picture. Says which packets are left out for it: the oldest picture that waits, and all that refers to it. A key frame
    /// that has begun to leave goes on, or none would ever arrive on a path that became narrow; it gives way to one half as long only.
    pub(super) fn push(&mut self, waiting: Waiting<T>) -> LeftOut<T> {
        let newest = waiting.picture;
        if waiting.begins_anew {
            self.broken.remove(&newest.0);
            // Nobody needs any more what was missing before it.
            self.again.retain(|again| again.track != newest.0);
            self.count();
        }
        if let Some(broken) = self.broken.get_mut(&newest.0) {
            let needs_key_frame = broken.refuses(newest.1).then_some(newest.0);
            return LeftOut { packets: vec![waiting], needs_key_frame };
        }
        let is_last = waiting.is_last;
        self.bytes += waiting.bytes;
        self.pictures.push_back(waiting);
        if self.wait() <= LONGEST_WAIT {
            return LeftOut { packets: Vec::new(), needs_key_frame: None };
        }
        if is_last && self.is_much_shorter_key_frame(newest) {
            return LeftOut { packets: self.leave_out_begun(newest.0), needs_key_frame: None };
        }
        let is_oldest = |picture: &(u32, u32)| *picture != newest && !self.has_begun(*picture);
        match self.pictures.iter().map(|waiting| waiting.picture).find(is_oldest) {
            Some(oldest) => self.leave_out(oldest),
            None => LeftOut { packets: Vec::new(), needs_key_frame: None },
        }
    }

    /// The other end shows nothing more of a track before a key frame. All but a key frame that waits is left out, so that the next one waits
    /// for nothing. `None`: one is on its way already, and soon there.
    pub(super) fn want_key_frame(&mut self, track: u32) -> Option<Vec<Waiting<T>>> {
        let is_first = |waiting: &&Waiting<T>| waiting.begins_anew && waiting.picture.0 == track;
        let mut keys: Vec<(u32, u32)> = self.pictures.iter().filter(is_first).map(|waiting| waiting.picture).collect();
        keys.extend(self.begun.get(&track).map(|moment| (track, *moment)));
        let of_keys = self.pictures.iter().filter(|waiting| keys.contains(&waiting.picture));
        let rest = of_keys.map(|waiting| waiting.bytes).sum();
        if !keys.is_empty() && self.takes(rest) < SOON {
            return None;
        }
        self.again.retain(|again| again.track != track);
        let is_meant = |_: &Self, picture: (u32, u32)| picture.0 == track && !keys.contains(&picture);
        let left_out = self.remove(self.pictures.len(), is_meant);
        self.broken.entry(track).or_default().is_wanted = true;
        Some(left_out)
    }

    /// The tracks of which nothing but a key frame is of use.
    pub(super) fn need_key_frames(&self) -> impl Iterator<Item = u32> {
        self.broken.keys().copied()
    }

    /// What waits and is of no use any more waits no longer.
    pub(super) fn retain(&mut self, is_of_use: impl Fn(&T) -> bool) {
        self.again.retain(|again| is_of_use(&again.packet));
        self.pictures.retain(|waiting| is_of_use(&waiting.packet));
        let pictures = &self.pictures;
        self.begun.retain(|track, moment| pictures.iter().any(|waiting| waiting.picture == (*track, *moment)));
        self.count();
    }

    /// A track that has ended needs nothing more.
    pub(super) fn forget(&mut self, track: u32) {
        self.again.retain(|again| again.track != track);
        self.pictures.retain(|waiting| waiting.picture.0 != track);
        self.broken.remove(&track);
        self.begun.remove(&track);
        self.count();
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
        let (leaving, bytes) = if let Some(Again { packet, bytes, .. }) = self.again.pop_front() {
            (Leaving::Packet(packet, train), bytes)
        } else if let Some(waiting) = self.pictures.pop_front() {
            self.begin(&waiting);
            (Leaving::Packet(waiting.packet, train), waiting.bytes)
        } else if train.is_some() && self.padding > 0 {
            if self.passed_at.is_some_and(|at| at > now + CLOCK) {
                return None; // more of the picture may be there by then
            }
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

    fn count(&mut self) {
        let again: usize = self.again.iter().map(|again| again.bytes).sum();
        self.bytes = again + self.pictures.iter().map(|waiting| waiting.bytes).sum::<usize>();
    }

    fn takes(&self, bytes: usize) -> Duration {
        let rate = self.train.map_or(self.rate, |(probe, _)| probe.rate.into());
        Duration::from_secs_f64(bytes as f64 * 8.0 / rate.max(1.0))
    }

    fn leave_out(&mut self, oldest: (u32, u32)) -> LeftOut<T> {
        let track = oldest.0;
        let first = self.pictures.iter().position(|waiting| waiting.picture == oldest).unwrap_or_default();
        let is_end =
            |waiting: &Waiting<T>| waiting.begins_anew && waiting.picture.0 == track && waiting.picture != oldest;
        let end = self.pictures.iter().skip(first).position(is_end).map(|behind| first + behind);
        let packets = self.remove(end.unwrap_or(self.pictures.len()), |queue, picture| {
            picture.0 == track && !queue.has_begun(picture)
        });
        if end.is_none() {
            self.broken.insert(track, Broken::default());
        }
        LeftOut { packets, needs_key_frame: end.is_none().then_some(track) }
    }

    /// The rest of the key frame that is on its way, and what refers to it.
    fn leave_out_begun(&mut self, track: u32) -> Vec<Waiting<T>> {
        let newest = self.pictures.back().map(|waiting| waiting.picture);
        let packets = self.remove(self.pictures.len(), |_, picture| picture.0 == track && Some(picture) != newest);
        self.begun.remove(&track);
        packets
    }

    /// Takes out those of the first so many that are meant.
    fn remove(&mut self, until: usize, is_meant: impl Fn(&Self, (u32, u32)) -> bool) -> Vec<Waiting<T>> {
        let mut waiting = std::mem::take(&mut self.pictures);
        let rest = waiting.split_off(until);
        let (removed, kept): (Vec<_>, Vec<_>) = waiting.into_iter().partition(|one| is_meant(self, one.picture));
        self.pictures.extend(kept.into_iter().chain(rest));
        self.count();
        removed
    }

    fn begin(&mut self, leaving: &Waiting<T>) {
        let (track, moment) = leaving.picture;
        if leaving.is_last {
            self.begun.remove(&track);
        } else if leaving.begins_anew {
            self.begun.insert(track, moment);
        } else if self.begun.get(&track).is_some_and(|begun| *begun != moment) {
            self.begun.remove(&track);
        }
    }

    fn has_begun(&self, (track, moment): (u32, u32)) -> bool {
        self.begun.get(&track) == Some(&moment)
    }

    /// Whether this is a key frame that arrives sooner than the rest of the one before it.
    fn is_much_shorter_key_frame(&self, picture: (u32, u32)) -> bool {
        let begins = |waiting: &Waiting<T>| waiting.begins_anew && waiting.picture == picture;
        let bytes_of = |picture: (u32, u32)| {
            self.pictures
                .iter()
                .filter(|waiting| waiting.picture == picture)
                .map(|waiting| waiting.bytes)
                .sum::<usize>()
        };
        let begun = self.begun.get(&picture.0).map(|moment| (picture.0, *moment)).filter(|begun| *begun != picture);
        begun.is_some_and(|begun| 2 * bytes_of(picture) < bytes_of(begun)) && self.pictures.iter().any(begins)
    }
}

impl Broken {
    /// Says whether to ask for a key frame: it was asked for already when the track broke.
    fn refuses(&mut self, moment: u32) -> bool {
        if self.latest.replace(moment) == Some(moment) {
            return false;
        }
        self.refused += 1;
        self.refused.is_multiple_of(ASK_EVERY)
    }
}

#[cfg(test)]
mod tests;
