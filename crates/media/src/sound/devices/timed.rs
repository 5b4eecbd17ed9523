//! Devices that are only a clock: WAV files, silence, and a speaker that makes no sound.
//!
//! They keep the same contract as hardware: every 10 ms of wall time one frame passes through the ring.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use super::ring::{self, CaptureTap, Health, PlayoutTap};
use super::wake::Waker;
use super::{Opened, Stream};
use crate::error::MediaError;
use crate::sound::frame::{Frame, SAMPLE_RATE, SILENCE};
use crate::sound::wav::{self, Recording};
use crate::threads;

const TICK: Duration = Duration::from_millis(10);

/// A WAV recording survives a kill up to this many frames before it.
const FRAMES_PER_FLUSH: usize = 25;

/// A thread that calls `tick` every 10 ms until it is dropped; a late call is caught up with.
pub(crate) struct Clock {
    stop: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Clock {
    /// A panic in `tick` fails the device.
    fn start(
        name: &'static str,
        health: Arc<Health>,
        mut tick: impl FnMut() + Send + 'static,
    ) -> Result<Self, MediaError> {
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
        let thread = threads::start(name, run, move |error| health.fail_with(error))?;
        Ok(Self { stop, thread: Some(thread) })
    }
}

impl Drop for Clock {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Release);
        if let Some(thread) = self.thread.take() {
            thread.thread().unpark();
            // A panic there has failed the device.
            let _ = thread.join();
        }
    }
}

/// A microphone that plays a file in a loop.
pub(crate) fn wav_microphone(path: &Path, listener: Option<Waker>) -> Result<Opened<CaptureTap>, MediaError> {
    let recording = Recording::read(path)?;
    if recording.samples().is_empty() {
        return Err(MediaError::file(path, "holds no sound"));
    }
    if recording.not_numbers() > 0 {
        tracing::warn!(?path, samples = recording.not_numbers(), "not all of the file are numbers; it is silent there");
    }
    playing_microphone(recording, listener)
}

/// A microphone that plays a recording in a loop; one without sound is silent.
pub(crate) fn playing_microphone(
    recording: Recording,
    listener: Option<Waker>,
) -> Result<Opened<CaptureTap>, MediaError> {
    let mut position = 0;
    capture("wav microphone", listener, move |frame| {
        let samples = recording.samples();
        for sample in frame.iter_mut().filter(|_| !samples.is_empty()) {
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
    name: &'static str,
    listener: Option<Waker>,
    mut fill: impl FnMut(&mut Frame) + Send + 'static,
) -> Result<Opened<CaptureTap>, MediaError> {
    let (mut feed, tap) = ring::capture_ring(SAMPLE_RATE, listener);
    let mut frame = SILENCE;
    let clock = Clock::start(name, feed.health(), move || {
        fill(&mut frame);
        feed.push(&frame, 1, |s| s);
    })?;
    Ok(Opened { stream: Stream::Timed(clock), tap, device: None })
}

/// A speaker that records what it plays; the file is whole whenever the speaker is dropped.
pub(crate) fn wav_speaker(path: &Path, listener: Option<Waker>) -> Result<Opened<PlayoutTap>, MediaError> {
    let writer = wav::Writer::create(path)?;
    playout("wav speaker", listener, |health| {
        let mut recorder = Recorder { writer, frames: 0, health };
        move |frame: &Frame| recorder.take(frame)
    })
}

/// A speaker that makes no sound: what a call plays to where there is none.
pub(crate) fn deaf_speaker(listener: Option<Waker>) -> Result<Opened<PlayoutTap>, MediaError> {
    playout("no speaker", listener, |_| |_: &Frame| {})
}

fn playout<D: FnMut(&Frame) + Send + 'static>(
    name: &'static str,
    listener: Option<Waker>,
    drain: impl FnOnce(Arc<Health>) -> D,
) -> Result<Opened<PlayoutTap>, MediaError> {
    let (mut feed, tap) = ring::playout_ring(SAMPLE_RATE, listener);
    let mut drain = drain(feed.health());
    let mut frame = SILENCE;
    let clock = Clock::start(name, feed.health(), move || {
        feed.pull(&mut frame, 1, |s| s);
        drain(&frame);
    })?;
    Ok(Opened { stream: Stream::Timed(clock), tap, device: None })
}

/// Writes a recording. What cannot be written fails the device: a recording with holes is none.
struct Recorder {
    writer: wav::Writer,
    frames: usize,
    health: Arc<Health>,
}

impl Recorder {
    fn take(&mut self, frame: &Frame) {
        if self.health.has_failed() {
            return;
        }
        self.frames += 1;
        let mut written = self.writer.write(frame);
        if self.frames.is_multiple_of(FRAMES_PER_FLUSH) {
            written = written.and_then(|()| self.writer.flush());
        }
        self.fail_unless(written);
    }

    fn fail_unless(&self, written: Result<(), MediaError>) {
        if let Err(error) = written {
            self.health.fail_with(error);
        }
    }
}

impl Drop for Recorder {
    fn drop(&mut self) {
        let written = self.writer.flush();
        self.fail_unless(written);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// On a busy machine.
    const PATIENCE: Duration = Duration::from_secs(10);

    #[test]
    fn a_panic_of_the_clock_fails_the_device() {
        let opened = capture("microphone", None, |_| panic!("out of paper")).expect("it opens");

        wait_until(|| opened.tap.health.has_failed());

        let error = MediaError::Crashed { thread: "microphone", detail: "out of paper".into() };
        assert_eq!(opened.tap.health.failure(), Some(&error));
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_recording_that_cannot_be_written_fails_the_device() {
        let opened = wav_speaker(Path::new("/dev/full"), None).expect("it opens");

        let health = Arc::clone(&opened.tap.health);
        drop(opened);

        assert!(matches!(health.failure(), Some(MediaError::File { .. })), "{:?}", health.failure());
    }

    fn wait_until(done: impl Fn() -> bool) {
        let deadline = Instant::now() + PATIENCE;
        while !done() {
            assert!(Instant::now() < deadline, "it did not happen within {PATIENCE:?}");
            thread::park_timeout(Duration::from_millis(5));
        }
    }
}
