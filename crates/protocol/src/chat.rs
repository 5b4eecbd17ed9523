//! Conversations: messages between two users, in groups and in chat rooms.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::{AttachmentId, AvatarId, CallId, GroupId, MessageId, UserId};

/// The longest text of a message, in bytes.
pub const MAX_TEXT_BYTES: usize = 4 * 1024;
/// The largest `ext` of a message, in bytes of JSON.
pub const MAX_EXT_BYTES: usize = 4 * 1024;
/// The most members of a group or a chat room: a list of them fits a frame.
pub const MAX_MEMBERS: usize = 100;
/// The most messages in one answer.
pub const MAX_PAGE: u32 = 50;
/// How much of a text is shown where another one answers it.
pub const QUOTED_CHARS: usize = 120;
/// For so long after it was written, by the server's clock, a text may be edited or deleted by its author: a day.
pub const CHANGEABLE_MS: u64 = 24 * 60 * 60 * 1000;
/// A user who types says so again after this time; and who has not said so for twice as long types no more.
pub const TYPING_AGAIN_MS: u64 = 4_000;

/// A conversation, as one of its users names it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum Chat {
    /// With another user.
    User {
        /// Whom.
        user: UserId,
    },
    /// In a group, or in a chat room.
    Group {
        /// Which.
        group: GroupId,
    },
}

/// What a message says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MessageBody {
    /// Something to read; at most [`MAX_TEXT_BYTES`].
    Text {
        /// As it was written.
        text: String,
    },
    /// Something for programs: not shown, not counted as unread, not in the history that people read.
    Command {
        /// What it is about; at most 64 characters.
        action: String,
    },
    /// A file; counted and shown as a text is. Who sends it names one that they have sent the content of; what else is said of it is the
    /// server's.
    File {
        /// Which.
        file: Attachment,
    },
    /// Something that its sender did to the group. Written by the server, and not counted as unread.
    Event {
        /// What.
        event: GroupEvent,
    },
    /// There was a text here, which its author has deleted. Not counted as unread.
    Deleted,
}

/// A file in a conversation. What it is called and what it is, is its sender's word.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attachment {
    /// Its name for requests.
    pub id: AttachmentId,
    /// What it is called; at most 120 characters, and no path.
    pub name: String,
    /// What it is said to be, such as `image/png`.
    pub media_type: String,
    /// How large it is.
    pub bytes: u64,
    /// Of a picture, for which there may be a small one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureSides>,
}

/// How large a picture is, in pixels.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct PictureSides {
    /// From left to right.
    pub width: u16,
    /// From top to bottom.
    pub height: u16,
}

/// `POST /v1/attachments`: a file is about to come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NewAttachment {
    /// As in an [`Attachment`].
    pub name: String,
    /// As in an [`Attachment`].
    pub media_type: String,
    /// As in an [`Attachment`].
    pub bytes: u64,
    /// As in an [`Attachment`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub picture: Option<PictureSides>,
}

/// The body of the answer to a part of a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Received {
    /// How many bytes are there, from the first one on.
    pub received: u64,
}

/// What happened to a group, as a line in its conversation.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "snake_case")]
pub enum GroupEvent {
    /// The sender came in.
    Joined,
    /// The sender left.
    Left,
    /// The sender brought these users in.
    Added {
        /// At most [`MAX_MEMBERS`].
        users: Vec<UserId>,
    },
    /// The sender took a member out.
    Removed {
        /// Whom.
        user: UserId,
    },
    /// The sender called the group something else.
    Renamed {
        /// What; at most 64 characters.
        name: String,
    },
    /// The group has another owner: the sender handed it over, or left.
    NewOwner {
        /// Who.
        user: UserId,
    },
}

/// The beginning of a text that another one answers, as it is when it is read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Quote {
    /// The place of the text that is answered.
    pub pos: u64,
    /// Who wrote it.
    pub from: UserId,
    /// Their display name when it was read.
    pub from_name: String,
    /// At most [`QUOTED_CHARS`] characters; empty: it was deleted.
    pub text: String,
}

/// One message, as one of its conversation's users has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Message {
    /// Its name.
    pub id: MessageId,
    /// Its place among all messages of the server: a later message has a higher one.
    pub pos: u64,
    /// Where it belongs.
    pub chat: Chat,
    /// Who wrote it, as the server knows it.
    pub from: UserId,
    /// Their display name when it was read.
    pub from_name: String,
    /// What it says.
    pub body: MessageBody,
    /// More, for programs; at most [`MAX_EXT_BYTES`].
    #[serde(default, skip_serializing_if = "Map::is_empty")]
    pub ext: Map<String, Value>,
    /// The call that it invites to, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub call: Option<CallId>,
    /// When, in milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// The text that it answers, where it does.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub reply_to: Option<Quote>,
    /// When its author changed it last, where they did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub edited_at_ms: Option<u64>,
}

/// How far a message of this user has come in a conversation of two. All that is not after a place has come so far. Both are 0 where the
/// other may not be asked: in groups, and between users of whom one has blocked the other.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Receipts {
    /// Up to which place a device of the other has it.
    pub delivered_up_to: u64,
    /// Up to which place the other has read it; 0 where one of the two does not share that.
    pub read_up_to: u64,
}

/// A conversation in a user's list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Conversation {
    /// Which.
    pub chat: Chat,
    /// The other's, the group's or the room's name.
    pub name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// The latest text, its beginning if it is long, and without its `ext`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub last: Option<Message>,
    /// How many texts of others this user has not read; 1000 stands for more, too.
    pub unread: u32,
    /// Up to which place this user has read, on any device.
    pub read_up_to: u64,
    /// How far this user's own messages have come.
    #[serde(default)]
    pub receipts: Receipts,
    /// Whether this user wants no notifications of it, on any device.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub muted: bool,
}

/// A group, or a chat room.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupKind {
    /// Its admins say who is in it.
    Group,
    /// Any user may enter.
    Room,
}

/// What a member of a group may do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum GroupRole {
    /// Talk, and leave. Every member may add contacts of theirs to calls, not to the group.
    Member,
    /// Also change the name and picture, add and remove members.
    Admin,
    /// Also make admins. There is always one: an owner who leaves hands the group to the first admin, or else to the first member.
    Owner,
}

/// A group or a chat room in a list.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct GroupInfo {
    /// Which.
    pub group: GroupId,
    /// Group or room.
    pub kind: GroupKind,
    /// At most 64 characters.
    pub name: String,
    /// Its picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// How many are in it or asked into it.
    pub members: u32,
    /// What this user may do in it; `None`: not in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub role: Option<GroupRole>,
    /// Who asks this user into it, who is not in it yet.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub invited_by: Option<Inviter>,
}

/// A user who asks another into a group.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Inviter {
    /// Who.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
}

/// A user in a group or a chat room.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Member {
    /// Who.
    pub user: UserId,
    /// What others see.
    pub display_name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub avatar: Option<AvatarId>,
    /// What they may do.
    pub role: GroupRole,
    /// Whether they are only asked into it, and have not agreed.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub invited: bool,
}
