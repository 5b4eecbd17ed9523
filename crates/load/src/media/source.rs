//! One source of a participant: when it has something to send, and what.

use std::time::{Duration, Instant};

use str0m::media::{Mid, Rid};

use super::payload;
use crate::plan::Video;

/// A packet of sound every 20 ms.
const SOUND_EVERY: Duration = Duration::from_millis(20);
const SOUND_TICKS: u32 = 960;
const SOUND_BYTES: usize = 92;

const PICTURES_PER_SECOND: u32 = 30;
const PICTURE_TICKS: u32 = 90_000 / PICTURES_PER_SECOND;
/// A key picture is so many times as large as the others.
const KEY_FACTOR: usize = 6;

/// Half of the lines takes a third of the bits, a quarter of the lines about a tenth.
const MIDDLE: u32 = 3;
const SMALL: u32 = 10;

/// A source that could not send for so long goes on from now: what is late by that much is of no use to anybody.
const LATE: Duration = Duration::from_millis(500);

/// What a source sends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Kind {
    Sound,
    /// Pictures of so many bytes.
    Picture(usize),
}

/// A source.
#[derive(Debug)]
pub(crate) struct Source {
    pub(crate) kind: Kind,
    pub(crate) mid: Mid,
    pub(crate) rid: Option<Rid>,
    next_at: Instant,
    number: u64,
    time: u32,
    /// Whether the next picture is a key picture.
    pub(crate) key_is_wanted: bool,
}

/// A packet to be sent.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Sent {
    pub(crate) number: u64,
    pub(crate) time: u32,
    pub(crate) marker: bool,
    pub(crate) payload: Vec<u8>,
}

/// How many packets a second a voice takes.
pub(crate) const SOUND_PACKETS_PER_SECOND: f64 = 50.0;

/// How many packets a second a camera takes in the size that is wanted.
pub(crate) fn picture_packets_per_second(video: Video) -> f64 {
    let kilobits = match video.wanted_height {
        _ if !video.is_in_sizes => video.kilobits,
        ..=180 => video.kilobits / SMALL,
        181..=360 => video.kilobits / MIDDLE,
        _ => video.kilobits,
    };
    let packets = bytes_of_picture(kilobits).div_ceil(payload::MOST_BYTES);
    f64::from(PICTURES_PER_SECOND) * packets as f64
}

fn bytes_of_picture(kilobits: u32) -> usize {
    (kilobits * 125 / PICTURES_PER_SECOND).max(1) as usize
}

impl Source {
    pub(crate) fn sound(mid: Mid, first_at: Instant) -> Self {
        Self::new(Kind::Sound, mid, None, first_at)
    }

    /// The sources of a camera: one for each of its sizes, the largest first.
    pub(crate) fn camera(video: Video, mid: Mid, first_at: Instant) -> Vec<Self> {
        let bytes = |kilobits: u32| Kind::Picture(bytes_of_picture(kilobits));
        if !video.is_in_sizes {
            return vec![Self::new(bytes(video.kilobits), mid, None, first_at)];
        }
        let sizes = [("h", video.kilobits), ("m", video.kilobits / MIDDLE), ("l", video.kilobits / SMALL)];
        sizes.map(|(rid, kilobits)| Self::new(bytes(kilobits), mid, Some(Rid::from(rid)), first_at)).into()
    }

    fn new(kind: Kind, mid: Mid, rid: Option<Rid>, first_at: Instant) -> Self {
        Self { kind, mid, rid, next_at: first_at, number: 1_000, time: 0, key_is_wanted: true }
    }

    pub(crate) fn due(&self) -> Instant {
        self.next_at
    }

    /// What is to be sent now, if anything.
    pub(crate) fn poll(&mut self, now: Instant, now_us: u64) -> Vec<Sent> {
        if now < self.next_at {
            return Vec::new();
        }
        if now.saturating_duration_since(self.next_at) > LATE {
            self.next_at = now;
        }
        let (payloads, ticks) = match self.kind {
            Kind::Sound => {
                self.next_at += SOUND_EVERY;
                (vec![payload::sound(SOUND_BYTES, now_us)], SOUND_TICKS)
            }
            Kind::Picture(bytes) => {
                self.next_at += Duration::from_secs(1) / PICTURES_PER_SECOND;
                let is_key = std::mem::take(&mut self.key_is_wanted);
                let bytes = if is_key { bytes * KEY_FACTOR } else { bytes };
                (payload::picture(bytes, is_key, now_us), PICTURE_TICKS)
            }
        };
        self.time = self.time.wrapping_add(ticks);
        let (time, count, is_sound) = (self.time, payloads.len(), self.kind == Kind::Sound);
        let first = self.number;
        self.number += count as u64;
        let sent = |(payload, at): (Vec<u8>, usize)| Sent {
            number: first + at as u64,
            time,
            marker: !is_sound && at + 1 == count,
            payload,
        };
        payloads.into_iter().zip(0..).map(sent).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_microphone_sends_fifty_packets_a_second_with_numbers_and_times_in_order() {
        let start = Instant::now();
        let mut source = Source::sound(Mid::from("0"), start);

        let sent: Vec<_> = (0..1_000).flat_map(|ms| source.poll(start + Duration::from_millis(ms), ms)).collect();

        assert_eq!(sent.len(), 50);
        assert!(sent.windows(2).all(|two| two[1].number == two[0].number + 1 && two[1].time == two[0].time + 960));
    }

    #[test]
    fn a_camera_keeps_its_rate_and_sends_a_key_picture_when_it_is_wanted() {
        let start = Instant::now();
        let video = Video { is_in_sizes: false, kilobits: 1_200, wanted_height: 720 };
        let mut source = Source::camera(video, Mid::from("1"), start).remove(0);

        let mut second = |from: u64| -> Vec<Sent> {
            (from..from + 1_000).flat_map(|ms| source.poll(start + Duration::from_millis(ms), ms)).collect()
        };

        let with_key: usize = second(0).iter().map(|sent| sent.payload.len()).sum();
        let sent = second(1_000);
        let bytes: usize = sent.iter().map(|sent| sent.payload.len()).sum();
        assert!((145_000..155_000).contains(&bytes) && with_key > bytes + 20_000, "{bytes} {with_key}");
        assert_eq!(sent.iter().filter(|sent| sent.marker).count(), 30, "one for each picture");
    }

    #[test]
    fn who_was_late_goes_on_from_now() {
        let start = Instant::now();
        let mut source = Source::sound(Mid::from("0"), start);

        let late = start + Duration::from_secs(10);
        assert_eq!((source.poll(late, 0).len(), source.poll(late, 0).len()), (1, 0));
    }
}
