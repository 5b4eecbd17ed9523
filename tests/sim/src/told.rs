//! Short words for stories: what a user does, and what a device tells.

use std::time::Duration;

use carillon_call::device::{Command, End, Event, Rejection};
use carillon_protocol::{
    CallKind, CallScope, ChannelName, EndReason, GroupId, GroupKind, HandledHow, Invitation, LegState, Moderation,
    RefusalCode, Secret, UserId,
};

/// What a user does on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Calls a user, voice only.
    Call(&'static str),
    /// Calls a user with picture.
    VideoCall(&'static str),
    /// Calls several in a group call, voice only.
    GroupCall(&'static [&'static str]),
    /// Calls several who are all in the team.
    TeamCall(&'static [&'static str]),
    /// Calls several on a channel that others use too.
    LobbyCall(&'static [&'static str]),
    /// Asks one more into the group call in hand.
    Add(&'static str),
    /// Raises this user's hand in the group call in hand, or lowers it.
    Hand(bool),
    /// Does this about another user in it.
    Moderate(&'static str, Moderation),
    /// Renews the RTC token.
    Renew,
    /// Lets this device ring.
    Ring,
    /// Keeps this device silent.
    Silence,
    /// Answers.
    Accept,
    /// Says no, for all devices.
    Decline,
    /// Cancels, or hangs up.
    HangUp,
    /// Puts the end of the last call away.
    Dismiss,
}

impl Act {
    /// The order; `channel` is where the call in hand meets.
    pub(super) fn command(self, since_start: Duration, channel: Option<ChannelName>) -> Command {
        match self {
            Self::Call(whom) => Command::StartCall(invitation(&[whom], VOICE, since_start)),
            Self::VideoCall(whom) => Command::StartCall(invitation(&[whom], VIDEO, since_start)),
            Self::GroupCall(whom) => Command::StartCall(invitation(whom, GROUP_VOICE, since_start)),
            Self::TeamCall(whom) => Command::StartCall(Invitation {
                scope: CallScope::Group { kind: CallKind::Voice, group: team(), place: GroupKind::Group, name: None },
                ..invitation(whom, GROUP_VOICE, since_start)
            }),
            Self::LobbyCall(whom) => {
                let channel = ChannelName::new("lobby").expect("short and printable");
                let invitation = invitation(whom, GROUP_VOICE, since_start);
                Command::StartCall(Invitation { channel, ..invitation })
            }
            Self::Add(whom) => {
                let invitation = invitation(&[whom], GROUP_VOICE, since_start);
                Command::AddPeople(Invitation { channel: channel.unwrap_or(invitation.channel), ..invitation })
            }
            Self::Hand(raised) => Command::SetHand { raised },
            Self::Moderate(whom, what) => {
                Command::Moderate { user: UserId::new(whom).expect("stories use good names"), what }
            }
            Self::Renew => Command::RenewToken { access_token: Secret::new("another") },
            Self::Ring => Command::AnswerCall { ring: true },
            Self::Silence => Command::AnswerCall { ring: false },
            Self::Accept => Command::Accept { access_token: None, uid: None, hides_address: false },
            Self::Decline => Command::Decline,
            Self::HangUp => Command::HangUp,
            Self::Dismiss => Command::Dismiss,
        }
    }
}

/// What a device tells its app, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Told {
    /// It calls.
    Calling,
    /// So many devices of the callee ring.
    RingingOn(u32),
    /// It rings.
    RingStarted,
    /// It rings no longer.
    RingStopped,
    /// Media connect.
    Joining,
    /// The two hear each other.
    Active,
    /// The path is gone.
    Reconnecting,
    /// The path is back.
    Reconnected,
    /// The media go through the server from now on.
    PathChanged,
    /// A user's leg in the group call in hand is so now.
    Leg(&'static str, LegState),
    /// The other end of a call of two publishes something else.
    Published,
    /// People were asked into the group call.
    Added,
    /// People could not be asked into the group call.
    NotAdded(RefusalCode),
    /// Another user was moderated.
    Moderated,
    /// Another user was not moderated.
    NotModerated(RefusalCode),
    /// A moderator mutes this user.
    Muted,
    /// The RTC token expires soon.
    TokenWillExpire,
    /// The RTC token has expired.
    TokenExpired,
    /// The RTC token was not renewed.
    NotRenewed(RefusalCode),
    /// It is over.
    Ended(Why),
    /// An order made no sense.
    Rejected(Rejection),
}

/// Why a call ended for a device, in short.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Why {
    /// As the record has it.
    Recorded(EndReason),
    /// Another device of the user answered or declined.
    HandledElsewhere(HandledHow),
    /// The server would not have it.
    Refused(RefusalCode),
}

impl Told {
    /// The short word for an event; `None` for what an app decides by itself.
    pub(super) fn of(event: &Event) -> Option<Self> {
        Some(match event {
            Event::Invited(_) => return None,
            Event::Calling { .. } => Self::Calling,
            Event::RingingOn { devices, .. } => Self::RingingOn(*devices),
            Event::RingStarted(_) => Self::RingStarted,
            Event::RingStopped { .. } => Self::RingStopped,
            Event::Joining { .. } => Self::Joining,
            Event::Active { .. } => Self::Active,
            Event::Reconnecting { .. } => Self::Reconnecting,
            Event::Reconnected { .. } => Self::Reconnected,
            Event::PathChanged { .. } => Self::PathChanged,
            Event::LegChanged { leg, .. } => Self::Leg(known_name(&leg.user), leg.state),
            Event::PublishedChanged { .. } => Self::Published,
            Event::Added { .. } => Self::Added,
            Event::NotAdded { refusal, .. } => Self::NotAdded(refusal.code),
            Event::Moderated { .. } => Self::Moderated,
            Event::NotModerated { refusal, .. } => Self::NotModerated(refusal.code),
            Event::Muted { .. } => Self::Muted,
            Event::TokenWillExpire { .. } => Self::TokenWillExpire,
            Event::TokenExpired { .. } => Self::TokenExpired,
            Event::NotRenewed { refusal, .. } => Self::NotRenewed(refusal.code),
            Event::Ended { end, .. } => Self::Ended(Why::of(end)),
            Event::Rejected { why, .. } => Self::Rejected(*why),
        })
    }
}

impl Why {
    pub(super) fn of(end: &End) -> Self {
        match end {
            End::Recorded { reason, .. } => Self::Recorded(*reason),
            End::RemovedBy { .. } => Self::Recorded(EndReason::Removed),
            End::HandledElsewhere { how, .. } => Self::HandledElsewhere(*how),
            End::Refused(refusal) => Self::Refused(refusal.code),
        }
    }
}

/// The one group of a simulation.
pub(super) fn team() -> GroupId {
    GroupId::new("team").expect("a good name")
}

pub(super) fn known_name(user: &UserId) -> &'static str {
    ["alice", "bob", "carol", "dora", "erin"].into_iter().find(|name| *name == user.as_str()).unwrap_or("somebody")
}

const VOICE: CallScope = CallScope::Pair { kind: CallKind::Voice };
const VIDEO: CallScope = CallScope::Pair { kind: CallKind::Video };
const GROUP_VOICE: CallScope = CallScope::Several { kind: CallKind::Voice, name: None };

fn invitation(whom: &[&str], scope: CallScope, since_start: Duration) -> Invitation {
    let channel = format!("{}-{}", whom[0], since_start.as_nanos());
    Invitation {
        scope,
        to: whom.iter().map(|name| UserId::new(*name).expect("stories use good names")).collect(),
        message: String::new(),
        channel: ChannelName::new(channel).expect("short and printable"),
        access_token: None,
        uid: None,
        ring_ms: None,
        hides_address: false,
    }
}
