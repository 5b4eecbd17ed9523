//! Calls whose rows make no sense to this server: it ends them, logs that once, and deletes their rows, so that their users can
//! call again.

use carillon_call::record::MediaOrder;
use carillon_protocol::{CallId, EndReason, Ended, Signal};

use crate::{
    change::{By, Change, FollowUp},
    ground::shared::Ground,
    runtime::log_budget::limited,
    store,
};

/// Ends a live call that cannot be read.
pub(crate) async fn end_unreadable(ground: &Ground, call: CallId) -> store::Result<()> {
    let mut change = Change::begin(ground, By::Server).await?;
    if remove_unreadable(&mut change, call).await? { change.commit().await } else { Ok(()) }
}

/// Takes it out of the database, where nothing could be shown of it, and tells those whom it took of its end. `false`: no such call
/// is live.
pub(super) async fn remove_unreadable(change: &mut Change<'_>, call: CallId) -> store::Result<bool> {
    let Some(users) = store::calls::remove_live(&mut change.tx, call).await? else { return Ok(false) };
    for user in users {
        change.tell_user(&user, Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None }));
        change.then(FollowUp::OutOfCall(user));
    }
    // What forwards its media, if it is such a call, knows of no rows.
    change.then(FollowUp::Media { order: MediaOrder::Close { call }, version: u64::MAX });
    limited!(error, %call, "the database holds a live call that makes no sense; it was ended");
    Ok(true)
}
