//! Calls that stand in the way of what is asked, although they are over in all but name: ended first, in the same change.

use std::collections::BTreeMap;

use carillon_call::record::{Actor, Asked, Before, Rows};
use carillon_protocol::CallId;

use super::{about::About, before::read_before, unreadable::remove_unreadable, writing::impose};
use crate::{
    change::Change,
    store::{self, StoreError},
};

/// What the record must know, once overdue calls that still take a user are ended.
pub(super) async fn clear_and_read(change: &mut Change<'_>, actor: &Actor, about: &About) -> store::Result<Before> {
    let before = read(change, actor, about).await?;
    let overdue = match about {
        About::New(_) => overdue(&before, change.stamp.now_ms),
        About::Accept { .. } | About::Renew { .. } | About::Call(..) => BTreeMap::new(),
    };
    if overdue.is_empty() {
        return Ok(before);
    }
    for rows in overdue.into_values() {
        impose(change, rows, Asked::Expire).await?;
    }
    read(change, actor, about).await
}

/// Reads it, past calls that make no sense: each is taken out of the database, so there is an end to them.
async fn read(change: &mut Change<'_>, actor: &Actor, about: &About) -> store::Result<Before> {
    loop {
        let (call, why) = match read_before(change, actor, about).await {
            Err(StoreError::UnreadableCall { call, why }) => (call, why),
            other => return other,
        };
        if !remove_unreadable(change, call).await? {
            return Err(StoreError::UnreadableCall { call, why });
        }
    }
}

/// Calls that still take a user although they ring no longer for them.
fn overdue(before: &Before, now_ms: u64) -> BTreeMap<CallId, Rows> {
    let of_invitees = before.invitees.iter().filter_map(|invitee| invitee.call.as_ref());
    let all = before.call.iter().chain(of_invitees).filter(|rows| rows.is_overdue(now_ms));
    all.map(|rows| (rows.call.id, rows.clone())).collect()
}
