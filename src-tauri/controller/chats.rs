//! Conversations as they are known here: how many are unread, the one on show, and what is on its way.

use std::collections::BTreeMap;

use carillon_ipc::{Notice, NoticeCode, Older};
use carillon_kit::{Chat, Connection, Conversation, GroupId, Message, MessageBody, OpId, UserId};

use super::notices;
use crate::store::Unsent;

/// The most messages that may wait to be sent.
const MOST_UNSENT: usize = 200;

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
}

/// Something that this user wrote and the server does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) struct UnsentMessage {
    pub(super) id: u64,
    /// What it is sent as, however often, so that it is written once.
    pub(super) op: OpId,
    pub(super) chat: Chat,
    pub(super) text: String,
    pub(super) at_ms: u64,
    pub(super) stage: SendStage,
    /// Whether the server may have it already.
    tried: bool,
}

/// How far something is that the server does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum SendStage {
    /// For the link, or for those before it.
    Waiting,
    /// The kit has it.
    Sending,
    /// The server does not take it.
    Failed(Notice),
}

impl Open {
    fn new(chat: Chat, unread_from: Option<u64>) -> Self {
        Self { chat, messages: Vec::new(), older: Older::Loading, unread_from }
    }

    /// Keeps a message in its place, once.
    fn add(&mut self, message: Message) {
        if let Err(at) = self.messages.binary_search_by_key(&message.pos, |known| known.pos) {
            self.messages.insert(at, message);
        }
    }

    /// The place before which the next page ends.
    pub(super) fn oldest(&self) -> Option<u64> {
        self.messages.first().map(|message| message.pos)
    }
}

impl UnsentMessage {
    fn unsent(&self) -> Unsent {
        let failed = match &self.stage {
            SendStage::Failed(notice) => Some(notice.clone()),
            SendStage::Waiting | SendStage::Sending => None,
        };
        let (chat, text) = (self.chat.clone(), self.text.clone());
        Unsent { op: self.op, chat, text, at_ms: self.at_ms, tried: self.tried, failed }
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

    /// How many messages have not been read, all in all.
    pub(super) fn unread_in_all(&self) -> u32 {
        self.list.values().map(|known| known.unread).sum()
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
        let MessageBody::Text { text } = &message.body else { return };
        let own = message.from == *me;
        if own {
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

    pub(super) fn read(&mut self, chat: &Chat, up_to: u64, unread: u32) {
        if let Some(known) = self.list.get_mut(chat) {
            known.unread = unread;
            known.read_up_to = known.read_up_to.max(up_to);
        }
    }

    /// This user writes something: it waits until it can be sent.
    ///
    /// # Errors
    /// If too much waits already.
    pub(super) fn write(&mut self, chat: Chat, text: String, at_ms: u64) -> Result<(), Notice> {
        if self.outgoing.len() >= MOST_UNSENT {
            return Err(notices::plain(NoticeCode::RateLimited));
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.chat == chat) {
            open.unread_from = None;
        }
        self.queue(Unsent { op: Connection::new_op(), chat, text, at_ms, tried: false, failed: None });
        self.unsaved = true;
        Ok(())
    }

    /// What waited when the program ended waits on.
    pub(super) fn restore(&mut self, unsent: Vec<Unsent>) {
        unsent.into_iter().for_each(|unsent| self.queue(unsent));
    }

    fn queue(&mut self, unsent: Unsent) {
        let Unsent { op, chat, text, at_ms, tried, failed } = unsent;
        self.last_id += 1;
        let stage = failed.map_or(SendStage::Waiting, SendStage::Failed);
        self.outgoing.push(UnsentMessage { id: self.last_id, op, chat, text, at_ms, stage, tried });
    }

    /// What is to be kept, if that has changed since it was asked for last.
    pub(super) fn unsaved(&mut self) -> Option<Vec<Unsent>> {
        std::mem::take(&mut self.unsaved).then(|| self.unsent())
    }

    /// All that the server does not have yet, the oldest first.
    pub(super) fn unsent(&self) -> Vec<Unsent> {
        self.outgoing.iter().map(UnsentMessage::unsent).collect()
    }

    /// The next one to send; none while one is on its way, so that they stay in order.
    pub(super) fn next_to_send(&mut self) -> Option<UnsentMessage> {
        if self.outgoing.iter().any(|outgoing| outgoing.stage == SendStage::Sending) {
            return None;
        }
        let next = self.outgoing.iter_mut().find(|outgoing| outgoing.stage == SendStage::Waiting)?;
        next.stage = SendStage::Sending;
        self.unsaved |= !std::mem::replace(&mut next.tried, true);
        Some(next.clone())
    }

    /// The server has it.
    pub(super) fn sent(&mut self, id: u64, message: Message, me: &UserId) {
        self.remove(|outgoing| outgoing.id == id);
        self.message(message, me, true);
    }

    /// What something says that is on its way.
    pub(super) fn text_of(&self, id: u64) -> Option<&str> {
        self.outgoing.iter().find(|outgoing| outgoing.id == id).map(|outgoing| outgoing.text.as_str())
    }

    /// It did not get there: it waits again, or a reason keeps it from being taken at all.
    pub(super) fn not_sent(&mut self, id: u64, why: Option<Notice>) {
        let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.id == id) else { return };
        self.unsaved |= why.is_some();
        outgoing.stage = why.map_or(SendStage::Waiting, SendStage::Failed);
    }

    /// A message that failed is tried again: as another one, because the server answers what it has refused once with the same refusal ever
    /// after. Only where the server itself had failed, and may have written the message all the same, it is the same one.
    pub(super) fn again(&mut self, id: u64, at_ms: u64) {
        let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.id == id) else { return };
        let SendStage::Failed(why) = &outgoing.stage else { return };
        if why.code != NoticeCode::Internal {
            (outgoing.op, outgoing.tried) = (Connection::new_op(), false);
        }
        (outgoing.stage, outgoing.at_ms) = (SendStage::Waiting, at_ms);
        self.unsaved = true;
    }

    /// What the kit has cannot be called back.
    pub(super) fn discard(&mut self, id: u64) {
        self.remove(|outgoing| outgoing.id == id && outgoing.stage != SendStage::Sending);
    }

    fn remove(&mut self, is_it: impl Fn(&UnsentMessage) -> bool) {
        let before = self.outgoing.len();
        self.outgoing.retain(|outgoing| !is_it(outgoing));
        self.unsaved |= self.outgoing.len() != before;
    }

    /// What is on its way in a conversation.
    pub(super) fn outgoing<'a>(&'a self, chat: &'a Chat) -> impl Iterator<Item = &'a UnsentMessage> {
        self.outgoing.iter().filter(move |outgoing| outgoing.chat == *chat)
    }

    /// All that is on its way, in the order in which it was written.
    pub(super) fn all_outgoing(&self) -> impl Iterator<Item = &UnsentMessage> {
        self.outgoing.iter()
    }

    /// A group that this user is not in any more has no conversation.
    pub(super) fn forget(&mut self, group: &GroupId) {
        self.list.retain(|chat, _| !matches!(chat, Chat::Group { group: other } if other == group));
    }

    /// The news of an own message may come before the answer to its sending.
    fn arrived(&mut self, chat: &Chat, text: &str) {
        let is_it = |outgoing: &UnsentMessage| {
            let may_be_there = outgoing.tried && !matches!(outgoing.stage, SendStage::Failed(_));
            may_be_there && outgoing.chat == *chat && outgoing.text == text
        };
        if let Some(at) = self.outgoing.iter().position(is_it) {
            self.outgoing.remove(at);
            self.unsaved = true;
        }
    }
}

fn first_unread(known: &Conversation) -> Option<u64> {
    (known.unread > 0).then_some(known.read_up_to + 1)
}

/// A conversation that begins with this message.
fn begun(message: &Message) -> Conversation {
    let (chat, name) = (message.chat.clone(), message.from_name.clone());
    Conversation { chat, name, avatar: None, last: None, unread: 0, read_up_to: message.pos.saturating_sub(1) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn user(name: &str) -> UserId {
        UserId::new(name).expect("a good name")
    }

    fn bob() -> Chat {
        Chat::User { user: user("bob") }
    }

    fn text(pos: u64, from: &str, text: &str) -> Message {
        let id = format!("{pos:032x}").parse().expect("hexadecimal is a UUID");
        let body = MessageBody::Text { text: text.to_owned() };
        let (from, from_name) = (user(from), from.to_owned());
        Message { id, pos, chat: bob(), from, from_name, body, ext: Default::default(), call: None, at_ms: pos }
    }

    fn places(chats: &Chats) -> Vec<u64> {
        chats.open().into_iter().flat_map(|open| &open.messages).map(|message| message.pos).collect()
    }

    #[test]
    fn messages_and_pages_come_in_any_order_and_stand_in_one() {
        let mut chats = Chats::default();
        chats.show(Some(&bob()));

        chats.message(text(9, "bob", "nine"), &user("ada"), true);
        chats.page(&bob(), Some((vec![text(9, "bob", "nine"), text(7, "ada", "seven")], true)));
        chats.page(&bob(), Some((vec![text(3, "bob", "three")], false)));

        assert_eq!(places(&chats), [3, 7, 9]);
        assert_eq!(chats.open().map(|open| open.older), Some(Older::None));
    }

    #[test]
    fn what_is_written_by_others_counts_until_it_is_read_anywhere() {
        let (mut chats, me) = (Chats::default(), user("ada"));
        chats.message(text(1, "bob", "one"), &me, false);
        chats.message(text(2, "bob", "two"), &me, false);
        chats.message(text(2, "bob", "two"), &me, false);
        assert_eq!((chats.unread(&bob()), chats.unread_in_all()), (2, 2));

        chats.read(&bob(), 2, 0);

        assert_eq!(chats.unread_in_all(), 0);
    }

    #[test]
    fn the_line_stands_above_what_came_while_nobody_looked_until_one_writes() {
        let (mut chats, me) = (Chats::default(), user("ada"));
        chats.show(Some(&bob()));
        chats.message(text(1, "bob", "seen"), &me, true);
        chats.message(text(2, "bob", "not seen"), &me, false);
        chats.message(text(3, "bob", "nor this"), &me, false);
        assert_eq!(chats.open().and_then(|open| open.unread_from), Some(2));

        chats.write(bob(), "hello".into(), 4).expect("nothing else waits");

        assert_eq!(chats.open().and_then(|open| open.unread_from), None);
    }

    #[test]
    fn one_message_is_one_whichever_comes_first_its_news_or_its_answer() {
        let (mut chats, me) = (Chats::default(), user("ada"));
        chats.show(Some(&bob()));
        chats.write(bob(), "hello".into(), 1).expect("nothing else waits");
        let id = chats.next_to_send().expect("it can be sent").id;

        chats.message(text(5, "ada", "hello"), &me, true);
        assert_eq!(chats.outgoing(&bob()).count(), 0);
        chats.sent(id, text(5, "ada", "hello"), &me);

        assert_eq!(places(&chats), [5]);
    }

    #[test]
    fn what_another_device_wrote_takes_nothing_away_that_was_never_sent_from_here() {
        let (mut chats, me) = (Chats::default(), user("ada"));
        chats.write(bob(), "yes".into(), 1).expect("nothing else waits");

        chats.message(text(5, "ada", "yes"), &me, true);

        assert_eq!(chats.outgoing(&bob()).count(), 1);
    }

    #[test]
    fn what_was_refused_is_tried_again_as_another_message_and_what_the_server_failed_on_as_the_same() {
        for (code, is_same) in [(NoticeCode::AccountFull, false), (NoticeCode::Internal, true)] {
            let mut chats = Chats::default();
            chats.write(bob(), "hello".into(), 1).expect("nothing else waits");
            let first = chats.next_to_send().expect("it can be sent");
            chats.not_sent(first.id, Some(notices::plain(code)));

            chats.again(first.id, 2);

            let second = chats.next_to_send().expect("it waits again");
            assert_eq!((second.id, second.op == first.op), (first.id, is_same), "{code:?}");
        }
    }

    #[test]
    fn no_more_waits_than_can_be_kept() {
        let mut chats = Chats::default();
        let written = (0..=MOST_UNSENT).map(|_| chats.write(bob(), "hello".into(), 1).is_ok());
        assert_eq!(written.filter(|written| *written).count(), MOST_UNSENT);
    }

    #[test]
    fn a_page_is_asked_for_once_and_again_only_after_it_failed() {
        let mut chats = Chats::default();
        chats.show(Some(&bob()));
        assert_eq!(chats.want_older(), None, "the first is on its way");

        chats.page(&bob(), Some((vec![text(7, "bob", "seven")], true)));
        assert_eq!(chats.want_older(), Some((bob(), Some(7))));
        assert_eq!(chats.want_older(), None);
        chats.page(&bob(), None);
        assert_eq!(chats.want_older(), Some((bob(), Some(7))));
    }
}
