//! What apps hear of calls, by the names that the kit's users know.

use std::time::Duration;

use carillon_call::device::CallInfo;
use carillon_protocol::{CallId, CallKind, DeviceId, HandledHow, Leg, Refusal, RefusalCode, Ring, UserId};
use serde::{Deserialize, Serialize};

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
        /// Who is in it, this user too.
        joined: Vec<UserId>,
    },
    /// Somebody's part in a group call has changed, or begun: they were asked, did not answer, came or went.
    LegChanged {
        /// The call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
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
    /// The RTC token expires soon. One that the kit has fetched is renewed by it; for one of the app's own this asks for
    /// [`renew_token`](crate::CallKit::renew_token).
    TokenWillExpire {
        /// The call.
        call: CallId,
        /// In so much time.
        left: Duration,
    },
    /// The RTC token has expired; without another one this device is soon taken out of the call.
    TokenExpired {
        /// The call.
        call: CallId,
        /// In so much time.
        left: Duration,
    },
    /// The server does not take the other RTC token.
    TokenRefused {
        /// The call.
        call: CallId,
        /// Why not.
        refusal: Refusal,
    },
    /// Somebody's device has another key than this installation knows: a new installation under an old name, or somebody in between.
    /// The call goes on unless the app hangs up; from then on the new key is the known one.
    IdentityChanged {
        /// Whose.
        user: UserId,
        /// Which of their devices.
        device: DeviceId,
    },
    /// A media description from the other end was not used, because it does not come from the device that it should come from. A call
    /// that is not connected yet ends as [`HangupReason::MediaFailed`]; one that is goes on over the path that it has.
    Unverified {
        /// The call.
        call: CallId,
        /// Whose it should be.
        user: UserId,
        /// What is wrong with it.
        why: Unverified,
    },
}

/// What is wrong with a media description.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, thiserror::Error)]
#[serde(rename_all = "kebab-case")]
pub enum Unverified {
    /// The device has a key, and nobody has signed.
    #[error("it is not signed")]
    Unsigned,
    /// Somebody else has signed, or it was changed on its way.
    #[error("its signature is wrong")]
    WrongSignature,
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
        /// By whom.
        user: UserId,
    },
    /// It was declined, here or there. A `Hangup` follows, unless others in a group call go on.
    Refuse {
        /// Which.
        call: CallInfo,
        /// By whom.
        user: UserId,
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

/// Why a call is over, as this device's user would say it.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
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
