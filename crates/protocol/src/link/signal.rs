//! What the server tells a device over its link.

use serde::{Deserialize, Serialize};

use crate::{
    Account, CallEntry, CallId, CallKind, CallPath, Chat, DeviceCard, Ended, GroupId, GroupInfo, Handled, Leg,
    MediaSignal, MediaSlot, Message, OtherEnd, Person, Presence, Published, Receipts, Ring, Uid, UserId, Wants,
};

/// What the server tells a device.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Signal {
    /// Another user calls this one.
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
        kind: CallKind,
        /// On which device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceCard>,
        /// As whom they are in the channel, by their verified token.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<Uid>,
        /// Which way its media go.
        #[serde(default, skip_serializing_if = "CallPath::is_direct")]
        path: CallPath,
    },
    /// To both joined devices of a call of two: its media go another way from now on. They move to the server once at most, and never back.
    PathChanged {
        /// Which call.
        call: CallId,
        /// Which way.
        path: CallPath,
    },
    /// To every device that is joined in a group call: a user's part in it has changed, or begun.
    LegChanged {
        /// Which call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
    },
    /// To the other joined device of a call of two: what its other end publishes now. In a group call
    /// [`LegChanged`](Self::LegChanged) says it.
    PublishedChanged {
        /// Which call.
        call: CallId,
        /// The user at the other end.
        user: UserId,
        /// All that their device publishes.
        published: Published,
        /// As in a [`Leg`]: one that is lower than what a device knows already tells it nothing.
        version: u64,
    },
    /// To a joined device: its RTC token expires soon.
    TokenWillExpire {
        /// Which call.
        call: CallId,
        /// In so many milliseconds.
        left_ms: u64,
    },
    /// To a joined device: its RTC token has expired; without a new one it is soon taken out of the call.
    TokenExpired {
        /// Which call.
        call: CallId,
        /// Taken out in so many milliseconds.
        left_ms: u64,
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
    /// To a joined device of a call whose media go through the server: what is in its receiving slots from now on, and what is wanted of its
    /// own pictures. The latest counts; what is not named is empty.
    MediaSlots {
        /// Which call.
        call: CallId,
        /// Each slot once at most.
        slots: Vec<MediaSlot>,
        /// The most that any of the others wants to see.
        #[serde(default, skip_serializing_if = "Wants::is_everything")]
        wants: Wants,
    },
    /// An entry of the call log is new, on all devices of the user.
    CallLogged(CallEntry),
    /// Missed calls were seen, on some device of the user.
    CallsSeen {
        /// How many still wait to be seen.
        missed: u32,
    },
    /// This user's own account was changed, on some device.
    AccountChanged(Account),
    /// This user's devices have changed: ask again.
    DevicesChanged,
    /// A contact, a request for one, or what a contact shows of themself has changed.
    PersonChanged(Person),
    /// A message in one of this user's conversations; also their own, on all devices.
    Message(Message),
    /// A conversation was read, on some device of the user.
    Read {
        /// Which.
        chat: Chat,
        /// Up to which place.
        up_to: u64,
        /// How many texts are unread.
        unread: u32,
    },
    /// A text in one of this user's conversations was edited or deleted: this is how it is now.
    MessageChanged(Message),
    /// This user's own messages have come further in a conversation of two.
    ReceiptsChanged {
        /// Which.
        chat: Chat,
        /// How far.
        receipts: Receipts,
    },
    /// This user has muted a conversation on some device, or wants its notifications again.
    ChatMuted {
        /// Which.
        chat: Chat,
        /// Which of the two.
        muted: bool,
    },
    /// A group or chat room of this user is new or has changed, its members perhaps too; or this user is asked into one.
    GroupChanged(GroupInfo),
    /// This user is not in a group or chat room any more, or not asked into it.
    GroupLeft {
        /// Which.
        group: GroupId,
    },
    /// Another user came, went, or began or ended a call: one whose presence an answer has shown this device, in this session.
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
    /// The place of the latest message of this user's conversations; 0: none.
    #[serde(default)]
    pub latest_message: u64,
    /// How many missed calls wait to be seen.
    #[serde(default)]
    pub missed_calls: u32,
}

/// A live call as one device of one of its users sees it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum SnapshotCall {
    /// It asks this user.
    Ringing(Ring),
    /// This device calls, and no callee has answered.
    Inviting {
        /// Which call.
        call: CallId,
        /// How much of the ring time is left, in milliseconds.
        ring_left_ms: u64,
        /// Every user's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
    },
    /// This device is in it.
    Joined {
        /// Which call.
        call: CallId,
        /// Whom it talks to, in a call of two.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        with: Option<OtherEnd>,
        /// Every user's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
        /// Which way its media go.
        #[serde(default, skip_serializing_if = "CallPath::is_direct")]
        path: CallPath,
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
            Self::Inviting { call, .. } | Self::Joined { call, .. } | Self::Elsewhere { call } => *call,
        }
    }
}

impl Signal {
    /// The same signal as it is true so much later: what is left of a ring time has become less. What keeps signals (an outbox,
    /// a device that waits) says this of them when they go on.
    #[must_use]
    pub fn aged(self, waited_ms: u64) -> Self {
        let Self::Ring(ring) = self else { return self };
        let ring_left_ms = ring.ring_left_ms.saturating_sub(waited_ms);
        Self::Ring(Ring { ring_left_ms, ..ring })
    }
}
