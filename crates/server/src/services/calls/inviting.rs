//! Invitations: calls that begin, and people who are asked into one.

use std::collections::BTreeMap;

use carillon_call::record::{Action, Actor, Facts, LegRow, Rows, decide};
use carillon_protocol::{Answer, CallId, Invitation, LegState, Refusal, RefusalCode, UserId};
use uuid::Uuid;

use super::{
    actor,
    before::of_invitation,
    grants,
    writing::{impose, write, write_messages},
};
use crate::{
    change::{Change, FollowUp},
    ground::{
        limits::{InviteAttempt, table},
        shared::Ground,
    },
    store,
};

/// Does what a device's invitation asks, and gives the answer.
pub(crate) async fn invite(change: &mut Change<'_>, invitation: Invitation) -> store::Result<Answer> {
    change.then(FollowUp::CallAsked { since: change.began });
    let (actor, app) = (actor(change.who), change.app());
    let before = cleared(change, &actor, &invitation).await?;
    if let Err(refusal) = permit(change.ground, &actor, &invitation, &before) {
        // It is not written down: asked again, it may be permitted.
        change.forget_answer();
        return Ok(Answer::Refused(refusal));
    }
    let (uid, access_token) = (invitation.uid.as_ref(), invitation.access_token.as_ref());
    let claim = grants::claim_by_uid(change, &before, &actor, &invitation.channel, uid, access_token).await?;
    let id = CallId::new(Uuid::now_v7());
    let asked = Action::Invite { id, app: app.clone(), invitation: invitation.clone(), claim };
    let decision = match decide(&before, &actor, asked, change.stamp.now_ms) {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let rows = decision.rows.clone();
    let legs = rows.as_ref().map(|rows| asked_now(&before, rows, &actor.user)).unwrap_or_default();
    let done = write(change, before, decision).await?;
    if let Some(rows) = rows {
        write_messages(change, &actor, &invitation, &rows, &legs).await?;
    }
    Ok(Answer::Ok(done))
}

/// What the record must know, once overdue calls that still take a user are ended, in the same change.
async fn cleared(change: &mut Change<'_>, actor: &Actor, invitation: &Invitation) -> store::Result<Facts> {
    let before = of_invitation(change, actor, invitation).await?;
    let overdue = overdue(&before, change.stamp.now_ms);
    if overdue.is_empty() {
        return Ok(before);
    }
    for rows in overdue.into_values() {
        impose(change, rows, Action::Expire).await?;
    }
    of_invitation(change, actor, invitation).await
}

/// Calls that still take a user although they ring no longer for them.
fn overdue(before: &Facts, now_ms: u64) -> BTreeMap<CallId, Rows> {
    let of_invitees = before.invitees.iter().filter_map(|invitee| invitee.call.as_ref());
    let all = before.call.iter().chain(of_invitees).filter(|rows| rows.is_overdue(now_ms));
    all.map(|rows| (rows.call.id, rows.clone())).collect()
}

/// Whether an invitation may be made at all; it is none's repetition.
fn permit(ground: &Ground, actor: &Actor, invitation: &Invitation, before: &Facts) -> Result<(), Refusal> {
    if ground.lifecycle.drain.has_begun() {
        let detail = "the server is stopping; try again".to_owned();
        return Err(Refusal { code: RefusalCode::Internal, detail });
    }
    // A caller is in no other call.
    let calling = before.call.as_ref().filter(|rows| rows.call.caller == actor.user);
    let legs = calling.iter().flat_map(|rows| &rows.legs);
    let ringing = legs.filter(|leg| leg.state == LegState::Ringing).count();
    let blocking = before.invitees.iter().filter(|invitee| invitee.has_blocked);
    let attempt = InviteAttempt {
        caller: &(ground.config.app.clone(), actor.user.clone()),
        invitation,
        ringing: u32::try_from(ringing).unwrap_or(u32::MAX),
        blocked_by: blocking.map(|invitee| &invitee.user).collect(),
    };
    ground.limits.permit_invite(&table::INVITES, &attempt)
}

/// Whom an invitation asks. After glare it asks no one, because that call was there before; and it asks no one twice.
fn asked_now(before: &Facts, rows: &Rows, caller: &UserId) -> Vec<LegRow> {
    let known = before.call.as_ref().filter(|call| call.call.id == rows.call.id);
    let is_new = |leg: &&LegRow| !known.is_some_and(|call| call.legs.contains(leg));
    let is_asked = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Busy) && leg.user != *caller;
    rows.legs.iter().filter(is_asked).filter(is_new).cloned().collect()
}
