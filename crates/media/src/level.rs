//! The device check: how loud a microphone is, without a call.

use std::sync::{Mutex, PoisonError};

use crate::devices::ring::CaptureTap;
use crate::devices::{self, Microphone, SoundSystem, Stream};
use crate::error::MediaError;
use crate::frame::level_dbov;

/// Listens to a microphone for as long as it lives; dropping it closes the microphone.
pub struct LevelMeter {
    tap: Mutex<(CaptureTap, f32)>,
    _stream: Stream,
}

impl LevelMeter {
    /// Opens the microphone.
    ///
    /// # Errors
    /// Why the microphone cannot be opened.
    pub fn start(microphone: &Microphone) -> Result<Self, MediaError> {
        let opened = devices::open_microphone(SoundSystem, microphone, None)?;
        Ok(Self { tap: Mutex::new((opened.tap, crate::SILENCE_DBOV)), _stream: opened.stream })
    }

    /// How loud it was since the last call, in dB relative to full scale; the last value if nothing came since.
    pub fn level_dbov(&self) -> f32 {
        let mut guard = self.tap.lock().unwrap_or_else(PoisonError::into_inner);
        let (tap, last) = &mut *guard;
        tap.turn();
        let there = tap.ring.slots();
        let heard: Vec<f32> = tap.ring.read_chunk(there).into_iter().flatten().collect();
        if !heard.is_empty() {
            *last = level_dbov(&heard);
        }
        *last
    }
}
