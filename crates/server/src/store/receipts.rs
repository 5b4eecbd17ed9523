//! How far messages have come in conversations of two, and who hears at once that a user is writing.
//!
//! What a user was told of it stands with their place in the conversation. Where one of the two has blocked the other nothing is added to
//! it, so that it stays as it was.

use carillon_protocol::{AppId, DeviceId, Receipts, UserId};

use super::{
    Conn, Result, Store,
    chats::ChatKey,
    parse, signed,
    sql::{sql, sql_as},
    unsigned,
};

/// So many conversations are marked together; the rest of them with the next mark.
const MARKED_AT_ONCE: u32 = 64;

/// Neither of two users has blocked the other.
macro_rules! no_block_between {
    ($one:literal, $other:literal) => {
        concat!(
            " NOT EXISTS (SELECT 1 FROM blocks b WHERE b.app = $1 AND b.user_name = ",
            $one,
            " AND b.other = ",
            $other,
            ") AND NOT EXISTS (SELECT 1 FROM blocks b WHERE b.app = $1 AND b.user_name = ",
            $other,
            " AND b.other = ",
            $one,
            ")"
        )
    };
}

/// `reader` has read a conversation of two up to a place: how far the messages of `writer` have come by that; `None`: they are not told.
pub(crate) async fn seen(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    reader: &UserId,
    writer: &UserId,
    up_to: u64,
) -> Result<Option<Receipts>> {
    let row: Option<(i64, i64)> = sql_as!(
        concat!(
            "UPDATE chat_members SET
             delivered_up_to = CASE WHEN delivered_up_to < $5 THEN $5 ELSE delivered_up_to END,
             seen_up_to = CASE WHEN seen_up_to < $5 AND NOT EXISTS (SELECT 1 FROM users u
                WHERE u.app = $1 AND u.name IN ($3, $4) AND u.hides_reading) THEN $5 ELSE seen_up_to END
             WHERE app = $1 AND chat = $2 AND user_name = $4 AND",
            no_block_between!("$3", "$4"),
            " RETURNING delivered_up_to, seen_up_to"
        ),
        app.as_str(),
        key.as_str(),
        reader.as_str(),
        writer.as_str(),
        signed(up_to)
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(delivered, seen)| receipts(delivered, seen)))
}

/// A device of `user` has all messages up to a place: who is to be told, and how far their messages have come.
pub(crate) async fn delivered(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    up_to: u64,
) -> Result<Vec<(UserId, Receipts)>> {
    let (known, latest): (i64, i64) = sql_as!(
        "SELECT u.delivered_up_to, message_places.last FROM message_places CROSS JOIN users u WHERE u.app = $1 AND u.name = $2",
        app.as_str(),
        user.as_str()
    )
    .fetch_one(&mut *conn)
    .await?;
    let reached = latest.min(signed(up_to));
    if reached <= known {
        return Ok(Vec::new());
    }
    let waiting: Vec<(i64,)> = sql_as!(
        "SELECT last_pos FROM chat_members WHERE app = $1 AND user_name = $2 AND last_pos > $3 ORDER BY last_pos LIMIT $4",
        app.as_str(),
        user.as_str(),
        known,
        MARKED_AT_ONCE
    )
    .fetch_all(&mut *conn)
    .await?;
    let is_all = waiting.len() < MARKED_AT_ONCE as usize;
    let last = waiting.last().map_or(reached, |(pos,)| *pos);
    let marked = if is_all { reached } else { reached.min(last) };
    sql!("UPDATE users SET delivered_up_to = $3 WHERE app = $1 AND name = $2", app.as_str(), user.as_str(), marked)
        .execute(&mut *conn)
        .await?;
    let reached: Vec<(String, String, i64)> = sql_as!(
        concat!(
            "SELECT o.chat, o.user_name, CASE WHEN m.last_pos < $4 THEN m.last_pos ELSE $4 END
             FROM (SELECT chat, last_pos FROM chat_members WHERE app = $1 AND user_name = $2 AND last_pos > $3
                ORDER BY last_pos LIMIT $5) m
             CROSS JOIN chat_members o ON o.app = $1 AND o.chat = m.chat AND o.user_name <> $2
             WHERE ",
            no_block_between!("$2", "o.user_name"),
        ),
        app.as_str(),
        user.as_str(),
        known,
        marked,
        MARKED_AT_ONCE
    )
    .fetch_all(&mut *conn)
    .await?;
    mark(conn, app, reached).await
}

/// How far messages have come, each in its conversation: whose that was not known of yet.
async fn mark(conn: &mut Conn, app: &AppId, reached: Vec<(String, String, i64)>) -> Result<Vec<(UserId, Receipts)>> {
    let mut told = Vec::new();
    for (chat, writer, pos) in reached {
        let row: Option<(i64, i64)> = sql_as!(
            "UPDATE chat_members SET delivered_up_to = $4 WHERE app = $1 AND chat = $2 AND user_name = $3 AND delivered_up_to < $4
             RETURNING delivered_up_to, seen_up_to",
            app.as_str(),
            chat,
            writer.as_str(),
            pos
        )
        .fetch_optional(&mut *conn)
        .await?;
        if let Some((delivered, seen)) = row {
            told.push((parse(&writer, "user")?, receipts(delivered, seen)));
        }
    }
    Ok(told)
}

/// Sets whether others do not learn what a user has read.
pub(crate) async fn set_hides_reading(conn: &mut Conn, app: &AppId, user: &UserId, hides: bool) -> Result<()> {
    sql!("UPDATE users SET hides_reading = $3 WHERE app = $1 AND name = $2", app.as_str(), user.as_str(), hides)
        .execute(conn)
        .await?;
    Ok(())
}

impl Store {
    /// The devices of the others in a conversation that a user is in; but not of those whom they have blocked, or who have blocked them.
    pub(crate) async fn devices_of_others(&self, app: &AppId, key: &ChatKey, user: &UserId) -> Result<Vec<DeviceId>> {
        let rows: Vec<(String,)> = sql_as!(
            concat!(
                "SELECT d.id FROM chat_members i CROSS JOIN chat_members m ON m.app = i.app AND m.chat = i.chat
                 CROSS JOIN devices d ON d.app = m.app AND d.user_name = m.user_name
                 WHERE i.app = $1 AND i.chat = $2 AND i.user_name = $3 AND m.user_name <> $3 AND d.token_hash IS NOT NULL AND",
                no_block_between!("$3", "m.user_name")
            ),
            app.as_str(),
            key.as_str(),
            user.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        rows.iter().map(|(device,)| parse(device, "device")).collect()
    }
}

fn receipts(delivered: i64, seen: i64) -> Receipts {
    Receipts { delivered_up_to: unsigned(delivered), read_up_to: unsigned(seen) }
}
