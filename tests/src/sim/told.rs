//! Short words for stories: what a user does, and what a device tells.

use std::time::Duration;

use carillon_call::device::{Command, End, Event, Rejection};
use carillon_protocol::{CallType, ChannelName, ChatType, EndReason, HandledHow, Invitation, RefusalCode, UserId};

/// What a user does on a device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Act {
    /// Calls somebody, voice only.
    Call(&'static str),
    /// Calls somebody with picture.
    VideoCall(&'static str),
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
    pub(super) fn command(self, since_start: Duration) -> Command {
        match self {
            Self::Call(whom) => Command::StartCall(invitation(whom, CallType::Voice, since_start)),
            Self::VideoCall(whom) => Command::StartCall(invitation(whom, CallType::Video, since_start)),
            Self::Ring => Command::AnswerCall { ring: true },
            Self::Silence => Command::AnswerCall { ring: false },
            Self::Accept => Command::Accept { access_token: None },
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
            Event::Ended { end, .. } => Self::Ended(Why::of(end)),
            Event::Rejected { why, .. } => Self::Rejected(*why),
        })
    }
}

impl Why {
    pub(super) fn of(end: &End) -> Self {
        match end {
            End::Recorded { reason, .. } => Self::Recorded(*reason),
            End::HandledElsewhere { how, .. } => Self::HandledElsewhere(*how),
            End::Refused(refusal) => Self::Refused(refusal.code),
        }
    }
}

fn invitation(whom: &str, call_type: CallType, since_start: Duration) -> Invitation {
    let channel = format!("{whom}-{}", since_start.as_nanos());
    Invitation {
        call_type,
        chat_type: ChatType::SingleChat,
        to: vec![UserId::new(whom).expect("stories use good names")],
        message: String::new(),
        channel: ChannelName::new(channel).expect("short and printable"),
        access_token: None,
        uid: None,
        group_id: None,
        group_name: None,
        ring_ms: None,
    }
}
