//! What can go wrong with sound and pictures, in terms a user can act on.

use std::path::PathBuf;

/// Why a media device could not be opened, or stopped.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum MediaError {
    /// No sound service answers: no PulseAudio or PipeWire, no audio service.
    #[error("no sound system is running")]
    NoSoundSystem,
    /// This machine has no microphone at all.
    #[error("no microphone was found")]
    NoMicrophone,
    /// This machine has no speaker at all.
    #[error("no speaker was found")]
    NoSpeaker,
    /// This machine has no camera at all.
    #[error("no camera was found")]
    NoCamera,
    /// There is no screen that can be shared, or the system has no way to it.
    #[error("no screen was found that can be shared")]
    NoScreen,
    /// The camera was unplugged, the window closed or the screen taken away while it was shown. Nothing takes its place.
    #[error("{0} is gone")]
    Gone(String),
    /// The device is open and sends nothing any more.
    #[error("{0} sends no pictures any more")]
    Stalled(String),
    /// The chosen device is not there (any more).
    #[error("the device {0} is not connected")]
    NotConnected(String),
    /// The user has closed the desktop's picker without choosing anything.
    #[error("nothing was chosen")]
    Cancelled,
    /// The operating system refused access, usually a privacy setting.
    #[error("access to the device was refused by the system")]
    PermissionDenied,
    /// Another program holds the device for itself.
    #[error("the device is in use by another program")]
    Busy,
    /// The device offers no format that can be used.
    #[error("the device has no usable format: {0}")]
    UnsupportedFormat(String),
    /// A WAV file that stands in for a device cannot be read or written.
    #[error("{path}: {detail}")]
    File {
        /// The file.
        path: PathBuf,
        /// What the system says.
        detail: String,
    },
    /// `open` was called twice.
    #[error("this voice is already open")]
    AlreadyOpen,
    /// The voice has been closed.
    #[error("this voice is closed")]
    Closed,
    /// As many voices are heard as can be heard at once.
    #[error("no more voices can be heard at once")]
    TooManyVoices,
    /// The codec refused to start.
    #[error("the codec failed: {0}")]
    Codec(String),
    /// A thread that works on sound panicked. It is begun anew unless it does so again and again.
    #[error("the thread \"{thread}\" panicked: {detail}")]
    Crashed {
        /// Which.
        thread: &'static str,
        /// What it said.
        detail: String,
    },
    /// Anything else the system reports.
    #[error("the system reports: {0}")]
    Other(String),
}

impl MediaError {
    pub(crate) fn file(path: &std::path::Path, error: impl std::fmt::Display) -> Self {
        Self::File { path: path.to_owned(), detail: error.to_string() }
    }
}

impl From<cpal::Error> for MediaError {
    fn from(error: cpal::Error) -> Self {
        use cpal::ErrorKind as Kind;
        #[expect(clippy::wildcard_enum_match_arm, reason = "cpal's enum is not exhaustive")]
        match error.kind() {
            Kind::DeviceBusy => Self::Busy,
            Kind::PermissionDenied => Self::PermissionDenied,
            Kind::HostUnavailable => Self::NoSoundSystem,
            Kind::DeviceNotAvailable => Self::NotConnected(error.to_string()),
            Kind::UnsupportedConfig => Self::UnsupportedFormat(error.to_string()),
            _ => Self::Other(error.to_string()),
        }
    }
}

impl From<opus::Error> for MediaError {
    fn from(error: opus::Error) -> Self {
        Self::Codec(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use cpal::ErrorKind as Kind;

    use super::*;

    #[test]
    fn what_the_system_reports_becomes_what_a_user_can_act_on() {
        let said = |kind| MediaError::from(cpal::Error::new(kind));

        assert_eq!(said(Kind::PermissionDenied), MediaError::PermissionDenied);
        assert_eq!(said(Kind::DeviceBusy), MediaError::Busy);
        assert_eq!(said(Kind::HostUnavailable), MediaError::NoSoundSystem);
        assert!(matches!(said(Kind::DeviceNotAvailable), MediaError::NotConnected(_)));
        assert!(matches!(said(Kind::UnsupportedConfig), MediaError::UnsupportedFormat(_)));
    }
}
