//! Whether a question costs what its answer is long, and not what the tables hold: the same questions with the same answers, in a small
//! database and in a large one.

use std::{path::Path, sync::Arc, time::Instant};

use anyhow::{Context as _, Result};
use carillon_protocol::{Chat, Done, GroupId, Request, UserId};
use rusqlite::Connection;
use serde_json::{Map, Value, json};

use crate::{
    ours::{Line, Ours},
    report::spread,
    system::System as _,
};

/// Rows of calls, messages and accounts.
const FEW: u64 = 10_000;
const MANY: u64 = 1_000_000;
/// Each question is asked so often.
const TIMES: usize = 200;
/// What we hold ourselves to: many rows against few.
const MOST_RATIO: f64 = 1.5;

/// Who asks: a user with a page of everything, and a user with a hundredth of all rows as conversations.
const ASKER: &str = "asker";
const BUSY: &str = "busy";
const GROUP: &str = "6f0c2c8e-0000-4000-8000-000000000001";

/// Asks everything in both databases, prints the table, and gives what is kept.
pub(crate) async fn compare(folder: &Path) -> Result<Map<String, Value>> {
    let (few, many) = (measure(folder, FEW).await?, measure(folder, MANY).await?);
    println!("{:<42} {:>9} {:>9} {:>7}   target", "question, p50 ms", "10⁴ rows", "10⁶ rows", "ratio");
    let mut results = Map::new();
    for ((question, few), (_, many)) in few.into_iter().zip(many) {
        let p50 = |spread: &Value| spread["p50"].as_f64().context("a question was asked");
        let ratio = p50(&many)? / p50(&few)?.max(0.01);
        println!("{question:<42} {:>9.2} {:>9.2} {ratio:>7.2}   ≤ {MOST_RATIO}", p50(&few)?, p50(&many)?);
        results.insert(question.to_owned(), json!({ "few_ms": few, "many_ms": many, "ratio": ratio }));
    }
    Ok(results)
}

async fn measure(folder: &Path, rows: u64) -> Result<Vec<(&'static str, Value)>> {
    let folder = folder.join(rows.to_string());
    std::fs::create_dir(&folder)?;
    let server = Arc::new(Ours::start(&folder)?);
    for user in [ASKER, BUSY] {
        server.sign_up(user).await?;
    }
    drop(server);
    eprintln!("    {rows} rows");
    fill(&folder.join("ours/carillon.db"), rows)?;
    let server = Arc::new(Ours::start(&folder)?);
    let mut results = ask_all(&mut server.link(ASKER).await?, questions()?).await?;
    results.extend(ask_all(&mut server.link(BUSY).await?, busy_questions()).await?);
    Ok(results)
}

async fn ask_all(line: &mut Line, questions: Vec<(&'static str, Request)>) -> Result<Vec<(&'static str, Value)>> {
    let mut results = Vec::new();
    for (question, request) in questions {
        let mut times = Vec::with_capacity(TIMES);
        for _ in 0..TIMES {
            let asked = Instant::now();
            let done: Done = line.ask(request.clone()).await.with_context(|| question)?;
            times.push(asked.elapsed().as_secs_f64() * 1000.0);
            std::hint::black_box(done);
        }
        results.push((question, spread(times)));
    }
    Ok(results)
}

fn questions() -> Result<Vec<(&'static str, Request)>> {
    let group = GroupId::new(GROUP)?;
    let (in_group, pair) = (Chat::Group { group: group.clone() }, Chat::User { user: UserId::new("n1")? });
    Ok(vec![
        ("recent calls", Request::RecentCalls { limit: 50 }),
        ("search users, 50 found", Request::SearchUsers { query: "quentin".into() }),
        ("search users, none found", Request::SearchUsers { query: "zebedee".into() }),
        ("search users, all of them", Request::SearchUsers { query: "number".into() }),
        ("contacts", Request::Contacts),
        ("devices", Request::Devices),
        ("conversations", Request::Conversations),
        ("conversations, the next page", Request::ConversationsAfter { chat: pair.clone() }),
        ("history of two", Request::History { chat: pair, before: None, limit: 50 }),
        ("history of a group", Request::History { chat: in_group, before: None, limit: 50 }),
        ("messages after the beginning", Request::MessagesAfter { after: 0, limit: 50 }),
        ("messages after the end", Request::MessagesAfter { after: u64::from(u32::MAX), limit: 50 }),
        ("groups", Request::Groups),
        ("search rooms, 50 found", Request::SearchRooms { query: "quartz".into() }),
        ("group", Request::Group { group }),
    ])
}

/// A bot that has written to all users.
fn busy_questions() -> Vec<(&'static str, Request)> {
    vec![
        ("conversations of a bot", Request::Conversations),
        ("messages of a bot after the end", Request::MessagesAfter { after: u64::from(u32::MAX), limit: 50 }),
    ]
}

/// Fills a database of the server's, which is not running: what the asker has is the same for any number of rows.
fn fill(file: &Path, rows: u64) -> Result<()> {
    let numbers = Numbers::up_to(rows);
    let statements = [people(&numbers), calls(&numbers), chats(&numbers), messages(&numbers, rows)].concat();
    Connection::open(file)?.execute_batch(&format!(
        "PRAGMA foreign_keys = OFF; PRAGMA synchronous = OFF; PRAGMA cache_size = -400000; BEGIN;
         {statements}
         COMMIT; PRAGMA wal_checkpoint(TRUNCATE);"
    ))?;
    Ok(())
}

/// Tables `n` of the numbers `i`, for statements to select from.
struct Numbers {
    all: String,
    tenth: String,
    hundredth: String,
    page: String,
}

impl Numbers {
    fn up_to(rows: u64) -> Self {
        Self { all: numbers(rows), tenth: numbers(rows / 10), hundredth: numbers(rows / 100), page: numbers(50) }
    }
}

fn numbers(upto: u64) -> String {
    format!("WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {upto})")
}

/// A UUID in SQL, of the number `nr`.
fn uuid(kind: u8, nr: &str) -> String {
    format!("printf('018f3e7a-{kind:04x}-7000-8000-%012x', {nr})")
}

fn people(Numbers { all, hundredth, page, .. }: &Numbers) -> String {
    let device = uuid(4, "i");
    format!(
        "
         {all} INSERT INTO users (app, name, display_name, search_name, password_hash, created_at_ms)
            SELECT 'carillon', 'n' || i, 'Number ' || i, 'number ' || i, '', 0 FROM n;
         {all} INSERT INTO user_keys (app, user_name, key) SELECT 'carillon', 'n' || i, 'number ' || i FROM n
            UNION ALL SELECT 'carillon', 'n' || i, 'n' || i FROM n UNION ALL SELECT 'carillon', 'n' || i, '' || i FROM n;
         {page} INSERT INTO user_keys (app, user_name, key) SELECT 'carillon', 'n' || i, 'quentin ' || i FROM n;
         {all} INSERT INTO devices (id, app, user_name, name, created_at_ms, token_hash, refresh_until_ms)
            SELECT {device}, 'carillon', 'n' || i, 'phone', 0, 'hash ' || i, 9000000000000 FROM n;
         {all} INSERT INTO sessions (device, id, last_seq, link, unlinked_at_ms) SELECT {device}, {device}, 0, 0, strftime('%s', 'now') * 1000 FROM n;
         {page} INSERT INTO contacts (app, user_name, other, at_ms) SELECT 'carillon', '{ASKER}', 'n' || i, 0 FROM n
            UNION ALL SELECT 'carillon', 'n' || i, '{ASKER}', 0 FROM n;
         {hundredth} INSERT INTO blocks (app, user_name, other, at_ms) SELECT 'carillon', 'n' || (i + 100), '{ASKER}', 0 FROM n;
        "
    )
}

fn calls(Numbers { all, page, .. }: &Numbers) -> String {
    let (call, mine, made) = (uuid(1, "i"), uuid(2, "i"), uuid(3, "i"));
    let calls = "INSERT INTO calls (id, app, channel, call_type, message, caller, state, end_reason, created_at_ms,
        ring_until_ms, ended_at_ms, held, version)";
    // The caller has the first leg.
    let legs = "INSERT INTO legs (call, user_name, nr, state, end_reason, is_missed)";
    let called = "0, 'left', 'no_answer', 0";
    let missed = "1, 'missed', 'no_answer', 1";
    format!(
        "
         {all} {calls} SELECT {call}, 'carillon', 'c', 0, '', 'n' || i, 'ended', 'no_answer', i, i, i, '[]', 1 FROM n;
         {all} {legs} SELECT {call}, 'n' || i, {called} FROM n UNION ALL SELECT {call}, 'n' || (i + 1), {missed} FROM n;
         {page} {calls} SELECT {mine}, 'carillon', 'c', 0, '', 'n' || i, 'ended', 'no_answer', i, i, i, '[]', 1 FROM n;
         {page} {legs} SELECT {mine}, 'n' || i, {called} FROM n UNION ALL SELECT {mine}, '{ASKER}', {missed} FROM n;
         {page} {calls} SELECT {made}, 'carillon', 'c', 0, '', '{ASKER}', 'ended', 'no_answer', i, i, i, '[]', 1 FROM n;
         {page} {legs} SELECT {made}, '{ASKER}', {called} FROM n UNION ALL SELECT {made}, 'n' || i, {missed} FROM n;
        "
    )
}

fn chats(Numbers { hundredth, page, .. }: &Numbers) -> String {
    let member = "INSERT INTO chat_members (app, chat, user_name, rank, since_ms, read_up_to, text_pos, last_pos)";
    format!(
        "
         INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
            VALUES ('carillon', '{GROUP}', 'group', 'Crew', 'crew', 0, 0);
         {page} {member} SELECT 'carillon', '{GROUP}', 'n' || i, 0, 0, 0, NULL, NULL FROM n
            UNION ALL SELECT 'carillon', '{GROUP}', '{ASKER}', 2, 0, 0, NULL, NULL;
         {hundredth} INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
            SELECT 'carillon', 'room' || i, 'room', 'Room ' || i, 'room ' || i, 0, 0 FROM n;
         {hundredth} {member} SELECT 'carillon', 'room' || i, 'n' || i, 2, 0, 0, NULL, NULL FROM n;
         {hundredth} INSERT INTO room_keys (app, chat, key) SELECT 'carillon', 'room' || i, 'room ' || i FROM n;
         {page} INSERT INTO room_keys (app, chat, key) SELECT 'carillon', 'room' || i, 'quartz ' || i FROM n;
         {page} INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
            SELECT 'carillon', '{ASKER}:n' || i, 'pair', '', '', 0, 0 FROM n;
         {page} {member} SELECT 'carillon', '{ASKER}:n' || i, '{ASKER}', 0, 0, 0, 1000000000 - i, 1000000000 - i FROM n;
         {hundredth} INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
            SELECT 'carillon', '{BUSY}:n' || i, 'pair', '', '', 0, 0 FROM n;
         {hundredth} {member} SELECT 'carillon', '{BUSY}:n' || i, '{BUSY}', 0, 0, 0, 1000000000 - i, 1000000000 - i FROM n;
        "
    )
}

fn messages(Numbers { all, tenth, hundredth, .. }: &Numbers, rows: u64) -> String {
    let message = uuid(5, "(SELECT last FROM message_places) + i");
    let say = |numbers: &str, chat: &str, sender: &str, upto: u64| {
        format!(
            "{numbers} INSERT INTO messages (pos, id, app, chat, sender, sender_only, kind, body, ext, call, at_ms, lane)
                SELECT (SELECT last FROM message_places) + i, {message}, 'carillon', {chat}, {sender}, 0, 'text', 'hello', '{{}}', NULL,
                    9000000000000, 'text' FROM n;
             UPDATE message_places SET last = last + {upto};"
        )
    };
    [
        say(&numbers(2_500), &format!("'{ASKER}:n' || (i % 50 + 1)"), "'n' || (i % 50 + 1)", 2_500),
        say(hundredth, &format!("'{BUSY}:n' || i"), &format!("'{BUSY}'"), rows / 100),
        // What one writes oneself is never unread, and is passed all the same where it is counted badly.
        say(tenth, &format!("'{GROUP}'"), &format!("'{ASKER}'"), rows / 10),
        say(all, "'elsewhere' || (i % 1000)", "'n' || i", rows),
        format!("UPDATE chats SET sort_pos = (SELECT last FROM message_places) WHERE id = '{GROUP}';"),
    ]
    .concat()
}
