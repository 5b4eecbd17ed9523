//! As whom a device may be in a channel, and until when.

use carillon_call::record::{Actor, Claim, Facts, Grant};
use carillon_protocol::{ChannelName, Refusal, RefusalCode, Secret, Uid};

use crate::{
    change::Change,
    ground::{rtc_tokens::refusal, shared::Ground},
    store::{self, people::may_be_called},
};

/// What the actor may do in a channel, as whom they ask to be in it: not by the name of another user.
pub(super) async fn claim_by_uid(
    change: &mut Change<'_>,
    before: &Facts,
    actor: &Actor,
    channel: &ChannelName,
    uid: Option<&Uid>,
    access_token: Option<&Secret>,
) -> store::Result<Claim> {
    let app = change.app();
    if let Some(uid) = uid
        && !may_be_called(&mut change.tx, app, &actor.user, uid).await?
    {
        return Ok(Err(foreign_uid()));
    }
    Ok(claim(change.ground, before, actor, channel, uid, access_token))
}

/// What the actor may do in a channel by a token. Without a token and a uid they may be there by name.
pub(super) fn claim(
    ground: &Ground,
    before: &Facts,
    actor: &Actor,
    channel: &ChannelName,
    uid: Option<&Uid>,
    access_token: Option<&Secret>,
) -> Claim {
    let others = before.call.iter().flat_map(|rows| rows.users().into_iter().map(|user| (user, rows.uid_of(user))));
    let is_taken = |uid| others.clone().any(|(user, taken)| *user != actor.user && taken == Some(uid));
    if uid.is_some_and(is_taken) {
        return Err(foreign_uid());
    }
    let uid = uid.map_or_else(|| Uid::from(actor.user.clone()), Uid::clone);
    let until_ms = until(ground, channel, &uid, access_token)?;
    Ok(Grant { uid, until_ms })
}

/// By the account's name, as long as the call lasts.
pub(super) fn by_name(actor: &Actor) -> Grant {
    Grant { uid: Uid::from(actor.user.clone()), until_ms: None }
}

/// Until when a token lets its user into a channel; `None` for as long as the call lasts.
fn until(
    ground: &Ground,
    channel: &ChannelName,
    uid: &Uid,
    access_token: Option<&Secret>,
) -> Result<Option<u64>, Refusal> {
    match access_token {
        // Another machine may have minted it, by the time of day.
        Some(token) => {
            let until_ms = ground.rtc_tokens.check(token.expose(), channel, uid, ground.clock.wall_ms())?;
            Ok(Some(ground.clock.by_server_time(until_ms)))
        }
        None if ground.rtc_tokens.are_demanded() => {
            Err(refusal(RefusalCode::TokenMissing, "the channel takes nobody without an RTC token"))
        }
        None => Ok(None),
    }
}

/// The uid is another user's name, or another's in this call.
fn foreign_uid() -> Refusal {
    refusal(RefusalCode::NotAllowed, "this uid is somebody else's")
}
