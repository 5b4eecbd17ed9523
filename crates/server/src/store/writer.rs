//! The one writing connection, and commits for many at once.
//!
//! A commit waits for the disk, and while it does no other change can be written. So changes that come close after each other
//! share one: each is a savepoint in a transaction that stays open while others already wait for the connection. A change that
//! commits waits until that transaction is on the disk; only then are devices told.
//!
//! The invariant: [`Tx::commit`] gives `Ok` only for what survives a power cut, and a change that failed or was dropped takes
//! nothing of the others with it.

use std::{
    ops::{Deref, DerefMut},
    sync::Arc,
    time::Duration,
};

use rusqlite::Connection;
use tokio::{
    sync::{Mutex, Notify, OwnedMutexGuard, oneshot},
    task::JoinHandle,
    time::{Instant, sleep},
};

use super::{
    Conn, Result, StoreError,
    connections::{BUSY_TIMEOUT, closed},
};
use crate::runtime::{
    log_budget::limited,
    tasks::{Tasks, block},
};

/// How often it is tried to begin while another process writes.
const BUSY_PAUSE: Duration = Duration::from_millis(10);

/// The writing connection.
#[derive(Debug)]
pub(super) struct Writer {
    state: Arc<WriterState>,
    committer: JoinHandle<()>,
}

#[derive(Debug)]
struct WriterState {
    /// Locked by the change that writes; the lock is fair, so the committer has its turn after the changes that wait already.
    connection: Arc<Mutex<WriterConnection>>,
    /// There is something to commit.
    is_due: Notify,
}

#[derive(Debug)]
struct WriterConnection {
    /// `None`: closed.
    conn: Option<Conn>,
    /// A transaction has begun.
    is_open: bool,
    /// Those whose changes are in it.
    waiting: Vec<oneshot::Sender<()>>,
}

/// A change that may write. Dropped without a commit, nothing of it remains.
#[derive(Debug)]
pub(crate) struct Tx {
    /// Given back when it ends.
    connection: Option<OwnedMutexGuard<WriterConnection>>,
    state: Arc<WriterState>,
}

impl Writer {
    pub(super) fn new(conn: Connection, tasks: &Tasks) -> Result<Self> {
        // It is waited for another process's lock in `begin`, where no thread stands still for it.
        conn.busy_timeout(Duration::ZERO)?;
        let connection = WriterConnection { conn: Some(Conn::new(conn)), is_open: false, waiting: Vec::new() };
        let state = Arc::new(WriterState { connection: Arc::new(Mutex::new(connection)), is_due: Notify::new() });
        let committing = Arc::clone(&state);
        let committer = tasks.keep("committer", async move {
            loop {
                committing.commit().await;
            }
        });
        Ok(Self { state, committer })
    }

    /// Waits for the connection, and for another process that writes, and begins a change.
    pub(super) async fn begin(&self) -> Result<Tx> {
        let until = Instant::now() + BUSY_TIMEOUT;
        let mut connection = Arc::clone(&self.state.connection).lock_owned().await;
        while let Err(error) = connection.begin() {
            let is_busy = error.sqlite_error_code() == Some(rusqlite::ErrorCode::DatabaseBusy);
            if !is_busy || Instant::now() >= until {
                return Err(error.into());
            }
            sleep(BUSY_PAUSE).await;
        }
        Ok(Tx { connection: Some(connection), state: Arc::clone(&self.state) })
    }

    /// Commits what is under way, and closes the connection.
    pub(super) async fn close(&self) {
        let mut connection = Arc::clone(&self.state.connection).lock_owned().await;
        let closed = block(move || {
            connection.commit();
            if let Some(Err(error)) = connection.conn.take().map(Conn::close) {
                limited!(warn, %error, "the database was not closed well");
            }
        });
        closed.await.ok();
    }
}

impl WriterState {
    /// Commits what is due, once something is.
    async fn commit(&self) {
        self.is_due.notified().await;
        let mut connection = Arc::clone(&self.connection).lock_owned().await;
        // It waits for the disk, which no task may.
        if let Err(died) = block(move || connection.commit()).await {
            // The changes that wait hear that they are lost, and the server ends.
            self.connection.lock().await.waiting.clear();
            if let Ok(panic) = died.try_into_panic() {
                std::panic::resume_unwind(panic);
            }
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.committer.abort();
    }
}

impl WriterConnection {
    fn begin(&mut self) -> rusqlite::Result<()> {
        if !self.is_open {
            // A deferred transaction that reads first would fail at its first write if another process came between.
            self.run("BEGIN IMMEDIATE")?;
            self.is_open = true;
        }
        self.run("SAVEPOINT change")
    }

    /// Takes a change into the transaction.
    fn keep(&mut self) {
        if let Err(error) = self.run("RELEASE change") {
            self.give_up(&error);
        }
    }

    /// Undoes a change.
    fn undo(&mut self) {
        if let Err(error) = self.run("ROLLBACK TO change").and_then(|()| self.run("RELEASE change")) {
            self.give_up(&error);
        }
    }

    fn commit(&mut self) {
        if !std::mem::take(&mut self.is_open) {
            return;
        }
        match self.run("COMMIT") {
            Ok(()) => {
                for waiting in self.waiting.drain(..) {
                    // A change whose task is gone is on the disk all the same.
                    let _ = waiting.send(());
                }
            }
            Err(error) => self.give_up(&error),
        }
    }

    /// The whole transaction is lost, as the engine may have said already: every change in it hears that by the end of its wait.
    fn give_up(&mut self, error: &rusqlite::Error) {
        limited!(error, %error, changes = self.waiting.len(), "changes could not be committed");
        self.waiting.clear();
        self.is_open = false;
        // Refused where there is no transaction left, which is as good.
        let _ = self.run("ROLLBACK");
    }

    fn run(&self, statement: &str) -> rusqlite::Result<()> {
        self.conn.as_ref().ok_or_else(closed)?.engine().prepare_cached(statement)?.execute([]).map(drop)
    }
}

impl Tx {
    /// Ends the change and waits until it is on the disk.
    pub(crate) async fn commit(mut self) -> Result<()> {
        let Some(mut connection) = self.connection.take() else { return Err(StoreError::NotCommitted) };
        let (done, committed) = oneshot::channel();
        connection.waiting.push(done);
        connection.keep();
        self.give_back(connection);
        committed.await.map_err(|_| StoreError::NotCommitted)
    }

    /// Ends the change as if it had not been.
    pub(crate) fn rollback(self) {
        drop(self);
    }

    fn give_back(&self, connection: OwnedMutexGuard<WriterConnection>) {
        drop(connection);
        self.state.is_due.notify_one();
    }
}

impl Drop for Tx {
    fn drop(&mut self) {
        if let Some(mut connection) = self.connection.take() {
            connection.undo();
            self.give_back(connection);
        }
    }
}

impl Deref for Tx {
    type Target = Conn;

    fn deref(&self) -> &Conn {
        let connection = self.connection.as_ref().expect("a change has the connection until it ends");
        connection.conn.as_ref().expect("the connection is not closed during a change")
    }
}

impl DerefMut for Tx {
    fn deref_mut(&mut self) -> &mut Conn {
        let connection = self.connection.as_mut().expect("a change has the connection until it ends");
        connection.conn.as_mut().expect("the connection is not closed during a change")
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            connections::open_to_write,
            sql::{sql, sql_as},
        },
        *,
    };

    #[tokio::test]
    async fn what_is_committed_is_seen_by_others_and_what_is_not_is_not() {
        let (writer, mut reader, _folder) = open().await;

        let mut kept = writer.begin().await.unwrap();
        add(&mut kept, 1).await.unwrap();
        kept.commit().await.unwrap();
        let mut dropped = writer.begin().await.unwrap();
        add(&mut dropped, 2).await.unwrap();
        drop(dropped);
        let mut undone = writer.begin().await.unwrap();
        add(&mut undone, 3).await.unwrap();
        undone.rollback();

        assert_eq!(all(&mut reader).await, [1]);
    }

    #[tokio::test]
    async fn changes_that_wait_for_each_other_are_committed_together_and_a_bad_one_harms_only_itself() {
        let (writer, mut reader, _folder) = open().await;
        let mut first = writer.begin().await.unwrap();
        add(&mut first, 1).await.unwrap();

        // All of these wait for the connection before the first one is ended, so they come before its commit.
        let second = async {
            let mut tx = writer.begin().await?;
            add(&mut tx, 2).await?;
            tx.commit().await
        };
        let bad = async {
            let mut tx = writer.begin().await.unwrap();
            add(&mut tx, 3).await.unwrap();
            assert!(add(&mut tx, 3).await.is_err(), "it is there already");
        };
        let last = async {
            let mut tx = writer.begin().await?;
            add(&mut tx, 4).await?;
            tx.commit().await
        };
        let ends = async { first.commit().await };
        let (second, (), last, first) = tokio::join!(second, bad, last, ends);

        assert!(first.is_ok() && second.is_ok() && last.is_ok());
        assert_eq!(all(&mut reader).await, [1, 2, 4]);
    }

    #[tokio::test]
    async fn whoever_is_in_a_transaction_that_is_lost_hears_so() {
        let (writer, mut reader, _folder) = open().await;
        let mut lost = writer.begin().await.unwrap();
        add(&mut lost, 1).await.unwrap();
        // As the engine does by itself when the disk is full.
        lost.engine().execute_batch("ROLLBACK").unwrap();

        assert!(matches!(lost.commit().await, Err(StoreError::NotCommitted)));

        let mut next = writer.begin().await.unwrap();
        add(&mut next, 2).await.unwrap();
        next.commit().await.unwrap();
        assert_eq!(all(&mut reader).await, [2]);
    }

    #[tokio::test]
    async fn nothing_stays_open_so_that_other_programs_can_write() {
        let (writer, other, _folder) = open().await;
        writer.begin().await.unwrap().rollback();
        drop(writer.begin().await.unwrap());

        let other = block(move || other.engine().execute_batch("INSERT INTO numbers (number) VALUES (1)"));

        other.await.unwrap().unwrap();
    }

    /// A writer, and another connection to the same file.
    async fn open() -> (Writer, Conn, Folder) {
        let folder = Folder(std::env::temp_dir().join(format!("carillon-writer-{}", uuid::Uuid::new_v4())));
        std::fs::create_dir(&folder.0).unwrap();
        let file = folder.0.join("db");
        let (conn, other) = (open_to_write(&file).unwrap(), open_to_write(&file).unwrap());
        conn.execute_batch("CREATE TABLE numbers (number INTEGER PRIMARY KEY)").unwrap();
        (Writer::new(conn, &Tasks::default()).unwrap(), Conn::new(other), folder)
    }

    struct Folder(std::path::PathBuf);

    impl Drop for Folder {
        fn drop(&mut self) {
            std::fs::remove_dir_all(&self.0).ok();
        }
    }

    async fn add(conn: &mut Conn, number: i64) -> rusqlite::Result<()> {
        sql!("INSERT INTO numbers (number) VALUES ($1)", number).execute(conn).await.map(|_| ())
    }

    async fn all(conn: &mut Conn) -> Vec<i64> {
        let rows: Vec<(i64,)> = sql_as!("SELECT number FROM numbers ORDER BY number").fetch_all(conn).await.unwrap();
        rows.into_iter().map(|(number,)| number).collect()
    }
}
