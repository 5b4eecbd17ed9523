//! How the tables became what they are: steps, each taken once, and never changed after it was released.

use rusqlite::{Connection, TransactionBehavior, params};
use sha2::{Digest as _, Sha384};

use super::search_key;

/// One step.
#[derive(Debug)]
pub(super) struct Step {
    pub(super) version: i64,
    name: &'static str,
    sql: &'static str,
    /// What is done after it in Rust.
    then: fn(&Connection) -> rusqlite::Result<()>,
}

macro_rules! step {
    ($version:literal, $name:literal, $file:literal) => {
        step!($version, $name, $file, |_| Ok(()))
    };
    ($version:literal, $name:literal, $file:literal, $then:expr) => {
        Step {
            version: $version,
            name: $name,
            sql: include_str!(concat!("../../migrations/sqlite/", $file)),
            then: $then,
        }
    };
}

/// All of them, in order.
pub(super) static STEPS: [Step; 18] = [
    step!(1, "initial", "0001_initial.sql"),
    step!(2, "group calls", "0002_group_calls.sql"),
    step!(3, "people", "0003_people.sql"),
    step!(4, "chat", "0004_chat.sql"),
    step!(5, "apps", "0005_apps.sql"),
    step!(10, "operating", "0010_operating.sql"),
    step!(11, "lean streams", "0011_lean_streams.sql"),
    step!(12, "health", "0012_health.sql"),
    step!(13, "message room", "0013_message_room.sql"),
    step!(14, "answered by index", "0014_answered_by_index.sql"),
    step!(15, "search keys", "0015_search_keys.sql", search_key::fill),
    step!(16, "group invitations", "0016_group_invitations.sql"),
    step!(17, "a leg for everybody", "0017_a_leg_for_everybody.sql"),
    step!(18, "published", "0018_published.sql"),
    step!(20, "media through the server", "0020_media_through_the_server.sql"),
    step!(21, "people in calls", "0021_people_in_calls.sql"),
    step!(22, "conversations", "0022_conversations.sql"),
    step!(23, "attachments", "0023_attachments.sql"),
];

/// The table of steps that were taken; its name is the one that the first release gave it.
const TAKEN: &str = "CREATE TABLE IF NOT EXISTS _sqlx_migrations (
    version BIGINT PRIMARY KEY, description TEXT NOT NULL, installed_on TIMESTAMP NOT NULL DEFAULT CURRENT_TIMESTAMP,
    success BOOLEAN NOT NULL, checksum BLOB NOT NULL, execution_time BIGINT NOT NULL)";

/// Why a database cannot be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MigrateError {
    /// A newer server has been here.
    #[error("step {0} of its tables is of a newer server")]
    Newer(i64),
    /// The step is another than ours.
    #[error("step {0} of its tables was another one")]
    Changed(i64),
    /// The engine said no.
    #[error("step {version}: {source}")]
    Failed {
        /// Which step.
        version: i64,
        /// What the engine said.
        source: rusqlite::Error,
    },
    /// It waits for a start of this server.
    #[error("step {0} of its tables is missing; start this version of the server once")]
    Missing(i64),
    /// The engine said no before any step.
    #[error(transparent)]
    Sql(#[from] rusqlite::Error),
}

impl Step {
    pub(super) fn checksum(&self) -> Vec<u8> {
        Sha384::digest(self.sql.as_bytes()).to_vec()
    }
}

/// Whether all steps were taken, and no others.
pub(super) fn are_taken(conn: &Connection, steps: &[Step]) -> Result<(), MigrateError> {
    let taken = known(conn, steps)?;
    match steps.iter().find(|step| !taken.contains(&step.version)) {
        Some(missing) => Err(MigrateError::Missing(missing.version)),
        None => Ok(()),
    }
}

/// The steps that were taken, each of which is one of ours.
fn known(conn: &Connection, steps: &[Step]) -> Result<Vec<i64>, MigrateError> {
    let taken: Vec<(i64, Vec<u8>)> = conn
        .prepare("SELECT version, checksum FROM _sqlx_migrations")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    for (version, checksum) in &taken {
        match steps.iter().find(|step| step.version == *version) {
            None => return Err(MigrateError::Newer(*version)),
            Some(step) if step.checksum() != *checksum => return Err(MigrateError::Changed(*version)),
            Some(_) => {}
        }
    }
    Ok(taken.into_iter().map(|(version, _)| version).collect())
}

/// Takes the steps that are missing, all or none.
pub(super) fn migrate(conn: &mut Connection, steps: &[Step]) -> Result<(), MigrateError> {
    let tx = conn.transaction_with_behavior(TransactionBehavior::Immediate)?;
    tx.execute_batch(TAKEN)?;
    let taken = known(&tx, steps)?;
    let is_missing = |step: &&Step| !taken.contains(&step.version);
    for step in steps.iter().filter(is_missing) {
        let version = step.version;
        let done = tx.execute_batch(step.sql).and_then(|()| (step.then)(&tx));
        done.map_err(|source| MigrateError::Failed { version, source })?;
        tx.execute(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) VALUES (?1, ?2, 1, ?3, 0)",
            params![version, step.name, step.checksum()],
        )?;
    }
    tx.commit()?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_file_is_a_step_and_they_are_in_order() {
        let files = std::fs::read_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/migrations/sqlite")).unwrap();

        assert_eq!(files.count(), STEPS.len());
        assert!(STEPS.is_sorted_by_key(|step| step.version));
    }

    #[test]
    fn a_step_that_fails_leaves_nothing_of_itself() {
        let mut conn = Connection::open_in_memory().unwrap();
        let sql = "CREATE TABLE half (a TEXT); CREATE TABLE half (a TEXT);";
        let bad = Step { version: 1, name: "bad", sql, then: |_| Ok(()) };

        assert!(matches!(migrate(&mut conn, &[bad]), Err(MigrateError::Failed { version: 1, .. })));

        let tables: i64 = conn.query_row("SELECT COUNT(*) FROM sqlite_master", [], |row| row.get(0)).unwrap();
        assert_eq!(tables, 0);
    }
}
