//! Groups and chat rooms: what they are called, how they look, and which role each member has.

use carillon_protocol::{
    AppId, DeviceId, Done, GivenName, GroupEvent, GroupId, GroupInfo, GroupKind, GroupRole, MAX_PAGE, Member,
    RefusalCode, Signal, UserId,
};
use uuid::Uuid;

use super::members::{bring_in, has_place_for_one_more};
use crate::{
    change::{Change, NotChanged, refuse},
    ground::shared::Ground,
    services::{
        messages::{bounds::fitting, sending::note},
        pictures::Picture,
    },
    store::{
        self, Conn, Who,
        chats::{ChatKey, membership},
        group_invitations,
        groups::{self, NewGroup, rank},
        spread::Audience,
    },
};

const MAX_QUERY_CHARS: usize = 64;

/// The groups and chat rooms of a user, those first that they are asked into.
pub(crate) async fn list(ground: &Ground, who: &Who) -> Result<Done, NotChanged> {
    let me = &who.account.user;
    let mut groups = ground.store.groups_asked_into(&who.app, me).await?;
    groups.extend(ground.store.groups_of(&who.app, me).await?);
    Ok(Done::Groups { groups: fitting(groups).0 })
}

/// Chat rooms by a part of their name.
pub(crate) async fn search_rooms(ground: &Ground, who: &Who, query: &str) -> Result<Done, NotChanged> {
    let query: String = query.chars().filter(|c| *c != '\0').take(MAX_QUERY_CHARS).collect();
    let rooms = ground.store.search_rooms(&who.app, &who.account.user, &query, MAX_PAGE).await?;
    Ok(Done::Groups { groups: fitting(rooms).0 })
}

/// Who is in a group.
pub(crate) async fn show(ground: &Ground, who: &Who, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me, group) = (who.app.clone(), who.account.user.clone(), group.clone());
    let shown = ground.store.ask(async move |conn| match groups::info(conn, &app, &group, Some(&me)).await? {
        Some(info) if info.role.is_some() => {
            let members = members(conn, &app, &group).await?;
            Ok(Done::Group { group: info, members })
        }
        _ => not_found(),
    });
    shown.await
}

/// Makes a group with its first members.
pub(crate) async fn create(
    change: &mut Change<'_>,
    kind: GroupKind,
    name: &GivenName,
    members: Vec<UserId>,
) -> Result<Done, NotChanged> {
    let name = name.check()?;
    let group = GroupId::new(Uuid::new_v4().to_string()).expect("a UUID is short and lower case");
    let (app, me) = (&change.who.app, &change.who.account.user);
    let new = NewGroup { app, group: &group, kind, name: &name, owner: me, now_ms: change.stamp.now_ms };
    has_place_for_one_more(change, me).await?;
    groups::create(&mut change.tx, new).await?;
    bring_in(change, &group, members).await?;
    tell_all(change, &group, Some(change.who.device)).await?;
    shown(change, &group).await
}

/// Calls a group something else.
pub(crate) async fn rename(change: &mut Change<'_>, group: &GroupId, name: &GivenName) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Admin).await?;
    let name = name.check()?;
    groups::rename(&mut change.tx, &change.who.app, group, &name).await?;
    tell_all(change, group, None).await?;
    note(change, group, GroupEvent::Renamed { name }).await?;
    Ok(Done::Done)
}

/// Gives a member another role, or the group itself.
pub(crate) async fn set_role(
    change: &mut Change<'_>,
    group: &GroupId,
    user: &UserId,
    role: GroupRole,
) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Owner).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    if user == me {
        return refuse(RefusalCode::NotAllowed, "an owner hands the group over first");
    }
    if group_invitations::find(&mut change.tx, app, group, user).await?.is_some() {
        if role == GroupRole::Owner {
            return refuse(RefusalCode::NotAllowed, "this user has not agreed to be in the group");
        }
        group_invitations::set_role(&mut change.tx, app, group, user, role).await?;
        tell_all(change, group, None).await?;
        return Ok(Done::Done);
    }
    if role_of(change, group, user).await? == role {
        return Ok(Done::Done);
    }
    groups::set_role(&mut change.tx, app, group, user, role).await?;
    if role == GroupRole::Owner {
        groups::set_role(&mut change.tx, app, group, me, GroupRole::Admin).await?;
    }
    tell_all(change, group, None).await?;
    if role == GroupRole::Owner {
        note(change, group, GroupEvent::NewOwner { user: user.clone() }).await?;
    }
    Ok(Done::Done)
}

/// Tells all users in a group how it is now, each with their own role; but not the device whose answer says so.
pub(super) async fn tell_all(
    change: &mut Change<'_>,
    group: &GroupId,
    but: Option<DeviceId>,
) -> Result<(), NotChanged> {
    let app = &change.who.app;
    let Some(info) = groups::info(&mut change.tx, app, group, None).await? else { return Ok(()) };
    for role in [GroupRole::Owner, GroupRole::Admin, GroupRole::Member] {
        let signal = Signal::GroupChanged(GroupInfo { role: Some(role), ..info.clone() });
        let audience = Audience { app, chat: &ChatKey::group(group), ranks: rank(role)..=rank(role), but };
        change.tell_members(&audience, signal).await?;
    }
    Ok(())
}

/// Gives a group another picture, or none; by an admin.
pub(crate) async fn set_avatar(
    change: &mut Change<'_>,
    group: &GroupId,
    picture: Option<&Picture>,
) -> Result<GroupInfo, NotChanged> {
    at_least(change, group, GroupRole::Admin).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    let Some(mut info) = groups::info(&mut change.tx, app, group, Some(me)).await? else { return not_found() };
    store::avatars::swap(&mut change.tx, app, info.avatar.as_ref(), picture).await?;
    info.avatar = picture.map(|picture| picture.id.clone());
    groups::set_avatar(&mut change.tx, app, group, info.avatar.as_ref()).await?;
    tell_all(change, group, None).await?;
    Ok(info)
}

/// A group as this user sees it, with all of its members.
pub(super) async fn shown(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let Some(info) = groups::info(&mut change.tx, app, group, Some(me)).await? else { return not_found() };
    let members = members(&mut change.tx, app, group).await?;
    Ok(Done::Group { group: info, members })
}

/// Who is in a group, and then who is asked into it.
async fn members(conn: &mut Conn, app: &AppId, group: &GroupId) -> store::Result<Vec<Member>> {
    let mut members = groups::members(conn, app, group).await?;
    members.extend(group_invitations::invited(conn, app, group).await?);
    Ok(members)
}

/// This user's role, if it is enough.
pub(super) async fn at_least(
    change: &mut Change<'_>,
    group: &GroupId,
    wanted: GroupRole,
) -> Result<GroupRole, NotChanged> {
    let mine = role_of(change, group, &change.who.account.user).await?;
    if mine < wanted {
        return refuse(RefusalCode::NotAllowed, "not by this role");
    }
    Ok(mine)
}

/// What a user may do in a group. A user who is not in it is not found, and neither is a group that is not there.
pub(super) async fn role_of(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<GroupRole, NotChanged> {
    match membership(&mut change.tx, &change.who.app, &ChatKey::group(group), user).await? {
        Some(membership) => Ok(membership.role()),
        None => not_found(),
    }
}

/// The one answer for what is not there and what is not this user's.
pub(super) fn not_found<T>() -> Result<T, NotChanged> {
    refuse(RefusalCode::NotFound, "there is no such group, or nobody of that name in it")
}
