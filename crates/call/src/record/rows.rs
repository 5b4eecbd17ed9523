//! A call as the server keeps it, and what may be asked of it.

use carillon_protocol::{
    AppId, CallId, CallType, ChannelName, ChatType, DeviceId, Done, EndReason, Invitation, MediaSignal, Ring, Signal, UserId,
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

/// Who asks: from the link. [`Asked::Expire`] comes from nobody: its actor is not looked at.
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
        /// The application that its channel belongs to.
        app: AppId,
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
    /// The server's clock has passed the call's deadline. Nothing changes if it has not.
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
    /// For an invite: the callee's devices that have a session (a link now, or lately enough to resume), with their names. The
    /// others hear of a live call in their snapshot.
    pub callee_devices: Vec<(DeviceId, String)>,
    /// The display name of the call's caller (`call`'s, not the invite's), for `Joined` answers.
    pub caller_name: String,
}

/// What is to be committed, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The new rows, one version up (a new call begins at version 1); `None` if nothing changes.
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

impl Rows {
    /// Whether the call keeps its users busy: not over, and not past its ring time either (a sweeper ends it soon).
    pub fn is_live(&self, server_now_ms: u64) -> bool {
        match self.call.state {
            CallState::Ringing => server_now_ms < self.call.ring_until_ms,
            CallState::Active => true,
            CallState::Ended { .. } => false,
        }
    }

    /// What a user is in this call, if anything.
    pub(super) fn role(&self, user: &UserId) -> Option<Role> {
        if self.call.caller == *user {
            return Some(Role::Caller);
        }
        self.legs.iter().position(|leg| leg.user == *user).map(Role::Callee)
    }

    /// The one device that answered, in a call of two users.
    pub(super) fn answered_on(&self) -> Option<DeviceId> {
        self.legs.iter().find(|leg| leg.state == LegState::Accepted).and_then(|leg| leg.device)
    }

    /// How long it still rings.
    pub(super) fn ring_left_ms(&self, server_now_ms: u64) -> u64 {
        self.call.ring_until_ms.saturating_sub(server_now_ms)
    }

    /// The call as it rings on one device.
    pub(super) fn ring(&self, caller_name: &str, also_on: Vec<String>, server_now_ms: u64) -> Ring {
        let call = &self.call;
        Ring {
            call: call.id,
            app: call.app.clone(),
            from: call.caller.clone(),
            from_name: caller_name.to_owned(),
            from_avatar: None,
            from_device: None,
            call_type: call.call_type,
            channel: call.channel.clone(),
            message: call.message.clone(),
            chat_type: ChatType::SingleChat,
            group_id: None,
            group_name: None,
            ring_left_ms: self.ring_left_ms(server_now_ms),
            also_on,
        }
    }
}

/// What a user is in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Role {
    /// Who began it.
    Caller,
    /// Who was invited, with the index of the leg.
    Callee(usize),
}
