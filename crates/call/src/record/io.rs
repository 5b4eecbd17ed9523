//! What is asked of the record, what it must know, and what it answers.

use std::collections::BTreeMap;

use carillon_protocol::{
    AppId, AvatarId, CallId, DeviceId, DeviceKey, Done, GroupId, GroupRole, Invitation, MAX_LEGS, MediaSignal,
    Moderation, Published, Refusal, Signal, UserId,
};

use super::{Grant, LegDevice, Rows};

/// Who asks: from the link. For [`Action::Expire`] and [`Action::Remove`], which come from the server itself, it is not looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Actor {
    /// The user.
    pub user: UserId,
    /// The user's display name.
    pub user_name: String,
    /// The user's picture.
    pub avatar: Option<AvatarId>,
    /// The device.
    pub device: DeviceId,
    /// The device's name.
    pub device_name: String,
    /// The device's own key.
    pub key: Option<DeviceKey>,
}

impl Actor {
    pub(super) fn profile(&self) -> Profile {
        Profile { name: self.user_name.clone(), avatar: self.avatar.clone() }
    }

    pub(super) fn leg_device(&self) -> LegDevice {
        LegDevice { id: self.device, name: self.device_name.clone(), key: self.key.clone() }
    }
}

/// As whom the actor may be in the channel, or why not. The record refuses only where the actor would come into the channel, or stay in
/// it, by what they ask; everything else is answered as if nothing had been said of a grant.
pub type Claim = Result<Grant, Refusal>;

/// What is asked of the record.
#[derive(Debug, Clone, PartialEq, Eq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Action {
    /// Begin a call; or, on the channel of the group call that the actor's device is in, ask more people into it.
    Invite {
        /// The id it gets if it begins.
        id: CallId,
        /// The application that its channel belongs to.
        app: AppId,
        /// What the caller wants.
        invitation: Invitation,
        /// As whom the caller may be in the channel.
        claim: Claim,
    },
    /// The actor's device rings.
    Ringing,
    /// The actor answers.
    Accept {
        /// As whom the actor may be in the channel.
        claim: Claim,
        /// The media of a call of two go through the server from now on.
        hides_address: bool,
    },
    /// The actor declines.
    Decline,
    /// The actor cancels, hangs up, or leaves a group call.
    HangUp,
    /// The actor's media are lost.
    MediaLost {
        /// Whether they had ever connected.
        was_connected: bool,
    },
    /// The devices of a call of two do not reach each other: its media are to go through the server.
    MoveToServer,
    /// The actor's transport speaks to the other.
    Media(MediaSignal),
    /// The actor's device publishes this from now on.
    Publish(Published),
    /// The actor asks what there is in group calls only.
    InGroup(GroupAction),
    /// The actor's device may be in the channel for longer.
    RenewToken {
        /// By another token, for the same uid.
        claim: Claim,
    },
    /// The server reaches the actor's device by one of its ways again, or has lost it for the moment.
    Reached {
        /// Which way.
        by: Way,
        /// Which of the two.
        is_reached: bool,
    },
    /// The actor's device has had no link for longer than calls wait, or is signed out.
    DeviceGone,
    /// This user has no part in the call any more: they are out of the group, or blocked. In a call of two it is as if they had
    /// declined or hung up.
    Remove {
        /// Who.
        user: UserId,
    },
    /// The server's clock has passed a deadline of the call ([`Rows::due_at_ms`]). Nothing changes if it has not.
    Expire,
}

/// What is asked in group calls only.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum GroupAction {
    /// The actor raises their hand, or lowers it.
    SetHand {
        /// Which of the two.
        raised: bool,
    },
    /// The actor does this about another participant, if they may.
    Moderate {
        /// Whom.
        user: UserId,
        /// What.
        what: Moderation,
    },
}

/// One of the ways by which the server reaches a device that is in a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Way {
    /// Its link.
    Link,
    /// The path of its media to the forwarder.
    Media,
}

/// What others see of a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Profile {
    /// The display name.
    pub name: String,
    /// The picture.
    pub avatar: Option<AvatarId>,
}

/// What is seen of the users who have to do with a call.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Profiles {
    people: BTreeMap<UserId, Profile>,
    roles: BTreeMap<UserId, GroupRole>,
}

impl Profiles {
    /// What is seen of a user; the account's name for one who is missing.
    pub fn of(&self, user: &UserId) -> Profile {
        self.people.get(user).cloned().unwrap_or_else(|| Profile { name: user.to_string(), avatar: None })
    }

    /// With what members of the call's group are in it. Plain members may be left out.
    #[must_use]
    pub fn with_roles(self, roles: impl IntoIterator<Item = (UserId, GroupRole)>) -> Self {
        Self { roles: roles.into_iter().collect(), ..self }
    }

    pub(super) fn role_in_group(&self, user: &UserId) -> Option<GroupRole> {
        self.roles.get(user).copied()
    }

    pub(super) fn with(mut self, user: &UserId, profile: Profile) -> Self {
        self.people.insert(user.clone(), profile);
        self
    }
}

impl FromIterator<(UserId, Profile)> for Profiles {
    fn from_iter<T: IntoIterator<Item = (UserId, Profile)>>(profiles: T) -> Self {
        Self { people: profiles.into_iter().collect(), roles: BTreeMap::new() }
    }
}

/// A user whom an invitation names, and who exists.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitee {
    /// Who.
    pub user: UserId,
    /// Their live call, if any.
    pub call: Option<Rows>,
    /// Their devices that may ring, with their names: those that have a session (a link now, or lately enough to resume) and are not
    /// to keep silent. The others hear of a live call in their snapshot.
    pub devices: Vec<(DeviceId, String)>,
    /// Whether they are in the call's group, for a call in one.
    pub is_in_group: bool,
    /// Whether they want nothing of the actor.
    pub has_blocked: bool,
}

/// The group or chat room of a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Group {
    /// Which.
    pub id: GroupId,
    /// What it is called.
    pub name: String,
}

/// What the record must know beforehand.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Facts {
    /// The call that is asked about. For an invite: the caller's live call (ringing or active, in either role), if any.
    pub call: Option<Rows>,
    /// For an invite: the live call that has the channel, if any.
    pub channel_call: Option<CallId>,
    /// For an invite: the users whom it names and who exist.
    pub invitees: Vec<Invitee>,
    /// For an invite: the group that [`group_of`] says, if it exists and the actor is in it.
    pub group: Option<Group>,
    /// How many users can be in a group call at once, if that is fewer than [`MAX_LEGS`].
    pub most_legs: Option<usize>,
    /// The node that forwards media that go through the server from now on.
    pub node: u16,
    /// The profiles of the users who have a part in `call`, ask or are invited.
    pub profiles: Profiles,
}

impl Facts {
    /// How many users can be in a group call at once.
    pub(super) fn most_legs(&self) -> usize {
        self.most_legs.unwrap_or(MAX_LEGS).min(MAX_LEGS)
    }
}

/// The group that an invitation is about: for people who are asked into a live call that call's.
pub fn group_of(callers_call: Option<&Rows>, invitation: &Invitation) -> Option<GroupId> {
    let live = callers_call.filter(|rows| rows.is_group() && rows.call.channel == invitation.channel);
    live.map_or(&invitation.scope, |rows| &rows.call.scope).group().cloned()
}

/// What is to be committed, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision {
    /// The new rows, one version up (a new call begins at version 1); `None` if nothing changes.
    pub rows: Option<Rows>,
    /// What to tell whom, in order.
    pub signals: Vec<(Recipient, Signal)>,
    /// What the forwarder of the call's media is to do, in order, once the rows are committed.
    pub media: Vec<MediaOrder>,
    /// The users who are asked into the call by this, whether it rings for them or they are busy; without those who have blocked the actor.
    pub invited: Vec<UserId>,
    /// What to answer the actor.
    pub done: Done,
}

/// What a node that forwards media is to do about a call. Media from device to device pass no node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum MediaOrder {
    /// Forward to and from this device, which has accepted.
    Admit {
        /// The call.
        call: CallId,
        /// The device.
        device: DeviceId,
        /// Its user.
        user: UserId,
    },
    /// Forward nothing to or from this device any more.
    Expel {
        /// The call.
        call: CallId,
        /// The device.
        device: DeviceId,
    },
    /// Forward nothing of this call any more.
    Close {
        /// The call.
        call: CallId,
    },
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
