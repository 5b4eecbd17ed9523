//! The settings window.

use carillon_protocol::{DeviceId, Secret, UserId};
use serde::{Deserialize, Serialize};

use crate::{Locale, MeView, Notice, PersonView, QuitAnswer, RingAnswer, RingState, SelfView, Theme, WindowBase};

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
    /// Keep all devices of this user silent for a while.
    BeQuiet {
        /// For how long.
        how: QuietFor,
    },
    /// Keep all devices of this user silent at these hours of each day.
    SetQuietHours(QuietHours),
    /// Delete the account, for good.
    DeleteAccount {
        /// As typed.
        password: Secret,
    },
    /// Take things of a person again.
    Unblock {
        /// Of whom.
        user: UserId,
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
    /// Ring like this.
    SetRingtone {
        /// How.
        ringtone: Ringtone,
    },
    /// Ring so loud.
    SetRingVolume {
        /// In percent.
        percent: u8,
    },
    /// Whether notifications show what messages say.
    SetPreviews {
        /// Which.
        on: bool,
    },
    /// Make everything in the windows larger or smaller.
    Zoom {
        /// Which.
        step: ZoomStep,
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
    /// How a ring sounds.
    #[serde(default)]
    pub ringtone: Ringtone,
    /// How loud a ring is, in percent.
    #[serde(default)]
    pub ring_volume: u8,
    /// Whether a ring shows the system's notification.
    pub notifications: bool,
    /// Whether notifications show what messages say.
    #[serde(default)]
    pub previews: bool,
    /// When *do not disturb* ends by itself, in milliseconds since the Unix epoch; `None`: it does not.
    #[serde(default)]
    pub quiet_until_ms: Option<u64>,
    /// At which hours of each day all devices keep silent.
    #[serde(default)]
    pub quiet_hours: QuietHours,
    /// How large everything is, in percent.
    #[serde(default)]
    pub zoom: u16,
    /// Of whom this user takes nothing.
    #[serde(default)]
    pub blocked: Vec<PersonView>,
    /// What helps an administrator to find a fault: no name, address or token is in it. English.
    #[serde(default)]
    pub diagnostics: String,
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
    /// The whole account, which is being deleted.
    Account,
}

/// How a ring sounds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Ringtone {
    /// A phrase of seven strokes.
    #[default]
    Carillon,
    /// As a clock's.
    Chimes,
    /// Small bells.
    Handbells,
    /// One large bell.
    Tower,
}

impl Ringtone {
    /// All of them.
    pub const ALL: &[Self] = &[Self::Carillon, Self::Chimes, Self::Handbells, Self::Tower];

    /// The key of its name.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Carillon => "ringtone-carillon",
            Self::Chimes => "ringtone-chimes",
            Self::Handbells => "ringtone-handbells",
            Self::Tower => "ringtone-tower",
        }
    }
}

/// For how long all devices keep silent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum QuietFor {
    /// An hour from now on.
    AnHour,
    /// Until eight in the morning of the next day.
    UntilTomorrow,
}

/// Hours of each day, in minutes after midnight on this device's clock. They may go over midnight.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// Whether they count.
    pub on: bool,
    /// From this minute on.
    pub from: u16,
    /// Up to this minute.
    pub until: u16,
}

impl Default for QuietHours {
    fn default() -> Self {
        Self { on: false, from: 22 * 60, until: 7 * 60 }
    }
}

impl QuietHours {
    /// Whether a minute of the day is among them.
    pub const fn include(self, minute: u16) -> bool {
        if self.from <= self.until {
            self.from <= minute && minute < self.until
        } else {
            self.from <= minute || minute < self.until
        }
    }
}

/// How the size of everything in the windows changes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ZoomStep {
    /// Larger.
    In,
    /// Smaller.
    Out,
    /// As it was made.
    Reset,
}

impl ZoomStep {
    /// What there is to choose from, in percent.
    const LEVELS: [u16; 8] = [80, 90, 100, 110, 125, 150, 175, 200];

    /// What comes of a size, in percent.
    pub fn of(self, zoom: u16) -> u16 {
        let [least, .., most] = Self::LEVELS;
        match self {
            Self::In => Self::LEVELS.into_iter().find(|level| *level > zoom).unwrap_or(most),
            Self::Out => Self::LEVELS.into_iter().rev().find(|level| *level < zoom).unwrap_or(least),
            Self::Reset => 100,
        }
    }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zoom_goes_by_steps_from_80_to_200_percent_and_back() {
        let mut seen = vec![80];
        while let Some(next) = seen.last().map(|zoom| ZoomStep::In.of(*zoom)).filter(|next| Some(next) != seen.last()) {
            seen.push(next);
        }
        assert_eq!(seen, ZoomStep::LEVELS);
        assert_eq!((ZoomStep::Out.of(80), ZoomStep::Out.of(200), ZoomStep::Reset.of(175)), (80, 175, 100));
        assert_eq!((ZoomStep::In.of(0), ZoomStep::Out.of(u16::MAX)), (80, 200), "whatever a file says");
    }

    #[test]
    fn quiet_hours_may_go_over_midnight() {
        let night = QuietHours { on: true, from: 22 * 60, until: 7 * 60 };
        assert!(night.include(23 * 60) && night.include(0) && night.include(6 * 60 + 59));
        assert!(!night.include(7 * 60) && !night.include(12 * 60));
        let lunch = QuietHours { from: 12 * 60, until: 13 * 60, ..night };
        assert!(lunch.include(12 * 60) && !lunch.include(13 * 60) && !lunch.include(0));
        assert!(!QuietHours { from: 60, until: 60, ..night }.include(60), "no time at all");
    }
}
