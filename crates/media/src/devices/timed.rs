//! Devices that are only a clock: WAV files, silence, and a speaker nobody hears.
//!
//! They keep the same contract as hardware: every 10 ms of wall time one frame passes through the ring.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ring::{self, CaptureTap, PlayoutTap};
use super::wake::Waker;
use super::{Opened, Stream};
use crate::error::MediaError;
use crate::frame::{FRAME, Frame, SAMPLE_RATE, SILENCE};
use crate::wav;

const TICK: Duration = Duration::from_millis(10);

/// A WAV recording survives a kill up to this many frames before it.
const FRAMES_PER_FLUSH: usize = 25;

/// A thread that calls `tick` every 10 ms until it is dropped; a late call is caught up with.
pub(crate) struct Clock {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    fn start(name: &str, mut tick: impl FnMut() + Send + 'static) -> Result<Self, MediaError> {
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let run = move || {
            let mut due = Instant::now();
            while !stopped.load(Ordering::Acquire) {
                let now = Instant::now();
                if now < due {
                    thread::park_timeout(due - now);
                    continue;
                }
                tick();
                due += TICK;
            }
        };
        let thread = thread::Builder::new().name(name.into()).spawn(run);
        let thread = thread.map_err(|e| MediaError::Other(e.to_string()))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there was already reported by its thread.
            let _ = thread.join();
        }
    }
}

/// A microphone that plays a file in a loop.
pub(crate) fn wav_microphone(path: &Path, listener: Option<Waker>) -> Result<Opened<CaptureTap>, MediaError> {
    let samples = wav::read(path)?;
    if samples.is_empty() {
        return Err(MediaError::file(path, "holds no sound"));
    }
    let mut position = 0;
    capture("wav microphone", listener, move |frame| {
        for sample in frame.iter_mut() {
            *sample = samples[position];
            position = (position + 1) % samples.len();
        }
    })
}

/// A microphone that hears nothing: what is sent where there is none.
pub(crate) fn silent_microphone(listener: Option<Waker>) -> Result<Opened<CaptureTap>, MediaError> {
    capture("no microphone", listener, |_| {})
}

fn capture(
    name: &str,
    listener: Option<Waker>,
    mut fill: impl FnMut(&mut Frame) + Send + 'static,
) -> Result<Opened<CaptureTap>, MediaError> {
    let (mut feed, tap) = ring::capture_ring(SAMPLE_RATE, listener);
    let mut frame = SILENCE;
    let clock = Clock::start(name, move || {
        fill(&mut frame);
        feed.push(&frame, 1, |s| s);
    })?;
    Ok(Opened { stream: Stream::Timed(clock), tap, device: None })
}

/// A speaker that records what it plays; the file is whole whenever the speaker is dropped.
pub(crate) fn wav_speaker(path: &Path, listener: Option<Waker>) -> Result<Opened<PlayoutTap>, MediaError> {
    let mut writer = wav::Writer::create(path)?;
    let mut frames = 0;
    playout("wav speaker", listener, move |frame| {
        frames += 1;
        let written =
            writer.write(frame).and_then(|()| if frames % FRAMES_PER_FLUSH == 0 { writer.flush() } else { Ok(()) });
        if let Err(error) = written {
            tracing::warn!(%error, "the recording lost sound");
        }
    })
}

/// A speaker that nobody hears: what a call plays to where there is none.
pub(crate) fn deaf_speaker(listener: Option<Waker>) -> Result<Opened<PlayoutTap>, MediaError> {
    playout("no speaker", listener, |_| {})
}

fn playout(
    name: &str,
    listener: Option<Waker>,
    mut drain: impl FnMut(&Frame) + Send + 'static,
) -> Result<Opened<PlayoutTap>, MediaError> {
    let (mut feed, tap) = ring::playout_ring(SAMPLE_RATE, listener);
    let mut frame = [0.0; FRAME];
    let clock = Clock::start(name, move || {
        feed.pull(&mut frame, 1, |s| s);
        drain(&frame);
    })?;
    Ok(Opened { stream: Stream::Timed(clock), tap, device: None })
}
