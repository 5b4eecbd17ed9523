//! How the call is, as one value.

use std::time::{Duration, Instant};

use carillon_call::device::CallInfo;
use carillon_protocol::{CallId, CallScope, Leg};

use crate::{Avatar, HangupReason, clock};

/// How the call of this device is: all that a call window needs.
#[derive(Debug, Clone, PartialEq, Default)]
pub struct CallStatus {
    /// The call, with the names that the app wants shown; `None` before the first one.
    pub call: Option<CallInfo>,
    /// The app's own picture for this call, from [`set_contact_avatar`](crate::CallKit::set_contact_avatar) or
    /// [`set_group_avatar`](crate::CallKit::set_group_avatar).
    pub avatar: Option<Avatar>,
    /// How far it is.
    pub phase: CallPhase,
    /// Whether this device sends nothing of its microphone.
    pub muted: bool,
    /// Whether much of what the other end sends does not arrive, or late.
    pub poor_network: bool,
}

impl CallStatus {
    /// Whether there is a call that has not ended, this device's ring included.
    pub fn is_live(&self) -> bool {
        !matches!(self.phase, CallPhase::Idle | CallPhase::Ended { .. })
    }

    /// The server's name for the call, once it has one.
    pub fn id(&self) -> Option<CallId> {
        self.call.as_ref()?.id
    }

    /// What kind of call it is, and where it belongs.
    pub fn scope(&self) -> Option<&CallScope> {
        self.call.as_ref().map(|call| &call.scope)
    }

    /// Everyone's part in a group call, this user's own too.
    pub fn legs(&self) -> &[Leg] {
        self.call.as_ref().map_or(&[], |call| &call.legs)
    }

    /// Whether this device is in a call: calls, connects or talks, so that there is something to hang up.
    pub fn is_joined(&self) -> bool {
        self.is_live() && self.phase != CallPhase::RingingHere
    }
}

/// How far a call is. Instants are readings of [`now`](crate::now).
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub enum CallPhase {
    /// There is none.
    #[default]
    Idle,
    /// Asking the server.
    Calling,
    /// It rings there.
    RingingThere {
        /// On so many devices; 0: nobody has said that it rings.
        devices: u32,
    },
    /// Somebody calls, and this device rings.
    RingingHere,
    /// Answered, media connect.
    Connecting,
    /// They talk.
    Active {
        /// Since when.
        since: Instant,
    },
    /// The path is gone.
    Reconnecting {
        /// Since when they talk.
        since: Instant,
        /// How long the call waits.
        until: Instant,
    },
    /// It is over; so until it is [dismissed](crate::CallKit::dismiss), or the next call.
    Ended {
        /// Why.
        reason: HangupReason,
        /// How long they talked; zero if it was never answered.
        talked: Duration,
    },
}

impl CallPhase {
    /// How long they have talked.
    pub fn talked(&self) -> Duration {
        match self {
            Self::Active { since } | Self::Reconnecting { since, .. } => clock::now().saturating_duration_since(*since),
            Self::Ended { talked, .. } => *talked,
            _ => Duration::ZERO,
        }
    }
}
