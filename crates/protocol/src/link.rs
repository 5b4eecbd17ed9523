//! One message on the link between a device and the server.
//!
//! A link is FIFO. What the server tells carries a `seq` and is repeated after a reconnect until acknowledged; what a device
//! asks carries an `op_id` and is repeated until answered. Both ends may therefore hear things twice, and say so by ignoring
//! the second time.

use serde::{Deserialize, Serialize};

use crate::{
    CallEntry, CallId, Ended, Greeting, Handled, Invitation, MediaSignal, OpId, Person, Presence, Ring, SessionId,
    UserId,
};

/// From a device to the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ClientFrame {
    /// The first frame on every link: go on with a session, or begin one.
    Hello {
        /// The session to go on with, and the last `seq` that this device has processed.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        resume: Option<(SessionId, u64)>,
    },
    /// Please do.
    Request {
        /// The same until answered.
        op_id: OpId,
        /// What.
        body: Request,
    },
    /// Everything up to `seq` is processed.
    Ack {
        /// The last processed one.
        seq: u64,
    },
}

/// From the server to a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "t", rename_all = "snake_case")]
pub enum ServerFrame {
    /// Goes on where the device left off: signals after its `seq` follow.
    Resumed {
        /// The same session.
        session: SessionId,
        /// Who this link belongs to.
        greeting: Greeting,
    },
    /// A new session: forget what was, this is how things are. `seq` starts after `snapshot.seq`.
    Reset {
        /// The new session.
        session: SessionId,
        /// Who this link belongs to.
        greeting: Greeting,
        /// How things are. Nothing rings before it is processed.
        snapshot: Snapshot,
    },
    /// Something happened.
    Signal {
        /// One more than the one before.
        seq: u64,
        /// What.
        body: Signal,
    },
    /// The reply to a request.
    Answer {
        /// Which request.
        op_id: OpId,
        /// What came of it.
        result: Answer,
    },
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Done.
    Ok(Done),
    /// Not done, and nothing has changed.
    Refused(Refusal),
}

/// What a device may ask for over its link.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Request {
    /// Call somebody. Answered by [`Done::Calling`], or [`Done::Joined`] after glare.
    Invite(Invitation),
    /// This device rings now.
    Ringing {
        /// Which call.
        call: CallId,
    },
    /// This device's user answers. Answered by [`Done::Joined`], a refusal with what happened instead, or plain [`Done::Done`] when the
    /// ring time is over: then [`Signal::Ended`] says so.
    Accept {
        /// Which call.
        call: CallId,
        /// An RTC token of the app's own, if it brings one.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access_token: Option<String>,
    },
    /// This device's user declines, for all devices.
    Decline {
        /// Which call.
        call: CallId,
    },
    /// The caller takes the invitation back before an answer, or somebody hangs up after it: the record knows which it is.
    HangUp {
        /// Which call.
        call: CallId,
    },
    /// The media of this device could not connect, or were lost for too long.
    MediaLost {
        /// Which call.
        call: CallId,
        /// Whether they had ever connected.
        was_connected: bool,
    },
    /// To the other device's media transport.
    Media {
        /// Which call.
        call: CallId,
        /// What.
        signal: MediaSignal,
    },
    /// Find people by name. Answered by [`Done::People`].
    SearchUsers {
        /// Part of a name; empty for everybody.
        query: String,
    },
    /// This user's latest calls. Answered by [`Done::Calls`].
    RecentCalls {
        /// At most so many, newest first; the server has a limit of its own.
        limit: u32,
    },
}

/// The good answer to a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Done {
    /// Nothing more to say.
    Done,
    /// To `Invite`: it rings.
    Calling {
        /// The server's name for the call.
        call: CallId,
        /// How long it will ring, in milliseconds.
        ring_left_ms: u64,
    },
    /// To `Accept`, and to an `Invite` that crossed the callee's own: this device is in the call now and waits for the
    /// caller's offer.
    Joined {
        /// The call as it rang, or would have.
        ring: Ring,
    },
    /// To `SearchUsers`.
    People {
        /// Whoever matched.
        people: Vec<Person>,
    },
    /// To `RecentCalls`.
    Calls {
        /// Newest first.
        calls: Vec<CallEntry>,
    },
}

/// Why a request was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RefusalCode {
    /// The request makes no sense as it is.
    Invalid,
    /// No such user.
    UnknownUser,
    /// A user cannot call themself.
    SelfCall,
    /// No such call, or none of this user's.
    UnknownCall,
    /// Another device of this user has dealt with it.
    AlreadyHandled,
    /// The call is over.
    CallEnded,
    /// This user is in another call.
    InAnotherCall,
    /// The channel belongs to another live call.
    ChannelInUse,
    /// Not in this state of the call, or not by this role.
    NotAllowed,
    /// Too much at once; try again later.
    RateLimited,
    /// The server failed; trying again may help.
    Internal,
}

/// A refused request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, thiserror::Error)]
#[error("{code:?}: {detail}")]
pub struct Refusal {
    /// For programs, and for texts in the user's language.
    pub code: RefusalCode,
    /// For logs, in English.
    pub detail: String,
}

/// What the server tells a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Somebody calls this user.
    Ring(Ring),
    /// To the caller's device: so many devices of the callee ring now.
    RingingOn {
        /// Which call.
        call: CallId,
        /// How many.
        devices: u32,
    },
    /// To the caller's device: answered. Its media may flow.
    Accepted {
        /// Which call.
        call: CallId,
        /// Who answered.
        user: UserId,
        /// Voice or video, after glare the lesser of the two.
        kind: crate::CallKind,
    },
    /// To the user's other devices.
    Handled(Handled),
    /// To every device that knew of it.
    Ended(Ended),
    /// From the other device's media transport.
    Media {
        /// Which call.
        call: CallId,
        /// What.
        signal: MediaSignal,
    },
    /// An entry of the call log is new, on all devices of the user.
    CallLogged(CallEntry),
    /// Somebody came, went, or began or ended a call: somebody whom a search has shown this device, in this session.
    PresenceChanged {
        /// Who.
        user: UserId,
        /// How they can be reached now.
        presence: Presence,
    },
    /// A signal of a later version: ignored, and logged.
    #[serde(other)]
    Unknown,
}

/// How things are for one device, at one moment.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Snapshot {
    /// Signals with a `seq` up to this one are already in here.
    pub seq: u64,
    /// The live call of this user, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<SnapshotCall>,
}

/// A live call as one device of one of its users sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SnapshotCall {
    /// It asks this user.
    Ringing(Ring),
    /// This device calls, and nobody has answered.
    Inviting {
        /// Which call.
        call: CallId,
        /// How much of the ring time is left, in milliseconds.
        ring_left_ms: u64,
    },
    /// This device is in it.
    Joined {
        /// Which call.
        call: CallId,
    },
    /// Another device of this user is in it, or calls.
    Elsewhere {
        /// Which call.
        call: CallId,
    },
}

impl SnapshotCall {
    /// Which call.
    pub fn call(&self) -> CallId {
        match self {
            Self::Ringing(ring) => ring.call,
            Self::Inviting { call, .. } | Self::Joined { call } | Self::Elsewhere { call } => *call,
        }
    }
}

impl Signal {
    /// The same signal as it is true so much later: what is left of a ring time has become less. Whoever keeps signals (an outbox,
    /// a device that waits) says this of them when they go on.
    #[must_use]
    pub fn aged(self, waited_ms: u64) -> Self {
        match self {
            Self::Ring(ring) => {
                let ring_left_ms = ring.ring_left_ms.saturating_sub(waited_ms);
                Self::Ring(Ring { ring_left_ms, ..ring })
            }
            other => other,
        }
    }
}
