//! Microphones and speakers: what there is, which one is meant, and opening it.
//!
//! Everything here opens a device only when asked to. Real hardware comes through cpal; a WAV file can stand in
//! for either side, and a silent or deaf clock keeps a call going where there is no device at all.

mod hardware;
mod host;
mod list;
pub(crate) mod liveness;
#[cfg(windows)]
mod loopback;
#[cfg(target_os = "linux")]
mod pulse;
pub(crate) mod ring;
#[cfg(target_os = "macos")]
mod system_audio;
pub(crate) mod taps;
mod timed;
#[cfg(any(target_os = "linux", target_os = "macos", windows))]
pub(in crate::sound) mod waiting;
pub(crate) mod wake;

use std::path::PathBuf;

use crate::error::MediaError;
use crate::sound::wav::Recording;
use ring::{CaptureTap, PlayoutTap};
use wake::Waker;

pub(crate) use hardware::SoundSystem;
pub use list::{DeviceInfo, DeviceList, DeviceWatch, list, watch};
#[cfg(windows)]
pub(in crate::sound) use loopback::OtherPrograms;
#[cfg(target_os = "linux")]
pub(in crate::sound) use pulse::OtherPrograms;
#[cfg(target_os = "macos")]
pub(in crate::sound) use system_audio::OtherPrograms;

/// A device in use or gone.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeviceName {
    /// Stable across restarts and replugging.
    pub id: String,
    /// What people call it.
    pub name: String,
}

/// Where a voice comes from.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Microphone {
    /// The system's choice, also when it changes.
    #[default]
    Default,
    /// The device with this id (see [`DeviceInfo::id`]); the default stands in while it is unplugged.
    Device(String),
    /// A WAV file, played in a loop in real time.
    Wav(PathBuf),
    /// The same of one that was read already, perhaps from a pipe.
    Recording(Recording),
}

/// Where sound goes.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum Speaker {
    /// The system's choice, also when it changes.
    #[default]
    Default,
    /// The device with this id (see [`DeviceInfo::id`]); the default stands in while it is unplugged.
    Device(String),
    /// A WAV file, written in real time: 48 kHz mono, 16 bits.
    Wav(PathBuf),
}

/// Keeps a device open; dropping it closes the device.
pub(crate) enum Stream {
    Hardware(#[expect(dead_code, reason = "held for its Drop, which closes the device")] Box<cpal::Stream>),
    #[cfg(target_os = "linux")]
    Pulse(#[expect(dead_code, reason = "held for its Drop, which closes the stream")] pulse::OpenStream),
    Timed(#[expect(dead_code, reason = "held for its Drop, which stops the clock")] timed::Clock),
}

/// A device that was opened: its stream, what the rest of the code reads or fills, and which device it is.
pub(crate) struct Opened<Tap> {
    pub(crate) stream: Stream,
    pub(crate) tap: Tap,
    /// Which real device it is, `None` for a stand-in.
    pub(crate) device: Option<DeviceName>,
}

/// Opens a microphone; `listener` is woken for every 10 ms heard.
pub(crate) fn open_microphone(
    system: SoundSystem,
    which: &Microphone,
    listener: Option<Waker>,
) -> Result<Opened<CaptureTap>, MediaError> {
    match which {
        Microphone::Default => system.open_microphone(None, listener),
        Microphone::Device(id) => system.open_microphone(Some(id), listener),
        Microphone::Wav(path) => timed::wav_microphone(path, listener),
        Microphone::Recording(recording) => timed::playing_microphone(recording.clone(), listener),
    }
}

/// Opens a speaker; `listener` is woken whenever it has taken something.
pub(crate) fn open_speaker(
    system: SoundSystem,
    which: &Speaker,
    listener: Option<Waker>,
) -> Result<Opened<PlayoutTap>, MediaError> {
    match which {
        Speaker::Default => system.open_speaker(None, listener),
        Speaker::Device(id) => system.open_speaker(Some(id), listener),
        Speaker::Wav(path) => timed::wav_speaker(path, listener),
    }
}

pub(crate) use timed::{deaf_speaker, silent_microphone};
