//! Groups and chat rooms: who is in them, and who may say so.

use std::collections::BTreeSet;

use carillon_call::record::Recipient;
use carillon_protocol::{
    DeviceId, Done, GroupId, GroupInfo, GroupKind, GroupRole, MAX_MEMBERS, MAX_PAGE, RefusalCode, Signal, UserId,
};
use uuid::Uuid;

use super::bounds::{fitting, tidy_name};
use crate::{
    change::{Change, NotChanged, refuse},
    core::Core,
    store::{
        self, Who,
        chats::{ChatKey, is_blocked, membership},
        groups::{self, NewGroup, rank},
        spread::Audience,
    },
};

const MAX_QUERY_CHARS: usize = 64;

/// The groups and chat rooms of a user.
pub(crate) async fn list(core: &Core, who: &Who) -> Result<Done, NotChanged> {
    let groups = core.store.groups_of(&who.app, &who.account.user).await?;
    Ok(Done::Groups { groups: fitting(groups).0 })
}

/// Chat rooms by a part of their name.
pub(crate) async fn search_rooms(core: &Core, who: &Who, query: &str) -> Result<Done, NotChanged> {
    let query: String = query.chars().filter(|c| *c != '\0').take(MAX_QUERY_CHARS).collect();
    let rooms = core.store.search_rooms(&who.app, &who.account.user, &query, MAX_PAGE).await?;
    Ok(Done::Groups { groups: fitting(rooms).0 })
}

/// Who is in a group.
pub(crate) async fn show(core: &Core, who: &Who, group: &GroupId) -> Result<Done, NotChanged> {
    let mut tx = core.store.read().await?;
    let me = &who.account.user;
    match groups::info(&mut tx, &who.app, group, Some(me)).await? {
        Some(info) if info.role.is_some() => {
            let members = groups::members(&mut tx, &who.app, group).await?;
            Ok(Done::Group { group: info, members })
        }
        _ => not_found(),
    }
}

/// Makes a group with its first members.
pub(crate) async fn create(
    change: &mut Change<'_>,
    kind: GroupKind,
    name: &str,
    members: Vec<UserId>,
) -> Result<Done, NotChanged> {
    let name = tidy_name(name)?;
    let group = GroupId::new(Uuid::new_v4().to_string()).expect("a UUID is short and lower case");
    let (app, me) = (&change.who.app, &change.who.account.user);
    let new = NewGroup { app, group: &group, kind, name: &name, owner: me, now_ms: change.now_ms };
    has_place_for_one_more(change, me).await?;
    groups::create(&mut change.tx, new).await?;
    bring_in(change, &group, members).await?;
    tell_all(change, &group, Some(change.who.device)).await?;
    shown(change, &group).await
}

/// Calls a group something else.
pub(crate) async fn rename(change: &mut Change<'_>, group: &GroupId, name: &str) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Admin).await?;
    let name = tidy_name(name)?;
    groups::rename(&mut change.tx, &change.who.app, group, &name).await?;
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Brings people in.
pub(crate) async fn add_members(
    change: &mut Change<'_>,
    group: &GroupId,
    users: Vec<UserId>,
) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Admin).await?;
    if bring_in(change, group, users).await? {
        tell_all(change, group, Some(change.who.device)).await?;
    }
    shown(change, group).await
}

/// Takes somebody out.
pub(crate) async fn remove_member(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<Done, NotChanged> {
    let mine = at_least(change, group, GroupRole::Admin).await?;
    let theirs = role_of(change, group, user).await?;
    if theirs >= mine {
        return refuse(RefusalCode::NotAllowed, "only members of a lower rank can be taken out");
    }
    take_out(change, group, user).await?;
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Gives somebody another role, or the group itself.
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
    if role_of(change, group, user).await? == role {
        return Ok(Done::Done);
    }
    groups::set_role(&mut change.tx, app, group, user, role).await?;
    if role == GroupRole::Owner {
        groups::set_role(&mut change.tx, app, group, me, GroupRole::Admin).await?;
    }
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Enters a chat room.
pub(crate) async fn join(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let room = match groups::info(&mut change.tx, app, group, Some(me)).await? {
        Some(info) if info.role.is_some() => return Ok(Done::Done),
        Some(info) if info.kind == GroupKind::Room => info,
        _ => return not_found(),
    };
    if room.members as usize >= MAX_MEMBERS {
        return refuse(RefusalCode::TooLarge, "the room is full");
    }
    has_place_for_one_more(change, me).await?;
    groups::add(&mut change.tx, app, group, me, change.now_ms).await?;
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Leaves; the first admin inherits, or else the first member.
pub(crate) async fn leave(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let mine = role_of(change, group, me).await?;
    take_out(change, group, me).await?;
    if mine == GroupRole::Owner
        && let Some(heir) = groups::heir(&mut change.tx, app, group).await?
    {
        groups::set_role(&mut change.tx, app, group, &heir, GroupRole::Owner).await?;
    }
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Puts people in who are not in yet and want something of this user; says whether there was anybody.
async fn bring_in(change: &mut Change<'_>, group: &GroupId, users: Vec<UserId>) -> Result<bool, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if users.len() > MAX_MEMBERS {
        return refuse(RefusalCode::TooLarge, "a group has at most 100 members");
    }
    let key = ChatKey::group(group);
    let mut came = false;
    for user in users.into_iter().collect::<BTreeSet<_>>() {
        if store::people::display_name(&mut change.tx, app, &user).await?.is_none() {
            return refuse(RefusalCode::UnknownUser, "there is no such user");
        }
        let is_in = membership(&mut change.tx, app, &key, &user).await?.is_some();
        if is_in || is_blocked(&mut change.tx, app, &user, me).await? {
            continue;
        }
        has_place_for_one_more(change, &user).await?;
        groups::add(&mut change.tx, app, group, &user, change.now_ms).await?;
        came = true;
    }
    match groups::info(&mut change.tx, app, group, None).await? {
        Some(info) if info.members as usize > MAX_MEMBERS => {
            refuse(RefusalCode::TooLarge, "a group has at most 100 members")
        }
        _ => Ok(came),
    }
}

async fn has_place_for_one_more(change: &mut Change<'_>, user: &UserId) -> Result<(), NotChanged> {
    let count = groups::count_of(&mut change.tx, &change.who.app, user).await?;
    if count >= change.core.config.limits.groups_per_user {
        return refuse(RefusalCode::TooLarge, "a user is in too many groups");
    }
    Ok(())
}

/// Whoever goes is told, and is in the group's call no more.
async fn take_out(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<(), NotChanged> {
    groups::remove(&mut change.tx, &change.who.app, group, user).await?;
    let (to, mail) = (Recipient::User(user.clone()), change.mail());
    let left = Signal::GroupLeft { group: group.clone() };
    let told = store::sessions::post_to(&mut change.tx, &change.who.app, &to, &left, mail).await?;
    change.will_hint(told);
    change.will_be_gone(group.clone(), user.clone());
    Ok(())
}

/// Tells everybody in a group how it is now, each with their own role.
async fn tell_all(change: &mut Change<'_>, group: &GroupId, but: Option<DeviceId>) -> Result<(), NotChanged> {
    let (app, mail) = (&change.who.app, change.mail());
    let Some(info) = groups::info(&mut change.tx, app, group, None).await? else { return Ok(()) };
    for role in [GroupRole::Owner, GroupRole::Admin, GroupRole::Member] {
        let signal = Signal::GroupChanged(GroupInfo { role: Some(role), ..info.clone() });
        let audience = Audience { app, chat: &ChatKey::group(group), ranks: rank(role)..=rank(role), but };
        let told = store::spread::post_to_members(&mut change.tx, &audience, &signal, mail).await?;
        change.will_hint(told);
    }
    Ok(())
}

async fn shown(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let Some(info) = groups::info(&mut change.tx, app, group, Some(me)).await? else { return not_found() };
    let members = groups::members(&mut change.tx, app, group).await?;
    Ok(Done::Group { group: info, members })
}

/// This user's role, if it is enough.
async fn at_least(change: &mut Change<'_>, group: &GroupId, wanted: GroupRole) -> Result<GroupRole, NotChanged> {
    let mine = role_of(change, group, &change.who.account.user).await?;
    if mine < wanted {
        return refuse(RefusalCode::NotAllowed, "not by this role");
    }
    Ok(mine)
}

/// What somebody may do in a group; who is not in it is not found, and neither is a group that is not there.
async fn role_of(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<GroupRole, NotChanged> {
    match membership(&mut change.tx, &change.who.app, &ChatKey::group(group), user).await? {
        Some(membership) => Ok(membership.role()),
        None => not_found(),
    }
}

fn not_found<T>() -> Result<T, NotChanged> {
    refuse(RefusalCode::NotFound, "there is no such group, or nobody of that name in it")
}
