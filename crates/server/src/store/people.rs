//! People as others see them: names and pictures, contacts, blocks, and who may see whose presence.

use carillon_protocol::{AppId, AvatarId, ContactState, Person, Presence, Uid, UserId};

use super::{
    Conn, Result, Store, parse, signed,
    sql::{sql, sql_as},
};

/// A user as another sees them, but for their presence.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Seen {
    pub(crate) user: UserId,
    display_name: String,
    avatar: Option<AvatarId>,
    pub(crate) contact: ContactState,
    pub(crate) blocked: bool,
}

impl Seen {
    /// With what is known of their presence.
    pub(crate) fn with(self, presence: Presence) -> Person {
        let Self { user, display_name, avatar, contact, blocked } = self;
        Person { user, display_name, avatar, presence, contact, blocked }
    }
}

/// What one user sees of whether another can be reached.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Visibility {
    /// Nothing, and knows it.
    #[default]
    Hidden,
    /// A user who is never there: they have blocked this one, who is not told so.
    AlwaysOffline,
    /// What is so.
    Full,
}

impl Visibility {
    /// The presence as it is seen.
    pub(crate) const fn view(self, presence: Presence) -> Presence {
        match self {
            Self::Hidden => Presence::Hidden,
            Self::AlwaysOffline => Presence::Offline,
            Self::Full => presence,
        }
    }
}

/// People ($2 is who sees them), to go on with where they come from: `users` is called `u` there.
macro_rules! seen_from {
    ($from:literal) => {
        concat!(
            "SELECT u.name, u.display_name, u.avatar,
             EXISTS (SELECT 1 FROM contacts c WHERE c.app = u.app AND c.user_name = $2 AND c.other = u.name),
             EXISTS (SELECT 1 FROM contacts c WHERE c.app = u.app AND c.user_name = u.name AND c.other = $2),
             EXISTS (SELECT 1 FROM blocks b WHERE b.app = u.app AND b.user_name = $2 AND b.other = u.name)
             FROM ",
            $from
        )
    };
}
pub(super) use seen_from;

/// The names of $2's contacts: both have asked.
macro_rules! contacts {
    () => {
        "SELECT b.user_name FROM contacts a
         CROSS JOIN contacts b ON b.app = a.app AND b.user_name = a.other AND b.other = a.user_name
         WHERE a.app = $1 AND a.user_name = $2"
    };
}

pub(super) type SeenRow = (String, String, Option<String>, bool, bool, bool);

pub(super) fn seen((user, display_name, avatar, asked, was_asked, blocked): SeenRow) -> Result<Seen> {
    let contact = match (asked, was_asked) {
        (true, true) => ContactState::Contact,
        (true, false) => ContactState::Requested,
        (false, true) => ContactState::Asked,
        (false, false) => ContactState::None,
    };
    let avatar = avatar.map(|id| parse(&id, "avatar")).transpose()?;
    Ok(Seen { user: parse(&user, "user")?, display_name, avatar, contact, blocked })
}

/// A user as `viewer` sees them; `None` if there is no such user.
pub(crate) async fn person(conn: &mut Conn, app: &AppId, viewer: &UserId, user: &UserId) -> Result<Option<Seen>> {
    let row: Option<SeenRow> =
        sql_as!(seen_from!("users u WHERE u.app = $1 AND u.name = $3"), app.as_str(), viewer.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    row.map(seen).transpose()
}

/// Whether a user may see another's presence: contacts may, and members of a common group. Not of a chat room, which
/// any user may enter.
pub(crate) async fn may_see_presence(conn: &mut Conn, app: &AppId, viewer: &UserId, user: &UserId) -> Result<bool> {
    let row: Option<(i64,)> = sql_as!(
        "SELECT 1 WHERE EXISTS (SELECT 1 FROM contacts a
            JOIN contacts b ON b.app = a.app AND b.user_name = a.other AND b.other = a.user_name
            WHERE a.app = $1 AND a.user_name = $2 AND a.other = $3)
         OR EXISTS (SELECT 1 FROM chat_members m JOIN chats g ON g.app = m.app AND g.id = m.chat AND g.kind = 'group'
            JOIN chat_members o ON o.app = m.app AND o.chat = m.chat
            WHERE m.app = $1 AND m.user_name = $2 AND m.text_pos IS NULL AND o.user_name = $3)",
        app.as_str(),
        viewer.as_str(),
        user.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// What one user sees of another's presence.
pub(crate) async fn visibility(conn: &mut Conn, app: &AppId, viewer: &UserId, user: &UserId) -> Result<Visibility> {
    if !may_see_presence(conn, app, viewer, user).await? {
        return Ok(Visibility::Hidden);
    }
    Ok(if is_blocked(conn, app, user, viewer).await? { Visibility::AlwaysOffline } else { Visibility::Full })
}

/// What one user sees of several others' presence.
pub(crate) async fn visibilities(
    conn: &mut Conn,
    app: &AppId,
    viewer: &UserId,
    users: Vec<UserId>,
) -> Result<Vec<(UserId, Visibility)>> {
    let mut visibilities = Vec::with_capacity(users.len());
    for user in users {
        let visibility = visibility(conn, app, viewer, &user).await?;
        visibilities.push((user, visibility));
    }
    Ok(visibilities)
}

/// Whether `by` has blocked `whom`.
pub(crate) async fn is_blocked(conn: &mut Conn, app: &AppId, by: &UserId, whom: &UserId) -> Result<bool> {
    let row: Option<(i64,)> = sql_as!(
        "SELECT 1 FROM blocks WHERE app = $1 AND user_name = $2 AND other = $3",
        app.as_str(),
        by.as_str(),
        whom.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.is_some())
}

/// Whether a user has blocked another one; `None` if there is no such user.
pub(crate) async fn has_blocked(conn: &mut Conn, app: &AppId, user: &UserId, whom: &UserId) -> Result<Option<bool>> {
    let row: Option<(bool,)> = sql_as!(
        "SELECT EXISTS (SELECT 1 FROM blocks b WHERE b.app = u.app AND b.user_name = u.name AND b.other = $3)
         FROM users u WHERE u.app = $1 AND u.name = $2",
        app.as_str(),
        user.as_str(),
        whom.as_str()
    )
    .fetch_optional(conn)
    .await?;
    Ok(row.map(|(has_blocked,)| has_blocked))
}

/// Whether two users are contacts: both have asked.
pub(crate) async fn is_contact(conn: &mut Conn, app: &AppId, one: &UserId, other: &UserId) -> Result<bool> {
    let (rows,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM contacts WHERE app = $1 AND ((user_name = $2 AND other = $3) OR (user_name = $3 AND other = $2))",
        app.as_str(),
        one.as_str(),
        other.as_str()
    )
    .fetch_one(conn)
    .await?;
    Ok(rows == 2)
}

/// All contacts of a user.
pub(crate) async fn contacts_of(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Vec<UserId>> {
    let rows: Vec<(String,)> =
        sql_as!(concat!(contacts!(), " ORDER BY b.user_name"), app.as_str(), user.as_str()).fetch_all(conn).await?;
    rows.iter().map(|(name,)| parse(name, "user")).collect()
}

/// How many people a user has asked or blocked, and how many have asked them and wait; those whom they have blocked wait unseen.
pub(crate) async fn relations(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<(u32, u32)> {
    let (own, waiting): (i64, i64) = sql_as!(
        "SELECT (SELECT COUNT(*) FROM contacts WHERE app = $1 AND user_name = $2)
              + (SELECT COUNT(*) FROM blocks WHERE app = $1 AND user_name = $2),
                (SELECT COUNT(*) FROM contacts c WHERE c.app = $1 AND c.other = $2 AND NOT EXISTS
                 (SELECT 1 FROM contacts a WHERE a.app = c.app AND a.user_name = c.other AND a.other = c.user_name) AND NOT EXISTS
                 (SELECT 1 FROM blocks b WHERE b.app = c.app AND b.user_name = c.other AND b.other = c.user_name))",
        app.as_str(),
        user.as_str()
    )
    .fetch_one(conn)
    .await?;
    let count = |number| u32::try_from(number).unwrap_or(u32::MAX);
    Ok((count(own), count(waiting)))
}

/// `user` asks `other` to be a contact, or agrees to it; gives whether that is new.
pub(crate) async fn add_contact(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    other: &UserId,
    now_ms: u64,
) -> Result<bool> {
    let added = sql!(
        "INSERT INTO contacts (app, user_name, other, at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (app, user_name, other) DO NOTHING",
        app.as_str(),
        user.as_str(),
        other.as_str(),
        signed(now_ms)
    );
    Ok(added.execute(conn).await?.rows_affected() > 0)
}

/// Two users are no contacts any more, and neither waits for the other; gives whether anything was between them.
pub(crate) async fn remove_contact(conn: &mut Conn, app: &AppId, one: &UserId, other: &UserId) -> Result<bool> {
    let removed = sql!(
        "DELETE FROM contacts WHERE app = $1 AND ((user_name = $2 AND other = $3) OR (user_name = $3 AND other = $2))",
        app.as_str(),
        one.as_str(),
        other.as_str()
    );
    Ok(removed.execute(conn).await?.rows_affected() > 0)
}

/// `user` blocks `other`.
pub(crate) async fn block(conn: &mut Conn, app: &AppId, user: &UserId, other: &UserId, now_ms: u64) -> Result<()> {
    sql!(
        "INSERT INTO blocks (app, user_name, other, at_ms) VALUES ($1, $2, $3, $4)
         ON CONFLICT (app, user_name, other) DO NOTHING",
        app.as_str(),
        user.as_str(),
        other.as_str(),
        signed(now_ms)
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// Takes a block back.
pub(crate) async fn unblock(conn: &mut Conn, app: &AppId, user: &UserId, other: &UserId) -> Result<()> {
    sql!(
        "DELETE FROM blocks WHERE app = $1 AND user_name = $2 AND other = $3",
        app.as_str(),
        user.as_str(),
        other.as_str()
    )
    .execute(conn)
    .await?;
    Ok(())
}

/// A display name; the account's name for one that is not there.
pub(crate) async fn display_name(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<String>> {
    let row: Option<(String,)> =
        sql_as!("SELECT display_name FROM users WHERE app = $1 AND name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.map(|(name,)| name))
}

/// Whether a user may be in a channel by this uid: by their own name, or by a number that is no other user's name.
pub(crate) async fn may_be_called(conn: &mut Conn, app: &AppId, user: &UserId, uid: &Uid) -> Result<bool> {
    match uid {
        own if *own == Uid::from(user.clone()) => Ok(true),
        Uid::Number(0) | Uid::User(_) => Ok(false),
        Uid::Number(number) => {
            let Ok(name) = UserId::new(number.to_string()) else { return Ok(false) };
            Ok(display_name(conn, app, &name).await?.is_none())
        }
    }
}

impl Store {
    /// Whether a user may be in a channel by this uid: by their own name, or by a number that is no other user's name.
    pub(crate) async fn may_be_called(&self, app: &AppId, user: &UserId, uid: &Uid) -> Result<bool> {
        let (app, user, uid) = (app.clone(), user.clone(), uid.clone());
        self.ask(async move |conn| may_be_called(conn, &app, &user, &uid).await).await
    }

    /// All users who are contacts of `me`, have asked or were asked, or are blocked, by name.
    pub(crate) async fn contacts(&self, app: &AppId, me: &UserId) -> Result<Vec<Seen>> {
        let rows: Vec<SeenRow> = sql_as!(
            seen_from!(
                "users u WHERE u.app = $1 AND u.name IN (SELECT other FROM contacts WHERE app = $1 AND user_name = $2
                 UNION SELECT user_name FROM contacts WHERE app = $1 AND other = $2
                 UNION SELECT other FROM blocks WHERE app = $1 AND user_name = $2) ORDER BY u.name"
            ),
            app.as_str(),
            me.as_str()
        )
        .fetch_all(&self.readers)
        .await?;
        rows.into_iter().map(seen).collect()
    }
}
