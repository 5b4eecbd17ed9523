//! Requests that change nothing.

use carillon_protocol::{Done, Request};

use crate::{
    change::NotChanged,
    doors::House,
    services::{call_log, devices, groups::settings, messages::reading, people},
    store::Who,
};

/// What is found; or the request, if it is no question.
pub(super) async fn answer(
    core: &House,
    who: &Who,
    request: Request,
) -> Result<Result<Done, NotChanged>, Box<Request>> {
    Ok(match request {
        Request::RecentCalls { limit } => call_log::recent(core, who, limit).await,

        Request::SearchUsers { query } => people::search(core, who, &query).await,
        Request::Contacts => people::contacts(core, who).await,

        Request::Devices => devices::list(core, who).await,

        Request::History { chat, before, limit } => reading::history(core, who, &chat, before, limit).await,
        Request::MessagesAfter { after, limit } => reading::messages_after(core, who, after, limit).await,
        Request::Conversations => reading::conversations(core, who, None).await,
        Request::ConversationsAfter { chat } => reading::conversations(core, who, Some(&chat)).await,

        Request::Groups => settings::list(core, who).await,
        Request::SearchRooms { query } => settings::search_rooms(core, who, &query).await,
        Request::Group { group } => settings::show(core, who, &group).await,

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
        | Request::LeaveGroup { .. } => return Err(Box::new(request)),
    })
}
