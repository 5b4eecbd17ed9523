//! The wait-free rings between a device's real-time callback and the thread that works on the sound.
//!
//! A callback moves samples and wakes the other side; it takes no lock, allocates nothing and logs nothing.

use std::sync::atomic::{AtomicBool, AtomicU32, AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use super::wake::Waker;
use crate::error::MediaError;

/// Two tenths of a second at 48 kHz: far more than is ever left standing, so a stall is survived.
pub(crate) const CAPACITY: usize = 9_600;

/// What a callback tells the outside, without waiting for it.
#[derive(Debug)]
pub(crate) struct Health {
    failed: AtomicBool,
    /// Why, where that is known.
    failure: OnceLock<MediaError>,
    /// Captured samples that were no numbers.
    not_numbers: AtomicU64,
    callbacks: AtomicU64,
    missing: AtomicU64,
    largest: AtomicU32,
    /// How much is to stand ready to be played; with less, the listener is woken.
    wanted: AtomicU32,
}

impl Default for Health {
    fn default() -> Self {
        Self {
            failed: AtomicBool::new(false),
            failure: OnceLock::new(),
            not_numbers: AtomicU64::new(0),
            callbacks: AtomicU64::new(0),
            missing: AtomicU64::new(0),
            largest: AtomicU32::new(0),
            wanted: AtomicU32::new(u32::MAX),
        }
    }
}

impl Health {
    /// The stream is broken and must be opened again.
    pub(crate) fn fail(&self) {
        self.failed.store(true, Ordering::Release);
    }

    /// The same, and why. Not for a system's callbacks.
    pub(crate) fn fail_with(&self, error: MediaError) {
        // The first failure is the reason for those after it.
        let _ = self.failure.set(error);
        self.fail();
    }

    pub(crate) fn failure(&self) -> Option<&MediaError> {
        self.failure.get()
    }

    pub(crate) fn not_numbers(&self) -> u64 {
        self.not_numbers.load(Ordering::Relaxed)
    }

    pub(crate) fn has_failed(&self) -> bool {
        self.failed.load(Ordering::Acquire)
    }

    /// How often the device has called; a healthy device keeps calling.
    pub(crate) fn callbacks(&self) -> u64 {
        self.callbacks.load(Ordering::Relaxed)
    }

    /// Samples that were lost: no room when captured, or not there when played.
    pub(crate) fn missing(&self) -> u64 {
        self.missing.load(Ordering::Relaxed)
    }

    /// The most frames that one callback asked for.
    pub(crate) fn largest(&self) -> usize {
        self.largest.load(Ordering::Relaxed) as usize
    }

    /// So many samples are to stand ready.
    pub(crate) fn want(&self, samples: usize) {
        self.wanted.store(u32::try_from(samples).unwrap_or(u32::MAX), Ordering::Relaxed);
    }

    fn count(&self, frames: usize, missing: usize) {
        self.callbacks.fetch_add(1, Ordering::Relaxed);
        self.largest.fetch_max(u32::try_from(frames).unwrap_or(u32::MAX), Ordering::Relaxed);
        self.went_without(missing);
    }

    /// The device did not get so many samples in time.
    pub(crate) fn went_without(&self, samples: usize) {
        self.missing.fetch_add(samples as u64, Ordering::Relaxed);
    }
}

/// A device without a thread of its own: the thread that works on its sound gives it its turn.
pub(crate) trait PolledDevice: Send {
    /// Moves what there is between the device and the ring, and says how many samples the device still asks for.
    fn turn(&mut self) -> usize;

    /// Before its worker sleeps: the moment when `more` samples can be there, if it does not wake its worker until then. `None` if it wakes.
    fn doze(&mut self, _more: usize, _now: Instant) -> Option<Instant> {
        None
    }
}

/// The device's end of a capture ring.
pub(crate) struct CaptureFeed {
    ring: rtrb::Producer<f32>,
    health: Arc<Health>,
    listener: Option<Waker>,
    wake_at: usize,
}

/// The worker's end of a capture ring: mono samples at `rate_hz`.
pub(crate) struct CaptureTap {
    pub(crate) ring: rtrb::Consumer<f32>,
    pub(crate) health: Arc<Health>,
    pub(crate) rate_hz: u32,
    /// `None` where the device calls by itself.
    pub(crate) polled: Option<Box<dyn PolledDevice>>,
}

/// A capture ring whose listener is woken for every 10 ms of sound.
pub(crate) fn capture_ring(rate_hz: u32, listener: Option<Waker>) -> (CaptureFeed, CaptureTap) {
    let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
    let health = Arc::new(Health::default());
    let wake_at = rate_hz as usize / 100;
    let feed = CaptureFeed { ring: producer, health: Arc::clone(&health), listener, wake_at };
    (feed, CaptureTap { ring: consumer, health, rate_hz, polled: None })
}

impl CaptureTap {
    /// Takes what the device has, unless it brings that by itself.
    pub(crate) fn turn(&mut self) {
        self.polled.as_mut().map(|device| device.turn());
    }
}

impl CaptureFeed {
    /// Takes what a device heard, interleaved, and mixes its channels into one. What is no number is silence: one would spoil all that
    /// is computed from it.
    pub(crate) fn push<T: Copy>(&mut self, interleaved: &[T], channels: usize, to_f32: impl Fn(T) -> f32) {
        let channels = channels.max(1);
        let frames = interleaved.len() / channels;
        let room = self.ring.slots().min(frames);
        let mut not_numbers = 0;
        if let Ok(chunk) = self.ring.write_chunk_uninit(room) {
            let mix = 1.0 / channels as f32;
            let mixed = interleaved.chunks_exact(channels).map(|f| mix * f.iter().map(|&s| to_f32(s)).sum::<f32>());
            chunk.fill_from_iter(mixed.map(|sample| {
                not_numbers += u64::from(!sample.is_finite());
                if sample.is_finite() { sample.clamp(-1.0, 1.0) } else { 0.0 }
            }));
        }
        if not_numbers > 0 {
            self.health.not_numbers.fetch_add(not_numbers, Ordering::Relaxed);
        }
        self.health.count(frames, frames - room);
        if CAPACITY - self.ring.slots() >= self.wake_at {
            self.listener.as_ref().inspect(|listener| listener.wake());
        }
    }

    pub(crate) fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }
}

/// The device's end of a playout ring.
pub(crate) struct PlayoutFeed {
    ring: rtrb::Consumer<f32>,
    health: Arc<Health>,
    listener: Option<Waker>,
}

/// The worker's end of a playout ring: mono samples at `rate_hz`.
pub(crate) struct PlayoutTap {
    pub(crate) ring: rtrb::Producer<f32>,
    pub(crate) health: Arc<Health>,
    pub(crate) rate_hz: u32,
    /// `None` where the device calls by itself.
    pub(crate) polled: Option<Box<dyn PolledDevice>>,
}

impl PlayoutTap {
    /// Gives the device what it asks for, unless it takes that by itself; says how many samples it still asks for.
    pub(crate) fn turn(&mut self) -> Option<usize> {
        self.polled.as_mut().map(|device| device.turn())
    }

    /// Samples that wait to be played.
    pub(crate) fn standing(&self) -> usize {
        CAPACITY - self.ring.slots()
    }
}

/// A playout ring whose listener is woken when the device has taken so much that less stands ready than is wanted.
pub(crate) fn playout_ring(rate_hz: u32, listener: Option<Waker>) -> (PlayoutFeed, PlayoutTap) {
    let (producer, consumer) = rtrb::RingBuffer::new(CAPACITY);
    let health = Arc::new(Health::default());
    let feed = PlayoutFeed { ring: consumer, health: Arc::clone(&health), listener };
    (feed, PlayoutTap { ring: producer, health, rate_hz, polled: None })
}

impl PlayoutFeed {
    /// Samples that can be pulled.
    #[cfg(target_os = "linux")]
    pub(crate) fn standing(&self) -> usize {
        self.ring.slots()
    }

    /// Fills a device's buffer, every channel alike, with silence for what is not there.
    pub(crate) fn pull<T: Copy>(&mut self, interleaved: &mut [T], channels: usize, from_f32: impl Fn(f32) -> T) {
        let channels = channels.max(1);
        let frames = interleaved.len() / channels;
        let there = self.ring.slots().min(frames);
        let mut samples = self.ring.read_chunk(there).into_iter().flatten();
        for frame in interleaved.chunks_exact_mut(channels) {
            frame.fill(from_f32(samples.next().unwrap_or(0.0)));
        }
        drop(samples);
        self.health.count(frames, frames - there);
        if self.ring.slots() < self.health.wanted.load(Ordering::Relaxed) as usize {
            self.listener.as_ref().inspect(|listener| listener.wake());
        }
    }

    pub(crate) fn health(&self) -> Arc<Health> {
        Arc::clone(&self.health)
    }
}
