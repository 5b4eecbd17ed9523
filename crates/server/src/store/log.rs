//! Ended calls, as their users see them.

use carillon_call::record::{Rows, log_entry};
use carillon_protocol::{AppId, CallEntry, UserId};

use super::{Conn, Result, Store, calls, parse, people::display_names, sql::sql_as};

/// What goes into the log of everybody who had a part in a call that is over now.
pub(crate) async fn entries(conn: &mut Conn, rows: &Rows) -> Result<Vec<(UserId, CallEntry)>> {
    let users: Vec<&UserId> = std::iter::once(&rows.call.caller).chain(rows.legs.iter().map(|leg| &leg.user)).collect();
    let names = display_names(conn, &rows.call.app, &users).await?;
    let entry = |user: &UserId| log_entry(rows, user, |other| names[other].clone()).map(|entry| (user.clone(), entry));
    Ok(users.into_iter().filter_map(entry).collect())
}

impl Store {
    /// A user's latest calls that are over, newest first.
    pub(crate) async fn recent_calls(&self, app: &AppId, user: &UserId, limit: u32) -> Result<Vec<CallEntry>> {
        let mut tx = self.read().await?;
        let ids: Vec<(String,)> = sql_as!(
            "SELECT id FROM calls c WHERE app = $1 AND state = 'ended'
             AND (caller = $2 OR EXISTS (SELECT 1 FROM legs g WHERE g.call = c.id AND g.user_name = $2))
             ORDER BY created_at_ms DESC, id DESC LIMIT $3",
            app.as_str(),
            user.as_str(),
            limit
        )
        .fetch_all(&mut *tx)
        .await?;
        let mut found = Vec::with_capacity(ids.len());
        for (id,) in ids {
            if let Some(rows) = calls::load(&mut tx, app, parse(&id, "call")?).await? {
                let all = entries(&mut tx, &rows).await?;
                found.extend(all.into_iter().filter(|(whose, _)| whose == user).map(|(_, entry)| entry));
            }
        }
        Ok(found)
    }
}
