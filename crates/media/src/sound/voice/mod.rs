//! One end of a call: its microphone to packets, and the packets of each voice that it hears to its speaker.
//!
//! [`Voice::prepare`] does everything that needs no consent (codec, sound processing, threads) and opens no device;
//! [`Voice::open`] opens the devices. A device that fails is replaced by the default one, or by silence, and the call goes on.

#[cfg(test)]
mod conversation;
mod device_choice;
mod device_manager;
mod engine;
pub(super) mod gate;
mod pause;
mod sender;

use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError, mpsc as std_mpsc};
use std::thread::JoinHandle;

use tokio::sync::{broadcast, mpsc};

use crate::error::MediaError;
use crate::sound::devices::wake::Waker;
use crate::sound::devices::{DeviceName, Microphone, Speaker};
use crate::sound::frame::SILENCE_DBOV;
use crate::sound::jitter::JitterStats;
use crate::sound::mixer::{Places, SoundSink};
use crate::sound::processing::Processing;
use crate::threads;

pub use gate::EncodedPacket;

use device_manager::{DeviceControl, DeviceManager};
use engine::EngineControl;

/// Control messages that wait for the audio thread, which is woken for each.
const CONTROL_QUEUE: usize = 32;

/// Events that wait for a slow listener before it misses some.
const EVENT_QUEUE: usize = 64;

/// How a voice starts; everything can be changed later.
#[derive(Debug, Clone, Default)]
pub struct VoiceConfig {
    /// Where the voice comes from.
    pub microphone: Microphone,
    /// Where the others are heard.
    pub speaker: Speaker,
    /// Sound processing of the microphone.
    pub processing: Processing,
}

/// What happened to a voice's devices. Each change is told once, also when opening a device is tried again and again.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum VoiceEvent {
    /// This microphone is in use now; `None` is a stand-in (a file, or silence where there is none).
    MicrophoneOpened(Option<DeviceName>),
    /// This speaker is in use now; `None` is a stand-in.
    SpeakerOpened(Option<DeviceName>),
    /// The wanted microphone cannot be used; the default or silence stands in.
    MicrophoneFailed(MediaError),
    /// The wanted speaker cannot be used; the default or nothing stands in.
    SpeakerFailed(MediaError),
    /// The wanted microphone, which had failed, is in use; `None` is a file.
    MicrophoneRestored(Option<DeviceName>),
    /// The wanted speaker, which had failed, is in use; `None` is a file.
    SpeakerRestored(Option<DeviceName>),
    /// A thread of this voice panicked.
    Crashed {
        /// Which, and why.
        error: MediaError,
        /// It was begun anew. If not, this voice is mute or deaf from now on, and its call is no use.
        goes_on: bool,
    },
}

/// How loud both directions are, in dB relative to full scale: `-96.0` is silence.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct VoiceLevels {
    /// The microphone, before processing; silence while muted.
    pub microphone_dbov: f32,
    /// What is being played.
    pub speaker_dbov: f32,
}

/// What a voice has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct VoiceStats {
    /// Packets handed on for sending.
    pub packets_sent: u64,
    /// Packets that found no room to be handed on.
    pub packets_dropped: u64,
    /// Samples that the speaker wanted and did not get in time.
    pub playout_missing: u64,
    /// Samples that the microphone heard and the audio thread did not take in time.
    pub capture_missing: u64,
    /// The receiving side, of all voices that are or were heard.
    pub jitter: JitterStats,
}

/// Values that the audio thread writes and the voice's owner reads.
struct VoiceState {
    microphone_dbov: AtomicU32,
    speaker_dbov: AtomicU32,
    stats: Mutex<VoiceStats>,
    gate: gate::Gate,
}

impl VoiceState {
    fn new() -> Self {
        Self {
            microphone_dbov: AtomicU32::new(SILENCE_DBOV.to_bits()),
            speaker_dbov: AtomicU32::new(SILENCE_DBOV.to_bits()),
            stats: Mutex::default(),
            gate: gate::Gate::default(),
        }
    }
}

/// A microphone and a speaker for one call. Dropping it closes the devices.
pub struct Voice {
    shared: Arc<VoiceState>,
    listener: Listener,
    devices: std_mpsc::Sender<DeviceControl>,
    events: broadcast::Sender<VoiceEvent>,
    opened: AtomicBool,
    threads: Vec<JoinHandle<()>>,
}

impl Voice {
    /// Gets everything ready that needs no consent. Opens no device.
    ///
    /// # Errors
    /// [`MediaError::Codec`] if the codec does not start, [`MediaError::Other`] if the system refuses a thread.
    pub fn prepare(config: VoiceConfig) -> Result<Self, MediaError> {
        let shared = Arc::new(VoiceState::new());
        let (controls, controls_rx) = std_mpsc::sync_channel(CONTROL_QUEUE);
        let (events, _) = broadcast::channel(EVENT_QUEUE);
        let engine = engine::Engine::new(config.processing, Arc::clone(&shared), controls_rx)?;
        let audio = engine.waker();
        let (devices, devices_rx) = std_mpsc::channel();
        let manager =
            DeviceManager::new(config.microphone, config.speaker, audio.clone(), controls.clone(), events.clone());
        let working = spawn(engine::THREAD, &events, move |events| engine.run(events))?;
        let managing = spawn(device_manager::THREAD, &events, move |_| manager.run(&devices_rx))?;
        let threads = vec![managing, working];
        let listener = Listener { places: Places::default(), engine: EngineHandle { controls, audio } };
        Ok(Self { shared, listener, devices, events, opened: AtomicBool::new(false), threads })
    }

    /// Opens the devices, because this device's own user consented. What the microphone hears goes to `packets`.
    ///
    /// Returns at once; which devices are in use, or why not, comes as [`VoiceEvent`]s.
    ///
    /// # Errors
    /// [`MediaError::AlreadyOpen`] the second time, [`MediaError::Closed`] if the audio thread is gone.
    pub fn open(&self, packets: mpsc::Sender<EncodedPacket>) -> Result<(), MediaError> {
        if self.opened.swap(true, Ordering::AcqRel) {
            return Err(MediaError::AlreadyOpen);
        }
        self.control(EngineControl::Send(packets))?;
        self.devices.send(DeviceControl::Open).map_err(|_| MediaError::Closed)
    }

    /// By which the others are heard.
    #[must_use]
    pub fn listener(&self) -> Listener {
        self.listener.clone()
    }

    /// Stops or resumes sending. After `set_muted(true)` has returned, no packet with sound from before or after it is
    /// handed on, and those still queued are [stale](EncodedPacket::is_stale).
    pub fn set_muted(&self, muted: bool) {
        self.shared.gate.set_muted(muted);
    }

    /// Whether nothing is sent.
    #[must_use]
    pub fn is_muted(&self) -> bool {
        self.shared.gate.is_muted()
    }

    /// Changes the microphone, before or during the call.
    pub fn set_microphone(&self, microphone: Microphone) {
        // Fails only when the voice is closing.
        let _ = self.devices.send(DeviceControl::Microphone(microphone));
    }

    /// Changes the speaker, before or during the call.
    pub fn set_speaker(&self, speaker: Speaker) {
        // Fails only when the voice is closing.
        let _ = self.devices.send(DeviceControl::Speaker(speaker));
    }

    /// Switches sound processing, during the call too.
    pub fn set_processing(&self, processing: Processing) {
        // Fails only when the voice is closing.
        let _ = self.control(EngineControl::Processing(processing));
    }

    /// Tells the encoder how much the other side loses, so that it protects its packets accordingly.
    pub fn set_packet_loss(&self, percent: u8) {
        // Fails only when the voice is closing.
        let _ = self.control(EngineControl::PacketLoss(percent));
    }

    /// How loud both directions are right now.
    #[must_use]
    pub fn levels(&self) -> VoiceLevels {
        let read = |level: &AtomicU32| f32::from_bits(level.load(Ordering::Relaxed));
        let microphone_dbov = if self.is_muted() { SILENCE_DBOV } else { read(&self.shared.microphone_dbov) };
        VoiceLevels { microphone_dbov, speaker_dbov: read(&self.shared.speaker_dbov) }
    }

    /// What has happened so far; renewed every 100 ms.
    #[must_use]
    pub fn stats(&self) -> VoiceStats {
        *self.shared.stats.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// What happens to the devices from now on. Subscribe before [`Voice::open`] to miss nothing.
    #[must_use]
    pub fn events(&self) -> broadcast::Receiver<VoiceEvent> {
        self.events.subscribe()
    }

    fn control(&self, control: EngineControl) -> Result<(), MediaError> {
        self.listener.engine.control(control)
    }
}

/// Hears others by a [`Voice`]. It does not keep the voice alive.
#[derive(Clone)]
pub struct Listener {
    places: Places,
    engine: EngineHandle,
}

impl Listener {
    /// One more that is to be heard: where the packets of its track go, for as long as it is heard. Needs no consent: nothing is heard
    /// before [`Voice::open`].
    ///
    /// # Errors
    /// [`MediaError::TooManyVoices`] beyond [`MAX_VOICES`](crate::MAX_VOICES), [`MediaError::Codec`] if the decoder does not start,
    /// [`MediaError::Closed`] if the voice is closed.
    pub fn hear(&self) -> Result<SoundSink, MediaError> {
        let (sink, heard) = self.places.take()?;
        self.engine.control(EngineControl::Hear(Box::new(heard)))?;
        Ok(sink)
    }
}

/// The way to the audio thread.
#[derive(Clone)]
struct EngineHandle {
    controls: std_mpsc::SyncSender<EngineControl>,
    audio: Waker,
}

impl EngineHandle {
    fn control(&self, control: EngineControl) -> Result<(), MediaError> {
        self.controls.send(control).map_err(|_| MediaError::Closed)?;
        self.audio.wake();
        Ok(())
    }
}

impl Drop for Voice {
    fn drop(&mut self) {
        self.shared.gate.close();
        // A thread that is gone needs no order to stop.
        let _ = self.devices.send(DeviceControl::Close);
        let _ = self.control(EngineControl::Close);
        for thread in self.threads.drain(..) {
            let _ = thread.join();
        }
    }
}

/// A thread of a voice; the voice tells of it if it ends for a panic.
fn spawn(
    name: &'static str,
    events: &broadcast::Sender<VoiceEvent>,
    run: impl FnOnce(&broadcast::Sender<VoiceEvent>) + Send + 'static,
) -> Result<JoinHandle<()>, MediaError> {
    let (running, telling) = (events.clone(), events.clone());
    let crashed = move |error| {
        // It fails only where no one listens.
        let _ = telling.send(VoiceEvent::Crashed { error, goes_on: false });
    };
    threads::start(name, move || run(&running), crashed)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use tokio::time::timeout;

    use super::*;
    use crate::sound::measure::{Pitch, write_voice};

    /// On a busy machine.
    const PATIENCE: Duration = Duration::from_secs(10);

    #[tokio::test]
    async fn after_a_panic_the_voice_is_told_of_it_and_speaks_on() {
        let mut talking = Talking::new();
        talking.speaks().await;

        talking.voice.control(EngineControl::Panic).expect("it works");

        assert!(talking.hears_of_a_crash("voice").await, "it does not go on");
        talking.speaks().await;
    }

    #[tokio::test]
    async fn a_voice_that_panics_again_and_again_says_that_it_is_no_use() {
        let mut talking = Talking::new();

        // After the last restart there is no thread that takes them.
        (0..20).for_each(|_| drop(talking.voice.control(EngineControl::Panic)));

        let mut crashes = 1;
        while talking.hears_of_a_crash("voice").await {
            crashes += 1;
        }
        assert!((2..20).contains(&crashes), "{crashes}");
        assert_eq!(talking.voice.control(EngineControl::PacketLoss(1)), Err(MediaError::Closed));
    }

    #[tokio::test]
    async fn after_a_panic_the_devices_are_opened_anew() {
        let mut talking = Talking::new();
        talking.speaks().await;

        talking.voice.devices.send(DeviceControl::Panic).expect("it works");

        assert!(talking.hears_of_a_crash("voice devices").await, "it does not go on");
        while talking.packets.try_recv().is_ok() {} // what came before
        talking.speaks().await;
    }

    /// A voice that speaks from one file into another.
    struct Talking {
        voice: Voice,
        packets: mpsc::Receiver<EncodedPacket>,
        events: broadcast::Receiver<VoiceEvent>,
        _folder: tempfile::TempDir,
    }

    impl Talking {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a scratch folder");
            let said = folder.path().join("said.wav");
            write_voice(&said, Pitch::Low, Duration::from_secs(1)).expect("written");
            let speaker = Speaker::Wav(folder.path().join("heard.wav"));
            let config = VoiceConfig { microphone: Microphone::Wav(said), speaker, processing: Processing::default() };
            let voice = Voice::prepare(config).expect("a voice");
            let (events, (packets_tx, packets)) = (voice.events(), mpsc::channel(64));
            voice.open(packets_tx).expect("it opens");
            Self { voice, packets, events, _folder: folder }
        }

        async fn speaks(&mut self) {
            timeout(PATIENCE, self.packets.recv()).await.expect("it speaks").expect("the voice lives");
        }

        /// Waits for one in that thread, and says whether the voice goes on.
        async fn hears_of_a_crash(&mut self, wanted: &str) -> bool {
            loop {
                let event = timeout(PATIENCE, self.events.recv()).await.expect("it is told").expect("the voice lives");
                if let VoiceEvent::Crashed { error: MediaError::Crashed { thread, .. }, goes_on } = event {
                    assert_eq!(thread, wanted);
                    return goes_on;
                }
            }
        }
    }
}
