//! Conversations: who is in them, and how far each of them has read.

use carillon_protocol::{AppId, AvatarId, Chat, UserId};

use super::{
    Conn, Result, Store, StoreError, parse, signed,
    sql::{sql, sql_as},
    unsigned,
};

/// Unread texts are counted up to here: whoever has so many does not ask how many.
pub(crate) const MOST_UNREAD: u32 = 1000;

/// Stands between the two names of a conversation of two; no name of a user or a group has it.
const BETWEEN: char = ':';

/// A conversation as the tables name it, whoever looks.
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

/// How somebody is in a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Membership {
    pub(super) rank: i64,
    pub(crate) read_up_to: u64,
}

/// A conversation in somebody's list.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Listed {
    pub(crate) key: ChatKey,
    /// Empty for a conversation of two.
    pub(crate) name: String,
    pub(crate) avatar: Option<AvatarId>,
    pub(crate) read_up_to: u64,
}

/// How somebody is in a conversation, if at all.
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

/// Makes sure that the conversation of two is there and `members` are in it.
pub(crate) async fn keep_pair(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    members: &[&UserId],
    now_ms: u64,
) -> Result<()> {
    let (present,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM chat_members WHERE app = $1 AND chat = $2 AND user_name IN ($3, $4)",
        app.as_str(),
        key.as_str(),
        members.first().map(|user| user.as_str()),
        members.last().map(|user| user.as_str())
    )
    .fetch_one(&mut *conn)
    .await?;
    if usize::try_from(present) == Ok(members.len()) {
        return Ok(());
    }
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

/// Puts somebody into a conversation, unless they are in it. What was said before does not count as unread.
pub(super) async fn add_member(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
    rank: i64,
    now_ms: u64,
) -> Result<()> {
    let added = sql!(
        "INSERT INTO chat_members (app, chat, user_name, rank, since_ms, read_up_to)
         SELECT $1, $2, $3, $4, $5, last FROM message_places WHERE TRUE ON CONFLICT (app, chat, user_name) DO NOTHING",
        app.as_str(),
        key.as_str(),
        user.as_str(),
        rank,
        signed(now_ms)
    );
    added.execute(conn).await?;
    Ok(())
}

/// Notes that somebody has read up to a place, but not beyond what is there; gives the new mark if it is one.
pub(crate) async fn mark_read(
    conn: &mut Conn,
    app: &AppId,
    key: &ChatKey,
    user: &UserId,
    up_to: u64,
) -> Result<Option<u64>> {
    let row: Option<(i64,)> = sql_as!(
        "UPDATE chat_members SET read_up_to = wanted.pos
         FROM (SELECT MAX(pos) AS pos FROM messages WHERE app = $1 AND chat = $2 AND kind = 'text' AND pos <= $4) wanted
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

/// How many texts of others somebody has not read, invitations to calls aside, which the call log counts; at most [`MOST_UNREAD`].
pub(crate) async fn unread(conn: &mut Conn, app: &AppId, key: &ChatKey, user: &UserId, read_up_to: u64) -> Result<u32> {
    let (count,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM messages WHERE app = $1 AND chat = $2 AND kind = 'text' AND pos > $4
         AND sender <> $3 AND NOT sender_only AND call IS NULL LIMIT $5) unread",
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

impl Store {
    /// Somebody's conversations, the latest first: those that follow `after`, or from the first one.
    pub(crate) async fn conversations(
        &self,
        app: &AppId,
        user: &UserId,
        after: Option<&ChatKey>,
        limit: u32,
    ) -> Result<Option<Vec<Listed>>> {
        let mut tx = self.read().await?;
        let Some((pos, id)) = place_in_list(&mut tx, app, user, after).await? else { return Ok(None) };
        let rows: Vec<(String, String, Option<String>, i64)> = sql_as!(
            "SELECT c.id, c.name, c.avatar, m.read_up_to
             FROM chat_members m JOIN chats c ON c.app = m.app AND c.id = m.chat
             WHERE m.app = $1 AND m.user_name = $2 AND (c.sort_pos < $3 OR (c.sort_pos = $3 AND c.id > $4))
             ORDER BY c.sort_pos DESC, c.id LIMIT $5",
            app.as_str(),
            user.as_str(),
            pos,
            id,
            limit
        )
        .fetch_all(&mut *tx)
        .await?;
        rows.into_iter().map(listed).collect::<Result<_>>().map(Some)
    }
}

/// Where a list goes on after a conversation; `None` if it is none of this user's.
async fn place_in_list(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    after: Option<&ChatKey>,
) -> Result<Option<(i64, String)>> {
    let Some(key) = after else { return Ok(Some((i64::MAX, String::new()))) };
    if membership(conn, app, key, user).await?.is_none() {
        return Ok(None);
    }
    let (pos,): (i64,) = sql_as!("SELECT sort_pos FROM chats WHERE app = $1 AND id = $2", app.as_str(), key.as_str())
        .fetch_one(conn)
        .await?;
    Ok(Some((pos, key.as_str().to_owned())))
}

fn listed((id, name, avatar, read_up_to): (String, String, Option<String>, i64)) -> Result<Listed> {
    let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
    Ok(Listed { key: ChatKey(id), name, avatar, read_up_to: unsigned(read_up_to) })
}

#[cfg(test)]
mod tests {
    use super::*;

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
