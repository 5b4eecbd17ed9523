//! What the record must know before it decides.

use carillon_call::record::{Actor, Facts, Group, Invitee, MAX_LEGS, Profile, Profiles, Rows, group_of};
use carillon_protocol::{AppId, CallId, GroupId, Invitation, UserId};

use super::unreadable::remove_unreadable;
use crate::{
    bus::Node,
    change::Change,
    store::{
        self, Conn, StoreError,
        chats::{ChatKey, membership},
        group_invitations,
    },
};

/// Of a call that lives; with profiles if signals or answers of a call of two show them. Those of a group always do, and so does the end
/// of an overdue call.
pub(super) async fn of_call(change: &mut Change<'_>, call: CallId, shows_profiles: bool) -> store::Result<Facts> {
    loop {
        let read = read_call(change, call, shows_profiles).await;
        if let Some(before) = past_unreadable(change, read).await? {
            return Ok(before);
        }
    }
}

/// Of an invitation.
pub(super) async fn of_invitation(
    change: &mut Change<'_>,
    actor: &Actor,
    invitation: &Invitation,
) -> store::Result<Facts> {
    loop {
        let app = change.app();
        let most_legs = change.ground.config.limits.call_size();
        let read = read_invitation(&mut change.tx, app, actor, invitation, most_legs).await;
        if let Some(before) = past_unreadable(change, read).await? {
            return Ok(before);
        }
    }
}

/// What was read; `None` if a call made no sense: it is out of the database now, so there is an end to them, and it is to be read again.
async fn past_unreadable(change: &mut Change<'_>, read: store::Result<Facts>) -> store::Result<Option<Facts>> {
    match read {
        Ok(before) => Ok(Some(before)),
        Err(StoreError::UnreadableCall { call, why }) => {
            if remove_unreadable(change, call).await? {
                Ok(None)
            } else {
                Err(StoreError::UnreadableCall { call, why })
            }
        }
        Err(error) => Err(error),
    }
}

async fn read_call(change: &mut Change<'_>, id: CallId, shows_profiles: bool) -> store::Result<Facts> {
    let (app, now_ms, tx) = (change.app(), change.stamp.now_ms, &mut change.tx);
    let call = store::calls::load(tx, app, id).await?;
    let profiles = match &call {
        Some(rows) if shows_profiles || rows.is_group() || rows.is_overdue(now_ms) => {
            store::calls::profiles_and_roles(tx, app, rows).await?
        }
        Some(_) | None => Profiles::default(),
    };
    Ok(Facts { call, profiles, node: Node::FIRST.number(), ..Facts::default() })
}

async fn read_invitation(
    tx: &mut Conn,
    app: &AppId,
    actor: &Actor,
    invitation: &Invitation,
    most_legs: u16,
) -> store::Result<Facts> {
    let (own, channel_call) = store::calls::live_of_caller(tx, app, &actor.user, &invitation.channel).await?;
    let call = rows_of(tx, app, own).await?;
    let group = match group_of(call.as_ref(), invitation) {
        Some(id) => group(tx, app, &id, &actor.user).await?,
        None => None,
    };
    let mut profiles = match &call {
        Some(rows) => store::calls::profiles(tx, app, rows.call.id).await?,
        None => Vec::new(),
    };
    let mut invitees = Vec::new();
    // The record takes no more than so many.
    for user in invitation.to.iter().take(MAX_LEGS) {
        let Some(found) = store::calls::callee(tx, app, &actor.user, user).await? else { continue };
        profiles.push((user.clone(), found.profile));
        invitees.push(Invitee {
            user: user.clone(),
            call: rows_of(tx, app, found.call).await?,
            devices: store::devices::to_ring(tx, app, user).await?,
            is_in_group: is_in_group(tx, app, user, group.as_ref()).await?,
            has_blocked: found.has_blocked,
        });
    }
    profiles.push((actor.user.clone(), Profile { name: actor.user_name.clone(), avatar: actor.avatar.clone() }));
    let roles = match &group {
        Some(Group { id, .. }) => store::groups::admins(tx, app, id).await?,
        None => Vec::new(),
    };
    let profiles = profiles.into_iter().collect::<Profiles>().with_roles(roles);
    let most_legs = Some(usize::from(most_legs));
    Ok(Facts { call, channel_call, invitees, group, most_legs, node: Node::FIRST.number(), profiles })
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
