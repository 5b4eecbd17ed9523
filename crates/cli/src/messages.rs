//! `carillon message` and `carillon messages`.

mod follow;

use carillon_kit::{
    Chat, Connection, GroupEvent, GroupId, Message, MessageBody, News, RequestError, UserId, shown_name, shown_person,
};
use serde_json::json;
use tokio::sync::broadcast::Receiver;

use crate::{
    args::{self, Cli},
    exit::{Exit, Problem},
    files,
    report::Report,
    session::Session,
};
use follow::{Followed, Places};

/// Writes one message, or changes or deletes one.
pub(crate) async fn message(cli: &Cli, options: &args::Message) -> Result<Exit, Problem> {
    let (chat, text) = addressed(options)?;
    let session = Session::open(cli).await?;
    let done = write(&session, options, chat, text).await;
    session.close().await;
    done.map(|()| Exit::Good)
}

async fn write(session: &Session, options: &args::Message, chat: Chat, text: String) -> Result<(), Problem> {
    let (connection, report) = (&session.connection, session.report);
    if let Some(file) = &options.file {
        return files::send(session, file, chat, options.reply_to).await;
    }
    if options.typing {
        connection.set_typing(&chat, true).await?;
        report.say("done", json!({}), "done");
    } else if let Some(pos) = options.delete {
        connection.delete_message(&chat, pos).await?;
        report.say("done", json!({}), "deleted");
    } else if let Some(pos) = options.edit {
        let message = connection.edit_message(&chat, pos, &text).await?;
        report.say("sent", json!({ "message": message }), "edited");
    } else {
        let body = MessageBody::Text { text };
        let op = Connection::new_op();
        let message = connection.send_reply_as(op, chat, body, serde_json::Map::new(), options.reply_to).await?;
        report.say("sent", json!({ "message": message }), "sent");
    }
    Ok(())
}

/// Mutes a conversation, or wants its notifications again.
pub(crate) async fn mute(cli: &Cli, options: &args::Mute) -> Result<Exit, Problem> {
    let Some(chat) = chat(options.user.as_ref(), options.group.as_ref()) else {
        return Err(Problem::usage("no conversation to mute"));
    };
    let session = Session::open(cli).await?;
    let done = session.connection.set_chat_muted(&chat, options.muted == "on").await;
    finish(session, done).await
}

/// Shares what this user reads, or does not.
pub(crate) async fn receipts(cli: &Cli, share: bool) -> Result<Exit, Problem> {
    let session = Session::open(cli).await?;
    let done = session.connection.set_read_receipts(share).await;
    finish(session, done).await
}

async fn finish(session: Session, done: Result<(), RequestError>) -> Result<Exit, Problem> {
    if done.is_ok() {
        session.report.say("done", json!({}), "done");
    }
    session.close().await;
    Ok(done.map(|()| Exit::Good)?)
}

/// The first word is a user, unless it is to a group.
fn addressed(options: &args::Message) -> Result<(Chat, String), Problem> {
    let (chat, text) = match (&options.group, options.words.as_slice()) {
        (Some(group), words) => (Chat::Group { group: group.clone() }, words),
        (None, [user, words @ ..]) => {
            let user = user.parse().map_err(|error| Problem::usage(format!("{user:?} is no user's name: {error}")))?;
            (Chat::User { user }, words)
        }
        (None, []) => return Err(Problem::usage("nobody to write to")),
    };
    let needs_none = options.delete.is_some() || options.typing || options.file.is_some();
    if text.is_empty() != needs_none {
        return Err(Problem::usage(if needs_none { "there is nothing to write here" } else { "nothing to write" }));
    }
    Ok((chat, text.join(" ")))
}

/// Reads a conversation or the list of them, and goes on with what is written.
pub(crate) async fn messages(cli: &Cli, options: &args::Messages) -> Result<Exit, Problem> {
    let session = Session::open(cli).await?;
    let news = session.connection.signals();
    let done = read(&session, options, news).await;
    session.close().await;
    done.map(|()| Exit::Good)
}

async fn read(session: &Session, options: &args::Messages, news: Receiver<News>) -> Result<(), Problem> {
    let (connection, report) = (&session.connection, session.report);
    let chat = chat(options.user.as_ref(), options.group.as_ref());
    if options.follow {
        connection.confirm_deliveries();
    }
    let told = match &chat {
        Some(chat) => read_one(connection, report, chat, options).await?,
        None => list(connection, report).await?,
    };
    if options.follow {
        report.say("following", json!({}), "");
        let followed = Followed { connection, report, chat, left: options.count, places: Places::after(told) };
        followed.follow(news).await?;
    }
    Ok(())
}

/// Gives the place of the newest.
async fn read_one(
    connection: &Connection,
    report: Report,
    chat: &Chat,
    options: &args::Messages,
) -> Result<u64, Problem> {
    let newest_first = latest(connection, chat, options.limit).await?;
    newest_first.iter().rev().for_each(|message| tell(report, message));
    let Some(newest) = newest_first.first() else { return Ok(0) };
    if options.mark_read {
        mark_read(connection, report, chat, &newest_first).await?;
    }
    Ok(newest.pos)
}

/// The latest texts of a conversation, newest first. The server gives as many at once as fit a frame.
async fn latest(connection: &Connection, chat: &Chat, limit: u32) -> Result<Vec<Message>, Problem> {
    let mut texts: Vec<Message> = Vec::new();
    loop {
        let left = limit.saturating_sub(u32::try_from(texts.len()).unwrap_or(u32::MAX));
        if left == 0 {
            return Ok(texts);
        }
        let before = texts.last().map(|text| text.pos);
        let (page, more) = connection.history(chat, before, left).await?;
        let is_last = page.is_empty() || !more;
        texts.extend(page);
        if is_last {
            return Ok(texts);
        }
    }
}

/// A mark covers all that is older, so it is set only if all that is unread has been shown.
async fn mark_read(
    connection: &Connection,
    report: Report,
    chat: &Chat,
    newest_first: &[Message],
) -> Result<(), Problem> {
    let me = connection.account().user;
    let shown = newest_first.iter().filter(|text| text.from != me).count();
    let conversations = connection.conversations().await?;
    let unread = conversations.iter().find(|listed| listed.chat == *chat).map_or(0, |listed| listed.unread);
    let older = usize::try_from(unread).unwrap_or(usize::MAX).saturating_sub(shown);
    match newest_first.first() {
        Some(_) if older > 0 => {
            let text =
                format!("nothing is marked as read: {older} older ones are unread too; ask for more with --limit");
            report.say("not-marked", json!({ "older_unread": older }), &text);
        }
        Some(newest) => connection.mark_read(chat, newest.pos).await?,
        None => {}
    }
    Ok(())
}

/// Gives the place of the newest.
async fn list(connection: &Connection, report: Report) -> Result<u64, Problem> {
    let mut newest = 0;
    for conversation in connection.conversations().await? {
        newest = conversation.last.as_ref().map_or(0, |last| last.pos).max(newest);
        let last = conversation.last.as_ref().map(text).unwrap_or_default();
        let line = format!("{:<20} {:>3} unread  {last}", shown_name(&conversation.name), conversation.unread);
        report.say("conversation", json!({ "conversation": conversation }), &line);
    }
    Ok(newest)
}

pub(crate) fn chat(user: Option<&UserId>, group: Option<&GroupId>) -> Option<Chat> {
    match (user, group) {
        (Some(user), _) => Some(Chat::User { user: user.clone() }),
        (None, Some(group)) => Some(Chat::Group { group: group.clone() }),
        (None, None) => None,
    }
}

/// A command is for programs.
fn tell(report: Report, message: &Message) {
    let line = match &message.body {
        MessageBody::Command { .. } => String::new(),
        MessageBody::Text { .. } | MessageBody::File { .. } | MessageBody::Event { .. } | MessageBody::Deleted => {
            format!("{}: {}", shown_person(&message.from_name, &message.from), text(message))
        }
    };
    report.say("message", json!({ "message": message }), &line);
}

/// On one line, and without what a terminal would obey.
fn text(message: &Message) -> String {
    match &message.body {
        MessageBody::Text { text } => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        MessageBody::Command { action } => action.clone(),
        MessageBody::Event { event } => event_text(event),
        MessageBody::File { file } => format!("({}, {} bytes)", file.name, file.bytes),
        MessageBody::Deleted => "(deleted)".to_owned(),
    }
}

fn event_text(event: &GroupEvent) -> String {
    match event {
        GroupEvent::Joined => "(joined)".to_owned(),
        GroupEvent::Left => "(left)".to_owned(),
        GroupEvent::Added { users } => {
            let users: Vec<&str> = users.iter().map(UserId::as_str).collect();
            format!("(added {})", users.join(", "))
        }
        GroupEvent::Removed { user } => format!("(removed {user})"),
        GroupEvent::Renamed { name } => format!("(renamed the group: {})", shown_name(name)),
        GroupEvent::NewOwner { user } => format!("(new owner: {user})"),
    }
}
