//! Voices made of numbers: vowels of 200 ms with pauses between them, as if a person counted.

use std::f32::consts::TAU;
use std::path::Path;
use std::time::Duration;

use crate::error::MediaError;
use crate::sound::frame::SAMPLE_RATE;
use crate::sound::wav;

/// Whose voice it is. No pitch is a multiple of another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pitch {
    /// 130 Hz.
    Low,
    /// 185 Hz.
    Middle,
    /// 270 Hz.
    High,
}

impl Pitch {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Low, Self::Middle, Self::High];

    /// The fundamental frequency.
    #[must_use]
    pub fn hz(self) -> f32 {
        match self {
            Self::Low => 130.0,
            Self::Middle => 185.0,
            Self::High => 270.0,
        }
    }
}

/// The length of one vowel.
pub(super) const BURST_MS: usize = 200;

impl Pitch {
    /// The pauses take turns and every voice has its own: two who always speak at the same moments would be taken for
    /// each other's echo.
    fn pauses_ms(self) -> [usize; 4] {
        match self {
            Self::Low => [200, 320, 240, 280],
            Self::Middle => [260, 380, 220, 340],
            Self::High => [330, 230, 410, 290],
        }
    }
}

/// Three vowels: where the mouth resonates.
const FORMANTS_HZ: [[f32; 3]; 3] = [[730.0, 1090.0, 2440.0], [530.0, 1840.0, 2480.0], [300.0, 870.0, 2240.0]];

/// Speaks for `duration`: 48 kHz mono, peaks near -10 dB.
#[must_use]
pub fn voice(pitch: Pitch, duration: Duration) -> Vec<f32> {
    let wanted = (duration.as_secs_f64() * f64::from(SAMPLE_RATE)) as usize;
    let mut samples = Vec::with_capacity(wanted + SAMPLE_RATE as usize);
    for (formants, pause_ms) in FORMANTS_HZ.iter().cycle().zip(pitch.pauses_ms().iter().cycle()) {
        if samples.len() >= wanted {
            break;
        }
        samples.extend(vowel(pitch.hz(), formants));
        samples.resize(samples.len() + samples_of(*pause_ms), 0.0);
    }
    samples.truncate(wanted);
    samples
}

/// Writes such a voice as a WAV file, for `--fake-mic` and the like.
///
/// # Errors
/// [`MediaError::File`] if the file cannot be written.
pub fn write_voice(path: &Path, pitch: Pitch, duration: Duration) -> Result<(), MediaError> {
    wav::write(path, &voice(pitch, duration))
}

fn vowel(hz: f32, formants: &[f32; 3]) -> Vec<f32> {
    let length = samples_of(BURST_MS);
    let mut samples: Vec<f32> = (0..length).map(|n| swell(n, length) * harmonics(n, length, hz, formants)).collect();
    let peak = samples.iter().fold(0.0_f32, |peak, s| peak.max(s.abs()));
    samples.iter_mut().for_each(|s| *s *= 0.32 / peak);
    samples
}

/// The voice glides a little, as voices do: by 2 % over the vowel.
fn harmonics(n: usize, length: usize, hz: f32, formants: &[f32; 3]) -> f32 {
    let t = n as f32 / SAMPLE_RATE as f32;
    let glide = 1.0 + 0.01 * (1.0 - n as f32 / length as f32);
    let harmonic = |k: usize| resonance(k as f32 * hz, formants) * (TAU * hz * glide * k as f32 * t).sin();
    (1..).take_while(|&k| k as f32 * hz < 3_600.0).map(harmonic).sum()
}

fn resonance(hz: f32, formants: &[f32; 3]) -> f32 {
    let near = |formant: f32| 1.0 / (1.0 + ((hz - formant) / 120.0).powi(2));
    0.15 + formants.iter().map(|&formant| near(formant)).sum::<f32>() / (1.0 + hz / 1_000.0)
}

/// In and out within 20 ms each.
fn swell(n: usize, length: usize) -> f32 {
    let edge = samples_of(20) as f32;
    let distance = n.min(length - 1 - n) as f32;
    (distance / edge).min(1.0)
}

fn samples_of(ms: usize) -> usize {
    ms * SAMPLE_RATE as usize / 1_000
}
