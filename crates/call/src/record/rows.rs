//! A call as the server keeps it.

use carillon_protocol::{
    AppId, CallId, CallPath, CallRole, CallScope, ChannelName, DeviceCard, DeviceId, DeviceKey, EndReason, LegState,
    MAX_RING_MS, MediaSignal, MutedBy, OtherEnd, Published, Ring, Uid, UserId,
};

use super::{Pass, Profile, Profiles, rules::Rules};

/// One call: its row, and one leg for each user who has or had a part in it. The first leg is the caller's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Rows {
    /// The call.
    pub call: CallRow,
    /// Who called, and who was invited.
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
    /// Voice or video, two users or a group. A group's name is as it was when the call began, or as the caller said where there is no group.
    pub scope: CallScope,
    /// The invitation's text.
    pub message: String,
    /// Who calls.
    pub caller: UserId,
    /// Which way its media go; `None`: it has none.
    pub path: Option<Path>,
    /// How far it has come.
    pub state: CallState,
    /// When the invite committed.
    pub created_at_ms: u64,
    /// When it stops ringing; in a group call the last of the legs.
    pub ring_until_ms: u64,
    /// When the first user answered.
    pub answered_at_ms: Option<u64>,
    /// When it ended.
    pub ended_at_ms: Option<u64>,
    /// The caller's media signals from before the answer, in order; bounded.
    pub held: Vec<MediaSignal>,
    /// Counts commits.
    pub version: u64,
}

/// Which way a call's media go.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Path {
    /// Between the two devices; the server passes on what their transports say to each other.
    PeerToPeer,
    /// Through a node of the server that forwards them.
    Sfu {
        /// Which node.
        node: u16,
        /// Counts how often the call's media have begun anew there.
        epoch: u32,
    },
}

impl Path {
    /// As devices know it.
    pub const fn told(self) -> CallPath {
        match self {
            Self::PeerToPeer => CallPath::Direct,
            Self::Sfu { .. } => CallPath::Server,
        }
    }
}

/// How far a call has come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CallState {
    /// No user has answered.
    Ringing,
    /// At least one has.
    Active,
    /// It is over. Final.
    Ended {
        /// Why.
        reason: EndReason,
        /// Whose doing it was.
        by: Option<UserId>,
    },
}

/// The device by which a user is in a call, as it was when it joined.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegDevice {
    /// Which.
    pub id: DeviceId,
    /// Its name, for the other devices of its user.
    pub name: String,
    /// Its own key, by which the others verify what it says.
    pub key: Option<DeviceKey>,
}

impl LegDevice {
    /// What other users may know of it.
    pub fn card(&self) -> DeviceCard {
        DeviceCard { device: self.id, key: self.key.clone() }
    }
}

/// One user's part in a call. The caller's is accepted from the beginning.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LegRow {
    /// Who.
    pub user: UserId,
    /// How far this user has come.
    pub state: LegState,
    /// The device that is in the call, was in it, or declined.
    pub device: Option<LegDevice>,
    /// The devices that said that they ring, while it rings.
    pub ringing: Vec<DeviceId>,
    /// Who asked this user, where it was not the caller.
    pub invited_by: Option<UserId>,
    /// How often this user was asked before.
    pub round: u32,
    /// When it stops ringing for this user.
    pub ring_until_ms: u64,
    /// Since when this user is in the call, while they are.
    pub joined_at_ms: Option<u64>,
    /// How long they were in it before, in milliseconds.
    pub talked_ms: u64,
    /// Whether they ever were in it.
    pub has_answered: bool,
    /// Why it is over for them.
    pub end: Option<EndReason>,
    /// Whether this user has blocked the one who asked. Then nothing of the call reaches them, and it does not keep them busy; the
    /// one who asked sees a leg that rings in vain.
    pub is_blocked: bool,
    /// As whom they are in the channel, once they are.
    pub pass: Option<Pass>,
    /// What their device publishes, while they are in the call.
    pub published: Published,
    /// Since which version of the call their hand is up, while they are in it. Versions grow with the server's commits, so that the order of
    /// hands is the order in which they came to it, whatever a clock does.
    pub hand: Option<u64>,
    /// The last time that a moderator has muted them, while they are in the call.
    pub muted: Option<MutedBy>,
    /// By which ways the server does not reach their device, while they are in the call.
    pub lost: LostWays,
    /// The moderator who took them out.
    pub removed_by: Option<UserId>,
}

/// By which ways the server does not reach a device that is in a call, and may soon again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct LostWays {
    /// Its link.
    pub link: bool,
    /// The path of its media to the forwarder.
    pub media: bool,
}

impl LostWays {
    /// Whether it is reached by all of them.
    pub const fn is_none(self) -> bool {
        !self.link && !self.media
    }
}

impl LegRow {
    /// How long it still rings; never longer than a ring may last, also if the clock was another one when it began.
    fn ring_left_ms(&self, server_now_ms: u64) -> u64 {
        self.ring_until_ms.saturating_sub(server_now_ms).min(MAX_RING_MS)
    }
}

impl Rows {
    /// Whether the call goes on: it is active, or still rings. (When all rings are over, the sweeper ends it soon.)
    pub fn is_live(&self, server_now_ms: u64) -> bool {
        match self.call.state {
            CallState::Ringing => server_now_ms < self.call.ring_until_ms,
            CallState::Active => true,
            CallState::Ended { .. } => false,
        }
    }

    /// Whether the call keeps this user busy.
    pub fn takes(&self, user: &UserId, server_now_ms: u64) -> bool {
        let is_in_time = |leg: &LegRow| leg.state != LegState::Ringing || server_now_ms < leg.ring_until_ms;
        self.is_live(server_now_ms) && self.taken_legs().any(|leg| leg.user == *user && is_in_time(leg))
    }

    /// The users whom the call keeps busy, until a request or the clock changes it.
    pub fn taken(&self) -> Vec<&UserId> {
        if self.has_ended() {
            return Vec::new();
        }
        self.taken_legs().map(|leg| &leg.user).collect()
    }

    fn taken_legs(&self) -> impl Iterator<Item = &LegRow> {
        let is_taken = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Accepted) && !leg.is_blocked;
        self.legs.iter().filter(is_taken)
    }

    /// All users who have or had a part in it.
    pub fn users(&self) -> Vec<&UserId> {
        self.legs.iter().map(|leg| &leg.user).collect()
    }

    /// The legs of those who are in the call.
    pub fn joined(&self) -> impl Iterator<Item = &LegRow> {
        self.legs.iter().filter(|leg| leg.state == LegState::Accepted)
    }

    /// The next moment at which the clock has something to say: a ring that is over, a token that expires.
    pub fn due_at_ms(&self) -> Option<u64> {
        if self.has_ended() {
            return None;
        }
        let rings = self.legs.iter().filter(|leg| leg.state == LegState::Ringing).map(|leg| leg.ring_until_ms);
        let passes = self.joined().filter_map(|leg| leg.pass.as_ref()?.due_at_ms());
        rings.chain(passes).min()
    }

    /// Whether it is over, in the record's own words.
    pub fn has_ended(&self) -> bool {
        matches!(self.call.state, CallState::Ended { .. })
    }

    /// Whether a ring's time is over, and the sweeper has not ended it yet.
    pub fn is_overdue(&self, server_now_ms: u64) -> bool {
        !self.has_ended() && self.legs.iter().any(|leg| leg.is_overdue(server_now_ms))
    }

    /// Whether more than two may take part.
    pub fn is_group(&self) -> bool {
        self.call.scope.is_group()
    }

    /// As whom a user is in the channel, if they are.
    pub fn uid_of(&self, user: &UserId) -> Option<&Uid> {
        let leg = self.legs.iter().find(|leg| leg.user == *user)?;
        leg.pass.as_ref().map(|pass| &pass.uid)
    }

    /// What a user may do about the others in a group call.
    pub fn role_of(&self, user: &UserId, profiles: &Profiles) -> CallRole {
        let in_group = profiles.role_in_group(user).filter(|_| self.call.scope.group().is_some());
        CallRole::of(*user == self.call.caller, in_group)
    }

    /// The caller's leg.
    pub fn caller_leg(&self) -> Option<&LegRow> {
        self.legs.iter().find(|leg| leg.user == self.call.caller)
    }

    /// Which way its media go, as devices know it.
    pub(super) fn path(&self) -> CallPath {
        self.call.path.map(Path::told).unwrap_or_default()
    }

    pub(super) fn rules(&self) -> Rules {
        Rules::of(&self.call.scope)
    }

    /// The leg of a user, where they may know of it.
    pub(super) fn leg_of(&self, user: &UserId) -> Option<usize> {
        self.legs.iter().position(|leg| leg.user == *user && !leg.is_blocked)
    }

    /// Whether this leg's user was asked in. The caller was not, unless others have asked them in again.
    pub(super) fn was_asked(&self, leg: usize) -> bool {
        self.legs[leg].user != self.call.caller || self.legs[leg].round > 0
    }

    /// The other user who is in the call.
    pub(super) fn other_end(&self, leg: usize) -> Option<OtherEnd> {
        let other = self.joined().find(|other| other.user != self.legs[leg].user)?;
        let uid = other.pass.as_ref().map(|pass| pass.uid.clone());
        let (user, device) = (other.user.clone(), other.device.as_ref()?.card());
        Some(OtherEnd { user, device, uid, published: other.published, version: self.call.version })
    }

    /// How long it still rings.
    pub(super) fn ring_left_ms(&self, server_now_ms: u64) -> u64 {
        let ringing = self.legs.iter().filter(|leg| leg.state == LegState::Ringing);
        ringing.map(|leg| leg.ring_left_ms(server_now_ms)).max().unwrap_or(0)
    }

    /// The user who asked a leg's user in.
    pub(super) fn asker(&self, leg: usize) -> &UserId {
        self.legs[leg].invited_by.as_ref().unwrap_or(&self.call.caller)
    }

    /// The call as it rings for one leg's user, given who asked.
    pub(super) fn ring(&self, leg: usize, asker: &Profile, also_on: Vec<String>, server_now_ms: u64) -> Ring {
        let (call, leg, from) = (&self.call, &self.legs[leg], self.asker(leg).clone());
        Ring {
            call: call.id,
            app: call.app.clone(),
            from_name: asker.name.clone(),
            from_avatar: asker.avatar.clone(),
            from_device: self
                .caller_leg()
                .filter(|leg| leg.user == from)
                .and_then(|leg| Some(leg.device.as_ref()?.card())),
            from_uid: self.uid_of(&from).cloned(),
            from,
            scope: call.scope.clone(),
            channel: call.channel.clone(),
            message: call.message.clone(),
            round: leg.round,
            ring_left_ms: leg.ring_left_ms(server_now_ms),
            also_on,
            path: self.path(),
        }
    }
}

impl LegRow {
    /// A leg that rings.
    pub(super) fn ringing(user: UserId, ring_until_ms: u64, is_blocked: bool) -> Self {
        Self {
            user,
            state: LegState::Ringing,
            device: None,
            ringing: Vec::new(),
            invited_by: None,
            round: 0,
            ring_until_ms,
            joined_at_ms: None,
            talked_ms: 0,
            has_answered: false,
            end: None,
            is_blocked,
            pass: None,
            published: Published::default(),
            hand: None,
            muted: None,
            lost: LostWays::default(),
            removed_by: None,
        }
    }

    pub(super) fn is_overdue(&self, server_now_ms: u64) -> bool {
        self.state == LegState::Ringing && server_now_ms >= self.ring_until_ms
    }

    /// The device that is in the call, was in it, or declined.
    pub fn device_id(&self) -> Option<DeviceId> {
        self.device.as_ref().map(|device| device.id)
    }

    /// The device with which this user is in the call.
    pub fn joined_device(&self) -> Option<DeviceId> {
        self.device_id().filter(|_| self.state == LegState::Accepted)
    }
}
