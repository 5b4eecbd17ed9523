//! A connection as the rest of the server has it: something that statements run on, without the engine's types.

use rusqlite::Connection;

/// What a statement runs on.
#[derive(Debug)]
pub(crate) struct Conn(Connection);

impl Conn {
    pub(super) const fn new(connection: Connection) -> Self {
        Self(connection)
    }

    /// The engine's own connection, for the store alone.
    pub(super) const fn engine(&self) -> &Connection {
        &self.0
    }

    /// Closes it, and says what went wrong.
    pub(super) fn close(self) -> rusqlite::Result<()> {
        self.0.close().map_err(|(_, error)| error)
    }
}
