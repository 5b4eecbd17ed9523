//! Microphones, speakers, cameras and bells, for apps.

// Inside, it is one call's media, and the one place where `carillon-media` and `carillon-rtc` meet.

mod bitrates;
mod convert;
mod frames;
mod line;
mod lip_sync;
mod networks;
mod notice;
mod others;
mod pictures;
mod published;
mod quality;
mod recordings;
mod reporter;
mod run;
mod screen_sound;
mod session;
mod shown;
mod slots;
mod stats;
mod tracks;
mod views;
mod voices;

use std::path::PathBuf;

pub use carillon_media::{
    BadPattern, Camera, CameraPreview, LevelMeter, MediaError, Microphone, Picture, PictureSize, PictureSizeError,
    Plane, PlaneScaler, Processing, SILENCE_DBOV, Screen, ScreenId, ScreenInfo, ScreenKind, ScreenSound, Sharpness,
    Speaker, StandIn, Thumbnails, Volume, bell, cameras, devices, measure, screens, wav,
};
pub use carillon_rtc::End;
pub(crate) use networks::KnownNetworks;
pub use notice::{MediaDevice, MediaNotice};
pub use session::FirstPictures;
pub(crate) use session::{CallMedia, CallSettings, MediaEvent, MediaOutput, MediaReport, Purpose};
pub use shown::PictureSource;
pub(crate) use shown::ShownPictures;
pub use stats::{
    CallStats, CandidateKind, Codec, MediaPath, PictureCodec, PictureLayer, PictureStats, StreamStats, Wire,
};
pub(crate) use views::ViewSlots;
pub use views::WantedView;
pub use voices::VoiceLevel;

/// What a call hears, sounds and sees with.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct MediaOptions {
    /// Where the microphone's sound comes from.
    pub microphone: Microphone,
    /// Where the other end's sound goes.
    pub speaker: Speaker,
    /// Parts of the sound processing.
    pub processing: Processing,
    /// Joining a group call of more others than these mutes this device before its microphone opens; `None`: no call is too large.
    pub muted_above: Option<usize>,
    /// Which camera is on in video calls; `None`: this device has no camera.
    pub camera: Option<Camera>,
    /// What is heard with a shared screen, where that is wanted.
    pub screen_sound: ScreenSound,
    /// A Y4M file that all pictures of the other end's camera are written to, each with the note `at=` and the time of day in milliseconds when it
    /// was there to be shown.
    pub picture_recording: Option<PathBuf>,
    /// The same for the screen that the other end shares.
    pub screen_recording: Option<PathBuf>,
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
