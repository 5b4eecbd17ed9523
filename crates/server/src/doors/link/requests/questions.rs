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
    house: &House,
    who: &Who,
    request: Request,
) -> Result<Result<Done, NotChanged>, Box<Request>> {
    Ok(match request {
        Request::RecentCalls { limit } => call_log::recent(house, who, limit).await,

        Request::SearchUsers { query } => people::search(house, who, &query).await,
        Request::Contacts => people::contacts(house, who).await,

        Request::Devices => devices::list(house, who).await,

        Request::History { chat, before, limit } => reading::history(house, who, &chat, before, limit).await,
        Request::MessagesAfter { after, limit } => reading::messages_after(house, who, after, limit).await,
        Request::Conversations => reading::conversations(house, who, None).await,
        Request::ConversationsAfter { chat } => reading::conversations(house, who, Some(&chat)).await,

        Request::Groups => settings::list(house, who).await,
        Request::SearchRooms { query } => settings::search_rooms(house, who, &query).await,
        Request::Group { group } => settings::show(house, who, &group).await,

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
