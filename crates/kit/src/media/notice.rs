//! What people are told of microphones, speakers and cameras.

use carillon_media::{MediaError, devices::DeviceName};

/// What a call hears, sounds and sees with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum MediaDevice {
    /// The microphone.
    Microphone,
    /// The speaker.
    Speaker,
    /// The camera.
    Camera,
    /// The screen or window that is shared.
    Screen,
    /// The sound of what is shared.
    ScreenSound,
    /// What shows or records the other end's pictures.
    Picture,
}

/// Something about one of them that the user should know; once for each change. The call goes on.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum MediaNotice {
    /// A device went away; the system's default is used now.
    FellBack {
        /// Which.
        device: MediaDevice,
        /// What people call the one that went away; empty if this program never saw it.
        name: String,
    },
    /// The wanted device, of which something of this was told, is in use (again): that notice can go.
    Restored {
        /// Which.
        device: MediaDevice,
        /// What people call it; empty for a file.
        name: String,
    },
    /// A camera was unplugged, or what was shared is no longer there. Nothing takes its place.
    Gone {
        /// Which.
        device: MediaDevice,
        /// What people call it; empty if it has no name.
        name: String,
    },
    /// A camera is open and sends nothing any more.
    Stalled {
        /// Which.
        device: MediaDevice,
        /// What people call it; empty if it has no name.
        name: String,
    },
    /// There is no such device at all.
    Missing {
        /// Which.
        device: MediaDevice,
    },
    /// The system refuses the device to this program.
    AccessDenied {
        /// Which.
        device: MediaDevice,
    },
    /// Another program has the device.
    Busy {
        /// Which.
        device: MediaDevice,
    },
    /// The user has chosen in the desktop's own picker, and what was chosen is shown.
    Chosen {
        /// Which.
        device: MediaDevice,
        /// What people call it; empty where the desktop does not say.
        name: String,
    },
    /// The user has closed the desktop's own picker, and chosen nothing.
    Cancelled {
        /// Which.
        device: MediaDevice,
    },
    /// Anything else; the text says what.
    Failed {
        /// Which.
        device: MediaDevice,
        /// In English, for logs and for the curious.
        detail: String,
    },
}

impl MediaNotice {
    /// What to tell the user of an error with one of the devices.
    pub fn of(device: MediaDevice, error: MediaError) -> Self {
        match error {
            MediaError::NoMicrophone
            | MediaError::NoSpeaker
            | MediaError::NoSoundSystem
            | MediaError::NoCamera
            | MediaError::NoScreen => Self::Missing { device },
            MediaError::Gone(name) => Self::Gone { device, name },
            MediaError::Stalled(name) => Self::Stalled { device, name },
            MediaError::PermissionDenied => Self::AccessDenied { device },
            MediaError::Busy => Self::Busy { device },
            MediaError::Cancelled => Self::Cancelled { device },
            MediaError::NotConnected(name) => Self::FellBack { device, name },
            error @ (MediaError::UnsupportedFormat(_)
            | MediaError::File { .. }
            | MediaError::AlreadyOpen
            | MediaError::Closed
            | MediaError::TooManyVoices
            | MediaError::Codec(_)
            | MediaError::Crashed { .. }
            | MediaError::Other(_)) => Self::Failed { device, detail: error.to_string() },
        }
    }

    pub(crate) fn restored(device: MediaDevice, named: Option<DeviceName>) -> Self {
        Self::Restored { device, name: named.map(|named| named.name).unwrap_or_default() }
    }
}
