//! `carillon message --file` and `carillon save`.

use std::path::Path;

use carillon_kit::{Chat, Connection, MessageBody, NewAttachment, TransferError};
use serde_json::json;

use crate::{
    args::{self, Cli},
    exit::{Exit, Problem},
    messages::chat,
    session::Session,
};

/// Sends a file, and then the message that has it.
pub(crate) async fn send(session: &Session, path: &Path, chat: Chat, reply_to: Option<u64>) -> Result<(), Problem> {
    let (connection, report) = (&session.connection, session.report);
    let unreadable = |error| Problem::usage(format!("{} cannot be read: {error}", path.display()));
    let mut file = tokio::fs::File::open(path).await.map_err(unreadable)?;
    let bytes = file.metadata().await.map_err(unreadable)?.len();
    let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
    let new = NewAttachment { name, media_type: "application/octet-stream".to_owned(), bytes, picture: None };
    let progress = |sent| report.say("sending", json!({ "sent": sent, "bytes": bytes }), "");
    let file = connection.upload(&new, &mut file, None, progress).await.map_err(failed)?;
    let body = MessageBody::File { file };
    let message = connection.send_reply_as(Connection::new_op(), chat, body, serde_json::Map::new(), reply_to).await?;
    report.say("sent", json!({ "message": message }), "sent");
    Ok(())
}

/// Saves the file of a message. What was begun is not left behind.
pub(crate) async fn save(cli: &Cli, options: &args::Save) -> Result<Exit, Problem> {
    let Some(chat) = chat(options.user.as_ref(), options.group.as_ref()) else {
        return Err(Problem::usage("no conversation to save from"));
    };
    let session = Session::open(cli).await?;
    let done = save_from(&session, &chat, options).await;
    session.close().await;
    done.map(|()| Exit::Good)
}

async fn save_from(session: &Session, chat: &Chat, options: &args::Save) -> Result<(), Problem> {
    let (connection, report) = (&session.connection, session.report);
    let (page, _) = connection.history(chat, Some(options.pos.saturating_add(1)), 1).await?;
    let at_place = page.into_iter().find(|message| message.pos == options.pos);
    let Some(MessageBody::File { file: attachment }) = at_place.map(|message| message.body) else {
        return Err(Problem::usage("no message with a file is there"));
    };
    let path = &options.to;
    let unwritable = |error| Problem::usage(format!("{} cannot be written: {error}", path.display()));
    let mut file = tokio::fs::File::create_new(path).await.map_err(unwritable)?;
    let progress = |here| report.say("saving", json!({ "here": here, "bytes": attachment.bytes }), "");
    let saved = connection.download(&attachment, &mut file, progress).await;
    if saved.is_err() {
        // It may be gone already; what is half is no use.
        let _ = tokio::fs::remove_file(path).await;
    }
    saved.map_err(failed)?;
    report.say("saved", json!({ "file": attachment }), "saved");
    Ok(())
}

fn failed(error: TransferError) -> Problem {
    match error {
        TransferError::Request(error) => error.into(),
        TransferError::File(error) => Problem::new(Exit::Failed, error.to_string()),
    }
}
