//! The jitter buffer.
use std::collections::BTreeMap;
use std::time::Instant;
use bytes::Bytes;
use crate::codec::{Decoder, MAX_DECODED, packet_samples};
use crate::error::MediaError;
use crate::frame::{FRAME, Frame};

/// A packet for the buffer.
#[derive(Debug, Clone)]
pub(crate) struct Packet {
    pub(crate) sequence: u16,
    pub(crate) timestamp: u32,
    pub(crate) payload: Bytes,
}

/// What the receiving side has done so far.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct JitterStats {
    /// Packets that came.
    pub received: u64,
}

/// Packets in, frames out.
pub(crate) struct Playback {
    packets: BTreeMap<u16, Packet>,
    decoder: Decoder,
    decoded: Vec<f32>,
    stats: JitterStats,
}

impl Playback {
    pub(crate) fn new() -> Result<Self, MediaError> {
        Ok(Self { packets: BTreeMap::new(), decoder: Decoder::new()?, decoded: Vec::new(), stats: JitterStats::default() })
    }

    pub(crate) fn insert(&mut self, packet: Packet, _arrived_at: Instant) {
        if packet_samples(&packet.payload).is_some() {
            self.stats.received += 1;
            let _ = packet.timestamp;
            self.packets.insert(packet.sequence, packet);
        }
    }

    pub(crate) fn pull_10ms(&mut self, _now: Instant, out: &mut Frame) {
        let mut pcm = [0.0; MAX_DECODED];
        while self.decoded.len() < FRAME {
            let made = match self.packets.pop_first() {
                Some((_, packet)) => self.decoder.decode(&packet.payload, &mut pcm),
                None => self.decoder.conceal(&mut pcm[..FRAME]),
            };
            self.decoded.extend_from_slice(&pcm[..made.unwrap_or(FRAME)]);
        }
        out.copy_from_slice(&self.decoded[..FRAME]);
        self.decoded.drain(..FRAME);
    }

    pub(crate) fn stats(&self) -> JitterStats {
        self.stats
    }
}
