//! The ring window.

use carillon_protocol::{CallId, CallKind, UserId};
use serde::{Deserialize, Serialize};

use crate::{SelfView, WindowBase};

/// What the ring window may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum RingRequest {
    /// The window has rendered a ring and may be shown. Sent for the ring of each call anew, so that the window never shows an
    /// old one.
    Ready,
    /// Do something about the ring.
    Answer(RingAnswer),
    /// Accept video calls with the camera on (`true`), and show what it sees, or with the camera off: this one, and the next ones.
    SetCamera {
        /// Which.
        on: bool,
    },
    /// Open the camera and show what it sees (`true`), to this user only, until the ring is answered or over.
    Look {
        /// Which.
        on: bool,
    },
}

/// What any window may ask about what rings. It names the call that was on show, so that a late click cannot answer another.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum RingAnswer {
    /// Answer.
    Accept {
        /// The call that was on show.
        call: CallId,
    },
    /// Answer a video call with the camera off.
    AcceptWithoutVideo {
        /// The call that was on show.
        call: CallId,
    },
    /// Decline on all devices.
    Decline {
        /// The call that was on show.
        call: CallId,
    },
    /// Decline on all devices, and write instead.
    Message {
        /// The call that was on show.
        call: CallId,
        /// What.
        reply: Reply,
    },
    /// Silence this device only.
    Silence {
        /// The call that was on show.
        call: CallId,
    },
}

/// What is written instead of answering.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Reply {
    /// That this user cannot talk now.
    CannotTalk,
    /// That this user calls back.
    CallBack,
    /// That this user is on the way.
    OnMyWay,
    /// The user's own words: the conversation is opened.
    Own,
}

impl Reply {
    /// Every one there is.
    pub const ALL: [Self; 4] = [Self::CannotTalk, Self::CallBack, Self::OnMyWay, Self::Own];

    /// The key of the text: what is sent, or what the button says.
    pub const fn key(self) -> &'static str {
        match self {
            Self::CannotTalk => "reply-cannot-talk",
            Self::CallBack => "reply-call-back",
            Self::OnMyWay => "reply-on-my-way",
            Self::Own => "reply-own",
        }
    }
}

impl RingAnswer {
    /// The call that was on show.
    pub const fn call(self) -> CallId {
        match self {
            Self::Accept { call }
            | Self::AcceptWithoutVideo { call }
            | Self::Decline { call }
            | Self::Message { call, .. }
            | Self::Silence { call } => call,
        }
    }
}

/// All that the ring window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct RingView {
    /// Theme and language.
    pub base: WindowBase,
    /// What rings; `None`: nothing, and the window is about to go.
    pub ring: Option<RingState>,
    /// What this device's camera sees, while the user looks.
    #[serde(default)]
    pub look: Option<SelfView>,
}

/// A person who called during the call there is, and heard that this user is in one.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct TriedView {
    /// Who.
    pub user: UserId,
    /// What is shown of them.
    pub name: String,
    /// Where their picture is.
    #[serde(default)]
    pub picture: Option<String>,
    /// Voice or video.
    pub kind: CallKind,
}

/// What any window may ask about them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum TriedAnswer {
    /// End the call there is, and call them back.
    CallBack,
    /// Do nothing now.
    Dismiss,
}

/// What rings.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RingState {
    /// Which call.
    pub call: CallId,
    /// Who calls.
    pub user: UserId,
    /// What is shown of them.
    pub name: String,
    /// Voice or video.
    pub kind: CallKind,
    /// Whether *Accept* turns the camera on. Not in group calls, which have no pictures yet.
    #[serde(default)]
    pub opens_camera: bool,
    /// The group's name, for a group call; empty: several people without a group.
    #[serde(default)]
    pub group: Option<String>,
    /// A picture for this call, as a `data:` URL; `None`: as always.
    #[serde(default)]
    pub picture: Option<String>,
    /// The user's other devices that ring too.
    pub also_on: Vec<String>,
    /// `Some(device)` for two seconds after another device has answered: *Answered on {device}*.
    pub answered_on: Option<String>,
}
