//! Manages a call's devices: opens those that the user chose, notices when they vanish, falls back to others, and returns.

use std::sync::mpsc::{Receiver, RecvTimeoutError, SyncSender};
use std::time::{Duration, Instant};

use tokio::sync::broadcast;

use super::VoiceEvent;
use super::device_choice::DeviceChoice;
use super::engine::EngineControl;
use crate::error::MediaError;
use crate::sound::devices::liveness::Liveness;
use crate::sound::devices::wake::Waker;
use crate::sound::devices::{DeviceName, Microphone, Opened, SoundSystem, Speaker, Stream};
use crate::threads::{self, Restarts};

pub(super) const THREAD: &str = "voice devices";

/// How often a broken stream is looked for; with the time to open another this stays well below a second.
const CHECK: Duration = Duration::from_millis(100);

/// How often the list of devices is read, to notice what was plugged in or pulled out.
const LOOK: Duration = Duration::from_millis(500);

/// A device that is there and cannot be opened is tried again only after this: each try interrupts its stand-in.
const TRY_AGAIN: Duration = Duration::from_secs(5);

/// What the voice tells the manager.
pub(super) enum DeviceControl {
    Open,
    Microphone(Microphone),
    Speaker(Speaker),
    #[cfg(test)]
    Panic,
    Close,
}

/// Owns the streams of a voice, on a thread of its own, because opening and closing may take its time.
pub(super) struct DeviceManager {
    context: Context,
    microphone: DeviceSlot<Microphone>,
    speaker: DeviceSlot<Speaker>,
    open: bool,
    looked_at: Instant,
}

struct Context {
    system: SoundSystem,
    audio: Waker,
    engine: SyncSender<EngineControl>,
    events: broadcast::Sender<VoiceEvent>,
}

impl DeviceManager {
    pub(super) fn new(
        microphone: Microphone,
        speaker: Speaker,
        audio: Waker,
        engine: SyncSender<EngineControl>,
        events: broadcast::Sender<VoiceEvent>,
    ) -> Self {
        Self {
            context: Context { system: SoundSystem, audio, engine, events },
            microphone: DeviceSlot::new(microphone),
            speaker: DeviceSlot::new(speaker),
            open: false,
            looked_at: Instant::now(),
        }
    }

    /// Works until told to close. After a panic the devices are opened anew.
    pub(super) fn run(mut self, controls: &Receiver<DeviceControl>) {
        let mut restarts = Restarts::new();
        while let Err(error) = threads::guarded(THREAD, || self.work(controls)) {
            let goes_on = restarts.take();
            self.context.tell(VoiceEvent::Crashed { error, goes_on });
            if !goes_on {
                return;
            }
            (self.microphone.current, self.speaker.current) = (None, None);
        }
        self.microphone.close(&self.context);
        self.speaker.close(&self.context);
    }

    fn work(&mut self, controls: &Receiver<DeviceControl>) {
        if !(self.microphone.choice.is_file() && self.speaker.choice.is_file()) {
            self.context.system.connect();
        }
        loop {
            match controls.recv_timeout(CHECK) {
                Ok(DeviceControl::Close) | Err(RecvTimeoutError::Disconnected) => return,
                Ok(control) => self.carry_out(control),
                Err(RecvTimeoutError::Timeout) if self.open => self.check(Instant::now()),
                Err(RecvTimeoutError::Timeout) => {}
            }
        }
    }

    fn carry_out(&mut self, control: DeviceControl) {
        match control {
            DeviceControl::Open => {
                self.open = true;
                self.microphone.open(&mut self.context);
                self.speaker.open(&mut self.context);
            }
            DeviceControl::Microphone(choice) => self.microphone.choose(choice, self.open, &mut self.context),
            DeviceControl::Speaker(choice) => self.speaker.choose(choice, self.open, &mut self.context),
            #[cfg(test)]
            DeviceControl::Panic => panic!("a test wants it"),
            DeviceControl::Close => {}
        }
    }

    fn check(&mut self, now: Instant) {
        self.microphone.mend(now, &mut self.context);
        self.speaker.mend(now, &mut self.context);
        if now.duration_since(self.looked_at) >= LOOK {
            self.looked_at = now;
            self.microphone.look(now, &mut self.context);
            self.speaker.look(now, &mut self.context);
        }
    }
}

impl Context {
    fn tell(&self, event: VoiceEvent) {
        if let VoiceEvent::MicrophoneFailed(error) | VoiceEvent::SpeakerFailed(error) = &event {
            tracing::warn!(%error, "a device of the call failed");
        }
        // It fails only where no one listens.
        let _ = self.events.send(event);
    }
}

/// The microphone's or the speaker's place: which device was chosen for it, and which is in it.
struct DeviceSlot<W> {
    choice: W,
    current: Option<Current>,
    /// What could not be opened although it was there, and when.
    refused: Option<(String, Instant)>,
    announced: Announced,
}

/// What was announced last: a device that is opened again, or fails again as before, is no news.
#[derive(Default)]
struct Announced {
    opened: Option<Option<DeviceName>>,
    /// Why the chosen device is not in use.
    failed: Option<MediaError>,
}

impl<W: DeviceChoice> DeviceSlot<W> {
    fn new(choice: W) -> Self {
        Self { choice, current: None, refused: None, announced: Announced::default() }
    }

    fn choose(&mut self, choice: W, open: bool, context: &mut Context) {
        if self.choice == choice {
            return;
        }
        self.choice = choice;
        self.refused = None;
        if open {
            self.open(context);
        }
    }

    /// Opens the chosen device, else the default, else one that only keeps time.
    fn open(&mut self, context: &mut Context) {
        self.current = None;
        let opened = self.choice.open(context.system, context.audio.clone());
        let opened = match opened {
            Ok(opened) => {
                self.announced.restored::<W>(&opened.device, context);
                Ok(opened)
            }
            Err(error) => {
                self.announced.failed::<W>(error, context);
                self.open_another(context)
            }
        };
        self.hand_over(opened, context);
    }

    fn hand_over(&mut self, opened: Result<Opened<W::Tap>, MediaError>, context: &Context) {
        let tap = opened.map(|opened| self.hold(opened, context)).ok();
        // The audio thread is gone only when the voice is closing.
        let _ = context.engine.send(W::hand_over(tap));
        context.audio.wake();
    }

    fn open_another(&self, context: &Context) -> Result<Opened<W::Tap>, MediaError> {
        let default = || W::default().open(context.system, context.audio.clone());
        let is_replaceable = !self.choice.is_file() && self.choice != W::default();
        let opened = if is_replaceable { default().ok() } else { None };
        opened.map_or_else(|| W::stand_in(context.audio.clone()), Ok)
    }

    fn hold(&mut self, opened: Opened<W::Tap>, context: &Context) -> W::Tap {
        let Opened { stream, tap, device } = opened;
        self.announced.opened::<W>(&device, context);
        let liveness = Liveness::new(W::health(&tap), device.is_some());
        self.current = Some(Current { stream, liveness, id: device.map(|device| device.id) });
        tap
    }

    /// Opens anew what has broken. A file is not begun anew: that would lose what is in it.
    fn mend(&mut self, now: Instant, context: &mut Context) {
        let Some(current) = &mut self.current else { return self.open(context) };
        if !current.liveness.is_broken(now) {
            return;
        }
        match current.liveness.failure().filter(|_| self.choice.is_file()) {
            Some(error) => self.replace_by_stand_in(error, context),
            None => self.open(context),
        }
    }

    fn replace_by_stand_in(&mut self, error: MediaError, context: &Context) {
        self.current = None;
        self.announced.failed::<W>(error, context);
        let opened = W::stand_in(context.audio.clone());
        self.hand_over(opened, context);
    }

    /// What a recording's end could not be written for is told too.
    fn close(&mut self, context: &Context) {
        let Some(Current { stream, liveness, .. }) = self.current.take() else { return };
        drop(stream);
        if let Some(error) = liveness.failure() {
            self.announced.failed::<W>(error, context);
        }
    }

    /// Moves to the device that ought to be in use, if that is another one by now.
    fn look(&mut self, now: Instant, context: &mut Context) {
        if self.choice.is_file() {
            return;
        }
        let right = self.choice.in_charge(context.system);
        if right == self.id() {
            return;
        }
        let refused = self.refused.as_ref().filter(|(_, at)| now.duration_since(*at) < TRY_AGAIN);
        if refused.map(|(id, _)| id) == right.as_ref() && right.is_some() {
            return;
        }
        self.open(context);
        self.refused = right.filter(|right| self.id().as_ref() != Some(right)).map(|right| (right, now));
    }

    fn id(&self) -> Option<String> {
        self.current.as_ref().and_then(|current| current.id.clone())
    }
}

impl Announced {
    fn opened<W: DeviceChoice>(&mut self, device: &Option<DeviceName>, context: &Context) {
        if self.opened.as_ref() != Some(device) {
            self.opened = Some(device.clone());
            context.tell(W::opened(device.clone()));
        }
    }

    fn failed<W: DeviceChoice>(&mut self, error: MediaError, context: &Context) {
        if self.failed.as_ref() != Some(&error) {
            self.failed = Some(error.clone());
            context.tell(W::failed(error));
        }
    }

    fn restored<W: DeviceChoice>(&mut self, device: &Option<DeviceName>, context: &Context) {
        if self.failed.take().is_some() {
            context.tell(W::restored(device.clone()));
        }
    }
}

/// A device in use.
struct Current {
    stream: Stream,
    liveness: Liveness,
    id: Option<String>,
}
