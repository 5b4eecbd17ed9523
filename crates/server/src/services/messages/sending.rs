//! Writing a message, and telling all users in the conversation.

use carillon_call::record::Recipient;
use carillon_protocol::{
    Answer, AppId, AttachmentId, CallId, Chat, DeviceId, Done, GroupEvent, GroupId, Message, MessageBody, MessageId,
    OpId, QUOTED_CHARS, Quote, RefusalCode, Request, Signal, UserId,
};
use serde_json::{Map, Value};
use uuid::Uuid;

use super::bounds::{check_body, check_ext};
use crate::{
    change::{Change, FollowUp, NotChanged, refuse},
    ground::{
        limits::{Rate, Subject, table},
        shared::Ground,
    },
    store::{
        self, Who,
        chats::{ChatKey, membership},
        messages::NewMessage,
        people::has_blocked,
        spread::{ALL_RANKS, Audience},
    },
};

const MEGABYTE: u64 = 1024 * 1024;

/// A message that is to be written.
pub(super) struct Draft {
    pub(super) chat: Chat,
    pub(super) body: MessageBody,
    pub(super) ext: Map<String, Value>,
    pub(super) call: Option<CallId>,
    /// The text that it answers.
    pub(super) reply_to: Option<Quote>,
    /// Seen by the speaker alone, who is not told so: the other of a conversation of two has blocked them.
    pub(super) sender_only: bool,
}

/// Who says it.
#[derive(Clone, Copy)]
pub(super) struct Speaker<'a> {
    pub(super) app: &'a AppId,
    pub(super) user: &'a UserId,
    /// What others see of them.
    pub(super) name: &'a str,
    /// The device that hears of it in its answer.
    pub(super) answered: Option<DeviceId>,
}

/// The answer to a user who writes too fast. A repetition gets its old one: what was written must not be refused.
pub(crate) async fn too_fast(
    ground: &Ground,
    who: &Who,
    op: OpId,
    request: &Request,
) -> Option<Result<Answer, NotChanged>> {
    let row = table::of_request(request);
    let count = |rate| ground.limits.count(&row, rate, Subject::on_link(rate, who));
    let too_much = count(Rate::MessagesOfUser).err()?;
    // Looking it up is one more request.
    if [Rate::RequestsOfDevice, Rate::RequestsOfUser].into_iter().any(|rate| count(rate).is_err()) {
        return Some(Err(NotChanged::Refused(too_much.into())));
    }
    Some(match ground.store.given_answer(who.device, op).await {
        Ok(Some(answer)) => Ok(answer),
        Ok(None) => Err(NotChanged::Refused(too_much.into())),
        Err(error) => Err(error.into()),
    })
}

/// Writes a message of a user's own.
pub(crate) async fn send(
    change: &mut Change<'_>,
    chat: Chat,
    body: MessageBody,
    ext: Map<String, Value>,
    reply_to: Option<u64>,
) -> Result<Done, NotChanged> {
    check_body(&body)?;
    check_ext(&ext)?;
    let sender_only = !may_write(change, &chat).await?;
    has_room(change).await?;
    let reply_to = match reply_to {
        Some(pos) => Some(quoted(change, &chat, pos).await?),
        None => None,
    };
    let (body, file) = with_file(change, body).await?;
    let account = &change.who.account;
    let (app, answered) = (&change.who.app, Some(change.who.device));
    let speaker = Speaker { app, user: &account.user, name: &account.display_name, answered };
    let draft = Draft { chat, body, ext, call: None, reply_to, sender_only };
    let message = say(change, speaker, draft).await?;
    if let Some(file) = file {
        store::attachments::put_into(&mut change.tx, file, message.pos).await?;
    }
    change.then(FollowUp::MessageWritten);
    Ok(Done::Sent { message })
}

/// A message with a file says of it what the server knows. It is this user's, whole, and in no message yet.
async fn with_file(
    change: &mut Change<'_>,
    body: MessageBody,
) -> Result<(MessageBody, Option<AttachmentId>), NotChanged> {
    let MessageBody::File { file } = body else { return Ok((body, None)) };
    let (app, me) = (&change.who.app, &change.who.account.user);
    match store::attachments::ready(&mut change.tx, app, me, file.id).await? {
        Some(file) => Ok((MessageBody::File { file: file.clone() }, Some(file.id))),
        None => refuse(RefusalCode::NotFound, "there is no such file that could be sent"),
    }
}

/// The beginning of a text that this user can see there.
async fn quoted(change: &mut Change<'_>, chat: &Chat, pos: u64) -> Result<Quote, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let found = store::messages::find(&mut change.tx, app, &ChatKey::of(me, chat), me, pos).await?;
    let (pos, from, from_name, text) = match found {
        Some(Message { pos, from, from_name, body: MessageBody::Text { text }, .. }) => (pos, from, from_name, text),
        Some(Message { pos, from, from_name, body: MessageBody::File { file }, .. }) => {
            (pos, from, from_name, file.name)
        }
        Some(_) | None => return refuse(RefusalCode::NotFound, "there is no such text for this user"),
    };
    Ok(Quote { pos, from, from_name, text: text.chars().take(QUOTED_CHARS).collect() })
}

/// Writes down what this user did to a group, as a line in its conversation, and tells all who are in it.
pub(crate) async fn note(change: &mut Change<'_>, group: &GroupId, event: GroupEvent) -> store::Result<()> {
    let who = change.who;
    let speaker = Speaker { app: &who.app, user: &who.account.user, name: &who.account.display_name, answered: None };
    let (chat, body) = (Chat::Group { group: group.clone() }, MessageBody::Event { event });
    let draft = Draft { chat, body, ext: Map::new(), call: None, reply_to: None, sender_only: false };
    say(change, speaker, draft).await.map(drop)
}

/// Whether others will see what this user writes there: not one who has blocked this user.
pub(super) async fn may_write(change: &mut Change<'_>, chat: &Chat) -> Result<bool, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    match chat {
        Chat::User { user } if user == me => refuse(RefusalCode::Invalid, "nobody writes to themself"),
        Chat::User { user } => match has_blocked(&mut change.tx, app, user, me).await? {
            Some(has_blocked) => Ok(!has_blocked),
            None => refuse(RefusalCode::UnknownUser, "there is no such user"),
        },
        Chat::Group { .. } => match membership(&mut change.tx, app, &ChatKey::of(me, chat), me).await? {
            Some(_) => Ok(true),
            None => refuse(RefusalCode::NotFound, "there is no such conversation for this user"),
        },
    }
}

/// Invitations to calls need none: a user whose room is full can still call, and the number of calls is limited.
pub(super) async fn has_room(change: &mut Change<'_>) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let most = u64::from(change.ground.config.limits.message_megabytes_per_user) * MEGABYTE;
    if store::messages::room_taken(&mut change.tx, app, me).await? >= most {
        return refuse(RefusalCode::TooLarge, "the messages of this account take up all the room that it has here");
    }
    Ok(())
}

/// Writes a message down, and tells all users in the conversation.
pub(super) async fn say(change: &mut Change<'_>, speaker: Speaker<'_>, draft: Draft) -> store::Result<Message> {
    let (app, now_ms) = (speaker.app, change.stamp.now_ms);
    let key = ChatKey::of(speaker.user, &draft.chat);
    let other = match &draft.chat {
        Chat::User { user } => Some(user),
        Chat::Group { .. } => None,
    };
    let id = MessageId::new(Uuid::now_v7());
    let new = NewMessage {
        app,
        chat: &key,
        other,
        id,
        from: speaker.user,
        body: &draft.body,
        ext: &draft.ext,
        call: draft.call,
        reply_to: draft.reply_to.as_ref().map(|quote| quote.pos),
        sender_only: draft.sender_only,
        now_ms,
    };
    let pos = store::messages::add(&mut change.tx, &new).await?;
    let message = Message {
        id,
        pos,
        chat: draft.chat,
        from: speaker.user.clone(),
        from_name: speaker.name.to_owned(),
        body: draft.body,
        ext: draft.ext,
        call: draft.call,
        at_ms: now_ms,
        reply_to: draft.reply_to,
        edited_at_ms: None,
    };
    spread(change, speaker, &key, &message, draft.sender_only, Signal::Message).await?;
    Ok(message)
}

/// In a group all see the same; of two each names the conversation by the other.
pub(super) async fn spread(
    change: &mut Change<'_>,
    speaker: Speaker<'_>,
    key: &ChatKey,
    message: &Message,
    sender_only: bool,
    signal: fn(Message) -> Signal,
) -> store::Result<()> {
    let app = speaker.app;
    let Chat::User { user: other } = &message.chat else {
        let audience = Audience { app, chat: key, ranks: ALL_RANKS, but: speaker.answered };
        return change.tell_members(&audience, signal(message.clone())).await;
    };
    let mine = match speaker.answered {
        Some(device) => Recipient::OtherDevices(speaker.user.clone(), device),
        None => Recipient::User(speaker.user.clone()),
    };
    change.tell(mine, signal(message.clone()));
    if !sender_only {
        let theirs = Message { chat: Chat::User { user: speaker.user.clone() }, ..message.clone() };
        change.tell_user(other, signal(theirs));
    }
    Ok(())
}
