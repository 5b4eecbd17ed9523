//! What the record must know before it decides.

use std::collections::BTreeSet;

use carillon_call::record::{Actor, Before, Face, Faces, Group, Invitee, MAX_LEGS, Rows, group_of};
use carillon_protocol::{AppId, GroupId, Invitation, UserId};

use super::about::About;
use crate::{
    change::Change,
    store::{
        self, Conn, Live,
        chats::{ChatKey, membership},
        group_invitations,
        people::is_blocked,
        sessions::devices_to_ring,
    },
};

pub(super) async fn read_before(change: &mut Change<'_>, actor: &Actor, about: &About) -> store::Result<Before> {
    let (app, now_ms, tx) = (change.app(), change.stamp.now_ms, &mut change.tx);
    let mut before = Before::default();
    match about {
        About::Call(id, _) | About::Accept { call: id, .. } | About::Renew { call: id, .. } => {
            before.call = store::calls::load(tx, app, *id).await?;
        }
        About::New(invitation) => about_invitation(tx, app, actor, invitation, &mut before).await?,
    }
    let mut users: BTreeSet<_> = before.call.iter().flat_map(Rows::users).collect();
    if matches!(about, About::New(_)) {
        users.extend(before.invitees.iter().map(|invitee| &invitee.user).chain([&actor.user]));
    }
    if about.shows_faces() || before.call.as_ref().is_some_and(|rows| rows.is_group() || rows.is_overdue(now_ms)) {
        before.faces = faces_of(tx, app, users).await?;
    }
    Ok(before)
}

async fn about_invitation(
    tx: &mut Conn,
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
    tx: &mut Conn,
    app: &AppId,
    actor: &Actor,
    user: &UserId,
    group: Option<&Group>,
) -> store::Result<Invitee> {
    Ok(Invitee {
        user: user.clone(),
        call: live_rows(tx, app, Live::Of(user)).await?,
        devices: devices_to_ring(tx, app, user).await?,
        is_in_group: match group {
            Some(group) => {
                membership(tx, app, &ChatKey::group(&group.id), user).await?.is_some()
                    || group_invitations::find(tx, app, &group.id, user).await?.is_some()
            }
            None => false,
        },
        has_blocked: is_blocked(tx, app, user, &actor.user).await?,
    })
}

pub(super) async fn live_rows(tx: &mut Conn, app: &AppId, of: Live<'_>) -> store::Result<Option<Rows>> {
    match store::calls::live(tx, app, of).await? {
        Some(id) => store::calls::load(tx, app, id).await,
        None => Ok(None),
    }
}

/// What others see of these users.
pub(crate) async fn faces_of(
    tx: &mut Conn,
    app: &AppId,
    users: impl IntoIterator<Item = &UserId>,
) -> store::Result<Faces> {
    let mut faces = Vec::new();
    for user in users {
        if let Some(account) = store::accounts::account(tx, app, user).await? {
            faces.push((account.user, Face { name: account.display_name, avatar: account.avatar }));
        }
    }
    Ok(faces.into_iter().collect())
}

/// A group or chat room, if this user is in it.
async fn group(tx: &mut Conn, app: &AppId, id: &GroupId, user: &UserId) -> store::Result<Option<Group>> {
    let info = store::groups::info(tx, app, id, Some(user)).await?;
    Ok(info.filter(|info| info.role.is_some()).map(|info| Group { id: info.group, name: info.name }))
}
