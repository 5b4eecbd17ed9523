//! What a device may ask for: one module per area.

mod calls;
mod devices;
mod groups;
mod log;
mod messages;
mod people;

use carillon_call::record::Actor;
use carillon_protocol::{Answer, Done, OpId, Refusal, RefusalCode, Request};

use crate::{
    change::NotChanged,
    core::{Core, Shared},
    limits::{TooMuch, table},
    store::{self, Who},
};

/// Does what is asked.
pub(crate) async fn answer(core: &Shared, who: &Who, op: OpId, request: Request) -> Answer {
    let (limits, row) = (&core.rate_limits, table::of_request(&request));
    let approached = table::approached(&request);
    if let Err(too_much) = limits.permit(&row, who).and_then(|()| limits.permit_approaches(&row, who, approached)) {
        return too_many(core, too_much);
    }
    if is_question(&request) {
        return asked(core, who, op, request).await;
    }
    let who = who.clone();
    let answer = core.carry_out(|core| async move { asked(&core, &who, op, request).await }).await;
    answer.unwrap_or_else(|broken| refused(core, RefusalCode::Internal, &broken.to_string()))
}

/// Whether a request changes nothing, so that it may be given up anywhere.
const fn is_question(request: &Request) -> bool {
    match request {
        Request::RecentCalls { .. }
        | Request::SearchUsers { .. }
        | Request::Contacts
        | Request::Devices
        | Request::History { .. }
        | Request::MessagesAfter { .. }
        | Request::Conversations
        | Request::ConversationsAfter { .. }
        | Request::Groups
        | Request::SearchRooms { .. }
        | Request::Group { .. } => true,
        Request::Invite(_)
        | Request::Ringing { .. }
        | Request::Accept { .. }
        | Request::Decline { .. }
        | Request::HangUp { .. }
        | Request::MediaLost { .. }
        | Request::Media { .. }
        | Request::RenewToken { .. }
        | Request::MarkCallsSeen { .. }
        | Request::AddContact { .. }
        | Request::RemoveContact { .. }
        | Request::SetBlocked { .. }
        | Request::SetDisplayName { .. }
        | Request::SetDoNotDisturb { .. }
        | Request::SetAway { .. }
        | Request::RenameDevice { .. }
        | Request::RevokeDevice { .. }
        | Request::SetRingHere { .. }
        | Request::SendMessage { .. }
        | Request::MarkRead { .. }
        | Request::CreateGroup { .. }
        | Request::RenameGroup { .. }
        | Request::AddMembers { .. }
        | Request::RemoveMember { .. }
        | Request::SetGroupRole { .. }
        | Request::JoinRoom { .. }
        | Request::LeaveGroup { .. } => false,
    }
}

async fn asked(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
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

fn too_many(core: &Core, too_much: TooMuch) -> Answer {
    refused(core, RefusalCode::RateLimited, &too_much.to_string())
}

fn refused(core: &Core, code: RefusalCode, detail: &str) -> Answer {
    core.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
