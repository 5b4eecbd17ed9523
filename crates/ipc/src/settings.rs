//! The settings window.

use carillon_protocol::{DeviceId, Secret};
use serde::{Deserialize, Serialize};

use crate::{Locale, MeView, Notice, QuitAnswer, RingAnswer, RingState, SelfView, Theme, WindowBase};

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
    /// Use another camera.
    SetCamera {
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
    /// Open the camera and show what it sees (`true`) until switched off or the window closes.
    TestCamera {
        /// Which.
        on: bool,
    },
    /// Begin and accept video calls with the camera on, or off.
    SetCameraInVideoCalls {
        /// Which.
        on: bool,
    },
    /// Sound a bell on the speaker.
    TestSpeaker,
    /// Sound a bell on the ring output.
    TestRing,
    /// Change this user's display name.
    SetDisplayName {
        /// As typed; empty: the account's name.
        name: String,
    },
    /// Change this user's picture, or remove it.
    SetPicture {
        /// A `data:` URL.
        picture: Option<String>,
    },
    /// Use another password from now on.
    ChangePassword {
        /// As typed.
        old: Secret,
        /// As typed.
        new: Secret,
    },
    /// Whether any device of this user rings.
    SetDoNotDisturb {
        /// `true`: none does.
        on: bool,
    },
    /// Call one of the user's devices something else.
    RenameDevice {
        /// Which.
        device: DeviceId,
        /// As typed.
        name: String,
    },
    /// Sign one of the user's devices out.
    RevokeDevice {
        /// Which.
        device: DeviceId,
    },
    /// Whether calls ring on one of the user's devices.
    SetDeviceRings {
        /// Which.
        device: DeviceId,
        /// Which of the two.
        on: bool,
    },
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
    /// Whether rings, missed calls and messages show the system's notifications.
    SetNotifications {
        /// Which.
        on: bool,
    },
    /// Whether calls of two go through the server, so that others do not learn this device's address.
    SetHideAddress {
        /// Which.
        on: bool,
    },
    /// Whether the program starts when the user logs in.
    SetAutostart {
        /// Which.
        on: bool,
    },
    /// Whether others learn what this user has read, and this user what they have.
    SetReadReceipts {
        /// Which.
        on: bool,
    },
    /// Look like this.
    SetTheme {
        /// Dark or light.
        theme: Theme,
    },
    /// Speak this.
    SetLocale {
        /// `None`: the system's language.
        locale: Option<Locale>,
    },
    /// Whether what rings can be answered by keys while another program has the focus.
    SetRingShortcuts {
        /// Which.
        on: bool,
    },
    /// Do something about what rings.
    Ring(RingAnswer),
    /// Forget the sign-in on this device.
    SignOut,
    /// Put the notice away.
    DismissNotice,
    /// Close the window.
    Close,
    /// About the end of the program.
    Quit(QuitAnswer),
}

/// All that the settings window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SettingsView {
    /// Theme and language.
    pub base: WindowBase,
    /// Who is signed in.
    pub me: Option<MeView>,
    /// The server's address.
    pub server: String,
    /// What is being changed about the user, or was a moment ago.
    #[serde(default)]
    pub you: YouView,
    /// The user's devices, this one first.
    #[serde(default)]
    pub devices: Vec<OwnDeviceView>,
    /// Microphones to choose from.
    pub microphones: DeviceChoice,
    /// Speakers to choose from.
    pub speakers: DeviceChoice,
    /// Ring outputs to choose from.
    pub ring_outputs: DeviceChoice,
    /// Cameras to choose from.
    #[serde(default)]
    pub cameras: DeviceChoice,
    /// Whether video calls begin, and are accepted, with the camera on.
    #[serde(default)]
    pub camera_in_video_calls: bool,
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
    /// Whether what rings can be answered by keys while another program has the focus.
    #[serde(default)]
    pub ring_shortcuts: bool,
    /// Whether calls of two go through the server.
    #[serde(default)]
    pub hide_address: bool,
    /// Whether the program starts when the user logs in.
    #[serde(default)]
    pub autostart: bool,
    /// Whether others learn what this user has read, as the server has it; `None`: no user is signed in.
    #[serde(default)]
    pub read_receipts: Option<bool>,
    /// What rings.
    #[serde(default)]
    pub ring: Option<RingState>,
    /// As chosen; what shows is in `base`.
    pub theme: Theme,
    /// As chosen; `None`: the system's.
    pub locale: Option<Locale>,
    /// The program's version.
    pub version: String,
    /// Something to tell.
    pub notice: Option<Notice>,
}

/// A part of *You* that is saved at the server, so that it takes a moment and can fail.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum YouField {
    /// What others see.
    Name,
    /// The picture.
    Picture,
    /// The password.
    Password,
}

/// What is being changed about the user, or was a moment ago.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct YouView {
    /// On its way to the server.
    pub saving: Option<YouField>,
    /// Saved a moment ago.
    pub saved: Option<YouField>,
    /// What went wrong, and with what.
    pub problem: Option<(YouField, Notice)>,
}

/// One of the user's devices.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct OwnDeviceView {
    /// Which.
    pub device: DeviceId,
    /// What the user calls it.
    pub name: String,
    /// Whether calls ring there.
    pub ring_here: bool,
    /// Whether it has a link now.
    pub linked: bool,
    /// Whether it is this one.
    pub is_this: bool,
    /// When it last had a link, in milliseconds since the Unix epoch; 0: never.
    pub seen_at_ms: u64,
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
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct TestView {
    /// The microphone's level, 0 to 1, while it is tested.
    pub microphone_level: Option<f32>,
    /// What the camera sees, while it is tested.
    #[serde(default)]
    pub camera: Option<SelfView>,
}

impl Eq for TestView {}
