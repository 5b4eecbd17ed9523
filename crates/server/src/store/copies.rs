//! Whole databases: copied as they are at one moment, and judged before they are trusted.

use std::path::Path;

use sqlx::{Connection as _, SqliteConnection, sqlite::SqliteConnectOptions};

use super::{
    MIGRATIONS, Result,
    sql::{sql, sql_as},
};

/// Writes a copy of a database into an empty file; others may read and write the original meanwhile.
pub(crate) async fn copy(from: &Path, to: &Path) -> Result<()> {
    let mut connection = open(from).await?;
    let to = to.to_string_lossy().into_owned();
    sql!("VACUUM INTO $1", to).execute(&mut connection).await?;
    Ok(connection.close().await?)
}

/// Whether a file is a sound database of this server, or an older one of it; else why not.
pub(crate) async fn check(file: &Path) -> Result<std::result::Result<(), String>> {
    let mut connection = match open(file).await {
        Ok(connection) => connection,
        Err(error) => return Ok(Err(format!("it is no database: {error}"))),
    };
    let verdict = match judge(&mut connection).await {
        Ok(verdict) => verdict,
        Err(error) => Err(format!("it cannot be read: {error}")),
    };
    connection.close().await.ok();
    Ok(verdict)
}

async fn judge(connection: &mut SqliteConnection) -> sqlx::Result<std::result::Result<(), String>> {
    let (integrity,): (String,) = sql_as!("PRAGMA integrity_check(1)").fetch_one(&mut *connection).await?;
    if integrity != "ok" {
        return Ok(Err(format!("it is damaged: {integrity}")));
    }
    if sql!("PRAGMA foreign_key_check").fetch_optional(&mut *connection).await?.is_some() {
        return Ok(Err("it is damaged: some rows refer to others that are not there".into()));
    }
    let known: Option<(i64,)> =
        sql_as!("SELECT COUNT(*) FROM sqlite_master WHERE name IN ('_sqlx_migrations', 'users', 'devices', 'calls')")
            .fetch_optional(&mut *connection)
            .await?;
    if known != Some((4,)) {
        return Ok(Err("it is no database of a Carillon server".into()));
    }
    let versions: Vec<(i64, Vec<u8>)> =
        sql_as!("SELECT version, checksum FROM _sqlx_migrations WHERE success").fetch_all(connection).await?;
    let is_ours = |(version, checksum): &(i64, Vec<u8>)| {
        MIGRATIONS.iter().any(|known| known.version == *version && known.checksum.as_ref() == checksum.as_slice())
    };
    match versions.iter().find(|version| !is_ours(version)) {
        Some((version, _)) => Ok(Err(format!("it is of a newer server, which made step {version} of its tables"))),
        None => Ok(Ok(())),
    }
}

/// When the newest of what is in a database was written: a clock that shows less is wrong.
pub(crate) async fn newest_at_ms(file: &Path) -> Result<u64> {
    let mut connection = open(file).await?;
    let (newest,): (Option<i64>,) = sql_as!(
        "SELECT MAX(at) FROM (SELECT MAX(created_at_ms) AS at FROM calls UNION ALL SELECT MAX(created_at_ms) FROM users
         UNION ALL SELECT MAX(at_ms) FROM audit)"
    )
    .fetch_one(&mut connection)
    .await?;
    connection.close().await?;
    Ok(newest.map_or(0, super::unsigned))
}

async fn open(file: &Path) -> sqlx::Result<SqliteConnection> {
    let options = SqliteConnectOptions::new().filename(file).create_if_missing(false).busy_timeout(super::BUSY_TIMEOUT);
    SqliteConnection::connect_with(&options).await
}
