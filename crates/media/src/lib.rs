//! Microphone to packets, and packets to speaker: everything between a person and Opus, and nothing of the network.
//!
//! [`Voice`] is one call's sound. [`devices`] lists what is plugged in, [`bell`] rings, [`LevelMeter`] checks a
//! microphone, and [`measure`] proves that a voice was heard. No device opens before it is asked for by `open` or `start`.

mod activity;
pub mod bell;
mod codec;
pub mod devices;
mod error;
mod frame;
mod jitter;
mod level;
pub mod measure;
mod processing;
mod resample;
#[cfg(unix)]
pub mod testing;
mod threads;
mod voice;
pub mod wav;

pub use devices::{Microphone, Speaker};
pub use error::MediaError;
pub use frame::{FRAME, Frame, SAMPLE_RATE, SILENCE_DBOV, level_dbov};
pub use jitter::JitterStats;
pub use level::LevelMeter;
pub use processing::Processing;
pub use voice::{EncodedPacket, Levels, ReceivedPacket, Voice, VoiceConfig, VoiceEvent, VoiceStats};
