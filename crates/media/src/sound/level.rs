//! The device check: how loud a microphone is, without a call.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::error::MediaError;
use crate::sound::devices::liveness::Liveness;
use crate::sound::devices::ring::CaptureTap;
use crate::sound::devices::{self, Microphone, SoundSystem, Stream};
use crate::sound::frame::{SILENCE_DBOV, level_dbov};

/// A microphone that is gone is looked for this often.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Listens to a microphone for as long as it lives; dropping it closes the microphone. One that goes away is silent until it is back.
pub struct LevelMeter {
    microphone: Microphone,
    state: Mutex<MeterState>,
}

struct MeterState {
    open: Option<OpenMicrophone>,
    tried_at: Instant,
    last_dbov: f32,
}

struct OpenMicrophone {
    tap: CaptureTap,
    liveness: Liveness,
    _stream: Stream,
}

impl LevelMeter {
    /// Opens the microphone.
    ///
    /// # Errors
    /// Why the microphone cannot be opened.
    pub fn start(microphone: &Microphone) -> Result<Self, MediaError> {
        let state = MeterState {
            open: Some(OpenMicrophone::new(microphone)?),
            tried_at: Instant::now(),
            last_dbov: SILENCE_DBOV,
        };
        Ok(Self { microphone: microphone.clone(), state: Mutex::new(state) })
    }

    /// How loud it was since the last call, in dB relative to full scale; the last value if nothing came since.
    pub fn level_dbov(&self) -> f32 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        state.mend(&self.microphone, Instant::now());
        state.listen()
    }
}

impl MeterState {
    fn mend(&mut self, microphone: &Microphone, now: Instant) {
        if self.open.as_mut().is_some_and(|open| open.liveness.is_broken(now)) {
            (self.open, self.last_dbov) = (None, SILENCE_DBOV);
        }
        if self.open.is_none() && now.saturating_duration_since(self.tried_at) >= TRY_AGAIN {
            self.open = OpenMicrophone::new(microphone).ok();
            self.tried_at = Instant::now();
        }
    }

    fn listen(&mut self) -> f32 {
        if let Some(OpenMicrophone { tap, .. }) = &mut self.open {
            tap.turn();
            let there = tap.ring.slots();
            let heard: Vec<f32> = tap.ring.read_chunk(there).into_iter().flatten().collect();
            if !heard.is_empty() {
                self.last_dbov = level_dbov(&heard);
            }
        }
        self.last_dbov
    }
}

impl OpenMicrophone {
    fn new(microphone: &Microphone) -> Result<Self, MediaError> {
        let opened = devices::open_microphone(SoundSystem, microphone, None)?;
        let liveness = Liveness::new(Arc::clone(&opened.tap.health), opened.device.is_some());
        Ok(Self { tap: opened.tap, liveness, _stream: opened.stream })
    }
}
