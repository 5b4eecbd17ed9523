//! Files in conversations: what is known of them, and their content in a folder beside the database.

use std::{
    fs::{File, OpenOptions, TryLockError},
    io::{self, Read as _, Seek as _, SeekFrom, Write as _},
    path::{Path, PathBuf},
};

use carillon_protocol::{AppId, Attachment, AttachmentId, PictureSides, UserId};

use super::{
    Conn, PRUNED_AT_ONCE, Result, Store, folder, parse, signed,
    sql::{Columns, FromRow, sql, sql_as},
    unsigned,
};

/// The folder's name in the data folder.
const FOLDER: &str = "attachments";

/// An attachment that is about to come.
pub(crate) struct NewAttachment<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) owner: &'a UserId,
    pub(crate) attachment: &'a Attachment,
    pub(crate) now_ms: u64,
}

/// A file as its columns say it.
struct Row(Result<Attachment>);

impl FromRow for Row {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let mut columns = Columns::of(row);
        let (id, name, media_type): (String, String, String) = (columns.next()?, columns.next()?, columns.next()?);
        let bytes = unsigned(columns.next()?);
        let (width, height): (Option<i64>, Option<i64>) = (columns.next()?, columns.next()?);
        let side = |side: i64| u16::try_from(side).unwrap_or(u16::MAX);
        let picture =
            width.zip(height).map(|(width, height)| PictureSides { width: side(width), height: side(height) });
        Ok(Self(parse(&id, "attachment").map(|id| Attachment { id, name, media_type, bytes, picture })))
    }
}

/// Whose attachments take up so many bytes.
pub(crate) async fn room_taken(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u64> {
    let row: Option<(i64,)> =
        sql_as!("SELECT bytes FROM attachment_room WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map_or(0, |(bytes,)| unsigned(bytes)))
}

/// Writes down that a file is about to come.
pub(crate) async fn begin(conn: &mut Conn, new: &NewAttachment<'_>) -> Result<()> {
    let Attachment { id, name, media_type, bytes, picture } = new.attachment;
    let begun = sql!(
        "INSERT INTO attachments (id, app, owner, name, media_type, bytes, width, height, is_complete, created_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, FALSE, $9)",
        id.to_string(),
        new.app.as_str(),
        new.owner.as_str(),
        name,
        media_type,
        signed(*bytes),
        picture.map(|picture| i64::from(picture.width)),
        picture.map(|picture| i64::from(picture.height)),
        signed(new.now_ms)
    );
    begun.execute(conn).await?;
    Ok(())
}

/// What a user has sent whole, and put into no message yet.
pub(crate) async fn ready(
    conn: &mut Conn,
    app: &AppId,
    owner: &UserId,
    id: AttachmentId,
) -> Result<Option<Attachment>> {
    let row: Option<Row> = sql_as!(
        "SELECT id, name, media_type, bytes, width, height FROM attachments
         WHERE id = $1 AND app = $2 AND owner = $3 AND message IS NULL AND is_complete",
        id.to_string(),
        app.as_str(),
        owner.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|Row(attachment)| attachment).transpose()
}

/// The message at this place has it from now on.
pub(crate) async fn put_into(conn: &mut Conn, id: AttachmentId, message: u64) -> Result<()> {
    sql!("UPDATE attachments SET message = $2 WHERE id = $1", id.to_string(), signed(message)).execute(conn).await?;
    Ok(())
}

impl Store {
    /// What a user is sending, and how many bytes it is to have.
    pub(crate) async fn attachment_on_its_way(
        &self,
        app: &AppId,
        owner: &UserId,
        id: AttachmentId,
    ) -> Result<Option<u64>> {
        let row: Option<(i64,)> = sql_as!(
            "SELECT bytes FROM attachments WHERE id = $1 AND app = $2 AND owner = $3 AND message IS NULL",
            id.to_string(),
            app.as_str(),
            owner.as_str()
        )
        .fetch_optional(&self.readers)
        .await?;
        Ok(row.map(|(bytes,)| unsigned(bytes)))
    }

    /// Notes that all of it is on the disk.
    pub(crate) async fn attachment_is_complete(&self, id: AttachmentId) -> Result<()> {
        let complete = sql!("UPDATE attachments SET is_complete = TRUE WHERE id = $1", id.to_string());
        self.housekeep([complete]).await.map(drop)
    }

    /// Keeps the small picture of one that is on its way.
    pub(crate) async fn set_thumbnail(&self, id: AttachmentId, media_type: &str, body: &[u8]) -> Result<()> {
        let set = sql!(
            "UPDATE attachments SET thumbnail = $2, thumbnail_type = $3 WHERE id = $1 AND message IS NULL",
            id.to_string(),
            body,
            media_type
        );
        self.housekeep([set]).await.map(drop)
    }

    /// An attachment of a message that a user can see.
    pub(crate) async fn attachment_seen_by(
        &self,
        app: &AppId,
        user: &UserId,
        id: AttachmentId,
    ) -> Result<Option<Attachment>> {
        let row: Option<Row> = sql_as!(
            "SELECT a.id, a.name, a.media_type, a.bytes, a.width, a.height
             FROM attachments a JOIN messages m ON m.pos = a.message
             JOIN chat_members c ON c.app = m.app AND c.chat = m.chat AND c.user_name = $3
             WHERE a.id = $1 AND a.app = $2 AND (NOT m.sender_only OR m.sender = $3)",
            id.to_string(),
            app.as_str(),
            user.as_str()
        )
        .fetch_optional(&self.readers)
        .await?;
        row.map(|Row(attachment)| attachment).transpose()
    }

    /// The small picture of an attachment.
    pub(crate) async fn thumbnail(&self, id: AttachmentId) -> Result<Option<(String, Vec<u8>)>> {
        let row: Option<(Option<String>, Option<Vec<u8>>)> =
            sql_as!("SELECT thumbnail_type, thumbnail FROM attachments WHERE id = $1", id.to_string())
                .fetch_optional(&self.readers)
                .await?;
        Ok(row.and_then(|(media_type, body)| media_type.zip(body)))
    }

    /// Forgets what was begun before a time and is in no message, a part of it if it is much; says whether there may be more.
    pub(crate) async fn prune_attachments(&self, before_ms: u64) -> Result<bool> {
        let stale = sql!(
            "DELETE FROM attachments WHERE id IN
             (SELECT id FROM attachments WHERE message IS NULL AND created_at_ms < $1 ORDER BY created_at_ms LIMIT $2)",
            signed(before_ms),
            PRUNED_AT_ONCE
        );
        self.prune_by([stale]).await
    }

    /// Some of those whose content is to be removed.
    pub(crate) async fn attachments_to_remove(&self) -> Result<Vec<AttachmentId>> {
        let rows: Vec<(String,)> =
            sql_as!("SELECT id FROM attachments_to_remove LIMIT $1", PRUNED_AT_ONCE).fetch_all(&self.readers).await?;
        rows.iter().map(|(id,)| parse(id, "attachment")).collect()
    }

    /// Their content is gone.
    pub(crate) async fn attachments_are_removed(&self, ids: &[AttachmentId]) -> Result<()> {
        let gone = ids.iter().map(|id| sql!("DELETE FROM attachments_to_remove WHERE id = $1", id.to_string()));
        self.housekeep(gone.collect::<Vec<_>>()).await.map(drop)
    }
}

/// Why a part of a file was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotKept {
    /// It is not the part that is next; so many bytes are here.
    #[error("another part is next")]
    NotNext(u64),
    /// Another part is being written.
    #[error("another part of it is on its way")]
    Busy,
    /// The disk is full.
    #[error("the server has no room for it")]
    NoRoom,
    /// It is gone, or the system says no.
    #[error(transparent)]
    Io(#[from] io::Error),
}

/// The folder of the content. All of it may wait for the disk.
#[derive(Debug, Clone)]
pub(crate) struct AttachmentFolder(PathBuf);

impl AttachmentFolder {
    pub(crate) fn of(data_dir: &Path) -> Self {
        Self(data_dir.join(FOLDER))
    }

    /// Makes an empty file, which only this server's user can read.
    pub(crate) fn make(&self, id: AttachmentId) -> io::Result<()> {
        let path = self.path(id);
        folder::make(path.parent().unwrap_or(&self.0)).map_err(io::Error::other)?;
        let mut options = OpenOptions::new();
        options.write(true).create_new(true);
        #[cfg(unix)]
        std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
        options.open(path).map(drop)
    }

    /// Writes the part that begins at this byte, if that is next, and gives how many bytes are there then; what is there already is not
    /// written again. When it is whole it is on the disk. Of a part that does not fit nothing remains.
    pub(crate) fn write(
        &self,
        id: AttachmentId,
        offset: u64,
        part: &[u8],
        whole: u64,
    ) -> std::result::Result<u64, NotKept> {
        let mut file = OpenOptions::new().write(true).open(self.path(id))?;
        match file.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(NotKept::Busy),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let there = file.metadata()?.len();
        let end = offset.saturating_add(part.len() as u64);
        if end <= there {
            return Ok(there);
        }
        if offset != there || end > whole {
            return Err(NotKept::NotNext(there));
        }
        file.seek(SeekFrom::Start(offset))?;
        let written = file.write_all(part).and_then(|()| if end == whole { file.sync_all() } else { Ok(()) });
        if let Err(error) = written {
            file.set_len(there)?;
            let is_full = matches!(error.kind(), io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded);
            return Err(if is_full { NotKept::NoRoom } else { error.into() });
        }
        Ok(end)
    }

    /// At most so many bytes from this one on.
    pub(crate) fn read(&self, id: AttachmentId, offset: u64, most: usize) -> io::Result<Vec<u8>> {
        let mut file = File::open(self.path(id))?;
        file.seek(SeekFrom::Start(offset))?;
        let mut part = Vec::new();
        file.take(most as u64).read_to_end(&mut part)?;
        Ok(part)
    }

    /// Removes one that may be gone already.
    pub(crate) fn remove(&self, id: AttachmentId) -> io::Result<()> {
        match std::fs::remove_file(self.path(id)) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => Ok(()),
        }
    }

    /// Spread over folders by the end of their ids, which are random.
    fn path(&self, id: AttachmentId) -> PathBuf {
        let name = id.to_string();
        let shelf = name.get(name.len().saturating_sub(2)..).unwrap_or_default();
        self.0.join(shelf).join(&name)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    #[test]
    fn a_file_comes_in_parts_each_once_and_in_order_and_never_beyond_its_end() {
        let home = std::env::temp_dir().join(format!("carillon-attachments-{}", Uuid::new_v4()));
        let (folder, id) = (AttachmentFolder::of(&home), AttachmentId::new(Uuid::new_v4()));
        let write = |offset, part: &[u8]| folder.write(id, offset, part, 10);
        assert!(matches!(write(0, b"hello"), Err(NotKept::Io(_))), "nothing is about to come");
        folder.make(id).unwrap();

        assert!(matches!(write(5, b"world"), Err(NotKept::NotNext(0))));
        assert_eq!(write(0, b"hello").unwrap(), 5);
        assert_eq!(write(0, b"hello").unwrap(), 5, "repeated");
        assert!(matches!(write(5, b"world!"), Err(NotKept::NotNext(5))), "more than was said");
        assert_eq!(write(5, b"world").unwrap(), 10);

        assert_eq!(folder.read(id, 3, 4).unwrap(), b"lowo");
        assert_eq!(folder.read(id, 10, 4).unwrap(), b"");
        assert!(folder.make(id).is_err(), "an id is given once");
        folder.remove(id).unwrap();
        folder.remove(id).unwrap();
        assert!(folder.read(id, 0, 4).is_err());
        std::fs::remove_dir_all(home).ok();
    }
}
