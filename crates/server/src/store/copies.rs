//! Whole databases: copied as they are at one moment, and judged before they are trusted. Each on a thread that may wait.

use std::path::Path;

use rusqlite::Connection;

use super::{Result, connections::open_known, migrations::STEPS};
use crate::runtime::tasks::block;

/// Writes a copy of a database into an empty file; others may read and write the original meanwhile.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<()> {
    let (from, to) = (from.to_owned(), to.to_string_lossy().into_owned());
    block(move || {
        open_known(&from)?.execute("VACUUM INTO ?1", [to])?;
        Ok(())
    })
    .await?
}

/// Whether a file is a sound database of this server, or an older one of it; else why not.
pub(crate) async fn check(file: &Path) -> Result<std::result::Result<(), String>> {
    let file = file.to_owned();
    let verdict = block(move || match open_known(&file) {
        Ok(conn) => judge(&conn).unwrap_or_else(|error| Err(format!("it cannot be read: {error}"))),
        Err(error) => Err(format!("it is no database: {error}")),
    });
    Ok(verdict.await?)
}

fn judge(conn: &Connection) -> rusqlite::Result<std::result::Result<(), String>> {
    let integrity: String = conn.query_row("PRAGMA integrity_check(1)", [], |row| row.get(0))?;
    if integrity != "ok" {
        return Ok(Err(format!("it is damaged: {integrity}")));
    }
    if conn.prepare("PRAGMA foreign_key_check")?.exists([])? {
        return Ok(Err("it is damaged: some rows refer to others that are not there".into()));
    }
    let known: i64 = conn.query_row(
        "SELECT COUNT(*) FROM sqlite_master WHERE name IN ('_sqlx_migrations', 'users', 'devices', 'calls')",
        [],
        |row| row.get(0),
    )?;
    if known != 4 {
        return Ok(Err("it is no database of a Carillon server".into()));
    }
    let versions: Vec<(i64, Vec<u8>)> = conn
        .prepare("SELECT version, checksum FROM _sqlx_migrations WHERE success")?
        .query_map([], |row| Ok((row.get(0)?, row.get(1)?)))?
        .collect::<rusqlite::Result<_>>()?;
    let is_ours = |(version, checksum): &(i64, Vec<u8>)| {
        STEPS.iter().any(|known| known.version == *version && known.checksum() == *checksum)
    };
    match versions.iter().find(|version| !is_ours(version)) {
        Some((version, _)) => Ok(Err(format!("it is of a newer server, which made step {version} of its tables"))),
        None => Ok(Ok(())),
    }
}

/// When the newest of what is in a database was written: a clock that shows less is wrong.
pub(crate) async fn newest_at_ms(file: &Path) -> Result<u64> {
    let file = file.to_owned();
    let newest = block(move || {
        let newest = "SELECT MAX(at) FROM (SELECT (SELECT created_at_ms FROM calls ORDER BY id DESC LIMIT 1) AS at UNION ALL SELECT MAX(created_at_ms) FROM users
            UNION ALL SELECT MAX(at_ms) FROM audit)";
        open_known(&file)?.query_row(newest, [], |row| row.get::<_, Option<i64>>(0))
    });
    Ok(newest.await??.map_or(0, super::unsigned))
}
