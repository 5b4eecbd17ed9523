//! Microphones, speakers and bells, for apps.

// Inside, it is one call's media, and the one place where `carillon-media` and `carillon-rtc` meet.

mod convert;
mod frames;
mod notice;
mod quality;
mod run;
mod session;
mod stats;
mod tracks;

pub use carillon_media::{
    LevelMeter, MediaError, Microphone, Processing, SILENCE_DBOV, Speaker, bell, devices, measure, wav,
};
pub use notice::{MediaDevice, MediaNotice};
pub(crate) use session::{CallMedia, CallSettings, MediaEvent, MediaOutput, MediaReport, Purpose};
pub use stats::{CallStats, CandidateKind, Codec, MediaPath, StreamStats};

/// What a call hears and sounds with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaOptions {
    /// Where the microphone's sound comes from.
    pub microphone: Microphone,
    /// Where the other end's sound goes.
    pub speaker: Speaker,
    /// Parts of the sound processing.
    pub processing: Processing,
}

/// How loud it is: 0 (silence) to 1 (full scale), on a scale that looks even to the eye.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub struct Levels {
    /// What the microphone hears.
    pub microphone: f32,
    /// What the other end sends.
    pub speaker: f32,
}

impl Levels {
    pub(crate) fn of(levels: carillon_media::VoiceLevels) -> Self {
        Self { microphone: shown_level(levels.microphone_dbov), speaker: shown_level(levels.speaker_dbov) }
    }
}

/// A level for a meter: 0 (silence) to 1 (full scale), on a scale that looks even to the eye.
pub fn shown_level(dbov: f32) -> f32 {
    // Speech is between -50 and -10 dBov; below -60 it cannot be heard.
    ((dbov + 60.0) / 60.0).clamp(0.0, 1.0)
}
