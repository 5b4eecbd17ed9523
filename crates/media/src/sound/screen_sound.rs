//! What other programs play, for those who see the shared screen: music and films, in stereo, without any of the processing of voices.

use std::path::PathBuf;
use std::sync::Arc;
use std::time::{Duration, Instant};

use bytes::Bytes;
use tokio::sync::mpsc;

use super::frame::{PACKET, SAMPLE_RATE, level_dbov};
use super::voice::EncodedPacket;
use super::voice::gate::{Encoded, Gate, Passed};
use super::wav::Recording;
use crate::error::MediaError;
use crate::stop::Stop;
use crate::threads;

const THREAD: &str = "screen sound";
/// Left and right.
const CHANNELS: usize = 2;
/// Music without audible faults.
const BITRATE_BPS: i32 = 128_000;
const PACKET_TIME: Duration = Duration::from_millis(20);
/// After so many packets of silence none are sent until there is something to hear: most screens are silent.
const SILENT_PACKETS: u32 = 10;
/// The most that a 20 ms packet may take.
const MAX_PACKET_BYTES: usize = 1275;

type Samples = [f32; PACKET * CHANNELS];

/// Where the sound comes from that goes with a shared screen.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum ScreenSound {
    /// All that other programs of this user play. On Linux calls that say they are one are left out, which those in browsers mostly do not;
    /// on Windows and macOS other calls are heard too.
    #[default]
    OtherPrograms,
    /// A WAV file, over and over.
    Wav(PathBuf),
}

/// The sound of other programs on its way to the others in a call. Dropping it ends it.
pub struct ScreenSoundStream {
    gate: Arc<Gate>,
    stop: Stop,
}

impl ScreenSoundStream {
    /// Begins, because this device's own user shares a screen with its sound. Packets go to `packets`; `failed` is told why there are no more.
    ///
    /// # Errors
    /// [`MediaError`]: the codec does not start, or the system refuses a thread.
    pub fn open(
        source: &ScreenSound,
        packets: mpsc::Sender<EncodedPacket>,
        failed: impl Fn(MediaError) + Clone + Send + 'static,
    ) -> Result<Self, MediaError> {
        let (gate, stop) = (Arc::new(Gate::default()), Stop::default());
        gate.open(packets);
        let stream = Self { gate: Arc::clone(&gate), stop: stop.clone() };
        let (source, tell) = (source.clone(), failed.clone());
        let mut sender = Sender::new(gate)?;
        let work = move || {
            let ended = open(&source).and_then(|mut source| send(source.as_mut(), &mut sender, &stop));
            if let Some(error) = ended.err().filter(|_| !stop.is_stopped()) {
                tell(error);
            }
        };
        threads::start(THREAD, work, failed)?;
        Ok(stream)
    }

    /// After it has returned nothing of it may be sent: what is queued is [stale](EncodedPacket::is_stale).
    pub fn turn_off(&self) {
        self.gate.close();
        self.stop.stop();
    }
}

impl Drop for ScreenSoundStream {
    fn drop(&mut self) {
        self.turn_off();
    }
}

/// Something that plays.
trait Playing {
    /// The next 20 ms.
    ///
    /// # Errors
    /// [`MediaError`]: nothing more is heard.
    fn next(&mut self, into: &mut Samples) -> Result<(), MediaError>;
}

fn open(source: &ScreenSound) -> Result<Box<dyn Playing>, MediaError> {
    match source {
        #[cfg(any(target_os = "linux", target_os = "macos", windows))]
        ScreenSound::OtherPrograms => Ok(Box::new(super::devices::OtherPrograms::connect()?)),
        #[cfg(not(any(target_os = "linux", target_os = "macos", windows)))]
        ScreenSound::OtherPrograms => Err(MediaError::NoSoundSystem),
        ScreenSound::Wav(path) => Ok(Box::new(File { recording: Recording::read(path)?, at: 0 })),
    }
}

#[cfg(any(target_os = "linux", target_os = "macos", windows))]
impl Playing for super::devices::OtherPrograms {
    fn next(&mut self, into: &mut Samples) -> Result<(), MediaError> {
        self.mix(into)
    }
}

/// Both channels alike.
struct File {
    recording: Recording,
    at: usize,
}

impl Playing for File {
    fn next(&mut self, into: &mut Samples) -> Result<(), MediaError> {
        let samples = self.recording.samples();
        if samples.is_empty() {
            into.fill(0.0);
            return Ok(());
        }
        for frame in into.chunks_exact_mut(CHANNELS) {
            frame.fill(samples[self.at % samples.len()]);
            self.at = (self.at + 1) % samples.len();
        }
        Ok(())
    }
}

/// By this program's own clock; what it was too late for is left out.
fn send(source: &mut dyn Playing, sender: &mut Sender, stop: &Stop) -> Result<(), MediaError> {
    let mut samples = Box::new([0.0; PACKET * CHANNELS]);
    let mut due = Instant::now();
    while !stop.wait_until(due) {
        let now = Instant::now();
        source.next(&mut samples)?;
        sender.push(&samples)?;
        due += PACKET_TIME;
        let late = now.saturating_duration_since(due).as_millis() / PACKET_TIME.as_millis();
        if late > 0 {
            let left_out = u32::try_from(late).unwrap_or(u32::MAX);
            sender.leave_out(left_out);
            due = now;
        }
    }
    Ok(())
}

/// From 20 ms of sound to a packet, and from silence to nothing.
struct Sender {
    opus: opus::Encoder,
    gate: Arc<Gate>,
    era: u64,
    silent: u32,
    /// Sound that was not sent since the last packet, in samples.
    skipped: u32,
    buffer: Box<[u8; MAX_PACKET_BYTES]>,
}

impl Sender {
    fn new(gate: Arc<Gate>) -> Result<Self, MediaError> {
        let mut opus = opus::Encoder::new(SAMPLE_RATE, opus::Channels::Stereo, opus::Application::Audio)?;
        opus.set_bitrate(opus::Bitrate::Bits(BITRATE_BPS))?;
        opus.set_vbr(true)?;
        opus.set_signal(opus::Signal::Music)?;
        let (era, buffer) = (gate.era(), Box::new([0; MAX_PACKET_BYTES]));
        Ok(Self { opus, gate, era, silent: 0, skipped: 0, buffer })
    }

    fn push(&mut self, samples: &Samples) -> Result<(), MediaError> {
        let is_silent = samples.iter().all(|sample| sample.abs() < 1.0 / 32_768.0);
        self.silent = if is_silent { self.silent.saturating_add(1) } else { 0 };
        // Also of silence: its memory goes on evenly.
        let bytes = self.opus.encode_float(samples, self.buffer.as_mut_slice())?;
        let passed = if self.silent > SILENT_PACKETS {
            Passed::Held
        } else {
            let payload = Bytes::copy_from_slice(&self.buffer[..bytes]);
            let dbov = level_dbov(samples.as_slice());
            self.gate.pass(self.era, Encoded { payload, skipped: self.skipped, dbov, is_speech: false })
        };
        self.skipped = if passed == Passed::Sent { 0 } else { self.skipped.wrapping_add(PACKET as u32) };
        Ok(())
    }

    /// So many packets were never made.
    fn leave_out(&mut self, packets: u32) {
        self.skipped = self.skipped.wrapping_add(packets.wrapping_mul(PACKET as u32));
    }
}

#[cfg(test)]
mod tests {
    use tokio::time::timeout;

    use super::*;
    use crate::sound::measure::{Pitch, write_voice};

    const PATIENCE: Duration = Duration::from_secs(20);

    #[tokio::test]
    async fn a_file_is_sent_in_stereo_and_after_it_is_off_nothing_may_be() {
        let folder = tempfile::tempdir().expect("a scratch folder");
        let path = folder.path().join("film.wav");
        write_voice(&path, Pitch::Low, Duration::from_secs(1)).expect("written");
        let (packets_tx, mut packets) = mpsc::channel(64);

        let stream = ScreenSoundStream::open(&ScreenSound::Wav(path), packets_tx, |error| panic!("{error}"));
        let packet = timeout(PATIENCE, packets.recv()).await.expect("in time").expect("it plays");

        assert_eq!(opus::packet::get_nb_channels(&packet.payload).ok(), Some(opus::Channels::Stereo));
        assert_eq!(packet.samples as usize, PACKET);
        assert!(!packet.is_stale());
        drop(stream);
        assert!(packet.is_stale());
        while let Some(left) = timeout(PATIENCE, packets.recv()).await.expect("in time") {
            assert!(left.is_stale());
        }
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_told() {
        let (failed_tx, mut failed) = mpsc::unbounded_channel();
        let source = ScreenSound::Wav("/nowhere/film.wav".into());

        let stream = ScreenSoundStream::open(&source, mpsc::channel(1).0, move |error| drop(failed_tx.send(error)));

        let error = timeout(PATIENCE, failed.recv()).await.expect("in time").expect("it is told");
        assert!(stream.is_ok() && matches!(error, MediaError::File { .. }), "{error}");
    }

    #[test]
    fn of_silence_nothing_is_sent_and_the_next_sound_says_how_long_it_was() {
        let (packets_tx, mut packets) = mpsc::channel(64);
        let gate = Arc::new(Gate::default());
        gate.open(packets_tx);
        let mut sender = Sender::new(gate).expect("an encoder");
        let (sound, silence) = ([0.25; PACKET * CHANNELS], [0.0; PACKET * CHANNELS]);

        sender.push(&sound).expect("encoded");
        (0..50).for_each(|_| sender.push(&silence).expect("encoded"));
        sender.push(&sound).expect("encoded");

        let skipped: Vec<u32> = std::iter::from_fn(|| packets.try_recv().ok()).map(|packet| packet.skipped).collect();
        assert_eq!(skipped.len(), 2 + SILENT_PACKETS as usize);
        assert_eq!(skipped.last(), Some(&((50 - SILENT_PACKETS) * PACKET as u32)));
    }
}
