//! What apps hear of calls, by the names that the kit's users know.

use std::time::Duration;

use carillon_protocol::{CallId, CallKind, ChannelName, HandledHow, RefusalCode, Ring, UserId};
use serde::Serialize;

use crate::MediaNotice;

/// One event of a [`CallKit`](crate::CallKit).
#[derive(Debug, Clone, PartialEq)]
pub enum CallEvent {
    /// Somebody calls (`onInvite`). This device rings only if the app says
    /// [`answer_call(true, …)`](crate::CallKit::answer_call).
    Invited(Ring),
    /// The user wants to bring more people into a group call (`onAddPerson`): ask whom, then
    /// [`start_call`](crate::CallKit::start_call) on the same channel.
    AddPerson {
        /// The call.
        call: CallInfo,
        /// Who is in it.
        joined: Vec<UserId>,
    },
    /// The state of the call changed (`onStateChange`).
    StateChanged(StateChange),
    /// It rings at the callee's, on so many devices.
    RingingThere {
        /// The call.
        call: CallId,
        /// How many; 0: the server knows the call, and nobody has said that it rings.
        devices: u32,
    },
    /// This device rings: [`CallKit::ring`](crate::CallKit::ring) has it.
    RingStarted(Ring),
    /// This device rings no longer.
    RingStopped {
        /// The call.
        call: CallId,
    },
    /// Media flow: the two hear each other.
    Active {
        /// The call.
        call: CallId,
    },
    /// The first of the other end's sound has come in.
    Hearing {
        /// The call.
        call: CallId,
    },
    /// The path between the two is gone, and a new one is looked for.
    Reconnecting {
        /// The call.
        call: CallId,
    },
    /// There is a path again.
    Reconnected {
        /// The call.
        call: CallId,
    },
    /// Something about microphone or speaker that the user should know.
    Media(MediaNotice),
}

/// What happened to the call (`info.type` of `onStateChange`).
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum StateChange {
    /// It is over for this device; exactly once for each call.
    Hangup {
        /// Why.
        #[serde(flatten)]
        reason: HangupReason,
        /// Which.
        call: CallInfo,
    },
    /// It was answered, here or there.
    Accept {
        /// Which.
        call: CallInfo,
    },
    /// It was declined, here or there; a `Hangup` follows.
    Refuse {
        /// Which.
        call: CallInfo,
    },
    /// Somebody's media can be heard or seen now.
    UserPublished {
        /// Who.
        user: UserId,
        /// What.
        media: CallKind,
    },
    /// Somebody's media are gone.
    UserUnpublished {
        /// Who.
        user: UserId,
        /// What.
        media: CallKind,
    },
    /// Somebody has left the call. With two users a `Hangup` follows.
    UserLeft {
        /// Who.
        user: UserId,
    },
}

/// Which call, for events.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallInfo {
    /// The server's name for it; `None` if it ended before the server knew of it.
    pub call: Option<CallId>,
    /// The other user.
    pub with: UserId,
    /// Voice or video.
    pub kind: CallKind,
    /// Where its media met.
    pub channel: Option<ChannelName>,
    /// How long they talked.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// Why a call is over, as this device's user would say it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "reason", rename_all = "kebab-case")]
pub enum HangupReason {
    /// This user hung up.
    Normal,
    /// The other one hung up.
    Remote,
    /// This user took the invitation back.
    Cancelled,
    /// The caller took the invitation back.
    RemoteCancelled,
    /// This user declined.
    Declined,
    /// The callee declined.
    RemoteDeclined,
    /// The callee was in another call.
    Busy,
    /// The callee did not answer.
    NoAnswer,
    /// This user did not answer.
    Missed,
    /// Another device of this user dealt with it.
    HandledElsewhere {
        /// What it did.
        how: HandledHow,
        /// Its name; empty if unknown.
        device: String,
    },
    /// A device was gone for longer than calls wait.
    ConnectionLost,
    /// The media could not connect.
    MediaFailed,
    /// This user was taken out of the group, or of the call.
    Removed,
    /// The RTC token expired and was not renewed.
    TokenExpired,
    /// The server would not begin it.
    Refused {
        /// Why not.
        code: RefusalCode,
    },
}
