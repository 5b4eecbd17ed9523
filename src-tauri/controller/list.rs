//! The list of conversations: what is in it, in which order, and which part of it is on show.
//!
//! What happened last comes first. While the pointer or the keys are in the list, no row changes its place: what is new comes last, and
//! what is gone leaves no gap.

use std::{
    cmp::Reverse,
    collections::{BTreeMap, BTreeSet},
};

use carillon_ipc::{LastState, LastView, ListFilter, ListRequest, ListView, Notice, ROWS, RowView};
use carillon_kit::{
    CallEntry, CallId, Chat, ContactState, GroupInfo, Message, MessageBody, UserId, shown_line, shown_name,
    shown_person,
};

use super::{
    Controller,
    chats::{SendStage, UnsentMessage},
    conversation::{group_of, invitation},
    lists::{chat_of, is_match, known_person, recent_view, requests},
    session::{MainPage, SignedInSession},
};
use crate::desktop::Desktop;

/// With fewer conversations than these, the people on the server are listed below them.
const FEW: usize = 8;
/// What fits a row of the largest window.
const MAX_LINE_CHARS: usize = 120;

/// Which row it is.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum RowKey {
    /// The people who wait for an answer.
    Requests,
    /// A conversation, or one that could begin.
    Chat(Chat),
    /// A call.
    Call(CallId),
}

/// The list as the window has it.
#[derive(Debug, Default)]
pub(super) struct List {
    filter: ListFilter,
    first: usize,
    order: Vec<RowKey>,
    /// Whether the pointer or the keys are in it.
    is_held: bool,
    /// Whether something else is to be in it, so that no place means anything any more.
    is_other: bool,
}

impl List {
    pub(super) const fn filter(&self) -> ListFilter {
        self.filter
    }

    /// Something else is to be in it.
    pub(super) fn begin_anew(&mut self) {
        (self.first, self.is_other) = (0, true);
    }

    /// Takes over what is in it now, in the order that it would have if nobody looked.
    fn arrange(&mut self, fresh: Vec<RowKey>) {
        if !self.is_held || std::mem::take(&mut self.is_other) {
            self.is_other = false;
            self.order = fresh;
            return;
        }
        let mut new: BTreeSet<&RowKey> = fresh.iter().collect();
        self.order.retain(|key| new.remove(key));
        let new: Vec<_> = fresh.iter().filter(|key| new.contains(key)).cloned().collect();
        self.order.extend(new);
    }

    fn part(&self) -> (usize, &[RowKey]) {
        let first = self.first.min(self.order.len().saturating_sub(1));
        let end = first.saturating_add(ROWS).min(self.order.len());
        (first, &self.order[first..end])
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn list_request(&mut self, request: ListRequest) -> Result<(), Notice> {
        let session = self.session()?;
        match request {
            ListRequest::Filter { filter } => {
                session.list.filter = filter;
                session.list.begin_anew();
            }
            ListRequest::From { first } => session.list.first = usize::try_from(first).unwrap_or(usize::MAX),
            ListRequest::Hold { on } => session.list.is_held = on,
            ListRequest::OpenRequests => {
                session.show(None);
                session.page = MainPage::Requests;
            }
        }
        Ok(())
    }

    /// Brings the list's order up to date, as far as it may change.
    pub(super) fn arrange_list(&mut self) {
        let Some(session) = self.account.session_mut() else { return };
        let fresh = fresh_order(session);
        session.list.arrange(fresh);
    }
}

/// The part of the list that is on show.
pub(super) fn view(session: &SignedInSession) -> ListView {
    let (first, keys) = session.list.part();
    let latest = Latest::of(session);
    ListView {
        filter: session.list.filter,
        query: session.people.query().to_owned(),
        total: count(session.list.order.len()),
        first: count(first),
        rows: keys.iter().filter_map(|key| row(key, &latest, session)).collect(),
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}

fn fresh_order(session: &SignedInSession) -> Vec<RowKey> {
    match session.list.filter {
        ListFilter::All => conversations(session),
        ListFilter::Calls => calls(session),
    }
}

fn calls(session: &SignedInSession) -> Vec<RowKey> {
    let query = session.people.query().to_lowercase();
    let is_meant = |entry: &&CallEntry| {
        let group = entry.group.as_ref().map(|group| group.name.as_str()).unwrap_or_default();
        is_match(&query, &entry.with_name, entry.with.as_str()) || is_match(&query, group, "")
    };
    session.recent.iter().filter(is_meant).map(|entry| RowKey::Call(entry.call)).collect()
}

/// What a row is sorted by. What needs an answer comes first, then what happened last; by name where nothing has happened.
type Place = (u8, Reverse<u64>, String);

const NEEDS_AN_ANSWER: u8 = 0;
const BY_NAME: u8 = 1;
const BY_WORDS: u8 = 2;

struct Search {
    query: String,
}

impl Search {
    /// How well a conversation suits what is searched for; `None`: not at all.
    fn rank(&self, name: &str, id: &str, last: Option<&Message>) -> Option<u8> {
        if is_match(&self.query, name, id) {
            return Some(BY_NAME);
        }
        let says_it = |message: &Message| match &message.body {
            MessageBody::Text { text } => message.call.is_none() && text.to_lowercase().contains(&self.query),
            MessageBody::File { file } => file.name.to_lowercase().contains(&self.query),
            MessageBody::Command { .. } | MessageBody::Event { .. } | MessageBody::Deleted => false,
        };
        last.is_some_and(says_it).then_some(BY_WORDS)
    }
}

fn conversations(session: &SignedInSession) -> Vec<RowKey> {
    let search = Search { query: session.people.query().to_lowercase() };
    let searching = !search.query.is_empty();
    let latest = Latest::of(session);
    let mut rows = people(session, &search, &latest);
    rows.extend(groups(session, &search, &latest));
    rows.sort_unstable();
    let mut chats: Vec<Chat> = rows.into_iter().map(|(_, chat)| chat).collect();
    if searching || chats.len() < FEW {
        chats.extend(others(session, &search, &chats));
    }
    let asked = !searching && !requests(session).is_empty();
    asked.then_some(RowKey::Requests).into_iter().chain(chats.into_iter().map(RowKey::Chat)).collect()
}

/// Contacts, and whoever else has a conversation with this user.
fn people(session: &SignedInSession, search: &Search, latest: &Latest<'_>) -> Vec<(Place, Chat)> {
    let searching = !search.query.is_empty();
    let list = session.chats.list();
    let last = |chat: &Chat| list.get(chat).and_then(|known| known.last.as_ref());
    let place = |chat: Chat, name: String, id: &str| {
        let rank = search.rank(&name, id, last(&chat))?;
        Some(((rank, Reverse(latest.at(&chat)), name.to_lowercase()), chat))
    };
    let contacts = session.people.contacts();
    let mut rows = Vec::with_capacity(contacts.len());
    let mut listed = BTreeSet::new();
    for person in contacts {
        let chat = Chat::User { user: person.user.clone() };
        listed.insert(&person.user);
        // Blocked people are found by name only, and whoever waits for an answer has a row of their own until they write.
        let waits = person.contact == ContactState::Asked && last(&chat).is_none();
        if searching || !(person.blocked || waits) {
            let name = shown_person(&person.display_name, &person.user);
            rows.extend(place(chat, name, person.user.as_str()));
        }
    }
    let strangers = list.values().filter_map(|known| match &known.chat {
        Chat::User { user } if !listed.contains(user) => Some((user, known)),
        Chat::User { .. } | Chat::Group { .. } => None,
    });
    rows.extend(
        strangers.filter_map(|(user, known)| place(known.chat.clone(), shown_person(&known.name, user), user.as_str())),
    );
    rows
}

fn groups(session: &SignedInSession, search: &Search, latest: &Latest<'_>) -> Vec<(Place, Chat)> {
    let place = |info: &GroupInfo| {
        let chat = Chat::Group { group: info.group.clone() };
        let name = shown_name(&info.name);
        let last = session.chats.list().get(&chat).and_then(|known| known.last.as_ref());
        let rank = search.rank(&name, "", last)?;
        let rank = if info.invited_by.is_some() { NEEDS_AN_ANSWER } else { rank };
        Some(((rank, Reverse(latest.at(&chat)), name.to_lowercase()), chat))
    };
    session.groups.iter().filter_map(place).collect()
}

/// People and rooms that have nothing to do with this user yet: as the server found them, as far as they suit what is searched for here.
fn others(session: &SignedInSession, search: &Search, listed: &[Chat]) -> Vec<Chat> {
    let listed: BTreeSet<&Chat> = listed.iter().collect();
    let is_known = |chat: &Chat| {
        let waits = |user: &UserId| session.people.contacts().iter().any(|person| person.user == *user);
        listed.contains(chat) || matches!(chat, Chat::User { user } if waits(user))
    };
    let me = &session.account.user;
    let found = session.people.found().iter().filter(|person| person.user != *me);
    let found = found.filter(|person| is_match(&search.query, &person.display_name, person.user.as_str()));
    let found = found.map(|person| Chat::User { user: person.user.clone() });
    let rooms = session.rooms.iter().filter(|room| !search.query.is_empty() && is_match(&search.query, &room.name, ""));
    let rooms = rooms.map(|room| Chat::Group { group: room.group.clone() });
    found.chain(rooms).filter(|chat| !is_known(chat)).collect()
}

/// What happened last in each conversation, besides what was said.
struct Latest<'a> {
    session: &'a SignedInSession,
    calls: BTreeMap<Chat, &'a CallEntry>,
    unsent: BTreeMap<&'a Chat, &'a UnsentMessage>,
}

impl<'a> Latest<'a> {
    fn of(session: &'a SignedInSession) -> Self {
        let mut calls = BTreeMap::new();
        for entry in &session.recent {
            calls.entry(chat_of(entry)).or_insert(entry); // the newest comes first
        }
        let unsent = session.chats.all_outgoing().map(|outgoing| (&outgoing.chat, outgoing)).collect();
        Self { session, calls, unsent }
    }

    fn message(&self, chat: &Chat) -> Option<&'a Message> {
        self.session.chats.list().get(chat)?.last.as_ref()
    }

    /// When it was; 0: nothing has happened.
    fn at(&self, chat: &Chat) -> u64 {
        let call = self.calls.get(chat).map(|entry| entry.at_ms);
        let message = self.message(chat).map(|message| message.at_ms);
        let unsent = self.unsent.get(chat).map(|outgoing| outgoing.at_ms);
        call.max(message).max(unsent).unwrap_or_default()
    }

    /// What it was.
    fn view(&self, chat: &Chat) -> Option<LastView> {
        if let Some(outgoing) = self.unsent.get(chat) {
            return Some(unsent_line(outgoing)); // whatever came since, the user cares whether it got there
        }
        let call = self.calls.get(chat).map(|entry| LastView::Call { call: recent_view(entry, self.session) });
        let message = self.message(chat).and_then(|message| message_line(message, self.session));
        match (call, message) {
            (Some(call), Some(message)) => Some(if call.at_ms() >= message.at_ms() { call } else { message }),
            (call, message) => call.or(message),
        }
    }
}

fn unsent_line(outgoing: &UnsentMessage) -> LastView {
    LastView::Message {
        own: true,
        by: None,
        text: shown_line(&outgoing.text, MAX_LINE_CHARS).into_owned(),
        at_ms: outgoing.at_ms,
        state: match outgoing.stage {
            SendStage::Waiting | SendStage::Sending => LastState::Waiting,
            SendStage::Failed(_) => LastState::Failed,
        },
    }
}

fn message_line(message: &Message, session: &SignedInSession) -> Option<LastView> {
    let text = match &message.body {
        MessageBody::Text { text } => text,
        MessageBody::File { file } => &file.name,
        MessageBody::Command { .. } | MessageBody::Event { .. } | MessageBody::Deleted => return None,
    };
    if message.call.is_some() {
        return Some(LastView::Call { call: invitation(session, message) });
    }
    let own = message.from == session.account.user;
    let in_group = matches!(message.chat, Chat::Group { .. });
    Some(LastView::Message {
        own,
        by: (in_group && !own).then(|| shown_person(&message.from_name, &message.from)),
        text: shown_line(text, MAX_LINE_CHARS).into_owned(),
        at_ms: message.at_ms,
        state: LastState::Sent,
    })
}

fn row(key: &RowKey, latest: &Latest<'_>, session: &SignedInSession) -> Option<RowView> {
    Some(match key {
        RowKey::Requests => {
            let asked = requests(session);
            RowView::Requests { count: count(asked.len()), name: asked.first().map(|person| person.name.clone())? }
        }
        RowKey::Chat(chat @ Chat::User { user }) => {
            RowView::Person { person: known_person(session, user), last: latest.view(chat) }
        }
        RowKey::Chat(chat @ Chat::Group { group }) => {
            RowView::Group { group: group_of(session, group), last: latest.view(chat) }
        }
        RowKey::Call(call) => {
            let entry = session.recent.iter().find(|entry| entry.call == *call)?;
            RowView::Call { call: recent_view(entry, session) }
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key(name: &str) -> RowKey {
        RowKey::Chat(Chat::User { user: UserId::new(name).expect("a good name") })
    }

    fn keys(names: &[&str]) -> Vec<RowKey> {
        names.iter().map(|name| key(name)).collect()
    }

    #[test]
    fn no_row_moves_under_the_pointer_and_all_are_in_place_once_it_has_gone() {
        let mut list = List::default();
        list.arrange(keys(&["ada", "bob", "eve"]));
        list.is_held = true;

        list.arrange(keys(&["zoe", "eve", "ada", "bob"]));
        assert_eq!(list.order, keys(&["ada", "bob", "eve", "zoe"]), "what is new comes last");
        list.arrange(keys(&["zoe", "eve", "bob"]));
        assert_eq!(list.order, keys(&["bob", "eve", "zoe"]), "what is gone leaves no gap");

        list.is_held = false;
        list.arrange(keys(&["zoe", "eve", "bob"]));
        assert_eq!(list.order, keys(&["zoe", "eve", "bob"]));
    }

    #[test]
    fn what_is_searched_for_is_there_at_once_wherever_the_pointer_is() {
        let mut list = List { is_held: true, ..List::default() };
        list.arrange(keys(&["ada", "bob"]));

        list.begin_anew();
        list.arrange(keys(&["bob", "ada"]));
        assert_eq!(list.order, keys(&["bob", "ada"]));
        list.arrange(keys(&["ada", "bob"]));
        assert_eq!(list.order, keys(&["bob", "ada"]), "and then it stays");
    }

    #[test]
    fn a_part_has_no_more_rows_than_a_view_and_is_never_beyond_the_end() {
        let names: Vec<String> = (0..2_000).map(|number| format!("user{number}")).collect();
        let mut list = List::default();
        list.arrange(names.iter().map(|name| key(name)).collect());

        for (first, shown) in [(0, 0), (700, 700), (1_950, 1_950), (usize::MAX, 1_999)] {
            list.first = first;
            let (at, rows) = list.part();
            assert_eq!((at, rows.len()), (shown, ROWS.min(2_000 - shown)), "from {first}");
        }
        list.arrange(Vec::new());
        assert_eq!(list.part(), (0, &[][..]));
    }
}
