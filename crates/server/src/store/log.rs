//! Calls that are over, as their users see them, and which missed ones wait to be seen.

use carillon_call::record::{Profiles, Rows, log_entry};
use carillon_protocol::{AppId, CallEntry, CallId, UserId};

use super::{
    Conn, Result, Store, calls, parse,
    sql::{sql, sql_as},
};

/// Missed calls are counted up to here: a user with more does not ask how many.
const MOST_MISSED: u32 = 1000;

/// What is new in the log of each user for whom a call is over now and was not before.
pub(crate) fn new_entries(
    before: Option<&Rows>,
    rows: &Rows,
    name_of: impl Fn(&UserId) -> String + Copy,
) -> Vec<(UserId, CallEntry)> {
    let of_user = |user: &&UserId| {
        let entry = log_entry(rows, user, name_of)?;
        let known = before.and_then(|rows| log_entry(rows, user, name_of));
        (known.as_ref() != Some(&entry)).then(|| ((*user).clone(), seen_unless_missed(entry)))
    };
    rows.users().iter().filter_map(of_user).collect()
}

/// Only missed calls wait to be seen.
fn seen_unless_missed(entry: CallEntry) -> CallEntry {
    CallEntry { seen: !entry.is_missed(), ..entry }
}

/// How many missed calls of a user wait to be seen; at most [`MOST_MISSED`].
pub(crate) async fn missed(conn: &mut Conn, app: &AppId, user: &UserId) -> Result<u32> {
    let (count,): (i64,) = sql_as!(
        "SELECT COUNT(*) FROM (SELECT 1 FROM legs g JOIN calls c ON c.id = g.call
         WHERE c.app = $1 AND g.user_name = $2 AND g.is_missed = 1 AND g.is_seen = 0 LIMIT $3) waiting",
        app.as_str(),
        user.as_str(),
        MOST_MISSED
    )
    .fetch_one(conn)
    .await?;
    Ok(u32::try_from(count).unwrap_or(u32::MAX))
}

/// A user has seen their missed calls up to one of them; whether that is news. Ids are in the order of time.
pub(crate) async fn mark_seen(conn: &mut Conn, app: &AppId, user: &UserId, up_to: CallId) -> Result<bool> {
    let done = sql!(
        "UPDATE legs SET is_seen = 1 WHERE user_name = $2 AND is_missed = 1 AND is_seen = 0 AND call <= $3
         AND EXISTS (SELECT 1 FROM calls c WHERE c.id = legs.call AND c.app = $1)",
        app.as_str(),
        user.as_str(),
        up_to.to_string()
    );
    Ok(done.execute(conn).await?.rows_affected() > 0)
}

async fn is_seen(conn: &mut Conn, call: CallId, user: &UserId) -> Result<bool> {
    let row: Option<(i64,)> =
        sql_as!("SELECT is_seen FROM legs WHERE call = $1 AND user_name = $2", call.to_string(), user.as_str())
            .fetch_optional(conn)
            .await?;
    Ok(row.is_some_and(|(seen,)| seen != 0))
}

/// The latest calls that are over for a user, newest first.
async fn latest_ids(conn: &mut Conn, app: &AppId, user: &UserId, limit: u32) -> Result<Vec<CallId>> {
    let ids: Vec<(String,)> = sql_as!(
        "SELECT g.call FROM legs g JOIN calls c ON c.id = g.call
         WHERE g.user_name = $2 AND g.is_blocked = 0 AND c.app = $1 AND g.state NOT IN ('ringing', 'accepted')
         ORDER BY g.call DESC LIMIT $3",
        app.as_str(),
        user.as_str(),
        limit
    )
    .fetch_all(conn)
    .await?;
    ids.iter().map(|(id,)| parse(id, "call")).collect()
}

/// How a user's log has a call.
async fn entry(conn: &mut Conn, app: &AppId, user: &UserId, call: CallId) -> Result<Option<CallEntry>> {
    let Some(rows) = calls::load(conn, app, call).await? else { return Ok(None) };
    let profiles: Profiles = calls::profiles(conn, app, call).await?.into_iter().collect();
    let all = new_entries(None, &rows, |other| profiles.of(other).name);
    let Some((_, mut entry)) = all.into_iter().find(|(whose, _)| whose == user) else { return Ok(None) };
    entry.seen |= is_seen(conn, call, user).await?;
    Ok(Some(entry))
}

impl Store {
    /// A user's latest calls that are over for them, newest first.
    pub(crate) async fn recent_calls(&self, app: &AppId, user: &UserId, limit: u32) -> Result<Vec<CallEntry>> {
        let (app, user) = (app.clone(), user.clone());
        let calls = self.ask(async move |conn| {
            let mut found = Vec::new();
            for call in latest_ids(conn, &app, &user, limit).await? {
                found.extend(entry(conn, &app, &user, call).await?);
            }
            Ok(found)
        });
        calls.await
    }
}
