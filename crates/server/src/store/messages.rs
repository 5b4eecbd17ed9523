//! Messages: each has its place, and the places grow in the order of commits.

use carillon_protocol::{AppId, CallId, Message, MessageBody, MessageId, UserId};
use serde_json::{Map, Value};

use super::{
    Conn, Result, Store, StoreError,
    chats::ChatKey,
    from_json, parse, signed,
    sql::{sql, sql_as},
    to_json, unsigned,
};

/// So many old messages are deleted together: nobody waits long for the writer.
const PRUNED_AT_ONCE: u32 = 500;

/// A message that is to be.
pub(crate) struct NewMessage<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) chat: &'a ChatKey,
    pub(crate) id: MessageId,
    pub(crate) from: &'a UserId,
    pub(crate) body: &'a MessageBody,
    pub(crate) ext: &'a Map<String, Value>,
    pub(crate) call: Option<CallId>,
    /// Whether nobody else will see it.
    pub(crate) sender_only: bool,
    pub(crate) now_ms: u64,
}

/// Which way a page of messages goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Page {
    /// Back from this place, or on after it.
    pub(crate) from: u64,
    pub(crate) limit: u32,
}

type Row = (i64, String, String, String, String, String, String, String, Option<String>, i64);

/// Writes a message down, and gives its place.
pub(crate) async fn add(conn: &mut Conn, new: &NewMessage<'_>) -> Result<u64> {
    let (pos,): (i64,) =
        sql_as!("UPDATE message_places SET last = last + 1 RETURNING last").fetch_one(&mut *conn).await?;
    let (kind, body) = columns(new.body);
    let added = sql!(
        "INSERT INTO messages (pos, id, app, chat, sender, sender_only, kind, body, ext, call, at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)",
        pos,
        new.id.to_string(),
        new.app.as_str(),
        new.chat.as_str(),
        new.from.as_str(),
        new.sender_only,
        kind,
        body,
        to_json(new.ext),
        new.call.map(|call| call.to_string()),
        signed(new.now_ms)
    );
    added.execute(&mut *conn).await?;
    if kind == "text" && !new.sender_only {
        let app = new.app.as_str();
        sql!("UPDATE chats SET sort_pos = $3 WHERE app = $1 AND id = $2", app, new.chat.as_str(), pos)
            .execute(conn)
            .await?;
    }
    Ok(unsigned(pos))
}

const fn columns(body: &MessageBody) -> (&'static str, &String) {
    match body {
        MessageBody::Text { text } => ("text", text),
        MessageBody::Command { action } => ("command", action),
    }
}

/// How many bytes the messages of a user take up.
pub(crate) async fn room_taken(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u64> {
    let row: Option<(i64,)> =
        sql_as!("SELECT bytes FROM message_room WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map_or(0, |(bytes,)| unsigned(bytes)))
}

/// The place of the latest message that somebody can see; 0: there is none.
pub(crate) async fn latest(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u64> {
    let (latest,): (Option<i64>,) = sql_as!(
        "SELECT MAX((SELECT m.pos FROM messages m WHERE m.app = c.app AND m.chat = c.chat AND m.kind = k.kind
                     AND (NOT m.sender_only OR m.sender = c.user_name) ORDER BY m.pos DESC LIMIT 1))
         FROM chat_members c CROSS JOIN (SELECT 'text' AS kind UNION ALL SELECT 'command') k
         WHERE c.app = $1 AND c.user_name = $2",
        app.as_str(),
        user.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(latest.map_or(0, unsigned))
}

/// Texts of one conversation before a place, newest first.
pub(crate) async fn texts_before(
    conn: &mut Conn,
    app: &AppId,
    chat: &ChatKey,
    me: &UserId,
    page: Page,
) -> Result<Vec<Message>> {
    let rows: Vec<Row> = sql_as!(
        "SELECT m.pos, m.id, m.chat, m.sender, u.display_name, m.kind, m.body, m.ext, m.call, m.at_ms
         FROM messages m JOIN users u ON u.app = m.app AND u.name = m.sender
         WHERE m.app = $1 AND m.chat = $2 AND m.kind = 'text' AND m.pos < $4 AND (NOT m.sender_only OR m.sender = $3)
         ORDER BY m.pos DESC LIMIT $5",
        app.as_str(),
        chat.as_str(),
        me.as_str(),
        signed(page.from),
        page.limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|row| message(row, me)).collect()
}

impl Store {
    /// Messages of all of somebody's conversations after a place, oldest first.
    pub(crate) async fn messages_after(&self, app: &AppId, me: &UserId, page: Page) -> Result<Vec<Message>> {
        // The inner query reads the index only, conversation by conversation.
        let rows: Vec<Row> = sql_as!(
            "SELECT m.pos, m.id, m.chat, m.sender, u.display_name, m.kind, m.body, m.ext, m.call, m.at_ms
             FROM messages m JOIN users u ON u.app = m.app AND u.name = m.sender
             WHERE m.pos IN (
                SELECT n.pos FROM chat_members c CROSS JOIN messages n
                WHERE c.app = $1 AND c.user_name = $2 AND n.app = c.app AND n.chat = c.chat
                AND n.kind IN ('text', 'command') AND n.pos > $3 AND (NOT n.sender_only OR n.sender = $2)
                ORDER BY n.pos LIMIT $4)
             ORDER BY m.pos",
            app.as_str(),
            me.as_str(),
            signed(page.from),
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| message(row, me)).collect()
    }

    /// Forgets messages from before a time, and groups that nobody is in any more, a part of them if they are many; says whether
    /// there may be more.
    pub(crate) async fn prune_messages(&self, before_ms: u64) -> Result<bool> {
        let mut tx = self.write().await?;
        let old = sql!(
            "DELETE FROM messages WHERE pos IN (SELECT pos FROM
                (SELECT pos, at_ms FROM messages ORDER BY pos LIMIT $2) oldest WHERE at_ms < $1)",
            signed(before_ms),
            PRUNED_AT_ONCE
        );
        let old = old.execute(&mut *tx).await?.rows_affected();
        let left = sql!(
            "DELETE FROM messages WHERE pos IN (SELECT m.pos FROM chats c JOIN messages m ON m.app = c.app AND m.chat = c.id
                AND m.kind IN ('text', 'command') WHERE c.kind <> 'pair'
                AND NOT EXISTS (SELECT 1 FROM chat_members n WHERE n.app = c.app AND n.chat = c.id) LIMIT $1)",
            PRUNED_AT_ONCE
        );
        let left = left.execute(&mut *tx).await?.rows_affected();
        sql!(
            "DELETE FROM chats WHERE kind <> 'pair'
             AND NOT EXISTS (SELECT 1 FROM chat_members n WHERE n.app = chats.app AND n.chat = chats.id)
             AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.app = chats.app AND m.chat = chats.id)"
        )
        .execute(&mut *tx)
        .await?;
        tx.commit().await?;
        Ok(old.max(left) == u64::from(PRUNED_AT_ONCE))
    }
}

fn message(row: Row, me: &UserId) -> Result<Message> {
    let (pos, id, chat, sender, from_name, kind, body, ext, call, at_ms) = row;
    Ok(Message {
        id: parse(&id, "message")?,
        pos: unsigned(pos),
        chat: ChatKey::read(chat).seen_by(me)?,
        from: parse(&sender, "user")?,
        from_name,
        body: match kind.as_str() {
            "text" => MessageBody::Text { text: body },
            "command" => MessageBody::Command { action: body },
            _ => return Err(StoreError::Corrupt { what: "kind of message" }),
        },
        ext: from_json(&ext, "ext")?,
        call: call.map(|call| parse(&call, "call")).transpose()?,
        at_ms: unsigned(at_ms),
    })
}
