//! The one place where packets leave: mute closes it, and nothing that was behind it gets out later.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use bytes::Bytes;
use tokio::sync::mpsc;

use crate::sound::frame::PACKET;

/// 20 ms of voice, ready for the network.
#[derive(Debug, Clone)]
pub struct EncodedPacket {
    /// One Opus packet.
    pub payload: Bytes,
    /// How much sound it holds, in 48 kHz ticks.
    pub samples: u32,
    /// How much silence was left out just before it (mute, DTX), in 48 kHz ticks.
    pub skipped: u32,
    /// How loud it is, in dB relative to full scale.
    pub dbov: f32,
    /// Whether it may be speech.
    pub is_speech: bool,
    era: u64,
    current: Arc<AtomicU64>,
}

impl EncodedPacket {
    /// Whether the microphone was muted since this was encoded. A stale packet must not be sent.
    #[must_use]
    pub fn is_stale(&self) -> bool {
        self.current.load(Ordering::Acquire) != self.era
    }
}

/// 20 ms of sound on their way to the gate.
pub(in crate::sound) struct Encoded {
    pub(in crate::sound) payload: Bytes,
    pub(in crate::sound) skipped: u32,
    pub(in crate::sound) dbov: f32,
    pub(in crate::sound) is_speech: bool,
}

/// What became of a packet at the gate.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::sound) enum Passed {
    Sent,
    /// Muted, closed, or not open yet.
    Held,
    /// The listener is too slow.
    Full,
}

/// Open or closed, and to whom packets go.
#[derive(Default)]
pub(in crate::sound) struct Gate {
    state: Mutex<State>,
    era: Arc<AtomicU64>,
}

#[derive(Default)]
struct State {
    muted: bool,
    packets: Option<mpsc::Sender<EncodedPacket>>,
}

impl Gate {
    pub(in crate::sound) fn open(&self, packets: mpsc::Sender<EncodedPacket>) {
        self.state().packets = Some(packets);
    }

    pub(in crate::sound) fn close(&self) {
        self.state().packets = None;
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    pub(in crate::sound) fn set_muted(&self, muted: bool) {
        let mut state = self.state();
        state.muted = muted;
        self.era.fetch_add(1, Ordering::AcqRel);
    }

    pub(in crate::sound) fn is_muted(&self) -> bool {
        self.state().muted
    }

    /// Changes with every mute and unmute: sound that is older than its era never passes.
    pub(in crate::sound) fn era(&self) -> u64 {
        self.era.load(Ordering::Acquire)
    }

    /// Hands a packet on if sound from `era` may still be sent.
    pub(in crate::sound) fn pass(&self, era: u64, encoded: Encoded) -> Passed {
        // Held while sending: once `set_muted` has returned, nothing is on its way past it.
        let state = self.state();
        let Some(packets) = state.packets.as_ref().filter(|_| !state.muted && era == self.era()) else {
            return Passed::Held;
        };
        let Encoded { payload, skipped, dbov, is_speech } = encoded;
        let (samples, current) = (PACKET as u32, Arc::clone(&self.era));
        let packet = EncodedPacket { payload, samples, skipped, dbov, is_speech, era, current };
        match packets.try_send(packet) {
            Ok(()) => Passed::Sent,
            Err(_) => Passed::Full,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
