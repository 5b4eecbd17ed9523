//! Why the store failed.

use carillon_protocol::CallId;

use super::migrations::MigrateError;

/// Why the store failed. None of these is the asker's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The engine said no.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The file is of another version, or damaged.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// What was to be committed is lost, with all other changes of the same transaction.
    #[error("the change could not be committed")]
    NotCommitted,
    /// The folder of attachments cannot be used.
    #[error("the folder of attachments cannot be used: {0}")]
    Folder(std::io::ErrorKind),
    /// A row that this server cannot have written.
    #[error("the database holds a {what} that makes no sense")]
    Corrupt {
        /// Which column.
        what: &'static str,
    },
    /// A call of which some row is like that.
    #[error("call {call} cannot be read: {why}")]
    UnreadableCall {
        /// Which call.
        call: CallId,
        /// What is wrong with it.
        why: Box<Self>,
    },
}

impl StoreError {
    /// Whether the engine or the disk failed, rather than a single row.
    pub(crate) fn is_of_engine(&self) -> bool {
        match self {
            Self::Sql(error) => !is_of_a_row(error),
            Self::Migrate(_) | Self::NotCommitted => true,
            Self::Folder(_) | Self::Corrupt { .. } | Self::UnreadableCall { .. } => false,
        }
    }

    /// Names the call that could not be read, if it is the call's fault.
    pub(super) fn in_call(self, call: CallId) -> Self {
        if self.is_of_engine() { self } else { Self::UnreadableCall { call, why: Box::new(self) } }
    }
}

/// Whether a column holds something of a type that this server does not write.
fn is_of_a_row(error: &rusqlite::Error) -> bool {
    use rusqlite::Error::{FromSqlConversionFailure, IntegralValueOutOfRange, InvalidColumnType, Utf8Error};
    matches!(error, FromSqlConversionFailure(..) | IntegralValueOutOfRange(..) | InvalidColumnType(..) | Utf8Error(..))
}

/// What every operation of the store gives.
pub(crate) type Result<T> = std::result::Result<T, StoreError>;
