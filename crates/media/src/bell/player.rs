//! Plays a bell on a speaker of its own, for as long as somebody holds the player.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::Bell;
use crate::devices::ring::Health;
use crate::devices::taps::Playout;
use crate::devices::wake::{Sleeper, Waker};
use crate::devices::{self, SoundSystem, Speaker, Stream};
use crate::error::MediaError;
use crate::frame::{FRAME, Frame};

/// The device wakes the thread; this only bounds how long a stop or a broken device goes unnoticed.
const TICK: Duration = Duration::from_millis(50);

/// A healthy device calls every 10 ms or so.
const STALLED: Duration = Duration::from_millis(500);

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
    /// Opens the speaker and starts to play. A speaker that is pulled out meanwhile is replaced by the default one.
    ///
    /// # Errors
    /// Why neither the speaker nor the default one can be opened.
    pub fn start(bell: Bell, speaker: &Speaker) -> Result<Self, MediaError> {
        let stop = Arc::new(AtomicBool::new(false));
        let (opened_tx, opened) = mpsc::sync_channel(1);
        let (stopped, speaker) = (Arc::clone(&stop), speaker.clone());
        let sleeper = Sleeper::new()?;
        let waker = sleeper.waker();
        let play = move || match Player::open(bell, &speaker, sleeper) {
            Ok(mut player) => {
                // Fails only if nobody waits any more.
                let _ = opened_tx.send(Ok(()));
                player.run(&stopped);
            }
            Err(error) => {
                let _ = opened_tx.send(Err(error));
            }
        };
        let thread = thread::Builder::new().name("bell".into()).spawn(play);
        let thread = thread.map_err(|e| MediaError::Other(e.to_string()))?;
        opened.recv().map_err(|_| MediaError::Closed)??;
        Ok(Self { stop, waker, thread: Some(thread) })
    }

    /// Stops, and waits until the speaker is closed.
    pub fn stop(mut self) {
        self.silence();
        if let Some(thread) = self.thread.take() {
            // A panic there was already reported by its thread.
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
    sleeper: Sleeper,
    device: Device,
}

struct Device {
    _stream: Stream,
    playout: Playout,
    health: Arc<Health>,
    calls: u64,
    called_at: Instant,
}

impl Device {
    fn open(speaker: &Speaker, waker: &Waker) -> Result<Self, MediaError> {
        let listener = || Some(waker.clone());
        let opened = devices::open_speaker(SoundSystem, speaker, listener()).or_else(|error| match speaker {
            Speaker::Device(_) => devices::open_speaker(SoundSystem, &Speaker::Default, listener()),
            Speaker::Default | Speaker::Wav(_) => Err(error),
        })?;
        let health = Arc::clone(&opened.tap.health);
        let playout = Playout::new(opened.tap)?;
        Ok(Self { _stream: opened.stream, playout, health, calls: 0, called_at: Instant::now() })
    }

    fn is_broken(&mut self) -> bool {
        let calls = self.health.callbacks();
        if calls != self.calls {
            self.calls = calls;
            self.called_at = Instant::now();
        }
        self.health.has_failed() || self.called_at.elapsed() > STALLED
    }
}

impl Player {
    fn open(bell: Bell, speaker: &Speaker, sleeper: Sleeper) -> Result<Self, MediaError> {
        let device = Device::open(speaker, &sleeper.waker())?;
        Ok(Self { samples: bell.render(), repeats: bell.repeats(), position: 0, sleeper, device })
    }

    fn run(&mut self, stop: &AtomicBool) {
        while !stop.load(Ordering::Acquire) && (self.repeats || self.position < self.samples.len()) {
            if self.device.is_broken() {
                match Device::open(&Speaker::Default, &self.sleeper.waker()) {
                    Ok(device) => self.device = device,
                    Err(error) => {
                        tracing::warn!(%error, "the bell fell silent");
                        return;
                    }
                }
            }
            while self.device.playout.is_hungry() {
                let frame = self.next(1.0);
                self.device.playout.push(&frame);
            }
            self.sleeper.sleep(TICK);
        }
        self.die_away();
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
