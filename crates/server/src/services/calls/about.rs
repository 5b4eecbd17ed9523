//! What can be asked of a call, and by whom.

use carillon_call::record::{Actor, Asked};
use carillon_protocol::{CallId, DeviceId, Invitation, Request, Secret, Uid, UserId};
use uuid::Uuid;

/// What is asked, and of which call.
#[derive(Debug, Clone)]
pub(crate) enum About {
    New(Invitation),
    Accept { call: CallId, access_token: Option<Secret>, uid: Option<Uid> },
    Renew { call: CallId, access_token: Secret },
    Call(CallId, Asked),
}

impl About {
    /// What a device asks of a call; or the request, if it is about something else.
    pub(crate) fn of(request: Request) -> Result<Self, Box<Request>> {
        Ok(match request {
            Request::Invite(invitation) => Self::New(invitation),
            Request::Accept { call, access_token, uid } => Self::Accept { call, access_token, uid },
            Request::RenewToken { call, access_token } => Self::Renew { call, access_token },
            Request::Ringing { call } => Self::Call(call, Asked::Ringing),
            Request::Decline { call } => Self::Call(call, Asked::Decline),
            Request::HangUp { call } => Self::Call(call, Asked::HangUp),
            Request::MediaLost { call, was_connected } => Self::Call(call, Asked::MediaLost { was_connected }),
            Request::Media { call, signal } => Self::Call(call, Asked::Media(signal)),
            other => return Err(Box::new(other)),
        })
    }

    /// Whether a signal or an answer of a call of two that is not overdue shows a profile. The most frequent requests show none.
    pub(super) const fn shows_faces(&self) -> bool {
        !matches!(self, Self::Renew { .. } | Self::Call(_, Asked::Ringing | Asked::Media(_)))
    }

    /// As whom the user wants to be in a channel, where they say so.
    pub(super) const fn uid(&self) -> Option<&Uid> {
        match self {
            Self::New(invitation) => invitation.uid.as_ref(),
            Self::Accept { uid, .. } => uid.as_ref(),
            Self::Renew { .. } | Self::Call(..) => None,
        }
    }
}

/// Who acts when the server does: a user that no account has.
pub(crate) fn the_server() -> Actor {
    let user = UserId::new("-").expect("a dash is allowed");
    let device = DeviceId::new(Uuid::nil());
    Actor { user, user_name: String::new(), avatar: None, device, device_name: String::new(), key: None }
}
