//! What was written and the server does not have yet, in the order in which it was written.

use carillon_ipc::{Notice, NoticeCode};
use carillon_kit::{Chat, Connection, Message, OpId, UserId};

use super::{super::notices, Chats};
use crate::store::Unsent;

/// The most messages that may wait to be sent.
pub(super) const MOST_UNSENT: usize = 200;

/// Something that this user wrote and the server does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::controller) struct UnsentMessage {
    pub(in crate::controller) id: u64,
    /// What it is sent as, however often, so that it is written once.
    pub(in crate::controller) op: OpId,
    pub(in crate::controller) chat: Chat,
    pub(in crate::controller) text: String,
    /// The place of what it answers.
    pub(in crate::controller) reply_to: Option<u64>,
    pub(in crate::controller) at_ms: u64,
    pub(in crate::controller) stage: SendStage,
    /// Whether the server may have it already.
    pub(super) tried: bool,
}

/// How far something is that the server does not have yet.
#[derive(Debug, Clone, PartialEq)]
pub(in crate::controller) enum SendStage {
    /// For the link, or for those before it.
    Waiting,
    /// The kit has it.
    Sending,
    /// The server does not take it.
    Failed(Notice),
}

impl UnsentMessage {
    fn unsent(&self) -> Unsent {
        let failed = match &self.stage {
            SendStage::Failed(notice) => Some(notice.clone()),
            SendStage::Waiting | SendStage::Sending => None,
        };
        let (chat, text) = (self.chat.clone(), self.text.clone());
        let (at_ms, reply_to) = (self.at_ms, self.reply_to);
        Unsent { op: self.op, chat, text, reply_to, at_ms, tried: self.tried, failed }
    }
}

impl Chats {
    /// This user writes something: it waits until it can be sent.
    ///
    /// # Errors
    /// If too much waits already.
    pub(in crate::controller) fn write(
        &mut self,
        chat: Chat,
        text: String,
        reply_to: Option<u64>,
        at_ms: u64,
    ) -> Result<(), Notice> {
        if self.outgoing.len() >= MOST_UNSENT {
            return Err(notices::plain(NoticeCode::RateLimited));
        }
        if let Some(open) = self.open.as_mut().filter(|open| open.chat == chat) {
            open.unread_from = None;
        }
        self.queue(Unsent { op: Connection::new_op(), chat, text, reply_to, at_ms, tried: false, failed: None });
        self.unsaved = true;
        Ok(())
    }

    /// What waited when the program ended waits on.
    pub(in crate::controller) fn restore(&mut self, unsent: Vec<Unsent>) {
        unsent.into_iter().for_each(|unsent| self.queue(unsent));
    }

    fn queue(&mut self, unsent: Unsent) {
        let Unsent { op, chat, text, reply_to, at_ms, tried, failed } = unsent;
        self.last_id += 1;
        let stage = failed.map_or(SendStage::Waiting, SendStage::Failed);
        self.outgoing.push(UnsentMessage { id: self.last_id, op, chat, text, reply_to, at_ms, stage, tried });
    }

    /// What is to be kept, if that has changed since it was asked for last.
    pub(in crate::controller) fn unsaved(&mut self) -> Option<Vec<Unsent>> {
        std::mem::take(&mut self.unsaved).then(|| self.unsent())
    }

    /// All that the server does not have yet, the oldest first.
    pub(in crate::controller) fn unsent(&self) -> Vec<Unsent> {
        self.outgoing.iter().map(UnsentMessage::unsent).collect()
    }

    /// The next one to send; none while one is on its way, so that they stay in order.
    pub(in crate::controller) fn next_to_send(&mut self) -> Option<UnsentMessage> {
        if self.outgoing.iter().any(|outgoing| outgoing.stage == SendStage::Sending) {
            return None;
        }
        let next = self.outgoing.iter_mut().find(|outgoing| outgoing.stage == SendStage::Waiting)?;
        next.stage = SendStage::Sending;
        self.unsaved |= !std::mem::replace(&mut next.tried, true);
        Some(next.clone())
    }

    /// The server has it.
    pub(in crate::controller) fn sent(&mut self, id: u64, message: Message, me: &UserId) {
        self.remove(|outgoing| outgoing.id == id);
        self.message(message, me, true);
    }

    /// What something says that is on its way.
    pub(in crate::controller) fn text_of(&self, id: u64) -> Option<&str> {
        self.outgoing.iter().find(|outgoing| outgoing.id == id).map(|outgoing| outgoing.text.as_str())
    }

    /// It did not get there: it waits again, or a reason keeps it from being taken at all.
    pub(in crate::controller) fn not_sent(&mut self, id: u64, why: Option<Notice>) {
        let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.id == id) else { return };
        self.unsaved |= why.is_some();
        outgoing.stage = why.map_or(SendStage::Waiting, SendStage::Failed);
    }

    /// A message that failed is tried again: as another one, because the server answers what it has refused once with the same refusal ever
    /// after. Only where the server itself had failed, and may have written the message all the same, it is the same one.
    pub(in crate::controller) fn again(&mut self, id: u64, at_ms: u64) {
        let Some(outgoing) = self.outgoing.iter_mut().find(|outgoing| outgoing.id == id) else { return };
        let SendStage::Failed(why) = &outgoing.stage else { return };
        if why.code != NoticeCode::Internal {
            (outgoing.op, outgoing.tried) = (Connection::new_op(), false);
        }
        (outgoing.stage, outgoing.at_ms) = (SendStage::Waiting, at_ms);
        self.unsaved = true;
    }

    /// What the kit has cannot be called back.
    pub(in crate::controller) fn discard(&mut self, id: u64) {
        self.remove(|outgoing| outgoing.id == id && outgoing.stage != SendStage::Sending);
    }

    fn remove(&mut self, is_it: impl Fn(&UnsentMessage) -> bool) {
        let before = self.outgoing.len();
        self.outgoing.retain(|outgoing| !is_it(outgoing));
        self.unsaved |= self.outgoing.len() != before;
    }

    /// What is on its way in a conversation.
    pub(in crate::controller) fn outgoing<'a>(&'a self, chat: &'a Chat) -> impl Iterator<Item = &'a UnsentMessage> {
        self.outgoing.iter().filter(move |outgoing| outgoing.chat == *chat)
    }

    /// All that is on its way, in the order in which it was written.
    pub(in crate::controller) fn all_outgoing(&self) -> impl Iterator<Item = &UnsentMessage> {
        self.outgoing.iter()
    }

    /// The news of an own message may come before the answer to its sending.
    pub(super) fn arrived(&mut self, chat: &Chat, text: &str) {
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
