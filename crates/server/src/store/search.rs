//! Looking for people and chat rooms by their names: along an index of keys ([`super::search_key`]), no further than the answer
//! goes.

use carillon_protocol::{AppId, GroupId, GroupInfo, UserId};

use super::{
    Conn, Result, Store,
    groups::{self, group_info},
    people::{Seen, SeenRow, seen},
    search_key::{KeyRange, MOST_KEYS, keys, user_keys},
    sql::{sql, sql_as},
};

/// Keys of one user: those of the display name, and those of the account's.
const MOST_KEYS_OF_A_USER: u32 = 2 * MOST_KEYS;

/// By what a user is found from now on.
pub(super) async fn set_user_keys(conn: &mut Conn, app: &AppId, user: &UserId, display_name: &str) -> Result<()> {
    sql!("DELETE FROM user_keys WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
        .execute(&mut *conn)
        .await?;
    for key in user_keys(user.as_str(), display_name) {
        sql!("INSERT INTO user_keys (app, user_name, key) VALUES ($1, $2, $3)", app.as_str(), user.as_str(), key)
            .execute(&mut *conn)
            .await?;
    }
    Ok(())
}

/// By what a chat room is found from now on; groups cannot be searched for.
pub(super) async fn set_room_keys(conn: &mut Conn, app: &AppId, group: &GroupId, name: &str) -> Result<()> {
    sql!("DELETE FROM room_keys WHERE app = $1 AND chat = $2", app.as_str(), group.as_str())
        .execute(&mut *conn)
        .await?;
    for key in keys(name) {
        sql!(
            "INSERT INTO room_keys (app, chat, key) SELECT c.app, c.id, $3 FROM chats c
             WHERE c.app = $1 AND c.id = $2 AND c.kind = 'room'",
            app.as_str(),
            group.as_str(),
            key
        )
        .execute(&mut *conn)
        .await?;
    }
    Ok(())
}

impl Store {
    /// All users but `me` who are found by `query`, by name.
    pub(crate) async fn search(&self, app: &AppId, me: &UserId, query: &str, limit: u32) -> Result<Vec<Seen>> {
        let Some(range) = KeyRange::of(query) else { return Ok(Vec::new()) };
        // However many of one user's keys are found: so many keys are those of as many users as are wanted.
        let rows: Vec<SeenRow> = sql_as!(
            super::people::seen_from!(
                "(SELECT user_name, MIN(key) AS best FROM
                    (SELECT user_name, key FROM user_keys WHERE app = $1 AND key >= $3 AND key < $4 AND user_name <> $2
                     ORDER BY key LIMIT $5) matches
                    GROUP BY user_name ORDER BY best, user_name LIMIT $6) found
                 CROSS JOIN users u ON u.app = $1 AND u.name = found.user_name ORDER BY u.search_name, u.name"
            ),
            app.as_str(),
            me.as_str(),
            range.from,
            range.below,
            limit.saturating_mul(MOST_KEYS_OF_A_USER),
            limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(seen).collect()
    }

    /// Chat rooms that are found by `query`, by name.
    pub(crate) async fn search_rooms(
        &self,
        app: &AppId,
        me: &UserId,
        query: &str,
        limit: u32,
    ) -> Result<Vec<GroupInfo>> {
        let Some(range) = KeyRange::of(query) else { return Ok(Vec::new()) };
        let rows: Vec<groups::Row> = sql_as!(
            "SELECT c.id, c.kind, c.name, c.avatar,
                (SELECT COUNT(*) FROM chat_members m WHERE m.app = c.app AND m.chat = c.id)
                + (SELECT COUNT(*) FROM group_invitations i WHERE i.app = c.app AND i.chat = c.id),
                (SELECT m.rank FROM chat_members m WHERE m.app = c.app AND m.chat = c.id AND m.user_name = $2)
             FROM (SELECT chat, MIN(key) AS best FROM
                    (SELECT r.chat, r.key FROM room_keys r
                     WHERE r.app = $1 AND r.key >= $3 AND r.key < $4
                     AND EXISTS (SELECT 1 FROM chat_members m WHERE m.app = r.app AND m.chat = r.chat)
                     ORDER BY r.key LIMIT $5) matches
                    GROUP BY chat ORDER BY best, chat LIMIT $6) found
             CROSS JOIN chats c ON c.app = $1 AND c.id = found.chat ORDER BY c.search_name, c.id",
            app.as_str(),
            me.as_str(),
            range.from,
            range.below,
            limit.saturating_mul(MOST_KEYS),
            limit
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(group_info).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{
        super::{
            connections::open_to_write,
            migrations::{STEPS, migrate},
        },
        *,
    };

    /// As step 14 left them: names in lower case, and no keys.
    const NAMES_OF_STEP_14: &str = "
        INSERT INTO users (app, name, display_name, search_name, password_hash, created_at_ms) VALUES
            ('carillon', 'ofis', 'İstanbul Ofis', 'i̇stanbul ofis', '', 0), ('carillon', 'me', 'Me', 'me', '', 0);
        INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms) VALUES
            ('carillon', 'cafe', 'room', 'Café', 'café', 0, 0), ('carillon', 'crew', 'group', 'Café crew', 'café crew', 0, 0);
        INSERT INTO chat_members (app, chat, user_name, rank, since_ms, read_up_to) VALUES
            ('carillon', 'cafe', 'ofis', 2, 0, 0), ('carillon', 'crew', 'ofis', 2, 0, 0);";

    #[tokio::test]
    async fn names_from_before_there_were_keys_are_found_after_an_upgrade() {
        let file = std::env::temp_dir().join(format!("carillon-search-{}.db", uuid::Uuid::new_v4()));
        let mut conn = open_to_write(&file).unwrap();
        let before = STEPS.iter().take_while(|step| step.version <= 14).count();
        migrate(&mut conn, &STEPS[..before]).unwrap();
        conn.execute_batch(NAMES_OF_STEP_14).unwrap();
        drop(conn);

        let store = Store::open(&file, &crate::runtime::tasks::Tasks::default()).await.unwrap();

        let (app, me): (AppId, UserId) = ("carillon".parse().unwrap(), "me".parse().unwrap());
        for query in ["istanbul", "OFIS", "ofi"] {
            let found = store.search(&app, &me, query, 9).await.unwrap();
            assert_eq!(found.iter().map(|seen| seen.user.as_str()).collect::<Vec<_>>(), ["ofis"], "{query}");
        }
        let rooms = store.search_rooms(&app, &me, "cafe", 9).await.unwrap();
        assert_eq!(rooms.iter().map(|room| (room.group.as_str(), room.members)).collect::<Vec<_>>(), [("cafe", 1)]);
        store.close().await;
        std::fs::remove_file(&file).ok();
    }
}
