//! `admin backup` and `admin restore`: the database as one file.
//!
//! A backup is written by the operator's own process, not by the server: a server that is locked in can write nowhere else.

use std::{
    fs,
    path::{Path, PathBuf},
};

use super::{AdminError, table::Table};
use crate::{
    ground::clock::Clock,
    runtime::tasks::{Tasks, undisturbed},
    store::{
        self, Store,
        audit::{Act, Entry},
        file::{SIDE_FILES, beside, put_in_place, reserve},
        folder::{self, DATABASE, LOCK},
    },
};

/// Copies the database as it is at one moment, while others read and write it.
pub(super) async fn backup(data_dir: &Path, file: &Path) -> Result<Table, AdminError> {
    let database = data_dir.join(DATABASE);
    if !database.exists() {
        return Err(AdminError::refused(format!("there is no database in {}", data_dir.display())));
    }
    reserve(file).map_err(|error| AdminError::refused(format!("{}: {error}", file.display())))?;
    let copied = copy(&database, file).await;
    if copied.is_err() {
        fs::remove_file(file).ok();
    }
    copied?;
    if let Err(error) = note(&database).await {
        tracing::warn!(%error, "the backup is not in the audit log");
    }
    let mut table = Table::new(["file", "bytes"]);
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    table.row([file.display().to_string().into(), bytes.into()]);
    Ok(table)
}

async fn copy(database: &Path, file: &Path) -> Result<(), AdminError> {
    store::copy(database, file).await?;
    store::check(file).await?.map_err(|why| AdminError::refused(format!("the copy is damaged: {why}")))
}

/// The tables stay as they are: the server that has the database may be an older one.
async fn note(database: &Path) -> store::Result<()> {
    undisturbed(async {
        let store = Store::open_current(database, &Tasks::default()).await?;
        store.add_audit(&Entry::done(Act::Backup), Clock::default().now_ms()).await?;
        store.close().await;
        Ok(())
    })
    .await
}

/// Puts a sound backup in the database's place.
pub(super) async fn restore(data_dir: &Path, file: &Path, force: bool) -> Result<Table, AdminError> {
    let _lock = folder::lock(data_dir)?;
    let failed = |error: std::io::Error| AdminError::refused(format!("{}: {error}", data_dir.display()));
    give_to_owner(data_dir, &data_dir.join(LOCK)).map_err(failed)?;
    if !file.is_file() {
        return Err(AdminError::refused(format!("there is no file {}", file.display())));
    }
    store::check(file).await?.map_err(|why| AdminError::refused(format!("{}: {why}", file.display())))?;
    let database = data_dir.join(DATABASE);
    if database.exists() && !force {
        let why = format!("{} has a database already; --force keeps it under another name", data_dir.display());
        return Err(AdminError::refused(why));
    }
    let fresh = data_dir.join(format!("{DATABASE}.restoring"));
    fs::remove_file(&fresh).ok();
    reserve(&fresh).map_err(failed)?;
    copy(file, &fresh).await?;
    let kept = set_aside(&database).map_err(failed)?;
    put_in_place(&fresh, &database).map_err(failed)?;
    // In its place, where the server will open it: a write-ahead log beside it there counts.
    let sound = store::check(&database).await?;
    for suffix in ["", SIDE_FILES[0], SIDE_FILES[1]] {
        give_to_owner(data_dir, &beside(&database, suffix)).map_err(failed)?;
    }
    sound.map_err(|why| AdminError::refused(format!("{}: {why}", database.display())))?;
    let mut table = Table::new(["database", "replaced"]);
    table.row([database.display().to_string().into(), kept.map(|kept| kept.display().to_string()).into()]);
    Ok(table)
}

/// A database is three files while it is open, and they belong together. Those beside it are set aside also where it is gone
/// itself:
/// a write-ahead log would be played into the file that comes into its place.
fn set_aside(database: &Path) -> std::io::Result<Option<PathBuf>> {
    let replaced = format!(".replaced-{}", Clock::default().now_ms());
    let mut kept = None;
    for suffix in [SIDE_FILES[1], SIDE_FILES[0], ""] {
        let from = beside(database, suffix);
        if from.exists() {
            let to = beside(database, &format!("{replaced}{suffix}"));
            fs::rename(from, &to)?;
            kept = Some(to);
        }
    }
    Ok(kept)
}

/// Root restores, and the server's own user has to read it.
#[cfg(unix)]
fn give_to_owner(folder: &Path, file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
    if !file.exists() {
        return Ok(());
    }
    let (owner, now) = (fs::metadata(folder)?, fs::metadata(file)?);
    if (owner.uid(), owner.gid()) == (now.uid(), now.gid()) {
        return Ok(());
    }
    chown(file, Some(owner.uid()), Some(owner.gid()))
}

/// Root restores, and the server's own user has to read it.
#[cfg(not(unix))]
fn give_to_owner(_folder: &Path, _file: &Path) -> std::io::Result<()> {
    Ok(())
}
