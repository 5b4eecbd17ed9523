//! Bells from sine waves. What makes a bell is that its partials are no harmonics: a minor third above the stroke note
//! and a hum an octave below it, each fading at its own pace.

use std::f64::consts::TAU;

use super::{Bell, Ringtone};
use crate::sound::frame::SAMPLE_RATE;

/// Ratio to the stroke note, strength, and how long it takes to fade to a third, for a stroke note of 440 Hz.
const PARTIALS: [(f32, f32, f32); 9] = [
    (0.5, 0.35, 1.3),
    (1.0, 0.55, 0.75),
    (1.19, 0.45, 0.60),
    (1.5, 0.18, 0.42),
    (2.0, 0.60, 0.38),
    (2.51, 0.16, 0.22),
    (2.66, 0.14, 0.18),
    (3.01, 0.12, 0.15),
    (4.17, 0.08, 0.10),
];

/// A clapper is not a switch: the stroke takes 3 ms.
const STROKE_S: f32 = 0.003;

/// How often a partial fades to a third until it cannot be heard: to -70 dB.
const AUDIBLE_FADES: f32 = 8.0;

/// Notes of the bells, in Hz.
const G3: f32 = 196.0;
const D4: f32 = 293.66;
const G4: f32 = 392.0;
const A4: f32 = 440.0;
const B4: f32 = 493.88;
const D5: f32 = 587.33;
const E5: f32 = 659.26;
const G5: f32 = 783.99;
const B5: f32 = 987.77;
const D6: f32 = 1174.66;

/// A stroke: when, which bell, how hard.
type Stroke = (f32, f32, f32);

/// What is played, how long it is, and how loud its loudest moment is.
struct Score {
    strokes: &'static [Stroke],
    length_s: f32,
    peak: f32,
}

fn score(bell: Bell) -> Score {
    match bell {
        Bell::Ring(ringtone) => Score { strokes: phrase(ringtone), length_s: 3.6, peak: 0.6 },
        Bell::Ringback => Score { strokes: &[(0.0, G4, 0.8), (0.45, D5, 0.6)], length_s: 4.0, peak: 0.2 },
        Bell::Test => Score { strokes: &[(0.0, G4, 0.8), (0.3, B4, 0.8), (0.6, D5, 0.9)], length_s: 2.6, peak: 0.5 },
        Bell::End => Score { strokes: &[(0.0, D5, 0.7), (0.18, G4, 0.7)], length_s: 1.2, peak: 0.3 },
    }
}

/// Each is over after less than two seconds: what follows is a pause for a word.
const fn phrase(ringtone: Ringtone) -> &'static [Stroke] {
    match ringtone {
        Ringtone::Carillon => &[
            (0.00, D5, 0.9),
            (0.22, G5, 0.8),
            (0.44, E5, 0.8),
            (0.66, D5, 0.9),
            (1.10, B4, 0.8),
            (1.32, D5, 0.7),
            (1.54, G4, 1.0),
        ],
        Ringtone::Chimes => &[(0.0, B4, 0.9), (0.4, G4, 0.9), (0.8, A4, 0.9), (1.2, D4, 1.0)],
        Ringtone::Handbells => {
            &[(0.00, G5, 0.8), (0.15, B5, 0.8), (0.30, D6, 0.9), (0.60, G5, 0.8), (0.75, B5, 0.8), (0.90, D6, 0.9)]
        }
        Ringtone::Tower => &[(0.0, G3, 1.0), (0.8, D4, 0.7)],
    }
}

pub(super) fn render(bell: Bell) -> Vec<f32> {
    let Score { strokes, length_s, peak } = score(bell);
    let mut samples = vec![0.0; samples_of(length_s)];
    for &(at_s, hz, force) in strokes {
        strike(&mut samples, samples_of(at_s), hz, force, bell.repeats());
    }
    if !bell.repeats() {
        fade_out(&mut samples);
    }
    let loudest = samples.iter().fold(0.0_f32, |loudest, s| loudest.max(s.abs()));
    samples.iter_mut().for_each(|s| *s *= peak / loudest);
    samples
}

/// Adds one stroke; where the piece repeats, what still sounds at its end sounds on in its beginning.
fn strike(samples: &mut [f32], start: usize, hz: f32, force: f32, repeats: bool) {
    // Small bells fade faster.
    let pace = (hz / 440.0).sqrt();
    for (ratio, strength, fades_s) in PARTIALS {
        let fades_s = fades_s / pace;
        let partial = Partial::new(hz * ratio, force * strength, fades_s).take(samples_of(AUDIBLE_FADES * fades_s));
        if repeats {
            let length = samples.len();
            partial.enumerate().for_each(|(n, sample)| samples[(start + n) % length] += sample);
        } else {
            samples[start..].iter_mut().zip(partial).for_each(|(sum, sample)| *sum += sample);
        }
    }
}

/// A sine wave that fades, from its stroke on. It turns from sample to sample, for a sine and a power of each of them would keep a
/// ring waiting for tenths of a second.
struct Partial {
    /// As a complex number; what sounds is the second half.
    now: (f64, f64),
    turn: (f64, f64),
    samples: u32,
}

impl Partial {
    fn new(hz: f32, strength: f32, fades_s: f32) -> Self {
        let rate = f64::from(SAMPLE_RATE);
        let (sin, cos) = (TAU * f64::from(hz) / rate).sin_cos();
        let fade = (-1.0 / (f64::from(fades_s) * rate)).exp();
        Self { now: (f64::from(strength), 0.0), turn: (fade * cos, fade * sin), samples: 0 }
    }
}

impl Iterator for Partial {
    type Item = f32;

    fn next(&mut self) -> Option<f32> {
        let attack = (self.samples as f32 / (STROKE_S * SAMPLE_RATE as f32)).min(1.0);
        let ((re, im), (cos, sin)) = (self.now, self.turn);
        self.now = (re * cos - im * sin, re * sin + im * cos);
        self.samples += 1;
        Some(attack * im as f32)
    }
}

/// The last quarter of a piece that ends, so that nothing is cut off.
fn fade_out(samples: &mut [f32]) {
    let from = samples.len() * 3 / 4;
    let length = (samples.len() - from) as f32;
    for (n, sample) in samples[from..].iter_mut().enumerate() {
        *sample *= (1.0 - n as f32 / length).powi(2);
    }
}

fn samples_of(seconds: f32) -> usize {
    (seconds * SAMPLE_RATE as f32) as usize
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::frame::level_dbov;

    #[test]
    fn every_bell_is_loud_enough_and_never_clips() {
        for bell in Bell::ALL {
            let samples = bell.render();

            let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
            assert!((0.1..=0.7).contains(&peak), "{bell:?}: {peak}");
            assert!(level_dbov(&samples) > -40.0, "{bell:?}: {} dB", level_dbov(&samples));
        }
    }

    #[test]
    fn a_repeating_bell_begins_where_it_ends() {
        for bell in Bell::ALL.into_iter().filter(|bell| bell.repeats()) {
            let samples = bell.render();

            let steps = samples.windows(2).map(|w| (w[1] - w[0]).abs());
            let largest = steps.fold(0.0, f32::max);
            let seam = (samples[0] - samples[samples.len() - 1]).abs();
            assert!(seam <= largest, "{bell:?}: a step of {seam}, elsewhere at most {largest}");
        }
    }

    #[test]
    fn a_bell_that_ends_ends_in_silence() {
        for bell in Bell::ALL.into_iter().filter(|bell| !bell.repeats()) {
            let samples = bell.render();

            assert!(samples[samples.len() - 100..].iter().all(|s| s.abs() < 1e-3), "{bell:?}");
        }
    }

    #[test]
    fn a_stroke_has_the_minor_third_of_a_bell() {
        let mut samples = vec![0.0; 48_000];
        strike(&mut samples, 0, 440.0, 1.0, false);

        let third = strength(&samples, 440.0 * 1.19);
        assert!(third > 5.0 * strength(&samples, 440.0 * 1.35), "{third}");
    }

    #[test]
    fn ringing_leaves_a_pause_for_a_word() {
        for ringtone in Ringtone::ALL {
            let samples = Bell::Ring(ringtone).render();

            let last = level_dbov(&samples[samples.len() - 24_000..]);
            let first = level_dbov(&samples[..24_000]);
            // A large bell sounds for longer than small ones.
            let least = if ringtone == Ringtone::Tower { 6.0 } else { 10.0 };
            assert!(first - last > least, "{ringtone:?}: {first} and {last} dB");
        }
    }

    fn strength(samples: &[f32], hz: f32) -> f32 {
        let angle = |n: usize| n as f32 * hz * std::f32::consts::TAU / SAMPLE_RATE as f32;
        let re: f32 = samples.iter().enumerate().map(|(n, s)| s * angle(n).cos()).sum();
        let im: f32 = samples.iter().enumerate().map(|(n, s)| s * angle(n).sin()).sum();
        re.hypot(im)
    }
}
