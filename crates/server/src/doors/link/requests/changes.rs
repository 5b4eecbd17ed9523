//! Requests that change something: each in one unit of work, with its answer.

use carillon_protocol::{Answer, Done, OpId, RefusalCode, Request};

use super::{actor, looked_up, too_many};
use crate::{
    change::{Change, NotChanged, RequestStart, failed, refuse},
    doors::ServerState,
    services::{
        call_log, calls, devices,
        groups::{members, settings, writing},
        messages::{reading, sending},
        people::{self, Presences},
    },
    store::Who,
};

pub(super) async fn answer(server: &ServerState, who: &Who, op: OpId, request: Request) -> Answer {
    if let Request::SetAway { away } = request {
        // It is told to those who look, and written nowhere.
        return Answer::Ok(people::set_away(server, who, away).await);
    }
    if let Err(answer) = check(server, who, op, &request).await {
        return *answer;
    }
    let presences = presences(server, who, &request).await;
    match Change::begin_request(server, who, op).await {
        RequestStart::New(mut change) => {
            let made = Box::pin(make(&mut change, request, presences)).await;
            change.finish(made).await
        }
        RequestStart::Repeated(mut change, answer) => match calls::tell_verdict(&mut change, &answer).await {
            Ok(()) => change.repeat(*answer).await,
            Err(error) => failed(server, &error),
        },
        RequestStart::Refused(answer) => *answer,
    }
}

/// What is limited beyond the row of the table: a name's changes, and messages, whose repetitions are answered all the same.
async fn check(server: &ServerState, who: &Who, op: OpId, request: &Request) -> Result<(), Box<Answer>> {
    if matches!(request, Request::SetDisplayName { .. }) {
        server.limits.check_profile(who).map_err(|too_much| Box::new(too_many(server, too_much)))?;
    }
    if matches!(request, Request::SendMessage { .. })
        && let Some(answer) = sending::too_fast(server, who, op, request).await
    {
        return Err(Box::new(answer.unwrap_or_else(|not_changed| looked_up(server, Err(not_changed)))));
    }
    Ok(())
}

/// What some requests have to know of presences.
async fn presences(server: &ServerState, who: &Who, request: &Request) -> Option<Presences> {
    match request {
        Request::AddContact { user } | Request::RemoveContact { user } | Request::SetBlocked { user, .. } => {
            Some(Presences::of(server, who, Some(user)).await)
        }
        Request::SetDisplayName { .. } => Some(Presences::of(server, who, None).await),
        _ => None,
    }
}

/// Does it.
async fn make(change: &mut Change<'_>, request: Request, presences: Option<Presences>) -> Result<Answer, NotChanged> {
    match calls::About::of(request) {
        Ok(about) => {
            let actor = actor(change.who);
            Ok(calls::ask(change, &actor, &about).await?)
        }
        Err(request) => make_other(change, *request, presences.unwrap_or_default()).await.map(Answer::Ok),
    }
}

/// Does what is not asked of a call.
async fn make_other(change: &mut Change<'_>, request: Request, presences: Presences) -> Result<Done, NotChanged> {
    match request {
        Request::MarkCallsSeen { up_to } => call_log::mark_seen(change, up_to).await,

        Request::AddContact { user } => people::add(change, &user, presences).await,
        Request::RemoveContact { user } => people::remove(change, &user, presences).await,
        Request::SetBlocked { user, blocked } => people::set_blocked(change, &user, blocked, presences).await,
        Request::SetDisplayName { display_name } => people::rename(change, &display_name, presences).await,
        Request::SetDoNotDisturb { on } => people::set_quiet(change, on).await,

        Request::RenameDevice { device, name } => devices::rename(change, device, &name).await,
        Request::SetRingHere { device, ring } => devices::set_ring_here(change, device, ring).await,
        Request::RevokeDevice { device } => devices::revoke(change, device).await,

        Request::SendMessage { chat, body, ext } => writing::write(change, chat, body, ext).await,
        Request::MarkRead { chat, up_to } => reading::mark_read(change, chat, up_to).await,

        Request::CreateGroup { kind, name, members } => settings::create(change, kind, &name, members).await,
        Request::RenameGroup { group, name } => settings::rename(change, &group, &name).await,
        Request::AddMembers { group, users } => members::add_members(change, &group, users).await,
        Request::RemoveMember { group, user } => members::remove_member(change, &group, &user).await,
        Request::SetGroupRole { group, user, role } => settings::set_role(change, &group, &user, role).await,
        Request::JoinRoom { group } => members::join(change, &group).await,
        Request::LeaveGroup { group } => members::leave(change, &group).await,

        // Answered before: calls by their own service, the rest without a change.
        Request::Invite(_)
        | Request::Ringing { .. }
        | Request::Accept { .. }
        | Request::Decline { .. }
        | Request::HangUp { .. }
        | Request::MediaLost { .. }
        | Request::Media { .. }
        | Request::RenewToken { .. }
        | Request::SetAway { .. }
        | Request::RecentCalls { .. }
        | Request::SearchUsers { .. }
        | Request::Contacts
        | Request::Devices
        | Request::History { .. }
        | Request::MessagesAfter { .. }
        | Request::Conversations
        | Request::ConversationsAfter { .. }
        | Request::Groups
        | Request::SearchRooms { .. }
        | Request::Group { .. } => refuse(RefusalCode::Invalid, "this server does not do that"),
    }
}
