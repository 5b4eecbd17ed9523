//! Files of conversations on their way: from a window through the kit to the server, and from there to the disk.

use std::{collections::BTreeMap, sync::Arc};

use base64::{Engine as _, prelude::BASE64_STANDARD};
use carillon_ipc::{
    FileView, MAX_FILE_BYTES, MAX_FILE_PART_BYTES, MessageView, Notice, NoticeCode, PickedFile, SendState, TransferView,
};
use carillon_kit::{
    Attachment, Chat, Connection, Message, MessageBody, NewAttachment, PictureSides, TransferError, shown_name,
    shown_person,
};
use tokio::{
    sync::{mpsc, watch},
    task::AbortHandle,
};

use super::{
    Controller, notices, pictures,
    session::SignedInSession,
    session_event::{FileEvent, SessionEvent},
};
use crate::desktop::Desktop;

/// So many files are on their way at once; a window can wait with the others.
const MOST_AT_ONCE: usize = 10;
/// A small picture is as large as that at most.
const MAX_THUMBNAIL_BYTES: usize = 256 * 1024;
/// Sets the names of files on their way apart from those of messages.
const FILE: &str = "file-";
/// What the system does not know.
const ANY_TYPE: &str = "application/octet-stream";

/// Which file on its way.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Transfer {
    /// To the server, by its number.
    Out(u64),
    /// From the server, by the place of its message.
    In(u64),
}

/// Files on their way, and those that have come.
#[derive(Debug, Default)]
pub(super) struct Files {
    out: Vec<OutgoingFile>,
    saved: BTreeMap<u64, TransferView>,
    last: u64,
}

/// A file on its way to the server.
#[derive(Debug)]
struct OutgoingFile {
    id: u64,
    key: String,
    chat: Chat,
    picked: PickedFile,
    at_ms: u64,
    /// Where its content goes; `None`: all of it has come from the window.
    parts: Option<mpsc::Sender<Vec<u8>>>,
    taken: u64,
    sent: u64,
    failed: Option<Notice>,
    task: Option<AbortHandle>,
}

impl Drop for OutgoingFile {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

impl Files {
    /// A part of a file has come from its window.
    fn take(&mut self, key: &str, part: Vec<u8>) -> Result<(), Notice> {
        // One that was given up meanwhile is of no interest.
        let Some(file) = self.out.iter_mut().find(|file| file.key == key) else { return Ok(()) };
        let Some(parts) = &file.parts else { return Ok(()) };
        file.taken += part.len() as u64;
        if file.taken > file.picked.bytes || parts.try_send(part).is_err() {
            file.parts = None;
            return Err(notices::internal("a file has become another one while it was read"));
        }
        if file.taken == file.picked.bytes {
            file.parts = None;
        }
        Ok(())
    }

    pub(super) fn progress(&mut self, which: Transfer, bytes: u64) {
        match which {
            Transfer::Out(id) => {
                let file = self.out.iter_mut().find(|file| file.id == id);
                file.into_iter().for_each(|file| file.sent = bytes);
            }
            Transfer::In(pos) => {
                if let Some(TransferView::Moving { percent }) = self.saved.get_mut(&pos) {
                    *percent = u8::try_from(bytes).unwrap_or(100).min(100);
                }
            }
        }
    }

    /// Gives a file up that is on its way, or did not get there.
    pub(super) fn discard(&mut self, id: &str) -> bool {
        let Some(id) = id.strip_prefix(FILE).and_then(|id| id.parse::<u64>().ok()) else { return false };
        self.out.retain(|file| file.id != id);
        true
    }

    /// How far the file of a message has come to this computer.
    pub(super) fn saved(&self, pos: u64) -> TransferView {
        self.saved.get(&pos).cloned().unwrap_or_default()
    }
}

impl<D: Desktop> Controller<D> {
    /// A window has a file to send. Its content follows.
    pub(super) fn attach_file(&mut self, chat: Chat, key: String, picked: PickedFile) -> Result<(), Notice> {
        let now = super::messages::wall_clock_ms();
        let session = self.session()?;
        if picked.bytes > MAX_FILE_BYTES || picked.bytes == 0 {
            return Err(notices::plain(NoticeCode::FileTooLarge));
        }
        if session.files.out.len() >= MOST_AT_ONCE || session.files.out.iter().any(|file| file.key == key) {
            return Err(notices::plain(NoticeCode::RateLimited));
        }
        session.files.last += 1;
        let id = session.files.last;
        let parts_in_all = usize::try_from(picked.bytes).unwrap_or(usize::MAX) / MAX_FILE_PART_BYTES + 2;
        let (parts_tx, parts) = mpsc::channel(parts_in_all);
        let task = session.send_file(id, chat.clone(), &picked, parts);
        let parts = Some(parts_tx);
        session.files.out.push(OutgoingFile {
            id,
            key,
            chat,
            picked,
            at_ms: now,
            parts,
            taken: 0,
            sent: 0,
            failed: None,
            task: Some(task),
        });
        Ok(())
    }

    pub(super) fn file_part(&mut self, key: &str, data: &str) -> Result<(), Notice> {
        let part = BASE64_STANDARD.decode(data).map_err(notices::internal)?;
        if part.len() > MAX_FILE_PART_BYTES {
            return Err(notices::internal("a part of a file is too large"));
        }
        self.session()?.files.take(key, part)
    }

    /// The user wants the file of a message on this computer.
    pub(super) fn save_file(&mut self, chat: &Chat, pos: u64) -> Result<(), Notice> {
        let folder = self.setup.downloads.clone();
        let session = self.session()?;
        let open = session.chats.open().filter(|open| open.chat == *chat);
        let message = open.and_then(|open| open.messages.iter().find(|message| message.pos == pos));
        let Some(MessageBody::File { file }) = message.map(|message| message.body.clone()) else {
            return Err(notices::plain(NoticeCode::NotFound));
        };
        if matches!(session.files.saved(pos), TransferView::Moving { .. }) {
            return Ok(()); // a second click
        }
        session.files.saved.insert(pos, TransferView::Moving { percent: 0 });
        let (kit, bytes) = (Arc::clone(&session.kit), file.bytes.max(1));
        let progress = session.follow_progress(Transfer::In(pos), move |here| here.saturating_mul(100) / bytes);
        session.ask(|_| async move {
            let saved = kit.save_file(file, folder, progress).await;
            Some(SessionEvent::File(FileEvent::Saved { pos, saved }))
        });
        Ok(())
    }

    pub(super) fn file_event(&mut self, event: FileEvent) {
        let Some(session) = self.account.session_mut() else { return };
        match event {
            FileEvent::Progress(which, bytes) => session.files.progress(which, bytes),
            FileEvent::Sent { id, sent } => match sent {
                Ok(message) => {
                    session.files.out.retain(|file| file.id != id);
                    let me = session.account.user.clone();
                    session.chats.message(*message, &me, true);
                }
                Err(error) => {
                    let file = session.files.out.iter_mut().find(|file| file.id == id);
                    file.into_iter().for_each(|file| (file.failed, file.parts) = (Some(of_transfer(&error)), None));
                }
            },
            FileEvent::Saved { pos, saved: Ok(name) } => {
                session.files.saved.insert(pos, TransferView::Saved { name });
            }
            FileEvent::Saved { pos, saved: Err(error) } => {
                session.files.saved.remove(&pos);
                self.main_notice = Some(of_transfer(&error));
            }
        }
    }
}

fn of_transfer(error: &TransferError) -> Notice {
    match error {
        TransferError::Request(error) => {
            let notice = notices::of_request(error, "");
            let is_too_large = notice.code == NoticeCode::GroupFull; // too large, of a group
            if is_too_large { Notice { code: NoticeCode::FileTooLarge, ..notice } } else { notice }
        }
        TransferError::File(error) => Notice { detail: error.to_string(), ..notices::plain(NoticeCode::FileNotSaved) },
    }
}

impl SignedInSession {
    fn send_file(&mut self, id: u64, chat: Chat, picked: &PickedFile, parts: mpsc::Receiver<Vec<u8>>) -> AbortHandle {
        let media_type = if picked.media_type.is_empty() { ANY_TYPE.to_owned() } else { picked.media_type.clone() };
        let sides = |(width, height, _): &(u16, u16, String)| PictureSides { width: *width, height: *height };
        let picture = picked.picture.as_ref().map(sides);
        let new = NewAttachment { name: picked.name.clone(), media_type, bytes: picked.bytes, picture };
        let thumbnail = picked.picture.as_ref().and_then(|(_, _, url)| pictures::bytes(url).ok());
        let thumbnail = thumbnail.filter(|thumbnail| thumbnail.len() <= MAX_THUMBNAIL_BYTES);
        let kit = Arc::clone(&self.kit);
        let progress = self.follow_progress(Transfer::Out(id), |sent| sent);
        self.ask(move |server| async move {
            let sent = async {
                let file = kit.send_file(new, thumbnail, parts, progress).await?;
                let (op, body) = (Connection::new_op(), MessageBody::File { file });
                Ok(server.send_message_as(op, chat, body, serde_json::Map::new()).await?)
            };
            let sent: Result<Message, TransferError> = sent.await;
            Some(SessionEvent::File(FileEvent::Sent { id, sent: sent.map(Box::new) }))
        })
    }

    /// Where a transfer tells how far it is. Of what it tells fast, the latest counts.
    fn follow_progress(
        &mut self,
        which: Transfer,
        of: impl Fn(u64) -> u64 + Send + 'static,
    ) -> Box<dyn FnMut(u64) + Send> {
        let (progress_tx, progress) = watch::channel((which, 0));
        self.follow(progress, |(which, bytes)| SessionEvent::File(FileEvent::Progress(which, bytes)));
        Box::new(move |bytes| {
            progress_tx.send_replace((which, of(bytes)));
        })
    }
}

/// Files of a conversation on their way to the server, as they are shown.
pub(super) fn on_their_way(session: &SignedInSession, chat: &Chat) -> impl Iterator<Item = MessageView> {
    session.files.out.iter().filter(move |file| file.chat == *chat).map(|file| outgoing(session, file))
}

fn outgoing(session: &SignedInSession, file: &OutgoingFile) -> MessageView {
    let (me, picked) = (&session.account, &file.picked);
    let percent = u8::try_from(file.sent.saturating_mul(100) / picked.bytes.max(1)).unwrap_or(100);
    MessageView {
        id: format!("{FILE}{}", file.id),
        pos: 0,
        from: me.user.clone(),
        name: shown_person(&me.display_name, &me.user),
        picture: None,
        own: true,
        text: String::new(),
        at_ms: file.at_ms,
        state: match &file.failed {
            Some(notice) => SendState::Failed { notice: notice.clone() },
            None => SendState::Sending,
        },
        reply: None,
        edited: false,
        deleted: false,
        file: Some(FileView {
            name: shown_name(&picked.name),
            bytes: picked.bytes,
            picture: picked.picture.clone(),
            transfer: if file.failed.is_some() { TransferView::There } else { TransferView::Moving { percent } },
        }),
    }
}

/// The file of a message, as it is shown.
pub(super) fn file_view(session: &SignedInSession, pos: u64, file: &Attachment) -> FileView {
    let picture = file.picture.map(|sides| (sides.width, sides.height, pictures::address_of_thumbnail(file.id)));
    FileView { name: shown_name(&file.name), bytes: file.bytes, picture, transfer: session.files.saved(pos) }
}
