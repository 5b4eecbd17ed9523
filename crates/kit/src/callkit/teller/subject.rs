//! The call that events are about, and how this device's user would say that it ended.

use std::time::Duration;

use carillon_call::device::End;
use carillon_protocol::{Direction, EndReason, GivenName, Invitation, Leg, Ring, Uid};

use super::{CallInfo, HangupReason};

/// What is told of a call.
#[derive(Clone)]
pub(super) struct Subject {
    /// With names as the server has them; empty if it has not said.
    pub(super) info: CallInfo,
    /// As whom the other one is in the channel, where the server has said it.
    pub(super) with_uid: Option<Uid>,
    pub(super) direction: Direction,
    /// Whether this device shows it.
    pub(super) is_shown: bool,
}

impl Subject {
    pub(super) fn of(ring: &Ring) -> Self {
        let info = CallInfo {
            call: Some(ring.call),
            with: ring.from.clone(),
            with_name: ring.from_name.clone(),
            scope: ring.scope.clone(),
            kind: ring.scope.kind(),
            channel: Some(ring.channel.clone()),
            message: ring.message.clone(),
            legs: Vec::new(),
            duration: Duration::ZERO,
        };
        Self { info, with_uid: ring.from_uid.clone(), direction: Direction::Incoming, is_shown: false }
    }

    /// `None` if it asks nobody.
    pub(super) fn asked(invitation: Invitation) -> Option<Self> {
        let with = invitation.to.into_iter().next()?;
        let name = invitation.scope.name().and_then(|name| GivenName::from(name).check().ok());
        let info = CallInfo {
            call: None,
            with,
            with_name: String::new(),
            kind: invitation.scope.kind(),
            scope: invitation.scope.named(name),
            channel: Some(invitation.channel),
            message: invitation.message,
            legs: Vec::new(),
            duration: Duration::ZERO,
        };
        Some(Self { info, with_uid: None, direction: Direction::Outgoing, is_shown: true })
    }

    pub(super) fn is_group(&self) -> bool {
        self.info.scope.is_group()
    }

    pub(super) fn set_leg(&mut self, leg: &Leg) {
        match self.info.legs.iter_mut().find(|known| known.user == leg.user) {
            Some(known) => known.clone_from(leg),
            None => self.info.legs.push(leg.clone()),
        }
    }
}

pub(super) fn reason(end: &End, direction: Direction) -> HangupReason {
    let called = direction == Direction::Outgoing;
    match end {
        End::HandledElsewhere { how, device_name } => {
            HangupReason::HandledElsewhere { how: *how, device: device_name.clone() }
        }
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
            EndReason::Removed => HangupReason::Removed,
            EndReason::TokenExpired => HangupReason::TokenExpired,
        },
    }
}
