//! From processed frames to packets: pairs of 10 ms become 20 ms of Opus, and silence becomes nothing.

use bytes::Bytes;

use super::gate::{self, Gate, Passed};
use super::pause::Pause;
use crate::error::MediaError;
use crate::sound::codec::{Encoded, Encoder};
use crate::sound::frame::{FRAME, Frame, PACKET, level_dbov};

/// The sending half of a voice.
pub(super) struct Sender {
    encoder: Encoder,
    pause: Pause,
    packet: Box<[f32; PACKET]>,
    filled: usize,
    /// Whether what is filled may be speech.
    is_speech: bool,
    era: u64,
    /// Sound that was not sent since the last packet, in samples.
    skipped: u32,
    pub(super) sent: u64,
    pub(super) dropped: u64,
}

impl Sender {
    pub(super) fn new() -> Result<Self, MediaError> {
        Ok(Self {
            encoder: Encoder::new()?,
            pause: Pause::default(),
            packet: Box::new([0.0; PACKET]),
            filled: 0,
            is_speech: false,
            era: 0,
            skipped: 0,
            sent: 0,
            dropped: 0,
        })
    }

    /// Another one that counts on.
    pub(super) fn anew(&self) -> Result<Self, MediaError> {
        Ok(Self { skipped: self.skipped, sent: self.sent, dropped: self.dropped, ..Self::new()? })
    }

    pub(super) fn set_packet_loss(&mut self, percent: u8) {
        if let Err(error) = self.encoder.set_packet_loss(percent) {
            tracing::warn!(%error, "the encoder keeps its protection against loss");
        }
    }

    /// How many samples the next packet waits for.
    pub(super) fn wants(&self) -> usize {
        PACKET - self.filled
    }

    /// Takes 10 ms, which may be speech; every second time a packet may leave through the gate.
    pub(super) fn push(&mut self, frame: &Frame, is_speech: bool, gate: &Gate) {
        self.follow_mute(gate);
        if gate.is_muted() {
            self.skipped = self.skipped.wrapping_add(FRAME as u32);
            return;
        }
        self.packet[self.filled..self.filled + FRAME].copy_from_slice(frame);
        self.filled += FRAME;
        self.is_speech |= is_speech;
        if self.filled == PACKET {
            self.filled = 0;
            self.encode(gate);
        }
    }

    /// Sound from before a mute must not come out after it, so half a packet is thrown away.
    fn follow_mute(&mut self, gate: &Gate) {
        let era = gate.era();
        if era != self.era {
            self.era = era;
            self.skipped = self.skipped.wrapping_add(self.filled as u32);
            (self.filled, self.is_speech) = (0, false);
        }
    }

    fn encode(&mut self, gate: &Gate) {
        let (samples, is_speech) = (PACKET as u32, std::mem::take(&mut self.is_speech));
        let mut room = [0];
        let to_send = match self.encoder.encode(&self.packet) {
            Ok(Encoded::Packet(payload)) => self.pause.filter(Some(payload), is_speech, &mut room),
            Ok(Encoded::Silence) => self.pause.filter(None, is_speech, &mut room),
            Err(error) => {
                tracing::warn!(%error, "20 ms were not encoded");
                None
            }
        };
        let encoded = to_send.map(|payload| gate::Encoded {
            payload: Bytes::copy_from_slice(payload),
            skipped: self.skipped,
            dbov: level_dbov(self.packet.as_slice()),
            is_speech,
        });
        let passed = encoded.map_or(Passed::Held, |encoded| gate.pass(self.era, encoded));
        self.skipped = if passed == Passed::Sent { 0 } else { self.skipped.wrapping_add(samples) };
        self.sent += u64::from(passed == Passed::Sent);
        self.dropped += u64::from(passed == Passed::Full);
    }
}
