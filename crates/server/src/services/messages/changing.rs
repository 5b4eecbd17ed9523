//! Changing a text, and taking one back: by its author, and within a day of the server's clock.
//!
//! What an author changes whom the other has blocked since, the other does not see any more: no new words reach them, and the author hears
//! nothing of it.

use carillon_protocol::{CHANGEABLE_MS, Chat, Done, Message, MessageBody, RefusalCode, Signal};

use super::{
    bounds::check_text,
    sending::{Speaker, has_room, may_write, spread},
};
use crate::{
    change::{Change, NotChanged, refuse},
    store::{self, chats::ChatKey},
};

/// A text says something else from now on.
pub(crate) async fn edit(change: &mut Change<'_>, chat: Chat, pos: u64, text: String) -> Result<Done, NotChanged> {
    check_text(&text)?;
    let is_heard = may_write(change, &chat).await?;
    let before = own_text(change, &chat, pos).await?;
    if !matches!(before.body, MessageBody::Text { .. }) {
        return refuse(RefusalCode::NotAllowed, "it is no text, or none any more");
    }
    has_room(change).await?;
    let edited_at_ms = Some(change.stamp.now_ms);
    let message = Message { body: MessageBody::Text { text }, edited_at_ms, ..before };
    write(change, &message, is_heard).await?;
    Ok(Done::Sent { message })
}

/// A text or a file is gone, and all that was put beside it; once.
pub(crate) async fn delete(change: &mut Change<'_>, chat: Chat, pos: u64) -> Result<Done, NotChanged> {
    let is_heard = may_write(change, &chat).await?;
    let before = own_text(change, &chat, pos).await?;
    if before.body == MessageBody::Deleted {
        return Ok(Done::Done);
    }
    let ext = serde_json::Map::new();
    let message = Message { body: MessageBody::Deleted, ext, reply_to: None, edited_at_ms: None, ..before };
    write(change, &message, is_heard).await?;
    Ok(Done::Done)
}

/// What may be changed: a text of this user's own that is no call, and is not too old. One that was deleted is given as it is.
async fn own_text(change: &mut Change<'_>, chat: &Chat, pos: u64) -> Result<Message, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let found = store::messages::find(&mut change.tx, app, &ChatKey::of(me, chat), me, pos).await?;
    let Some(message) = found else {
        return refuse(RefusalCode::NotFound, "there is no such message for this user");
    };
    let is_text = match &message.body {
        MessageBody::Text { .. } | MessageBody::File { .. } | MessageBody::Deleted => message.call.is_none(),
        MessageBody::Command { .. } | MessageBody::Event { .. } => false,
    };
    if message.from != *me || !is_text {
        return refuse(RefusalCode::NotAllowed, "only the author of a text may change it");
    }
    if change.stamp.now_ms.saturating_sub(message.at_ms) > CHANGEABLE_MS {
        return refuse(RefusalCode::NotAllowed, "it is older than a day");
    }
    Ok(message)
}

/// Writes it down, and tells all who see it.
async fn write(change: &mut Change<'_>, message: &Message, is_heard: bool) -> Result<(), NotChanged> {
    let (who, app) = (change.who, &change.who.app);
    let (me, key) = (&who.account.user, ChatKey::of(&who.account.user, &message.chat));
    let was_hidden = store::messages::is_for_sender_only(&mut change.tx, message.pos).await?;
    let only_for_sender = was_hidden || !is_heard;
    let (pos, edited) = (message.pos, message.edited_at_ms);
    store::messages::change(&mut change.tx, pos, me, &message.body, only_for_sender, edited).await?;
    // All of this user's devices hear of it: the answer to a deletion does not say it.
    let speaker = Speaker { app, user: me, name: &who.account.display_name, answered: None };
    Ok(spread(change, speaker, &key, message, only_for_sender, Signal::MessageChanged).await?)
}
