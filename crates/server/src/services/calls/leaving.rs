//! Calls that a user leaves because of something else: they left a group, a sign-in ended, or the operator ended the call.

use carillon_call::record::{Action, Actor, Rows};
use carillon_protocol::{CallId, DeviceId, GroupId, UserId};

use super::{
    asking::{act, the_server},
    before::live_rows,
    writing::impose,
};
use crate::{change::Change, ground::shared::Ground, store};

/// A user will not be in a group any more: if they are in its call, or it rings for them, that is over too.
pub(crate) async fn leave_with_group(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> store::Result<()> {
    let app = change.app();
    let live = live_rows(&mut change.tx, app, user).await?;
    match live.filter(|rows| rows.call.scope.group() == Some(group)) {
        Some(rows) => impose(change, rows, Action::Remove { user: user.clone() }).await,
        None => Ok(()),
    }
}

/// Takes a user's devices out of their call whose sign-ins have ended.
pub(crate) async fn dismiss(ground: &Ground, user: &UserId, devices: &[DeviceId]) -> store::Result<()> {
    for device in devices {
        if let Some(call) = live_call_of(ground, user).await? {
            leave(ground, call, user, *device).await;
        }
    }
    Ok(())
}

/// The call that a user rings, is rung or talks in.
pub(crate) async fn live_call_of(ground: &Ground, user: &UserId) -> store::Result<Option<CallId>> {
    let (app, user) = (ground.config.app.clone(), user.clone());
    ground.store.ask(async move |conn| store::calls::live(conn, &app, &user).await).await
}

/// Ends a call for all users in it.
pub(crate) async fn end(ground: &Ground, rows: &Rows) {
    for leg in rows.joined() {
        if let Some(device) = leg.joined_device() {
            leave(ground, rows.call.id, &leg.user, device).await;
        }
    }
}

async fn leave(ground: &Ground, call: CallId, user: &UserId, device: DeviceId) {
    let actor = Actor { user: user.clone(), device, ..the_server() };
    act(ground, &actor, call, Action::DeviceGone).await;
}
