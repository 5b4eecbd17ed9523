//! Conversations.

use std::sync::Arc;

use carillon_protocol::{Chat, Conversation, Done, Message, MessageBody, OpId, Request};
use serde_json::{Map, Value};

use super::{Connection, RequestError, deliveries, unexpected};

impl Connection {
    /// Writes a text, of at most 4 KiB; the message as the server has it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn send_text(&self, chat: Chat, text: &str) -> Result<Message, RequestError> {
        self.send_message(chat, MessageBody::Text { text: text.to_owned() }, Map::new()).await
    }

    /// Writes a text or a command, with an `ext` of at most 4 KiB for programs; the message as the server has it.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn send_message(
        &self,
        chat: Chat,
        body: MessageBody,
        ext: Map<String, Value>,
    ) -> Result<Message, RequestError> {
        self.send_message_as(Self::new_op(), chat, body, ext).await
    }

    /// The same under a name of the app's own ([`new_op`](Self::new_op)). Where it could not be known whether a message got there,
    /// writing it again under the name that it had writes it once, and gives it as it was written.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn send_message_as(
        &self,
        op: OpId,
        chat: Chat,
        body: MessageBody,
        ext: Map<String, Value>,
    ) -> Result<Message, RequestError> {
        self.send_reply_as(op, chat, body, ext, None).await
    }

    /// The same, as an answer to the text at a place of the conversation.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn send_reply_as(
        &self,
        op: OpId,
        chat: Chat,
        body: MessageBody,
        ext: Map<String, Value>,
        reply_to: Option<u64>,
    ) -> Result<Message, RequestError> {
        let done = self.ask_as(op, Request::SendMessage { chat, body, ext, reply_to }).await?;
        if let Done::Sent { message } = done { Ok(message) } else { Err(unexpected()) }
    }

    /// Says something else in a text of this user's own, within a day; the message as it is then.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn edit_message(&self, chat: &Chat, pos: u64, text: &str) -> Result<Message, RequestError> {
        let pick = |done| if let Done::Sent { message } = done { Some(message) } else { None };
        self.ask_for(Request::EditMessage { chat: chat.clone(), pos, text: text.to_owned() }, pick).await
    }

    /// Takes a text of this user's own back, within a day: what was in it is gone from the server, and that there was one is seen.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn delete_message(&self, chat: &Chat, pos: u64) -> Result<(), RequestError> {
        self.order(Request::DeleteMessage { chat: chat.clone(), pos }).await
    }

    /// A name for something that may have to be asked twice.
    pub fn new_op() -> OpId {
        super::new_op()
    }

    /// The texts of a conversation, newest first, only those before a place, or from the newest; and whether there are older ones.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn history(
        &self,
        chat: &Chat,
        before: Option<u64>,
        limit: u32,
    ) -> Result<(Vec<Message>, bool), RequestError> {
        self.ask_messages(Request::History { chat: chat.clone(), before, limit }).await
    }

    /// All messages of this user's conversations after a place, commands too, oldest first; and whether there are more.
    ///
    /// What is written while the connection is open comes by itself, over however many links, as [`News::Message`](super::News).
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn messages_after(&self, after: u64, limit: u32) -> Result<(Vec<Message>, bool), RequestError> {
        self.ask_messages(Request::MessagesAfter { after, limit }).await
    }

    /// This user's conversations, the latest first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn conversations(&self) -> Result<Vec<Conversation>, RequestError> {
        let pick = |done| if let Done::Conversations { conversations } = done { Some(conversations) } else { None };
        self.ask_for(Request::Conversations, pick).await
    }

    /// This user has read a conversation up to the place of a text, on all devices.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn mark_read(&self, chat: &Chat, up_to: u64) -> Result<(), RequestError> {
        self.order(Request::MarkRead { chat: chat.clone(), up_to }).await
    }

    /// This user is writing, or not any more: said again every [`TYPING_AGAIN_MS`](crate::TYPING_AGAIN_MS) for as long as it is so.
    ///
    /// # Errors
    /// [`RequestError`]; the others do not hear of it then, which does no harm.
    pub async fn set_typing(&self, chat: &Chat, typing: bool) -> Result<(), RequestError> {
        self.order(Request::SetTyping { chat: chat.clone(), typing }).await
    }

    /// This user wants no notifications of a conversation, or wants them again, on all devices.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_chat_muted(&self, chat: &Chat, muted: bool) -> Result<(), RequestError> {
        self.order(Request::SetChatMuted { chat: chat.clone(), muted }).await
    }

    /// Whether others learn what this user has read, and this user what they have.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn set_read_receipts(&self, on: bool) -> Result<(), RequestError> {
        self.order(Request::SetReadReceipts { on }).await
    }

    /// Tells the server from now on, every few seconds at most, which messages have come to this device, so that those who wrote them see
    /// that. For apps that show messages to a person; it ends with the connection.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn confirm_deliveries(&self) -> tokio::task::JoinHandle<()> {
        let (connection, me) = (Arc::downgrade(&self.shared), self.account().user);
        tokio::spawn(deliveries::confirm(connection, me, self.signals()))
    }

    async fn ask_messages(&self, body: Request) -> Result<(Vec<Message>, bool), RequestError> {
        let pick = |done| if let Done::Messages { messages, more } = done { Some((messages, more)) } else { None };
        self.ask_for(body, pick).await
    }
}
