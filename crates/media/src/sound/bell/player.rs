//! Plays a bell on a speaker of its own, for as long as the player is held.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use super::Bell;
use crate::error::MediaError;
use crate::sound::devices::liveness::Liveness;
use crate::sound::devices::ring::PlayoutTap;
use crate::sound::devices::taps::Playout;
use crate::sound::devices::wake::{Sleeper, Waker};
use crate::sound::devices::{self, Opened, SoundSystem, Speaker, Stream};
use crate::sound::frame::{FRAME, Frame};
use crate::threads::{self, Restarts};

const THREAD: &str = "bell";

/// The device wakes the thread; this only bounds how long a stop or a broken device goes unnoticed.
const TICK: Duration = Duration::from_millis(50);

/// While there is no speaker one is looked for this often.
const TRY_AGAIN: Duration = Duration::from_millis(500);

/// Behind the end of a bell; more than any device keeps that was handed over and not yet played.
const SILENT_FRAMES: usize = 5;

/// So long the end of a bell may take to leave the device.
const DRAIN: Duration = Duration::from_millis(200);

/// Plays a bell; dropping it stops the bell within some milliseconds.
pub struct BellPlayer {
    stop: Arc<AtomicBool>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

impl BellPlayer {
    /// Opens the speaker and starts to play, at a volume from 0 to 1. A speaker that goes away meanwhile is replaced by the default
    /// one, or by whichever comes next.
    ///
    /// # Errors
    /// Why neither the speaker nor the default one can be opened.
    pub fn start(bell: Bell, volume: f32, speaker: &Speaker) -> Result<Self, MediaError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (opened_tx, opened) = mpsc::sync_channel(1);
        let (stopped, speaker) = (Arc::clone(&stop), speaker.clone());
        let sleeper = Sleeper::new()?;
        let waker = sleeper.waker();
        let play = move || match Player::open(bell, volume, speaker, sleeper) {
            Ok(mut player) => {
                // Fails only if the caller does not wait any more.
                let _ = opened_tx.send(Ok(()));
                player.run(&stopped);
            }
            Err(error) => {
                let _ = opened_tx.send(Err(error));
            }
        };
        let thread = threads::start(THREAD, play, |error| tracing::error!(%error, "the bell fell silent"))?;
        opened.recv().map_err(|_| MediaError::Closed)??;
        Ok(Self { stop, waker, thread: Some(thread) })
    }

    /// Stops, and waits until the speaker is closed.
    pub fn stop(mut self) {
        self.silence();
        if let Some(thread) = self.thread.take() {
            // It always ends well: a panic in it was caught and told.
            let _ = thread.join();
        }
    }

    fn silence(&self) {
        self.stop.store(true, Ordering::Release);
        self.waker.wake();
    }
}

impl Drop for BellPlayer {
    fn drop(&mut self) {
        self.silence();
    }
}

struct Player {
    samples: Vec<f32>,
    repeats: bool,
    position: usize,
    speaker: Speaker,
    sleeper: Sleeper,
    device: Device,
}

struct Device {
    _stream: Stream,
    playout: Playout,
    liveness: Liveness,
    /// Since when nothing but a clock is there, for want of a speaker.
    missing_since: Option<Instant>,
    is_given_up: bool,
}

impl Device {
    fn open(speaker: &Speaker, waker: &Waker) -> Result<Self, MediaError> {
        let listener = || Some(waker.clone());
        let opened = devices::open_speaker(SoundSystem, speaker, listener()).or_else(|error| match speaker {
            Speaker::Device(_) => devices::open_speaker(SoundSystem, &Speaker::Default, listener()),
            Speaker::Default | Speaker::Wav(_) => Err(error),
        })?;
        Self::of(opened, None)
    }

    fn of(opened: Opened<PlayoutTap>, missing_since: Option<Instant>) -> Result<Self, MediaError> {
        let liveness = Liveness::new(Arc::clone(&opened.tap.health), opened.device.is_some());
        let playout = Playout::new(opened.tap)?;
        Ok(Self { _stream: opened.stream, playout, liveness, missing_since, is_given_up: false })
    }

    /// The bell goes on unheard, so that it is heard again as soon as there is a speaker.
    fn stand_in(waker: &Waker) -> Result<Self, MediaError> {
        Self::of(devices::deaf_speaker(Some(waker.clone()))?, Some(Instant::now()))
    }

    fn is_to_be_replaced(&mut self, now: Instant) -> bool {
        let is_due = self.missing_since.is_some_and(|since| now.saturating_duration_since(since) >= TRY_AGAIN);
        is_due || self.is_given_up || self.liveness.is_broken(now)
    }
}

impl Player {
    fn open(bell: Bell, volume: f32, speaker: Speaker, sleeper: Sleeper) -> Result<Self, MediaError> {
        let device = Device::open(&speaker, &sleeper.waker())?;
        let volume = volume.clamp(0.0, 1.0);
        let samples = bell.render().into_iter().map(|sample| volume * sample).collect();
        Ok(Self { samples, repeats: bell.repeats(), position: 0, speaker, sleeper, device })
    }

    /// Rings on after a panic, on a device opened anew.
    fn run(&mut self, stop: &AtomicBool) {
        let mut restarts = Restarts::new();
        while threads::guarded(THREAD, || self.ring(stop)).is_err() && restarts.take() {
            self.device.is_given_up = true;
        }
    }

    fn ring(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) && (self.repeats || self.position < self.samples.len()) {
            if self.device.is_to_be_replaced(Instant::now())
                && let Err(error) = self.replace_device()
            {
                return tracing::error!(%error, "the bell fell silent");
            }
            while self.device.playout.is_hungry() {
                let frame = self.next(1.0);
                self.device.playout.push(&frame);
            }
            self.sleeper.sleep(TICK);
        }
        self.die_away();
    }

    /// A file is not begun anew: that would lose what is in it.
    fn replace_device(&mut self) -> Result<(), MediaError> {
        let waker = self.sleeper.waker();
        let again =
            if matches!(self.speaker, Speaker::Wav(_)) { None } else { Device::open(&self.speaker, &waker).ok() };
        self.device = again.map_or_else(|| Device::stand_in(&waker), Ok)?;
        Ok(())
    }

    /// A bell that is stopped in the middle fades over 30 ms, for a cut clicks. What may be cut is the silence after it.
    fn die_away(&mut self) {
        let silence = std::iter::repeat_n(0.0, SILENT_FRAMES);
        for volume in [0.6, 0.3, 0.1].into_iter().chain(silence) {
            let frame = self.next(volume);
            self.device.playout.push(&frame);
        }
        let until = Instant::now() + DRAIN;
        while !self.device.playout.is_empty() && Instant::now() < until {
            self.sleeper.sleep(Duration::from_millis(10));
        }
    }

    fn next(&mut self, volume: f32) -> Frame {
        let length = self.samples.len();
        let sample = |n: usize| match self.position + n {
            at if at < length => self.samples[at],
            at if self.repeats => self.samples[at % length],
            _ => 0.0,
        };
        let frame = std::array::from_fn(|n| volume * sample(n));
        self.position += FRAME;
        if self.repeats {
            self.position %= length;
        }
        frame
    }
}
