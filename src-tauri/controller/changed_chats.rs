//! What becomes of conversations besides new messages: texts change, come further, are being written; and a conversation is muted.

use std::time::Duration;

use carillon_ipc::Notice;
use carillon_kit::{Chat, LinkState, Message, Receipts, TYPING_AGAIN_MS, UserId};
use tokio::time::Instant;

use super::{Controller, addresses, changes::Changed, input::Input, session_event::SessionEvent};
use crate::desktop::Desktop;

/// Who has not said so for that long types no more.
const TYPING_OVER: Duration = Duration::from_millis(2 * TYPING_AGAIN_MS);

impl<D: Desktop> Controller<D> {
    /// A text was edited or deleted. What a notice has told of it is taken back: its words are not so any more.
    pub(super) fn message_changed(&mut self, message: Message) {
        let Some(session) = self.account.session_mut() else { return };
        let me = session.account.user.clone();
        let (chat, pos) = (message.chat.clone(), message.pos);
        if session.chats.changed(message, &me) {
            session.refresh_conversations();
        }
        self.desktop.message_gone(&chat, pos);
    }

    pub(super) fn receipts_changed(&mut self, chat: &Chat, receipts: Receipts) {
        if let Some(session) = self.account.session_mut() {
            session.chats.set_receipts(chat, receipts);
        }
    }

    pub(super) fn chat_muted(&mut self, chat: &Chat, muted: bool) {
        if let Some(session) = self.account.session_mut() {
            session.chats.set_muted(chat, muted);
        }
    }

    pub(super) fn typing(&mut self, chat: Chat, user: UserId, typing: bool) {
        let Some(session) = self.account.session_mut() else { return };
        let over = Input::Session(session.number(), SessionEvent::TypingOver);
        session.chats.typing(chat, user, typing.then(|| Instant::now() + TYPING_OVER));
        if typing {
            self.later(TYPING_OVER, over);
        }
    }

    /// This user types, or not any more. It is not worth a notice if nobody hears of it.
    pub(super) fn tell_typing(&mut self, chat: Chat, typing: bool) -> Result<(), Notice> {
        let session = self.session()?;
        if session.link == LinkState::Up {
            session.change(Changed::Status, move |server| async move { server.set_typing(&chat, typing).await });
        }
        Ok(())
    }

    pub(super) fn look_at(&mut self, address: &str) -> Result<(), Notice> {
        self.session()?.visit = addresses::real(address);
        Ok(())
    }

    /// Opens the very address that was shown.
    pub(super) fn visit(&mut self, go: bool) -> Result<(), Notice> {
        let visit = self.session()?.visit.take();
        if let Some(visit) = visit.filter(|_| go) {
            self.desktop.visit(visit.address);
        }
        Ok(())
    }
}
