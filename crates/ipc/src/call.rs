//! The call window.

use carillon_protocol::{CallKind, HangupReason, Moderation, UserId};
use serde::{Deserialize, Serialize};

use crate::{
    DeviceChoice, GroupCallView, Notice, PicturesView, QuitAnswer, RingAnswer, RingState, TriedAnswer, TriedView,
    WindowBase, ZoomStep,
};

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
    /// Turn the camera on or off, for this call.
    SetCamera {
        /// Which.
        on: bool,
    },
    /// Use another camera, for this call and the next ones.
    ChooseCamera {
        /// A device's id; `None`: the system's default.
        id: Option<String>,
    },
    /// Choose what to share (`true`), or go on without (`false`).
    PickScreen {
        /// Which.
        on: bool,
    },
    /// Share this screen or window.
    ShareScreen {
        /// Which, as the picker has it.
        id: String,
    },
    /// Share no screen any more.
    StopSharing,
    /// Fill the screen with the window, or not any more.
    SetFullScreen {
        /// Which.
        on: bool,
    },
    /// Make the window the small one that stays on top, or a whole one again.
    SetMini {
        /// Which.
        on: bool,
    },
    /// Show the numbers of the call, or not any more.
    ShowNumbers {
        /// Which.
        on: bool,
    },
    /// Make everything in the windows larger or smaller.
    Zoom {
        /// Which.
        step: ZoomStep,
    },
    /// Cancel before the answer, hang up after it.
    HangUp,
    /// Call the same person again, after the end.
    CallAgain,
    /// Choose people to bring into the group call (`true`), or go on without (`false`).
    AddPeople {
        /// Which.
        on: bool,
    },
    /// Bring these people into the group call.
    Invite {
        /// Whom.
        users: Vec<UserId>,
    },
    /// Show one of a group call large (`true`), or all the same.
    SetSpotlight {
        /// Which.
        on: bool,
    },
    /// Show this person large, also while others talk; `None`: show the one who talks.
    Pin {
        /// Whom.
        user: Option<UserId>,
    },
    /// Open the list of people, or close it.
    ShowPeople {
        /// Which.
        on: bool,
    },
    /// Play this person so loud on this device, in this call and the next ones.
    SetVolume {
        /// Whom.
        user: UserId,
        /// In percent of how loud they come, at most [`MAX_VOLUME`](crate::MAX_VOLUME).
        percent: u8,
    },
    /// Play nothing of somebody here, or play them again.
    Silence {
        /// Whom.
        user: UserId,
        /// Which.
        on: bool,
    },
    /// Raise this user's hand in a group call, or lower it.
    SetHand {
        /// Whether it is up.
        raised: bool,
    },
    /// Do this about somebody in a group call whom this user may moderate.
    Moderate {
        /// Whom.
        user: UserId,
        /// What.
        what: Moderation,
    },
    /// The warning about the other device's new key has been read.
    KeySeen,
    /// Do something about what rings.
    Ring(RingAnswer),
    /// Do something about who called during the call.
    Tried(TriedAnswer),
    /// Put the notice away.
    DismissNotice,
    /// The user is about to do something after the end: the window does not go by itself.
    Stay,
    /// Write to the other end, after the end.
    Message,
    /// Put the window away, after the end.
    Close,
    /// About the end of the program.
    Quit(QuitAnswer),
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
    /// Cameras and screens, while the call may carry pictures.
    #[serde(default)]
    pub pictures: Option<PicturesView>,
    /// Every user's part, in a group call.
    #[serde(default)]
    pub group: Option<GroupCallView>,
    /// Whose device has shown another key than before, as a name.
    #[serde(default)]
    pub key_changed: Option<String>,
    /// What else rings.
    #[serde(default)]
    pub ring: Option<RingState>,
    /// Who called meanwhile.
    #[serde(default)]
    pub tried: Option<TriedView>,
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
        /// On so many devices; 0: none has said that it rings.
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
        /// Why, with device names that are fit to be shown.
        reason: HangupReason,
        /// How long they talked, in milliseconds; 0: it was never answered.
        talked_ms: u64,
    },
}

/// How loud it is, for the rings round the avatars.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
pub struct Levels {
    /// What the microphone hears: 0 (silence) to 1 (full scale), on a scale that looks even to the eye.
    pub microphone: f32,
    /// What the other end sends, on the same scale.
    pub speaker: f32,
    /// How loud those are who are heard in a group call, by their seats.
    #[serde(default)]
    pub voices: Vec<(u8, f32)>,
}
