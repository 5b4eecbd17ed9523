//! Chirps: sweeps whose place in a recording can be told to a fraction of a millisecond, for mouth-to-ear delay.

use std::f32::consts::{PI, TAU};
use std::time::Duration;

use crate::sound::frame::SAMPLE_RATE;

/// One sweep lasts 120 ms: long enough to pass for speech, short enough to be placed.
const LENGTH: usize = SAMPLE_RATE as usize * 12 / 100;
const FROM_HZ: f32 = 400.0;
const TO_HZ: f32 = 2_800.0;

/// How far apart [`chirps`] are; delays up to this are told apart.
pub const CHIRP_EVERY: Duration = Duration::from_millis(700);

/// The search runs at a quarter of the sample rate and is refined between samples.
const DECIMATION: usize = 4;

/// A chirp that went through codec and processing still looks this much like itself.
const LIKENESS: f32 = 0.5;

/// One sweep, 48 kHz mono.
#[must_use]
pub fn chirp() -> Vec<f32> {
    let sweep = |n: usize| {
        let t = n as f32 / SAMPLE_RATE as f32;
        let rate = (TO_HZ - FROM_HZ) * SAMPLE_RATE as f32 / LENGTH as f32;
        let swell = (PI * n as f32 / LENGTH as f32).sin().powi(2);
        0.4 * swell * (TAU * (FROM_HZ * t + 0.5 * rate * t * t)).sin()
    };
    (0..LENGTH).map(sweep).collect()
}

/// `count` sweeps, the first after one interval of silence; sweep `n` begins at `(n + 1) * CHIRP_EVERY`.
#[must_use]
pub fn chirps(count: usize) -> Vec<f32> {
    let interval = (CHIRP_EVERY.as_secs_f32() * SAMPLE_RATE as f32) as usize;
    let mut samples = vec![0.0; interval * (count + 2)];
    let chirp = chirp();
    for n in 1..=count {
        samples[n * interval..n * interval + LENGTH].copy_from_slice(&chirp);
    }
    samples
}

/// Where sweeps begin in `recording`, in milliseconds.
#[must_use]
pub fn find_chirps(recording: &[f32]) -> Vec<f64> {
    let (recording, chirp) = (decimate(recording), decimate(&chirp()));
    let Some(last) = recording.len().checked_sub(chirp.len()) else {
        return Vec::new();
    };
    let likeness = likeness(&recording, &chirp, last);
    let apart = (CHIRP_EVERY.as_secs_f32() * 0.5 * SAMPLE_RATE as f32) as usize / DECIMATION;
    let mut found: Vec<usize> = Vec::new();
    for at in (0..=last).filter(|&at| likeness[at] >= LIKENESS) {
        match found.last_mut() {
            Some(best) if at - *best < apart => *best = if likeness[at] > likeness[*best] { at } else { *best },
            _ => found.push(at),
        }
    }
    let per_ms = f64::from(SAMPLE_RATE) / DECIMATION as f64 / 1_000.0;
    found.into_iter().map(|at| (at as f64 + vertex(&likeness, at)) / per_ms).collect()
}

/// How much later each sweep of `sent` is found in `received`, in milliseconds; both recordings start at the same moment.
///
/// Sweeps that did not come through have no delay; a delay is below [`CHIRP_EVERY`].
#[must_use]
pub fn delays_ms(sent: &[f32], received: &[f32]) -> Vec<f64> {
    let arrived = find_chirps(received);
    let limit = CHIRP_EVERY.as_secs_f64() * 1_000.0;
    let first_after = |sent: f64| arrived.iter().map(|at| at - sent).find(|delay| *delay >= 0.0 && *delay < limit);
    find_chirps(sent).into_iter().filter_map(first_after).collect()
}

/// Normalised correlation with the chirp at every place.
fn likeness(recording: &[f32], chirp: &[f32], last: usize) -> Vec<f32> {
    let power: f32 = chirp.iter().map(|s| s * s).sum();
    // What is quieter than this is no chirp, however alike.
    let floor = 1e-4 * power;
    let mut local: f64 = recording[..chirp.len()].iter().map(|s| f64::from(s * s)).sum();
    let mut likeness = Vec::with_capacity(last + 1);
    for at in 0..=last {
        let product: f32 = recording[at..at + chirp.len()].iter().zip(chirp).map(|(a, b)| a * b).sum();
        likeness.push(product / (power * (local as f32).max(floor)).sqrt());
        let (gone, come) = (recording[at], recording.get(at + chirp.len()).copied().unwrap_or(0.0));
        local += f64::from(come * come) - f64::from(gone * gone);
    }
    likeness
}

/// The top of the parabola through three values, relative to the middle one.
fn vertex(values: &[f32], at: usize) -> f64 {
    let (Some(before), Some(after)) = (at.checked_sub(1).map(|i| values[i]), values.get(at + 1)) else {
        return 0.0;
    };
    let bend = before - 2.0 * values[at] + after;
    if bend.abs() < 1e-9 { 0.0 } else { f64::from((0.5 * (before - after) / bend).clamp(-0.5, 0.5)) }
}

fn decimate(samples: &[f32]) -> Vec<f32> {
    samples.chunks_exact(DECIMATION).map(|c| c.iter().sum::<f32>() / DECIMATION as f32).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_delay_is_found_to_a_tenth_of_a_millisecond() {
        let sent = chirps(5);
        for delay in [0, 480, 3_217, 9_999] {
            let received: Vec<f32> = std::iter::repeat_n(0.0, delay).chain(sent.iter().map(|s| 0.1 * s)).collect();

            let found = delays_ms(&sent, &received);

            assert_eq!(found.len(), 5);
            let expected = delay as f64 / 48.0;
            assert!(found.iter().all(|ms| (ms - expected).abs() < 0.1), "{expected}: {found:?}");
        }
    }

    #[test]
    fn a_chirp_that_was_lost_has_no_delay() {
        let sent = chirps(4);
        let mut received = sent.clone();
        let interval = received.len() / 6;
        received[2 * interval..3 * interval].fill(0.0);

        assert_eq!(delays_ms(&sent, &received).len(), 3);
    }

    #[test]
    fn silence_and_voices_hold_no_chirp() {
        let voice = super::super::voice(super::super::Pitch::Low, Duration::from_secs(3));

        assert!(find_chirps(&voice).is_empty());
        assert!(find_chirps(&vec![0.0; 48_000]).is_empty());
        assert!(find_chirps(&[]).is_empty());
    }
}
