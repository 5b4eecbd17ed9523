//! Every statement of the program is answered by an index: their plans are read here, as SQLite makes them.

use std::{collections::BTreeSet, fs, path::Path};

use rusqlite::Connection;

use super::{
    connections::open_to_write,
    migrations::{STEPS, migrate},
};

/// A statement that the program may run; `sql!` and `sql_as!` write it down where they stand.
pub(super) struct Known {
    pub(super) text: &'static str,
    pub(super) module: &'static str,
}

inventory::collect!(Known);

/// What all rows of a table have in common, or half of them: an index that begins with these alone is a scan.
const SHARED: [&str; 3] = ["app", "kind", "state"];

/// A part of a statement, a part of its plan, and why that may be.
const ALLOWED: [(&str, &str, &str); 27] = [
    ("ORDER BY b.user_name", "TEMP B-TREE", "a user's contacts: MOST_RELATIONS at most"),
    ("message_places", "SCAN message_places", "it has one row"),
    ("UPDATE health", "SCAN health", "it has one row"),
    (" apps ", "autoindex_apps_1 (app=?)", "the application is the whole key"),
    ("ORDER BY d.created_at_ms", "TEMP B-TREE", "a user's signed-in devices: devices_per_user at most"),
    ("ORDER BY nr, user_name", "TEMP B-TREE", "the legs of one call: MAX_LEGS at most"),
    ("ORDER BY m.rank DESC, u.search_name", "TEMP B-TREE", "the members of one group: MAX_MEMBERS at most"),
    ("ORDER BY rank DESC, since_ms", "TEMP B-TREE", "the members of one group: MAX_MEMBERS at most"),
    ("ORDER BY u.search_name, i.user_name", "TEMP B-TREE", "those asked into one group: MAX_MEMBERS at most"),
    ("i.invited_by, u.display_name", "TEMP B-TREE", "the groups that one user is asked into: MOST_INVITATIONS at most"),
    ("c.kind <> 'pair' ORDER BY", "TEMP B-TREE", "the groups of one user: groups_per_user at most"),
    ("listed.is_muted FROM", "TEMP B-TREE", "a page of conversations of two, and the groups of one user"),
    ("WITH chats_of_mine", "TEMP B-TREE", "a user's conversations with something new, and a page of each of the first"),
    (") matches", "TEMP B-TREE", "as many keys as the innermost LIMIT lets through"),
    ("FROM live_users l", "SCAN l", "those who are in a call now"),
    ("FROM live_users l", "TEMP B-TREE", "those who are in a call now"),
    ("FROM live_channels", "SCAN l", "the calls that go on now; at the start"),
    ("FROM live_channels", "live_channels_2 (app=?)", "the calls that go on now; at the start, and for the operator"),
    ("is_left", "USING INDEX chats_left", "the index has only groups that are to be deleted"),
    (") oldest WHERE", "SCAN messages", "from the oldest on, as many as LIMIT says"),
    ("FROM audit ORDER BY id DESC LIMIT $1", "SCAN audit", "from the latest on, as many as LIMIT says"),
    ("FROM attachments_to_remove LIMIT", "SCAN attachments_to_remove", "as many as LIMIT says"),
    ("SELECT name FROM users LIMIT 1", "SCAN users", "one row"),
    ("TRUE ORDER BY u.name", "SEARCH u", "the operator's list of all accounts"),
    ("TRUE ORDER BY user_name, created_at_ms", "", "the operator's list of all devices"),
    ("user_name = $2 ORDER BY created_at_ms", "TEMP B-TREE", "the operator's list of one user's devices"),
    ("MAX(CASE WHEN m.rank = 2", "", "the operator's list of all groups"),
];

/// Where SQL is run that no user asks for: the engine's own words, migrations and copies.
const ENGINE_ROOM: [&str; 7] =
    ["connections.rs", "copies.rs", "file.rs", "migrations.rs", "search_key.rs", "sql.rs", "writer.rs"];

#[test]
fn every_statement_is_answered_by_an_index() {
    let conn = tables();
    let growing = names(&conn);
    let known: Vec<&Known> =
        inventory::iter::<Known>.into_iter().filter(|known| !known.module.contains("tests")).collect();
    assert!(known.len() > 100, "the statements are not written down any more");

    let mut used = BTreeSet::new();
    let mut faults = Vec::new();
    for statement in known {
        for step in plan(&conn, statement.text).iter().filter(|step| is_slow(step, statement.text, &growing)) {
            let allowed = |(text, part, _): &(&str, &str, &str)| statement.text.contains(text) && step.contains(part);
            match ALLOWED.iter().position(allowed) {
                Some(index) => {
                    used.insert(index);
                }
                None => faults.push(format!("{step}\n    in {}: {}", statement.module, statement.text)),
            }
        }
    }

    assert!(faults.is_empty(), "{}", faults.join("\n"));
    let unused: Vec<_> = (0..ALLOWED.len()).filter(|index| !used.contains(index)).map(|index| ALLOWED[index]).collect();
    assert!(unused.is_empty(), "allowed and not needed: {unused:?}");
}

#[test]
fn no_statement_goes_past_the_macros_that_write_it_down() {
    let mut past = Vec::new();
    for path in sources(Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/src"))) {
        let text = fs::read_to_string(&path).unwrap();
        let code = text.split("#[cfg(test)]\nmod tests").next().unwrap_or_default();
        let runs = [".prepare(", ".prepare_cached(", ".query_row(", ".execute_batch(", "Statement::new("];
        let is_engine = path.file_name().is_some_and(|name| ENGINE_ROOM.iter().any(|known| name == *known));
        if !is_engine && !path.ends_with("plans.rs") && runs.iter().any(|run| code.contains(run)) {
            past.push(path);
        }
    }

    assert!(past.is_empty(), "{past:?}");
}

#[test]
fn a_plan_that_reads_a_whole_table_is_seen() {
    let conn = tables();
    let growing = names(&conn);
    let is_slow = |text| plan(&conn, text).iter().any(|step| is_slow(step, text, &growing));

    assert!(is_slow("SELECT 1 FROM calls WHERE channel = $1"));
    assert!(is_slow("SELECT c.id FROM calls AS c WHERE c.channel = $1"));
    assert!(is_slow("SELECT 1 FROM users u WHERE u.app = $1 AND u.display_name LIKE $2"));
    assert!(is_slow("SELECT 1 FROM legs WHERE user_name = $1 AND is_blocked = 0 ORDER BY round DESC LIMIT 1"));
    assert!(!is_slow("SELECT 1 FROM legs WHERE user_name = $1 AND is_blocked = 0 ORDER BY call DESC LIMIT 1"));
}

/// Whether a step of a plan takes longer the more there is in a table.
fn is_slow(step: &str, text: &str, growing: &[String]) -> bool {
    if let Some(scanned) = step.strip_prefix("SCAN ") {
        let name = scanned.split(' ').next().unwrap_or_default();
        return growing.iter().any(|table| is_called(text, table, name));
    }
    let is_shared = |constraint: &str| SHARED.contains(&constraint.trim_end_matches(['=', '<', '>', '?']));
    let constraints = step.strip_prefix("SEARCH ").and_then(|search| search.rsplit_once('(')?.1.strip_suffix(')'));
    step.contains("AUTOMATIC")
        || step.contains("USE TEMP B-TREE")
        || constraints.is_some_and(|all| all.split(" AND ").all(is_shared))
}

/// Whether a statement calls a table by this name.
fn is_called(text: &str, table: &str, name: &str) -> bool {
    let words: Vec<&str> =
        text.split(|c: char| !c.is_alphanumeric() && c != '_').filter(|word| !word.is_empty()).collect();
    let follows =
        |at: usize| words.get(at) == Some(&name) || (words.get(at) == Some(&"AS") && words.get(at + 1) == Some(&name));
    (0..words.len()).filter(|at| words[*at] == table).any(|at| table == name || follows(at + 1))
}

fn plan(conn: &Connection, text: &str) -> Vec<String> {
    let mut statement =
        conn.prepare(&format!("EXPLAIN QUERY PLAN {text}")).unwrap_or_else(|error| panic!("{text}: {error}"));
    let mut rows = statement.raw_query();
    let mut steps = Vec::new();
    while let Some(row) = rows.next().unwrap() {
        steps.push(row.get("detail").unwrap());
    }
    steps
}

fn names(conn: &Connection) -> Vec<String> {
    let mut statement = conn.prepare("SELECT name FROM sqlite_master WHERE type = 'table'").unwrap();
    statement.query_map([], |row| row.get(0)).unwrap().collect::<rusqlite::Result<_>>().unwrap()
}

/// All tables, without a row; opened as the program opens them.
fn tables() -> Connection {
    let mut conn = open_to_write(Path::new(":memory:")).unwrap();
    migrate(&mut conn, &STEPS).unwrap();
    conn
}

fn sources(folder: &Path) -> Vec<std::path::PathBuf> {
    let entries = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path());
    entries.flat_map(|path| if path.is_dir() { sources(&path) } else { vec![path] }).collect()
}
