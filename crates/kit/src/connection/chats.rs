//! Conversations.

use carillon_protocol::{Chat, Conversation, Done, Message, MessageBody, OpId, Request};
use serde_json::{Map, Value};

use super::{Connection, RequestError, unexpected};

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
        let done = self.ask_as(op, Request::SendMessage { chat, body, ext }).await?;
        if let Done::Sent { message } = done { Ok(message) } else { Err(unexpected()) }
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

    async fn ask_messages(&self, body: Request) -> Result<(Vec<Message>, bool), RequestError> {
        let pick = |done| if let Done::Messages { messages, more } = done { Some((messages, more)) } else { None };
        self.ask_for(body, pick).await
    }
}
