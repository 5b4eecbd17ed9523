//! The call that events are about, and how this device's user would say that it ended.

use carillon_call::device::{CallInfo, End};
use carillon_protocol::{Direction, EndReason, Leg};

use super::HangupReason;

/// The call that events are about.
pub(super) struct CurrentCall {
    /// As the call machine knows it, without the app's names.
    pub(super) info: CallInfo,
    /// Whether this device shows it.
    pub(super) is_shown: bool,
}

impl CurrentCall {
    /// Gives the leg as it was before, if it was known.
    pub(super) fn set_leg(&mut self, leg: &Leg) -> Option<Leg> {
        match self.info.legs.iter_mut().find(|known| known.user == leg.user) {
            Some(known) => Some(std::mem::replace(known, leg.clone())),
            None => {
                self.info.legs.push(leg.clone());
                None
            }
        }
    }
}

pub(super) fn reason(end: &End, direction: Direction) -> HangupReason {
    let called = direction == Direction::Outgoing;
    match end {
        End::HandledElsewhere { how, device_name } => {
            HangupReason::HandledElsewhere { how: *how, device: device_name.clone() }
        }
        End::RemovedBy { user } => HangupReason::Removed { by: Some(user.clone()) },
        End::Refused(refusal) => HangupReason::Refused { code: refusal.code },
        End::Recorded { reason, by_me } => match reason {
            EndReason::HungUp if *by_me => HangupReason::Normal,
            EndReason::HungUp => HangupReason::Remote,
            EndReason::Cancelled if *by_me || called => HangupReason::Cancelled,
            EndReason::Cancelled => HangupReason::RemoteCancelled,
            EndReason::Declined if called => HangupReason::RemoteDeclined,
            EndReason::Declined => HangupReason::Declined,
            EndReason::Busy if called => HangupReason::Busy,
            EndReason::NoAnswer if called => HangupReason::NoAnswer,
            EndReason::Busy | EndReason::NoAnswer => HangupReason::Missed,
            EndReason::ConnectionLost => HangupReason::ConnectionLost,
            EndReason::MediaFailed => HangupReason::MediaFailed,
            EndReason::Removed => HangupReason::Removed { by: None },
            EndReason::TokenExpired => HangupReason::TokenExpired,
        },
    }
}
