//! What a device may ask for: one module per area.

mod calls;
mod devices;
mod groups;
mod log;
mod messages;
mod people;

use carillon_call::record::Actor;
use carillon_protocol::{Answer, Done, OpId, Refusal, RefusalCode, Request};
use governor::DefaultDirectRateLimiter;

use crate::{
    change::NotChanged,
    config::Limits,
    core::Core,
    http::per_minute,
    store::{self, Who},
};

/// How much one link may ask.
pub(super) struct Allowance {
    requests: DefaultDirectRateLimiter,
    media: DefaultDirectRateLimiter,
}

impl Allowance {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            requests: DefaultDirectRateLimiter::direct(per_minute(limits.requests_per_minute)),
            media: DefaultDirectRateLimiter::direct(per_minute(limits.media_signals_per_minute)),
        }
    }

    /// Hanging up, declining and failing are always allowed: they end things.
    fn permits(&self, request: &Request) -> bool {
        match request {
            Request::Media { .. } => self.media.check().is_ok(),
            Request::HangUp { .. } | Request::Decline { .. } | Request::MediaLost { .. } => true,
            // Counted for all devices of the user together.
            Request::SendMessage { .. } => true,
            _ => self.requests.check().is_ok(),
        }
    }
}

/// Does what is asked.
pub(super) async fn answer(core: &Core, who: &Who, allowance: &Allowance, op: OpId, request: Request) -> Answer {
    if !allowance.permits(&request) {
        return refused(core, RefusalCode::RateLimited, "too much at once; try again later");
    }
    if let Err(refusal) = core.quotas.permit(who, &request) {
        return refused(core, refusal.code, &refusal.detail);
    }
    match request {
        Request::Invite(_)
        | Request::Ringing { .. }
        | Request::Accept { .. }
        | Request::Decline { .. }
        | Request::HangUp { .. }
        | Request::MediaLost { .. }
        | Request::Media { .. }
        | Request::RenewToken { .. } => calls::answer(core, who, op, request).await,

        Request::RecentCalls { .. } | Request::MarkCallsSeen { .. } => log::answer(core, who, op, request).await,

        Request::SearchUsers { .. }
        | Request::Contacts
        | Request::AddContact { .. }
        | Request::RemoveContact { .. }
        | Request::SetBlocked { .. }
        | Request::SetDisplayName { .. }
        | Request::SetDoNotDisturb { .. }
        | Request::SetAway { .. } => people::answer(core, who, op, request).await,

        Request::Devices
        | Request::RenameDevice { .. }
        | Request::RevokeDevice { .. }
        | Request::SetRingHere { .. } => devices::answer(core, who, op, request).await,

        Request::SendMessage { .. }
        | Request::History { .. }
        | Request::MessagesAfter { .. }
        | Request::Conversations
        | Request::ConversationsAfter { .. }
        | Request::MarkRead { .. } => messages::answer(core, who, op, request).await,

        Request::Groups
        | Request::SearchRooms { .. }
        | Request::Group { .. }
        | Request::CreateGroup { .. }
        | Request::RenameGroup { .. }
        | Request::AddMembers { .. }
        | Request::RemoveMember { .. }
        | Request::SetGroupRole { .. }
        | Request::JoinRoom { .. }
        | Request::LeaveGroup { .. } => groups::answer(core, who, op, request).await,
    }
}

/// The answer to what this server does not understand.
pub(super) fn not_understood(core: &Core, detail: &str) -> Answer {
    refused(core, RefusalCode::Invalid, detail)
}

/// The answer to what belongs to another area, or to none yet.
fn not_done_here(core: &Core) -> Answer {
    refused(core, RefusalCode::Invalid, "this server does not do that")
}

fn actor(who: &Who) -> Actor {
    Actor {
        user: who.account.user.clone(),
        user_name: who.account.display_name.clone(),
        avatar: who.account.avatar.clone(),
        device: who.device,
        device_name: who.device_name.clone(),
        key: who.key.clone(),
    }
}

fn found(core: &Core, result: store::Result<Done>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(error) => {
            core.store_failed(&error, "a question could not be answered");
            refused(core, RefusalCode::Internal, "the server failed; try again")
        }
    }
}

/// The answer to a question that may be about what is none of the asker's business.
fn looked_up(core: &Core, result: Result<Done, NotChanged>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(NotChanged::Refused(refusal)) => refused(core, refusal.code, &refusal.detail),
        Err(NotChanged::Failed(error)) => found(core, Err(error)),
    }
}

fn refused(core: &Core, code: RefusalCode, detail: &str) -> Answer {
    core.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
