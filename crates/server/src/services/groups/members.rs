//! Coming into groups and chat rooms, and going out of them.

use std::collections::BTreeSet;

use carillon_protocol::{
    Done, GroupEvent, GroupId, GroupInfo, GroupKind, GroupRole, Inviter, MAX_MEMBERS, RefusalCode, Signal, UserId,
};

use super::settings::{at_least, not_found, role_of, shown, tell_all};
use crate::{
    change::{Change, FollowUp, NotChanged, refuse},
    services::{calls::leave_with_group, messages::sending::note},
    store::{
        self,
        chats::{ChatKey, membership},
        group_invitations::{self, NewInvitation},
        groups,
        people::{has_blocked, is_contact},
    },
};

/// Invitations into groups that wait for one user: of one inviter, and of all whom they hear.
const MOST_INVITATIONS_OF_ONE: u32 = 5;
const MOST_INVITATIONS: u32 = 100;

/// Brings people in.
pub(crate) async fn add_members(
    change: &mut Change<'_>,
    group: &GroupId,
    users: Vec<UserId>,
) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Admin).await?;
    let brought = bring_in(change, group, users).await?;
    if brought.is_new {
        tell_all(change, group, Some(change.who.device)).await?;
    }
    if !brought.shown_in.is_empty() {
        note(change, group, GroupEvent::Added { users: brought.shown_in }).await?;
    }
    shown(change, group).await
}

/// Takes a member out.
pub(crate) async fn remove_member(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<Done, NotChanged> {
    let mine = at_least(change, group, GroupRole::Admin).await?;
    if uninvite(change, group, user).await? {
        tell_all(change, group, None).await?;
        return Ok(Done::Done);
    }
    let theirs = role_of(change, group, user).await?;
    if theirs >= mine {
        return refuse(RefusalCode::NotAllowed, "only members of a lower rank can be taken out");
    }
    take_out(change, group, user).await?;
    tell_all(change, group, None).await?;
    note(change, group, GroupEvent::Removed { user: user.clone() }).await?;
    Ok(Done::Done)
}

/// Enters a chat room, or a group that this user is asked into.
pub(crate) async fn join(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let invitation = group_invitations::find(&mut change.tx, app, group, me).await?;
    let heard = invitation.filter(|invitation| invitation.is_heard);
    let info = match groups::info(&mut change.tx, app, group, Some(me)).await? {
        Some(info) if info.role.is_some() => return Ok(Done::Done),
        Some(info) if info.kind == GroupKind::Room || heard.is_some() => info,
        _ => return not_found(),
    };
    // Who is asked has a place already.
    if invitation.is_none() && info.members as usize >= MAX_MEMBERS {
        return refuse(RefusalCode::TooLarge, "the room is full");
    }
    has_place_for_one_more(change, me).await?;
    let role = heard.map_or(GroupRole::Member, group_invitations::Invitation::role);
    group_invitations::remove(&mut change.tx, app, group, me).await?;
    groups::add(&mut change.tx, app, group, me, role, change.stamp.now_ms).await?;
    see_each_other(change, group, std::slice::from_ref(me)).await?;
    tell_all(change, group, None).await?;
    note(change, group, GroupEvent::Joined).await?;
    Ok(Done::Done)
}

/// Leaves, or declines an invitation; the first admin inherits, or else the first member.
pub(crate) async fn leave(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if group_invitations::find(&mut change.tx, app, group, me).await?.is_some_and(|invitation| invitation.is_heard) {
        uninvite(change, group, me).await?;
        tell_all(change, group, None).await?;
        return Ok(Done::Done);
    }
    let mine = role_of(change, group, me).await?;
    let avatar = groups::info(&mut change.tx, app, group, None).await?.and_then(|info| info.avatar);
    take_out(change, group, me).await?;
    match groups::heir(&mut change.tx, app, group).await? {
        Some(heir) if mine == GroupRole::Owner => {
            groups::set_role(&mut change.tx, app, group, &heir, GroupRole::Owner).await?;
            note(change, group, GroupEvent::Left).await?;
            note(change, group, GroupEvent::NewOwner { user: heir }).await?;
        }
        Some(_) => note(change, group, GroupEvent::Left).await?,
        None => {
            store::avatars::swap(&mut change.tx, app, avatar.as_ref(), None).await?;
            for asked in group_invitations::invited(&mut change.tx, app, group).await? {
                uninvite(change, group, &asked.user).await?;
            }
        }
    }
    tell_all(change, group, None).await?;
    Ok(Done::Done)
}

/// Takes all members out, the owner last; of a group without members nothing remains.
pub(crate) async fn dissolve(change: &mut Change<'_>, group: &GroupId) -> Result<Done, NotChanged> {
    at_least(change, group, GroupRole::Owner).await?;
    let members = groups::members(&mut change.tx, &change.who.app, group).await?;
    for member in members.into_iter().filter(|member| member.role != GroupRole::Owner) {
        take_out(change, group, &member.user).await?;
    }
    leave(change, group).await
}

/// What came of bringing people in.
pub(super) struct Brought {
    /// Whether there is anything that was not so before.
    pub(super) is_new: bool,
    /// Who is shown to the members as in it from now on. A contact who has blocked the one that asks them is among them, as in all that
    /// shows who is in.
    shown_in: Vec<UserId>,
}

/// Puts contacts in who are not in yet, and asks others.
pub(super) async fn bring_in(
    change: &mut Change<'_>,
    group: &GroupId,
    users: Vec<UserId>,
) -> Result<Brought, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if users.len() > MAX_MEMBERS {
        return refuse(RefusalCode::TooLarge, "a group has at most 100 members");
    }
    let key = ChatKey::group(group);
    let (mut came, mut asked, mut shown_in) = (Vec::new(), Vec::new(), Vec::new());
    for user in users.into_iter().collect::<BTreeSet<_>>() {
        let Some(has_blocked) = has_blocked(&mut change.tx, app, &user, me).await? else {
            return refuse(RefusalCode::UnknownUser, "there is no such user");
        };
        let is_in = membership(&mut change.tx, app, &key, &user).await?.is_some();
        if is_in || group_invitations::find(&mut change.tx, app, group, &user).await?.is_some() {
            continue;
        }
        let is_trusted = change.is_by_operator() || is_contact(&mut change.tx, app, me, &user).await?;
        shown_in.extend(is_trusted.then(|| user.clone()));
        if is_trusted && !has_blocked {
            has_place_for_one_more(change, &user).await?;
            groups::add(&mut change.tx, app, group, &user, GroupRole::Member, change.stamp.now_ms).await?;
            came.push(user);
        } else {
            ask(change, group, &user, is_trusted).await?;
            asked.push((user, has_blocked));
        }
    }
    see_each_other(change, group, &came).await?;
    match groups::info(&mut change.tx, app, group, None).await? {
        Some(info) if info.members as usize > MAX_MEMBERS => {
            refuse(RefusalCode::TooLarge, "a group has at most 100 members")
        }
        Some(info) => {
            tell_asked(change, &info, &asked);
            Ok(Brought { is_new: !came.is_empty() || !asked.is_empty(), shown_in })
        }
        None => not_found(),
    }
}

/// Asks a user into a group. A contact who has blocked this user is shown as if they were in it.
async fn ask(change: &mut Change<'_>, group: &GroupId, user: &UserId, as_member: bool) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let (of_one, all) = group_invitations::waiting(&mut change.tx, app, user, me).await?;
    if of_one >= MOST_INVITATIONS_OF_ONE || all >= MOST_INVITATIONS {
        return refuse(RefusalCode::TooLarge, "too many invitations wait for this user's answer");
    }
    let new = NewInvitation { app, group, user, invited_by: me, as_member, now_ms: change.stamp.now_ms };
    Ok(group_invitations::add(&mut change.tx, &new).await?)
}

/// Tells those who are asked of the group, and by whom; but not those who have blocked this user.
fn tell_asked(change: &mut Change<'_>, group: &GroupInfo, asked: &[(UserId, bool)]) {
    let account = &change.who.account;
    let inviter = Inviter { user: account.user.clone(), display_name: account.display_name.clone() };
    let info = GroupInfo { invited_by: Some(inviter), role: None, ..group.clone() };
    for (user, _) in asked.iter().filter(|(_, has_blocked)| !has_blocked) {
        change.tell_user(user, Signal::GroupChanged(info.clone()));
    }
}

/// Takes an invitation away, if there is one: declined, or taken back. A call of the group that rings for this user stops ringing.
async fn uninvite(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<bool, NotChanged> {
    let app = &change.who.app;
    let Some(invitation) = group_invitations::find(&mut change.tx, app, group, user).await? else { return Ok(false) };
    group_invitations::remove(&mut change.tx, app, group, user).await?;
    if invitation.is_heard {
        change.tell_user(user, Signal::GroupLeft { group: group.clone() });
    }
    leave_with_group(change, group, user).await?;
    Ok(true)
}

/// Whether a user can be in one group more.
pub(super) async fn has_place_for_one_more(change: &mut Change<'_>, user: &UserId) -> Result<(), NotChanged> {
    let count = groups::count_of(&mut change.tx, &change.who.app, user).await?;
    if count >= change.ground.config.limits.groups_per_user {
        return refuse(RefusalCode::TooLarge, "a user is in too many groups");
    }
    Ok(())
}

/// The member is told, and is in the group's call no more.
async fn take_out(change: &mut Change<'_>, group: &GroupId, user: &UserId) -> Result<(), NotChanged> {
    see_each_other(change, group, std::slice::from_ref(user)).await?;
    groups::remove(&mut change.tx, &change.who.app, group, user).await?;
    change.tell_user(user, Signal::GroupLeft { group: group.clone() });
    Ok(leave_with_group(change, group, user).await?)
}

/// A user who comes into a group or goes out of it, and all others in it, see each other's presence or do so no more. Chat rooms
/// do not count: any user may enter them.
async fn see_each_other(change: &mut Change<'_>, group: &GroupId, users: &[UserId]) -> Result<(), NotChanged> {
    let app = &change.who.app;
    match groups::info(&mut change.tx, app, group, None).await? {
        Some(info) if info.kind == GroupKind::Group && !users.is_empty() => {}
        _ => return Ok(()),
    }
    let all = groups::members(&mut change.tx, app, group).await?;
    let all: Vec<UserId> = all.into_iter().map(|member| member.user).collect();
    for user in users {
        change.then(FollowUp::VisibilityChanged { user: user.clone(), others: all.clone() });
    }
    Ok(())
}
