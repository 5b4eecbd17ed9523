//! What the record must know before it decides.

use carillon_call::record::{Actor, Before, Face, Faces, Group, Invitee, MAX_LEGS, Rows, group_of};
use carillon_protocol::{AppId, CallId, GroupId, Invitation, UserId};

use super::about::About;
use crate::{
    change::Change,
    store::{
        self, Conn,
        chats::{ChatKey, membership},
        group_invitations,
    },
};

pub(super) async fn read_before(change: &mut Change<'_>, actor: &Actor, about: &About) -> store::Result<Before> {
    let (app, now_ms, tx) = (change.app(), change.stamp.now_ms, &mut change.tx);
    let id = match about {
        About::New(invitation) => return about_invitation(tx, app, actor, invitation).await,
        About::Call(id, _) | About::Accept { call: id, .. } | About::Renew { call: id, .. } => *id,
    };
    let call = store::calls::load(tx, app, id).await?;
    let faces = match &call {
        Some(rows) if about.shows_faces() || rows.is_group() || rows.is_overdue(now_ms) => {
            store::calls::faces(tx, app, id).await?.into_iter().collect()
        }
        Some(_) | None => Faces::default(),
    };
    Ok(Before { call, faces, ..Before::default() })
}

async fn about_invitation(tx: &mut Conn, app: &AppId, actor: &Actor, invitation: &Invitation) -> store::Result<Before> {
    let (own, channel_call) = store::calls::live_of_caller(tx, app, &actor.user, &invitation.channel).await?;
    let call = rows_of(tx, app, own).await?;
    let group = match group_of(call.as_ref(), invitation) {
        Some(id) => group(tx, app, &id, &actor.user).await?,
        None => None,
    };
    let mut faces = match &call {
        Some(rows) => store::calls::faces(tx, app, rows.call.id).await?,
        None => Vec::new(),
    };
    let mut invitees = Vec::new();
    // The record takes no more than so many.
    for user in invitation.to.iter().take(MAX_LEGS) {
        let Some(found) = store::calls::callee(tx, app, &actor.user, user).await? else { continue };
        faces.push((user.clone(), found.face));
        invitees.push(Invitee {
            user: user.clone(),
            call: rows_of(tx, app, found.call).await?,
            devices: store::devices::to_ring(tx, app, user).await?,
            is_in_group: is_in_group(tx, app, user, group.as_ref()).await?,
            has_blocked: found.has_blocked,
        });
    }
    faces.push((actor.user.clone(), Face { name: actor.user_name.clone(), avatar: actor.avatar.clone() }));
    Ok(Before { call, channel_call, invitees, group, faces: faces.into_iter().collect() })
}

async fn is_in_group(tx: &mut Conn, app: &AppId, user: &UserId, group: Option<&Group>) -> store::Result<bool> {
    let Some(Group { id, .. }) = group else { return Ok(false) };
    Ok(membership(tx, app, &ChatKey::group(id), user).await?.is_some()
        || group_invitations::find(tx, app, id, user).await?.is_some())
}

async fn rows_of(tx: &mut Conn, app: &AppId, call: Option<CallId>) -> store::Result<Option<Rows>> {
    match call {
        Some(id) => store::calls::load(tx, app, id).await,
        None => Ok(None),
    }
}

/// The live call of a user.
pub(super) async fn live_rows(tx: &mut Conn, app: &AppId, user: &UserId) -> store::Result<Option<Rows>> {
    let call = store::calls::live(tx, app, user).await?;
    rows_of(tx, app, call).await
}

/// A group or chat room, if this user is in it.
async fn group(tx: &mut Conn, app: &AppId, id: &GroupId, user: &UserId) -> store::Result<Option<Group>> {
    let info = store::groups::info(tx, app, id, Some(user)).await?;
    Ok(info.filter(|info| info.role.is_some()).map(|info| Group { id: info.group, name: info.name }))
}
