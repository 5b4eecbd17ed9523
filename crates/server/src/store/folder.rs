//! The data folder: one server's at a time, and readable by its user alone.

use std::{
    fs::{DirBuilder, File, TryLockError},
    io,
    path::{Path, PathBuf},
};

use super::{StoreError, file};
use crate::runtime::tasks::block;

/// The database's name in the folder.
pub(crate) const DATABASE: &str = "carillon.db";
/// Two servers on one database would not hear of each other's links.
pub(crate) const LOCK: &str = "carillon.lock";

/// Why a data folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum FolderError {
    /// The system says no.
    #[error("the data folder {} cannot be used: {source}", path.display())]
    Unusable {
        /// Which folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// Another server has it.
    #[error("another server is running on the data folder {}", .0.display())]
    AlreadyRunning(PathBuf),
}

/// Makes the folder if it is not there.
pub(crate) fn make(path: &Path) -> Result<(), FolderError> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path).map_err(|source| FolderError::Unusable { path: path.to_owned(), source })
}

/// Takes the folder for this process, for as long as the file is kept.
pub(crate) fn lock(path: &Path) -> Result<File, FolderError> {
    make(path)?;
    let unusable = |source| FolderError::Unusable { path: path.to_owned(), source };
    let file = File::create(path.join(LOCK)).map_err(unusable)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(FolderError::AlreadyRunning(path.to_owned())),
        Err(TryLockError::Error(source)) => Err(unusable(source)),
    }
}

/// A database that is there and sound; a new one where there was nothing.
pub(crate) async fn prepared(data_dir: &Path) -> Result<PathBuf, file::FileError> {
    let path = data_dir.join(DATABASE);
    let file = path.clone();
    block(move || file::prepare(&file)).await.map_err(StoreError::from)??;
    Ok(path)
}
