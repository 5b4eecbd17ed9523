//! Coming into groups and chat rooms, and going out of them.

use std::collections::BTreeSet;

use carillon_call::record::Recipient;
use carillon_protocol::{Done, GroupId, GroupKind, GroupRole, MAX_MEMBERS, RefusalCode, Signal, UserId};

use super::groups::{at_least, not_found, role_of, shown, tell_all};
use crate::{
    change::{Change, NotChanged, refuse},
    store::{
        self,
        chats::{ChatKey, membership},
        groups,
        people::is_blocked,
    },
};

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
    let avatar = groups::info(&mut change.tx, app, group, None).await?.and_then(|info| info.avatar);
    take_out(change, group, me).await?;
    match groups::heir(&mut change.tx, app, group).await? {
        Some(heir) if mine == GroupRole::Owner => {
            groups::set_role(&mut change.tx, app, group, &heir, GroupRole::Owner).await?;
        }
        Some(_) => {}
        None => store::avatars::swap(&mut change.tx, app, avatar.as_ref(), None).await?,
    }
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Takes everybody out, the owner last; of a group that nobody is in nothing remains.
pub(crate) async fn dissolve(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Owner).await?;
    let members = groups::members(&mut change.tx, &change.who.app, group).await?;
    for member in members.into_iter().filter(|member| member.role != GroupRole::Owner) {
        take_out(change, group, &member.user).await?;
    }
    leave(change, group).await
}

/// Puts people in who are not in yet and want something of this user; says whether there was anybody.
pub(super) async fn bring_in(change: &mut Change<'_>, group: &GroupId, users: Vec<UserId>) -> Result<bool, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if users.len() > MAX_MEMBERS {
        return refuse(RefusalCode::TooLarge, "a group has at most 100 members");
    }
    let key = ChatKey::group(group);
    let mut came = Vec::new();
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
        came.push(user);
    }
    see_each_other(change, group, &came).await?;
    match groups::info(&mut change.tx, app, group, None).await? {
        Some(info) if info.members as usize > MAX_MEMBERS => {
            refuse(RefusalCode::TooLarge, "a group has at most 100 members")
        }
        _ => Ok(!came.is_empty()),
    }
}

/// Whether somebody can be in one group more.
pub(super) async fn has_place_for_one_more(change: &mut Change<'_>, user: &UserId) -> Result<(), NotChanged> {
    let count = groups::count_of(&mut change.tx, &change.who.app, user).await?;
    if count >= change.core.config.limits.groups_per_user {
        return refuse(RefusalCode::TooLarge, "a user is in too many groups");
    }
    Ok(())
}

/// Whoever goes is told, and is in the group's call no more.
async fn take_out(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<(), NotChanged> {
    see_each_other(change, group, std::slice::from_ref(user)).await?;
    groups::remove(&mut change.tx, &change.who.app, group, user).await?;
    let (to, mail) = (Recipient::User(user.clone()), change.mail());
    let left = Signal::GroupLeft { group: group.clone() };
    let posted = store::sessions::post_to(&mut change.tx, &change.who.app, &to, left, mail).await?;
    change.will_deliver(posted);
    Ok(change.take_out_of_call(group, user).await?)
}

/// Who comes into a group or goes out of it, and everybody else in it, see each other's presence or do so no more. Chat rooms do not
/// count: anybody enters them.
async fn see_each_other(change: &mut Change<'_>, group: &GroupId, users: &[UserId]) -> Result<(), NotChanged> {
    let app = &change.who.app;
    match groups::info(&mut change.tx, app, group, None).await? {
        Some(info) if info.kind == GroupKind::Group && !users.is_empty() => {}
        _ => return Ok(()),
    }
    let all = groups::members(&mut change.tx, app, group).await?;
    let all: Vec<UserId> = all.into_iter().map(|member| member.user).collect();
    for user in users {
        change.will_be_seen(user.clone(), all.clone());
    }
    Ok(())
}
