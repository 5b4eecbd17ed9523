//! The database: opened, written to, asked, and closed.

use std::{path::Path, sync::Arc};

use super::{
    Conn, Result, StoreError, Tx,
    connections::{Readers, Snapshot, open_to_write},
    migrations::{STEPS, are_taken, migrate},
    signed,
    sql::sql,
    writer::Writer,
};
use crate::runtime::tasks::{Tasks, block, is_undisturbed};

/// More readers than this only compete for two or four cores.
const READERS: usize = 4;

/// The database.
#[derive(Debug, Clone)]
pub(crate) struct Store {
    pub(super) writer: Arc<Writer>,
    pub(super) readers: Arc<Readers>,
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
            are_taken(&conn, &STEPS)?;
            Ok::<_, StoreError>(conn)
        });
        Ok(Self { writer: Arc::new(Writer::new(writer.await??, tasks)?), readers: Readers::new(file, READERS) })
    }

    /// Begins to write, once nobody else does. Only a task that goes on whatever becomes of its client may: what follows a commit
    /// would be lost with it.
    pub(crate) async fn write(&self) -> Result<Tx> {
        debug_assert!(is_undisturbed(), "a change is carried out in a task of its own: House::carry_out");
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
