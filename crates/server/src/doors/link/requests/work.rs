//! What becomes of each request, one line each.

use carillon_call::record::Action;
use carillon_protocol::{Answer, Done, Request, UserId};
use futures_util::future::BoxFuture;

use crate::{
    change::{Change, NotChanged},
    doors::ServerState,
    services::{
        call_log, calls, devices,
        groups::{members, settings, writing},
        messages::{changing, reading, receipts},
        people::{self, Presences},
    },
    store::Who,
};

/// What a request comes to.
pub(super) enum Work<'a> {
    /// It changes nothing in the database. It may be given up anywhere.
    Question(BoxFuture<'a, Result<Done, NotChanged>>),
    /// It changes something, in one unit of work with its answer.
    Change { presences: NeededPresences, make: Make },
}

/// What a change has to know of presences before it begins.
pub(super) enum NeededPresences {
    None,
    Own,
    OwnAnd(UserId),
}

/// Does what is asked in a change.
pub(super) type Make = Box<dyn for<'c> FnOnce(&'c mut Change<'_>, Presences) -> Made<'c> + Send>;
type Made<'c> = BoxFuture<'c, Result<Answer, NotChanged>>;

fn make(make: impl for<'c> FnOnce(&'c mut Change<'_>, Presences) -> Made<'c> + Send + 'static) -> Make {
    Box::new(make)
}

macro_rules! question {
    ($question:expr) => {
        Work::Question(Box::pin(async move { $question.await }))
    };
}

macro_rules! change {
    ($change:ident => $done:expr) => {
        Work::Change {
            presences: NeededPresences::None,
            make: make(move |$change, _| Box::pin(async move { $done.await.map(Answer::Ok) })),
        }
    };
    ($change:ident, $presences:ident: $needed:expr => $done:expr) => {
        Work::Change {
            presences: $needed,
            make: make(move |$change, $presences| Box::pin(async move { $done.await.map(Answer::Ok) })),
        }
    };
}

/// Calls give their answers themselves.
macro_rules! call {
    ($change:ident => $answer:expr) => {
        Work::Change {
            presences: NeededPresences::None,
            make: make(move |$change, _| Box::pin(async move { Ok($answer.await?) })),
        }
    };
}

/// Says what is to be done for a request.
#[expect(clippy::too_many_lines, reason = "a table: a line or two for each request")]
pub(super) fn of<'a>(server: &'a ServerState, who: &'a Who, request: Request) -> Work<'a> {
    match request {
        Request::Invite(invitation) => call!(change => calls::invite(change, invitation)),
        Request::Accept { call, access_token, uid, hides_address } => {
            call!(change => calls::accept(change, call, access_token, uid, hides_address))
        }
        Request::RenewToken { call, access_token } => call!(change => calls::renew_token(change, call, access_token)),
        Request::Ringing { call } => call!(change => calls::ask(change, call, Action::Ringing)),
        Request::Decline { call } => call!(change => calls::ask(change, call, Action::Decline)),
        Request::HangUp { call } => call!(change => calls::ask(change, call, Action::HangUp)),
        Request::MediaLost { call, was_connected } => call!(change => calls::media_lost(change, call, was_connected)),
        Request::MoveToServer { call } => call!(change => calls::ask(change, call, Action::MoveToServer)),
        Request::Media { call, signal } => call!(change => calls::ask(change, call, Action::Media(signal))),
        Request::MediaOffer { call, sdp } => question!(calls::connect(server, who, call, sdp)),
        Request::WantPictures { call, pictures } => question!(calls::want(server, who, call, pictures)),
        Request::Publish { call, published } => call!(change => calls::ask(change, call, Action::Publish(published))),
        Request::SetHand { call, raised } => call!(change => calls::set_hand(change, call, raised)),
        Request::Moderate { call, user, what } => call!(change => calls::moderate(change, call, user, what)),
        Request::RecentCalls { limit } => question!(call_log::recent(server, who, limit)),
        Request::MarkCallsSeen { up_to } => change!(change => call_log::mark_seen(change, up_to)),

        Request::SearchUsers { query } => question!(people::search(server, who, &query)),
        Request::Contacts => question!(people::contacts(server, who)),
        Request::AddContact { user } => {
            change!(change, presences: own_and(&user) => people::add(change, &user, presences))
        }
        Request::RemoveContact { user } => {
            change!(change, presences: own_and(&user) => people::remove(change, &user, presences))
        }
        Request::SetBlocked { user, blocked } => {
            change!(change, presences: own_and(&user) => people::set_blocked(change, &user, blocked, presences))
        }
        Request::SetDisplayName { display_name: name } => {
            change!(change, presences: NeededPresences::Own => people::rename(change, &name, presences))
        }
        Request::SetDoNotDisturb { on } => change!(change => people::set_quiet(change, on)),
        Request::SetAway { away } => question!(people::set_away(server, who, away)),

        Request::Devices => question!(devices::list(server, who)),
        Request::RenameDevice { device, name } => change!(change => devices::rename(change, device, &name)),
        Request::SetRingHere { device, ring } => change!(change => devices::set_ring_here(change, device, ring)),
        Request::RevokeDevice { device } => change!(change => devices::revoke(change, device)),

        Request::SendMessage { chat, body, ext, reply_to } => {
            change!(change => writing::write(change, chat, body, ext, reply_to))
        }
        Request::EditMessage { chat, pos, text } => change!(change => changing::edit(change, chat, pos, text)),
        Request::DeleteMessage { chat, pos } => change!(change => changing::delete(change, chat, pos)),
        Request::MarkRead { chat, up_to } => change!(change => reading::mark_read(change, chat, up_to)),
        Request::MarkDelivered { up_to } => change!(change => receipts::mark_delivered(change, up_to)),
        Request::SetReadReceipts { on } => change!(change => receipts::share(change, on)),
        Request::SetChatMuted { chat, muted } => change!(change => receipts::mute(change, chat, muted)),
        Request::SetTyping { chat, typing } => question!(receipts::set_typing(server, who, chat, typing)),
        Request::History { chat, before, limit } => question!(reading::history(server, who, &chat, before, limit)),
        Request::MessagesAfter { after, limit } => question!(reading::messages_after(server, who, after, limit)),
        Request::Conversations => question!(reading::conversations(server, who, None)),
        Request::ConversationsAfter { chat } => question!(reading::conversations(server, who, Some(&chat))),

        Request::Groups => question!(settings::list(server, who)),
        Request::SearchRooms { query } => question!(settings::search_rooms(server, who, &query)),
        Request::Group { group } => question!(settings::show(server, who, &group)),
        Request::CreateGroup { kind, name, members } => {
            change!(change => settings::create(change, kind, &name, members))
        }
        Request::RenameGroup { group, name } => change!(change => settings::rename(change, &group, &name)),
        Request::AddMembers { group, users } => change!(change => members::add_members(change, &group, users)),
        Request::RemoveMember { group, user } => change!(change => members::remove_member(change, &group, &user)),
        Request::SetGroupRole { group, user, role } => {
            change!(change => settings::set_role(change, &group, &user, role))
        }
        Request::JoinRoom { group } => change!(change => members::join(change, &group)),
        Request::LeaveGroup { group } => change!(change => members::leave(change, &group)),
    }
}

fn own_and(user: &UserId) -> NeededPresences {
    NeededPresences::OwnAnd(user.clone())
}
