//! `admin backup` and `admin restore`: the database as one file.
//!
//! A backup is written by the operator's own process, not by the server: a server that is locked in can write nowhere else.

use std::{
    fs::{self, File},
    path::{Path, PathBuf},
};

use super::{AdminError, table::Table};
use crate::{
    audit::{Act, Entry},
    clock::Clock,
    server::{DATABASE, lock_data_dir},
    store::{self, Store},
};

/// Copies the database as it is at one moment, while others read and write it.
pub(super) async fn backup(data_dir: &Path, file: &Path) -> Result<Table, AdminError> {
    let database = data_dir.join(DATABASE);
    if !database.exists() {
        return Err(AdminError::refused(format!("there is no database in {}", data_dir.display())));
    }
    reserve(file)?;
    let copied = copy(&database, file).await;
    if copied.is_err() {
        fs::remove_file(file).ok();
    }
    copied?;
    note(&database).await?;
    let mut table = Table::new(["file", "bytes"]);
    let bytes = fs::metadata(file).map_or(0, |file| file.len());
    table.row([file.display().to_string().into(), bytes.into()]);
    Ok(table)
}

async fn copy(database: &Path, file: &Path) -> Result<(), AdminError> {
    store::copy(database, file).await?;
    store::check(file).await?.map_err(|why| AdminError::refused(format!("the copy is damaged: {why}")))
}

/// An empty file that only its owner can read, before anything is in it.
fn reserve(file: &Path) -> Result<(), AdminError> {
    let mut options = File::options();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    options.open(file).map(drop).map_err(|error| AdminError::refused(format!("{}: {error}", file.display())))
}

async fn note(database: &Path) -> Result<(), AdminError> {
    let store = Store::open(database).await?;
    store.add_audit(&Entry::done(Act::Backup), Clock::default().now_ms()).await?;
    store.close().await;
    Ok(())
}

/// Puts a sound backup in the database's place.
pub(super) async fn restore(data_dir: &Path, file: &Path, force: bool) -> Result<Table, AdminError> {
    let _lock = lock_data_dir(data_dir)?;
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
    reserve(&fresh)?;
    copy(file, &fresh).await?;
    let failed = |error: std::io::Error| AdminError::refused(format!("{}: {error}", database.display()));
    let kept = set_aside(&database).map_err(failed)?;
    fs::rename(&fresh, &database).and_then(|()| give_to_owner(data_dir, &database)).map_err(failed)?;
    let mut table = Table::new(["database", "replaced"]);
    table.row([database.display().to_string().into(), kept.map(|kept| kept.display().to_string()).into()]);
    Ok(table)
}

/// A database is three files while it is open, and they belong together.
fn set_aside(database: &Path) -> std::io::Result<Option<PathBuf>> {
    if !database.exists() {
        return Ok(None);
    }
    let name = |suffix: &str| PathBuf::from(format!("{}{suffix}", database.display()));
    let replaced = format!(".replaced-{}", Clock::default().now_ms());
    for end in ["-wal", "-shm", ""] {
        let from = name(end);
        if from.exists() {
            fs::rename(from, name(&format!("{replaced}{end}")))?;
        }
    }
    Ok(Some(name(&replaced)))
}

/// Root restores, and the server's own user has to read it.
#[cfg(unix)]
fn give_to_owner(folder: &Path, file: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::{MetadataExt as _, chown};
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
