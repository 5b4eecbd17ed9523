//! Calls that are over, as each user has them in their log.

use carillon_protocol::{CallId, Done, Signal};

use crate::{
    change::{Change, NotChanged},
    ground::shared::Ground,
    store::{self, Who},
};

const MOST_CALLS: u32 = 50;

/// A user's latest calls, newest first.
pub(crate) async fn recent(ground: &Ground, who: &Who, limit: u32) -> Result<Done, NotChanged> {
    let calls = ground.store.recent_calls(&who.app, &who.account.user, limit.min(MOST_CALLS)).await?;
    Ok(Done::Calls { calls })
}

/// Missed calls that were seen on one device are seen on all.
pub(crate) async fn mark_seen(change: &mut Change<'_>, up_to: CallId) -> Result<Done, NotChanged> {
    let (app, user) = (&change.who.app, &change.who.account.user);
    if store::log::mark_seen(&mut change.tx, app, user, up_to).await? {
        let missed = store::log::missed(&mut change.tx, app, user).await?;
        change.tell_user(user, Signal::CallsSeen { missed });
    }
    Ok(Done::Done)
}
