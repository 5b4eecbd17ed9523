//! Calls that stand in the way of what is asked, although they are over in all but name: ended first, in the same transaction.

use std::collections::BTreeMap;

use carillon_call::record::{Actor, Asked, Before, Rows};
use carillon_protocol::{Answer, CallId, Done};

use super::{About, Settled};
use crate::{
    change::Then,
    core::Core,
    store::{self, StoreError, Tx},
};

impl Core {
    /// What the record must know, when all is ended that keeps somebody for nothing; and what came of that.
    pub(super) async fn clear_and_read(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        about: &About,
        now_ms: u64,
    ) -> store::Result<(Before, Settled)> {
        let mut cleared = Settled::answered(Answer::Ok(Done::Done));
        let before = self.read(tx, actor, about, now_ms, &mut cleared).await?;
        let overdue = match about {
            About::New(_) => overdue(&before, now_ms),
            About::Accept { .. } | About::Renew { .. } | About::Call(..) => BTreeMap::new(),
        };
        if overdue.is_empty() {
            return Ok((before, cleared));
        }
        for rows in overdue.into_values() {
            let ended = self.impose(tx, rows, Asked::Expire, now_ms).await?;
            cleared = ended.after(cleared);
        }
        let before = self.read(tx, actor, about, now_ms, &mut cleared).await?;
        Ok((before, cleared))
    }

    /// Reads it, past calls that make no sense: each is taken out of the database, so there is an end to them.
    async fn read(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        about: &About,
        now_ms: u64,
        cleared: &mut Settled,
    ) -> store::Result<Before> {
        loop {
            let (call, why) = match self.before(tx, actor, about, now_ms).await {
                Err(StoreError::UnreadableCall { call, why }) => (call, why),
                read => return read,
            };
            let Some((posted, users)) = self.remove_unreadable(tx, call, now_ms).await? else {
                return Err(StoreError::UnreadableCall { call, why });
            };
            cleared.posted.extend(posted);
            cleared.then.extend(users.into_iter().map(Then::OutOfCall));
        }
    }
}

/// Calls that still take somebody although they ring no longer for them.
fn overdue(before: &Before, now_ms: u64) -> BTreeMap<CallId, Rows> {
    let of_invitees = before.invitees.iter().filter_map(|invitee| invitee.call.as_ref());
    let all = before.call.iter().chain(of_invitees).filter(|rows| rows.is_overdue(now_ms));
    all.map(|rows| (rows.call.id, rows.clone())).collect()
}
