//! A microphone's stream.

use std::time::{Duration, Instant};

use pulseaudio::protocol::Command;

use super::pace::Pace;
use super::wire::{Ended, Wire};
use crate::sound::devices::ring::{CaptureFeed, PolledDevice};

/// It is not worth sleeping more exactly.
const SOON: Duration = Duration::from_millis(1);

pub(super) struct Source {
    /// `None` once it has ended.
    wire: Option<Wire>,
    channel: u32,
    feed: CaptureFeed,
    pace: Pace,
}

impl Source {
    pub(super) fn new(wire: Wire, channel: u32, feed: CaptureFeed) -> Self {
        Self { wire: Some(wire), channel, feed, pace: Pace::new(Instant::now()) }
    }

    /// Takes all sound that has come.
    fn capture(&mut self) -> Result<(), Ended> {
        let Some(wire) = &mut self.wire else { return Ok(()) };
        let now = Instant::now();
        wire.look_again();
        while let Some(message) = wire.next()? {
            if message.channel == self.channel {
                let samples = message.body.as_chunks().0;
                self.feed.push(samples, 1, f32::from_le_bytes);
                self.pace.heard(samples.len(), now);
            } else if let Some(Command::RecordStreamKilled(_)) = message.command() {
                return Err(Ended::Killed);
            }
        }
        Ok(())
    }
}

impl PolledDevice for Source {
    fn turn(&mut self) -> usize {
        if let Err(ended) = self.capture() {
            tracing::debug!(?ended, "the microphone's stream ended");
            self.wire = None;
            self.feed.health().fail();
        }
        0
    }

    /// The server sends in blocks that its device or another listener chose, down to half a millisecond each. Until enough can have
    /// come, none of them needs to wake the worker.
    fn doze(&mut self, more: usize, now: Instant) -> Option<Instant> {
        let due = Some(self.pace.due(more)).filter(|due| *due > now + SOON);
        let listens = self.wire.as_mut()?.listen(due.is_none());
        due.filter(|_| listens.is_ok())
    }
}
