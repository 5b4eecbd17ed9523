//! From the state to people, groups and calls as windows list them.

use carillon_ipc::{CalledGroupView, GroupView, MeView, OwnPresence, PersonView, RecentView};
use carillon_kit::{
    Account, CallEntry, Chat, ContactState, GroupInfo, Person, Presence, UserId, shown_name, shown_person,
};

use super::{pictures, session::SignedInSession};

/// Contacts, by name.
pub(super) fn contacts(session: &SignedInSession) -> Vec<PersonView> {
    let all = session.people.contacts().iter().map(|person| person_view(person, session));
    all.filter(PersonView::is_contact).collect()
}

/// Who waits for an answer to *be my contact?*, by name.
pub(super) fn requests(session: &SignedInSession) -> Vec<PersonView> {
    let asks = |person: &&Person| person.contact == ContactState::Asked && !person.blocked;
    session.people.contacts().iter().filter(asks).map(|person| person_view(person, session)).collect()
}

/// Of whom this user takes nothing.
pub(super) fn blocked(session: &SignedInSession) -> Vec<PersonView> {
    session
        .people
        .contacts()
        .iter()
        .filter(|person| person.blocked)
        .map(|person| person_view(person, session))
        .collect()
}

/// Whether somebody or something is what is searched for, in small letters.
pub(super) fn is_match(query: &str, name: &str, id: &str) -> bool {
    query.is_empty() || name.to_lowercase().contains(query) || id.contains(query)
}

/// A person, as far as they are known.
pub(super) fn known_person(session: &SignedInSession, user: &UserId) -> PersonView {
    if let Some(person) = session.person(user) {
        return person_view(person, session);
    }
    let chat = Chat::User { user: user.clone() };
    let talked = session.chats.list().get(&chat).and_then(|known| known.avatar.as_ref());
    let picture = pictures::address(talked);
    let unread = session.chats.unread(&chat);
    PersonView { picture, unread, ..PersonView::new(user.clone(), name_of(session, user), Presence::Hidden) }
}

/// What is shown of a user.
pub(super) fn name_of(session: &SignedInSession, user: &UserId) -> String {
    let listed = session.person(user).map(|person| person.display_name.as_str());
    let member = || {
        let mut members = session.members.values().flatten();
        members.find(|member| member.user == *user).map(|member| member.display_name.as_str())
    };
    let talked = || session.chats.list().get(&Chat::User { user: user.clone() }).map(|known| known.name.as_str());
    shown_name(listed.or_else(member).or_else(talked).unwrap_or(user.as_str()))
}

pub(super) fn person_view(person: &Person, session: &SignedInSession) -> PersonView {
    PersonView {
        user: person.user.clone(),
        name: shown_person(&person.display_name, &person.user),
        picture: pictures::address(person.avatar.as_ref()),
        presence: person.presence,
        contact: person.contact,
        blocked: person.blocked,
        unread: session.chats.unread(&Chat::User { user: person.user.clone() }),
    }
}

pub(super) fn me_view(account: &Account, away: bool) -> MeView {
    let presence = match (account.do_not_disturb, away) {
        (true, _) => OwnPresence::DoNotDisturb,
        (false, true) => OwnPresence::Away,
        (false, false) => OwnPresence::Available,
    };
    let picture = pictures::address(account.avatar.as_ref());
    MeView { user: account.user.clone(), name: shown_person(&account.display_name, &account.user), picture, presence }
}

pub(super) fn group_view(info: &GroupInfo, session: &SignedInSession) -> GroupView {
    GroupView {
        group: info.group.clone(),
        kind: info.kind,
        name: shown_name(&info.name),
        picture: pictures::address(info.avatar.as_ref()),
        members: info.members,
        role: info.role,
        unread: session.chats.unread(&Chat::Group { group: info.group.clone() }),
        invited_by: info.invited_by.as_ref().map(|inviter| shown_person(&inviter.display_name, &inviter.user)),
    }
}

/// The conversation that a call belongs to.
pub(super) fn chat_of(entry: &CallEntry) -> Chat {
    let group = entry.group.as_ref().and_then(|called| called.group.clone());
    group.map_or_else(|| Chat::User { user: entry.with.clone() }, |group| Chat::Group { group })
}

pub(super) fn recent_view(entry: &CallEntry, session: &SignedInSession) -> RecentView {
    let name = shown_person(&entry.with_name, &entry.with);
    let with = PersonView { name, ..known_person(session, &entry.with) };
    let group = entry.group.as_ref().map(|called| CalledGroupView {
        chat: called.group.clone().map(|group| Chat::Group { group }),
        name: shown_name(&called.name),
    });
    RecentView {
        id: entry.call.to_string(),
        with,
        direction: entry.direction,
        kind: entry.kind,
        group,
        reason: Some(entry.reason),
        missed: entry.is_missed(),
        at_ms: entry.at_ms,
        duration_ms: entry.duration_ms,
    }
}
