//! What is asked of a call, from reading to writing.

use carillon_call::record::{Actor, Asked, Before, LegRow, Recipient, Rows, call_begun_by, decide, verdict};
use carillon_protocol::{Answer, CallId, Invitation, LegState, Refusal, RefusalCode, Signal, UserId};
use uuid::Uuid;

use super::{
    about::About,
    clearing::clear_and_read,
    ending, grants,
    writing::{write, write_messages},
};
use crate::{
    change::{By, Change, FollowUp, NotChanged, failed},
    ground::{
        limits::{InviteAttempt, table},
        shared::Ground,
    },
    store::{self, people::may_be_called},
};

/// Does what is asked of a call, and gives the answer. What was cleared away for it stays done if it is refused.
pub(crate) async fn ask(change: &mut Change<'_>, actor: &Actor, about: &About) -> store::Result<Answer> {
    change.then(FollowUp::CallAsked { since: change.began });
    let before = clear_and_read(change, actor, about).await?;
    if let About::New(invitation) = about
        && let Err(refusal) = permit_invite(change.ground, actor, invitation, &before)
    {
        // It is not written down: asked again, it may be permitted.
        change.forget_answer();
        return Ok(Answer::Refused(refusal));
    }
    let asked = asked(change, &before, actor, about).await?;
    let decision = decide(&before, actor, asked, change.stamp.now_ms);
    if change.is_request() && ending::is_of_nothing(about, &decision) {
        return Ok(ending::of_nothing(change, actor, decision));
    }
    let decision = match decision {
        Ok(decision) => decision,
        Err(refusal) => return Ok(Answer::Refused(refusal)),
    };
    let invited = match (about, &decision.rows) {
        (About::New(invitation), Some(rows)) => Some((invitation, rows.clone(), asked_now(&before, rows, &actor.user))),
        _ => None,
    };
    if decision.rows.is_some() && matches!(about, About::Accept { .. }) {
        change.then(FollowUp::Accepted);
    }
    let done = write(change, before, decision).await?;
    if let Some((invitation, rows, users)) = invited {
        write_messages(change, actor, invitation, &rows, &users).await?;
    }
    Ok(Answer::Ok(done))
}

/// Does to a call, in a change of its own, what no device asks for.
pub(crate) async fn act(ground: &Ground, actor: &Actor, about: &About) -> Answer {
    match Change::begin(ground, By::Server).await {
        Ok(mut change) => {
            let answer = ask(&mut change, actor, about).await;
            change.finish(answer.map_err(NotChanged::Failed)).await
        }
        Err(error) => failed(ground, &error),
    }
}

/// A caller who invites again because the answer was lost may have lost the news of the end with it.
pub(crate) async fn tell_verdict(change: &mut Change<'_>, answer: &Answer) -> store::Result<()> {
    let Some(call) = call_begun_by(answer) else { return Ok(()) };
    let (app, who) = (change.app(), change.who);
    let rows = store::calls::load(&mut change.tx, app, call).await?;
    if let Some(ended) = rows.and_then(|rows| verdict(&rows, &who.account.user)) {
        change.tell(Recipient::Device(who.device), Signal::Ended(ended));
    }
    Ok(())
}

/// Whether an invitation may be made at all; it is none's repetition.
fn permit_invite(ground: &Ground, actor: &Actor, invitation: &Invitation, before: &Before) -> Result<(), Refusal> {
    if ground.lifecycle.drain.has_begun() {
        let detail = "the server is stopping; try again".to_owned();
        return Err(Refusal { code: RefusalCode::Internal, detail });
    }
    // A caller is in no other call.
    let calling = before.call.as_ref().filter(|rows| rows.call.caller == actor.user);
    let legs = calling.iter().flat_map(|rows| &rows.legs);
    let ringing = legs.filter(|leg| leg.state == LegState::Ringing).count();
    let blocking = before.invitees.iter().filter(|invitee| invitee.has_blocked);
    let invited = InviteAttempt {
        caller: &(ground.config.app.clone(), actor.user.clone()),
        invitation,
        ringing: u32::try_from(ringing).unwrap_or(u32::MAX),
        blocked_by: blocking.map(|invitee| &invitee.user).collect(),
    };
    ground.limits.permit_invite(&table::INVITES, &invited)
}

/// What the record is asked, with as whom the actor may be in the channel, or why not.
async fn asked(change: &mut Change<'_>, before: &Before, actor: &Actor, about: &About) -> store::Result<Asked> {
    let app = change.app();
    let claim = match about.uid() {
        Some(uid) if !may_be_called(&mut change.tx, app, &actor.user, uid).await? => Err(grants::foreign_uid()),
        Some(_) | None => grants::claim(change.ground, before, actor, about),
    };
    Ok(match about.clone() {
        About::New(invitation) => {
            Asked::Invite { id: CallId::new(Uuid::now_v7()), app: app.clone(), invitation, claim }
        }
        About::Accept { .. } => Asked::Accept { claim },
        About::Renew { .. } => Asked::RenewToken { claim },
        About::Call(_, asked) => asked,
    })
}

/// Whom an invitation asks. After glare it asks no one, because that call was there before; and it asks no one twice.
fn asked_now(before: &Before, rows: &Rows, caller: &UserId) -> Vec<LegRow> {
    let known = before.call.as_ref().filter(|call| call.call.id == rows.call.id);
    let is_new = |leg: &&LegRow| !known.is_some_and(|call| call.legs.contains(leg));
    let is_asked = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Busy) && leg.user != *caller;
    rows.legs.iter().filter(is_asked).filter(is_new).cloned().collect()
}
