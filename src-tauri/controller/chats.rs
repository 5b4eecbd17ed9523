//! Conversations as they are known here: how many are unread, the one on show, and what is on its way.

mod outgoing;

use std::collections::BTreeMap;

use carillon_ipc::Older;
use carillon_kit::{Chat, Conversation, GroupId, Message, MessageBody, QUOTED_CHARS, Receipts, UserId};
use tokio::time::Instant;

pub(super) use outgoing::{SendStage, UnsentMessage};

/// A conversation opens at its first unread message, but not at one that is further back than so many pages.
const MOST_PAGES_AT_ONCE: u32 = 6;
/// More people typing at once are not shown anywhere.
const MOST_TYPING: usize = 200;

/// All conversations.
#[derive(Debug, Default)]
pub(super) struct Chats {
    list: BTreeMap<Chat, Conversation>,
    open: Option<Open>,
    /// In the order in which they were written.
    outgoing: Vec<UnsentMessage>,
    /// Whether that differs from what is kept.
    unsaved: bool,
    last_id: u64,
    /// Who types where, and until when that counts.
    typing: BTreeMap<(Chat, UserId), Instant>,
}

/// The conversation on show.
#[derive(Debug)]
pub(super) struct Open {
    pub(super) chat: Chat,
    /// The oldest first.
    pub(super) messages: Vec<Message>,
    pub(super) older: Older,
    /// The place of the first message that was unread when it came on show, or that came while it was not looked at.
    pub(super) unread_from: Option<u64>,
    /// How many pages were fetched for that.
    pages: u32,
}

impl Open {
    fn new(chat: Chat, unread_from: Option<u64>) -> Self {
        Self { chat, messages: Vec::new(), older: Older::Loading, unread_from, pages: 0 }
    }

    /// Keeps a message in its place, once.
    fn add(&mut self, message: Message) {
        if let Err(at) = self.messages.binary_search_by_key(&message.pos, |known| known.pos) {
            self.messages.insert(at, message);
        }
    }

    /// A message that is here is another one now; and what answers it shows that.
    fn change(&mut self, message: &Message) {
        if let Ok(at) = self.messages.binary_search_by_key(&message.pos, |known| known.pos) {
            self.messages[at] = message.clone();
        }
        let quotes = self.messages.iter_mut().filter_map(|known| known.reply_to.as_mut());
        for quote in quotes.filter(|quote| quote.pos == message.pos) {
            quote.text = text_of(message).unwrap_or_default().chars().take(QUOTED_CHARS).collect();
        }
    }

    /// The place before which the next page ends.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.messages.first().map(|message| message.pos)
    }
}

impl Chats {
    pub(super) const fn open(&self) -> Option<&Open> {
        self.open.as_ref()
    }

    pub(super) const fn list(&self) -> &BTreeMap<Chat, Conversation> {
        &self.list
    }

    pub(super) fn unread(&self, chat: &Chat) -> u32 {
        self.list.get(chat).map_or(0, |known| known.unread)
    }

    /// How many messages have not been read, in all conversations that are not muted.
    pub(super) fn unread_in_all(&self) -> u32 {
        self.list.values().filter(|known| !known.muted).map(|known| known.unread).sum()
    }

    pub(super) fn set_list(&mut self, conversations: Vec<Conversation>) {
        self.list = conversations.into_iter().map(|known| (known.chat.clone(), known)).collect();
        if let Some(open) = &mut self.open
            && let Some(known) = self.list.get(&open.chat)
        {
            open.unread_from = open.unread_from.or(first_unread(known));
        }
    }

    /// Puts a conversation on show; false: it is already.
    pub(super) fn show(&mut self, chat: Option<&Chat>) -> bool {
        if self.open.as_ref().map(|open| &open.chat) == chat {
            return false;
        }
        self.open = chat.map(|chat| Open::new(chat.clone(), self.list.get(chat).and_then(first_unread)));
        true
    }

    /// More of the conversation on show is wanted; the place before which it ends, unless it is on its way already.
    pub(super) fn want_older(&mut self) -> Option<(Chat, Option<u64>)> {
        let open = self.open.as_mut().filter(|open| matches!(open.older, Older::More | Older::Failed))?;
        open.older = Older::Loading;
        Some((open.chat.clone(), open.oldest()))
    }

    /// The first unread message is before all that is here: the place before which the next page ends. It goes so far and no further.
    pub(super) fn want_first_unread(&mut self) -> Option<(Chat, Option<u64>)> {
        let open = self.open.as_mut()?;
        let is_before = open.unread_from.zip(open.oldest()).is_some_and(|(unread, oldest)| unread < oldest);
        if !is_before || open.older != Older::More || open.pages >= MOST_PAGES_AT_ONCE {
            return None;
        }
        open.pages += 1;
        self.want_older()
    }

    /// What the latest page says by now. What is older than it may be old, and is fetched again.
    pub(super) fn renew(&mut self, chat: &Chat, (latest, more): (Vec<Message>, bool)) {
        let Some(open) = self.open.as_mut().filter(|open| open.chat == *chat) else { return };
        let Some(oldest) = latest.iter().map(|message| message.pos).min() else { return };
        let newest = latest.iter().map(|message| message.pos).max().unwrap_or(oldest);
        let is_whole = open.oldest().is_some_and(|first| first >= oldest) && open.older == Older::None;
        open.messages.retain(|message| message.pos > newest);
        latest.into_iter().for_each(|message| open.add(message));
        open.older = if more && !is_whole { Older::More } else { Older::None };
    }

    /// What came of asking for more; `None`: nothing did.
    pub(super) fn page(&mut self, chat: &Chat, page: Option<(Vec<Message>, bool)>) {
        let Some(open) = self.open.as_mut().filter(|open| open.chat == *chat) else { return };
        match page {
            Some((messages, more)) => {
                messages.into_iter().for_each(|message| open.add(message));
                open.older = if more { Older::More } else { Older::None };
            }
            None => open.older = Older::Failed,
        }
    }

    /// A message is new here. `seen`: it is in front of the user.
    pub(super) fn message(&mut self, message: Message, me: &UserId, seen: bool) {
        let own = message.from == *me;
        let text = match &message.body {
            MessageBody::Text { text } => Some(text),
            MessageBody::File { .. } => None,
            MessageBody::Command { .. } => return,
            // They are shown where they stand, and nothing is to be read.
            MessageBody::Event { .. } | MessageBody::Deleted => {
                let open = self.open.as_mut().filter(|open| open.chat == message.chat);
                return open.into_iter().for_each(|open| open.add(message.clone()));
            }
        };
        self.typing.remove(&(message.chat.clone(), message.from.clone()));
        if let Some(text) = text.filter(|_| own) {
            self.arrived(&message.chat, text);
        }
        let known = self.list.entry(message.chat.clone()).or_insert_with(|| begun(&message));
        let is_new = known.last.as_ref().is_none_or(|last| last.pos < message.pos);
        if is_new {
            // Calls that were missed are counted by themselves.
            known.unread = if own { 0 } else { known.unread + u32::from(message.call.is_none()) };
            known.last = Some(message.clone());
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.chat == message.chat) {
            open.unread_from = match open.unread_from {
                _ if own => None,
                None if is_new && !seen => Some(message.pos),
                before => before,
            };
            open.add(message);
        }
    }

    /// A text is another one now, or none any more; says whether the list is to be asked for anew, because its latest text is gone.
    pub(super) fn changed(&mut self, message: Message, me: &UserId) -> bool {
        let is_gone = message.body == MessageBody::Deleted;
        let mut lost_its_latest = false;
        if let Some(known) = self.list.get_mut(&message.chat) {
            if is_gone && message.from != *me && message.pos > known.read_up_to {
                known.unread = known.unread.saturating_sub(1);
            }
            if let Some(last) = known.last.as_mut().filter(|last| last.pos == message.pos) {
                lost_its_latest = is_gone;
                *last = message.clone();
            }
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.chat == message.chat) {
            open.change(&message);
        }
        lost_its_latest
    }

    pub(super) fn receipts(&self, chat: &Chat) -> Receipts {
        self.list.get(chat).map(|known| known.receipts).unwrap_or_default()
    }

    /// Messages never go back; news of them may be overtaken by a list.
    pub(super) fn set_receipts(&mut self, chat: &Chat, receipts: Receipts) {
        if let Some(known) = self.list.get_mut(chat) {
            let before = known.receipts;
            known.receipts = Receipts {
                delivered_up_to: before.delivered_up_to.max(receipts.delivered_up_to),
                read_up_to: before.read_up_to.max(receipts.read_up_to),
            };
        }
    }

    pub(super) fn is_muted(&self, chat: &Chat) -> bool {
        self.list.get(chat).is_some_and(|known| known.muted)
    }

    pub(super) fn set_muted(&mut self, chat: &Chat, muted: bool) {
        if let Some(known) = self.list.get_mut(chat) {
            known.muted = muted;
        }
    }

    /// A user types until then, or no more.
    pub(super) fn typing(&mut self, chat: Chat, user: UserId, until: Option<Instant>) {
        match until {
            Some(until)
                if self.typing.len() < MOST_TYPING || self.typing.contains_key(&(chat.clone(), user.clone())) =>
            {
                self.typing.insert((chat, user), until);
            }
            Some(_) => {}
            None => drop(self.typing.remove(&(chat, user))),
        }
    }

    pub(super) fn forget_typing(&mut self, now: Instant) {
        self.typing.retain(|_, until| *until > now);
    }

    /// Who types there.
    pub(super) fn who_types(&self, chat: &Chat) -> impl Iterator<Item = &UserId> {
        self.typing.keys().filter(move |(other, _)| other == chat).map(|(_, user)| user)
    }

    pub(super) fn read(&mut self, chat: &Chat, up_to: u64, unread: u32) {
        if let Some(known) = self.list.get_mut(chat) {
            known.unread = unread;
            known.read_up_to = known.read_up_to.max(up_to);
        }
    }

    /// A group that this user is not in any more has no conversation.
    pub(super) fn forget(&mut self, group: &GroupId) {
        self.list.retain(|chat, _| !matches!(chat, Chat::Group { group: other } if other == group));
    }
}

fn first_unread(known: &Conversation) -> Option<u64> {
    (known.unread > 0).then_some(known.read_up_to + 1)
}

/// A conversation that begins with this message.
fn begun(message: &Message) -> Conversation {
    let (chat, name) = (message.chat.clone(), message.from_name.clone());
    let read_up_to = message.pos.saturating_sub(1);
    let receipts = Receipts::default();
    Conversation { chat, name, avatar: None, last: None, unread: 0, read_up_to, receipts, muted: false }
}

fn text_of(message: &Message) -> Option<&str> {
    match &message.body {
        MessageBody::Text { text } => Some(text),
        MessageBody::File { file } => Some(&file.name),
        MessageBody::Command { .. } | MessageBody::Event { .. } | MessageBody::Deleted => None,
    }
}

#[cfg(test)]
mod tests;
