//! Why something was not done.

use std::path::PathBuf;

use crate::{
    runtime::tasks::ChangeDied,
    services::invites::NotMinted,
    store::{StoreError, folder::FolderError},
};

/// Why something was not done.
#[derive(Debug, thiserror::Error)]
pub enum AdminError {
    /// The operator can mend that.
    #[error("{0}")]
    Refused(String),
    /// The database failed.
    #[error("the database failed: {0}")]
    Database(String),
    /// No server answers on the socket.
    #[error("no server is running on {}", .0.display())]
    NoServer(PathBuf),
    /// The socket cannot be used.
    #[error("the server on {} cannot be asked: {source}", path.display())]
    Socket {
        /// The data folder.
        path: PathBuf,
        /// What the system says.
        source: std::io::Error,
    },
}

impl AdminError {
    pub(super) fn refused(why: impl Into<String>) -> Self {
        Self::Refused(why.into())
    }
}

impl From<StoreError> for AdminError {
    fn from(error: StoreError) -> Self {
        Self::Database(error.to_string())
    }
}

impl From<ChangeDied> for AdminError {
    fn from(error: ChangeDied) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<NotMinted> for AdminError {
    fn from(error: NotMinted) -> Self {
        Self::Refused(error.to_string())
    }
}

impl From<FolderError> for AdminError {
    fn from(error: FolderError) -> Self {
        Self::Refused(error.to_string())
    }
}
