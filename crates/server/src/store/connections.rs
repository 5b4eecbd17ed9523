//! Connections to the database's file: one that writes, several that read.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use rusqlite::{Connection, OpenFlags, config::DbConfig};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::{Conn, StoreError, sql::Executor};
use crate::runtime::tasks::block;

/// How long a writer of another process (an administrator's `invite`) is waited for.
pub(super) const BUSY_TIMEOUT: Duration = Duration::from_secs(5);
/// There are some two hundred statements.
const KEPT_STATEMENTS: usize = 256;

/// Opens the connection that writes, and makes the file if there is none.
pub(super) fn open_to_write(file: &Path) -> rusqlite::Result<Connection> {
    let conn = open(file, OpenFlags::SQLITE_OPEN_READ_WRITE | OpenFlags::SQLITE_OPEN_CREATE)?;
    // What was committed survives a power cut. Pages that a savepoint would bring back are kept in memory. The more a checkpoint
    // copies at once, the more often a page was written again in the meantime, and needs to be copied once only.
    conn.execute_batch(
        "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL; PRAGMA foreign_keys = ON; PRAGMA temp_store = MEMORY;
         PRAGMA cache_size = -8192; PRAGMA wal_autocheckpoint = 4000;",
    )?;
    Ok(conn)
}

/// Opens a file that is there.
pub(super) fn open_known(file: &Path) -> rusqlite::Result<Connection> {
    open(file, OpenFlags::SQLITE_OPEN_READ_WRITE)
}

fn open(file: &Path, flags: OpenFlags) -> rusqlite::Result<Connection> {
    let conn = Connection::open_with_flags(file, flags | OpenFlags::SQLITE_OPEN_NO_MUTEX)?;
    conn.busy_timeout(BUSY_TIMEOUT)?;
    conn.set_prepared_statement_cache_capacity(KEPT_STATEMENTS);
    // Otherwise a statement with a bound LIMIT or LIKE is compiled anew whenever it is bound.
    conn.set_db_config(DbConfig::SQLITE_DBCONFIG_ENABLE_QPSG, true)?;
    Ok(conn)
}

/// Connections that only read. Reading never waits for writing.
#[derive(Debug)]
pub(super) struct Readers {
    file: PathBuf,
    free: Mutex<Vec<Conn>>,
    places: Arc<Semaphore>,
}

impl Readers {
    /// At most so many at once; each is opened when it is first needed.
    pub(super) fn new(file: &Path, most: usize) -> Arc<Self> {
        let places = Arc::new(Semaphore::new(most));
        Arc::new(Self { file: file.to_owned(), free: Mutex::default(), places })
    }

    async fn take(self: &Arc<Self>) -> rusqlite::Result<Reader> {
        let place = Arc::clone(&self.places).acquire_owned().await.map_err(|_| closed())?;
        let free = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        let conn = match free {
            Some(conn) => conn,
            None => Conn::new(open(&self.file, OpenFlags::SQLITE_OPEN_READ_ONLY)?),
        };
        Ok(Reader { conn: Some(conn), home: Arc::clone(self), _place: place })
    }

    /// Runs something on one of them, on a thread that may wait: a question that takes long, or a disk that does, holds up no
    /// task. What was begun goes on when its asker has gone, and has its place until it is done.
    pub(super) async fn run<T: Send + 'static>(
        self: &Arc<Self>,
        work: impl FnOnce(&mut Conn) -> T + Send + 'static,
    ) -> rusqlite::Result<T> {
        let mut reader = self.take().await?;
        block(move || work(reader.conn())).await.map_err(|_| closed())
    }

    /// Closes those that are not lent out, and the others when they come back.
    pub(super) fn close(&self) {
        self.places.close();
        self.free.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }
}

impl Executor for &Arc<Readers> {
    async fn on_connection<T: Send + 'static>(
        self,
        work: impl FnOnce(&Connection) -> rusqlite::Result<T> + Send + 'static,
    ) -> rusqlite::Result<T> {
        self.run(|conn| work(conn.engine())).await?
    }
}

/// A connection that is lent out.
#[derive(Debug)]
struct Reader {
    /// Given back at the end.
    conn: Option<Conn>,
    home: Arc<Readers>,
    _place: OwnedSemaphorePermit,
}

impl Reader {
    fn conn(&mut self) -> &mut Conn {
        self.conn.as_mut().expect("it is given back at the end")
    }
}

impl Drop for Reader {
    fn drop(&mut self) {
        if let Some(conn) = self.conn.take().filter(|_| !self.home.places.is_closed()) {
            self.home.free.lock().unwrap_or_else(PoisonError::into_inner).push(conn);
        }
    }
}

/// One consistent state, to read from.
pub(super) struct Snapshot<'a>(&'a mut Conn);

impl<'a> Snapshot<'a> {
    pub(super) fn begin(conn: &'a mut Conn) -> rusqlite::Result<Self> {
        conn.engine().prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(conn))
    }

    pub(super) fn conn(&mut self) -> &mut Conn {
        self.0
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // Without a transaction left, it is over as well.
        let _ = self.0.engine().prepare_cached("COMMIT").and_then(|mut commit| commit.execute([]));
    }
}

/// What is asked after the end.
pub(super) fn closed() -> rusqlite::Error {
    let code = rusqlite::ffi::Error::new(rusqlite::ffi::SQLITE_MISUSE);
    rusqlite::Error::SqliteFailure(code, Some("the database is closed".to_owned()))
}

impl From<tokio::task::JoinError> for StoreError {
    /// A thread that died with its work.
    fn from(_: tokio::task::JoinError) -> Self {
        Self::Sql(closed())
    }
}

#[cfg(test)]
mod tests {
    use std::{sync::mpsc, time::Duration};

    use super::super::{Store, StoreError};

    #[tokio::test]
    async fn a_question_that_takes_long_holds_up_no_task() {
        let file = std::env::temp_dir().join(format!("carillon-readers-{}.db", uuid::Uuid::new_v4()));
        let store = Store::open(&file, &crate::runtime::tasks::Tasks::default()).await.unwrap();
        let (go_on, wait) = mpsc::channel();

        // On a thread of the runtime, of which this test has one, this would wait for what it keeps from being done.
        let long = store.ask(async move |_| Ok::<_, StoreError>(wait.recv_timeout(Duration::from_secs(10)).is_ok()));
        let meanwhile = async {
            let has_accounts = store.has_accounts().await;
            go_on.send(()).unwrap();
            has_accounts
        };
        let (long, has_accounts) = tokio::join!(long, meanwhile);

        assert!(!has_accounts.unwrap());
        assert!(long.unwrap(), "nobody else had a turn");
        store.close().await;
        std::fs::remove_file(&file).ok();
    }
}
