//! The buffer's decisions made audible: decodes, conceals, stretches, and hands out exactly 10 ms at a time.

use std::time::Instant;

use super::buffer::{Decision, JitterBuffer, Pace};
use super::{JitterStats, ReceivedPacket, stretch};
use crate::error::MediaError;
use crate::sound::codec::{Decoder, MAX_DECODED, packet_samples};
use crate::sound::frame::{FRAME, Frame};

/// Opus invents sound in steps of 2.5 ms.
const STEP: usize = 120;

/// So much decoded sound lets the longest period be found twice.
const ENOUGH_TO_STRETCH: usize = 3 * FRAME;

/// Stretches that follow each other faster than this (in pulls of 10 ms) can be heard.
const BETWEEN_STRETCHES: u32 = 3;

/// The receiving half of a voice.
pub(crate) struct Playback {
    buffer: JitterBuffer,
    decoder: Decoder,
    /// Decoded and not yet played.
    queue: Vec<f32>,
    scratch: Box<[f32; MAX_DECODED]>,
    since_stretch: u32,
}

impl Playback {
    pub(crate) fn new() -> Result<Self, MediaError> {
        Ok(Self {
            buffer: JitterBuffer::new(),
            decoder: Decoder::new()?,
            queue: Vec::with_capacity(2 * MAX_DECODED),
            scratch: Box::new([0.0; MAX_DECODED]),
            since_stretch: 0,
        })
    }

    /// Takes a packet as it came from the network.
    pub(crate) fn insert(&mut self, packet: ReceivedPacket) {
        match packet_samples(&packet.payload) {
            Some(samples) => self.buffer.insert(packet, samples),
            None => self.buffer.stats.invalid += 1,
        }
    }

    /// The next 10 ms to play.
    pub(crate) fn pull_10ms(&mut self, now: Instant, out: &mut Frame) {
        self.fill(FRAME, now);
        self.stretch(now);
        self.fill(FRAME, now);
        out.copy_from_slice(&self.queue[..FRAME]);
        self.queue.drain(..FRAME);
    }

    pub(crate) fn stats(&self) -> JitterStats {
        self.buffer.stats
    }

    /// Samples that are decoded and wait.
    #[cfg(test)]
    pub(super) fn standing(&self) -> usize {
        self.queue.len()
    }

    fn fill(&mut self, wanted: usize, now: Instant) {
        while self.queue.len() < wanted {
            let decision = self.buffer.next(self.queue.len(), now);
            self.render(decision);
        }
    }

    fn render(&mut self, decision: Decision) {
        match decision {
            Decision::Decode { payload, samples } => {
                let made = self.decoder.decode(&payload, self.scratch.as_mut_slice());
                self.append(made, samples, samples);
            }
            Decision::Recover { next, samples, wanted } => {
                let made = self.decoder.recover(&next, &mut self.scratch[..samples]);
                self.append(made, samples, wanted);
            }
            Decision::Conceal { samples } | Decision::Comfort { samples } => {
                let made = self.decoder.conceal(&mut self.scratch[..samples.next_multiple_of(STEP)]);
                self.append(made, samples, samples);
            }
            Decision::Wait { samples } => self.queue.resize(self.queue.len() + samples, 0.0),
        }
    }

    /// Queues the last `wanted` of what was made; silence of `expected` samples if the decoder failed.
    fn append(&mut self, made: Result<usize, MediaError>, expected: usize, wanted: usize) {
        let made = made.unwrap_or_else(|_| {
            self.scratch[..expected].fill(0.0);
            expected
        });
        let from = made.saturating_sub(wanted);
        self.queue.extend_from_slice(&self.scratch[from..made.max(from + 1)]);
    }

    fn stretch(&mut self, now: Instant) {
        self.since_stretch += 1;
        let pace = self.buffer.pace(self.queue.len(), now);
        let may = self.since_stretch >= BETWEEN_STRETCHES;
        let by = match pace {
            Pace::MuchFaster => -self.shorten(stretch::ROUGH, now),
            Pace::Faster if may => -self.shorten(stretch::CLEAN, now),
            Pace::Slower if may => stretch::lengthen(&mut self.queue, stretch::CLEAN) as i64,
            Pace::Even | Pace::Faster | Pace::Slower => 0,
        };
        if by != 0 {
            self.since_stretch = 0;
            self.buffer.stretched(by);
        }
    }

    fn shorten(&mut self, likeness: f32, now: Instant) -> i64 {
        while self.queue.len() < ENOUGH_TO_STRETCH && self.buffer.has_next() {
            let decision = self.buffer.next(self.queue.len(), now);
            self.render(decision);
        }
        stretch::shorten(&mut self.queue, likeness) as i64
    }
}
