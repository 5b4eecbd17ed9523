//! Calls of a group that somebody leaves.

use carillon_protocol::{GroupId, UserId};

use super::Settled;
use crate::{change::Change, store};

/// Somebody will not be in a group any more: if they are in its call, or it rings for them, that is over too.
pub(crate) async fn leave_with_group(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> store::Result<()> {
    let settled = change.ground.remove_from_call(&mut change.tx, user, Some(group)).await?;
    if let Some(Settled { posted, then, .. }) = settled {
        change.deliver(posted);
        then.into_iter().for_each(|then| change.then(then));
    }
    Ok(())
}
