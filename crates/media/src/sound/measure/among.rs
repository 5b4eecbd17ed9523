//! Whose voices are in a recording, also where several speak at once: then there are no pauses, and no single pitch.

use std::f32::consts::TAU;

use super::voice::Pitch;
use crate::sound::frame::SAMPLE_RATE;

/// As long as a vowel.
const WINDOW: usize = SAMPLE_RATE as usize / 5;
const HOP: usize = WINDOW / 4;

/// Of all moments the strongest so many count: voices have pauses.
const COUNTED: usize = 10;

/// What of a pitch is weaker than this cannot be heard.
const AUDIBLE: f32 = 0.003;

/// A voice has more than this of the strongest one's amplitude; what the edges of another's vowels leave has a third of it.
const SHARE: f32 = 0.15;

/// Those of the three whose voices are in `recording` (48 kHz mono), the lowest first.
#[must_use]
pub fn voices_in(recording: &[f32]) -> Vec<Pitch> {
    let strengths = Pitch::ALL.map(|pitch| strength(recording, own_hz(pitch)));
    let strongest = strengths.iter().copied().fold(0.0, f32::max);
    let is_there = |strength: f32| strength > AUDIBLE && strength > SHARE * strongest;
    Pitch::ALL.into_iter().zip(strengths).filter(|(_, strength)| is_there(*strength)).map(|(pitch, _)| pitch).collect()
}

/// A frequency that this voice has and no other has one near it. The high one's pitch is near the low one's second harmonic.
fn own_hz(pitch: Pitch) -> f32 {
    match pitch {
        Pitch::Low | Pitch::Middle => pitch.hz(),
        Pitch::High => 3.0 * pitch.hz(),
    }
}

/// The amplitude of a frequency where it is strongest.
fn strength(recording: &[f32], hz: f32) -> f32 {
    let last = recording.len().saturating_sub(WINDOW);
    let moments = (0..=last).step_by(HOP).filter_map(|start| recording.get(start..start + WINDOW));
    let mut amplitudes: Vec<f32> = moments.map(|moment| amplitude(moment, hz)).collect();
    amplitudes.sort_by(|a, b| b.total_cmp(a));
    let counted = &amplitudes[..amplitudes.len().min(COUNTED.max(amplitudes.len() / COUNTED))];
    counted.iter().sum::<f32>() / counted.len().max(1) as f32
}

/// Under a window that lets next to nothing in from beside it (Hann).
fn amplitude(moment: &[f32], hz: f32) -> f32 {
    let (mut re, mut im, mut weights) = (0.0, 0.0, 0.0);
    for (n, sample) in moment.iter().enumerate() {
        let weight = 0.5 - 0.5 * (TAU * n as f32 / moment.len() as f32).cos();
        let (sin, cos) = (TAU * hz * n as f32 / SAMPLE_RATE as f32).sin_cos();
        re += weight * sample * cos;
        im += weight * sample * sin;
        weights += weight;
    }
    2.0 * re.hypot(im) / weights.max(1.0)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::super::voice::voice;
    use super::*;

    #[test]
    fn one_alone_is_found_and_no_other() {
        for pitch in Pitch::ALL {
            assert_eq!(voices_in(&said(&[pitch])), [pitch]);
        }
    }

    #[test]
    fn two_and_three_at_once_are_all_found() {
        for absent in Pitch::ALL {
            let present: Vec<Pitch> = Pitch::ALL.into_iter().filter(|pitch| *pitch != absent).collect();
            assert_eq!(voices_in(&said(&present)), present);
        }
        assert_eq!(voices_in(&said(&Pitch::ALL)), Pitch::ALL);
    }

    #[test]
    fn in_silence_there_is_nobody() {
        assert_eq!(voices_in(&[0.0; 96_000]), []);
        assert_eq!(voices_in(&[]), []);
    }

    fn said(pitches: &[Pitch]) -> Vec<f32> {
        let mut all = vec![0.0; 4 * SAMPLE_RATE as usize];
        for pitch in pitches {
            all.iter_mut().zip(voice(*pitch, Duration::from_secs(4))).for_each(|(sum, sample)| *sum += sample);
        }
        all
    }
}
