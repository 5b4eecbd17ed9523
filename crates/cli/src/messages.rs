//! `carillon message` and `carillon messages`.

use std::pin::pin;

use carillon_kit::{Chat, Connection, GroupId, LinkState, Message, MessageBody, News, UserId};
use carillon_protocol::{shown_name, shown_person};
use serde_json::json;
use tokio::sync::broadcast::{Receiver, error::RecvError};

use crate::{
    args::{self, Cli},
    exit::{Exit, Problem},
    report::Report,
    session::Session,
    talk::told_to_stop,
};

/// Writes one message.
pub(crate) async fn message(cli: &Cli, options: &args::Message) -> Result<Exit, Problem> {
    let (chat, text) = addressed(options)?;
    let session = Session::open(cli).await?;
    let sent = session.connection.send_text(chat, &text).await;
    if let Ok(message) = &sent {
        session.report.say("sent", json!({ "message": message }), "sent");
    }
    session.close().await;
    Ok(sent.map(|_| Exit::Good)?)
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
    if text.is_empty() {
        return Err(Problem::usage("nothing to write"));
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
    match &chat {
        Some(chat) => read_one(connection, report, chat, options).await?,
        None => list(connection, report).await?,
    }
    if options.follow {
        report.say("following", json!({}), "");
        follow(connection, report, chat.as_ref(), options.count, news).await?;
    }
    Ok(())
}

async fn read_one(
    connection: &Connection,
    report: Report,
    chat: &Chat,
    options: &args::Messages,
) -> Result<(), Problem> {
    let (newest_first, _) = connection.history(chat, None, options.limit).await?;
    newest_first.iter().rev().for_each(|message| tell(report, message));
    if let Some(last) = newest_first.first().filter(|_| options.mark_read) {
        connection.mark_read(chat, last.pos).await?;
    }
    Ok(())
}

async fn list(connection: &Connection, report: Report) -> Result<(), Problem> {
    for conversation in connection.conversations().await? {
        let last = conversation.last.as_ref().map(text).unwrap_or_default();
        let line = format!("{:<20} {:>3} unread  {last}", shown_name(&conversation.name), conversation.unread);
        report.say("conversation", json!({ "conversation": conversation }), &line);
    }
    Ok(())
}

async fn follow(
    connection: &Connection,
    report: Report,
    chat: Option<&Chat>,
    count: Option<u32>,
    mut news: Receiver<News>,
) -> Result<(), Problem> {
    let (mut stop, mut link) = (pin!(told_to_stop()), connection.link());
    let mut left = count.unwrap_or(u32::MAX);
    while left > 0 {
        tokio::select! {
            () = &mut stop => return Ok(()),
            heard = news.recv() => match heard {
                Ok(News::Message(message)) if chat.is_none_or(|chat| *chat == message.chat) => {
                    tell(report, &message);
                    left -= u32::from(count.is_some());
                }
                Ok(_) => {}
                Err(RecvError::Lagged(missed)) => tracing::warn!(missed, "news were missed"),
                Err(RecvError::Closed) => return Err(Problem::new(Exit::Failed, "the connection has ended")),
            },
            Ok(()) = link.changed() => match *link.borrow_and_update() {
                LinkState::SignedOut => return Err(Problem::signed_out()),
                LinkState::Replaced => return Err(Problem::replaced()),
                LinkState::Up | LinkState::Reconnecting | LinkState::Down => {}
            },
        }
    }
    Ok(())
}

fn chat(user: Option<&UserId>, group: Option<&GroupId>) -> Option<Chat> {
    match (user, group) {
        (Some(user), _) => Some(Chat::User { user: user.clone() }),
        (None, Some(group)) => Some(Chat::Group { group: group.clone() }),
        (None, None) => None,
    }
}

/// A command is for programs.
fn tell(report: Report, message: &Message) {
    let line = match &message.body {
        MessageBody::Text { .. } => format!("{}: {}", shown_person(&message.from_name, &message.from), text(message)),
        MessageBody::Command { .. } => String::new(),
    };
    report.say("message", json!({ "message": message }), &line);
}

/// On one line, and without what a terminal would obey.
fn text(message: &Message) -> String {
    match &message.body {
        MessageBody::Text { text } => text.chars().map(|c| if c.is_control() { ' ' } else { c }).collect(),
        MessageBody::Command { action } => action.clone(),
    }
}
