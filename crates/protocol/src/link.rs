//! One message on the link between a device and the server.
//!
//! A link is FIFO. What the server tells carries a `seq` and is repeated after a reconnect until acknowledged; what a device
//! asks carries an `op_id` and is repeated until answered. Both ends may therefore hear things twice, and say so by ignoring
//! the second time.

use serde::{Deserialize, Serialize};

use serde_json::{Map, Value};

use crate::{
    Account, AppId, CallEntry, CallId, CallKind, Chat, Conversation, DeviceCard, DeviceEntry, DeviceId, Ended, GroupId,
    GroupInfo, GroupKind, GroupRole, Handled, Invitation, Leg, MediaSignal, Member, Message, MessageBody, Nonce, OpId,
    OtherEnd, Person, Presence, Ring, Secret, SessionId, Signature, Uid, UserId,
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
        /// The device's signature of [`crate::identity::link_text`]; needed from a device that has a key.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        proof: Option<Signature>,
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
    /// The first frame on every link: what the device signs to show that it is the device.
    Challenge {
        /// Used once.
        nonce: Nonce,
    },
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

/// The text of a [`ServerFrame::Signal`] whose body is written down already.
pub fn signal_frame(seq: u64, body: &str) -> String {
    format!(r#"{{"t":"signal","seq":{seq},"body":{body}}}"#)
}

/// The server's first words of a session.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Greeting {
    /// Who this link belongs to, as the server knows it.
    pub account: Account,
    /// This installation.
    pub device: DeviceId,
    /// The application that calls belong to.
    pub app: AppId,
    /// `host:port` of the server's STUN service, for gathering.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub stun: Option<String>,
}

/// What came of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
#[allow(clippy::large_enum_variant, reason = "an answer is on its way at once; few are kept, and most are good")]
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
    /// Call somebody; or, on the channel of a live group call that this device is joined in, bring more people into it. Answered
    /// by [`Done::Calling`], or [`Done::Joined`] after glare.
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
        /// An RTC token for the call's channel.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access_token: Option<Secret>,
        /// As whom this device joins the channel; `None`: by the account's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<Uid>,
    },
    /// This device's user declines, for all devices.
    Decline {
        /// Which call.
        call: CallId,
    },
    /// The caller takes the invitation back before an answer, or somebody hangs up after it: the record knows which it is. A call of
    /// two is over for both then; in a group call only who asks leaves it.
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
    /// Another RTC token for the call that this device is joined in, before the last one expires.
    RenewToken {
        /// Which call.
        call: CallId,
        /// For the same channel and the same uid.
        access_token: Secret,
    },

    /// Find people by name. Answered by [`Done::People`].
    SearchUsers {
        /// Part of a name; empty for everybody.
        query: String,
    },
    /// Everybody who is a contact, has asked or was asked, or is blocked. Answered by [`Done::People`].
    Contacts,
    /// Ask somebody to be a contact, or agree to it.
    AddContact {
        /// Whom.
        user: UserId,
    },
    /// No longer a contact, in both directions; or a request refused or taken back.
    RemoveContact {
        /// Whom.
        user: UserId,
    },
    /// Take no calls, messages and requests of somebody (`true`), or again (`false`). They are not told.
    SetBlocked {
        /// Whom.
        user: UserId,
        /// Which.
        blocked: bool,
    },
    /// What others see of this user.
    SetDisplayName {
        /// At most 64 characters; empty: the account's name.
        display_name: String,
    },
    /// Whether any of this user's devices ring.
    SetDoNotDisturb {
        /// Which.
        on: bool,
    },
    /// Whether somebody is at this device.
    SetAway {
        /// `true`: nobody is.
        away: bool,
    },

    /// This user's devices. Answered by [`Done::Devices`].
    Devices,
    /// Call a device something else.
    RenameDevice {
        /// One of this user's.
        device: DeviceId,
        /// At most 64 characters.
        name: String,
    },
    /// Sign a device out, here or elsewhere. Its link and its part in calls close at once.
    RevokeDevice {
        /// One of this user's.
        device: DeviceId,
    },
    /// Whether calls ring on a device.
    SetRingHere {
        /// One of this user's.
        device: DeviceId,
        /// Which.
        ring: bool,
    },

    /// Write a message. Answered by [`Done::Sent`].
    SendMessage {
        /// To whom.
        chat: Chat,
        /// What it says.
        body: MessageBody,
        /// More, for programs; at most [`crate::MAX_EXT_BYTES`].
        #[serde(default, skip_serializing_if = "Map::is_empty")]
        ext: Map<String, Value>,
    },
    /// The texts of a conversation, newest first. Answered by [`Done::Messages`].
    History {
        /// Which.
        chat: Chat,
        /// Only those before this place; `None`: from the newest.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        before: Option<u64>,
        /// At most so many; the server has a limit of its own.
        limit: u32,
    },
    /// All messages of this user's conversations, commands too, after a place, oldest first: what was missed. Answered by
    /// [`Done::Messages`].
    MessagesAfter {
        /// The last place that this device knows.
        after: u64,
        /// At most so many; the server has a limit of its own.
        limit: u32,
    },
    /// This user's conversations, the latest first, as many as fit a frame. Answered by [`Done::Conversations`].
    Conversations,
    /// Those that follow a conversation in that list; none after the last. Answered by [`Done::Conversations`].
    ConversationsAfter {
        /// The last one that is known.
        chat: Chat,
    },
    /// This user has read a conversation up to a place.
    MarkRead {
        /// Which.
        chat: Chat,
        /// The place of the last text that was read.
        up_to: u64,
    },

    /// Groups and chat rooms that this user is in, as many as fit a frame. Answered by [`Done::Groups`].
    Groups,
    /// Chat rooms by name, whether this user is in them or not. Answered by [`Done::Groups`].
    SearchRooms {
        /// Part of a name; empty for all.
        query: String,
    },
    /// Who is in a group or a chat room that this user is in. Answered by [`Done::Group`].
    Group {
        /// Which.
        group: GroupId,
    },
    /// Make a group or a chat room; this user is its owner. Answered by [`Done::Group`].
    CreateGroup {
        /// Which of the two.
        kind: GroupKind,
        /// At most 64 characters.
        name: String,
        /// Who else is in it from the start; people who have blocked this user are left out.
        members: Vec<UserId>,
    },
    /// Call a group something else; by an admin.
    RenameGroup {
        /// Which.
        group: GroupId,
        /// At most 64 characters.
        name: String,
    },
    /// Bring people into a group; by an admin. Answered by [`Done::Group`].
    AddMembers {
        /// Which.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Take somebody out of a group, and of its call; by an admin, and not the owner.
    RemoveMember {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
    },
    /// Make somebody an admin, or a plain member again, or hand the group over; by the owner.
    SetGroupRole {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
        /// To what.
        role: GroupRole,
    },
    /// Enter a chat room.
    JoinRoom {
        /// Which.
        group: GroupId,
    },
    /// Leave a group or a chat room, and its call. The last one to leave deletes it.
    LeaveGroup {
        /// Which.
        group: GroupId,
    },

    /// This user's latest calls. Answered by [`Done::Calls`].
    RecentCalls {
        /// At most so many, newest first; the server has a limit of its own.
        limit: u32,
    },
    /// This user has seen their missed calls, on all devices.
    MarkCallsSeen {
        /// The newest one that was seen; those before it too.
        up_to: CallId,
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
        /// Everybody's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
    },
    /// To `Accept`, and to an `Invite` that crossed the callee's own: this device is in the call now and waits for the
    /// caller's offer.
    Joined {
        /// The call as it rang, or would have.
        ring: Ring,
        /// Everybody's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
    },
    /// To `SearchUsers` and `Contacts`.
    People {
        /// Whoever matched.
        people: Vec<Person>,
    },
    /// To `RecentCalls`.
    Calls {
        /// Newest first.
        calls: Vec<CallEntry>,
    },
    /// To `Devices`.
    Devices {
        /// This one first.
        devices: Vec<DeviceEntry>,
    },
    /// To `SendMessage`.
    Sent {
        /// As the server has it.
        message: Message,
    },
    /// To `History` and `MessagesAfter`.
    Messages {
        /// In the order that was asked for.
        messages: Vec<Message>,
        /// Whether there are more that way.
        more: bool,
    },
    /// To `Conversations`.
    Conversations {
        /// The latest first.
        conversations: Vec<Conversation>,
    },
    /// To `Groups` and `SearchRooms`.
    Groups {
        /// By name.
        groups: Vec<GroupInfo>,
    },
    /// To `Group`, `CreateGroup` and `AddMembers`.
    Group {
        /// The group.
        group: GroupInfo,
        /// Who is in it: the owner, the admins, then the others, each by name.
        members: Vec<Member>,
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
    /// No such group, room, device or conversation, or none of this user's.
    NotFound,
    /// The other wants nothing of this user.
    Blocked,
    /// Larger than is allowed: a text, an `ext`, a group.
    TooLarge,
    /// The channel takes nobody without an RTC token.
    TokenMissing,
    /// The RTC token is not one, or is another application's, channel's or user's.
    TokenInvalid,
    /// The RTC token has expired, or is not good yet.
    TokenExpired,
    /// The RTC token does not allow this.
    TokenDenied,
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
        kind: CallKind,
        /// On which device.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        device: Option<DeviceCard>,
    },
    /// To every device that is joined in a group call: somebody's part in it has changed, or begun.
    LegChanged {
        /// Which call.
        call: CallId,
        /// Whose, and how it is now.
        leg: Leg,
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
    /// A group or chat room of this user is new or has changed, its members perhaps too.
    GroupChanged(GroupInfo),
    /// This user is not in a group or chat room any more.
    GroupLeft {
        /// Which.
        group: GroupId,
    },
    /// Somebody came, went, or began or ended a call: somebody whose presence an answer has shown this device, in this session.
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
    /// This device calls, and nobody has answered.
    Inviting {
        /// Which call.
        call: CallId,
        /// How much of the ring time is left, in milliseconds.
        ring_left_ms: u64,
        /// Everybody's part, in a group call.
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
        /// Everybody's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signal_that_is_written_down_makes_the_same_frame() {
        let body = Signal::CallsSeen { missed: 3 };

        let text = signal_frame(7, &serde_json::to_string(&body).unwrap());

        assert_eq!(text, serde_json::to_string(&ServerFrame::Signal { seq: 7, body }).unwrap());
    }
}
