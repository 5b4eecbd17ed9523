//! What apps hear of calls, by the names that the kit's users know.

use std::time::Duration;

use carillon_protocol::{
    CallId, CallKind, CallType, ChannelName, ChatType, DeviceId, GroupId, HangupReason, Leg, LegState, Refusal, Ring,
    UserId,
};
use serde::Serialize;

use crate::{MediaNotice, json};

/// One event of a [`CallKit`](crate::CallKit).
///
/// As JSON it is an object whose `event` has the name that users of other kits know, where there is one; the fields stand beside it, and
/// times are in milliseconds.
#[derive(Debug, Clone, PartialEq, Serialize)]
#[serde(tag = "event", rename_all = "kebab-case")]
pub enum CallEvent {
    /// Another user calls (`onInvite`). This device rings only if the app says
    /// [`answer_call(true, …)`](crate::CallKit::answer_call).
    #[serde(rename = "onInvite")]
    Invited(Ring),
    /// The user wants to bring more people into a group call (`onAddPerson`): ask whom, then
    /// [`start_call`](crate::CallKit::start_call) on the same channel.
    #[serde(rename = "onAddPerson")]
    AddPerson {
        /// The call.
        call: CallInfo,
        /// Who is in it, this user too.
        joined: Vec<UserId>,
    },
    /// A user's part in a group call has changed, or begun: they were asked, did not answer, came or went.
    LegChanged {
        /// The call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
    },
    /// The state of the call changed (`onStateChange`).
    #[serde(rename = "onStateChange")]
    StateChanged(StateChange),
    /// It rings at the callee's, on so many devices.
    RingingThere {
        /// The call.
        call: CallId,
        /// How many; 0: the server knows the call, and no device has said that it rings.
        devices: u32,
    },
    /// This device rings: [`CallKit::ring`](crate::CallKit::ring) has it.
    RingStarted(#[serde(serialize_with = "json::only_call")] Ring),
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
    /// The first packet of the other end's sound has come in. A silent microphone sends packets too.
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
    Media(#[serde(serialize_with = "json::as_notice")] MediaNotice),
    /// The RTC token expires soon. One that the kit has fetched is renewed by it; for one of the app's own this asks for
    /// [`renew_token`](crate::CallKit::renew_token).
    TokenWillExpire {
        /// The call.
        call: CallId,
        /// In so much time; in JSON `left_ms`.
        #[serde(rename = "left_ms", serialize_with = "json::milliseconds")]
        left: Duration,
    },
    /// The RTC token has expired; without another one this device is soon taken out of the call.
    TokenExpired {
        /// The call.
        call: CallId,
        /// In so much time; in JSON `left_ms`.
        #[serde(rename = "left_ms", serialize_with = "json::milliseconds")]
        left: Duration,
    },
    /// The server does not take the other RTC token.
    TokenRefused {
        /// The call.
        call: CallId,
        /// Why not.
        refusal: Refusal,
    },
    /// A user's device has another key than this installation knows: a new installation under an old name, or an impostor in between.
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
    /// The device has a key, and the description has no signature.
    #[error("it is not signed")]
    Unsigned,
    /// Another key has signed, or the description was changed on its way.
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
    /// A user's media can be heard or seen now.
    UserPublished {
        /// Who.
        user: UserId,
        /// What.
        media: CallKind,
    },
    /// A user's media are gone.
    UserUnpublished {
        /// Who.
        user: UserId,
        /// What.
        media: CallKind,
    },
    /// A user has left the call. With two users a `Hangup` follows.
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
    /// The other user; in a group call who asked this one, or the first who was asked.
    pub with: UserId,
    /// What to show for them.
    pub with_name: String,
    /// 0 voice, 1 video, 2 group video, 3 group voice.
    pub call_type: CallType,
    /// Voice or video.
    pub kind: CallKind,
    /// Where the invitation belongs.
    pub chat_type: ChatType,
    /// Where its media met.
    pub channel: Option<ChannelName>,
    /// The group or chat room, for a call in one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The group's name, for a group call.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// The invitation's text.
    pub message: String,
    /// Everybody's part in a group call, this user's own too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
    /// How long they talked.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub duration: Duration,
}

impl CallInfo {
    /// Who is in it now.
    pub fn joined(&self) -> Vec<UserId> {
        let joined = self.legs.iter().filter(|leg| leg.state == LegState::Accepted);
        joined.map(|leg| leg.user.clone()).collect()
    }
}

fn milliseconds<S: serde::Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}
