//! Requests that change nothing.

use carillon_protocol::{Done, Request};

use crate::{
    change::NotChanged,
    doors::ServerState,
    services::{call_log, devices, groups::settings, messages::reading, people},
    store::Who,
};

/// What is found; or the request, if it is no question.
pub(super) async fn answer(
    server: &ServerState,
    who: &Who,
    request: Request,
) -> Result<Result<Done, NotChanged>, Box<Request>> {
    Ok(match request {
        Request::RecentCalls { limit } => call_log::recent(server, who, limit).await,

        Request::SearchUsers { query } => people::search(server, who, &query).await,
        Request::Contacts => people::contacts(server, who).await,

        Request::Devices => devices::list(server, who).await,

        Request::History { chat, before, limit } => reading::history(server, who, &chat, before, limit).await,
        Request::MessagesAfter { after, limit } => reading::messages_after(server, who, after, limit).await,
        Request::Conversations => reading::conversations(server, who, None).await,
        Request::ConversationsAfter { chat } => reading::conversations(server, who, Some(&chat)).await,

        Request::Groups => settings::list(server, who).await,
        Request::SearchRooms { query } => settings::search_rooms(server, who, &query).await,
        Request::Group { group } => settings::show(server, who, &group).await,

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
