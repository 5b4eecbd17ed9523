//! Messages: what is written, what comes of sending it, and what the user is told of.

use std::time::Duration;

use carillon_ipc::{ChatRequest, Notice};
use carillon_kit::{Chat, Message, MessageBody, RefusalCode, RequestError, shown_line, shown_name, shown_person};

use super::{
    Controller,
    changes::Changed,
    input::Input,
    lists::chat_of,
    notices,
    session::{MainPage, SignedInSession},
    session_event::{OutboxEvent, SessionEvent},
};
use crate::desktop::{Desktop, MessageNotification};

/// When something is sent again that the server had no time for.
const SEND_LATER: Duration = Duration::from_secs(3);
/// What fits a notification of the system.
const MAX_SHOWN_CHARS: usize = 160;

impl<D: Desktop> Controller<D> {
    pub(super) fn chat_request(&mut self, request: ChatRequest) -> Result<(), Notice> {
        let now = wall_clock_ms();
        let session = self.session()?;
        match request {
            ChatRequest::Send { chat, text, reply_to } => {
                session.chats.write(chat, text, reply_to, now)?;
                session.send_next();
            }
            ChatRequest::Edit { chat, pos, text } => session.change(Changed::Message, move |server| async move {
                server.edit_message(&chat, pos, &text).await.map(drop)
            }),
            ChatRequest::Delete { chat, pos } => {
                session.change(Changed::Message, move |server| async move { server.delete_message(&chat, pos).await })
            }
            ChatRequest::Mute { chat, muted } => {
                session.change(Changed::Message, move |server| async move { server.set_chat_muted(&chat, muted).await })
            }
            ChatRequest::Typing { chat, typing } => return self.tell_typing(chat, typing),
            ChatRequest::AttachFile { chat, key, file } => return self.attach_file(chat, key, file),
            ChatRequest::FilePart { key, data } => return self.file_part(&key, &data),
            ChatRequest::SaveFile { chat, pos } => return self.save_file(&chat, pos),
            ChatRequest::LookAt { address } => return self.look_at(&address),
            ChatRequest::Visit { go } => return self.visit(go),
            ChatRequest::SendAgain { id } => {
                local(&id).into_iter().for_each(|id| session.chats.again(id, now));
                session.send_next();
            }
            ChatRequest::Discard { id } => {
                if !session.files.discard(&id) {
                    local(&id).into_iter().for_each(|id| session.chats.discard(id));
                }
            }
            ChatRequest::Older => {
                if let Some((chat, before)) = session.chats.want_older() {
                    session.fetch_page(chat, before);
                }
            }
            ChatRequest::Read { chat, up_to } => {
                if session.chats.unread(&chat) > 0 {
                    session.chats.read(&chat, up_to, 0);
                    session.change(Changed::Status, move |server| async move { server.mark_read(&chat, up_to).await });
                }
            }
        }
        Ok(())
    }

    pub(super) fn select(&mut self, chat: Option<Chat>) -> Result<(), Notice> {
        let session = self.session()?;
        if let Some(Chat::User { user }) = &chat {
            session.people.look_at(user);
        }
        session.show(chat);
        if !session.people.query().is_empty() {
            session.search("");
        }
        Ok(())
    }

    pub(super) fn outbox_event(&mut self, event: OutboxEvent) {
        match event {
            OutboxEvent::Sent { id, result } => self.sent(id, result.map(|message| *message)),
            OutboxEvent::SendNext => self.account.session_mut().into_iter().for_each(SignedInSession::send_next),
            OutboxEvent::SaveAgain => self.save_unsent_again(),
        }
    }

    /// A message waits until the server has taken or refused it.
    fn sent(&mut self, id: u64, result: Result<Message, RequestError>) {
        let Some(session) = self.account.session_mut() else { return };
        match result {
            Ok(message) => {
                let me = session.account.user.clone();
                session.chats.sent(id, message, &me);
            }
            Err(RequestError::Offline | RequestError::Closed) => return self.send_later(id),
            Err(RequestError::Refused(refusal)) if refusal.code == RefusalCode::RateLimited => {
                return self.send_later(id);
            }
            Err(error @ RequestError::Refused(_)) => {
                let why = session.chats.text_of(id).map(|text| notices::of_message(&error, text));
                session.chats.not_sent(id, why);
            }
        }
        session.send_next();
    }

    fn send_later(&mut self, id: u64) {
        let Some(session) = self.account.session_mut() else { return };
        session.chats.not_sent(id, None);
        let next = Input::Session(session.number(), SessionEvent::Outbox(OutboxEvent::SendNext));
        self.later(SEND_LATER, next);
    }

    /// A message has come.
    pub(super) fn message(&mut self, message: Message) {
        let focused = self.focused;
        let Some(session) = self.account.session_mut() else { return };
        let me = session.account.user.clone();
        let on_show = session.page == MainPage::Chat(message.chat.clone());
        session.chats.message(message.clone(), &me, on_show && focused);
        let silent = session.account.do_not_disturb || !self.setup.settings.notifications;
        let muted = session.chats.is_muted(&message.chat);
        let wanted = message.from != me && message.call.is_none() && !silent && !muted && !(on_show && focused);
        let text = match &message.body {
            MessageBody::Text { text } => Some(text.as_str()),
            MessageBody::File { file } => Some(file.name.as_str()),
            MessageBody::Command { .. } | MessageBody::Event { .. } | MessageBody::Deleted => None,
        };
        if let Some(text) = text
            && wanted
        {
            let (pos, chat) = (message.pos, message.chat.clone());
            let said = if self.setup.settings.previews { preview(text) } else { self.texts.t("message-hidden") };
            let shown = MessageNotification { pos, chat, title: self.title_of(&message), text: said };
            self.told.insert(message.chat, false);
            self.desktop.message(shown);
        }
    }

    /// A notification of what was read or seen, here or on another device, is old.
    pub(super) fn withdraw_what_was_seen(&mut self) {
        let session = self.account.session();
        let waits = |chat: &Chat| {
            session.is_some_and(|session| {
                session.chats.unread(chat) > 0 || session.unseen_calls().any(|entry| chat_of(entry) == *chat)
            })
        };
        for (chat, waited) in std::mem::take(&mut self.told) {
            let waits = waits(&chat);
            if waited && !waits {
                self.desktop.seen(&chat);
            } else {
                self.told.insert(chat, waits); // how many calls were missed may come after the call
            }
        }
    }

    fn title_of(&self, message: &Message) -> String {
        let name = shown_person(&message.from_name, &message.from);
        let Chat::Group { group } = &message.chat else { return name };
        let info = self.account.session().and_then(|session| session.groups.iter().find(|info| info.group == *group));
        let Some(info) = info else { return name };
        let group = shown_name(&info.name);
        self.texts.with("message-in-group", &[("name", name.as_str().into()), ("group", group.as_str().into())])
    }
}

/// The number of a message that is on its way, as windows name it.
fn local(id: &str) -> Option<u64> {
    id.strip_prefix(LOCAL)?.parse().ok()
}

/// Sets the names of messages that are on their way apart from those that the server has.
pub(super) const LOCAL: &str = "local-";

/// The beginning of a text, where a daemon may take markup for what it is: the signs of it are put as their likes.
fn preview(text: &str) -> String {
    let safe = |c| match c {
        '<' => '‹',
        '>' => '›',
        '&' => '＆',
        other => other,
    };
    shown_line(text, MAX_SHOWN_CHARS).chars().map(safe).collect()
}

/// Milliseconds since the Unix epoch, for messages that the server has not dated yet.
pub(super) fn wall_clock_ms() -> u64 {
    let passed = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH).unwrap_or_default();
    u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn s25_a_text_in_a_notice_is_no_markup_and_not_long() {
        assert_eq!(preview("<b>hi</b>\n &amp; \u{202e}bye"), "‹b›hi‹/b› ＆amp; bye");
        assert_eq!(preview(&"x".repeat(10_000)).chars().count(), MAX_SHOWN_CHARS);
    }
}
