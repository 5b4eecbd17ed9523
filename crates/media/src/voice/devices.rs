//! Keeps a call's devices alive: opens the wanted ones, notices when they vanish, falls back, and returns.

use std::sync::Arc;
use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::thread::Thread;
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use super::{VoiceEvent, engine};
use crate::devices::ring::{CaptureTap, Health, PlayoutTap};
use crate::devices::{self, Microphone, Opened, SoundSystem, Speaker, Stream};
use crate::error::MediaError;

/// How often a broken stream is looked for; with the time to open another this stays well below a second.
const CHECK: Duration = Duration::from_millis(100);

/// How often the list of devices is read, to notice what was plugged in or pulled out.
const LOOK: Duration = Duration::from_millis(500);

/// A healthy device calls every 10 ms or so.
const STALLED: Duration = Duration::from_millis(500);

/// What the voice tells the keeper.
pub(super) enum Order {
    Open,
    Microphone(Microphone),
    Speaker(Speaker),
    Close,
}

/// One side's device.
struct Held<Wanted> {
    wanted: Wanted,
    current: Option<Current>,
}

struct Current {
    _stream: Stream,
    health: Arc<Health>,
    id: Option<String>,
    calls: u64,
    called_at: Instant,
}

impl Current {
    fn new(stream: Stream, health: Arc<Health>, id: Option<String>, now: Instant) -> Self {
        Self { _stream: stream, health, id, calls: 0, called_at: now }
    }

    fn is_broken(&mut self, now: Instant) -> bool {
        let calls = self.health.callbacks();
        if calls != self.calls {
            self.calls = calls;
            self.called_at = now;
        }
        self.health.has_failed() || now.duration_since(self.called_at) > STALLED
    }
}

pub(super) struct Keeper {
    system: SoundSystem,
    microphone: Held<Microphone>,
    speaker: Held<Speaker>,
    audio: Thread,
    engine: SyncSender<engine::Order>,
    events: broadcast::Sender<VoiceEvent>,
    open: bool,
    looked_at: Instant,
}

impl Keeper {
    pub(super) fn new(
        microphone: Microphone,
        speaker: Speaker,
        audio: Thread,
        engine: SyncSender<engine::Order>,
        events: broadcast::Sender<VoiceEvent>,
    ) -> Self {
        Self {
            system: SoundSystem::default(),
            microphone: Held { wanted: microphone, current: None },
            speaker: Held { wanted: speaker, current: None },
            audio,
            engine,
            events,
            open: false,
            looked_at: Instant::now(),
        }
    }

    pub(super) fn run(mut self, orders: &Receiver<Order>) {
        self.system.connect();
        loop {
            match orders.recv_timeout(CHECK) {
                Ok(order) => {
                    if !self.obey(order) {
                        return;
                    }
                }
                Err(RecvTimeoutError::Timeout) => self.check(Instant::now()),
                Err(RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    fn obey(&mut self, order: Order) -> bool {
        match order {
            Order::Open => {
                self.open = true;
                self.open_speaker();
                self.open_microphone();
            }
            Order::Microphone(wanted) => {
                self.microphone.wanted = wanted;
                if self.open {
                    self.open_microphone();
                }
            }
            Order::Speaker(wanted) => {
                self.speaker.wanted = wanted;
                if self.open {
                    self.open_speaker();
                }
            }
            Order::Close => return false,
        }
        true
    }

    fn check(&mut self, now: Instant) {
        if !self.open {
            return;
        }
        if self.microphone.current.as_mut().is_none_or(|current| current.is_broken(now)) {
            self.open_microphone();
        }
        if self.speaker.current.as_mut().is_none_or(|current| current.is_broken(now)) {
            self.open_speaker();
        }
        if now.duration_since(self.looked_at) >= LOOK {
            self.looked_at = now;
            self.look();
        }
    }

    /// Moves to the device that ought to be in use, if that is another one by now.
    fn look(&mut self) {
        if let Some(right) = self.right_microphone()
            && self.microphone.current.as_ref().is_some_and(|current| current.id != right)
        {
            self.open_microphone();
        }
        if let Some(right) = self.right_speaker()
            && self.speaker.current.as_ref().is_some_and(|current| current.id != right)
        {
            self.open_speaker();
        }
    }

    /// The id that ought to be in use: `None` while a file is wanted, `Some(None)` where there is no device at all.
    fn right_microphone(&mut self) -> Option<Option<String>> {
        match &self.microphone.wanted {
            Microphone::Wav(_) => None,
            Microphone::Default => Some(self.system.microphone_in_charge(None)),
            Microphone::Device(id) => Some(self.system.microphone_in_charge(Some(id))),
        }
    }

    fn right_speaker(&mut self) -> Option<Option<String>> {
        match &self.speaker.wanted {
            Speaker::Wav(_) => None,
            Speaker::Default => Some(self.system.speaker_in_charge(None)),
            Speaker::Device(id) => Some(self.system.speaker_in_charge(Some(id))),
        }
    }

    fn open_microphone(&mut self) {
        self.microphone.current = None;
        let audio = self.audio.clone();
        let listener = || Some(audio.clone());
        let wanted = devices::open_microphone(&mut self.system, &self.microphone.wanted, listener());
        let opened = wanted.or_else(|error| {
            self.tell(VoiceEvent::MicrophoneFailed(error));
            devices::open_microphone(&mut self.system, &Microphone::Default, listener())
        });
        let opened = opened.or_else(|_| devices::silent_microphone(listener()));
        let tap = opened.map(|opened| self.hold_microphone(opened));
        self.hand_over(engine::Order::Capture(tap.ok()));
    }

    fn hold_microphone(&mut self, opened: Opened<CaptureTap>) -> CaptureTap {
        let health = Arc::clone(&opened.tap.health);
        self.tell(VoiceEvent::MicrophoneOpened(opened.id.clone()));
        self.microphone.current = Some(Current::new(opened.stream, health, opened.id, Instant::now()));
        opened.tap
    }

    fn open_speaker(&mut self) {
        self.speaker.current = None;
        let audio = self.audio.clone();
        let listener = || Some(audio.clone());
        let wanted = devices::open_speaker(&mut self.system, &self.speaker.wanted, listener());
        let opened = wanted.or_else(|error| {
            self.tell(VoiceEvent::SpeakerFailed(error));
            devices::open_speaker(&mut self.system, &Speaker::Default, listener())
        });
        let opened = opened.or_else(|_| devices::deaf_speaker(listener()));
        let tap = opened.map(|opened| self.hold_speaker(opened));
        self.hand_over(engine::Order::Playout(tap.ok()));
    }

    fn hold_speaker(&mut self, opened: Opened<PlayoutTap>) -> PlayoutTap {
        let health = Arc::clone(&opened.tap.health);
        self.tell(VoiceEvent::SpeakerOpened(opened.id.clone()));
        self.speaker.current = Some(Current::new(opened.stream, health, opened.id, Instant::now()));
        opened.tap
    }

    fn hand_over(&self, order: engine::Order) {
        // The audio thread is gone only when the voice is closing.
        let _ = self.engine.send(order);
        self.audio.unpark();
    }

    fn tell(&self, event: VoiceEvent) {
        if let VoiceEvent::MicrophoneFailed(error) | VoiceEvent::SpeakerFailed(error) = &event {
            let error: &MediaError = error;
            tracing::warn!(%error, "a device of the call failed");
        }
        // Nobody has to listen.
        let _ = self.events.send(event);
    }
}
