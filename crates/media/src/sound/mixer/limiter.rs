//! Keeps a sum of voices within full scale, by turning it down for as long as it would be louder.

use crate::sound::frame::{FRAME, Frame};

/// The loudest sample that leaves.
const CEILING: f32 = 1.0;

/// The gain is found anew for each millisecond.
const STEP: usize = 48;

/// What of the missing gain comes back with each step: half of it within a tenth of a second, which is not heard as pumping.
const RELEASE: f32 = 0.007;

/// What is within full scale passes untouched, and nothing waits: what is to come within 10 ms is seen, because sound moves in frames.
pub(super) struct Limiter {
    gain: f32,
}

impl Default for Limiter {
    fn default() -> Self {
        Self { gain: 1.0 }
    }
}

impl Limiter {
    pub(super) fn apply(&mut self, frame: &mut Frame) {
        let allowed = allowed_gains(frame);
        if self.gain >= 1.0 && allowed.iter().all(|gain| *gain >= 1.0) {
            return;
        }
        for (at, step) in frame.chunks_exact_mut(STEP).enumerate() {
            let begins = self.gain;
            let released = if begins > 0.999 { 1.0 } else { begins + RELEASE * (1.0 - begins) };
            // The next step may begin with a peak: the gain is down by then.
            let ends = released.min(allowed[at]).min(allowed.get(at + 1).copied().unwrap_or(1.0));
            turn_down(step, begins, ends);
            self.gain = ends;
        }
    }
}

/// The most that each step may be amplified by.
fn allowed_gains(frame: &Frame) -> [f32; FRAME / STEP] {
    std::array::from_fn(|at| {
        let peak = frame[at * STEP..(at + 1) * STEP].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        if peak > CEILING { CEILING / peak } else { 1.0 }
    })
}

/// From one gain to another. Where a frame begins with a peak the gain is not down yet, and single samples are held at the ceiling.
fn turn_down(step: &mut [f32], begins: f32, ends: f32) {
    for (n, sample) in step.iter_mut().enumerate() {
        let gain = begins + (ends - begins) * (n + 1) as f32 / STEP as f32;
        *sample = (*sample * gain).clamp(-CEILING, CEILING);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tone(amplitude: f32, frames: usize) -> Vec<Frame> {
        let sample = |n: usize| amplitude * (n as f32 * 200.0 * std::f32::consts::TAU / 48_000.0).sin();
        (0..frames).map(|frame| std::array::from_fn(|n| sample(frame * FRAME + n))).collect()
    }

    #[test]
    fn what_is_within_full_scale_passes_untouched() {
        let mut limiter = Limiter::default();

        for frame in tone(1.0, 20) {
            let mut limited = frame;
            limiter.apply(&mut limited);
            assert_eq!(limited, frame);
        }
    }

    #[test]
    fn what_is_louder_is_turned_down_and_keeps_its_form() {
        let mut limiter = Limiter::default();
        let loud = tone(2.5, 40);
        let limited: Vec<Frame> = loud.iter().map(|frame| applied(&mut limiter, frame)).collect();

        assert!(limited.iter().flatten().all(|sample| sample.abs() <= CEILING));
        // After the first milliseconds no sample stands at the ceiling for long, as it would if the peaks were cut off.
        let at_ceiling = limited[2..].iter().flatten().filter(|sample| sample.abs() > 0.995).count();
        assert!(at_ceiling < limited[2..].len() * FRAME / 12, "{at_ceiling}");
    }

    #[test]
    fn after_something_loud_the_gain_comes_back_without_a_step() {
        let mut limiter = Limiter::default();
        for frame in tone(3.0, 5) {
            applied(&mut limiter, &frame);
        }
        let down = limiter.gain;
        let constant = [0.3; FRAME];
        let after: Vec<f32> = (0..120).flat_map(|_| applied(&mut limiter, &constant)).collect();

        assert!(down < 0.4, "{down}");
        assert!(after.windows(2).all(|pair| (pair[1] - pair[0]).abs() < 0.001));
        assert_eq!(after.last(), Some(&0.3));
    }

    fn applied(limiter: &mut Limiter, frame: &Frame) -> Frame {
        let mut limited = *frame;
        limiter.apply(&mut limited);
        limited
    }
}
