//! Microphone to packets, and packets to speaker: everything between a person and Opus.

mod activity;
pub mod bell;
mod codec;
pub mod devices;
mod frame;
mod jitter;
mod level;
pub(crate) mod measure;
mod mixer;
mod processing;
mod resample;
mod screen_sound;
#[cfg(unix)]
pub mod testing;
mod voice;
pub mod wav;

pub use devices::{Microphone, Speaker};
pub use frame::{FRAME, Frame, SAMPLE_RATE, SILENCE_DBOV, level_dbov};
pub use jitter::{JitterStats, ReceivedPacket};
pub use level::LevelMeter;
pub use mixer::{HeardControl, MAX_VOICES, SoundSink, Volume};
pub use processing::Processing;
pub use screen_sound::{ScreenSound, ScreenSoundStream};
pub use voice::{EncodedPacket, Listener, Voice, VoiceConfig, VoiceEvent, VoiceLevels, VoiceStats};
