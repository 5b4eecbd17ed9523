//! Whether a cleaned frame may be speech, or is only noise and remains of an echo.
//!
//! Opus has an ear of its own for that, which takes noise for speech when its strength goes up and down. Just that is what the echo canceller does to it
//! while the other side talks: it turns the microphone down, puts comfort noise in its place, and lets go again.

use crate::sound::frame::{Frame, level_dbov};

/// What is quieter cannot be heard.
const FAINT_DBOV: f32 = -62.0;

/// What is louder is sent, be it steady or not.
const LOUD_DBOV: f32 = -36.0;

/// So much a voice is above the noise, …
const ABOVE_NOISE_DB: f32 = 9.0;

/// … and above what is left of an echo.
const ABOVE_ECHO_DB: f32 = 12.0;

/// What an echo leaves is mostly quieter.
const ECHO_REMAINS_DBOV: f32 = -55.0;

/// What the canceller has taken so much out of was mostly echo.
const TAKEN_OUT_DB: f32 = 12.0;

/// The other side is heard from this level on.
const PLAYED_DBOV: f32 = -55.0;

/// Rooms answer for so many frames of 10 ms.
const ECHO_FRAMES: u32 = 30;

/// The noise is learnt within some frames when it gets less, …
const LESS_NOISE: f32 = 0.2;

/// … and by three decibels a second when it gets more, so that speech is not learnt as noise.
const MORE_NOISE_DB: f32 = 0.03;

/// Follows one microphone and the speaker beside it.
pub(crate) struct Activity {
    noise_dbov: f32,
    /// Frames since the speaker was loud enough to be heard by the microphone.
    quiet_for: u32,
}

impl Activity {
    pub(crate) fn new() -> Self {
        Self { noise_dbov: FAINT_DBOV, quiet_for: ECHO_FRAMES }
    }

    /// The speaker is about to play this.
    pub(crate) fn played(&mut self, frame: &Frame) {
        self.quiet_for = if level_dbov(frame) > PLAYED_DBOV { 0 } else { self.quiet_for.saturating_add(1) };
    }

    /// Whether there may be speech in `cleaned`, which was `heard_dbov` before it was cleaned.
    pub(crate) fn is_speech(&mut self, heard_dbov: f32, cleaned: &Frame) -> bool {
        let level = level_dbov(cleaned);
        self.learn(level);
        level > self.least(heard_dbov - level)
    }

    /// What speech is louder than.
    fn least(&self, taken_out_db: f32) -> f32 {
        if self.quiet_for >= ECHO_FRAMES {
            FAINT_DBOV.max(self.noise_dbov + ABOVE_NOISE_DB).min(LOUD_DBOV)
        } else if taken_out_db > TAKEN_OUT_DB {
            LOUD_DBOV
        } else {
            ECHO_REMAINS_DBOV.max(self.noise_dbov + ABOVE_ECHO_DB).min(LOUD_DBOV)
        }
    }

    fn learn(&mut self, level: f32) {
        let more = level - self.noise_dbov;
        self.noise_dbov += if more < 0.0 { LESS_NOISE * more } else { more.min(MORE_NOISE_DB) };
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steady_noise_is_no_speech_and_a_voice_above_it_is() {
        let mut activity = Activity::new();
        let noisy = (0..500).filter(|_| activity.is_speech(-50.0, &at(-50.0))).count();
        assert!(noisy < 300, "{noisy} of 500 frames");

        assert!(!activity.is_speech(-50.0, &at(-50.0)));
        assert!(activity.is_speech(-35.0, &at(-35.0)));
    }

    #[test]
    fn what_is_loud_is_sent_however_long_it_lasts() {
        let mut activity = Activity::new();

        assert!((0..20_000).all(|_| activity.is_speech(-20.0, &at(-20.0))));
    }

    #[test]
    fn what_is_left_of_an_echo_is_no_speech_while_the_other_side_is_heard() {
        let mut activity = Activity::new();
        let left = |activity: &mut Activity| activity.is_speech(-28.0, &at(-50.0));
        assert!(left(&mut activity), "nothing was played");

        activity.played(&at(-20.0));
        assert!(!left(&mut activity));
        assert!(activity.is_speech(-22.0, &at(-24.0)), "both speak");

        (0..ECHO_FRAMES).for_each(|_| activity.played(&at(-96.0)));
        assert!(left(&mut activity), "the echo is long over");
    }

    fn at(dbov: f32) -> Frame {
        [10_f32.powf(dbov / 20.0); crate::sound::frame::FRAME]
    }
}
