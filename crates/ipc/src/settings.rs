//! The settings window.

use serde::{Deserialize, Serialize};

use crate::{Locale, Notice, PersonView, Theme, WindowBase};

/// What the settings window may ask. Everything applies at once.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SettingsRequest {
    /// The window has rendered its first view and may be shown.
    Ready,
    /// Use another microphone.
    SetMicrophone {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Use another speaker for calls.
    SetSpeaker {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Ring on another device.
    SetRingOutput {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Switch parts of the sound processing.
    SetProcessing(Processing),
    /// Open the microphone and show its level (`true`) until switched off or the window closes.
    TestMicrophone {
        /// Which.
        on: bool,
    },
    /// Sound a bell on the speaker.
    TestSpeaker,
    /// Sound a bell on the ring output.
    TestRing,
    /// Whether this device rings at all.
    SetRingHere {
        /// Which.
        on: bool,
    },
    /// Whether a ring makes a sound.
    SetRingSound {
        /// Which.
        on: bool,
    },
    /// Whether a ring shows the system's notification.
    SetNotifications {
        /// Which.
        on: bool,
    },
    /// Dark or light.
    SetTheme(Theme),
    /// `None`: the system's language.
    SetLocale(Option<Locale>),
    /// Forget the sign-in on this device.
    SignOut,
    /// Put the notice away.
    DismissNotice,
    /// Close the window.
    Close,
}

/// All that the settings window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SettingsView {
    /// Theme and language.
    pub base: WindowBase,
    /// Who is signed in.
    pub me: Option<PersonView>,
    /// The server's address.
    pub server: String,
    /// This device's name.
    pub device_name: String,
    /// Microphones to choose from.
    pub microphones: DeviceChoice,
    /// Speakers to choose from.
    pub speakers: DeviceChoice,
    /// Ring outputs to choose from.
    pub ring_outputs: DeviceChoice,
    /// Which parts of the sound processing are on.
    pub processing: Processing,
    /// The running test of devices.
    pub test: TestView,
    /// Whether this device rings at all.
    pub ring_here: bool,
    /// Whether a ring makes a sound.
    pub ring_sound: bool,
    /// Whether a ring shows the system's notification.
    pub notifications: bool,
    /// As chosen; what shows is in `base`.
    pub theme: Theme,
    /// As chosen; `None`: the system's.
    pub locale: Option<Locale>,
    /// The program's version.
    pub version: String,
    /// Something to tell.
    pub notice: Option<Notice>,
}

/// Devices of one kind, and which is chosen.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeviceChoice {
    /// All there are.
    pub devices: Vec<DeviceView>,
    /// The chosen one's id; `None`: the system's default.
    pub chosen: Option<String>,
}

/// One device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeviceView {
    /// Stable over restarts.
    pub id: String,
    /// What the system calls it.
    pub name: String,
}

/// Parts of the sound processing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Processing {
    /// Take the speaker's sound out of the microphone's.
    pub echo_cancellation: bool,
    /// Take steady noise out.
    pub noise_suppression: bool,
    /// Even out loud and quiet.
    pub gain_control: bool,
}

impl Default for Processing {
    fn default() -> Self {
        Self { echo_cancellation: true, noise_suppression: true, gain_control: true }
    }
}

/// The running test of devices.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct TestView {
    /// The microphone's level, 0 to 1, while it is tested.
    pub microphone_level: Option<f32>,
}

impl Eq for TestView {}
