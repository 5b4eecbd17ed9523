//! Backups, restoring them, and a doctor's look.
#![cfg(unix)]

use std::{os::unix::fs::PermissionsExt as _, path::Path};

use crate::{
    operating::{admin_output, rows},
    processes::Program,
    support::{Device, Folder, with},
};

#[tokio::test]
async fn a_backup_of_a_running_server_is_a_whole_server() {
    let (folder, elsewhere) = (Folder::new(), Folder::new());
    let mut program = Program::start(&folder, &[]).await;
    let ada = program.newcomer("ada").await.signed_in;
    let file = folder.0.join("copy.db");
    let copy = file.to_str().unwrap();

    rows(&folder, &["backup", copy]).await;
    let again = admin_output(&folder, &["backup", copy], "").await;
    rows(&elsewhere, &["restore", copy]).await;

    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(!again.0 && again.2.contains("exists"), "a backup replaces nothing: {again:?}");
    let restored = Program::start(&elsewhere, &[]).await;
    Device::link(&restored.url, ada).await;
}

#[tokio::test]
async fn a_restore_replaces_nothing_unasked_and_nothing_while_a_server_runs_and_takes_nothing_that_is_not_sound() {
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let ada = program.newcomer("ada").await.signed_in;
    let (copy, junk) = (folder.0.join("copy.db"), folder.0.join("junk.db"));
    let (copy, junk) = (copy.to_str().unwrap(), junk.to_str().unwrap());
    rows(&folder, &["backup", copy]).await;
    program.newcomer("ben").await;

    let running = admin_output(&folder, &["restore", copy, "--force"], "").await;
    assert!(!running.0 && running.2.contains("another server is running"), "{running:?}");
    program.signal("TERM").await;
    program.child.wait().await.unwrap();
    let unasked = admin_output(&folder, &["restore", copy], "").await;
    assert!(!unasked.0 && unasked.2.contains("--force"), "{unasked:?}");
    std::fs::write(junk, "not a database at all, but long enough to look like one. ".repeat(100)).unwrap();
    let unsound = admin_output(&folder, &["restore", junk, "--force"], "").await;
    assert!(!unsound.0, "{unsound:?}");
    let replaced = rows(&folder, &["restore", copy, "--force"]).await;

    assert!(Path::new(replaced[0]["replaced"].as_str().unwrap()).exists());
    let program = Program::start(&folder, &[]).await;
    Device::link(&program.url, ada).await;
    let users = rows(&folder, &["user", "list"]).await;
    assert_eq!(users.len(), 1, "ben came after the backup");
    drop(program);
}

#[tokio::test]
async fn a_restore_after_the_main_file_was_removed_sets_the_old_log_aside_and_gives_all_to_the_services_user() {
    use std::os::unix::fs::{MetadataExt as _, chown};
    let folder = Folder::new();
    let mut program = Program::start(&folder, &[]).await;
    let mut ada = program.newcomer("ada").await;
    program.newcomer("ben").await;
    ada.writes(&with("ben"), "old").await;
    let copy = folder.0.join("copy.db");
    rows(&folder, &["backup", copy.to_str().unwrap()]).await;
    ada.writes(&with("ben"), "new").await;
    program.signal("KILL").await;
    program.child.wait().await.unwrap();
    std::fs::remove_file(folder.0.join("carillon.db")).unwrap();
    assert!(folder.0.join("carillon.db-wal").exists(), "the log of the killed server is there");
    // Only root can give files away; others restore what is theirs anyway.
    let is_root = std::fs::metadata("/proc/self").unwrap().uid() == 0;
    if is_root {
        chown(&folder.0, Some(65_534), Some(65_534)).unwrap();
    }

    rows(&folder, &["restore", copy.to_str().unwrap()]).await;

    let conn = rusqlite::Connection::open(folder.0.join("carillon.db")).unwrap();
    let sound: String = conn.query_row("PRAGMA integrity_check", [], |row| row.get(0)).unwrap();
    let messages: i64 = conn.query_row("SELECT COUNT(*) FROM messages", [], |row| row.get(0)).unwrap();
    assert_eq!((sound.as_str(), messages), ("ok", 1));
    let owner = std::fs::metadata(&folder.0).unwrap().uid();
    for file in ["carillon.db", "carillon.lock"] {
        assert_eq!(std::fs::metadata(folder.0.join(file)).unwrap().uid(), owner, "{file}");
    }
}

#[tokio::test]
async fn a_backup_changes_no_table_of_an_older_server() {
    let folder = Folder::new();
    let program = Program::start(&folder, &[]).await;
    drop(program);
    let older = "DELETE FROM _sqlx_migrations WHERE version >= 12; DROP TABLE health;";
    let database = folder.0.join("carillon.db");
    rusqlite::Connection::open(&database).unwrap().execute_batch(older).unwrap();

    rows(&folder, &["backup", folder.0.join("copy.db").to_str().unwrap()]).await;

    let conn = rusqlite::Connection::open(&database).unwrap();
    let newest: i64 = conn.query_row("SELECT MAX(version) FROM _sqlx_migrations", [], |row| row.get(0)).unwrap();
    assert_eq!(newest, 11);
}

#[tokio::test]
async fn a_doctor_finds_a_healthy_server_healthy_and_says_what_is_wrong_with_another() {
    let folder = Folder::new();
    std::fs::set_permissions(&folder.0, std::fs::Permissions::from_mode(0o700)).unwrap();
    let program = Program::start(&folder, &[]).await;

    let (well, said, errors) = admin_output(&folder, &["doctor"], "").await;
    assert!(well, "{said}{errors}");
    for check in ["data folder", "database", "clock", "server", "port", "stun", "open files", "tls"] {
        assert!(said.contains(&format!("{{\"check\":\"{check}\"")), "{check}: {said}");
    }

    std::fs::set_permissions(folder.0.join("carillon.db"), std::fs::Permissions::from_mode(0o644)).unwrap();
    let missing = ["--set", "tls.mode=files", "--set", "tls.certificate=/nowhere.pem", "--set", "tls.key=/nowhere.pem"];
    let (well, said, _) = admin_output(&folder, &[&missing[..], &["doctor"]].concat(), "").await;
    assert!(!well);
    assert!(said.contains("its mode is 644") && said.contains("/nowhere.pem"), "{said}");
    drop(program);
}
