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
pub enum MailFault {
    /// What is asked again is written again.
    ForgetsAnswers,
    /// A new session begins as if nothing had been written meanwhile.
    ForgetsTheAbsent,
}

/// What a server keeps of messages; each one's place is one more than its index.
#[derive(Debug, Default)]
pub(super) struct Letters {
    pub(super) fault: Option<MailFault>,
    written: Vec<Letter>,
}

#[derive(Debug)]
struct Letter {
    from: UserId,
    /// `None`: the hall, a group with all users.
    to: Option<UserId>,
    body: MessageBody,
    call: Option<CallId>,
    /// Its reader wants nothing of the writer.
    is_kept_from_reader: bool,
}

impl Letter {
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
        }
    }
}

impl Letters {
    /// What a user may read after a place, the oldest first.
    fn after(&self, place: u64, reader: &UserId) -> impl DoubleEndedIterator<Item = Message> {
        let numbered = self.written.iter().enumerate().map(|(index, letter)| (index + 1, letter));
        let seen = numbered.filter(|(_, letter)| letter.is_seen_by(reader));
        seen.map(|(at, letter)| letter.message(at, reader)).filter(move |message| message.pos > place)
    }

    pub(super) fn latest(&self, reader: &UserId) -> u64 {
        self.after(0, reader).next_back().map_or(0, |message| message.pos)
    }
}

/// What one life of a device's program knows of messages.
#[derive(Debug, Default)]
pub(super) struct Mail {
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
        self.ask_for_user(dev, Request::SendMessage { chat, body, ext: serde_json::Map::new() });
    }

    /// The server no longer knows a device's session, as after too long an absence; the next begins with a snapshot.
    pub fn forget_session(&mut self, dev: Dev) {
        self.lose_session(dev);
        self.drop_link(dev);
    }

    /// What a device told of messages as news, by their places.
    pub fn news(&self, dev: Dev) -> &[u64] {
        &self.devices[dev.0].mail.news
    }

    pub(super) fn mail_was_sent(&mut self, dev: Dev, result: &Answer) {
        if let Answer::Ok(Done::Sent { message }) = result {
            self.devices[dev.0].mail.sent.insert(message.pos);
        }
    }

    pub(super) fn tell_mail(&mut self, dev: Dev, message: &Message) {
        self.note(|| format!("{dev:?} tells message {}", message.pos));
        self.devices[dev.0].mail.news.push(message.pos);
    }

    /// The server's answer to a device that writes, and whom to tell.
    pub(super) fn take_letter(&mut self, dev: Dev, chat: Chat, body: MessageBody) -> (Vec<(Dev, u64)>, Answer) {
        let from = self.devices[dev.0].user.clone();
        let to = match chat {
            Chat::User { user } => Some(user),
            Chat::Group { .. } => None,
        };
        let is_kept_from_reader = to.as_ref().is_some_and(|to| self.server.has_blocked(to, &from));
        let letter = Letter { from, to, body, call: None, is_kept_from_reader };
        let message = letter.message(self.server.letters.written.len() + 1, &self.devices[dev.0].user);
        let told = self.keep_letter(letter, Some(dev));
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
            told.extend(
                self.keep_letter(Letter { from, to: Some(to), body, call: Some(call), is_kept_from_reader }, None),
            );
        }
        told
    }

    /// Keeps a message, and puts it into the outboxes of all who may read it, but for the device that wrote it: that has its answer.
    fn keep_letter(&mut self, letter: Letter, but: Option<Dev>) -> Vec<(Dev, u64)> {
        let place = self.server.letters.written.len() + 1;
        let mut told = Vec::new();
        for dev in self.all().filter(|dev| Some(*dev) != but) {
            let reader = &self.devices[dev.0].user;
            if letter.is_seen_by(reader) {
                let signal = Signal::Message(letter.message(place, reader));
                told.extend(self.put_out_to(dev, &signal));
            }
        }
        self.server.letters.written.push(letter);
        told
    }

    pub(super) fn page_of_letters(&self, dev: Dev, after: u64) -> Answer {
        let mut messages: Vec<_> = self.server.letters.after(after, &self.devices[dev.0].user).take(PAGE + 1).collect();
        let more = messages.len() > PAGE;
        messages.truncate(PAGE);
        Answer::Ok(Done::Messages { messages, more })
    }

    pub(super) fn latest_letter(&self, dev: Dev) -> u64 {
        let device = &self.devices[dev.0];
        match (self.server.letters.fault, device.mail.since) {
            (Some(MailFault::ForgetsTheAbsent), Some(_)) => 0,
            _ => self.server.letters.latest(&device.user),
        }
    }

    /// What must hold of messages when all is quiet: each was written once and told once, in order, to all who may read it.
    pub(super) fn check_mail(&mut self) {
        let mut texts = BTreeSet::new();
        let mut wrongs = Vec::new();
        for letter in &self.server.letters.written {
            if let MessageBody::Text { text } = &letter.body
                && !texts.insert(text)
            {
                wrongs.push(format!("message {text} is written twice"));
            }
        }
        for dev in self.all().filter(|dev| self.devices[dev.0].is_alive) {
            let device = &self.devices[dev.0];
            let mail = &device.mail;
            if !mail.news.is_sorted_by(|a, b| a < b) {
                wrongs.push(format!("{dev:?} tells messages twice or out of order: {:?}", mail.news));
            }
            if device.waits_for_mail() {
                wrongs.push(format!("{dev:?} waits for answers still"));
            }
            let known: BTreeSet<_> = mail.news.iter().chain(&mail.sent).copied().collect();
            let readable = self.server.letters.after(mail.since.unwrap_or(0), &device.user).map(|message| message.pos);
            let readable: BTreeSet<_> = readable.collect();
            if known != readable {
                let missing: Vec<_> = readable.symmetric_difference(&known).collect();
                wrongs.push(format!("{dev:?} lost messages, or has them of nowhere: {missing:?}"));
            }
        }
        wrongs.into_iter().for_each(|wrong| self.watch.accuse(wrong));
    }
}

/// The group with all users.
fn hall() -> GroupId {
    GroupId::new("hall").expect("a good name")
}
