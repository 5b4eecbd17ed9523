//! The audio thread: everything between the devices' rings and the packets happens here. The devices' own clocks wake it.
//!
//! Playout goes first in each round, so that the echo canceller knows a sound before the microphone hears it.

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::{Duration, Instant};

use tokio::sync::{broadcast, mpsc};

use super::sender::Sender;
use super::{EncodedPacket, VoiceEvent, VoiceState, VoiceStats};
use crate::error::MediaError;
use crate::sound::devices::ring::{CaptureTap, PlayoutTap};
use crate::sound::devices::taps::{Capture, Playout};
use crate::sound::devices::wake::{Sleeper, Waker};
use crate::sound::frame::{Frame, SILENCE, level_dbov};
use crate::sound::mixer::{HeardVoice, Mixer};
use crate::sound::processing::{Processing, Processor};
use crate::threads::{self, Restarts};

pub(super) const THREAD: &str = "voice";

const STATS_EVERY: Duration = Duration::from_millis(100);

/// What the rest of the program tells the audio thread.
pub(super) enum EngineControl {
    Send(mpsc::Sender<EncodedPacket>),
    Hear(Box<HeardVoice>),
    Capture(Option<CaptureTap>),
    Playout(Option<PlayoutTap>),
    Processing(Processing),
    PacketLoss(u8),
    #[cfg(test)]
    Panic,
    Close,
}

pub(super) struct Engine {
    shared: Arc<VoiceState>,
    sleeper: Sleeper,
    controls: Receiver<EngineControl>,
    capture: Option<Capture>,
    playout: Option<Playout>,
    processor: Processor,
    sender: Sender,
    mixer: Mixer,
    stats_at: Instant,
}

impl Engine {
    pub(super) fn new(
        processing: Processing,
        shared: Arc<VoiceState>,
        controls: Receiver<EngineControl>,
    ) -> Result<Self, MediaError> {
        Ok(Self {
            shared,
            sleeper: Sleeper::new()?,
            controls,
            capture: None,
            playout: None,
            processor: Processor::new(processing),
            sender: Sender::new()?,
            mixer: Mixer::new(),
            stats_at: Instant::now(),
        })
    }

    /// Wakes it. Its devices do so, and the voice after each command.
    pub(super) fn waker(&self) -> Waker {
        self.sleeper.waker()
    }

    /// Works until told to close. After a panic it goes on with devices as they are and everything else made anew.
    pub(super) fn run(mut self, events: &broadcast::Sender<VoiceEvent>) {
        let mut restarts = Restarts::new();
        // It fails only where no one listens.
        let tell = |error, goes_on| drop(events.send(VoiceEvent::Crashed { error, goes_on }));
        while let Err(error) = threads::guarded(THREAD, || self.work()) {
            if !restarts.take() || self.renew().is_err() {
                // First closed, then told: an order given after the news is refused, not lost.
                drop(self);
                return tell(error, false);
            }
            tell(error, true);
        }
    }

    /// What was in hand at a panic may be spoilt.
    fn renew(&mut self) -> Result<(), MediaError> {
        self.processor = Processor::new(self.processor.processing());
        self.sender = self.sender.anew()?;
        self.mixer = std::mem::replace(&mut self.mixer, Mixer::new()).anew()?;
        Ok(())
    }

    fn work(&mut self) {
        while self.carry_out() {
            let now = Instant::now();
            self.mixer.receive();
            self.play(now);
            self.listen();
            self.publish(now);
            let packet = self.capture.as_mut().and_then(|capture| capture.doze(self.sender.wants()));
            self.sleeper.sleep(packet.map_or(STATS_EVERY, |packet| packet.min(STATS_EVERY)));
        }
    }

    /// Carries out the waiting control messages; `false` ends the thread.
    fn carry_out(&mut self) -> bool {
        loop {
            match self.controls.try_recv() {
                Ok(EngineControl::Send(packets)) => self.shared.gate.open(packets),
                Ok(EngineControl::Hear(voice)) => self.mixer.add(*voice),
                Ok(EngineControl::Capture(tap)) => self.capture = usable(tap.map(Capture::new)),
                Ok(EngineControl::Playout(tap)) => self.playout = usable(tap.map(Playout::new)),
                Ok(EngineControl::Processing(processing)) => self.processor.set(processing),
                Ok(EngineControl::PacketLoss(percent)) => self.sender.set_packet_loss(percent),
                #[cfg(test)]
                Ok(EngineControl::Panic) => panic!("a test wants it"),
                Ok(EngineControl::Close) | Err(TryRecvError::Disconnected) => return false,
                Err(TryRecvError::Empty) => return true,
            }
        }
    }

    fn play(&mut self, now: Instant) {
        while self.playout.as_mut().is_some_and(Playout::is_hungry) {
            let mut frame: Frame = SILENCE;
            self.mixer.pull_10ms(now, &mut frame);
            self.processor.playout(&frame);
            show(&self.shared.speaker_dbov, &frame);
            self.playout.as_mut().into_iter().for_each(|playout| playout.push(&frame));
        }
    }

    fn listen(&mut self) {
        while let Some(mut frame) = self.capture.as_mut().and_then(Capture::next) {
            show(&self.shared.microphone_dbov, &frame);
            let is_speech = self.processor.capture(&mut frame);
            self.sender.push(&frame, is_speech, &self.shared.gate);
        }
    }

    fn publish(&mut self, now: Instant) {
        if now < self.stats_at {
            return;
        }
        self.stats_at = now + STATS_EVERY;
        let stats = VoiceStats {
            packets_sent: self.sender.sent,
            packets_dropped: self.sender.dropped,
            playout_missing: self.playout.as_ref().map_or(0, Playout::missing),
            capture_missing: self.capture.as_ref().map_or(0, Capture::missing),
            jitter: self.mixer.stats(),
        };
        // A reader holds the lock for a copy only; if it does just now, the next round will do.
        if let Ok(mut shown) = self.shared.stats.try_lock() {
            *shown = stats;
        }
    }
}

fn usable<T>(tap: Option<Result<T, MediaError>>) -> Option<T> {
    tap?.inspect_err(|error| tracing::warn!(%error, "a device cannot be used")).ok()
}

fn show(level: &AtomicU32, frame: &Frame) {
    level.store(level_dbov(frame).to_bits(), Ordering::Relaxed);
}
