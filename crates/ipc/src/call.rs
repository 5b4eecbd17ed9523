//! The call window.

use carillon_protocol::{CallKind, UserId};
use serde::{Deserialize, Serialize};

use crate::{CallEnd, DeviceChoice, Notice, WindowBase};

/// What the call window may ask.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CallRequest {
    /// The window has rendered its first view and may be shown.
    Ready,
    /// Send nothing of the microphone (`true`), or send it again.
    SetMuted {
        /// Which.
        muted: bool,
    },
    /// Use another microphone.
    SetMicrophone {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Use another speaker.
    SetSpeaker {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Cancel before the answer, hang up after it.
    HangUp,
    /// Call the same person again, after the end.
    CallAgain,
    /// Put the notice away.
    DismissNotice,
    /// Put the window away, after the end.
    Close,
}

/// All that the call window shows.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct CallView {
    /// Theme and language.
    pub base: WindowBase,
    /// Who is on the other end; `None` before the first call.
    pub with: Option<(UserId, String)>,
    /// Voice or video.
    pub kind: Option<CallKind>,
    /// A picture for this call, as a `data:` URL; `None`: as always.
    #[serde(default)]
    pub picture: Option<String>,
    /// How far it is.
    pub state: CallState,
    /// Whether this device sends nothing of its microphone.
    pub muted: bool,
    /// Whether the network is not good at the moment; nothing is shown while it is.
    pub poor_network: bool,
    /// Microphones to choose from.
    pub microphones: DeviceChoice,
    /// Speakers to choose from.
    pub speakers: DeviceChoice,
    /// Something to tell, such as a microphone that went away.
    pub notice: Option<Notice>,
}

/// How far a call is.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum CallState {
    /// There is none.
    #[default]
    Idle,
    /// Asking the server.
    Calling,
    /// It rings there.
    RingingThere {
        /// On so many devices; 0: nobody has said that it rings.
        devices: u32,
    },
    /// Answered, media connect.
    Connecting,
    /// They talk.
    Active {
        /// For so long when this view was made, in milliseconds. The window counts on.
        for_ms: u64,
    },
    /// The path is gone.
    Reconnecting {
        /// It waits for so long yet, in milliseconds. The window counts down.
        left_ms: u64,
    },
    /// It is over.
    Ended {
        /// Why.
        end: CallEnd,
        /// Which other device of this user dealt with it; empty if none did.
        device: String,
        /// How long they talked, in milliseconds; 0: it was never answered.
        talked_ms: u64,
    },
}

/// How loud it is, for the rings round the avatars.
#[derive(Debug, Clone, Copy, PartialEq, Default, Serialize, Deserialize)]
pub struct Levels {
    /// What the microphone hears: 0 (silence) to 1 (full scale), on a scale that looks even to the eye.
    pub microphone: f32,
    /// What the other end sends, on the same scale.
    pub speaker: f32,
}
