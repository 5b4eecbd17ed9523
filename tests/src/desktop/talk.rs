//! Speaking into a sound server's null sinks, and recording them: a voice for an app's microphone, and a recording that knows
//! when each sample was heard.

use std::{
    io::Read as _,
    path::Path,
    process::{Child, ChildStdout, Command, Stdio},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

use anyhow::{Context as _, Result};

use super::{Process, SoundServer};

const RATE: f64 = 48_000.0;

impl SoundServer {
    /// [`speak`] into one of its sinks.
    ///
    /// # Errors
    /// If `paplay` is missing.
    pub fn speak(&self, sink: &str, wav: &Path) -> Result<Process> {
        speak(self.address(), sink, wav)
    }

    /// [`SinkRecorder::on`] one of its sinks.
    ///
    /// # Errors
    /// If `parec` is missing.
    pub fn listen(&self, sink: &str) -> Result<SinkRecorder> {
        SinkRecorder::on(self.address(), sink)
    }
}

/// Plays a WAV file into a sink of the sound server at `address`, once. An app that has the sink's monitor for a microphone hears it.
///
/// # Errors
/// If `paplay` is missing.
pub fn speak(address: &str, sink: &str, wav: &Path) -> Result<Process> {
    let mut player = Command::new("paplay");
    player.args(["--latency-msec=10", "--device", sink]).arg(wav).env("PULSE_SERVER", address);
    Process::start(&mut player)
}

/// A recording that goes on until it is dropped: 48 kHz, mono.
pub struct SinkRecorder {
    heard: Arc<Mutex<Heard>>,
    recorder: Child,
}

#[derive(Default)]
struct Heard {
    samples: Vec<f32>,
    began_at: Option<Instant>,
}

impl SinkRecorder {
    /// The name of the threads that do it, for a benchmark that leaves them out of a process's work.
    pub const THREAD: &str = "ear";

    /// Listens to what is played into a sink of the sound server at `address`.
    ///
    /// # Errors
    /// If `parec` is missing.
    #[expect(clippy::disallowed_methods, reason = "its panic shows in the test that waits for what it reads")]
    pub fn on(address: &str, sink: &str) -> Result<Self> {
        let mut recorder = Command::new("parec");
        recorder.args(["--raw", "--format=float32le", "--rate=48000", "--channels=1", "--latency-msec=10"]);
        recorder.arg(format!("--device={sink}.monitor")).env("PULSE_SERVER", address);
        let recorder = recorder.stdin(Stdio::null()).stdout(Stdio::piped()).spawn();
        let mut recorder = recorder.context("parec does not start")?;
        let sound = recorder.stdout.take().context("the output is a pipe")?;
        let heard = Arc::new(Mutex::new(Heard::default()));
        std::thread::Builder::new().name(Self::THREAD.into()).spawn({
            let heard = Arc::clone(&heard);
            move || keep(sound, &heard)
        })?;
        Ok(Self { heard, recorder })
    }

    /// Everything that was heard since then.
    pub fn since(&self, then: Instant) -> Vec<f32> {
        let heard = lock(&self.heard);
        let Some(began_at) = heard.began_at else { return Vec::new() };
        #[expect(
            clippy::cast_possible_truncation,
            clippy::cast_sign_loss,
            reason = "a place in a recording of minutes"
        )]
        let first = (then.saturating_duration_since(began_at).as_secs_f64() * RATE) as usize;
        heard.samples.get(first..).unwrap_or_default().to_vec()
    }
}

impl Drop for SinkRecorder {
    fn drop(&mut self) {
        let _ = self.recorder.kill();
        let _ = self.recorder.wait();
    }
}

fn keep(mut sound: ChildStdout, heard: &Mutex<Heard>) {
    let mut buffer = [0; 4096];
    let mut rest = Vec::new();
    while let Ok(length @ 1..) = sound.read(&mut buffer) {
        let now = Instant::now();
        rest.extend_from_slice(&buffer[..length]);
        let whole = rest.len() / 4 * 4;
        let mut heard = lock(heard);
        heard.samples.extend(rest[..whole].chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])));
        rest.drain(..whole);
        // A piece never comes too early, so the one that came with the least delay says best when it all began.
        #[expect(clippy::cast_precision_loss, reason = "a recording of minutes")]
        let began_at = now.checked_sub(Duration::from_secs_f64(heard.samples.len() as f64 / RATE));
        heard.began_at = began_at.map(|at| heard.began_at.map_or(at, |before| before.min(at))).or(heard.began_at);
    }
}

fn lock(heard: &Mutex<Heard>) -> MutexGuard<'_, Heard> {
    heard.lock().unwrap_or_else(PoisonError::into_inner)
}
