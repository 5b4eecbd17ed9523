//! How the call is, as one value.

use std::time::{Duration, Instant};

use carillon_call::device::CallInfo;
use carillon_protocol::{CallId, CallScope, Leg, Published};
use serde::Serialize;

use crate::{Avatar, HangupReason, clock, json};

/// How the call of this device is: all that a call window needs.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct CallStatus {
    /// The call, with the names that the app wants shown; `None` before the first one.
    pub call: Option<CallInfo>,
    /// The app's own picture for this call, from [`set_contact_avatar`](crate::CallKit::set_contact_avatar) or
    /// [`set_group_avatar`](crate::CallKit::set_group_avatar).
    #[serde(skip)]
    pub avatar: Option<Avatar>,
    /// How far it is.
    pub phase: CallPhase,
    /// Whether this device sends nothing of its microphone.
    pub muted: bool,
    /// Whether much of what the other end sends does not arrive, or late.
    pub poor_network: bool,
    /// What the other end of a call of two publishes, as its device says: nothing, until it is in the call. In a group call each of the
    /// [`legs`](Self::legs) has it.
    pub published: Published,
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

/// How far a call is. Instants are readings of [`now`](crate::now); as JSON they are the milliseconds since then, or until then.
#[derive(Debug, Clone, PartialEq, Eq, Default, Serialize)]
#[serde(tag = "type", rename_all = "kebab-case")]
pub enum CallPhase {
    /// There is none.
    #[default]
    Idle,
    /// Asking the server.
    Calling,
    /// It rings there.
    RingingThere {
        /// On so many devices; 0: no device has said that it rings.
        devices: u32,
    },
    /// Another user calls, and this device rings.
    RingingHere,
    /// Answered, media connect.
    Connecting,
    /// They talk.
    Active {
        /// Since when; in JSON `for_ms`.
        #[serde(rename = "for_ms", serialize_with = "json::milliseconds_since")]
        since: Instant,
    },
    /// The path is gone.
    Reconnecting {
        /// Since when they talk; in JSON `for_ms`.
        #[serde(rename = "for_ms", serialize_with = "json::milliseconds_since")]
        since: Instant,
        /// How long the call waits; in JSON `left_ms`.
        #[serde(rename = "left_ms", serialize_with = "json::milliseconds_until")]
        until: Instant,
    },
    /// It is over; so until it is [dismissed](crate::CallKit::dismiss), or the next call.
    Ended {
        /// Why.
        #[serde(flatten)]
        reason: HangupReason,
        /// How long they talked; zero if it was never answered. In JSON `talked_ms`.
        #[serde(rename = "talked_ms", serialize_with = "json::milliseconds")]
        talked: Duration,
    },
}

impl CallPhase {
    /// How long they have talked.
    pub fn talked(&self) -> Duration {
        match self {
            Self::Active { since } | Self::Reconnecting { since, .. } => clock::now().saturating_duration_since(*since),
            Self::Ended { talked, .. } => *talked,
            Self::Idle | Self::Calling | Self::RingingThere { .. } | Self::RingingHere | Self::Connecting => {
                Duration::ZERO
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_status_as_json_has_times_that_mean_something_to_another_program() {
        let minute = Duration::from_secs(60);
        let long_ago = clock::now().checked_sub(minute).expect("this machine has been on for a minute");
        let of = |phase| serde_json::to_value(CallStatus { phase, ..CallStatus::default() }).expect("JSON");

        let published = json!({ "microphone": "off", "screen_sound": false });
        let idle = json!({
            "call": null, "phase": { "type": "idle" }, "muted": false, "poor_network": false, "published": published
        });
        assert_eq!(of(CallPhase::Idle), idle);
        assert_eq!(
            of(CallPhase::RingingThere { devices: 2 })["phase"],
            json!({ "type": "ringing-there", "devices": 2 })
        );
        let ended = CallPhase::Ended { reason: HangupReason::Remote, talked: minute };
        assert_eq!(of(ended)["phase"], json!({ "type": "ended", "reason": "remote", "talked_ms": 60_000 }));
        let active = of(CallPhase::Active { since: long_ago });
        assert!(active["phase"]["for_ms"].as_u64().is_some_and(|ms| ms >= 60_000), "{active}");
        let until = clock::now() + minute;
        let reconnecting = of(CallPhase::Reconnecting { since: long_ago, until });
        assert!(
            reconnecting["phase"]["left_ms"].as_u64().is_some_and(|ms| ms > 1_000 && ms <= 60_000),
            "{reconnecting}"
        );
    }
}
