//! Reading: by page, what was missed, the list of conversations, and how far a user has read.

use carillon_protocol::{
    AppId, AvatarId, Chat, Conversation, Done, MAX_PAGE, Message, MessageBody, RefusalCode, Signal, UserId,
};

use super::{bounds::fitting, invitations::DEFAULT_TEXT, receipts::has_read};
use crate::{
    change::{Change, NotChanged, refuse},
    ground::shared::Ground,
    store::{
        self, Conn, Who,
        chats::{ChatKey, Listed, mark_read as mark, membership, unread},
        messages::Page,
    },
};

/// A list shows the beginning of the latest text only.
const PREVIEW_CHARS: usize = 200;

/// Texts of a conversation, newest first.
pub(crate) async fn history(
    ground: &Ground,
    who: &Who,
    chat: &Chat,
    before: Option<u64>,
    limit: u32,
) -> Result<Done, NotChanged> {
    let (app, me, is_group) = (who.app.clone(), who.account.user.clone(), matches!(chat, Chat::Group { .. }));
    let key = ChatKey::of(&me, chat);
    let limit = limit.clamp(1, MAX_PAGE);
    let page = Page { from: before.unwrap_or(u64::MAX), limit: limit + 1 };
    let messages = ground.store.ask(async move |conn| {
        if is_group && membership(conn, &app, &key, &me).await?.is_none() {
            return refuse(RefusalCode::NotFound, "there is no such conversation for this user");
        }
        Ok(store::messages::history_before(conn, &app, &key, &me, page).await?)
    });
    Ok(page_of(messages.await?, limit))
}

/// All messages of all conversations after a place, oldest first.
pub(crate) async fn messages_after(ground: &Ground, who: &Who, after: u64, limit: u32) -> Result<Done, NotChanged> {
    let limit = limit.clamp(1, MAX_PAGE);
    let page = Page { from: after, limit: limit + 1 };
    let messages = ground.store.messages_after(&who.app, &who.account.user, page).await?;
    Ok(page_of(messages, limit))
}

fn page_of(mut messages: Vec<Message>, limit: u32) -> Done {
    let limit = limit as usize;
    let is_longer = messages.len() > limit;
    messages.truncate(limit);
    let (messages, is_cut) = fitting(messages);
    Done::Messages { messages, more: is_longer || is_cut }
}

/// A user's conversations, the latest first; after one of them, those that follow.
pub(crate) async fn conversations(ground: &Ground, who: &Who, after: Option<&Chat>) -> Result<Done, NotChanged> {
    let (app, me) = (who.app.clone(), who.account.user.clone());
    let after = after.map(|chat| ChatKey::of(&me, chat));
    let conversations = ground.store.ask(async move |conn| {
        let Some(listed) = store::chats::conversations(conn, &app, &me, after.as_ref(), MAX_PAGE).await? else {
            return refuse(RefusalCode::NotFound, "there is no such conversation for this user");
        };
        let mut conversations = Vec::with_capacity(listed.len());
        for one in listed {
            conversations.push(conversation(conn, &app, &me, one).await?);
        }
        Ok(conversations)
    });
    Ok(Done::Conversations { conversations: fitting(conversations.await?).0 })
}

async fn conversation(tx: &mut Conn, app: &AppId, me: &UserId, listed: Listed) -> store::Result<Conversation> {
    let chat = listed.key.seen_by(me)?;
    let last = store::messages::latest_text(tx, app, &listed.key, me).await?;
    let (name, avatar) = match &chat {
        Chat::User { user: other } => face(tx, app, other).await?,
        Chat::Group { .. } => (listed.name, listed.avatar),
    };
    Ok(Conversation {
        chat,
        name,
        avatar,
        last: last.map(preview),
        unread: unread(tx, app, &listed.key, me, listed.read_up_to).await?,
        read_up_to: listed.read_up_to,
        receipts: listed.receipts,
        muted: listed.is_muted,
    })
}

async fn face(tx: &mut Conn, app: &AppId, user: &UserId) -> store::Result<(String, Option<AvatarId>)> {
    let account = store::accounts::account(tx, app, user).await?;
    Ok(account.map_or_else(|| (user.to_string(), None), |account| (account.display_name, account.avatar)))
}

/// Only the beginning, and what stands for the words of a call, so that a list fits a frame; the history has the rest.
fn preview(mut message: Message) -> Message {
    let is_call = message.call.is_some();
    message.ext.retain(|key, _| is_call && key == DEFAULT_TEXT);
    let body = match message.body {
        MessageBody::Text { text } => MessageBody::Text { text: text.chars().take(PREVIEW_CHARS).collect() },
        other @ (MessageBody::Command { .. }
        | MessageBody::File { .. }
        | MessageBody::Event { .. }
        | MessageBody::Deleted) => other,
    };
    Message { body, reply_to: None, ..message }
}

/// A user has read a conversation up to a place: all devices are told.
pub(crate) async fn mark_read(change: &mut Change<'_>, chat: Chat, up_to: u64) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let key = ChatKey::of(me, &chat);
    if membership(&mut change.tx, app, &key, me).await?.is_none() {
        return refuse(RefusalCode::NotFound, "there is no such conversation for this user");
    }
    let Some(up_to) = mark(&mut change.tx, app, &key, me, up_to).await? else { return Ok(Done::Done) };
    let unread = unread(&mut change.tx, app, &key, me, up_to).await?;
    if let Chat::User { user } = &chat {
        has_read(change, &key, user, up_to).await?;
    }
    change.tell_user(me, Signal::Read { chat, up_to, unread });
    Ok(Done::Done)
}
