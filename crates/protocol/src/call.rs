//! Words of a call that travel: what is asked, what rings, how it ended.

use serde::{Deserialize, Serialize};

use crate::{
    AppId, AvatarId, CallId, CallRole, CallScope, ChannelName, DeviceCard, DeviceId, MutedBy, Published, RefusalCode,
    Secret, Uid, UserId,
};

/// The most users who can be in a group call at once, those who are asked among them. A server may allow fewer: [`Greeting::call_size`](crate::Greeting::call_size).
pub const MAX_LEGS: usize = 100;

/// The most users who ever have a part in one call: a list of them fits [`MAX_TOLD_BYTES`](crate::MAX_TOLD_BYTES), and each has two pictures with a
/// number of one byte.
pub const MAX_LEGS_EVER: usize = 125;

/// Voice or video.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallKind {
    /// Sound only. The lesser kind: of two crossing calls it is the one that is kept.
    Voice,
    /// Sound and picture.
    Video,
}

/// Which way a call's media go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum CallPath {
    /// From device to device.
    #[default]
    Direct,
    /// Through the server, which forwards them: always in a group call, and in a call of two where one hides its address, or where the two
    /// do not reach each other.
    Server,
}

impl CallPath {
    /// Whether they go from device to device.
    pub fn is_direct(&self) -> bool {
        *self == Self::Direct
    }
}

/// What a caller asks for: the kit's `startCall` options as they travel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Invitation {
    /// Voice or video, two users or a group. In a call in a group or chat room, the caller and everyone who is invited have to be in it.
    #[serde(flatten)]
    pub scope: CallScope,
    /// Whom to call; exactly one user unless it is a group call.
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
    /// How long to ring; clamped to 15–90 s. `None`: 30 s.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub ring_ms: Option<u64>,
    /// The media of a call of two go through the server from the beginning, so that the other device does not learn this one's address.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub hides_address: bool,
}

/// A call that asks this device's user.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ring {
    /// The call.
    pub call: CallId,
    /// The application that the channel belongs to.
    pub app: AppId,
    /// Who asks, as the server knows it, never as the message says: the user who began the call, or who brings this user into it.
    pub from: UserId,
    /// Their display name, from the server's records.
    pub from_name: String,
    /// Their picture.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_avatar: Option<AvatarId>,
    /// The device that calls; `None` where another user brings this one into the call.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_device: Option<DeviceCard>,
    /// As whom they are in the channel, by their verified token.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub from_uid: Option<Uid>,
    /// Voice or video, two users or a group.
    #[serde(flatten)]
    pub scope: CallScope,
    /// Where the media meet.
    pub channel: ChannelName,
    /// The invitation's text.
    pub message: String,
    /// How often this user was asked into this call before: users who declined, missed or left a group call can be asked again.
    #[serde(default)]
    pub round: u32,
    /// How much of the ring time is left, in milliseconds.
    pub ring_left_ms: u64,
    /// Names of this user's other devices that ring too.
    pub also_on: Vec<String>,
    /// Which way its media go.
    #[serde(default, skip_serializing_if = "CallPath::is_direct")]
    pub path: CallPath,
}

/// How far a user's part in a call has come.
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
    /// Was taken out: by a moderator, out of the group, or without a good token.
    Removed,
}

impl LegState {
    /// Whether this user counts against [`MAX_LEGS`]: who has declined, missed it or left takes no room.
    pub const fn takes_room(self) -> bool {
        matches!(self, Self::Ringing | Self::Accepted)
    }
}

/// A user's part in a group call; the caller has one too.
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
    /// What that device publishes.
    #[serde(default, skip_serializing_if = "Published::is_nothing")]
    pub published: Published,
    /// What they may do about the others.
    #[serde(default, skip_serializing_if = "CallRole::is_participant")]
    pub role: CallRole,
    /// Whether the server does not reach that device: its link, or the path of its media, is lost and may still come back.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub reconnecting: bool,
    /// Since which version of the call their hand is up: the lowest of all was first.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub hand: Option<u64>,
    /// The last time that a moderator has muted them.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub muted: Option<MutedBy>,
    /// Grows with the call's changes: what is older than what a device knows already tells it nothing.
    #[serde(default)]
    pub version: u64,
}

impl Leg {
    /// One of which nothing more is known.
    pub fn new(user: UserId, name: impl Into<String>, state: LegState) -> Self {
        Self {
            user,
            name: name.into(),
            uid: None,
            device: None,
            state,
            published: Published::default(),
            role: CallRole::default(),
            reconnecting: false,
            hand: None,
            muted: None,
            version: 0,
        }
    }
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
    /// The callee did not answer in time.
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
    /// Taken out of the call by a moderator, or of the group that it belongs to.
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
    /// Which user ended it, where a user did.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub by: Option<UserId>,
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
    Removed {
        /// The moderator who took them out of the call; `None`: they are out of the group.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        by: Option<UserId>,
    },
    /// The RTC token expired and was not renewed.
    TokenExpired,
    /// The server would not begin it.
    Refused {
        /// Why not.
        code: RefusalCode,
    },
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{MAX_TOLD_BYTES, MicrophoneState, PublishedSize, WantedLayers, Wants};

    #[test]
    fn the_longest_list_of_legs_fits_a_frame_of_the_server() {
        let user = UserId::new("u".repeat(64)).unwrap();
        let key = Some("A".repeat(43).parse().unwrap());
        let device = DeviceCard { device: "018f3e7a-0000-7000-8000-000000000001".parse().unwrap(), key };
        let size = PublishedSize::new(7680, 7680);
        let (microphone, wants) = (
            MicrophoneState::Muted,
            Wants { camera_rows: Some(7680), screen_rows: Some(7680), camera_layers: Some(WantedLayers::default()) },
        );
        let published = Published { microphone, camera: size, screen: size, screen_sound: true, wants };
        let leg = Leg {
            uid: Some(Uid::from(user.clone())),
            device: Some(device),
            published,
            role: CallRole::Participant,
            reconnecting: true,
            hand: Some(u64::MAX),
            muted: Some(MutedBy { user: user.clone(), version: u64::MAX }),
            version: u64::MAX,
            // Four bytes each in UTF-8, and no name has more of them.
            ..Leg::new(user, "\u{1f514}".repeat(64), LegState::Accepted)
        };

        let bytes = serde_json::to_string(&vec![leg; MAX_LEGS_EVER]).unwrap().len();

        assert!(bytes < MAX_TOLD_BYTES - 1_024, "{bytes}");
    }
}
