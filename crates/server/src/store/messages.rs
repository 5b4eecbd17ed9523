//! Messages: each has its place, and the places grow in the order of commits.

use std::borrow::Cow;

use carillon_protocol::{AppId, Attachment, CallId, Message, MessageBody, MessageId, QUOTED_CHARS, Quote, UserId};
use serde_json::{Map, Value};

use super::{
    Conn, PRUNED_AT_ONCE, Result, Store, StoreError,
    chats::{self, ChatKey},
    from_json, parse, signed,
    sql::{Columns, FromRow, sql, sql_as},
    to_json, unsigned,
};

/// A message that is to be written.
pub(crate) struct NewMessage<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) chat: &'a ChatKey,
    pub(crate) id: MessageId,
    pub(crate) from: &'a UserId,
    /// The other of a conversation of two.
    pub(crate) other: Option<&'a UserId>,
    pub(crate) body: &'a MessageBody,
    pub(crate) ext: &'a Map<String, Value>,
    pub(crate) call: Option<CallId>,
    /// The place of the text that it answers.
    pub(crate) reply_to: Option<u64>,
    /// Whether only its sender will see it.
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

/// A message as its columns say it.
struct Row {
    pos: i64,
    id: String,
    chat: String,
    sender: String,
    from_name: String,
    kind: String,
    body: String,
    ext: String,
    call: Option<String>,
    at_ms: i64,
    edited_at_ms: Option<i64>,
    quoted: Option<Quoted>,
}

/// The text that it answers, if that is still there.
struct Quoted {
    pos: i64,
    sender: String,
    from_name: String,
    kind: String,
    body: String,
}

impl FromRow for Row {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        let mut columns = Columns::of(row);
        Ok(Self {
            pos: columns.next()?,
            id: columns.next()?,
            chat: columns.next()?,
            sender: columns.next()?,
            from_name: columns.next()?,
            kind: columns.next()?,
            body: columns.next()?,
            ext: columns.next()?,
            call: columns.next()?,
            at_ms: columns.next()?,
            edited_at_ms: columns.next()?,
            quoted: match columns.next::<Option<i64>>()? {
                Some(pos) => Some(Quoted {
                    pos,
                    sender: columns.next()?,
                    from_name: columns.next()?,
                    kind: columns.next()?,
                    body: columns.next()?,
                }),
                None => None,
            },
        })
    }
}

/// Messages, called `m`, to go on with which.
macro_rules! messages_where {
    ($($condition:expr),+ $(,)?) => {
        concat!(
            "SELECT m.pos, m.id, m.chat, m.sender, u.display_name, m.kind, m.body, m.ext, m.call, m.at_ms, m.edited_at_ms,
             r.pos, r.sender, COALESCE(q.display_name, r.sender), r.kind, r.body
             FROM messages m JOIN users u ON u.app = m.app AND u.name = m.sender
             LEFT JOIN messages r ON r.pos = m.reply_to AND r.app = m.app AND r.chat = m.chat
             LEFT JOIN users q ON q.app = r.app AND q.name = r.sender WHERE ",
            $($condition),+
        )
    };
}

/// Writes a message down, and gives its place.
pub(crate) async fn add(conn: &mut Conn, new: &NewMessage<'_>) -> Result<u64> {
    note_place(conn, new).await?;
    let (pos,): (i64,) =
        sql_as!("UPDATE message_places SET last = last + 1 RETURNING last").fetch_one(&mut *conn).await?;
    let (kind, body) = columns(new.body);
    let added = sql!(
        "INSERT INTO messages (pos, id, app, chat, sender, sender_only, kind, body, ext, call, at_ms, lane, reply_to)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)",
        pos,
        new.id.to_string(),
        new.app.as_str(),
        new.chat.as_str(),
        new.from.as_str(),
        new.sender_only,
        kind,
        &*body,
        to_json(new.ext),
        new.call.map(|call| call.to_string()),
        signed(new.now_ms),
        lane(kind, new.sender_only.then_some(new.from)),
        new.reply_to.map(signed)
    );
    added.execute(conn).await?;
    Ok(unsigned(pos))
}

/// Writes down where the latest of a conversation will be: a conversation of two has its places with its members, a group has one.
/// A conversation of two that is missing, or that one of them is not in yet, is made.
async fn note_place(conn: &mut Conn, new: &NewMessage<'_>) -> Result<()> {
    let is_text = matches!(new.body, MessageBody::Text { .. } | MessageBody::File { .. });
    let Some(other) = new.other else {
        return if is_text { note_in_group(conn, new).await } else { Ok(()) };
    };
    let both = [new.from, other];
    // The sender's own list is as if the other could see it.
    let members = if new.sender_only { &both[..1] } else { &both };
    if note_in_pair(conn, new, members, is_text).await? < members.len() {
        chats::make_pair(conn, new.app, new.chat, members, new.now_ms).await?;
        note_in_pair(conn, new, members, is_text).await?;
    }
    Ok(())
}

async fn note_in_group(conn: &mut Conn, new: &NewMessage<'_>) -> Result<()> {
    sql!(
        "UPDATE chats SET sort_pos = (SELECT last + 1 FROM message_places) WHERE app = $1 AND id = $2",
        new.app.as_str(),
        new.chat.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Gives how many of them are in the conversation.
async fn note_in_pair(conn: &mut Conn, new: &NewMessage<'_>, members: &[&UserId], is_text: bool) -> Result<usize> {
    let noted = sql!(
        "UPDATE chat_members SET last_pos = (SELECT last + 1 FROM message_places),
         text_pos = CASE WHEN $5 THEN (SELECT last + 1 FROM message_places) ELSE text_pos END
         WHERE app = $1 AND chat = $2 AND user_name IN ($3, $4)",
        new.app.as_str(),
        new.chat.as_str(),
        members.first().map(|user| user.as_str()),
        members.last().map(|user| user.as_str()),
        is_text
    );
    Ok(usize::try_from(noted.execute(conn).await?.rows_affected()).unwrap_or(usize::MAX))
}

fn columns(body: &MessageBody) -> (&'static str, Cow<'_, str>) {
    match body {
        MessageBody::Text { text } => ("text", text.into()),
        MessageBody::Command { action } => ("command", action.into()),
        MessageBody::File { file } => ("file", to_json(file).into()),
        MessageBody::Event { event } => ("event", to_json(event).into()),
        MessageBody::Deleted => ("deleted", "".into()),
    }
}

/// With what a message is read together: texts, commands, and notes, which are read with the texts and not counted; each apart from
/// those that only their sender sees.
fn lane(kind: &str, only: Option<&UserId>) -> String {
    let lane = match kind {
        "event" | "deleted" => "note",
        "file" => "text",
        other => other,
    };
    only.map_or_else(|| lane.to_owned(), |sender| format!("{lane}:{sender}"))
}

/// How many bytes the messages of a user take up.
pub(crate) async fn room_taken(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u64> {
    let row: Option<(i64,)> =
        sql_as!("SELECT bytes FROM message_room WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map_or(0, |(bytes,)| unsigned(bytes)))
}

/// The lanes of a conversation that $2 reads; of what only its sender sees, $2's own alone.
macro_rules! lanes {
    () => {
        "SELECT 'text' AS lane UNION ALL SELECT 'command' UNION ALL SELECT 'note'
         UNION ALL SELECT 'text:' || $2 UNION ALL SELECT 'command:' || $2 UNION ALL SELECT 'note:' || $2"
    };
}

/// The place of the latest message that a user can see; 0: there is none.
pub(crate) async fn latest(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u64> {
    let (latest,): (Option<i64>,) = sql_as!(
        concat!(
            "SELECT MAX(pos) FROM (
                SELECT MAX(last_pos) AS pos FROM chat_members WHERE app = $1 AND user_name = $2
                UNION ALL
                SELECT (SELECT m.pos FROM messages m WHERE m.app = g.app AND m.chat = g.chat AND m.lane = k.lane
                    ORDER BY m.pos DESC LIMIT 1)
                FROM chat_members g CROSS JOIN (",
            lanes!(),
            ") k WHERE g.app = $1 AND g.user_name = $2 AND g.last_pos IS NULL) places"
        ),
        app.as_str(),
        user.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(latest.map_or(0, unsigned))
}

/// Texts of one conversation before a place, and the notes between them, newest first.
pub(crate) async fn history_before(
    conn: &mut Conn,
    app: &AppId,
    chat: &ChatKey,
    me: &UserId,
    page: Page,
) -> Result<Vec<Message>> {
    let rows: Vec<Row> = sql_as!(
        messages_where!(
            "m.pos IN (
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text' AND pos < $4
                UNION ALL
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'note' AND pos < $4
                UNION ALL
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text:' || $3 AND pos < $4
                UNION ALL
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'note:' || $3 AND pos < $4
                ORDER BY pos DESC LIMIT $5)
             ORDER BY m.pos DESC"
        ),
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

/// The latest text of a conversation that a user can see.
pub(crate) async fn latest_text(conn: &mut Conn, app: &AppId, chat: &ChatKey, me: &UserId) -> Result<Option<Message>> {
    let row: Option<Row> = sql_as!(
        messages_where!(
            "m.pos IN (
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text'
                UNION ALL
                SELECT pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text:' || $3
                ORDER BY pos DESC LIMIT 1)"
        ),
        app.as_str(),
        chat.as_str(),
        me.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| message(row, me)).transpose()
}

/// One message of a conversation, if a user can see it.
pub(crate) async fn find(
    conn: &mut Conn,
    app: &AppId,
    chat: &ChatKey,
    me: &UserId,
    pos: u64,
) -> Result<Option<Message>> {
    let row: Option<Row> = sql_as!(
        messages_where!("m.pos = $4 AND m.app = $1 AND m.chat = $2 AND (NOT m.sender_only OR m.sender = $3)"),
        app.as_str(),
        chat.as_str(),
        me.as_str(),
        signed(pos)
    )
    .fetch_optional(conn)
    .await?;
    row.map(|row| message(row, me)).transpose()
}

/// Whether nobody but its sender sees a message.
pub(crate) async fn is_for_sender_only(conn: &mut Conn, pos: u64) -> Result<bool> {
    let row: Option<(bool,)> =
        sql_as!("SELECT sender_only FROM messages WHERE pos = $1", signed(pos)).fetch_optional(conn).await?;
    Ok(row.is_some_and(|(is_hidden,)| is_hidden))
}

/// A message of `from` says something else from now on, or nothing any more; what programs had put beside a deleted one goes with it.
/// `only_for_sender`: nobody else is to see it from now on.
pub(crate) async fn change(
    conn: &mut Conn,
    pos: u64,
    from: &UserId,
    body: &MessageBody,
    only_for_sender: bool,
    edited_at_ms: Option<u64>,
) -> Result<()> {
    let (kind, text) = columns(body);
    sql!(
        "UPDATE messages SET kind = $2, body = $3, edited_at_ms = $4, lane = $5, sender_only = sender_only OR $6,
         ext = CASE WHEN $2 = 'deleted' THEN '{}' ELSE ext END,
         reply_to = CASE WHEN $2 = 'deleted' THEN NULL ELSE reply_to END WHERE pos = $1",
        signed(pos),
        kind,
        &*text,
        edited_at_ms.map(signed),
        lane(kind, only_for_sender.then_some(from)),
        only_for_sender
    )
    .execute(conn)
    .await?;
    Ok(())
}

impl Store {
    /// Messages of all of a user's conversations after a place, oldest first.
    pub(crate) async fn messages_after(&self, app: &AppId, me: &UserId, page: Page) -> Result<Vec<Message>> {
        // A page has messages of no more lanes than it has places, namely of those that go on first.
        let rows: Vec<Row> = sql_as!(
            concat!(
                "WITH chats_of_mine (chat) AS (
                    SELECT chat FROM chat_members WHERE app = $1 AND user_name = $2 AND last_pos > $3
                    UNION ALL
                    SELECT chat FROM chat_members WHERE app = $1 AND user_name = $2 AND last_pos IS NULL),
                 beginnings (chat, lane, first_pos) AS (
                    SELECT mine.chat, k.lane, (SELECT n.pos FROM messages n
                        WHERE n.app = $1 AND n.chat = mine.chat AND n.lane = k.lane AND n.pos > $3 ORDER BY n.pos LIMIT 1)
                    FROM chats_of_mine mine CROSS JOIN (",
                lanes!(),
                ") k),
                 nearest (chat, lane) AS (
                    SELECT chat, lane FROM beginnings WHERE first_pos IS NOT NULL ORDER BY first_pos LIMIT $4)
 ",
                messages_where!(
                "m.pos IN (
                    SELECT n.pos FROM nearest CROSS JOIN messages n
                    WHERE n.pos IN (SELECT o.pos FROM messages o WHERE o.app = $1 AND o.chat = nearest.chat
                        AND o.lane = nearest.lane AND o.pos > $3 ORDER BY o.pos LIMIT $4)
                    ORDER BY n.pos LIMIT $4)
                 ORDER BY m.pos"
                )
            ),
            app.as_str(),
            me.as_str(),
            signed(page.from),
            page.limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(|row| message(row, me)).collect()
    }

    /// Forgets messages from before a time, and groups without members, a part of them if they are many; says whether
    /// there may be more.
    pub(crate) async fn prune_messages(&self, before_ms: u64) -> Result<bool> {
        let old = sql!(
            "DELETE FROM messages WHERE pos IN (SELECT pos FROM
                (SELECT pos, at_ms FROM messages ORDER BY pos LIMIT $2) oldest WHERE at_ms < $1)",
            signed(before_ms),
            PRUNED_AT_ONCE
        );
        let left = sql!(
            "DELETE FROM messages WHERE pos IN (SELECT m.pos FROM chats c JOIN messages m ON m.app = c.app AND m.chat = c.id
                WHERE c.is_left AND NOT EXISTS (SELECT 1 FROM chat_members n WHERE n.app = c.app AND n.chat = c.id) LIMIT $1)",
            PRUNED_AT_ONCE
        );
        let empty = sql!(
            "DELETE FROM chats WHERE is_left
             AND NOT EXISTS (SELECT 1 FROM chat_members n WHERE n.app = chats.app AND n.chat = chats.id)
             AND NOT EXISTS (SELECT 1 FROM messages m WHERE m.app = chats.app AND m.chat = chats.id)"
        );
        self.prune_by([old, left, empty]).await
    }
}

fn message(row: Row, me: &UserId) -> Result<Message> {
    let body = row.body;
    Ok(Message {
        id: parse(&row.id, "message")?,
        pos: unsigned(row.pos),
        chat: ChatKey::read(row.chat).seen_by(me)?,
        from: parse(&row.sender, "user")?,
        from_name: row.from_name,
        body: match row.kind.as_str() {
            "text" => MessageBody::Text { text: body },
            "command" => MessageBody::Command { action: body },
            "file" => MessageBody::File { file: from_json(&body, "file")? },
            "event" => MessageBody::Event { event: from_json(&body, "event")? },
            "deleted" => MessageBody::Deleted,
            _ => return Err(StoreError::Corrupt { what: "kind of message" }),
        },
        ext: from_json(&row.ext, "ext")?,
        call: row.call.map(|call| parse(&call, "call")).transpose()?,
        at_ms: unsigned(row.at_ms),
        reply_to: row.quoted.map(quote).transpose()?,
        edited_at_ms: row.edited_at_ms.map(unsigned),
    })
}

fn quote(quoted: Quoted) -> Result<Quote> {
    let text = match quoted.kind.as_str() {
        "file" => from_json::<Attachment>(&quoted.body, "file")?.name,
        _ => quoted.body,
    };
    Ok(Quote {
        pos: unsigned(quoted.pos),
        from: parse(&quoted.sender, "user")?,
        from_name: quoted.from_name,
        text: text.chars().take(QUOTED_CHARS).collect(),
    })
}
