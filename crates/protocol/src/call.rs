//! Words of a call that travel: what is asked, what rings, how it ended.

use serde::{Deserialize, Serialize};

use crate::{AppId, AvatarId, CallId, ChannelName, DeviceCard, DeviceId, GivenName, GroupId, Secret, Uid, UserId};

/// Voice or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Sound only. The lesser kind: of two crossing calls it is the one that is kept.
    Voice,
    /// Sound and picture.
    Video,
}

/// The kit's `callType`: a number on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(try_from = "u8", into = "u8")]
pub enum CallType {
    /// 0: voice between two users.
    Voice,
    /// 1: video between two users.
    Video,
    /// 2: video in a group.
    GroupVideo,
    /// 3: voice in a group.
    GroupVoice,
}

impl CallType {
    /// Voice or video.
    pub const fn kind(self) -> CallKind {
        match self {
            Self::Voice | Self::GroupVoice => CallKind::Voice,
            Self::Video | Self::GroupVideo => CallKind::Video,
        }
    }

    /// Whether more than two users may take part.
    pub const fn is_group(self) -> bool {
        matches!(self, Self::GroupVideo | Self::GroupVoice)
    }
}

impl From<CallType> for u8 {
    fn from(value: CallType) -> Self {
        match value {
            CallType::Voice => 0,
            CallType::Video => 1,
            CallType::GroupVideo => 2,
            CallType::GroupVoice => 3,
        }
    }
}

impl TryFrom<u8> for CallType {
    type Error = &'static str;

    fn try_from(value: u8) -> Result<Self, Self::Error> {
        Ok(match value {
            0 => Self::Voice,
            1 => Self::Video,
            2 => Self::GroupVideo,
            3 => Self::GroupVoice,
            _ => return Err("a call type is 0, 1, 2 or 3"),
        })
    }
}

/// Which kind of conversation an invitation belongs to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub enum ChatType {
    /// Two users.
    SingleChat,
    /// A group of users.
    GroupChat,
    /// An open room.
    ChatRoom,
}

/// What a caller asks for: the kit's `startCall` options as they travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Voice or video, two users or a group.
    pub call_type: CallType,
    /// Where the invitation's text message belongs.
    pub chat_type: ChatType,
    /// Whom to call; exactly one user unless `call_type` is a group's.
    pub to: Vec<UserId>,
    /// The invitation's text, at most 4 KiB.
    #[serde(default)]
    pub message: String,
    /// Where the media meet.
    pub channel: ChannelName,
    /// An RTC token for the channel.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub access_token: Option<Secret>,
    /// As whom the caller joins the channel; `None`: by the account's name.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// The group or chat room, for a call in one. The caller and everybody who is invited have to be in it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// What the app calls the group; the server knows better where `group_id` is given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<GivenName>,
    /// How long to ring; clamped to 15–90 s. `None`: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_ms: Option<u64>,
}

/// A call that asks this device's user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// The call.
    pub call: CallId,
    /// The application that the channel belongs to.
    pub app: AppId,
    /// Who asks, as the server knows it, never as the message says: whoever began the call, or brings this user into it.
    pub from: UserId,
    /// Their display name, from the server's records.
    pub from_name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_avatar: Option<AvatarId>,
    /// The device that calls; `None` where somebody else brings this user into the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_device: Option<DeviceCard>,
    /// As whom they are in the channel, by their verified token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_uid: Option<Uid>,
    /// Voice or video, two users or a group.
    pub call_type: CallType,
    /// Where the media meet.
    pub channel: ChannelName,
    /// The invitation's text.
    pub message: String,
    /// Where the call belongs.
    #[serde(default = "single_chat")]
    pub chat_type: ChatType,
    /// The group, for a call in one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_id: Option<GroupId>,
    /// The group's name, for a group call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub group_name: Option<String>,
    /// How often this user was asked into this call before: whoever declined, missed or left a group call can be asked again.
    #[serde(default)]
    pub round: u32,
    /// How much of the ring time is left, in milliseconds.
    pub ring_left_ms: u64,
    /// Names of this user's other devices that ring too.
    pub also_on: Vec<String>,
}

const fn single_chat() -> ChatType {
    ChatType::SingleChat
}

/// How far somebody's part in a call has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LegState {
    /// Asked.
    Ringing,
    /// In the call.
    Accepted,
    /// Said no.
    Declined,
    /// Was in another call.
    Busy,
    /// Never answered.
    Missed,
    /// Was in the call.
    Left,
    /// Was taken out: out of the group, or without a good token.
    Removed,
}

/// Somebody's part in a group call; the caller has one too.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// Who.
    pub user: UserId,
    /// Their display name.
    pub name: String,
    /// As whom they are in the channel, once they are.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub uid: Option<Uid>,
    /// The device by which they are in it, while they are: with its key, by which the others can verify it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub device: Option<DeviceCard>,
    /// How far.
    pub state: LegState,
    /// Grows with the call's changes: what is older than what a device knows already tells it nothing.
    #[serde(default)]
    pub version: u64,
}

/// What a device of the same user did with a ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandledHow {
    /// It answered.
    Accepted,
    /// It declined, for all devices of the user.
    Declined,
}

/// A ring that another device of the same user has dealt with.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Handled {
    /// The call.
    pub call: CallId,
    /// What was done.
    pub how: HandledHow,
    /// Which device did it.
    pub device: DeviceId,
    /// That device's name.
    pub device_name: String,
}

/// Why a call ended. One value for all who took part; each device says it in its own user's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum EndReason {
    /// Nobody answered in time.
    NoAnswer,
    /// The caller took the invitation back.
    Cancelled,
    /// The callee declined.
    Declined,
    /// The callee was in another call.
    Busy,
    /// One of the two hung up.
    HungUp,
    /// A device was gone for longer than calls wait.
    ConnectionLost,
    /// The media could not connect.
    MediaFailed,
    /// Taken out of the group that the call belongs to.
    Removed,
    /// The RTC token expired and was not renewed.
    TokenExpired,
}

/// The end of a call.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ended {
    /// The call.
    pub call: CallId,
    /// Why.
    pub reason: EndReason,
    /// Whose doing it was, where somebody's.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
}
