//! A worker's hold on a device: frames of 10 ms at 48 kHz, whatever the device's own rate.

use std::time::{Duration, Instant};

use super::ring::{CaptureTap, PlayoutTap};
use crate::error::MediaError;
use crate::frame::{FRAME, Frame, SAMPLE_RATE};
use crate::resample::Converter;

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
            self.tap.driver.as_mut().map(|driver| driver.turn());
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
        Some(self.tap.driver.as_mut()?.doze(more, now)?.saturating_duration_since(now))
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
    cushion: Cushion,
}

impl Playout {
    pub(crate) fn new(tap: PlayoutTap) -> Result<Self, MediaError> {
        let converter = Converter::between(SAMPLE_RATE, tap.rate_hz)?;
        let cushion = Cushion::new(tap.rate_hz as usize / 100);
        Ok(Self { tap, converter, converted: Vec::new(), cushion })
    }

    /// Whether the device needs another 10 ms now.
    pub(crate) fn is_hungry(&mut self) -> bool {
        if let Some(driver) = &mut self.tap.driver {
            let wanted = driver.turn();
            return self.tap.standing() < wanted;
        }
        self.cushion.watch(self.tap.health.missing(), self.tap.health.callbacks(), self.tap.health.largest());
        self.tap.health.want(self.cushion.samples);
        self.tap.standing() < self.cushion.samples
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
        self.tap.driver.as_mut().map(|driver| driver.turn());
        self.tap.standing() <= self.cushion.ten_ms
    }
}

/// How much must stand ready: one callback's worth, and more for a device or machine that proved to need it.
struct Cushion {
    samples: usize,
    ten_ms: usize,
    /// Added because the device went without.
    extra: usize,
    starving: Starving,
}

impl Cushion {
    fn new(ten_ms: usize) -> Self {
        Self { samples: ten_ms, ten_ms, extra: 0, starving: Starving::default() }
    }

    fn watch(&mut self, missing: u64, callbacks: u64, largest: usize) {
        if self.starving.is_worse(missing, callbacks) && self.extra < 3 * self.ten_ms {
            self.extra += self.ten_ms / 4;
        }
        let usual = if callbacks == 0 { self.ten_ms } else { largest.min(4 * self.ten_ms) };
        self.samples = usual + self.extra;
    }
}

/// Whether a device needs more to stand on, because it goes without again and again.
pub(super) struct Starving {
    missing: u64,
    settled_at: u64,
}

/// Streams start with a few hungry callbacks that mean nothing, and so does what they get more to stand on.
const SETTLING_CALLBACKS: u64 = 100;

impl Default for Starving {
    fn default() -> Self {
        Self { missing: 0, settled_at: SETTLING_CALLBACKS }
    }
}

impl Starving {
    /// Whether it went without once more after it had settled.
    pub(super) fn is_worse(&mut self, missing: u64, callbacks: u64) -> bool {
        let is_worse = missing > self.missing && callbacks > self.settled_at;
        self.missing = missing;
        if is_worse {
            self.settled_at = callbacks + SETTLING_CALLBACKS;
        }
        is_worse
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
    fn a_device_that_keeps_going_without_gets_more_to_stand_on() {
        let mut cushion = Cushion::new(480);
        (1..=100).for_each(|call| cushion.watch(0, call, 240));
        assert_eq!(cushion.samples, 240);

        (101..=400).for_each(|call| cushion.watch(call, call, 240));

        assert!((480..=1_680).contains(&cushion.samples), "{}", cushion.samples);
    }

    #[test]
    fn a_stream_that_is_slow_to_start_does_not_cost_delay() {
        let mut cushion = Cushion::new(480);

        (1..=40).for_each(|call| cushion.watch(call, call, 480));

        assert_eq!(cushion.samples, 480);
    }
}
