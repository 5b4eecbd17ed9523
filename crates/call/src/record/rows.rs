//! A call as the server keeps it, and what may be asked of it.

use carillon_protocol::{
    AppId, CallId, CallType, ChannelName, DeviceId, Done, EndReason, Invitation, MediaSignal, Signal, UserId,
};

/// One call: its row and one leg per invited user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The call.
    pub call: CallRow,
    /// Who was invited.
    pub legs: Vec<LegRow>,
}

/// One call. All times are the server's, in milliseconds since the Unix epoch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CallRow {
    /// Minted by the server.
    pub id: CallId,
    /// The application that the channel belongs to.
    pub app: AppId,
    /// Where the media meet.
    pub channel: ChannelName,
    /// Voice or video, two users or a group.
    pub call_type: CallType,
    /// The invitation's text.
    pub message: String,
    /// Who calls.
    pub caller: UserId,
    /// On which device.
    pub caller_device: DeviceId,
    /// How far it has come.
    pub state: CallState,
    /// When the invite committed.
    pub created_at_ms: u64,
    /// When it stops ringing.
    pub ring_until_ms: u64,
    /// When somebody answered.
    pub answered_at_ms: Option<u64>,
    /// When it ended.
    pub ended_at_ms: Option<u64>,
    /// The caller's media signals from before the answer, in order; bounded.
    pub held: Vec<MediaSignal>,
    /// Counts commits.
    pub version: u64,
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// Nobody has answered.
    Ringing,
    /// Somebody has.
    Active,
    /// It is over. Final.
    Ended {
        /// Why.
        reason: EndReason,
        /// Whose doing it was.
        by: Option<UserId>,
    },
}

/// One invited user's part in a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegRow {
    /// Who.
    pub user: UserId,
    /// How far this user has come.
    pub state: LegState,
    /// The device that answered or declined.
    pub device: Option<DeviceId>,
    /// The devices that said that they ring.
    pub ringing: Vec<DeviceId>,
}

/// How far an invited user has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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
}

/// Who asks: from the link.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// The user's display name.
    pub user_name: String,
    /// The device.
    pub device: DeviceId,
    /// The device's name.
    pub device_name: String,
}

/// What is asked of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Asked {
    /// Begin a call.
    Invite {
        /// The id it gets if it begins.
        id: CallId,
        /// What the caller wants.
        invitation: Invitation,
    },
    /// The actor's device rings.
    Ringing,
    /// The actor answers.
    Accept,
    /// The actor declines.
    Decline,
    /// The actor cancels or hangs up.
    HangUp,
    /// The actor's media are lost.
    MediaLost {
        /// Whether they had ever connected.
        was_connected: bool,
    },
    /// The actor's transport speaks to the other.
    Media(MediaSignal),
    /// The actor's device has had no link for longer than calls wait.
    DeviceGone,
    /// The server's clock has passed the call's deadline.
    Expire,
}

/// What the record must know beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Before {
    /// The call that is asked about. For an invite: the caller's live call (ringing or active, in either role), if any.
    pub call: Option<Rows>,
    /// For an invite: the callee's live call, if any.
    pub callee_call: Option<Rows>,
    /// For an invite: whether the invited user exists.
    pub callee_exists: bool,
    /// For an invite: the live call that has the channel, if any.
    pub channel_call: Option<CallId>,
    /// For an invite: names of the callee's devices that have a link, with their ids.
    pub callee_devices: Vec<(DeviceId, String)>,
    /// The caller's display name, for `Joined` answers.
    pub caller_name: String,
}

/// What is to be committed, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The new rows; `None` if nothing changes.
    pub rows: Option<Rows>,
    /// What to tell whom, in order.
    pub signals: Vec<(Recipient, Signal)>,
    /// What to answer the actor.
    pub done: Done,
}

/// Who is told.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Recipient {
    /// One device.
    Device(DeviceId),
    /// All devices of a user.
    User(UserId),
    /// All devices of a user but one.
    OtherDevices(UserId, DeviceId),
}
