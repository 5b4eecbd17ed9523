//! Where a device is in a call, and what it knows of it.

use std::time::{Duration, Instant};

use carillon_protocol::{
    CallId, CallKind, CallPath, CallScope, ChannelName, Direction, GivenName, Invitation, Leg, LegState, MediaSignal,
    OpId, Ring, Signal, SnapshotCall, Uid, UserId, WantedPicture,
};

use serde::{Serialize, Serializer};

use super::{
    End, MediaRole,
    published::{OtherPublishes, Publishing},
};

/// Where a device is.
#[derive(Debug, Clone, PartialEq)]
pub enum Phase {
    /// No call.
    Idle,
    /// This device calls, and no callee has answered.
    Inviting,
    /// Another user calls. [`Device::shown_ring`](super::Device::shown_ring) says whether this device shows and sounds it.
    Ringing,
    /// Answered; media connect.
    Joining,
    /// The two hear each other, or did and wait for a new path; or this device is in a group call.
    Active {
        /// When it began.
        since: Instant,
    },
    /// This device is done with the call: silent, closed, and told the server so. Only the record's word is awaited, because it may
    /// have decided otherwise a moment before.
    Leaving {
        /// How it ended if the record's word does not come.
        guess: End,
    },
    /// It is over.
    Ended(End),
}

/// What a device knows of the call in hand, or of the last one.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct CallInfo {
    /// The server's name for it; `None` until an invite is answered.
    #[serde(rename = "call")]
    pub id: Option<CallId>,
    /// Who called whom.
    pub direction: Direction,
    /// The other user; in a group call who asked this one, or the first who was asked.
    pub with: UserId,
    /// Their display name; empty until the server tells it.
    pub with_name: String,
    /// As whom they are in the channel, where the server told it.
    #[serde(skip)]
    pub with_uid: Option<Uid>,
    /// Voice or video as it was asked for, between two users or more, and where it belongs.
    #[serde(flatten)]
    pub scope: CallScope,
    /// Voice or video as it is: after two users called each other, the lesser of the two.
    pub kind: CallKind,
    /// Which way its media go.
    pub path: CallPath,
    /// Where the media meet.
    pub channel: ChannelName,
    /// The invitation's text.
    pub message: String,
    /// Everyone's part, in a group call that this device is in; this user's own too.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub legs: Vec<Leg>,
    /// How long they talked, in JSON `duration_ms`: set when the end is told, by the program that tells it.
    #[serde(rename = "duration_ms", serialize_with = "milliseconds")]
    pub talked: Duration,
}

impl CallInfo {
    /// A call that this user begins; `None` if the invitation names no user.
    pub fn outgoing(invitation: &Invitation) -> Option<Self> {
        let name = invitation.scope.name().and_then(|name| GivenName::from(name).check().ok());
        Some(Self {
            id: None,
            direction: Direction::Outgoing,
            with: invitation.to.first()?.clone(),
            with_name: String::new(),
            with_uid: None,
            scope: invitation.scope.clone().named(name),
            kind: invitation.scope.kind(),
            path: path_of(&invitation.scope, invitation.hides_address),
            channel: invitation.channel.clone(),
            message: invitation.message.clone(),
            legs: Vec::new(),
            talked: Duration::ZERO,
        })
    }

    /// A call that rings for this user.
    pub fn incoming(ring: &Ring) -> Self {
        Self {
            id: Some(ring.call),
            direction: Direction::Incoming,
            with: ring.from.clone(),
            with_name: ring.from_name.clone(),
            with_uid: ring.from_uid.clone(),
            scope: ring.scope.clone(),
            kind: ring.scope.kind(),
            path: path_of(&ring.scope, !ring.path.is_direct()),
            channel: ring.channel.clone(),
            message: ring.message.clone(),
            legs: Vec::new(),
            talked: Duration::ZERO,
        }
    }

    /// Whether more than two may take part. Such a call has no media from device to device.
    pub const fn is_group(&self) -> bool {
        self.scope.is_group()
    }

    /// Who is in it now, in a group call.
    pub fn joined(&self) -> Vec<UserId> {
        let joined = self.legs.iter().filter(|leg| leg.state == LegState::Accepted);
        joined.map(|leg| leg.user.clone()).collect()
    }
}

const fn path_of(scope: &CallScope, is_by_server: bool) -> CallPath {
    if scope.is_group() || is_by_server { CallPath::Server } else { CallPath::Direct }
}

fn milliseconds<S: Serializer>(time: &Duration, to: S) -> Result<S::Ok, S::Error> {
    to.serialize_u64(u64::try_from(time.as_millis()).unwrap_or(u64::MAX))
}

/// The call in hand, or the last one.
#[derive(Debug)]
pub(super) struct Call {
    pub(super) info: CallInfo,
    /// As it rang, for a call that did.
    pub(super) ring: Option<Ring>,
    pub(super) is_ring_shown: bool,
    /// The request that the phase hinges on.
    pub(super) awaited: Option<OpId>,
    /// Signals from before the server's name for the call was known, each with when it came.
    pub(super) early: Vec<(Instant, Signal)>,
    /// What a snapshot had from before the server's name for the call was known: it may be this call.
    pub(super) found: Option<SnapshotCall>,
    pub(super) media: MediaState,
    pub(super) publishing: Publishing,
    pub(super) other_publishes: OtherPublishes,
    /// The version of the last mute by a moderator that this device has heard of; 0: none.
    pub(super) muted_at: u64,
}

/// What has become of a call's transport.
#[derive(Debug, Default)]
pub(super) struct MediaState {
    /// Which half this device has; `None` without a transport.
    pub(super) role: Option<MediaRole>,
    pub(super) is_open: bool,
    pub(super) is_connected: bool,
    /// Whether the server takes this device's media signals yet.
    pub(super) may_signal: bool,
    /// What the transport said before that.
    pub(super) backlog: Vec<MediaSignal>,
    /// The offer that the server's forwarder has not answered yet.
    pub(super) offering: Option<OpId>,
    /// Whether the transport has ever made an offer for that forwarder.
    pub(super) has_offered: bool,
    /// The request that media may go through the server, until it is answered.
    pub(super) moving: Option<OpId>,
    /// Whether the transport sees no way to the other device any more.
    pub(super) has_failed: bool,
    /// The pictures that are to be received.
    pub(super) wanted: Vec<WantedPicture>,
    /// Whether that forwarder was ever connected in this call.
    pub(super) was_connected: bool,
    /// Whether the other end has said that it is done.
    pub(super) is_left: bool,
}

impl Call {
    pub(super) fn incoming(ring: Ring) -> Self {
        let info = CallInfo::incoming(&ring);
        Self { ring: Some(ring), ..Self::new(info) }
    }

    /// Which of this user's rings in the call it is.
    pub(super) fn round(&self) -> u32 {
        self.ring.as_ref().map_or(0, |ring| ring.round)
    }

    pub(super) fn new(info: CallInfo) -> Self {
        Self {
            info,
            ring: None,
            is_ring_shown: false,
            awaited: None,
            early: Vec::new(),
            found: None,
            media: MediaState::default(),
            publishing: Publishing::default(),
            other_publishes: OtherPublishes::default(),
            muted_at: 0,
        }
    }
}
