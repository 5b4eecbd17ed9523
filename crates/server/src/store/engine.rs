//! The database: opened, written to, asked, and closed.

use std::{path::Path, sync::Arc};

use super::{
    Conn, PRUNED_AT_ONCE, Result, StoreError, Tx,
    connections::{Readers, Snapshot, open_to_write},
    migrations::{STEPS, are_taken, migrate},
    signed,
    sql::{FromRow, Statement, sql},
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

    /// Begins to write, once no other change does. Only a task that goes on without its client may: what follows a commit
    /// would be lost with it.
    pub(crate) async fn write(&self) -> Result<Tx> {
        debug_assert!(is_undisturbed(), "a change is carried out in a task of its own: ServerState::carry_out");
        self.writer.begin().await
    }

    /// Housekeeping, the second kind of write beside [`crate::change`]: it is told to no device and answers no request, and nothing
    /// follows it. Acknowledgements, ends of links, invites, certificates, what is too old. So it is a list of statements,
    /// committed together. Gives how many rows each of them has touched.
    pub(super) async fn housekeep(
        &self,
        statements: impl IntoIterator<Item = Statement<()>, IntoIter: Send> + Send,
    ) -> Result<Vec<u64>> {
        let mut tx = self.write().await?;
        let mut touched = Vec::new();
        for statement in statements {
            touched.push(statement.execute(&mut *tx).await?.rows_affected());
        }
        tx.commit().await?;
        Ok(touched)
    }

    /// Housekeeping by one statement, which gives a row.
    pub(super) async fn housekeep_for<R: FromRow + Send + 'static>(&self, statement: Statement<R>) -> Result<R> {
        let mut tx = self.write().await?;
        let row = statement.fetch_one(&mut *tx).await?;
        tx.commit().await?;
        Ok(row)
    }

    /// Deletes what is too old by statements of [`PRUNED_AT_ONCE`] rows at most; says whether there may be more.
    pub(super) async fn prune_by(
        &self,
        deletions: impl IntoIterator<Item = Statement<()>, IntoIter: Send> + Send,
    ) -> Result<bool> {
        Ok(self.housekeep(deletions).await?.contains(&u64::from(PRUNED_AT_ONCE)))
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
        self.housekeep([sql!("UPDATE health SET checked_at_ms = $1", signed(now_ms))]).await.map(drop)
    }

    /// Finishes what is under way and closes the file.
    pub(crate) async fn close(&self) {
        self.readers.close();
        self.writer.close().await;
    }
}
