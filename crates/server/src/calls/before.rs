//! What the record must know before it decides.

use carillon_call::record::{Actor, Before, Face, Faces, Group, Invitee, MAX_LEGS, Rows, group_of};
use carillon_protocol::{AppId, DeviceId, GroupId, Invitation, UserId};

use super::About;
use crate::{
    core::Core,
    store::{self, Live, Tx},
};

impl Core {
    /// All of it as of one moment.
    pub(super) async fn before(&self, actor: &Actor, about: &About) -> store::Result<Before> {
        let app = &self.config.app;
        let mut tx = self.store.read().await?;
        let mut before = Before::default();
        match about {
            About::Call(id, _) | About::Accept { call: id, .. } | About::Renew { call: id, .. } => {
                before.call = store::calls::load(&mut tx, app, *id).await?;
            }
            About::New(invitation) => about_invitation(&mut tx, app, actor, invitation, &mut before).await?,
        }
        let users = before.call.iter().flat_map(Rows::users).chain(before.invitees.iter().map(|invitee| &invitee.user));
        before.faces = faces_of(&mut tx, app, users.collect()).await?;
        Ok(before)
    }
}

async fn about_invitation(
    tx: &mut Tx,
    app: &AppId,
    actor: &Actor,
    invitation: &Invitation,
    before: &mut Before,
) -> store::Result<()> {
    before.call = live_rows(tx, app, Live::Of(&actor.user)).await?;
    before.channel_call = store::calls::live(tx, app, Live::On(&invitation.channel)).await?;
    if let Some(id) = group_of(before.call.as_ref(), invitation) {
        before.group = group(tx, app, &id, &actor.user).await?;
    }
    // The record takes no more than so many.
    for user in invitation.to.iter().take(MAX_LEGS) {
        if store::people::display_name(tx, app, user).await?.is_some() {
            let invitee = invitee(tx, app, actor, user, before.group.as_ref()).await?;
            before.invitees.push(invitee);
        }
    }
    Ok(())
}

async fn invitee(
    tx: &mut Tx,
    app: &AppId,
    actor: &Actor,
    user: &UserId,
    group: Option<&Group>,
) -> store::Result<Invitee> {
    Ok(Invitee {
        user: user.clone(),
        call: live_rows(tx, app, Live::Of(user)).await?,
        devices: ringing_devices(tx, app, user).await?,
        is_in_group: match group {
            Some(group) => is_member(tx, app, &group.id, user).await?,
            None => false,
        },
        has_blocked: has_blocked(tx, app, user, &actor.user).await?,
    })
}

pub(super) async fn live_rows(tx: &mut Tx, app: &AppId, of: Live<'_>) -> store::Result<Option<Rows>> {
    match store::calls::live(tx, app, of).await? {
        Some(id) => store::calls::load(tx, app, id).await,
        None => Ok(None),
    }
}

/// What others see of these users.
pub(crate) async fn faces_of(tx: &mut Tx, app: &AppId, users: Vec<&UserId>) -> store::Result<Faces> {
    let names = store::people::display_names(tx, app, &users).await?;
    Ok(names.into_iter().map(|(user, name)| (user, Face { name, avatar: None })).collect())
}

/// The devices of a user that may ring, with their names: all that can be told something.
pub(crate) async fn ringing_devices(tx: &mut Tx, app: &AppId, user: &UserId) -> store::Result<Vec<(DeviceId, String)>> {
    store::sessions::reachable_devices(tx, app, user).await
}

/// A group or chat room, if this user is in it: there are none yet.
#[allow(clippy::unused_async, reason = "groups are looked up here")]
async fn group(_tx: &mut Tx, _app: &AppId, _id: &GroupId, _user: &UserId) -> store::Result<Option<Group>> {
    Ok(None)
}

/// Whether a user is in a group or chat room: there are none yet.
#[allow(clippy::unused_async, reason = "groups are looked up here")]
async fn is_member(_tx: &mut Tx, _app: &AppId, _group: &GroupId, _user: &UserId) -> store::Result<bool> {
    Ok(false)
}

/// Whether a user wants nothing of another: nobody can say so yet.
#[allow(clippy::unused_async, reason = "blocks are looked up here")]
async fn has_blocked(_tx: &mut Tx, _app: &AppId, _user: &UserId, _other: &UserId) -> store::Result<bool> {
    Ok(false)
}
