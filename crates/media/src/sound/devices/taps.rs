//! A worker's hold on a device: frames of 10 ms at 48 kHz, for devices of any rate.

use std::time::{Duration, Instant};

use super::ring::{CaptureTap, PlayoutTap};
use crate::error::MediaError;
use crate::sound::frame::{FRAME, Frame, SAMPLE_RATE};
use crate::sound::resample::Converter;

/// Capture, re-blocked.
pub(crate) struct Capture {
    tap: CaptureTap,
    converter: Option<Converter>,
    raw: Vec<f32>,
    converted: Vec<f32>,
}

impl Capture {
    pub(crate) fn new(tap: CaptureTap) -> Result<Self, MediaError> {
        let converter = Converter::between(tap.rate_hz, SAMPLE_RATE)?;
        Ok(Self { tap, converter, raw: Vec::new(), converted: Vec::new() })
    }

    /// The next 10 ms, if the device has heard that much.
    pub(crate) fn next(&mut self) -> Option<Frame> {
        let mut frame = [0.0; FRAME];
        if self.tap.ring.slots() < FRAME {
            self.tap.turn();
        }
        let Some(converter) = &mut self.converter else {
            return self.tap.ring.pop_entire_slice(&mut frame).is_ok().then_some(frame);
        };
        let there = self.tap.ring.slots();
        self.raw.clear();
        self.raw.extend(self.tap.ring.read_chunk(there).into_iter().flatten());
        if let Err(error) = converter.convert(&self.raw, &mut self.converted) {
            tracing::warn!(%error, "captured sound was lost");
        }
        let whole = self.converted.get(..FRAME)?;
        frame.copy_from_slice(whole);
        self.converted.drain(..FRAME);
        Some(frame)
    }

    /// How long its worker may sleep if the next `samples` are all it waits for; `None` if it is woken.
    pub(crate) fn doze(&mut self, samples: usize) -> Option<Duration> {
        let (more, now) = (samples.saturating_sub(self.tap.ring.slots()), Instant::now());
        Some(self.tap.polled.as_mut()?.doze(more, now)?.saturating_duration_since(now))
    }

    pub(crate) fn missing(&self) -> u64 {
        self.tap.health.missing()
    }
}

/// Playout, kept filled with as little as the device lets us.
pub(crate) struct Playout {
    tap: PlayoutTap,
    converter: Option<Converter>,
    converted: Vec<f32>,
    reserve: PlayoutReserve,
}

impl Playout {
    pub(crate) fn new(tap: PlayoutTap) -> Result<Self, MediaError> {
        let converter = Converter::between(SAMPLE_RATE, tap.rate_hz)?;
        let reserve = PlayoutReserve::new(tap.rate_hz as usize / 100);
        Ok(Self { tap, converter, converted: Vec::new(), reserve })
    }

    /// Whether the device needs another 10 ms now.
    pub(crate) fn is_hungry(&mut self) -> bool {
        let wanted = self.tap.turn().unwrap_or_else(|| {
            self.reserve.watch(self.tap.health.missing(), self.tap.health.callbacks(), self.tap.health.largest());
            self.tap.health.want(self.reserve.samples);
            self.reserve.samples
        });
        self.tap.standing() < wanted
    }

    pub(crate) fn push(&mut self, frame: &Frame) {
        let samples = match &mut self.converter {
            None => frame.as_slice(),
            Some(converter) => {
                self.converted.clear();
                if let Err(error) = converter.convert(frame, &mut self.converted) {
                    tracing::warn!(%error, "sound was not played");
                }
                &self.converted
            }
        };
        // A full ring means that the device has stopped; it is opened again soon.
        let _ = self.tap.ring.push_partial_slice(samples);
    }

    pub(crate) fn missing(&self) -> u64 {
        self.tap.health.missing()
    }

    /// Whether everything but the last 10 ms has been handed to the device.
    pub(crate) fn is_empty(&mut self) -> bool {
        self.tap.turn();
        self.tap.standing() <= self.reserve.ten_ms
    }
}

/// How much must stand ready: one callback's worth, and more for a device or machine that proved to need it.
struct PlayoutReserve {
    samples: usize,
    ten_ms: usize,
    margin: UnderrunMargin,
}

impl PlayoutReserve {
    /// Each of 5 ms.
    const STEPS: usize = 6;

    fn new(ten_ms: usize) -> Self {
        Self { samples: ten_ms, ten_ms, margin: UnderrunMargin::new(Self::STEPS) }
    }

    fn watch(&mut self, missing: u64, callbacks: u64, largest: usize) {
        let usual = if callbacks == 0 { self.ten_ms } else { largest.min(4 * self.ten_ms) };
        self.samples = usual + self.margin.watch(missing, callbacks) * self.ten_ms / 2;
    }
}

/// How much more than the least a device keeps ready, in steps: one more after repeated underruns, one less when that was enough for
/// long. A single moment in which the whole machine stood still is no reason: it would cost delay for the rest of the call.
pub(super) struct UnderrunMargin {
    steps: usize,
    highest: usize,
    missing: u64,
    /// Before this callback nothing counts.
    settled_at: u64,
    underrun_at: Option<u64>,
    /// When the last step was made.
    stepped_at: u64,
    /// For so many callbacks it must have had enough; longer each time that it was not.
    quiet: u64,
}

/// Streams start with a few underruns that mean nothing, and so does each change of the margin; and what causes one underrun mostly
/// causes the next one too.
const SETTLING: u64 = 100;

/// Two underruns within so many callbacks count as repeated.
const AGAIN: u64 = 1_000;

/// Half a minute, mostly.
const QUIET: u64 = 3_000;

impl UnderrunMargin {
    pub(super) fn new(highest: usize) -> Self {
        Self { steps: 0, highest, missing: 0, settled_at: SETTLING, underrun_at: None, stepped_at: 0, quiet: QUIET }
    }

    #[cfg(target_os = "linux")]
    pub(super) fn steps(&self) -> usize {
        self.steps
    }

    /// How many steps it is to be: `callbacks` have been made so far, and `missing` samples were not there in time.
    pub(super) fn watch(&mut self, missing: u64, callbacks: u64) -> usize {
        let is_underrun = missing > self.missing && callbacks > self.settled_at;
        self.missing = missing;
        if is_underrun {
            let again = self.underrun_at.replace(callbacks).is_some_and(|before| callbacks - before <= AGAIN);
            self.settled_at = callbacks + SETTLING;
            if again && self.steps < self.highest {
                self.steps += 1;
                self.stepped_at = callbacks;
                self.quiet = self.quiet.saturating_mul(2);
            }
        } else if self.steps > 0 && callbacks - self.underrun_at.unwrap_or(0).max(self.stepped_at) > self.quiet {
            self.steps -= 1;
            self.stepped_at = callbacks;
        }
        self.steps
    }
}

#[cfg(test)]
mod tests {
    use super::super::ring::{capture_ring, playout_ring};
    use super::*;

    #[test]
    fn odd_pieces_become_whole_frames() {
        let (mut feed, tap) = capture_ring(SAMPLE_RATE, None);
        let mut capture = Capture::new(tap).expect("a capture");

        let mut frames = 0;
        for _ in 0..100 {
            feed.push(&[0.5_f32; 24], 1, |s| s);
            frames += usize::from(capture.next().is_some());
        }

        assert_eq!(frames, 5);
    }

    #[test]
    fn two_channels_are_mixed_into_one() {
        let (mut feed, tap) = capture_ring(SAMPLE_RATE, None);
        let mut capture = Capture::new(tap).expect("a capture");

        feed.push(&[16_384_i16, 0].repeat(FRAME), 2, |s| f32::from(s) / 32_768.0);

        assert!(capture.next().expect("a frame").iter().all(|s| (s - 0.25).abs() < 1e-6));
    }

    #[test]
    fn what_is_no_number_is_silence_and_counted() {
        let (mut feed, tap) = capture_ring(SAMPLE_RATE, None);
        let health = feed.health();
        let mut capture = Capture::new(tap).expect("a capture");

        feed.push(&[f32::NAN, f32::INFINITY, f32::NEG_INFINITY, 1_000.0].repeat(FRAME / 4), 1, |s| s);

        let frame = capture.next().expect("a frame");
        assert_eq!(frame[..4], [0.0, 0.0, 0.0, 1.0]);
        assert_eq!(health.not_numbers(), 3 * FRAME as u64 / 4);
    }

    #[test]
    fn a_device_at_44_1_khz_is_converted_both_ways() {
        let (mut feed, tap) = capture_ring(44_100, None);
        let mut capture = Capture::new(tap).expect("a capture");
        let (mut heard, tap) = playout_ring(44_100, None);
        let mut playout = Playout::new(tap).expect("a playout");

        let (mut frames, mut played) = (0, 0);
        for _ in 0..100 {
            feed.push(&[0.1_f32; 441], 1, |s| s);
            while let Some(frame) = capture.next() {
                frames += 1;
                playout.push(&frame);
            }
            let mut buffer = [0.0_f32; 441];
            heard.pull(&mut buffer, 1, |s| s);
            played += buffer.iter().filter(|s| **s > 0.05).count();
        }

        assert!((95..=100).contains(&frames), "{frames}");
        assert!(played > 90 * 441, "{played}");
    }

    #[test]
    fn a_device_with_repeated_underruns_gets_a_larger_reserve() {
        let mut reserve = PlayoutReserve::new(480);
        (1..=100).for_each(|call| reserve.watch(0, call, 240));
        assert_eq!(reserve.samples, 240);

        (101..=500).for_each(|call| reserve.watch(call, call, 240));

        assert!((720..=1_680).contains(&reserve.samples), "{}", reserve.samples);
    }

    #[test]
    fn a_stream_that_is_slow_to_start_does_not_cost_delay() {
        let mut reserve = PlayoutReserve::new(480);

        (1..=40).for_each(|call| reserve.watch(call, call, 480));

        assert_eq!(reserve.samples, 480);
    }

    /// A device that is watched callback by callback.
    struct Watched {
        margin: UnderrunMargin,
        callbacks: u64,
        missing: u64,
    }

    impl Watched {
        /// One that has settled.
        fn new() -> Self {
            let mut watched = Self { margin: UnderrunMargin::new(2), callbacks: 0, missing: 0 };
            watched.has_enough_for(SETTLING);
            watched
        }

        fn has_enough_for(&mut self, callbacks: u64) -> usize {
            (0..callbacks).map(|_| self.call(0)).last().unwrap_or_default()
        }

        fn call(&mut self, missing: u64) -> usize {
            self.callbacks += 1;
            self.missing += missing;
            self.margin.watch(self.missing, self.callbacks)
        }

        /// Until it is one step lower.
        fn callbacks_until_a_step_back(&mut self) -> u64 {
            let before = self.margin.steps;
            (1..).find(|_| self.call(0) < before).expect("it steps back")
        }
    }

    #[test]
    fn one_long_underrun_is_not_a_repeated_one_however_many_callbacks_it_takes() {
        let mut watched = Watched::new();

        let steps = (0..SETTLING).map(|_| watched.call(480)).last();

        assert_eq!(steps, Some(0));
        assert_eq!(watched.has_enough_for(AGAIN), 0);
        assert_eq!(watched.call(480), 0, "the moment before is long gone");
    }

    #[test]
    fn what_was_enough_for_long_is_taken_back() {
        let mut watched = Watched::new();
        watched.call(480);
        watched.has_enough_for(SETTLING);
        assert_eq!(watched.call(480), 1);

        assert!((QUIET..=4 * QUIET).contains(&watched.callbacks_until_a_step_back()));
    }

    #[test]
    fn a_step_back_that_was_wrong_is_tried_less_soon() {
        let mut watched = Watched::new();
        let mut waits = Vec::new();
        for _ in 0..3 {
            watched.call(480);
            watched.has_enough_for(SETTLING);
            assert_eq!(watched.call(480), 1);
            waits.push(watched.callbacks_until_a_step_back());
            watched.has_enough_for(AGAIN);
        }

        assert!(waits.is_sorted_by(|sooner, later| 2 * sooner <= *later + 2), "{waits:?}");
    }

    #[test]
    fn there_are_no_more_steps_than_there_are() {
        let mut watched = Watched::new();

        let steps = (0..20 * SETTLING).map(|_| watched.call(480)).last();

        assert_eq!(steps, Some(2));
    }
}
