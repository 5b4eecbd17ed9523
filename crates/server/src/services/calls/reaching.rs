//! Whether the server reaches the devices in a call: by their links, and by the paths of their media.

use carillon_call::record::{Action, Actor, Way};
use carillon_protocol::{Answer, CallId, DeviceId, RefusalCode, UserId};

use super::{
    asking::{act, the_server},
    writing::impose_by,
};
use crate::{
    change::Change,
    ground::shared::Ground,
    store::{self, Who},
};

/// A device that has a link again is reached by it. What costs something is done only where others have been told of its loss.
pub(crate) async fn link_is_back(change: &mut Change<'_>, who: &Who) -> store::Result<()> {
    let (app, user) = (change.app(), &who.account.user);
    let Some(call) = store::calls::call_without_link(&mut change.tx, app, user, who.device).await? else {
        return Ok(());
    };
    match store::calls::load(&mut change.tx, app, call).await? {
        Some(rows) => impose_by(change, &of_device(user, who.device), rows, link(true)).await,
        None => Ok(()),
    }
}

/// What the forwarder of media says of a device's path; `false`: it could not be noted.
pub(crate) async fn media_are_reached(
    ground: &Ground,
    call: CallId,
    user: &UserId,
    device: DeviceId,
    is_reached: bool,
) -> bool {
    let asked = Action::Reached { by: Way::Media, is_reached };
    // A user who has left meanwhile is not in the call any more: then nothing changes.
    let answer = act(ground, &of_device(user, device), call, asked).await;
    !matches!(answer, Answer::Refused(refusal) if refusal.code == RefusalCode::Internal)
}

/// What is asked of the record about a link.
pub(crate) const fn link(is_reached: bool) -> Action {
    Action::Reached { by: Way::Link, is_reached }
}

fn of_device(user: &UserId, device: DeviceId) -> Actor {
    Actor { user: user.clone(), device, ..the_server() }
}
