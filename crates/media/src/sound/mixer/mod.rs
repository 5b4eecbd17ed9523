//! All that is heard at once: each voice has a jitter buffer, a decoder and a volume of its own, and the speaker plays their sum.
//!
//! [`heard::HeardVoice`] is one of them; [`limiter::Limiter`] keeps the sum within full scale. A call of two is a mix of one.

mod heard;
mod limiter;

use std::time::Instant;

use crate::error::MediaError;
use crate::sound::frame::{Frame, SILENCE};
use crate::sound::jitter::JitterStats;

pub use heard::{HeardControl, SoundSink, Volume};
pub(crate) use heard::{HeardVoice, Places};
use limiter::Limiter;

/// How many voices are decoded at once: the five loudest that a server passes on, and the sound of a shared screen.
pub const MAX_VOICES: usize = 6;

/// Makes one sound of all voices.
pub(crate) struct Mixer {
    voices: Vec<HeardVoice>,
    limiter: Limiter,
    /// What voices have counted that ended.
    ended: JitterStats,
}

impl Mixer {
    pub(crate) fn new() -> Self {
        Self { voices: Vec::with_capacity(MAX_VOICES), limiter: Limiter::default(), ended: JitterStats::default() }
    }

    /// Another one that hears the same voices, with nothing of theirs in hand.
    pub(crate) fn anew(self) -> Result<Self, MediaError> {
        let ended = self.stats().without_delay();
        let voices = self.voices.into_iter().map(HeardVoice::anew).collect::<Result<_, _>>()?;
        Ok(Self { voices, limiter: Limiter::default(), ended })
    }

    pub(crate) fn add(&mut self, voice: HeardVoice) {
        // Before the devices are open nobody asks for sound, and voices may come and go.
        self.forget_ended();
        self.voices.push(voice);
    }

    /// Takes the packets that have come for each voice.
    pub(crate) fn receive(&mut self) {
        self.voices.iter_mut().for_each(HeardVoice::receive);
    }

    /// The next 10 ms of all voices together.
    pub(crate) fn pull_10ms(&mut self, now: Instant, out: &mut Frame) {
        *out = SILENCE;
        self.voices.iter_mut().for_each(|voice| voice.add_10ms(now, out));
        self.forget_ended();
        self.limiter.apply(out);
    }

    /// Of all voices together, those that have ended too; the delay is the longest of them.
    pub(crate) fn stats(&self) -> JitterStats {
        self.voices.iter().fold(self.ended, |sum, voice| sum.with(&voice.stats()))
    }

    fn forget_ended(&mut self) {
        let Self { voices, ended, .. } = self;
        voices.retain(|voice| {
            if voice.has_ended() {
                *ended = ended.with(&voice.stats()).without_delay();
            }
            !voice.has_ended()
        });
    }
}

#[cfg(test)]
mod tests;
