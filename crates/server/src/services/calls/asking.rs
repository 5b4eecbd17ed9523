//! What is asked of a call that lives, from reading to writing.

use carillon_call::record::{Action, Actor, Decision, Facts, GroupAction, Recipient, call_begun_by, decide, verdict};
use carillon_protocol::{Answer, CallId, DeviceId, Moderation, Refusal, Secret, Signal, Uid, UserId};
use uuid::Uuid;

use super::{before::of_call, ending, grants, writing::write};
use crate::{
    change::{By, Change, FollowUp, NotChanged, failed},
    ground::shared::Ground,
    store::{self, Who},
};

/// A device's user answers, and joins the channel by this token and as this uid, where they say so.
pub(crate) async fn accept(
    change: &mut Change<'_>,
    call: CallId,
    access_token: Option<Secret>,
    uid: Option<Uid>,
    hides_address: bool,
) -> store::Result<Answer> {
    let actor = actor(change.who);
    let before = begin(change, call, true).await?;
    let claim = match &before.call {
        Some(rows) => {
            let channel = &rows.call.channel;
            grants::claim_by_uid(change, &before, &actor, channel, uid.as_ref(), access_token.as_ref()).await?
        }
        None => Ok(grants::by_name(&actor)),
    };
    let decision = decide(&before, &actor, Action::Accept { claim, hides_address }, change.stamp.now_ms);
    if decision.as_ref().is_ok_and(|decision| decision.rows.is_some()) {
        change.then(FollowUp::Accepted);
    }
    finish(change, before, decision).await
}

/// A device stays in the channel by another token.
pub(crate) async fn renew_token(change: &mut Change<'_>, call: CallId, access_token: Secret) -> store::Result<Answer> {
    let actor = actor(change.who);
    let before = begin(change, call, false).await?;
    let claim = match &before.call {
        Some(rows) => {
            let uid = rows.uid_of(&actor.user);
            grants::claim(change.ground, &before, &actor, &rows.call.channel, uid, Some(&access_token))
        }
        None => Ok(grants::by_name(&actor)),
    };
    let decision = decide(&before, &actor, Action::RenewToken { claim }, change.stamp.now_ms);
    finish(change, before, decision).await
}

/// A device's media are lost.
pub(crate) async fn media_lost(change: &mut Change<'_>, call: CallId, was_connected: bool) -> store::Result<Answer> {
    ask(change, call, Action::MediaLost { was_connected }).await
}

/// A device's user raises their hand in a group call, or lowers it.
pub(crate) async fn set_hand(change: &mut Change<'_>, call: CallId, raised: bool) -> store::Result<Answer> {
    ask(change, call, Action::InGroup(GroupAction::SetHand { raised })).await
}

/// A device's user does this about another in a group call.
pub(crate) async fn moderate(
    change: &mut Change<'_>,
    call: CallId,
    user: UserId,
    what: Moderation,
) -> store::Result<Answer> {
    ask(change, call, Action::InGroup(GroupAction::Moderate { user, what })).await
}

/// Does what else a device asks of a call.
pub(crate) async fn ask(change: &mut Change<'_>, call: CallId, asked: Action) -> store::Result<Answer> {
    let actor = actor(change.who);
    let ends = matches!(asked, Action::HangUp | Action::Decline | Action::MediaLost { .. });
    // What is asked most often shows no profiles.
    let shows_none = matches!(asked, Action::Ringing | Action::MoveToServer | Action::Media(_) | Action::Publish(_));
    let before = begin(change, call, !shows_none).await?;
    let decision = decide(&before, &actor, asked, change.stamp.now_ms);
    if ends && ending::is_of_nothing(&decision) {
        return Ok(ending::of_nothing(change, &actor, decision));
    }
    finish(change, before, decision).await
}

/// Does to a call, in a change of its own, what no device asks for.
pub(crate) async fn act(ground: &Ground, actor: &Actor, call: CallId, asked: Action) -> Answer {
    match Change::begin(ground, By::Server).await {
        Ok(mut change) => {
            let answer = act_in(&mut change, actor, call, asked).await;
            change.finish(answer.map_err(NotChanged::Failed)).await
        }
        Err(error) => failed(ground, &error),
    }
}

async fn act_in(change: &mut Change<'_>, actor: &Actor, call: CallId, asked: Action) -> store::Result<Answer> {
    let before = begin(change, call, true).await?;
    let decision = decide(&before, actor, asked, change.stamp.now_ms);
    finish(change, before, decision).await
}

async fn begin(change: &mut Change<'_>, call: CallId, shows_profiles: bool) -> store::Result<Facts> {
    change.then(FollowUp::CallAsked { since: change.began });
    of_call(change, call, shows_profiles).await
}

async fn finish(change: &mut Change<'_>, before: Facts, decision: Result<Decision, Refusal>) -> store::Result<Answer> {
    match decision {
        Ok(decision) => write(change, before, decision).await.map(Answer::Ok),
        Err(refusal) => Ok(Answer::Refused(refusal)),
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

/// The device that asks, and its user.
pub(super) fn actor(who: &Who) -> Actor {
    Actor {
        user: who.account.user.clone(),
        user_name: who.account.display_name.clone(),
        avatar: who.account.avatar.clone(),
        device: who.device,
        device_name: who.device_name.clone(),
        key: who.key.clone(),
    }
}

/// Who acts when the server does: a user that no account has.
pub(crate) fn the_server() -> Actor {
    let user = UserId::new("-").expect("a dash is allowed");
    let device = DeviceId::new(Uuid::nil());
    Actor { user, user_name: String::new(), avatar: None, device, device_name: String::new(), key: None }
}
