//! Whether a recording holds the other side's voice, and not silence, a third voice, or one's own echo.

use std::ops::RangeInclusive;
use std::time::Duration;

use super::voice::Pitch;
use crate::sound::frame::{FRAME, SAMPLE_RATE, level_dbov};

/// What is quieter cannot be heard.
const AUDIBLE_DBOV: f32 = -50.0;

/// So far below the loudest moment begins a pause.
const PAUSE_DB: f32 = 20.0;

/// A pitch may be this far off and is still the voice's.
const TOLERANCE: f32 = 0.07;

/// Of the voiced moments so many must be the expected voice's.
const MOSTLY: f32 = 0.6;

/// And at most so many one's own.
const ECHO: f32 = 0.12;

/// Vowels of a proof, and how long one is; where both speak at once, echo cancellation may cut one short.
const FEWEST_BURSTS: usize = 3;
const BURST_FRAMES: RangeInclusive<usize> = 6..=36;

/// Pitch is found at a quarter of the sample rate, which is plenty below 400 Hz.
const DECIMATION: usize = 4;
const WINDOW: usize = 480;

/// What proves that a voice was heard.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    /// When the first vowel begins in the recording.
    pub starts_at: Duration,
    /// How many vowels there are.
    pub bursts: usize,
    /// The voice's pitch as found.
    pub pitch_hz: f32,
    /// How loud the voiced moments are.
    pub level_dbov: f32,
}

/// Why a recording proves nothing.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum NotHeard {
    /// Nothing audible.
    #[error("silence: at most {loudest_dbov:.0} dB")]
    Silence {
        /// The loudest moment.
        loudest_dbov: f32,
    },
    /// Something is there, but it is no voice.
    #[error("noise: only {voiced} voiced moments in {active}")]
    NoVoice {
        /// Moments of 10 ms with a pitch.
        voiced: usize,
        /// Moments of 10 ms that are audible.
        active: usize,
    },
    /// One's own voice comes back.
    #[error("one's own voice comes back in {percent:.0} % of the voiced moments")]
    OwnEcho {
        /// How much of what is heard is one's own.
        percent: f32,
    },
    /// A third voice.
    #[error("a voice at {found_hz:.0} Hz instead of {expected_hz:.0}")]
    WrongPitch {
        /// The most common pitch.
        found_hz: f32,
        /// What it should be.
        expected_hz: f32,
    },
    /// A steady sound: vowels come in bursts with pauses.
    #[error("only {bursts} bursts with pauses")]
    NoBursts {
        /// How many bursts of the right length there are.
        bursts: usize,
    },
}

/// Checks that `recording` (48 kHz mono) holds the voice of `expected` and not that of `own`.
///
/// # Errors
/// Why it does not.
pub fn heard(recording: &[f32], expected: Pitch, own: Pitch) -> Result<Heard, NotHeard> {
    let levels: Vec<f32> = recording.chunks_exact(FRAME).map(level_dbov).collect();
    let loudest_dbov = levels.iter().copied().fold(crate::SILENCE_DBOV, f32::max);
    if loudest_dbov < AUDIBLE_DBOV {
        return Err(NotHeard::Silence { loudest_dbov });
    }
    let active: Vec<bool> = levels.iter().map(|&l| l >= AUDIBLE_DBOV && l >= loudest_dbov - PAUSE_DB).collect();
    let pitches = pitches(recording, &active);
    let count = active.iter().filter(|&&a| a).count();
    if pitches.len() * 4 < count {
        return Err(NotHeard::NoVoice { voiced: pitches.len(), active: count });
    }
    let all: Vec<f32> = pitches.iter().map(|(_, hz)| *hz).collect();
    let share = |pitch| share_of(&all, pitch);
    if own != expected && share(own) > ECHO {
        return Err(NotHeard::OwnEcho { percent: 100.0 * share(own) });
    }
    let pitch_hz = median(all.clone());
    if share(expected) < MOSTLY {
        return Err(NotHeard::WrongPitch { found_hz: pitch_hz, expected_hz: expected.hz() });
    }
    // A bell that still sounds is no vowel.
    let is_voice = |burst: &RangeInclusive<usize>| {
        let within = pitches.iter().filter(|(frame, _)| burst.contains(frame)).map(|(_, hz)| *hz);
        share_of(&within.collect::<Vec<_>>(), expected) >= MOSTLY
    };
    let bursts: Vec<_> = bursts(&active).into_iter().filter(is_voice).collect();
    let Some(first) = bursts.first().filter(|_| bursts.len() >= FEWEST_BURSTS) else {
        return Err(NotHeard::NoBursts { bursts: bursts.len() });
    };
    let level_dbov = median(levels.iter().zip(&active).filter(|(_, a)| **a).map(|(l, _)| *l).collect());
    Ok(Heard {
        starts_at: Duration::from_millis(10) * *first.start() as u32,
        bursts: bursts.len(),
        pitch_hz,
        level_dbov,
    })
}

fn is_near(hz: f32, pitch: Pitch) -> bool {
    (hz / pitch.hz() - 1.0).abs() < TOLERANCE
}

fn share_of(pitches: &[f32], pitch: Pitch) -> f32 {
    pitches.iter().filter(|&&hz| is_near(hz, pitch)).count() as f32 / pitches.len().max(1) as f32
}

/// The pitch of every active moment that has one.
fn pitches(recording: &[f32], active: &[bool]) -> Vec<(usize, f32)> {
    let slow: Vec<f32> =
        recording.chunks_exact(DECIMATION).map(|c| c.iter().sum::<f32>() / DECIMATION as f32).collect();
    let moments = active.iter().enumerate().filter(|(_, a)| **a);
    moments.filter_map(|(frame, _)| Some((frame, pitch_at(&slow, frame * FRAME / DECIMATION)?))).collect()
}

/// The pitch from 90 to 400 Hz by autocorrelation: the shortest period that is nearly as good as the best.
fn pitch_at(slow: &[f32], start: usize) -> Option<f32> {
    let rate = SAMPLE_RATE as usize / DECIMATION;
    let (shortest, longest) = (rate / 400, rate / 90);
    let sound = slow.get(start..start + WINDOW + longest + 1)?;
    let likeness: Vec<f32> = (shortest - 1..=longest + 1).map(|lag| alike(sound, lag)).collect();
    let peaks = (1..likeness.len() - 1).filter(|&i| likeness[i] >= likeness[i - 1] && likeness[i] >= likeness[i + 1]);
    let peaks: Vec<(usize, f32)> = peaks.map(|i| (i + shortest - 1, likeness[i])).collect();
    let best = peaks.iter().map(|(_, l)| *l).fold(0.0, f32::max);
    let first = peaks.iter().find(|(_, l)| *l >= 0.9 * best)?;
    (best > 0.6).then_some(rate as f32 / first.0 as f32)
}

fn alike(sound: &[f32], lag: usize) -> f32 {
    let pairs = || sound[..WINDOW].iter().zip(&sound[lag..lag + WINDOW]);
    let product: f32 = pairs().map(|(a, b)| a * b).sum();
    let power = |side: f32| side + 1e-9;
    let first: f32 = power(pairs().map(|(a, _)| a * a).sum());
    let second: f32 = power(pairs().map(|(_, b)| b * b).sum());
    product / f32::sqrt(first * second)
}

/// Stretches of the length of a vowel; gaps of 30 ms inside one do not end it.
fn bursts(active: &[bool]) -> Vec<RangeInclusive<usize>> {
    let mut bursts = Vec::new();
    let mut begun: Option<(usize, usize)> = None;
    for (frame, _) in active.iter().enumerate().filter(|(_, a)| **a).chain([(usize::MAX, &false)]) {
        begun = match begun {
            Some((first, last)) if frame != usize::MAX && frame - last <= 4 => Some((first, frame)),
            ended => {
                let ended = ended.filter(|(first, last)| BURST_FRAMES.contains(&(last - first + 1)));
                bursts.extend(ended.map(|(first, last)| first..=last));
                Some((frame, frame))
            }
        };
    }
    bursts
}

fn median(mut values: Vec<f32>) -> f32 {
    values.sort_by(f32::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::super::voice::voice;
    use super::*;
    use crate::sound::bell::Bell;

    const FOUR_SECONDS: Duration = Duration::from_secs(4);

    #[test]
    fn every_voice_is_recognised_as_itself() {
        for pitch in Pitch::ALL {
            let others = Pitch::ALL.into_iter().filter(|&other| other != pitch);
            for own in others {
                let found = heard(&voice(pitch, FOUR_SECONDS), pitch, own).expect("heard");

                assert!(is_near(found.pitch_hz, pitch), "{pitch:?}: {found:?}");
                assert!(found.bursts >= 7, "{pitch:?}: {found:?}");
                assert!(found.starts_at < Duration::from_millis(30), "{pitch:?}: {found:?}");
            }
        }
    }

    #[test]
    fn a_bell_before_the_voice_is_not_its_beginning() {
        let bell = &Bell::Ringback.render()[..9_600];
        let before = [bell, &[0.0; 14_400]].concat();
        let after = Duration::from_millis(500);

        let found = heard(&[before, voice(Pitch::Low, FOUR_SECONDS)].concat(), Pitch::Low, Pitch::High).expect("heard");

        assert!((after..after + Duration::from_millis(30)).contains(&found.starts_at), "{found:?}");
    }

    #[test]
    fn silence_is_not_heard() {
        let result = heard(&vec![0.0; 192_000], Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::Silence { .. })), "{result:?}");
    }

    #[test]
    fn an_empty_recording_is_not_heard() {
        assert!(matches!(heard(&[], Pitch::Low, Pitch::High), Err(NotHeard::Silence { .. })));
    }

    #[test]
    fn another_voice_is_not_heard() {
        let result = heard(&voice(Pitch::Middle, FOUR_SECONDS), Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::WrongPitch { .. })), "{result:?}");
    }

    #[test]
    fn ones_own_voice_is_an_echo() {
        let result = heard(&voice(Pitch::High, FOUR_SECONDS), Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::OwnEcho { .. })), "{result:?}");
    }

    #[test]
    fn ones_own_voice_in_the_pauses_of_the_other_is_an_echo_too() {
        let mut recording = voice(Pitch::Low, FOUR_SECONDS);
        let echo = voice(Pitch::High, FOUR_SECONDS);
        let later = 12_000;
        recording.iter_mut().skip(later).zip(&echo).for_each(|(s, e)| *s += 0.5 * e);

        let result = heard(&recording, Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::OwnEcho { .. })), "{result:?}");
    }

    #[test]
    fn noise_is_no_voice() {
        let mut state = 1_u32;
        let noise = std::iter::repeat_with(|| {
            state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
            0.2 * (state as f32 / u32::MAX as f32 - 0.5)
        });

        let result = heard(&noise.take(192_000).collect::<Vec<_>>(), Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::NoVoice { .. })), "{result:?}");
    }

    #[test]
    fn a_steady_tone_of_the_right_pitch_is_no_speech() {
        let tone: Vec<f32> =
            (0..192_000).map(|n| (n as f32 * 130.0 * std::f32::consts::TAU / 48_000.0).sin()).collect();

        let result = heard(&tone, Pitch::Low, Pitch::High);

        assert!(matches!(result, Err(NotHeard::NoBursts { .. })), "{result:?}");
    }
}
