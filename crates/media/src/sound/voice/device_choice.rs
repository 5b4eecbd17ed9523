//! What microphones and speakers have in common: a device is chosen, opened, replaced and handed over.

use std::sync::Arc;

use super::VoiceEvent;
use super::engine::EngineControl;
use crate::error::MediaError;
use crate::sound::devices::ring::{CaptureTap, Health, PlayoutTap};
use crate::sound::devices::wake::Waker;
use crate::sound::devices::{self, DeviceName, Microphone, Opened, SoundSystem, Speaker};

/// A microphone or speaker as the user chose it.
pub(super) trait DeviceChoice: Default + PartialEq {
    /// What the audio thread gets of it.
    type Tap;

    fn open(&self, system: SoundSystem, listener: Waker) -> Result<Opened<Self::Tap>, MediaError>;

    /// What keeps the call going where there is no device.
    fn stand_in(listener: Waker) -> Result<Opened<Self::Tap>, MediaError>;

    /// A file is never replaced by a real device: a user who chose the one did not choose the other.
    fn is_file(&self) -> bool;

    /// The id of the device that ought to be in use, `None` where there is none.
    fn in_charge(&self, system: SoundSystem) -> Option<String>;

    fn health(tap: &Self::Tap) -> Arc<Health>;

    fn hand_over(tap: Option<Self::Tap>) -> EngineControl;

    fn opened(device: Option<DeviceName>) -> VoiceEvent;

    fn failed(error: MediaError) -> VoiceEvent;

    fn restored(device: Option<DeviceName>) -> VoiceEvent;
}

impl DeviceChoice for Microphone {
    type Tap = CaptureTap;

    fn open(&self, system: SoundSystem, listener: Waker) -> Result<Opened<CaptureTap>, MediaError> {
        devices::open_microphone(system, self, Some(listener))
    }

    fn stand_in(listener: Waker) -> Result<Opened<CaptureTap>, MediaError> {
        devices::silent_microphone(Some(listener))
    }

    fn is_file(&self) -> bool {
        matches!(self, Self::Wav(_) | Self::Recording(_))
    }

    fn in_charge(&self, system: SoundSystem) -> Option<String> {
        match self {
            Self::Wav(_) | Self::Recording(_) => None,
            Self::Default => system.microphone_in_charge(None),
            Self::Device(id) => system.microphone_in_charge(Some(id)),
        }
    }

    fn health(tap: &CaptureTap) -> Arc<Health> {
        Arc::clone(&tap.health)
    }

    fn hand_over(tap: Option<CaptureTap>) -> EngineControl {
        EngineControl::Capture(tap)
    }

    fn opened(device: Option<DeviceName>) -> VoiceEvent {
        VoiceEvent::MicrophoneOpened(device)
    }

    fn failed(error: MediaError) -> VoiceEvent {
        VoiceEvent::MicrophoneFailed(error)
    }

    fn restored(device: Option<DeviceName>) -> VoiceEvent {
        VoiceEvent::MicrophoneRestored(device)
    }
}

impl DeviceChoice for Speaker {
    type Tap = PlayoutTap;

    fn open(&self, system: SoundSystem, listener: Waker) -> Result<Opened<PlayoutTap>, MediaError> {
        devices::open_speaker(system, self, Some(listener))
    }

    fn stand_in(listener: Waker) -> Result<Opened<PlayoutTap>, MediaError> {
        devices::deaf_speaker(Some(listener))
    }

    fn is_file(&self) -> bool {
        matches!(self, Self::Wav(_))
    }

    fn in_charge(&self, system: SoundSystem) -> Option<String> {
        match self {
            Self::Wav(_) => None,
            Self::Default => system.speaker_in_charge(None),
            Self::Device(id) => system.speaker_in_charge(Some(id)),
        }
    }

    fn health(tap: &PlayoutTap) -> Arc<Health> {
        Arc::clone(&tap.health)
    }

    fn hand_over(tap: Option<PlayoutTap>) -> EngineControl {
        EngineControl::Playout(tap)
    }

    fn opened(device: Option<DeviceName>) -> VoiceEvent {
        VoiceEvent::SpeakerOpened(device)
    }

    fn failed(error: MediaError) -> VoiceEvent {
        VoiceEvent::SpeakerFailed(error)
    }

    fn restored(device: Option<DeviceName>) -> VoiceEvent {
        VoiceEvent::SpeakerRestored(device)
    }
}
