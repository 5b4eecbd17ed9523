//! Conversations: who is in them, and how far each of them has read.

use carillon_protocol::{AppId, AvatarId, Chat, Receipts, UserId};

use super::{
    Conn, Result, StoreError, parse, signed,
    sql::{sql, sql_as},
    unsigned,
};

/// Unread texts are counted up to here: more are shown as so many.
pub(crate) const MOST_UNREAD: u32 = 1000;

/// Stands between the two names of a conversation of two; no name of a user or a group has it.
const BETWEEN: char = ':';

/// A conversation as the tables name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct ChatKey(String);

impl ChatKey {
    /// The key of what `me` calls `chat`.
    pub(crate) fn of(me: &UserId, chat: &Chat) -> Self {
        match chat {
            Chat::User { user } => {
                let (first, second) = if me < user { (me, user) } else { (user, me) };
                Self(format!("{first}{BETWEEN}{second}"))
            }
            Chat::Group { group } => Self(group.to_string()),
        }
    }

    pub(super) fn read(text: String) -> Self {
        Self(text)
    }

    pub(super) fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether it is of two; else it is a group's.
    pub(super) fn is_pair(&self) -> bool {
        self.0.contains(BETWEEN)
    }

    /// What `me` calls this conversation.
    pub(crate) fn seen_by(&self, me: &UserId) -> Result<Chat> {
        match self.0.split_once(BETWEEN) {
            None => Ok(Chat::Group { group: parse(&self.0, "group")? }),
            Some((first, second)) if first == me.as_str() => Ok(Chat::User { user: parse(second, "user")? }),
            Some((first, second)) if second == me.as_str() => Ok(Chat::User { user: parse(first, "user")? }),
            Some(_) => Err(StoreError::Corrupt { what: "conversation" }),
        }
    }
}

/// How a user is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(super) rank: i64,
    pub(crate) read_up_to: u64,
}

/// A conversation in a user's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: ChatKey,
    /// Empty for a conversation of two.
    pub(crate) name: String,
    pub(crate) avatar: Option<AvatarId>,
    pub(crate) read_up_to: u64,
    pub(crate) receipts: Receipts,
    pub(crate) is_muted: bool,
}

/// How a user is in a conversation, if at all.
pub(crate) async fn membership(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
) -> Result<Option<Membership>> {
    let row: Option<(i64, i64)> = sql_as!(
        "SELECT rank, read_up_to FROM chat_members WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        key.as_str(),
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(rank, read_up_to)| Membership { rank, read_up_to: unsigned(read_up_to) }))
}

/// Makes the conversation of two if it is not there, and puts `members` into it who are not in it.
pub(super) async fn make_pair(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    members: &[&UserId],
    now_ms: u64,
) -> Result<()> {
    let made = sql!(
        "INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
         SELECT $1, $2, 'pair', '', '', last, $3 FROM message_places WHERE TRUE ON CONFLICT (app, id) DO NOTHING",
        app.as_str(),
        key.as_str(),
        signed(now_ms)
    );
    made.execute(&mut *conn).await?;
    for user in members {
        add_member(conn, app, key, user, 0, now_ms).await?;
    }
    Ok(())
}

/// Puts a user into a conversation, unless they are in it. What was said before does not count as unread.
pub(super) async fn add_member(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
    rank: i64,
    now_ms: u64,
) -> Result<()> {
    let added = sql!(
        "INSERT INTO chat_members (app, chat, user_name, rank, since_ms, read_up_to, text_pos, last_pos)
         SELECT $1, $2, $3, $4, $5, last, CASE WHEN $6 THEN last END, CASE WHEN $6 THEN 0 END FROM message_places WHERE TRUE
         ON CONFLICT (app, chat, user_name) DO NOTHING",
        app.as_str(),
        key.as_str(),
        user.as_str(),
        rank,
        signed(now_ms),
        key.is_pair()
    );
    added.execute(conn).await?;
    Ok(())
}

/// Notes that a user has read up to a place, but not beyond what is there; gives the new mark if it is one.
pub(crate) async fn mark_read(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
    up_to: u64,
) -> Result<Option<u64>> {
    let row: Option<(i64,)> = sql_as!(
        "UPDATE chat_members SET read_up_to = wanted.pos
         FROM (SELECT MAX(pos) AS pos FROM (
            SELECT MAX(pos) AS pos FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text' AND pos <= $4
            UNION ALL
            SELECT MAX(pos) FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text:' || $3 AND pos <= $4) lanes) wanted
         WHERE app = $1 AND chat = $2 AND user_name = $3 AND read_up_to < wanted.pos RETURNING read_up_to",
        app.as_str(),
        key.as_str(),
        user.as_str(),
        signed(up_to)
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(read_up_to,)| unsigned(read_up_to)))
}

/// Whether a user wants no notifications of a conversation; says whether they are in it.
pub(crate) async fn set_muted(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
    is_muted: bool,
) -> Result<bool> {
    let set = sql!(
        "UPDATE chat_members SET is_muted = $4 WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        key.as_str(),
        user.as_str(),
        is_muted
    );
    Ok(set.execute(conn).await?.rows_affected() > 0)
}

/// How many texts of others a user has not read, invitations to calls aside, which the call log counts; at most [`MOST_UNREAD`].
/// Counted sender by sender, so that the user's own texts cost nothing, however many they are.
pub(crate) async fn unread(conn: &mut Conn, app: &AppId, key: &ChatKey, user: &UserId, read_up_to: u64) -> Result<u32> {
    let (count,): (i64,) = sql_as!(
        "WITH RECURSIVE senders (name) AS (
            SELECT MIN(sender) FROM messages WHERE app = $1 AND chat = $2 AND lane = 'text' AND call IS NULL
            UNION ALL
            SELECT (SELECT MIN(n.sender) FROM messages n WHERE n.app = $1 AND n.chat = $2 AND n.lane = 'text'
                AND n.call IS NULL AND n.sender > senders.name) FROM senders WHERE senders.name IS NOT NULL)
         SELECT COUNT(*) FROM (SELECT 1 FROM senders CROSS JOIN messages m WHERE m.app = $1 AND m.chat = $2
            AND m.sender = senders.name AND m.lane = 'text' AND m.call IS NULL AND m.pos > $4 AND senders.name <> $3
            LIMIT $5) unread",
        app.as_str(),
        key.as_str(),
        user.as_str(),
        signed(read_up_to),
        MOST_UNREAD
    )
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(count).unwrap_or(MOST_UNREAD))
}

/// A user's conversations, the latest first: those that follow `after`, or from the first one; `None` if that is none of theirs.
pub(crate) async fn conversations(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    after: Option<&ChatKey>,
    limit: u32,
) -> Result<Option<Vec<Listed>>> {
    let Some((pos, id)) = place_in_list(conn, app, user, after).await? else { return Ok(None) };
    let rows: Vec<ListedRow> = sql_as!(
        "SELECT c.id, c.name, c.avatar, listed.read_up_to, listed.delivered_up_to, listed.seen_up_to, listed.is_muted FROM (
            SELECT * FROM (SELECT chat, text_pos AS pos, read_up_to, delivered_up_to, seen_up_to, is_muted FROM chat_members
                WHERE app = $1 AND user_name = $2 AND text_pos <= $3 AND (text_pos < $3 OR chat > $4)
                ORDER BY text_pos DESC, chat LIMIT $5) pairs
            UNION ALL
            SELECT m.chat, g.sort_pos, m.read_up_to, 0, 0, m.is_muted FROM chat_members m JOIN chats g ON g.app = m.app AND g.id = m.chat
            WHERE m.app = $1 AND m.user_name = $2 AND m.text_pos IS NULL
            AND (g.sort_pos < $3 OR (g.sort_pos = $3 AND g.id > $4))) listed
         JOIN chats c ON c.app = $1 AND c.id = listed.chat ORDER BY listed.pos DESC, listed.chat LIMIT $5",
        app.as_str(),
        user.as_str(),
        pos,
        id,
        limit
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(listed).collect::<Result<_>>().map(Some)
}

/// Where a list goes on after a conversation; `None` if it is none of this user's.
async fn place_in_list(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    after: Option<&ChatKey>,
) -> Result<Option<(i64, String)>> {
    let Some(key) = after else { return Ok(Some((i64::MAX, String::new()))) };
    let place: Option<(i64,)> = sql_as!(
        "SELECT COALESCE(m.text_pos, c.sort_pos) FROM chat_members m JOIN chats c ON c.app = m.app AND c.id = m.chat
         WHERE m.app = $1 AND m.chat = $2 AND m.user_name = $3",
        app.as_str(),
        key.as_str(),
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(place.map(|(pos,)| (pos, key.as_str().to_owned())))
}

type ListedRow = (String, String, Option<String>, i64, i64, i64, bool);

fn listed((id, name, avatar, read_up_to, delivered, seen, is_muted): ListedRow) -> Result<Listed> {
    let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
    let receipts = Receipts { delivered_up_to: unsigned(delivered), read_up_to: unsigned(seen) };
    Ok(Listed { key: ChatKey(id), name, avatar, read_up_to: unsigned(read_up_to), receipts, is_muted })
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            Store,
            connections::open_to_write,
            messages,
            messages::Page,
            migrations::{STEPS, migrate},
        },
        *,
    };

    /// Step 11 is the last before conversations had places with their members. Ada has blocked Ben's calls; the fifth is one.
    const CHATS_OF_STEP_11: &str = "
        INSERT INTO users (app, name, display_name, search_name, password_hash, created_at_ms) VALUES
            ('carillon', 'ada', 'Ada', 'ada', '', 0), ('carillon', 'ben', 'Ben', 'ben', '', 0);
        INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms) VALUES
            ('carillon', 'ada:ben', 'pair', '', '', 3, 0), ('carillon', 'crew', 'group', 'Crew', 'crew', 6, 0);
        INSERT INTO chat_members (app, chat, user_name, rank, since_ms, read_up_to) VALUES
            ('carillon', 'ada:ben', 'ada', 0, 0, 0), ('carillon', 'ada:ben', 'ben', 0, 0, 0),
            ('carillon', 'crew', 'ada', 2, 0, 0), ('carillon', 'crew', 'ben', 0, 0, 0);
        UPDATE message_places SET last = 6;
        INSERT INTO messages (pos, id, app, chat, sender, sender_only, kind, body, ext, call, at_ms) VALUES
            (1, '018f3e7a-0000-7000-8000-000000000001', 'carillon', 'ada:ben', 'ben', 0, 'text', 'one', '{}', NULL, 1),
            (2, '018f3e7a-0000-7000-8000-000000000002', 'carillon', 'ada:ben', 'ada', 0, 'text', 'two', '{}', NULL, 2),
            (3, '018f3e7a-0000-7000-8000-000000000003', 'carillon', 'ada:ben', 'ben', 0, 'text', 'three', '{}', NULL, 3),
            (4, '018f3e7a-0000-7000-8000-000000000004', 'carillon', 'ada:ben', 'ada', 0, 'command', 'four', '{}', NULL, 4),
            (5, '018f3e7a-0000-7000-8000-000000000005', 'carillon', 'ada:ben', 'ben', 1, 'text', 'five', '{}',
                '018f3e7a-0000-7000-8000-00000000000c', 5),
            (6, '018f3e7a-0000-7000-8000-000000000006', 'carillon', 'crew', 'ada', 0, 'text', 'six', '{}', NULL, 6);";

    #[tokio::test]
    async fn the_conversations_of_an_older_server_are_listed_read_and_counted_after_an_upgrade() {
        let file = std::env::temp_dir().join(format!("carillon-chats-{}.db", uuid::Uuid::new_v4()));
        let mut conn = open_to_write(&file).unwrap();
        let before = STEPS.iter().take_while(|step| step.version <= 11).count();
        migrate(&mut conn, &STEPS[..before]).unwrap();
        conn.execute_batch(CHATS_OF_STEP_11).unwrap();
        drop(conn);

        let store = Store::open(&file, &crate::runtime::tasks::Tasks::default()).await.unwrap();

        let (app, ada, ben): (AppId, UserId, UserId) =
            ("carillon".parse().unwrap(), "ada".parse().unwrap(), "ben".parse().unwrap());
        let (pair, page) = (ChatKey("ada:ben".into()), Page { from: u64::MAX, limit: 9 });
        let after = async |me| store.messages_after(&app, me, Page { from: 1, limit: 9 }).await.unwrap();
        let places =
            |found: Vec<carillon_protocol::Message>| found.iter().map(|message| message.pos).collect::<Vec<_>>();
        assert_eq!(places(after(&ada).await), [2, 3, 4, 6]);
        assert_eq!(places(after(&ben).await), [2, 3, 4, 5, 6]);
        let mut tx = crate::runtime::tasks::undisturbed(store.write()).await.unwrap();
        let listed = conversations(&mut tx, &app, &ada, None, 9).await.unwrap().unwrap();
        assert_eq!(listed.iter().map(|one| one.key.as_str()).collect::<Vec<_>>(), ["crew", "ada:ben"]);
        let rest = conversations(&mut tx, &app, &ada, Some(&listed[0].key), 9).await.unwrap().unwrap();
        assert_eq!(rest, listed[1..]);
        assert_eq!(unread(&mut tx, &app, &pair, &ada, 0).await.unwrap(), 2);
        assert_eq!(unread(&mut tx, &app, &pair, &ben, 0).await.unwrap(), 1);
        assert_eq!(places(messages::history_before(&mut tx, &app, &pair, &ada, page).await.unwrap()), [3, 2, 1]);
        assert_eq!(places(messages::history_before(&mut tx, &app, &pair, &ben, page).await.unwrap()), [5, 3, 2, 1]);
        assert_eq!(mark_read(&mut tx, &app, &pair, &ada, 9).await.unwrap(), Some(3));
        assert_eq!(messages::latest(&mut tx, &app, &ben).await.unwrap(), 6);
        tx.rollback();
        store.close().await;
        std::fs::remove_file(&file).ok();
    }

    #[test]
    fn a_conversation_of_two_has_one_key_and_each_calls_it_by_the_other() {
        let (ada, ben) = (UserId::new("ada").unwrap(), UserId::new("ben").unwrap());
        let (bens, adas) = (Chat::User { user: ada.clone() }, Chat::User { user: ben.clone() });

        let key = ChatKey::of(&ada, &adas);

        assert_eq!(key, ChatKey::of(&ben, &bens));
        assert_eq!((key.seen_by(&ada).unwrap(), key.seen_by(&ben).unwrap()), (adas, bens));
        assert!(key.seen_by(&UserId::new("carl").unwrap()).is_err());
    }
}
