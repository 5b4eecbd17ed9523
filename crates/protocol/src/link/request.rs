//! What a device asks for over its link, and what comes of it.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{
    CallEntry, CallId, Chat, Conversation, DeviceEntry, DeviceId, GivenName, GroupId, GroupInfo, GroupKind, GroupRole,
    Invitation, Leg, MediaSignal, Member, Message, MessageBody, Moderation, Person, Published, Ring, Secret, Uid,
    UserId, WantedPicture,
};

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
    /// Call a user; or, on the channel of a live group call that this device is joined in, bring more people into it. Answered
    /// by [`Done::Calling`], or [`Done::Joined`] after glare.
    Invite(Invitation),
    /// This device rings now.
    Ringing {
        /// Which call.
        call: CallId,
    },
    /// This device's user answers. Answered by [`Done::Joined`], a refusal with what happened instead, or plain [`Done::Done`] when the
    /// ring time is over: then [`Signal::Ended`](super::Signal::Ended) says so.
    Accept {
        /// Which call.
        call: CallId,
        /// An RTC token for the call's channel.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        access_token: Option<Secret>,
        /// As whom this device joins the channel; `None`: by the account's name.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        uid: Option<Uid>,
        /// As in an [`Invitation`].
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        hides_address: bool,
    },
    /// This device's user declines, for all devices.
    Decline {
        /// Which call.
        call: CallId,
    },
    /// The caller takes the invitation back before an answer, or one of the two hangs up after it: the record knows which it is. A call of
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
    /// The media of this call of two, which this device is joined in, are to go through the server from now on: the devices do not reach
    /// each other. Once they do, asking again changes nothing.
    MoveToServer {
        /// Which call.
        call: CallId,
    },
    /// To the other device's media transport.
    Media {
        /// Which call.
        call: CallId,
        /// What.
        signal: MediaSignal,
    },
    /// Connect this device, which is joined in a call whose media go through the server, with its forwarder. Answered by [`Done::MediaAnswer`]; the
    /// same offer again has the same answer, and another one replaces the connection.
    MediaOffer {
        /// Which call.
        call: CallId,
        /// SDP text (RFC 8866) with the device's four sources and then all of [`crate::RECEIVING_SLOTS`].
        sdp: String,
    },
    /// The pictures that this device, which is joined in a call whose media go through the server, wants from now on; no others are sent. The latest counts.
    WantPictures {
        /// Which call.
        call: CallId,
        /// At most one for each slot of pictures.
        pictures: Vec<WantedPicture>,
    },
    /// What this device, which is joined in the call, publishes from now on. The latest counts.
    Publish {
        /// Which call.
        call: CallId,
        /// All that it publishes.
        published: Published,
    },
    /// Raise this user's hand in the group call that this device is joined in, or lower it.
    SetHand {
        /// Which call.
        call: CallId,
        /// Whether it is up from now on.
        raised: bool,
    },
    /// Do this about another participant of the group call that this device is joined in. This user's [`CallRole`](crate::CallRole) has to stand
    /// above theirs.
    Moderate {
        /// Which call.
        call: CallId,
        /// Whom.
        user: UserId,
        /// What.
        what: Moderation,
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
        /// The beginnings of words of a name; empty for all users.
        query: String,
    },
    /// All users who are a contact, has asked or was asked, or is blocked. Answered by [`Done::People`].
    Contacts,
    /// Ask a user to be a contact, or agree to it.
    AddContact {
        /// Whom.
        user: UserId,
    },
    /// No longer a contact, in both directions; or a request refused or taken back.
    RemoveContact {
        /// Whom.
        user: UserId,
    },
    /// Take no calls, messages and requests of a user (`true`), or again (`false`). They are not told.
    SetBlocked {
        /// Whom.
        user: UserId,
        /// Which.
        blocked: bool,
    },
    /// What others see of this user.
    SetDisplayName {
        /// At most 64 characters; empty: the account's name.
        display_name: GivenName,
    },
    /// Whether any of this user's devices ring.
    SetDoNotDisturb {
        /// Which.
        on: bool,
    },
    /// Whether the user is away from this device.
    SetAway {
        /// `true`: away.
        away: bool,
    },

    /// This user's devices. Answered by [`Done::Devices`].
    Devices,
    /// Call a device something else.
    RenameDevice {
        /// One of this user's.
        device: DeviceId,
        /// At most 64 characters.
        name: GivenName,
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
        /// The place of a text of the same conversation that it answers.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reply_to: Option<u64>,
    },
    /// Say something else in a text of this user's own, within [`crate::CHANGEABLE_MS`]. Answered by [`Done::Sent`].
    EditMessage {
        /// Where it is.
        chat: Chat,
        /// Its place.
        pos: u64,
        /// What it says from now on; at most [`crate::MAX_TEXT_BYTES`].
        text: String,
    },
    /// Take a text of this user's own back, within the same time. What was in it is gone from the server, and that there was one is seen.
    DeleteMessage {
        /// Where it is.
        chat: Chat,
        /// Its place.
        pos: u64,
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
    /// This device has all messages of this user's conversations up to a place. A kit says it now and then, not for each.
    MarkDelivered {
        /// The place of the last one.
        up_to: u64,
    },
    /// This user is writing (`true`), or not any more. The others hear of it at once or never; nothing of it is kept.
    SetTyping {
        /// Where.
        chat: Chat,
        /// Which.
        typing: bool,
    },
    /// Whether this user wants no notifications of a conversation, on all devices.
    SetChatMuted {
        /// Which.
        chat: Chat,
        /// `true`: none.
        muted: bool,
    },
    /// Whether others learn what this user has read, and this user what they have.
    SetReadReceipts {
        /// Which.
        on: bool,
    },

    /// Groups and chat rooms that this user is in or asked into, as many as fit a frame. Answered by [`Done::Groups`].
    Groups,
    /// Chat rooms by name, whether this user is in them or not. Answered by [`Done::Groups`].
    SearchRooms {
        /// The beginnings of words of a name; empty for all rooms.
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
        name: GivenName,
        /// Who else is in it from the start. Who is no contact of this user is asked into it.
        members: Vec<UserId>,
    },
    /// Call a group something else; by an admin.
    RenameGroup {
        /// Which.
        group: GroupId,
        /// At most 64 characters.
        name: GivenName,
    },
    /// Bring contacts into a group, and ask others into it; by an admin. Answered by [`Done::Group`].
    AddMembers {
        /// Which.
        group: GroupId,
        /// Whom.
        users: Vec<UserId>,
    },
    /// Take a member out of a group, and of its call, or an invitation back; by an admin, and not the owner.
    RemoveMember {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
    },
    /// Make a member an admin, or a plain member again, or hand the group over; by the owner.
    SetGroupRole {
        /// Which.
        group: GroupId,
        /// Whom.
        user: UserId,
        /// To what.
        role: GroupRole,
    },
    /// Enter a chat room, or a group or chat room that this user is asked into.
    JoinRoom {
        /// Which.
        group: GroupId,
    },
    /// Leave a group or a chat room, and its call; or decline an invitation. The last one to leave deletes it.
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
        /// Every user's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
    },
    /// To `Accept`, and to an `Invite` that crossed the callee's own: this device is in the call now and waits for the
    /// caller's offer.
    Joined {
        /// The call as it rang, or would have.
        ring: Ring,
        /// Every user's part, in a group call.
        #[serde(default, skip_serializing_if = "Vec::is_empty")]
        legs: Vec<Leg>,
    },
    /// To `MediaOffer`.
    MediaAnswer {
        /// SDP text, with the server's candidates.
        sdp: String,
    },
    /// To `SearchUsers` and `Contacts`.
    People {
        /// Those who matched.
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
    /// To `SendMessage` and `EditMessage`.
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
    /// Not a name: see [`GivenName::check`].
    NameRefused,
    /// Larger than is allowed: a text, an `ext`, a group.
    TooLarge,
    /// No more users can be in the call, or be asked into it.
    CallFull,
    /// The channel takes no device without an RTC token.
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
