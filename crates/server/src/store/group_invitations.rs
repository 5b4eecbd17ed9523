//! Who is asked into a group and is not in it yet. An invitation by a user whom the invited one has blocked is there for the
//! others, and the invited user does not hear of it.

use carillon_protocol::{AppId, GroupId, GroupInfo, Inviter, Member, UserId};

use super::{
    Conn, Result, Store,
    groups::{Row, group_info, rank, role},
    parse, signed,
    sql::{sql, sql_as},
};

/// An invitation that is to be.
pub(crate) struct NewInvitation<'a> {
    pub(crate) app: &'a AppId,
    pub(crate) group: &'a GroupId,
    pub(crate) user: &'a UserId,
    pub(crate) invited_by: &'a UserId,
    /// Whether the others see a member.
    pub(crate) as_member: bool,
    pub(crate) now_ms: u64,
}

/// An invitation as the invited user is concerned.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Invitation {
    rank: i64,
    /// Whether the invited user hears of it.
    pub(crate) is_heard: bool,
}

/// Whether $2 hears of an invitation `i`.
macro_rules! is_heard {
    () => {
        "NOT EXISTS (SELECT 1 FROM blocks b WHERE b.app = i.app AND b.user_name = i.user_name AND b.other = i.invited_by)"
    };
}

/// Asks a user into a group.
pub(crate) async fn add(conn: &mut Conn, new: &NewInvitation<'_>) -> Result<()> {
    let added = sql!(
        "INSERT INTO group_invitations (app, chat, user_name, invited_by, rank, as_member, at_ms) VALUES ($1, $2, $3, $4, 0, $5, $6)
         ON CONFLICT (app, chat, user_name) DO NOTHING",
        new.app.as_str(),
        new.group.as_str(),
        new.user.as_str(),
        new.invited_by.as_str(),
        new.as_member,
        signed(new.now_ms)
    );
    added.execute(conn).await?;
    Ok(())
}

/// The invitation of a user into a group, if there is one.
pub(crate) async fn find(conn: &mut Conn, app: &AppId, group: &GroupId, user: &UserId) -> Result<Option<Invitation>> {
    let row: Option<(i64, bool)> = sql_as!(
        concat!(
            "SELECT i.rank, ",
            is_heard!(),
            " FROM group_invitations i WHERE i.app = $1 AND i.chat = $2 AND i.user_name = $3"
        ),
        app.as_str(),
        group.as_str(),
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(rank, is_heard)| Invitation { rank, is_heard }))
}

impl Invitation {
    /// What they will be in the group.
    pub(crate) const fn role(self) -> carillon_protocol::GroupRole {
        role(self.rank)
    }
}

/// The role that the invited user will have.
pub(crate) async fn set_role(
    conn: &mut Conn,
    app: &AppId,
    group: &GroupId,
    user: &UserId,
    role: carillon_protocol::GroupRole,
) -> Result<()> {
    let set = sql!(
        "UPDATE group_invitations SET rank = $4 WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        group.as_str(),
        user.as_str(),
        rank(role)
    );
    set.execute(conn).await?;
    Ok(())
}

/// Takes an invitation away: it was accepted, declined or withdrawn.
pub(crate) async fn remove(conn: &mut Conn, app: &AppId, group: &GroupId, user: &UserId) -> Result<()> {
    let removed = sql!(
        "DELETE FROM group_invitations WHERE app = $1 AND chat = $2 AND user_name = $3",
        app.as_str(),
        group.as_str(),
        user.as_str()
    );
    removed.execute(conn).await?;
    Ok(())
}

/// All users who are asked into a group, as its members see them.
pub(crate) async fn invited(conn: &mut Conn, app: &AppId, group: &GroupId) -> Result<Vec<Member>> {
    let rows: Vec<(String, String, Option<String>, i64, bool)> = sql_as!(
        "SELECT i.user_name, u.display_name, u.avatar, i.rank, i.as_member
         FROM group_invitations i JOIN users u ON u.app = i.app AND u.name = i.user_name
         WHERE i.app = $1 AND i.chat = $2 ORDER BY u.search_name, i.user_name",
        app.as_str(),
        group.as_str()
    )
    .fetch_all(conn)
    .await?;
    let member = |(user, display_name, avatar, rank, as_member): (String, String, Option<String>, i64, bool)| {
        let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
        Ok(Member { user: parse(&user, "user")?, display_name, avatar, role: role(rank), invited: !as_member })
    };
    rows.into_iter().map(member).collect()
}

/// How many invitations wait for a user: those of one inviter, and all that they hear of.
pub(crate) async fn waiting(conn: &mut Conn, app: &AppId, user: &UserId, invited_by: &UserId) -> Result<(u32, u32)> {
    let (of_one, all): (i64, i64) = sql_as!(
        concat!(
            "SELECT (SELECT COUNT(*) FROM group_invitations WHERE app = $1 AND user_name = $2 AND invited_by = $3),
                    (SELECT COUNT(*) FROM group_invitations i WHERE i.app = $1 AND i.user_name = $2 AND ",
            is_heard!(),
            ")"
        ),
        app.as_str(),
        user.as_str(),
        invited_by.as_str()
    )
    .fetch_one(conn)
    .await?;
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Ok((count(of_one), count(all)))
}

/// Of a group, how many are or will be in it, and who asked.
type AskedIntoRow = (String, String, String, Option<String>, i64, String, String);

impl Store {
    /// The groups that a user is asked into and hears of, by name.
    pub(crate) async fn groups_asked_into(&self, app: &AppId, user: &UserId) -> Result<Vec<GroupInfo>> {
        let rows: Vec<AskedIntoRow> = sql_as!(
            concat!(
                "SELECT c.id, c.kind, c.name, c.avatar,
                 (SELECT COUNT(*) FROM chat_members n WHERE n.app = c.app AND n.chat = c.id)
                 + (SELECT COUNT(*) FROM group_invitations n WHERE n.app = c.app AND n.chat = c.id),
                 i.invited_by, u.display_name
                 FROM group_invitations i JOIN chats c ON c.app = i.app AND c.id = i.chat
                 JOIN users u ON u.app = i.app AND u.name = i.invited_by
                 WHERE i.app = $1 AND i.user_name = $2 AND ",
                is_heard!(),
                " ORDER BY c.search_name, c.id"
            ),
            app.as_str(),
            user.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        let group = |(id, kind, name, avatar, members, by, by_name): (_, _, _, _, _, String, String)| {
            let row: Row = (id, kind, name, avatar, members, None);
            let invited_by = Some(Inviter { user: parse(&by, "user")?, display_name: by_name });
            Ok(GroupInfo { invited_by, ..group_info(row)? })
        };
        rows.into_iter().map(group).collect()
    }
}
