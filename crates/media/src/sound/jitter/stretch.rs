//! Speech a little shorter or longer without a change of pitch: one period is taken out or put in, with a cross-fade.

/// Pitches from 400 Hz down to 80 Hz.
const SHORTEST: usize = 120;
const LONGEST: usize = 600;

/// Below this level (about -60 dB) a seam cannot be heard.
const QUIET: f32 = 1e-3;

/// How alike two neighbouring periods must be for a seam between them to go unheard.
pub(super) const CLEAN: f32 = 0.8;

/// Good enough when a lot has to be caught up.
pub(super) const ROUGH: f32 = 0.3;

/// Takes one period out of the front of `samples`; says how many samples went, 0 if no good place was found.
pub(super) fn shorten(samples: &mut Vec<f32>, likeness: f32) -> usize {
    let Some(period) = period(samples, likeness) else {
        return 0;
    };
    for n in 0..period {
        samples[n + period] = fade(samples[n], samples[n + period], n, period);
    }
    samples.drain(..period);
    period
}

/// Repeats one period at the front of `samples`; says how many samples came, 0 if no good place was found.
pub(super) fn lengthen(samples: &mut Vec<f32>, likeness: f32) -> usize {
    let Some(period) = period(samples, likeness) else {
        return 0;
    };
    let again: Vec<f32> = (0..period).map(|n| fade(samples[n + period], samples[n], n, period)).collect();
    samples.splice(period..period, again);
    period
}

/// From `a` to `b` over `length` samples.
fn fade(a: f32, b: f32, n: usize, length: usize) -> f32 {
    let share = n as f32 / length as f32;
    a * (1.0 - share) + b * share
}

/// The period of the sound at the front, if two of them fit and are alike.
fn period(samples: &[f32], likeness: f32) -> Option<usize> {
    let longest = LONGEST.min(samples.len() / 2);
    if longest < SHORTEST {
        return None;
    }
    if samples[..2 * longest].iter().all(|s| s.abs() < QUIET) {
        return Some(longest);
    }
    let rough =
        (SHORTEST..=longest).step_by(4).max_by(|&a, &b| alike(samples, a, 4).total_cmp(&alike(samples, b, 4)))?;
    let near = rough.saturating_sub(3).max(SHORTEST)..=(rough + 3).min(longest);
    let period = near.max_by(|&a, &b| alike(samples, a, 1).total_cmp(&alike(samples, b, 1)))?;
    (alike(samples, period, 1) >= likeness).then_some(period)
}

/// Normalised correlation of the first `period` samples with the next, from -1 to 1, looking at every `step`th.
fn alike(samples: &[f32], period: usize, step: usize) -> f32 {
    let (mut product, mut first, mut second) = (0.0, 1e-9, 1e-9);
    for n in (0..period).step_by(step) {
        let (a, b) = (samples[n], samples[n + period]);
        product += a * b;
        first += a * a;
        second += b * b;
    }
    product / f32::sqrt(first * second)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn voice(samples: usize) -> Vec<f32> {
        let wave = |n: usize, hz: f32| (n as f32 * hz * std::f32::consts::TAU / 48_000.0).sin();
        (0..samples).map(|n| 0.3 * wave(n, 160.0) + 0.2 * wave(n, 320.0) + 0.1 * wave(n, 640.0)).collect()
    }

    fn largest_step(samples: &[f32]) -> f32 {
        samples.windows(2).map(|w| (w[1] - w[0]).abs()).fold(0.0, f32::max)
    }

    #[test]
    fn shortening_takes_out_a_period_and_leaves_no_seam() {
        let original = voice(1_440);
        let mut samples = original.clone();

        let taken = shorten(&mut samples, CLEAN);

        assert!(taken.abs_diff(300) < 4 || taken.abs_diff(600) < 4, "{taken}");
        assert_eq!(samples.len(), original.len() - taken);
        assert!(largest_step(&samples) < 1.3 * largest_step(&original));
    }

    #[test]
    fn lengthening_repeats_a_period_and_leaves_no_seam() {
        let original = voice(1_440);
        let mut samples = original.clone();

        let added = lengthen(&mut samples, CLEAN);

        assert!(added.abs_diff(300) < 4 || added.abs_diff(600) < 4, "{added}");
        assert_eq!(samples.len(), original.len() + added);
        assert!(largest_step(&samples) < 1.3 * largest_step(&original));
    }

    #[test]
    fn what_does_not_repeat_is_left_alone() {
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            state as f32 / u32::MAX as f32 - 0.5
        });
        let mut samples: Vec<f32> = noise.take(1_440).collect();

        assert_eq!(shorten(&mut samples, CLEAN), 0);
        assert_eq!(lengthen(&mut samples, CLEAN), 0);
    }

    #[test]
    fn silence_stretches_at_once() {
        let mut samples = vec![0.0; 1_440];

        assert_eq!(shorten(&mut samples, CLEAN), 600);
    }

    #[test]
    fn too_little_sound_is_left_alone() {
        let mut samples = voice(200);

        assert_eq!(shorten(&mut samples, CLEAN), 0);
    }
}
