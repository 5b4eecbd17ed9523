//! The database's file: made once and whole, and judged before a server trusts it.
//!
//! A file that is empty, or a write-ahead log without its database, is never taken for a new server: something has gone wrong
//! there, and what is left may be all that there is.

use std::{
    fs::{self, File},
    io,
    path::{Path, PathBuf},
};

use super::{
    StoreError, connections,
    connections::open_to_write,
    migrations::{STEPS, migrate},
};

/// What stands beside a database while it is open, and belongs to it.
pub(crate) const SIDE_FILES: [&str; 2] = ["-wal", "-shm"];

/// Why a database's file cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FileError {
    /// It holds nothing.
    #[error(
        "{} is empty, and a server's database never is; restore a backup (admin restore --force), or remove the file to begin anew",
        .0.display()
    )]
    Empty(PathBuf),
    /// The main file is gone, and its write-ahead log is not.
    #[error(
        "{} is missing, and its write-ahead log is there; put the database back, restore a backup (admin restore), or remove \
         the log to begin anew",
        .0.display()
    )]
    OnlyLog(PathBuf),
    /// It is not as its pages say.
    #[error("{} is damaged: {why}; restore a backup (admin restore --force)", file.display())]
    Damaged {
        /// Which file.
        file: PathBuf,
        /// What the engine found first.
        why: String,
    },
    /// The system says no.
    #[error("{}: {source}", file.display())]
    Io {
        /// Which file.
        file: PathBuf,
        /// What it says.
        source: io::Error,
    },
    /// The engine says no.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// The name of a file that stands beside the database.
pub(crate) fn beside(database: &Path, suffix: &str) -> PathBuf {
    PathBuf::from(format!("{}{suffix}", database.display()))
}

/// Looks whether the file is there and sound, and makes one with all tables if there is nothing at all. Blocks.
pub(crate) fn prepare(database: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::Io { file: database.to_owned(), source };
    if !database.try_exists().map_err(failed)? {
        return match SIDE_FILES.iter().any(|suffix| beside(database, suffix).exists()) {
            true => Err(FileError::OnlyLog(database.to_owned())),
            false => make(database),
        };
    }
    if fs::metadata(database).map_err(failed)?.len() == 0 {
        return Err(FileError::Empty(database.to_owned()));
    }
    check_pages(database)
}

/// Under another name until it is whole: a start that is killed leaves nothing that looks like a database.
fn make(database: &Path) -> Result<(), FileError> {
    let failed = |source| FileError::Io { file: database.to_owned(), source };
    let fresh = beside(database, ".new");
    for old in ["", "-wal", "-shm"] {
        fs::remove_file(beside(&fresh, old)).ok();
    }
    reserve(&fresh).map_err(failed)?;
    let mut conn = open_to_write(&fresh).map_err(StoreError::Sql)?;
    migrate(&mut conn, &STEPS).map_err(StoreError::Migrate)?;
    conn.close().map_err(|(_, error)| StoreError::Sql(error))?;
    put_in_place(&fresh, database).map_err(failed)
}

/// The database may be older than the server, and readable by others: other users of the machine must not read it.
pub(crate) fn reserve(file: &Path) -> io::Result<()> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop)
}

/// Renames a whole file, so that a power cut leaves the old one or the new one.
pub(crate) fn put_in_place(fresh: &Path, database: &Path) -> io::Result<()> {
    File::open(fresh)?.sync_all()?;
    fs::rename(fresh, database)?;
    // Only a folder that was synced knows the new name after a power cut; Windows has no such call.
    #[cfg(unix)]
    if let Some(folder) = database.parent() {
        File::open(folder)?.sync_all()?;
    }
    Ok(())
}

fn check_pages(database: &Path) -> Result<(), FileError> {
    let damaged = |why: String| FileError::Damaged { file: database.to_owned(), why };
    let conn = connections::open_known(database).map_err(|error| damaged(error.to_string()))?;
    match conn.query_row("PRAGMA quick_check(1)", [], |row| row.get::<_, String>(0)) {
        Ok(verdict) if verdict == "ok" => Ok(()),
        Ok(verdict) => Err(damaged(verdict)),
        Err(error) if is_locked(&error) => Ok(()),
        Err(error) => Err(damaged(error.to_string())),
    }
}

/// Another process has the database for itself just now; that is no damage, and what comes next waits for it or says so.
fn is_locked(error: &rusqlite::Error) -> bool {
    use rusqlite::ErrorCode::{DatabaseBusy, DatabaseLocked};
    matches!(error.sqlite_error_code(), Some(DatabaseBusy | DatabaseLocked))
}
