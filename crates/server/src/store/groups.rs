//! Groups and chat rooms: conversations with a name, and with ranks.

use carillon_protocol::{AppId, AvatarId, GroupId, GroupInfo, GroupKind, GroupRole, Member, UserId};

use super::{
    Conn, Result, Store,
    chats::{ChatKey, Membership, add_member},
    from_word, parse,
    search::set_room_keys,
    search_key::fold,
    signed,
    sql::{sql, sql_as},
    to_word,
};

/// A group that is to be.
pub(crate) struct NewGroup<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) group: &'a GroupId,
    pub(crate) kind: GroupKind,
    pub(crate) name: &'a str,
    pub(crate) owner: &'a UserId,
    pub(crate) now_ms: u64,
}

impl Membership {
    /// What a member of a group may do.
    pub(crate) const fn role(self) -> GroupRole {
        role(self.rank)
    }
}

impl ChatKey {
    /// The conversation of a group.
    pub(crate) fn group(group: &GroupId) -> Self {
        Self::read(group.to_string())
    }
}

/// Ranks are numbers, so that they can be compared and ordered in SQL.
pub(crate) const fn rank(role: GroupRole) -> i64 {
    match role {
        GroupRole::Member => 0,
        GroupRole::Admin => 1,
        GroupRole::Owner => 2,
    }
}

pub(super) const fn role(rank: i64) -> GroupRole {
    match rank {
        2 => GroupRole::Owner,
        1 => GroupRole::Admin,
        _ => GroupRole::Member,
    }
}

/// Makes a group with its owner.
pub(crate) async fn create(conn: &mut Conn, new: NewGroup<'_>) -> Result<()> {
    let made = sql!(
        "INSERT INTO chats (app, id, kind, name, search_name, sort_pos, created_at_ms)
         SELECT $1, $2, $3, $4, $5, last, $6 FROM message_places",
        new.app.as_str(),
        new.group.as_str(),
        to_word(&new.kind),
        new.name,
        fold(new.name),
        signed(new.now_ms)
    );
    made.execute(&mut *conn).await?;
    set_room_keys(conn, new.app, new.group, new.name).await?;
    add_member(conn, new.app, &ChatKey::group(new.group), new.owner, rank(GroupRole::Owner), new.now_ms).await
}

/// A group as a user sees it, who may be in it or not.
pub(crate) async fn info(
    conn: &mut Conn,
    app: &AppId,
    group: &GroupId,
    seen_by: Option<&UserId>,
) -> Result<Option<GroupInfo>> {
    let row: Option<Row> = sql_as!(
        "SELECT c.id, c.kind, c.name, c.avatar, COUNT(m.user_name)
         + (SELECT COUNT(*) FROM group_invitations i WHERE i.app = c.app AND i.chat = c.id), MAX(CASE WHEN m.user_name = $3 THEN m.rank END)
         FROM chats c JOIN chat_members m ON m.app = c.app AND m.chat = c.id
         WHERE c.app = $1 AND c.id = $2 AND c.kind <> 'pair' GROUP BY c.id, c.kind, c.name, c.avatar",
        app.as_str(),
        group.as_str(),
        seen_by.map(UserId::as_str)
    )
    .fetch_optional(conn)
    .await?;
    row.map(group_info).transpose()
}

/// All members of a group: the owner, the admins, then the others, each by name.
pub(crate) async fn members(conn: &mut Conn, app: &AppId, group: &GroupId) -> Result<Vec<Member>> {
    let rows: Vec<(String, String, Option<String>, i64)> = sql_as!(
        "SELECT m.user_name, u.display_name, u.avatar, m.rank
         FROM chat_members m JOIN users u ON u.app = m.app AND u.name = m.user_name
         WHERE m.app = $1 AND m.chat = $2 ORDER BY m.rank DESC, u.search_name, m.user_name",
        app.as_str(),
        group.as_str()
    )
    .fetch_all(conn)
    .await?;
    let member = |(user, display_name, avatar, rank): (String, String, Option<String>, i64)| {
        let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
        Ok(Member { user: parse(&user, "user")?, display_name, avatar, role: role(rank), invited: false })
    };
    rows.into_iter().map(member).collect()
}

/// The owner and the admins of a group.
pub(crate) async fn admins(conn: &mut Conn, app: &AppId, group: &GroupId) -> Result<Vec<(UserId, GroupRole)>> {
    let rows: Vec<(String, i64)> = sql_as!(
        "SELECT user_name, rank FROM chat_members WHERE app = $1 AND chat = $2 AND rank > 0",
        app.as_str(),
        group.as_str()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(user, rank)| Ok((parse(&user, "user")?, role(rank)))).collect()
}

/// How many groups and chat rooms a user is in.
pub(crate) async fn count_of(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u32> {
    let (count,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM chat_members m JOIN chats c ON c.app = m.app AND c.id = m.chat
         WHERE m.app = $1 AND m.user_name = $2 AND m.text_pos IS NULL AND c.kind <> 'pair'",
        app.as_str(),
        user.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Puts a user into a group.
pub(crate) async fn add(
    conn: &mut Conn,
    app: &AppId,
    group: &GroupId,
    user: &UserId,
    role: GroupRole,
    now_ms: u64,
) -> Result<()> {
    add_member(conn, app, &ChatKey::group(group), user, rank(role), now_ms).await
}

/// Takes a user out of a group.
pub(crate) async fn remove(conn: &mut Conn, app: &AppId, group: &GroupId, user: &UserId) -> Result<()> {
    let removed = sql!(
        "DELETE FROM chat_members WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        group.as_str(),
        user.as_str()
    );
    removed.execute(conn).await?;
    Ok(())
}

/// Gives a member another role.
pub(crate) async fn set_role(
    conn: &mut Conn,
    app: &AppId,
    group: &GroupId,
    user: &UserId,
    role: GroupRole,
) -> Result<()> {
    let set = sql!(
        "UPDATE chat_members SET rank = $4 WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        group.as_str(),
        user.as_str(),
        rank(role)
    );
    set.execute(conn).await?;
    Ok(())
}

/// Who owns a group when its owner has gone: the first admin, or else the first member.
pub(crate) async fn heir(conn: &mut Conn, app: &AppId, group: &GroupId) -> Result<Option<UserId>> {
    let row: Option<(String,)> = sql_as!(
        "SELECT user_name FROM chat_members WHERE app = $1 AND chat = $2 ORDER BY rank DESC, since_ms, user_name LIMIT 1",
        app.as_str(),
        group.as_str()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|(user,)| parse(&user, "user")).transpose()
}

/// Calls a group something else.
pub(crate) async fn rename(conn: &mut Conn, app: &AppId, group: &GroupId, name: &str) -> Result<()> {
    let renamed = sql!(
        "UPDATE chats SET name = $3, search_name = $4 WHERE app = $1 AND id = $2",
        app.as_str(),
        group.as_str(),
        name,
        fold(name)
    );
    renamed.execute(&mut *conn).await?;
    set_room_keys(conn, app, group, name).await
}

/// Gives a group another picture, or none.
pub(crate) async fn set_avatar(conn: &mut Conn, app: &AppId, group: &GroupId, avatar: Option<&AvatarId>) -> Result<()> {
    let set = sql!(
        "UPDATE chats SET avatar = $3 WHERE app = $1 AND id = $2",
        app.as_str(),
        group.as_str(),
        avatar.map(AvatarId::as_str)
    );
    set.execute(conn).await?;
    Ok(())
}

impl Store {
    /// All groups and chat rooms, by name, each with its owner.
    pub(crate) async fn all_groups(&self, app: &AppId) -> Result<Vec<(GroupInfo, Option<UserId>)>> {
        type Owned = (String, String, String, Option<String>, i64, Option<String>);
        let rows: Vec<Owned> = sql_as!(
            "SELECT c.id, c.kind, c.name, c.avatar, COUNT(*), MAX(CASE WHEN m.rank = 2 THEN m.user_name END)
             FROM chats c JOIN chat_members m ON m.app = c.app AND m.chat = c.id
             WHERE c.app = $1 AND c.kind <> 'pair' GROUP BY c.id, c.kind, c.name, c.avatar, c.search_name
             ORDER BY c.search_name, c.id",
            app.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        let group = |(id, kind, name, avatar, members, owner): Owned| {
            let owner = owner.map(|user| parse(&user, "user")).transpose()?;
            Ok((group_info((id, kind, name, avatar, members, None))?, owner))
        };
        rows.into_iter().map(group).collect()
    }

    /// The groups and chat rooms that a user is in, by name.
    pub(crate) async fn groups_of(&self, app: &AppId, user: &UserId) -> Result<Vec<GroupInfo>> {
        let rows: Vec<Row> = sql_as!(
            "SELECT c.id, c.kind, c.name, c.avatar,
             (SELECT COUNT(*) FROM chat_members n WHERE n.app = c.app AND n.chat = c.id)
             + (SELECT COUNT(*) FROM group_invitations i WHERE i.app = c.app AND i.chat = c.id), m.rank
             FROM chat_members m JOIN chats c ON c.app = m.app AND c.id = m.chat
             WHERE m.app = $1 AND m.user_name = $2 AND m.text_pos IS NULL AND c.kind <> 'pair' ORDER BY c.search_name, c.id",
            app.as_str(),
            user.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(group_info).collect()
    }
}

pub(super) type Row = (String, String, String, Option<String>, i64, Option<i64>);

pub(super) fn group_info((id, kind, name, avatar, members, rank): Row) -> Result<GroupInfo> {
    Ok(GroupInfo {
        group: parse(&id, "group")?,
        kind: from_word(&kind, "kind of group")?,
        name,
        avatar: avatar.map(|id| parse(&id, "avatar")).transpose()?,
        members: u32::try_from(members).unwrap_or(u32::MAX),
        role: rank.map(role),
        invited_by: None,
    })
}
