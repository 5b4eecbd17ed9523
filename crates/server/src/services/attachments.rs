//! Files in conversations: how they come, part by part, who may have them, and how they go.
//!
//! The server never looks into one. What a file is called and what it is said to be is its sender's word; it is handed out as bytes to
//! be saved, and as nothing that a browser would show.

use std::time::Duration;

use carillon_protocol::{Attachment, AttachmentId, NewAttachment, RefusalCode, shown_line};
use uuid::Uuid;

use crate::{
    change::{Change, NotChanged, refuse},
    ground::{clock::millis, shared::Ground},
    runtime::{log_budget::limited, tasks::block},
    store::{
        self, StoreError, Who,
        attachments::{self, AttachmentFolder, NotKept},
        avatars::Picture,
    },
};

const MEGABYTE: u64 = 1024 * 1024;
const MAX_NAME_CHARS: usize = 120;
const MAX_TYPE_BYTES: usize = 100;
/// What is in no message after so long never will be.
const ON_ITS_WAY: Duration = Duration::from_secs(60 * 60);

/// A file is about to come.
pub(crate) async fn begin(change: &mut Change<'_>, new: NewAttachment) -> Result<Attachment, NotChanged> {
    let limits = &change.ground.config.limits;
    let (largest, room) =
        (u64::from(limits.file_megabytes) * MEGABYTE, u64::from(limits.file_megabytes_per_user) * MEGABYTE);
    if new.bytes == 0 || !is_file_name(&new.name) || !is_media_type(&new.media_type) {
        return refuse(RefusalCode::Invalid, "a file has a name, a type, and something in it");
    }
    if new.bytes > largest {
        return refuse(RefusalCode::TooLarge, "this server takes no files as large as that");
    }
    let (app, owner) = (&change.who.app, &change.who.account.user);
    let taken = attachments::room_taken(&mut change.tx, app, owner).await?;
    if taken.saturating_add(new.bytes) > room {
        return refuse(RefusalCode::TooLarge, "the files of this account take up all the room that it has here");
    }
    let NewAttachment { name, media_type, bytes, picture } = new;
    let attachment = Attachment { id: AttachmentId::new(Uuid::new_v4()), name, media_type, bytes, picture };
    let begun = attachments::NewAttachment { app, owner, attachment: &attachment, now_ms: change.stamp.now_ms };
    attachments::begin(&mut change.tx, &begun).await?;
    Ok(attachment)
}

/// Makes room for its content, once it is written down that it comes.
pub(crate) async fn make(ground: &Ground, id: AttachmentId) -> store::Result<()> {
    let folder = folder(ground);
    let made = block(move || folder.make(id)).await?;
    made.map_err(|error| disk_failed(&error))
}

/// A part of a file; how many bytes are here by then. `None`: this user is sending no such file.
pub(crate) async fn take(
    ground: &Ground,
    who: &Who,
    id: AttachmentId,
    offset: u64,
    part: axum::body::Bytes,
) -> store::Result<Option<Result<u64, NotKept>>> {
    let Some(whole) = ground.store.attachment_on_its_way(&who.app, &who.account.user, id).await? else {
        return Ok(None);
    };
    let folder = folder(ground);
    let kept = block(move || folder.write(id, offset, &part, whole)).await?;
    if matches!(kept, Ok(here) if here == whole) {
        ground.store.attachment_is_complete(id).await?;
    }
    Ok(Some(kept))
}

/// The small picture of a file that this user is sending; says whether there is such a file.
pub(crate) async fn set_thumbnail(
    ground: &Ground,
    who: &Who,
    id: AttachmentId,
    picture: &Picture,
) -> store::Result<bool> {
    if ground.store.attachment_on_its_way(&who.app, &who.account.user, id).await?.is_none() {
        return Ok(false);
    }
    ground.store.set_thumbnail(id, picture.content_type, &picture.body).await?;
    Ok(true)
}

/// A part of a file that a user can see, at most so many bytes; `None`: there is none for them.
pub(crate) async fn give(
    ground: &Ground,
    who: &Who,
    id: AttachmentId,
    offset: u64,
    most: usize,
) -> store::Result<Option<(Attachment, Vec<u8>)>> {
    let Some(attachment) = ground.store.attachment_seen_by(&who.app, &who.account.user, id).await? else {
        return Ok(None);
    };
    let folder = folder(ground);
    match block(move || folder.read(id, offset, most)).await? {
        Ok(part) => Ok(Some((attachment, part))),
        // It was deleted in this moment.
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(disk_failed(&error)),
    }
}

/// The small picture of a file that a user can see.
pub(crate) async fn thumbnail(
    ground: &Ground,
    who: &Who,
    id: AttachmentId,
) -> store::Result<Option<(String, Vec<u8>)>> {
    match ground.store.attachment_seen_by(&who.app, &who.account.user, id).await? {
        Some(_) => ground.store.thumbnail(id).await,
        None => Ok(None),
    }
}

/// Forgets what never came into a message, and removes the content of what is gone; says whether there may be more.
pub(crate) async fn tidy(ground: &Ground) -> store::Result<bool> {
    let before = ground.clock.now_ms().saturating_sub(millis(ON_ITS_WAY));
    let more = ground.store.prune_attachments(before).await?;
    let gone = ground.store.attachments_to_remove().await?;
    if gone.is_empty() {
        return Ok(more);
    }
    let (folder, ids) = (folder(ground), gone.clone());
    let removed = block(move || {
        let remove = |id: &AttachmentId| {
            folder.remove(*id).inspect_err(|error| limited!(warn, %error, "a file could not be removed")).is_ok()
        };
        ids.into_iter().filter(remove).collect::<Vec<_>>()
    });
    let removed = removed.await?;
    ground.store.attachments_are_removed(&removed).await?;
    // Those that cannot be removed are tried again with the next look.
    Ok(more || (!removed.is_empty() && removed.len() == gone.len() && gone.len() >= 500))
}

fn folder(ground: &Ground) -> AttachmentFolder {
    AttachmentFolder::of(&ground.config.data_dir)
}

fn disk_failed(error: &std::io::Error) -> StoreError {
    limited!(error, %error, "the folder of attachments cannot be used");
    StoreError::Folder(error.kind())
}

/// What can be saved under this name everywhere, and is what it looks like.
fn is_file_name(name: &str) -> bool {
    let is_plain = |c: char| !c.is_control() && !matches!(c, '/' | '\\' | ':' | '*' | '?' | '"' | '<' | '>' | '|');
    !name.is_empty()
        && !name.starts_with('.')
        && !name.ends_with(['.', ' '])
        && name.chars().all(is_plain)
        && name.chars().count() <= MAX_NAME_CHARS
        && shown_line(name, MAX_NAME_CHARS) == name
}

fn is_media_type(media_type: &str) -> bool {
    let is_word = |word: &str| {
        let is_good = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '+' | '-' | '_');
        !word.is_empty() && word.chars().all(is_good)
    };
    let halves = media_type.split_once('/').is_some_and(|(kind, of)| is_word(kind) && is_word(of));
    halves && media_type.len() <= MAX_TYPE_BYTES
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_is_called_what_it_can_be_saved_as_and_what_it_looks_like() {
        for good in ["notes.txt", "图纸.pdf", "a b (1).tar.gz", "no-extension"] {
            assert!(is_file_name(good), "{good}");
        }
        let long = format!("{}.txt", "x".repeat(MAX_NAME_CHARS));
        for bad in
            ["", ".", "..", ".bashrc", "a/b", "a\\b", "C:x", "cv\u{202e}fdp.exe", "a\nb", "two  spaces", "end.", &long]
        {
            assert!(!is_file_name(bad), "{bad:?}");
        }
    }

    #[test]
    fn a_type_is_two_words_and_no_header() {
        assert!(is_media_type("image/png") && is_media_type("application/vnd.oasis.opendocument.text"));
        for bad in ["", "text", "text/", "text/html; charset=x", "text/html\r\nx: y", "a/b/c"] {
            assert!(!is_media_type(bad), "{bad:?}");
        }
    }
}
