//! How much one participant speaks, over three spans of time, after Volfin and Cohen, *Dominant speaker identification for multipoint
//! videoconferencing* (IEEE 2012): a cough is loud for a moment, a speaker is for seconds.
//!
//! Levels are those that senders say of their packets (RFC 6464). Each span counts how many of its parts were active, and scores how much
//! likelier that is for speech than for noise.

use std::collections::VecDeque;
use std::time::{Duration, Instant};

/// What one level stands for.
const STEP: Duration = Duration::from_millis(20);

/// Steps in a medium part, and medium parts in a long one.
const STEPS_IN_MEDIUM: usize = 5;
const MEDIUMS_IN_LONG: usize = 5;
/// How many of them are looked at.
const STEPS: usize = 50;

/// Loudness above silence, in decibels, from which on a step is active.
const ACTIVE_ABOVE: u8 = 20;
/// As loud as a step can be.
const LOUDEST: u8 = 90;
/// Below this level, in dBov, there is nothing to be heard.
const FLOOR: i8 = -90;

/// One participant's latest levels.
#[derive(Debug)]
pub(crate) struct Speech {
    /// The newest at the back.
    levels: VecDeque<u8>,
    heard_at: Option<Instant>,
}

/// How much likelier speech is than noise, over each span.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Score {
    pub(crate) immediate: f32,
    pub(crate) medium: f32,
    pub(crate) long: f32,
}

impl Speech {
    pub(crate) fn new() -> Self {
        Self { levels: VecDeque::from([0; STEPS]), heard_at: None }
    }

    /// A packet with this level, in dBov (-127 to 0).
    pub(crate) fn hear(&mut self, level: i8, now: Instant) {
        self.pass_silence(now);
        self.push(u8::try_from(level.saturating_sub(FLOOR)).unwrap_or(0).min(LOUDEST));
        self.heard_at = Some(now);
    }

    /// What was not sent was silent.
    fn pass_silence(&mut self, now: Instant) {
        let Some(heard_at) = self.heard_at else { return };
        let passed = now.saturating_duration_since(heard_at).as_millis() / STEP.as_millis();
        let missing = usize::try_from(passed).unwrap_or(STEPS).saturating_sub(1).min(STEPS);
        (0..missing).for_each(|_| self.push(0));
    }

    fn push(&mut self, loudness: u8) {
        self.levels.pop_front();
        self.levels.push_back(loudness);
    }

    pub(crate) fn score(&mut self, now: Instant) -> Score {
        self.pass_silence(now);
        self.heard_at = self.heard_at.map(|at| at.max(now.checked_sub(STEP).unwrap_or(now)));
        let steps: Vec<bool> = self.levels.iter().map(|loudness| *loudness > ACTIVE_ABOVE).collect();
        let mediums: Vec<usize> = steps.chunks(STEPS_IN_MEDIUM).map(active).collect();
        let most_active = |of: &[usize]| of.iter().filter(|count| **count * 2 > STEPS_IN_MEDIUM).count();
        let longs: Vec<usize> = mediums.chunks(MEDIUMS_IN_LONG).map(most_active).collect();
        let latest =
            self.levels.iter().rev().take(STEPS_IN_MEDIUM).map(|loudness| usize::from(*loudness)).sum::<usize>();
        let bands = latest * 13 / (STEPS_IN_MEDIUM * usize::from(LOUDEST));
        Score {
            immediate: likelihood(bands, 13, 0.5, 0.78),
            medium: likelihood(mediums.last().copied().unwrap_or(0), STEPS_IN_MEDIUM, 0.5, 24.0),
            long: likelihood(longs.iter().sum(), STEPS / STEPS_IN_MEDIUM, 0.5, 47.0),
        }
    }
}

fn active(steps: &[bool]) -> usize {
    steps.iter().filter(|is_active| **is_active).count()
}

/// The log of: so many of so many active if each is with probability `p`, over an exponential law for noise.
#[expect(clippy::cast_precision_loss, reason = "they are counts below a hundred")]
fn likelihood(active: usize, of: usize, p: f32, rate: f32) -> f32 {
    let (k, n) = (active as f32, of as f32);
    let ways: f32 = (0..active).map(|i| ((n - i as f32) / (i as f32 + 1.0)).ln()).sum();
    let speech = ways + k * p.ln() + (n - k) * (1.0 - p).ln();
    let noise = rate.ln() - rate * k / n;
    speech - noise
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_speaker_outscores_a_cough_and_a_cough_silence_over_every_span_that_it_fills() {
        let start = Instant::now();
        let mut speaker = spoken(start, |_| -25);
        let mut cough = spoken(start, |step| if step > 47 { -15 } else { -127 });
        let mut silent = spoken(start, |_| -127);
        let now = start + STEP * 50;

        let [speaker, cough, silent] = [&mut speaker, &mut cough, &mut silent].map(|of| of.score(now));

        assert!(speaker.long > cough.long && speaker.medium >= cough.medium, "{speaker:?} {cough:?}");
        assert!(cough.immediate > silent.immediate && speaker.immediate > silent.immediate);
        assert!((cough.long - silent.long).abs() < f32::EPSILON, "a cough fills no long span");
    }

    #[test]
    fn whoever_stops_sending_becomes_silent() {
        let start = Instant::now();
        let mut speaker = spoken(start, |_| -25);
        let during = speaker.score(start + STEP * 50);

        let after = speaker.score(start + Duration::from_secs(2));

        assert!(after.long < during.long && after.immediate < during.immediate);
        let mut silent = spoken(start, |_| -127);
        assert_eq!(after, silent.score(start + Duration::from_secs(2)));
    }

    fn spoken(start: Instant, level: impl Fn(u32) -> i8) -> Speech {
        let mut speech = Speech::new();
        (0..50).for_each(|step| speech.hear(level(step), start + STEP * step));
        speech
    }
}
