//! Microphone to packets, and packets to speaker: everything between a person and a codec, and nothing of the network.
//!
//! [`Voice`] is one call's sound. [`devices`] lists what is plugged in, [`bell`] rings, [`LevelMeter`] checks a
//! microphone, and [`measure`] proves that a voice was heard. No device opens before it is asked for by `open` or `start`.
//!
//! All of that is sound, and stands in `sound/`. Pictures will stand beside it, in `picture/`; what both need (errors, threads)
//! stands here.

mod error;
mod sound;
mod threads;

pub use error::MediaError;
#[cfg(unix)]
pub use sound::testing;
pub use sound::{
    EncodedPacket, FRAME, Frame, JitterStats, LevelMeter, Microphone, Processing, ReceivedPacket, SAMPLE_RATE,
    SILENCE_DBOV, SoundSink, Speaker, Voice, VoiceConfig, VoiceEvent, VoiceLevels, VoiceStats, bell, devices,
    level_dbov, measure, wav,
};
