//! The pictures of a call: cameras and screens, and where a window gets their frames.

use carillon_protocol::{CallPath, Secret};
use serde::{Deserialize, Serialize};

use crate::DeviceChoice;

/// All that the call window shows about pictures. The frames themselves come over [`feed`](Self::feed).
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct PicturesView {
    /// Where the frames come from; `None`: nothing is to be drawn at the moment.
    pub feed: Option<FeedAddress>,
    /// This device's camera.
    pub camera: CameraView,
    /// What is being shared, in the system's words, such as *Screen 1*; `None`: nothing is.
    pub sharing: Option<String>,
    /// `Some` while the user chooses what to share.
    pub picker: Option<ScreenPickerView>,
    /// What the other end of a call of two shows. In a group call each of the parts has it.
    pub theirs: TheirPictures,
    /// What this end shows.
    pub mine: OwnPictures,
    /// How good the network is.
    pub quality: Quality,
    /// The numbers behind it, while the user wants to see them.
    pub numbers: Option<Vec<NumberView>>,
    /// Whether the window fills the screen.
    pub is_full_screen: bool,
    /// Whether the window is the small one that stays on top.
    pub is_mini: bool,
}

/// Where a window gets frames, as `src-tauri/frames/mod.rs` says: `ws://127.0.0.1:…/frames?token=…`. It is the same for as long as there is
/// something to draw, and another one afterwards.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FeedAddress {
    /// The WebSocket's address, without the token.
    pub url: String,
    /// Lets the window in.
    pub token: Secret,
}

/// This device's camera.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CameraView {
    /// Whether the user has turned it on. What it shows is in [`OwnPictures`].
    pub is_on: bool,
    /// Whether the self-view is to be mirrored.
    pub is_mirrored: bool,
    /// Cameras to choose from.
    pub cameras: DeviceChoice,
}

/// A camera that only this user sees: they look at themself before others do.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct SelfView {
    /// Where the frames come from, as [`Stream::OwnCamera`](crate::Stream::OwnCamera); `None`: the camera is opening.
    pub feed: Option<FeedAddress>,
    /// Whether they are to be mirrored.
    pub is_mirrored: bool,
}

/// What there is to share.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct ScreenPickerView {
    /// Whether the system is still being asked.
    pub is_looking: bool,
    /// Screens first, then windows.
    pub screens: Vec<ScreenView>,
}

/// A screen or a window that can be shared.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ScreenView {
    /// Names it in [`CallRequest::ShareScreen`](crate::CallRequest::ShareScreen).
    pub id: String,
    /// What the system calls it.
    pub name: String,
    /// Which of them.
    pub kind: ScreenKind,
    /// What is on it, as a small `data:` URL.
    #[serde(default)]
    pub thumbnail: Option<String>,
}

/// What can be shared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ScreenKind {
    /// A whole screen.
    Screen,
    /// One window.
    Window,
    /// The desktop's own picker, which lets the user choose among both. No window shows it: it comes up by itself.
    Picker,
}

/// What the other end shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct TheirPictures {
    /// Their camera.
    pub camera: bool,
    /// Their screen.
    pub screen: bool,
    /// Whether they have muted their microphone.
    pub is_muted: bool,
}

/// What this end shows: there is something to draw in the self-view.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct OwnPictures {
    /// This device's camera.
    pub camera: bool,
    /// This device's screen.
    pub screen: bool,
}

/// How good the network is, in three steps.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, PartialOrd, Ord, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Quality {
    /// Nothing is said about it.
    #[default]
    Good,
    /// Pictures and sound suffer now and then.
    Poor,
    /// A conversation is hard.
    Bad,
}

impl Quality {
    /// Every one there is.
    pub const ALL: &[Self] = &[Self::Good, Self::Poor, Self::Bad];
}

/// One number of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NumberView {
    /// What is measured.
    pub name: NumberName,
    /// As it is shown, with its unit: `1.2 Mb/s`, `1280×720`.
    pub value: String,
    /// Of [`NumberName::Path`]: where it leads.
    #[serde(default)]
    pub path: Option<CallPath>,
}

/// The text that says where the media of a call go.
pub const fn path_key(path: CallPath) -> &'static str {
    match path {
        CallPath::Direct => "path-direct",
        CallPath::Server => "path-server",
    }
}

/// What a [`NumberView`] measures.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum NumberName {
    /// What is sent, in bits a second.
    Sent,
    /// What comes, in bits a second.
    Received,
    /// The size and rate of the camera's picture as it is sent.
    SentPicture,
    /// The size and rate of their camera's picture.
    ReceivedPicture,
    /// The size and rate of their screen.
    ReceivedScreen,
    /// How much of what is sent gets lost.
    SentLoss,
    /// How much of what comes gets lost.
    ReceivedLoss,
    /// There and back.
    RoundTrip,
    /// By how much what comes is early or late.
    Jitter,
    /// How pictures and sound are encoded.
    Codec,
    /// Which way it all goes.
    Path,
}

impl NumberName {
    /// Every one there is.
    pub const ALL: &[Self] = &[
        Self::Sent,
        Self::Received,
        Self::SentPicture,
        Self::ReceivedPicture,
        Self::ReceivedScreen,
        Self::SentLoss,
        Self::ReceivedLoss,
        Self::RoundTrip,
        Self::Jitter,
        Self::Codec,
        Self::Path,
    ];

    /// The text that names it.
    pub const fn key(self) -> &'static str {
        match self {
            Self::Sent => "number-sent",
            Self::Received => "number-received",
            Self::SentPicture => "number-sent-picture",
            Self::ReceivedPicture => "number-received-picture",
            Self::ReceivedScreen => "number-received-screen",
            Self::SentLoss => "number-sent-loss",
            Self::ReceivedLoss => "number-received-loss",
            Self::RoundTrip => "number-round-trip",
            Self::Jitter => "number-jitter",
            Self::Codec => "number-codec",
            Self::Path => "number-path",
        }
    }
}
