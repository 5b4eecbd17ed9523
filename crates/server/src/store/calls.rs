//! Calls, and who is taken by them.

use std::collections::BTreeSet;

use carillon_call::record::{CallRow, CallState, Path, Profile, Profiles, Rows};
use carillon_protocol::{AppId, CallId, CallScope, CallType, ChannelName, DeviceId, UserId};

use super::{
    Conn, Result, Store, StoreError, from_json, from_word, groups, legs, parse, signed,
    sql::{Columns, FromRow, sql, sql_as},
    to_json, to_word, unsigned,
};

/// The live call that a user takes part in.
pub(crate) async fn live(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<Option<CallId>> {
    let row: Option<(String,)> =
        sql_as!("SELECT call FROM live_users WHERE app = $1 AND user_name = $2", app.as_str(), user.as_str())
            .fetch_optional(conn)
            .await?;
    row.map(|(id,)| parse(&id, "call")).transpose()
}

/// The call in which the others have been told that the link of this user's device is lost.
pub(crate) async fn call_without_link(
    conn: &mut Conn,
    app: &AppId,
    user: &UserId,
    device: DeviceId,
) -> Result<Option<CallId>> {
    let row: Option<(String,)> = sql_as!(
        "SELECT g.call FROM live_users l CROSS JOIN legs g ON g.call = l.call AND g.user_name = l.user_name
         WHERE l.app = $1 AND l.user_name = $2 AND g.device = $3 AND g.link_lost",
        app.as_str(),
        user.as_str(),
        device.to_string()
    )
    .fetch_optional(conn)
    .await?;
    row.map(|(call,)| parse(&call, "call")).transpose()
}

/// The live calls that may keep a caller from beginning another: the one that they take part in, and the one on the channel.
pub(crate) async fn live_of_caller(
    conn: &mut Conn,
    app: &AppId,
    caller: &UserId,
    channel: &ChannelName,
) -> Result<(Option<CallId>, Option<CallId>)> {
    let (own, on_channel): (Option<String>, Option<String>) = sql_as!(
        "SELECT (SELECT call FROM live_users WHERE app = $1 AND user_name = $2),
         (SELECT call FROM live_channels WHERE app = $1 AND channel = $3)",
        app.as_str(),
        caller.as_str(),
        channel.as_str()
    )
    .fetch_one(conn)
    .await?;
    let id = |id: Option<String>| id.map(|id| parse(&id, "call")).transpose();
    Ok((id(own)?, id(on_channel)?))
}

/// A user whom an invitation names.
pub(crate) struct Callee {
    pub(crate) profile: Profile,
    /// Their live call.
    pub(crate) call: Option<CallId>,
    /// They have blocked the caller.
    pub(crate) has_blocked: bool,
}

/// Looks up whom an invitation names; `None` if there is no such user.
pub(crate) async fn callee(conn: &mut Conn, app: &AppId, caller: &UserId, user: &UserId) -> Result<Option<Callee>> {
    let row: Option<(String, Option<String>, Option<String>, bool)> = sql_as!(
        "SELECT u.display_name, u.avatar,
         (SELECT l.call FROM live_users l WHERE l.app = u.app AND l.user_name = u.name),
         EXISTS (SELECT 1 FROM blocks b WHERE b.app = u.app AND b.user_name = u.name AND b.other = $3)
         FROM users u WHERE u.app = $1 AND u.name = $2",
        app.as_str(),
        user.as_str(),
        caller.as_str()
    )
    .fetch_optional(conn)
    .await?;
    let Some((name, avatar, call, has_blocked)) = row else { return Ok(None) };
    let call = call.map(|id| parse(&id, "call")).transpose()?;
    Ok(Some(Callee { profile: profile(name, avatar)?, call, has_blocked }))
}

/// What others see of each user who has a leg in a call.
pub(crate) async fn profiles(conn: &mut Conn, app: &AppId, call: CallId) -> Result<Vec<(UserId, Profile)>> {
    let rows: Vec<(String, String, Option<String>)> = sql_as!(
        "SELECT u.name, u.display_name, u.avatar FROM legs g CROSS JOIN users u ON u.app = $1 AND u.name = g.user_name
         WHERE g.call = $2",
        app.as_str(),
        call.to_string()
    )
    .fetch_all(conn)
    .await?;
    rows.into_iter().map(|(user, name, avatar)| Ok((parse(&user, "user")?, profile(name, avatar)?))).collect()
}

/// The same, with what the members of the call's group are in it.
pub(crate) async fn profiles_and_roles(conn: &mut Conn, app: &AppId, rows: &Rows) -> Result<Profiles> {
    let profiles: Profiles = profiles(conn, app, rows.call.id).await?.into_iter().collect();
    match rows.call.scope.group() {
        Some(group) => Ok(profiles.with_roles(groups::admins(conn, app, group).await?)),
        None => Ok(profiles),
    }
}

fn profile(name: String, avatar: Option<String>) -> Result<Profile> {
    Ok(Profile { name, avatar: avatar.map(|id| parse(&id, "avatar")).transpose()? })
}

/// A call with its legs.
pub(crate) async fn load(conn: &mut Conn, app: &AppId, id: CallId) -> Result<Option<Rows>> {
    read(conn, app, id).await.map_err(|error| error.in_call(id))
}

async fn read(conn: &mut Conn, app: &AppId, id: CallId) -> Result<Option<Rows>> {
    let row: Option<Result<CallRow>> = sql_as!(
        "SELECT id, app, channel, call_type, chat_type, group_id, group_name, message, caller, path, state, end_reason,
         ended_by, created_at_ms, ring_until_ms, answered_at_ms, ended_at_ms, held, version FROM calls WHERE id = $1 AND app = $2",
        id.to_string(),
        app.as_str()
    )
    .fetch_optional(&mut *conn)
    .await?;
    let Some(call) = row.transpose()? else { return Ok(None) };
    Ok(Some(Rows { call, legs: legs::load(conn, id).await? }))
}

/// Takes a live call out of the database whose rows cannot be read, and gives those whom it took; `None` if there is no such call.
pub(crate) async fn remove_live(conn: &mut Conn, id: CallId) -> Result<Option<Vec<UserId>>> {
    let id = id.to_string();
    let taken: Vec<(String,)> =
        sql_as!("SELECT user_name FROM live_users WHERE call = $1", &id).fetch_all(&mut *conn).await?;
    sql!("DELETE FROM live_users WHERE call = $1", &id).execute(&mut *conn).await?;
    let live = sql!("DELETE FROM live_channels WHERE call = $1", &id).execute(&mut *conn).await?;
    if live.rows_affected() == 0 {
        return Ok(None);
    }
    sql!("DELETE FROM ringing_devices WHERE call = $1", &id).execute(&mut *conn).await?;
    sql!("DELETE FROM legs WHERE call = $1", &id).execute(&mut *conn).await?;
    sql!("DELETE FROM calls WHERE id = $1", &id).execute(conn).await?;
    Ok(Some(taken.into_iter().filter_map(|(user,)| user.parse().ok()).collect()))
}

/// Writes what is new in rows that were decided upon `before`; `None` for a new call.
pub(crate) async fn save(conn: &mut Conn, before: Option<&Rows>, rows: &Rows) -> Result<()> {
    match before {
        None => insert(conn, rows).await?,
        Some(before) if is_only_ringing_new(before, rows) => {}
        Some(before) => update(conn, rows, before.call.version).await?,
    }
    legs::save(conn, before, rows).await?;
    take(conn, before, rows).await
}

/// Which devices ring is no part of the call's own row, and its version is told to no device then.
fn is_only_ringing_new(before: &Rows, rows: &Rows) -> bool {
    CallRow { version: before.call.version, ..rows.call.clone() } == before.call
        && before.legs.len() == rows.legs.len()
        && before.legs.iter().zip(&rows.legs).all(|(known, leg)| legs::is_same_row(known, leg))
}

async fn insert(conn: &mut Conn, rows: &Rows) -> Result<()> {
    let call = &rows.call;
    let (state, reason, by) = state_columns(&call.state);
    sql!(
        "INSERT INTO calls (id, app, channel, call_type, message, caller, path, state, end_reason, ended_by,
         created_at_ms, ring_until_ms, answered_at_ms, ended_at_ms, held, version, chat_type, group_id, group_name, due_at_ms)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, $18, $19, $20)",
        call.id.to_string(),
        call.app.as_str(),
        call.channel.as_str(),
        i64::from(u8::from(call.scope.call_type())),
        &call.message,
        call.caller.as_str(),
        call.path.map(path_column),
        state,
        reason,
        by,
        signed(call.created_at_ms),
        signed(call.ring_until_ms),
        call.answered_at_ms.map(signed),
        call.ended_at_ms.map(signed),
        to_json(&call.held),
        signed(call.version),
        to_word(&call.scope.chat_type()),
        call.scope.group().map(ToString::to_string),
        call.scope.name(),
        rows.due_at_ms().map(signed)
    )
    .execute(conn)
    .await?;
    Ok(())
}

async fn update(conn: &mut Conn, rows: &Rows, read: u64) -> Result<()> {
    let call = &rows.call;
    let (state, reason, by) = state_columns(&call.state);
    let done = sql!(
        "UPDATE calls SET call_type = $3, state = $4, end_reason = $5, ended_by = $6, answered_at_ms = $7,
         ended_at_ms = $8, held = $9, version = $10, ring_until_ms = $11, path = $12, due_at_ms = $13
         WHERE id = $1 AND version = $2",
        call.id.to_string(),
        signed(read),
        i64::from(u8::from(call.scope.call_type())),
        state,
        reason,
        by,
        call.answered_at_ms.map(signed),
        call.ended_at_ms.map(signed),
        to_json(&call.held),
        signed(read + 1),
        signed(call.ring_until_ms),
        call.path.map(path_column),
        rows.due_at_ms().map(signed)
    )
    .execute(conn)
    .await?;
    // It was read in this transaction.
    if done.rows_affected() == 1 { Ok(()) } else { Err(StoreError::Corrupt { what: "call's version" }) }
}

/// Writes down whom and which channel the call takes now. The keys of the tables see to it that no user is taken twice.
async fn take(conn: &mut Conn, before: Option<&Rows>, rows: &Rows) -> Result<()> {
    let (id, app) = (rows.call.id.to_string(), rows.call.app.as_str());
    if rows.has_ended() {
        if before.is_some_and(|before| !before.has_ended()) {
            sql!("DELETE FROM live_users WHERE call = $1", &id).execute(&mut *conn).await?;
            sql!("DELETE FROM live_channels WHERE call = $1", &id).execute(conn).await?;
        }
        return Ok(());
    }
    let (were, are) = (before.map(taken).unwrap_or_default(), taken(rows));
    for user in were.difference(&are) {
        sql!("DELETE FROM live_users WHERE app = $1 AND user_name = $2", app, user.as_str())
            .execute(&mut *conn)
            .await?;
    }
    for user in are.difference(&were) {
        sql!("INSERT INTO live_users (app, user_name, call) VALUES ($1, $2, $3)", app, user.as_str(), &id)
            .execute(&mut *conn)
            .await?;
    }
    if before.is_none() {
        let channel = rows.call.channel.as_str();
        sql!("INSERT INTO live_channels (app, channel, call) VALUES ($1, $2, $3)", app, channel, &id)
            .execute(conn)
            .await?;
    }
    Ok(())
}

fn taken(rows: &Rows) -> BTreeSet<&UserId> {
    rows.taken().into_iter().collect()
}

fn state_columns(state: &CallState) -> (&'static str, Option<String>, Option<&str>) {
    match state {
        CallState::Ringing => ("ringing", None, None),
        CallState::Active => ("active", None, None),
        CallState::Ended { reason, by } => ("ended", Some(to_word(reason)), by.as_ref().map(UserId::as_str)),
    }
}

/// The columns in the order of [`load`].
impl FromRow for Result<CallRow> {
    fn from_row(row: &rusqlite::Row<'_>) -> rusqlite::Result<Self> {
        Ok(call_row(Columns::of(row)))
    }
}

fn call_row(mut columns: Columns<'_>) -> Result<CallRow> {
    Ok(CallRow {
        id: parse(&columns.next::<String>()?, "call")?,
        app: parse(&columns.next::<String>()?, "app")?,
        channel: parse(&columns.next::<String>()?, "channel")?,
        scope: scope(&mut columns)?,
        message: columns.next()?,
        caller: parse(&columns.next::<String>()?, "caller")?,
        path: columns.next::<Option<String>>()?.as_deref().map(path).transpose()?,
        state: state(&mut columns)?,
        created_at_ms: unsigned(columns.next()?),
        ring_until_ms: unsigned(columns.next()?),
        answered_at_ms: columns.next::<Option<i64>>()?.map(unsigned),
        ended_at_ms: columns.next::<Option<i64>>()?.map(unsigned),
        held: from_json(&columns.next::<String>()?, "held signals")?,
        version: unsigned(columns.next()?),
    })
}

fn scope(columns: &mut Columns<'_>) -> Result<CallScope> {
    let call_type = u8::try_from(columns.next::<i64>()?).ok().and_then(|number| CallType::try_from(number).ok());
    let call_type = call_type.ok_or(StoreError::Corrupt { what: "call type" })?;
    let chat_type = from_word(&columns.next::<String>()?, "chat type")?;
    let group = columns.next::<Option<String>>()?.map(|group| parse(&group, "group")).transpose()?;
    let scope = CallScope::of_fields(call_type, chat_type, group, columns.next()?);
    scope.map_err(|_| StoreError::Corrupt { what: "call's group" })
}

fn path_column(path: Path) -> String {
    match path {
        Path::PeerToPeer => "peer_to_peer".to_owned(),
        Path::Sfu { node, epoch } => format!("sfu/{node}/{epoch}"),
    }
}

fn path(column: &str) -> Result<Path> {
    let sfu = || {
        let (node, epoch) = column.strip_prefix("sfu/")?.split_once('/')?;
        Some(Path::Sfu { node: node.parse().ok()?, epoch: epoch.parse().ok()? })
    };
    match column {
        "peer_to_peer" => Ok(Path::PeerToPeer),
        _ => sfu().ok_or(StoreError::Corrupt { what: "path" }),
    }
}

fn state(columns: &mut Columns<'_>) -> Result<CallState> {
    let (state, reason, by): (String, Option<String>, Option<String>) =
        (columns.next()?, columns.next()?, columns.next()?);
    match (state.as_str(), reason) {
        ("ringing", _) => Ok(CallState::Ringing),
        ("active", _) => Ok(CallState::Active),
        ("ended", Some(reason)) => Ok(CallState::Ended {
            reason: from_word(&reason, "end reason")?,
            by: by.map(|user| parse(&user, "user")).transpose()?,
        }),
        _ => Err(StoreError::Corrupt { what: "call state" }),
    }
}

/// Something that a clock decides.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// A call in which some ring is over, or some token expires.
    Call { call: CallId },
    /// A device in a group call that has had no link for so long that the others are to know.
    Unreached { call: CallId, user: UserId, device: DeviceId },
    /// A device in a call that has had no link for too long.
    Gone { call: CallId, user: UserId, device: DeviceId },
}

impl Store {
    /// All calls that are not over, and those of them that cannot be read.
    pub(crate) async fn live_calls(&self, app: &AppId) -> Result<(Vec<Rows>, Vec<CallId>)> {
        let app = app.clone();
        let calls = self.ask(async move |conn| {
            let ids: Vec<(String,)> =
                sql_as!("SELECT call FROM live_channels WHERE app = $1", app.as_str()).fetch_all(&mut *conn).await?;
            let (mut calls, mut unreadable) = (Vec::with_capacity(ids.len()), Vec::new());
            for (id,) in ids {
                match load(conn, &app, parse(&id, "call")?).await {
                    Ok(rows) => calls.extend(rows),
                    Err(StoreError::UnreadableCall { call, .. }) => unreadable.push(call),
                    Err(error) => return Err(error),
                }
            }
            Ok((calls, unreadable))
        });
        calls.await
    }

    /// Lets no ring last beyond this moment: a former process may have written its end by another wall clock.
    pub(crate) async fn clamp_rings(&self, until_ms: u64) -> Result<()> {
        // In this order: the legs say which calls it is about. Some ring of theirs ends then, so nothing is due later.
        let calls = sql!(
            "UPDATE calls SET ring_until_ms = MIN(ring_until_ms, $1), due_at_ms = MIN(due_at_ms, $1)
             WHERE id IN (SELECT g.call FROM live_channels l CROSS JOIN legs g ON g.call = l.call
                WHERE g.state = 'ringing' AND g.ring_until_ms > $1)",
            signed(until_ms)
        );
        let legs = sql!(
            "UPDATE legs SET ring_until_ms = $1
             WHERE call IN (SELECT call FROM live_channels) AND state = 'ringing' AND ring_until_ms > $1",
            signed(until_ms)
        );
        self.housekeep([calls, legs]).await.map(drop)
    }

    /// The nearest deadlines, by their time.
    pub(crate) async fn deadlines(&self, without_link: WithoutLink, limit: u32) -> Result<Vec<(u64, Due)>> {
        self.ask(async move |conn| deadlines(conn, without_link, limit).await).await
    }
}

/// After how many milliseconds without a link something is due.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct WithoutLink {
    /// The others are to know.
    pub(crate) unreached_ms: u64,
    /// The device is gone.
    pub(crate) gone_ms: u64,
}

async fn deadlines(conn: &mut Conn, without_link: WithoutLink, limit: u32) -> Result<Vec<(u64, Due)>> {
    let calls: Vec<(i64, String)> =
        sql_as!("SELECT due_at_ms, id FROM calls WHERE due_at_ms IS NOT NULL ORDER BY due_at_ms LIMIT $1", limit)
            .fetch_all(&mut *conn)
            .await?;
    // From the few who are in calls now to their devices. Only devices that a call waits for: those in it, and those that said
    // that they ring.
    let gone: Vec<(i64, String, String, String)> = sql_as!(
            "SELECT s.unlinked_at_ms, l.call, d.user_name, d.id
             FROM live_users l CROSS JOIN legs g ON g.call = l.call AND g.user_name = l.user_name
             CROSS JOIN devices d ON d.app = l.app AND d.user_name = l.user_name CROSS JOIN sessions s ON s.device = d.id
             WHERE s.unlinked_at_ms IS NOT NULL AND (g.device = d.id OR EXISTS (SELECT 1 FROM ringing_devices r
                WHERE r.call = g.call AND r.user_name = g.user_name AND r.device = d.id))
             ORDER BY s.unlinked_at_ms LIMIT $1",
            limit
        )
        .fetch_all(&mut *conn)
        .await?;
    let mut due = Vec::with_capacity(calls.len() + gone.len());
    for (at, call) in calls {
        due.push((unsigned(at), Due::Call { call: parse(&call, "call")? }));
    }
    for (at, call, user, device) in gone {
        let gone =
            Due::Gone { call: parse(&call, "call")?, user: parse(&user, "user")?, device: parse(&device, "device")? };
        due.push((unsigned(at).saturating_add(without_link.gone_ms), gone));
    }
    for (at, call, user, device) in unreached(conn, limit).await? {
        let (call, user, device) = (parse(&call, "call")?, parse(&user, "user")?, parse(&device, "device")?);
        due.push((unsigned(at).saturating_add(without_link.unreached_ms), Due::Unreached { call, user, device }));
    }
    due.sort_by_key(|(at, _)| *at);
    Ok(due)
}

/// The devices in group calls without a link of which the others have not been told.
async fn unreached(conn: &mut Conn, limit: u32) -> Result<Vec<(i64, String, String, String)>> {
    let unreached = sql_as!(
        "SELECT s.unlinked_at_ms, l.call, l.user_name, g.device
         FROM live_users l CROSS JOIN legs g ON g.call = l.call AND g.user_name = l.user_name
         CROSS JOIN calls c ON c.id = l.call CROSS JOIN sessions s ON s.device = g.device
         WHERE s.unlinked_at_ms IS NOT NULL AND g.state = 'accepted' AND NOT g.link_lost AND c.call_type IN (2, 3)
         ORDER BY s.unlinked_at_ms LIMIT $1",
        limit
    );
    Ok(unreached.fetch_all(conn).await?)
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
    use carillon_call::record::LegState;
    use carillon_protocol::EndReason;

    /// A call that rings, one that goes on, and one that was missed, as the first version wrote them.
    const CALLS_OF_THE_FIRST_VERSION: &str = "
        INSERT INTO users VALUES ('carillon', 'alice', 'Alice', 'alice', '', 0), ('carillon', 'bob', 'Bob', 'bob', '', 0),
            ('carillon', 'carol', 'Carol', 'carol', '', 0);
        INSERT INTO calls VALUES
            ('018f3e7a-0000-7000-8000-000000000001', 'carillon', 'one', 0, 'hello', 'alice',
             '018f3e7a-0000-4000-8000-00000000000a', 'ringing', NULL, NULL, 1000, 31000, NULL, NULL, '[]', 1),
            ('018f3e7a-0000-7000-8000-000000000002', 'carillon', 'two', 1, '', 'carol',
             '018f3e7a-0000-4000-8000-00000000000c', 'active', NULL, NULL, 1000, 31000, 2000, NULL, '[]', 2),
            ('018f3e7a-0000-7000-8000-000000000003', 'carillon', 'three', 0, '', 'carol',
             '018f3e7a-0000-4000-8000-00000000000c', 'ended', 'no_answer', NULL, 500, 600, NULL, 600, '[]', 2);
        INSERT INTO legs VALUES
            ('018f3e7a-0000-7000-8000-000000000001', 'bob', 'ringing', NULL, '[]'),
            ('018f3e7a-0000-7000-8000-000000000002', 'dora', 'accepted', '018f3e7a-0000-4000-8000-00000000000d', '[]'),
            ('018f3e7a-0000-7000-8000-000000000003', 'bob', 'missed', NULL, '[]');
        INSERT INTO live_channels VALUES ('carillon', 'one', '018f3e7a-0000-7000-8000-000000000001'),
            ('carillon', 'two', '018f3e7a-0000-7000-8000-000000000002');";

    #[tokio::test]
    async fn the_calls_of_an_older_server_go_on_after_an_upgrade() {
        let file = std::env::temp_dir().join(format!("carillon-upgrade-{}.db", uuid::Uuid::new_v4()));
        write_first_version(&file);

        let store = Store::open(&file, &crate::runtime::tasks::Tasks::default()).await.unwrap();

        let app: AppId = "carillon".parse().unwrap();
        let (mut live, _) = store.live_calls(&app).await.unwrap();
        live.sort_by_key(|rows| rows.call.id);
        assert_eq!((live[0].due_at_ms(), live[1].due_at_ms()), (Some(31_000), None));
        let states = |rows: &Rows| rows.legs.iter().map(|leg| leg.state).collect::<Vec<_>>();
        assert_eq!(states(&live[0]), [LegState::Accepted, LegState::Ringing]);
        assert_eq!(states(&live[1]), [LegState::Accepted; 2]);
        assert!(live.iter().flat_map(|rows| &rows.legs).all(|leg| leg.published.is_nothing()));
        assert_eq!((live[1].legs[1].joined_at_ms, live[1].legs[1].has_answered), (Some(2_000), true));
        let ring = Due::Call { call: live[0].call.id };
        assert_eq!(store.deadlines(WithoutLink::default(), 8).await.unwrap(), [(31_000, ring)]);
        let bob: UserId = "bob".parse().unwrap();
        let calls = store.recent_calls(&app, &bob, 8).await.unwrap();
        assert_eq!((calls.len(), calls[0].reason, calls[0].seen), (1, EndReason::NoAnswer, true));
        store.close().await;
        std::fs::remove_file(&file).ok();
    }

    fn write_first_version(file: &std::path::Path) {
        let mut conn = open_to_write(file).unwrap();
        migrate(&mut conn, &STEPS[..1]).unwrap();
        conn.execute_batch(CALLS_OF_THE_FIRST_VERSION).unwrap();
    }
}
