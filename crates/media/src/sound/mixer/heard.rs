//! One voice that is heard: from its packets to its part of the mix.

use std::sync::atomic::{AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, mpsc};
use std::time::{Duration, Instant};

use super::MAX_VOICES;
use crate::error::MediaError;
use crate::sound::frame::{FRAME, Frame, SILENCE, SILENCE_DBOV, level_dbov};
use crate::sound::jitter::{JitterStats, Playback, ReceivedPacket};

/// Packets of one voice that arrived and wait for the audio thread: more than a second of them.
const PACKET_QUEUE: usize = 64;

/// How loud one voice is played: from silent to twice as loud as it came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Volume(u8);

impl Volume {
    /// As it came.
    pub const FULL: Self = Self(100);
    /// The most, in percent.
    pub const MOST: u8 = 200;

    /// `0` is silent, `100` as it came, `200` the most.
    #[must_use]
    pub fn percent(percent: u8) -> Self {
        Self(percent.min(Self::MOST))
    }

    fn gain(self) -> f32 {
        f32::from(self.0) / 100.0
    }
}

impl Default for Volume {
    fn default() -> Self {
        Self::FULL
    }
}

/// How many voices a mixer has a place for yet.
#[derive(Debug, Clone, Default)]
pub(crate) struct Places {
    taken: Arc<AtomicUsize>,
}

impl Places {
    /// The two ends of another voice: where its packets go in, and where they are heard.
    pub(crate) fn take(&self) -> Result<(SoundSink, HeardVoice), MediaError> {
        let place = Place::take(&self.taken)?;
        let (packets, received) = mpsc::sync_channel(PACKET_QUEUE);
        let shared = Arc::new(Shared {
            volume: AtomicU32::new(Volume::FULL.gain().to_bits()),
            level_dbov: AtomicU32::new(SILENCE_DBOV.to_bits()),
            delay_ms: AtomicU32::new(0.0_f32.to_bits()),
        });
        let voice = HeardVoice {
            playback: Playback::new()?,
            received,
            gain: Volume::FULL.gain(),
            has_ended: false,
            shared: Arc::clone(&shared),
        };
        Ok((SoundSink { packets, control: HeardControl { shared }, _place: place }, voice))
    }
}

/// One of the places; free again when this is dropped.
#[derive(Debug)]
struct Place {
    taken: Arc<AtomicUsize>,
}

impl Place {
    fn take(taken: &Arc<AtomicUsize>) -> Result<Self, MediaError> {
        let free = |taken| (taken < MAX_VOICES).then_some(taken + 1);
        taken.fetch_update(Ordering::AcqRel, Ordering::Acquire, free).map_err(|_| MediaError::TooManyVoices)?;
        Ok(Self { taken: Arc::clone(taken) })
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        self.taken.fetch_sub(1, Ordering::AcqRel);
    }
}

/// What the audio thread and a voice's owner tell each other.
#[derive(Debug)]
struct Shared {
    volume: AtomicU32,
    level_dbov: AtomicU32,
    delay_ms: AtomicU32,
}

/// Takes a received track's packets to its jitter buffer, from the task that receives them. The voice is heard for as long as this lives;
/// dropping it frees its decoder. What comes after the end of the call's sound is not heard.
#[derive(Debug)]
pub struct SoundSink {
    packets: mpsc::SyncSender<ReceivedPacket>,
    control: HeardControl,
    _place: Place,
}

impl SoundSink {
    /// Takes a packet from the network. Never blocks: beyond a second of unread packets the new ones are lost.
    pub fn push(&self, packet: ReceivedPacket) {
        // The jitter buffer sees the gap like any other loss.
        let _ = self.packets.try_send(packet);
    }

    /// How loud this voice is, and how loud it is to be played.
    #[must_use]
    pub fn control(&self) -> HeardControl {
        self.control.clone()
    }
}

/// How loud and how late one voice is, and how loud it is to be played. It does not keep the voice alive.
#[derive(Debug, Clone)]
pub struct HeardControl {
    shared: Arc<Shared>,
}

impl HeardControl {
    /// Plays it louder or softer from the next 10 ms on.
    pub fn set_volume(&self, volume: Volume) {
        self.shared.volume.store(volume.gain().to_bits(), Ordering::Relaxed);
    }

    /// How loud it comes, whatever its volume, in dB relative to full scale: `-96.0` is silence.
    #[must_use]
    pub fn level_dbov(&self) -> f32 {
        f32::from_bits(self.shared.level_dbov.load(Ordering::Relaxed))
    }

    /// How much later than its fastest packet could have brought it this voice is played, as it was at its latest sound.
    #[must_use]
    pub fn delay(&self) -> Duration {
        let ms = f32::from_bits(self.shared.delay_ms.load(Ordering::Relaxed));
        Duration::try_from_secs_f32(ms / 1_000.0).unwrap_or_default()
    }
}

/// The audio thread's end of a voice.
pub(crate) struct HeardVoice {
    playback: Playback,
    received: mpsc::Receiver<ReceivedPacket>,
    /// What the last sample was amplified by.
    gain: f32,
    has_ended: bool,
    shared: Arc<Shared>,
}

impl HeardVoice {
    /// The same voice, with nothing of it in hand.
    pub(super) fn anew(self) -> Result<Self, MediaError> {
        Ok(Self { playback: Playback::new()?, ..self })
    }

    pub(super) fn receive(&mut self) {
        loop {
            match self.received.try_recv() {
                Ok(packet) => self.playback.insert(packet),
                Err(mpsc::TryRecvError::Empty) => return,
                Err(mpsc::TryRecvError::Disconnected) => {
                    self.has_ended = true;
                    return;
                }
            }
        }
    }

    /// Adds the next 10 ms of this voice to a mix. One that has ended is faded out with them.
    pub(super) fn add_10ms(&mut self, now: Instant, mix: &mut Frame) {
        let mut frame = SILENCE;
        self.playback.pull_10ms(now, &mut frame);
        let level = if self.has_ended { SILENCE_DBOV } else { level_dbov(&frame) };
        self.shared.level_dbov.store(level.to_bits(), Ordering::Relaxed);
        self.shared.delay_ms.store(self.stats().delay_ms.to_bits(), Ordering::Relaxed);
        let wanted = if self.has_ended { 0.0 } else { f32::from_bits(self.shared.volume.load(Ordering::Relaxed)) };
        let (begins, step) = (self.gain, (wanted - self.gain) / FRAME as f32);
        for (n, (mixed, sample)) in mix.iter_mut().zip(&frame).enumerate() {
            *mixed += sample * (begins + step * (n + 1) as f32);
        }
        self.gain = wanted;
    }

    pub(super) fn has_ended(&self) -> bool {
        self.has_ended
    }

    pub(super) fn stats(&self) -> JitterStats {
        self.playback.stats()
    }
}
