//! What to play next. Pure: no codec, no clock, no sound; only packets, times and decisions.

use std::collections::BTreeMap;
use std::time::Instant;

use bytes::Bytes;

use super::delay::{DelayEstimator, Micros};
use super::history::History;
use super::packet::ReceivedPacket;
use super::position::{Playhead, Span, micros_of};
use super::stats::JitterStats;
use super::unwrap::Unwrapper;
use crate::sound::codec::DTX_PACKET_BYTES;
use crate::sound::frame::FRAME;

/// More than two seconds of the usual packets; beyond it the oldest go.
const MAX_PACKETS: usize = 128;

/// The target covers this share of the packets; the rest is left to concealment, which is cheaper than delay for all.
const COVERED: f32 = 0.98;

/// What the target comes down by with each packet: eight seconds later it is at a third. A target that follows every quiet second down
/// and every lost pair of packets up again makes speech stretch and shrink all the time, which is heard more than 20 ms of delay.
const HELD: f32 = 1.0 - 1.0 / 400.0;

/// More than this, which is jitter and two lost packets in a row, is not held: it came from a stall.
const MOST_HELD_US: f32 = 60_000.0;

/// Never steer below this: the speaker's own clock is not exact to the millisecond.
const MIN_TARGET_US: Micros = 6_000;
const MAX_TARGET_US: Micros = 180_000;

/// On top of what packets need, for threads that wake up late.
const MARGIN_US: Micros = 3_000;
const MAX_MARGIN_US: Micros = 20_000;

/// From this loss on it pays to wait for the next packet, which carries a copy.
const LOSS_WORTH_WAITING: f32 = 0.02;

/// Rather this much too early than another 10 ms later.
const PUNCTUAL_US: Micros = 3_000;

/// How far the delay may stray before speech is stretched; wider than the longest stretch, or it would swing. Half of the target where
/// that is more.
const TOO_LATE_US: Micros = 11_000;
const TOO_EARLY_US: Micros = 2_000;

/// So much too late is a burst after a stall: catch up as fast as can be.
const MUCH_TOO_LATE_US: Micros = 60_000;

/// And here it is better to leave something out.
const HOPELESS_US: Micros = 250_000;

/// A hole longer than this is treated as a pause, also where it is a loss.
const LONGEST_HOLE: i64 = 5_760;

/// A jump in numbers or time that no network makes: the sender began anew.
const JUMP_PACKETS: i64 = 1_000;
const JUMP_US: Micros = 5_000_000;

/// What to do for the next stretch of sound.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Decision {
    /// Decode this packet.
    Decode { payload: Bytes, samples: usize },
    /// The packet before this one is lost: play the last `wanted` samples of the copy of it in here.
    Recover { next: Bytes, samples: usize, wanted: usize },
    /// Invent so many samples.
    Conceal { samples: usize },
    /// A pause: so many samples of comfort noise.
    Comfort { samples: usize },
    /// Nothing has come yet: so many samples of silence.
    Wait { samples: usize },
}

/// Whether to play faster or slower.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Pace {
    Even,
    Faster,
    /// A lot has piled up: also where it can be heard.
    MuchFaster,
    Slower,
}

/// Packets in order, and when they ought to be heard.
pub(super) struct JitterBuffer {
    sequences: Unwrapper<16>,
    timestamps: Unwrapper<32>,
    /// By sequence number: where in media time the sound of each begins and ends, and that sound.
    packets: BTreeMap<i64, (Span, Bytes)>,
    delay: DelayEstimator,
    started: Option<Playhead>,
    epoch: Option<Instant>,
    history: History,
    loss: f32,
    margin_us: Micros,
    /// How late packets have come lately, without the margin.
    held_us: f32,
    pub(super) stats: JitterStats,
}

impl JitterBuffer {
    pub(super) fn new() -> Self {
        Self {
            sequences: Unwrapper::default(),
            timestamps: Unwrapper::default(),
            packets: BTreeMap::new(),
            delay: DelayEstimator::new(),
            started: None,
            epoch: None,
            history: History::default(),
            loss: 0.0,
            margin_us: MARGIN_US,
            held_us: 0.0,
            stats: JitterStats::default(),
        }
    }

    /// Takes a packet of `samples` samples.
    pub(super) fn insert(&mut self, packet: ReceivedPacket, samples: u32) {
        let arrived_us = self.micros(packet.arrived_at);
        if self.is_a_new_beginning(packet.sequence, packet.timestamp, arrived_us) {
            self.forget();
        }
        let sequence = self.sequences.unwrap(u32::from(packet.sequence));
        let span = Span { begin: self.timestamps.unwrap(packet.timestamp), samples: i64::from(samples) };
        if self.history.saw_before(sequence) {
            self.stats.duplicate += 1;
            return;
        }
        self.delay.observe(arrived_us, micros_of(span.begin));
        self.held_us = (self.held_us.min(MOST_HELD_US) * HELD).max(self.needed_us() as f32);
        if self.started.as_ref().is_some_and(|started| sequence < started.sequence) {
            self.stats.late += 1;
            return;
        }
        self.stats.received += 1;
        self.packets.insert(sequence, (span, packet.payload));
        if self.packets.len() > MAX_PACKETS {
            self.packets.pop_first();
            self.stats.skipped += 1;
        }
    }

    /// Decides what follows the `queued` samples that are decided and not yet played.
    pub(super) fn next(&mut self, queued: usize, now: Instant) -> Decision {
        let now_us = self.micros(now);
        self.leave_out_the_hopeless(queued, now_us);
        let Some((&sequence, &(span, ref payload))) = self.packets.first_key_value() else {
            return self.without_packet();
        };
        let payload = payload.clone();
        let late_us = self.lateness_us(span.begin, queued, now_us);
        let early = early_samples(self.target_us() - late_us, queued);
        let Some(started) = &mut self.started else {
            if let Some(samples) = early {
                return Decision::Wait { samples };
            }
            self.started = Some(Playhead::at(sequence, span.begin, late_us));
            return self.decode(sequence, span, payload);
        };
        let missing = sequence - started.sequence;
        let hole = started.hole_before(span.begin, missing);
        if hole <= 0 {
            return self.decode(sequence, span, payload);
        }
        if missing == 0 || started.pausing || hole > LONGEST_HOLE {
            started.delay_us = late_us as f32;
            return match early {
                Some(samples) => self.comfort(samples),
                None => self.decode(sequence, span, payload),
            };
        }
        self.bridge(sequence, span, payload, hole)
    }

    /// Whether to play faster or slower, given what is queued.
    pub(super) fn pace(&mut self, queued: usize, now: Instant) -> Pace {
        let now_us = self.micros(now);
        let target_us = self.target_us();
        let Some(started) = &self.started else {
            return Pace::Even;
        };
        // Sound is asked for in frames: what ends within one needs its continuation at the frame's beginning.
        let ahead = queued - queued % FRAME;
        let late_us = self.lateness_us(started.position, ahead, now_us);
        let pausing = started.pausing || started.improvised > 0;
        let Some(started) = &mut self.started else {
            return Pace::Even;
        };
        if pausing {
            // The position stands still meanwhile and says nothing about the delay.
            return Pace::Even;
        }
        started.delay_us += (late_us as f32 - started.delay_us) / 16.0;
        let delay_us = started.delay_us as Micros;
        self.stats.delay_ms = delay_us as f32 / 1_000.0;
        self.stats.target_ms = target_us as f32 / 1_000.0;
        match delay_us - target_us {
            over if over > MUCH_TOO_LATE_US => Pace::MuchFaster,
            over if over > TOO_LATE_US.max(target_us / 2) => Pace::Faster,
            over if over < -TOO_EARLY_US => Pace::Slower,
            _ => Pace::Even,
        }
    }

    /// Tells that so many samples were put in (or, negative, taken out) by stretching.
    pub(super) fn stretched(&mut self, samples: i64) {
        if let Some(started) = &mut self.started {
            started.delay_us += micros_of(samples) as f32;
        }
        if samples > 0 {
            self.stats.expanded += samples.unsigned_abs();
        } else {
            self.stats.accelerated += samples.unsigned_abs();
        }
    }

    /// Whether the packet that ought to be next is here.
    pub(super) fn has_next(&self) -> bool {
        let next = self.packets.first_key_value();
        next.zip(self.started.as_ref()).is_some_and(|((&sequence, _), started)| sequence == started.sequence)
    }

    /// How late packets are to be played.
    pub(super) fn target_us(&self) -> Micros {
        (self.held_us as Micros + self.margin_us).clamp(MIN_TARGET_US, MAX_TARGET_US)
    }

    /// How late packets come now, or the copies of those that are lost.
    fn needed_us(&self) -> Micros {
        let covered = self.delay.quantile_us(COVERED);
        let for_copies =
            if self.loss > LOSS_WORTH_WAITING { self.delay.quantile_us(0.5) + micros_of(2 * FRAME as i64) } else { 0 };
        covered.max(for_copies)
    }

    fn without_packet(&mut self) -> Decision {
        let Some(started) = &mut self.started else {
            return Decision::Wait { samples: FRAME };
        };
        if started.pausing {
            return self.comfort(FRAME);
        }
        started.improvised += FRAME as i64;
        if started.improvised > LONGEST_HOLE {
            return self.comfort(FRAME);
        }
        self.stats.concealed += FRAME as u64;
        Decision::Conceal { samples: FRAME }
    }

    fn comfort(&mut self, samples: usize) -> Decision {
        self.stats.comfort += samples as u64;
        Decision::Comfort { samples }
    }

    fn decode(&mut self, sequence: i64, span: Span, payload: Bytes) -> Decision {
        self.packets.remove(&sequence);
        if let Some(started) = &mut self.started {
            let lost = sequence - started.sequence;
            if lost == 0 && started.improvised > 0 && started.improvised <= LONGEST_HOLE && !started.pausing {
                // It was only late. So next time a little more patience; forgotten again below.
                self.margin_us = (self.margin_us + 2_000).min(MAX_MARGIN_US);
                // And everything from here on is later, at once: the mean would ask for as much delay again meanwhile.
                started.delay_us += micros_of(started.improvised) as f32;
            }
            started.advance(sequence, span.end(), begins_pause(&payload));
            self.note_loss(lost);
        }
        self.margin_us = (self.margin_us - 4).max(MARGIN_US);
        Decision::Decode { payload, samples: span.samples as usize }
    }

    /// Something was lost before this packet: take its copy if that is the last of it, else invent 10 ms.
    fn bridge(&mut self, sequence: i64, span: Span, payload: Bytes, hole: i64) -> Decision {
        let Some(started) = &mut self.started else {
            return Decision::Wait { samples: FRAME };
        };
        if hole <= span.samples {
            started.position = span.begin;
            let lost = sequence - started.sequence;
            started.sequence = sequence;
            self.note_loss(lost);
            self.stats.recovered += 1;
            return Decision::Recover { next: payload, samples: span.samples as usize, wanted: hole as usize };
        }
        let samples = hole.min(FRAME as i64);
        started.position += samples;
        self.stats.concealed += samples as u64;
        Decision::Conceal { samples: FRAME.min(samples as usize) }
    }

    fn note_loss(&mut self, lost: i64) {
        let lost = lost.clamp(0, 50);
        self.stats.lost += lost.unsigned_abs();
        for _ in 0..lost {
            self.loss += (1.0 - self.loss) * 0.01;
        }
        self.loss -= self.loss * 0.01;
    }

    /// After a stall everything comes at once: what is hopelessly late is left out rather than played late for long.
    fn leave_out_the_hopeless(&mut self, queued: usize, now_us: Micros) {
        let limit = self.target_us() + HOPELESS_US;
        while self.packets.len() > 1
            && self.started.is_some()
            && let Some((_, (next, _))) = self.packets.first_key_value()
            && self.lateness_us(next.begin, queued, now_us) > limit
            && let Some((sequence, (span, payload))) = self.packets.pop_first()
        {
            self.stats.skipped += 1;
            if let Some(started) = &mut self.started {
                started.advance(sequence, span.end(), begins_pause(&payload));
                started.delay_us =
                    self.delay.base_us().map_or(0, |base| now_us - base - micros_of(started.position)) as f32;
            }
        }
    }

    /// How late `timestamp` would be played if it came right behind the `queued` samples.
    fn lateness_us(&self, timestamp: i64, queued: usize, now_us: Micros) -> Micros {
        let base = self.delay.base_us().unwrap_or(0);
        now_us + micros_of(queued as i64) - micros_of(timestamp) - base
    }

    fn micros(&mut self, at: Instant) -> Micros {
        let epoch = *self.epoch.get_or_insert(at);
        let since =
            |later: Instant, earlier: Instant| Micros::try_from((later - earlier).as_micros()).unwrap_or(Micros::MAX);
        if at >= epoch { since(at, epoch) } else { -since(epoch, at) }
    }

    fn is_a_new_beginning(&self, sequence: u16, timestamp: u32, arrived_us: Micros) -> bool {
        let Some(base) = self.delay.base_us() else {
            return false;
        };
        let (mut sequences, mut timestamps) = (self.sequences, self.timestamps);
        let jump = (sequences.unwrap(u32::from(sequence)) - self.history.newest()).abs();
        let transit = arrived_us - micros_of(timestamps.unwrap(timestamp));
        jump > JUMP_PACKETS || (transit - base).abs() > JUMP_US
    }

    fn forget(&mut self) {
        let (stats, epoch) = (self.stats, self.epoch);
        *self = Self { stats, epoch, ..Self::new() };
    }
}

/// Whether a packet says that nothing follows for a while.
fn begins_pause(payload: &Bytes) -> bool {
    payload.len() <= DTX_PACKET_BYTES
}

/// How many samples to fill before it may be time: up to the next frame's beginning, so that a packet's sound begins
/// with a frame and is not needed earlier than it is heard. None if it is time.
fn early_samples(early_us: Micros, queued: usize) -> Option<usize> {
    (early_us > PUNCTUAL_US).then_some(FRAME - queued % FRAME)
}
