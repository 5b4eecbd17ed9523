//! What the server knows, in SQL: the only truth. Everything else may be lost at any moment.
//!
//! SQLite in one file, in WAL mode: one writing connection whose commits are shared ([`writer`]), several reading ones. The SQL texts bind by `$n` and use only types that
//! PostgreSQL has too. Whatever belongs together is committed together; nobody hears of anything before its commit.

pub(crate) mod accounts;
mod admin;
pub(crate) mod answers;
mod apps;
pub(crate) mod audit;
pub(crate) mod avatars;
pub(crate) mod calls;
pub(crate) mod chats;
mod connections;
mod copies;
pub(crate) mod devices;
pub(crate) mod file;
pub(crate) mod folder;
pub(crate) mod group_invitations;
pub(crate) mod groups;
mod legs;
pub(crate) mod log;
pub(crate) mod messages;
mod migrations;
pub(crate) mod people;
#[cfg(test)]
mod plans;
mod search;
mod search_key;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod spread;
mod sql;
mod writer;

use std::{path::Path, sync::Arc};

pub(crate) use accounts::{Credentials, NewAccount, NewDevice, NotRegistered};
pub(crate) use admin::{DeviceRow, UserRow};
pub(crate) use apps::AppRow;
pub(crate) use calls::{Due, Live};
use carillon_protocol::CallId;
use connections::{Readers, Snapshot, open_to_write};
pub(crate) use copies::{check, copy, newest_at_ms};
use migrations::{MigrateError, STEPS, migrate};
pub(crate) use sessions::{Body, Opened, Outgoing, Posted};
pub(crate) use sign_ins::{KeptTokens, NotSignedIn, Refresh, SignIn, Who};
use sql::sql;
pub(crate) use writer::Tx;
use writer::Writer;

use crate::tasks::{Tasks, block, is_undisturbed};

/// What a statement runs on.
pub(crate) type Conn = rusqlite::Connection;

/// So many old rows are deleted together: others do not wait long for the writer.
const PRUNED_AT_ONCE: u32 = 500;

/// More readers than this only compete for two or four cores.
const READERS: usize = 4;

/// Why the store failed. None of these is the asker's fault.
#[derive(Debug, thiserror::Error)]
pub(crate) enum StoreError {
    /// The engine said no.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
    /// The file is of another version, or damaged.
    #[error("the database could not be brought up to date: {0}")]
    Migrate(#[from] MigrateError),
    /// What was to be committed is lost, with whatever else was to be on the disk together with it.
    #[error("the change could not be committed")]
    NotCommitted,
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
            Self::Corrupt { .. } | Self::UnreadableCall { .. } => false,
        }
    }

    /// Names the call that could not be read, if it is the call's fault.
    fn in_call(self, call: CallId) -> Self {
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

/// The database.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    writer: Arc<Writer>,
    readers: Arc<Readers>,
}

impl Store {
    /// Opens the file, makes it if there is none, and brings its tables up to date.
    pub(crate) async fn open(file: &Path, tasks: &Tasks) -> Result<Self> {
        let path = file.to_owned();
        let writer = block(move || {
            let mut conn = open_to_write(&path)?;
            migrate(&mut conn, &STEPS)?;
            Ok::<_, StoreError>(conn)
        });
        Ok(Self { writer: Arc::new(Writer::new(writer.await??, tasks)?), readers: Readers::new(file, READERS) })
    }

    /// Opens the file beside a server that may be running, and changes no table: those of an older server are refused.
    pub(crate) async fn open_current(file: &Path, tasks: &Tasks) -> Result<Self> {
        let path = file.to_owned();
        let writer = block(move || {
            let conn = open_to_write(&path)?;
            migrations::are_taken(&conn, &STEPS)?;
            Ok::<_, StoreError>(conn)
        });
        Ok(Self { writer: Arc::new(Writer::new(writer.await??, tasks)?), readers: Readers::new(file, READERS) })
    }

    /// Begins to write, once nobody else does. Only a task that goes on whatever becomes of its client may: what follows a commit
    /// would be lost with it.
    pub(crate) async fn write(&self) -> Result<Tx> {
        debug_assert!(is_undisturbed(), "a change is carried out in a task of its own: Core::carry_out");
        self.writer.begin().await
    }

    /// Answers a question from one consistent state, by as many statements as it needs, on a thread that may wait.
    pub(crate) async fn ask<T, E>(
        &self,
        question: impl AsyncFnOnce(&mut Conn) -> std::result::Result<T, E> + Send + 'static,
    ) -> std::result::Result<T, E>
    where
        T: Send + 'static,
        E: From<StoreError> + Send + 'static,
    {
        let runtime = tokio::runtime::Handle::current();
        let answer = self.readers.run(move |conn| {
            let mut state = Snapshot::begin(conn).map_err(StoreError::from)?;
            // Statements on a connection never wait for a task.
            runtime.block_on(question(state.conn()))
        });
        answer.await.map_err(StoreError::from)?
    }

    /// Whether the database still takes writes: tries one, up to the disk.
    pub(crate) async fn check(&self, now_ms: u64) -> Result<()> {
        let mut tx = self.write().await?;
        sql!("UPDATE health SET checked_at_ms = $1", signed(now_ms)).execute(&mut *tx).await?;
        tx.commit().await
    }

    /// Finishes what is under way and closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}

/// Reads a column that this server wrote.
fn parse<T: std::str::FromStr>(text: &str, what: &'static str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt { what })
}

/// The database has no unsigned numbers.
fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Times and counters stay far below the limit.
fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a JSON column that this server wrote.
fn from_json<T: serde::de::DeserializeOwned>(text: &str, what: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what })
}

/// Writes a JSON column.
fn to_json<T: serde::Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have string keys only, and serialise")
}

/// Writes one word of an enumeration of ours.
fn to_word<T: serde::Serialize>(value: &T) -> String {
    to_json(value).trim_matches('"').to_owned()
}

/// Reads one word of an enumeration of ours.
fn from_word<T: serde::de::DeserializeOwned>(word: &str, what: &'static str) -> Result<T> {
    from_json(&format!("\"{word}\""), what)
}
