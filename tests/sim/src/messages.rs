//! Messages: written by users and by invitations, kept by the server, told once by every device of each user who may read them.

use std::collections::BTreeSet;

use carillon_call::record::{Action, Actor};
use carillon_protocol::{
    Answer, CallId, Chat, Done, GroupId, Message, MessageBody, MessageId, Request, Signal, UserId,
};
use uuid::Uuid;

use super::{Sim, device::Dev};

/// So few are in a page that a device often needs several.
const PAGE: usize = 3;

/// How a server may be broken, to see that it is noticed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MessageFault {
    /// What is asked again is written again.
    ForgetsAnswers,
    /// A new session begins as if nothing had been written meanwhile.
    ForgetsTheAbsent,
}

/// What a server keeps of messages; each one's place is one more than its index.
#[derive(Debug, Default)]
pub(super) struct MessageStore {
    pub(super) fault: Option<MessageFault>,
    written: Vec<StoredMessage>,
}

#[derive(Debug)]
struct StoredMessage {
    from: UserId,
    /// `None`: the hall, a group with all users.
    to: Option<UserId>,
    body: MessageBody,
    call: Option<CallId>,
    /// Its reader wants nothing of the writer.
    is_kept_from_reader: bool,
}

impl StoredMessage {
    fn is_seen_by(&self, user: &UserId) -> bool {
        self.from == *user || !self.is_kept_from_reader && self.to.as_ref().is_none_or(|to| to == user)
    }

    fn message(&self, place: usize, reader: &UserId) -> Message {
        let chat = match &self.to {
            None => Chat::Group { group: hall() },
            Some(to) if self.from == *reader => Chat::User { user: to.clone() },
            Some(_) => Chat::User { user: self.from.clone() },
        };
        Message {
            id: MessageId::new(Uuid::from_u128(place as u128)),
            pos: place as u64,
            chat,
            from: self.from.clone(),
            from_name: self.from.to_string(),
            body: self.body.clone(),
            ext: serde_json::Map::new(),
            call: self.call,
            at_ms: 0,
            reply_to: None,
            edited_at_ms: None,
        }
    }
}

impl MessageStore {
    /// The places after this one of what a user may read, the oldest first.
    fn places_after(&self, place: u64, reader: &UserId) -> impl DoubleEndedIterator<Item = usize> {
        let first = usize::try_from(place).unwrap_or(usize::MAX);
        let later = self.written.get(first..).unwrap_or_default().iter().enumerate();
        later.filter(|(_, stored)| stored.is_seen_by(reader)).map(move |(index, _)| first + index + 1)
    }

    fn message(&self, place: usize, reader: &UserId) -> Message {
        self.written[place - 1].message(place, reader)
    }

    fn latest(&self, reader: &UserId) -> u64 {
        self.places_after(0, reader).next_back().unwrap_or(0) as u64
    }
}

/// What one life of a device's program knows of messages.
#[derive(Debug, Default)]
pub(super) struct KnownMessages {
    /// What was there before its first session; `None`: there was none yet.
    pub(super) since: Option<u64>,
    /// The places of what was told as news, in that order.
    pub(super) news: Vec<u64>,
    /// The places of what it wrote itself, by the server's answers.
    sent: BTreeSet<u64>,
    /// How much of the news came in pages.
    pub(super) fetched: usize,
}

impl Sim {
    /// A device writes to a user, or to all; no two texts are the same.
    pub fn write(&mut self, dev: Dev, whom: Option<&str>) {
        if !self.devices[dev.0].is_alive {
            return;
        }
        let chat = match whom {
            None => Chat::Group { group: hall() },
            Some(name) => Chat::User { user: UserId::new(name).expect("stories use good names") },
        };
        self.watch.wrote += 1;
        let text = self.watch.wrote.to_string();
        self.note(|| format!("{dev:?} writes {text} to {chat:?}"));
        let body = MessageBody::Text { text };
        self.ask_for_user(dev, Request::SendMessage { chat, body, ext: serde_json::Map::new(), reply_to: None });
    }

    /// The server no longer knows a device's session, as after too long an absence; the next begins with a snapshot.
    pub fn forget_session(&mut self, dev: Dev) {
        self.lose_session(dev);
        self.drop_link(dev);
    }

    /// What a device told of messages as news, by their places.
    pub fn news(&self, dev: Dev) -> &[u64] {
        &self.devices[dev.0].messages.news
    }

    pub(super) fn message_was_sent(&mut self, dev: Dev, result: &Answer) {
        if let Answer::Ok(Done::Sent { message }) = result {
            self.devices[dev.0].messages.sent.insert(message.pos);
        }
    }

    pub(super) fn tell_message(&mut self, dev: Dev, message: &Message) {
        self.note(|| format!("{dev:?} tells message {}", message.pos));
        self.devices[dev.0].messages.news.push(message.pos);
    }

    /// The server's answer to a device that writes, and whom to tell.
    pub(super) fn take_message(&mut self, dev: Dev, chat: Chat, body: MessageBody) -> (Vec<(Dev, u64)>, Answer) {
        let from = self.devices[dev.0].user.clone();
        let to = match chat {
            Chat::User { user } => Some(user),
            Chat::Group { .. } => None,
        };
        let is_kept_from_reader = to.as_ref().is_some_and(|to| self.server.has_blocked(to, &from));
        let stored = StoredMessage { from, to, body, call: None, is_kept_from_reader };
        let message = stored.message(self.server.messages.written.len() + 1, &self.devices[dev.0].user);
        let told = self.keep_message(stored, Some(dev));
        (told, Answer::Ok(Done::Sent { message }))
    }

    /// An invitation to a call is a message to each user who is asked by it.
    pub(super) fn write_invitation(&mut self, actor: &Actor, asked: &Action, call: CallId) -> Vec<(Dev, u64)> {
        let Action::Invite { invitation, .. } = asked else { return Vec::new() };
        let mut told = Vec::new();
        for to in invitation.to.clone().into_iter().filter(|to| *to != actor.user) {
            let is_kept_from_reader = self.server.has_blocked(&to, &actor.user);
            let from = actor.user.clone();
            let body = MessageBody::Command { action: "invite".to_owned() };
            let stored = StoredMessage { from, to: Some(to), body, call: Some(call), is_kept_from_reader };
            told.extend(self.keep_message(stored, None));
        }
        told
    }

    /// Keeps a message, and puts it into the outboxes of all who may read it, but for the device that wrote it: that has its answer.
    fn keep_message(&mut self, stored: StoredMessage, but: Option<Dev>) -> Vec<(Dev, u64)> {
        let place = self.server.messages.written.len() + 1;
        let mut told = Vec::new();
        for dev in self.all().filter(|dev| Some(*dev) != but) {
            let reader = &self.devices[dev.0].user;
            if stored.is_seen_by(reader) {
                let signal = Signal::Message(stored.message(place, reader));
                told.extend(self.put_out_to(dev, &signal));
            }
        }
        self.server.messages.written.push(stored);
        told
    }

    pub(super) fn page_of_messages(&self, dev: Dev, after: u64) -> Answer {
        let (store, reader) = (&self.server.messages, &self.devices[dev.0].user);
        let places: Vec<_> = store.places_after(after, reader).take(PAGE + 1).collect();
        let more = places.len() > PAGE;
        let messages = places.into_iter().take(PAGE).map(|place| store.message(place, reader)).collect();
        Answer::Ok(Done::Messages { messages, more })
    }

    pub(super) fn latest_message(&self, dev: Dev) -> u64 {
        let device = &self.devices[dev.0];
        let forgets = self.server.messages.fault == Some(MessageFault::ForgetsTheAbsent);
        if forgets && device.messages.since.is_some() { 0 } else { self.server.messages.latest(&device.user) }
    }

    /// What must hold of messages when all is quiet: each was written once and told once, in order, to all who may read it.
    pub(super) fn check_messages(&mut self) {
        let mut texts = BTreeSet::new();
        let mut wrongs = Vec::new();
        for stored in &self.server.messages.written {
            if let MessageBody::Text { text } = &stored.body
                && !texts.insert(text)
            {
                wrongs.push(format!("message {text} is written twice"));
            }
        }
        for dev in self.all().filter(|dev| self.devices[dev.0].is_alive) {
            let device = &self.devices[dev.0];
            let messages = &device.messages;
            if !messages.news.is_sorted_by(|a, b| a < b) {
                wrongs.push(format!("{dev:?} tells messages twice or out of order: {:?}", messages.news));
            }
            if device.waits_for_messages() {
                wrongs.push(format!("{dev:?} waits for answers still"));
            }
            let known: BTreeSet<_> = messages.news.iter().chain(&messages.sent).copied().collect();
            let readable = self.server.messages.places_after(messages.since.unwrap_or(0), &device.user);
            let readable: BTreeSet<_> = readable.map(|place| place as u64).collect();
            if known != readable {
                let missing: Vec<_> = readable.symmetric_difference(&known).collect();
                wrongs.push(format!("{dev:?} lost messages, or has them of nowhere: {missing:?}"));
            }
        }
        wrongs.into_iter().for_each(|wrong| self.watch.violated(wrong));
    }
}

/// The group with all users.
fn hall() -> GroupId {
    GroupId::new("hall").expect("a good name")
}
