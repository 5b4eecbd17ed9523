//! The one table: what strangers and users can make the server do, and what limits it.
//!
//! A request, a frame or a route without a row does not compile or fails a test, and nothing is counted that the row does not name
//! ([`super::LimitTable::count`]). Sizes and times are limits too, where they are the same for everything of a kind: heads and
//! bodies (`http`), frames (`link`), handshakes, heads, the reading of answers (`patience`), and how many connections there are
//! (`http::gate`).

use carillon_protocol::{ClientFrame, Request, UserId};

use super::Rate::{self, *};
use crate::ground::frames::ParsedFrame;

/// What limits one thing that can be asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Row {
    /// Counted before anything is done.
    pub(super) first: &'static [Rate],
    /// Counted once it is known whom it is about, or what came of it.
    pub(super) then: &'static [Rate],
}

impl Row {
    const fn new(first: &'static [Rate]) -> Self {
        Self { first, then: &[] }
    }

    const fn then(self, then: &'static [Rate]) -> Self {
        Self { then, ..self }
    }

    pub(super) fn names(&self, rate: Rate) -> bool {
        self.first.contains(&rate) || self.then.contains(&rate)
    }
}

/// All other addresses over HTTP: nothing is there.
pub(crate) const NOWHERE: Row = Row::new(&[HttpOfAddress]);
/// Who looks whether the server lives is never turned away: it costs next to nothing, and the database is asked once a second.
const HEALTH: Row = Row::new(&[]);
/// Passwords are hashed, two at a time.
pub(super) const PASSWORD: Row = Row::new(&[HttpOfAddress]).then(&[SignInsOfAddress, SignInsOfAccount]);
pub(super) const REGISTER: Row =
    Row::new(&[HttpOfAddress]).then(&[SignInsOfAddress, SignInsOfAccount, RegistrationsOfAddress]);
/// Only misses are counted as tries.
pub(super) const REFRESH: Row = Row::new(&[HttpOfAddress]).then(&[SignInsOfAddress]);
/// Pictures are read two at a time.
pub(super) const PROFILE: Row = Row::new(&[HttpOfAddress]).then(&[ProfileChangesOfUser]);
/// Parts of them are limited by what was begun, and by [`HttpOfAddress`].
pub(super) const FILE: Row = Row::new(&[HttpOfAddress]).then(&[FilesOfUser]);
pub(super) const LINK: Row = Row::new(&[HttpOfAddress]).then(&[LinksOfDevice]);

/// Everything that the public address answers.
pub(super) const ROUTES: [(&str, &str, Row); 21] = [
    ("post", "/v1/register", REGISTER),
    ("post", "/v1/sign-in", PASSWORD),
    ("post", "/v1/refresh", REFRESH),
    ("post", "/v1/password", PASSWORD),
    ("post", "/v1/delete-account", PASSWORD),
    ("post", "/v1/sign-out", NOWHERE),
    ("put", "/v1/avatar", PROFILE),
    ("delete", "/v1/avatar", PROFILE),
    ("get", "/v1/avatars/{id}", NOWHERE),
    ("put", "/v1/groups/{id}/avatar", PROFILE),
    ("delete", "/v1/groups/{id}/avatar", PROFILE),
    ("post", "/v1/attachments", FILE),
    ("put", "/v1/attachments/{id}/{offset}", NOWHERE),
    ("get", "/v1/attachments/{id}/{offset}", NOWHERE),
    ("put", "/v1/attachments/{id}/thumbnail", FILE),
    ("get", "/v1/attachments/{id}/thumbnail", NOWHERE),
    ("post", "/v1/rtc-token", NOWHERE),
    ("get", "/v1/link", LINK),
    ("get", "/version", NOWHERE),
    ("get", "/livez", HEALTH),
    ("get", "/readyz", HEALTH),
];

/// The row of a route of the router, as it names it.
pub(crate) fn of_route(method: &str, path: &str) -> Row {
    let is_it = |(known, route, _): &&(&str, &str, Row)| *route == path && known.eq_ignore_ascii_case(method);
    ROUTES.iter().find(is_it).map_or(NOWHERE, |(_, _, row)| *row)
}

/// A frame of any kind, pings and what is no text too.
pub(crate) const FRAME: Row = Row::new(&[FramesOfLink]);
/// Nothing is kept of who asks. Addresses in datagrams may be false, so there are only so many counters.
pub(super) const STUN: Row = Row::new(&[StunOfAddress]);

/// What a text frame that is no request may cost beside being a [`FRAME`].
pub(crate) const fn of_frame(heard: &ParsedFrame) -> Row {
    match heard {
        // Once on a link, and requests have rows of their own.
        ParsedFrame::Frame(ClientFrame::Hello { .. } | ClientFrame::Request(_) | ClientFrame::Ack { .. }) => FRAME,
        ParsedFrame::BadRequest { .. } | ParsedFrame::Unknown => FRAME.then(&[FaultsOfDevice]),
        // It ends the link.
        ParsedFrame::Malformed => FRAME,
    }
}

const ASKS: Row = Row::new(&[RequestsOfDevice, RequestsOfUser]);
const CHANGES: Row = Row::new(&[RequestsOfDevice, RequestsOfUser, ChangesOfUser]);
/// Other users' devices hear of it.
const APPROACHES: Row = CHANGES.then(&[ApproachesToOne]);
pub(crate) const INVITES: Row = CHANGES.then(&[InvitesOfUser, InvitesToOne, InvitesOfOne, InvitesOfOneForBlocked]);
/// Ending what goes on is always allowed. Ending nothing is not written down.
pub(crate) const ENDS: Row = Row::new(&[]).then(&[FaultsOfDevice]);
const MEDIA: Row = Row::new(&[MediaOfDevice, ChangesOfUser]);
/// A connection costs a handshake.
const OFFERS: Row = Row::new(&[OffersOfDevice]);
/// A device that pages through a call says it often, and is told in return what is in its slots.
const WANTS: Row = Row::new(&[MediaOfDevice, ChangesOfUser]);
/// The others in the call hear of it.
const PUBLISHES: Row = Row::new(&[PublishesOfDevice, ChangesOfUser]);
/// What is too fast may have been written before, which is looked up, as often as other things may be asked.
const WRITES: Row = Row::new(&[ChangesOfUser]).then(&[MessagesOfUser, RequestsOfDevice, RequestsOfUser]);
/// The others' links hear of it at once, and it is written nowhere.
const TYPES: Row = Row::new(&[TypingOfUser]);
const RENAMES: Row = CHANGES.then(&[ProfileChangesOfUser]);

/// The row of a request on a link.
pub(crate) const fn of_request(request: &Request) -> Row {
    match request {
        Request::Invite(_) => INVITES,
        Request::Ringing { .. } | Request::Accept { .. } | Request::RenewToken { .. } => CHANGES,
        Request::Decline { .. } | Request::HangUp { .. } | Request::MediaLost { .. } => ENDS,
        Request::MoveToServer { .. } => CHANGES,
        Request::Media { .. } => MEDIA,
        Request::MediaOffer { .. } => OFFERS,
        Request::WantPictures { .. } => WANTS,
        // The others in the call hear of these, too.
        Request::Publish { .. } | Request::SetHand { .. } => PUBLISHES,
        Request::Moderate { .. } => CHANGES,

        Request::SearchUsers { .. } | Request::Contacts => ASKS,
        Request::AddContact { .. } | Request::RemoveContact { .. } => APPROACHES,
        Request::SetBlocked { .. } => CHANGES,
        Request::SetDisplayName { .. } => RENAMES,
        Request::SetDoNotDisturb { .. } => CHANGES,
        // It is told to those who look, and written nowhere.
        Request::SetAway { .. } => ASKS,

        Request::Devices => ASKS,
        Request::RenameDevice { .. } | Request::RevokeDevice { .. } | Request::SetRingHere { .. } => CHANGES,

        Request::SendMessage { .. } => WRITES,
        Request::History { .. } | Request::MessagesAfter { .. } => ASKS,
        Request::Conversations | Request::ConversationsAfter { .. } => ASKS,
        Request::EditMessage { .. } | Request::DeleteMessage { .. } => CHANGES,
        Request::MarkRead { .. } | Request::MarkDelivered { .. } => CHANGES,
        Request::SetReadReceipts { .. } | Request::SetChatMuted { .. } => CHANGES,
        Request::SetTyping { .. } => TYPES,

        Request::Groups | Request::SearchRooms { .. } | Request::Group { .. } => ASKS,
        Request::CreateGroup { .. } | Request::AddMembers { .. } => APPROACHES,
        Request::RemoveMember { .. } | Request::SetGroupRole { .. } => APPROACHES,
        Request::RenameGroup { .. } => CHANGES,
        Request::JoinRoom { .. } | Request::LeaveGroup { .. } => CHANGES,

        Request::RecentCalls { .. } => ASKS,
        Request::MarkCallsSeen { .. } => CHANGES,
    }
}

/// Whom a request with [`ApproachesToOne`] in its row is about.
pub(crate) const fn approached(request: &Request) -> &[UserId] {
    if let Request::AddContact { user }
    | Request::RemoveContact { user }
    | Request::RemoveMember { user, .. }
    | Request::SetGroupRole { user, .. } = request
    {
        std::slice::from_ref(user)
    } else if let Request::CreateGroup { members: users, .. } | Request::AddMembers { users, .. } = request {
        users.as_slice()
    } else {
        &[]
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const ROUTER: &str = include_str!("../../doors/http/mod.rs");

    #[test]
    fn every_route_of_the_router_has_a_row_and_no_row_is_of_another() {
        // The router does not tell its routes; its text does, one a line.
        let routed = ROUTER.split(".route(\"").skip(1).map(|part| {
            let (path, rest) = part.split_once("\", ").unwrap();
            (rest.split_once('(').unwrap().0.rsplit("::").next().unwrap(), path)
        });
        let rows: BTreeSet<_> = ROUTES.iter().map(|(method, path, _)| (*method, *path)).collect();

        assert_eq!(routed.collect::<BTreeSet<_>>(), rows);
        assert_eq!(rows.len(), ROUTES.len(), "each once");
        assert_eq!(of_route("POST", "/v1/register"), REGISTER);
        assert_eq!(of_route("GET", "/v1/register"), NOWHERE, "another method is as good as another address");
    }

    #[test]
    fn every_rate_limits_something() {
        let rows = ROUTES.iter().map(|(_, _, row)| *row);
        let on_links = [
            ASKS, CHANGES, APPROACHES, INVITES, ENDS, MEDIA, OFFERS, WANTS, PUBLISHES, WRITES, TYPES, RENAMES, FRAME,
            STUN,
        ];
        let named: Vec<Row> = rows.chain(on_links).collect();

        for rate in Rate::ALL {
            assert!(named.iter().any(|row| row.names(rate)), "{rate:?} limits nothing");
        }
    }
}
