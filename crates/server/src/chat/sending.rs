//! Writing a message, and telling everybody in the conversation.

use carillon_call::record::Recipient;
use carillon_protocol::{
    Answer, AppId, CallId, Chat, DeviceId, Done, Message, MessageBody, MessageId, OpId, RefusalCode, Signal, UserId,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bounds::{check_body, check_ext};
use crate::{
    change::{Change, NotChanged, refuse},
    core::Core,
    store::{
        self, Posted, Tx, Who,
        chats::{ChatKey, keep_pair, membership},
        messages::NewMessage,
        people::is_blocked,
        spread::{ALL_RANKS, Audience},
    },
};

/// What is to be said where.
pub(super) struct Said {
    pub(super) chat: Chat,
    pub(super) body: MessageBody,
    pub(super) ext: Map<String, Value>,
    pub(super) call: Option<CallId>,
    /// Whether only whoever said it sees it.
    pub(super) sender_only: bool,
}

/// Who says it.
#[derive(Clone, Copy)]
pub(super) struct Speaker<'a> {
    pub(super) app: &'a AppId,
    pub(super) user: &'a UserId,
    /// The device that hears of it in its answer.
    pub(super) answered: Option<DeviceId>,
}

impl Core {
    /// The answer to whoever writes too fast. A repetition gets its old one: what was written must not be refused.
    pub(crate) async fn writes_too_fast(&self, who: &Who, op: OpId) -> Option<Result<Answer, NotChanged>> {
        if self.message_rates.permits(&who.app, &who.account.user) {
            return None;
        }
        Some(match self.store.given_answer(who.device, op).await {
            Ok(Some(answer)) => Ok(answer),
            Ok(None) => refuse(RefusalCode::RateLimited, "too many messages at once; try again later"),
            Err(error) => Err(error.into()),
        })
    }
}

/// Writes a message of a user's own.
pub(crate) async fn send(
    change: &mut Change<'_>,
    chat: Chat,
    body: MessageBody,
    ext: Map<String, Value>,
) -> Result<Done, NotChanged> {
    check_body(&body)?;
    check_ext(&ext)?;
    may_write(change, &chat).await?;
    let speaker = Speaker { app: &change.who.app, user: &change.who.account.user, answered: Some(change.who.device) };
    let said = Said { chat, body, ext, call: None, sender_only: false };
    let mail = change.mail();
    let (message, posted) = say(&mut change.tx, speaker, said, mail).await?;
    change.will_have_said();
    change.will_deliver(posted);
    Ok(Done::Sent { message })
}

async fn may_write(change: &mut Change<'_>, chat: &Chat) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    match chat {
        Chat::User { user } if user == me => refuse(RefusalCode::Invalid, "nobody writes to themself"),
        Chat::User { user } => {
            if store::people::display_name(&mut change.tx, app, user).await?.is_none() {
                return refuse(RefusalCode::UnknownUser, "there is no such user");
            }
            if is_blocked(&mut change.tx, app, user, me).await? {
                return refuse(RefusalCode::Blocked, "this user takes no messages of yours");
            }
            Ok(())
        }
        Chat::Group { .. } => match membership(&mut change.tx, app, &ChatKey::of(me, chat), me).await? {
            Some(_) => Ok(()),
            None => refuse(RefusalCode::NotFound, "there is no such conversation for this user"),
        },
    }
}

/// Writes a message down and puts it into the streams of everybody in the conversation.
pub(super) async fn say(
    tx: &mut Tx,
    speaker: Speaker<'_>,
    said: Said,
    mail: (u64, u64),
) -> store::Result<(Message, Vec<Posted>)> {
    let (app, now_ms) = (speaker.app, mail.0);
    let key = ChatKey::of(speaker.user, &said.chat);
    if let Chat::User { user } = &said.chat {
        let both = [speaker.user, user];
        keep_pair(tx, app, &key, if said.sender_only { &both[..1] } else { &both }, now_ms).await?;
    }
    let id = MessageId::new(Uuid::now_v7());
    let new = NewMessage {
        app,
        chat: &key,
        id,
        from: speaker.user,
        body: &said.body,
        ext: &said.ext,
        call: said.call,
        sender_only: said.sender_only,
        now_ms,
    };
    let pos = store::messages::add(tx, &new).await?;
    let from_name = store::people::display_name(tx, app, speaker.user).await?;
    let message = Message {
        id,
        pos,
        chat: said.chat,
        from: speaker.user.clone(),
        from_name: from_name.unwrap_or_else(|| speaker.user.to_string()),
        body: said.body,
        ext: said.ext,
        call: said.call,
        at_ms: now_ms,
    };
    let posted = spread(tx, speaker, &key, &message, said.sender_only, mail).await?;
    Ok((message, posted))
}

/// In a group all see the same; of two each names the conversation by the other.
async fn spread(
    tx: &mut Tx,
    speaker: Speaker<'_>,
    key: &ChatKey,
    message: &Message,
    sender_only: bool,
    mail: (u64, u64),
) -> store::Result<Vec<Posted>> {
    let app = speaker.app;
    let Chat::User { user: other } = &message.chat else {
        let audience = Audience { app, chat: key, ranks: ALL_RANKS, but: speaker.answered };
        return store::spread::post_to_members(tx, &audience, Signal::Message(message.clone()), mail).await;
    };
    let mine = match speaker.answered {
        Some(device) => Recipient::OtherDevices(speaker.user.clone(), device),
        None => Recipient::User(speaker.user.clone()),
    };
    let mut posted = store::sessions::post_to(tx, app, &mine, Signal::Message(message.clone()), mail).await?;
    if !sender_only {
        let theirs = Message { chat: Chat::User { user: speaker.user.clone() }, ..message.clone() };
        let to = Recipient::User(other.clone());
        posted.extend(store::sessions::post_to(tx, app, &to, Signal::Message(theirs), mail).await?);
    }
    Ok(posted)
}
