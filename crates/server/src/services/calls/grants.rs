//! As whom a device may be in a channel, and until when.

use carillon_call::record::{Actor, Before, Claim, Grant};
use carillon_protocol::{ChannelName, Refusal, RefusalCode, Secret, Uid};

use super::about::About;
use crate::ground::{rtc_tokens::refusal, shared::Ground};

/// What the actor may do in the channel that is asked about. A request that names no token and no uid lets its user in by name.
pub(super) fn claim(ground: &Ground, before: &Before, actor: &Actor, about: &About) -> Claim {
    let (channel, uid, access_token) = match (about, &before.call) {
        (About::New(invitation), _) => (&invitation.channel, invitation.uid.as_ref(), invitation.access_token.as_ref()),
        (About::Accept { access_token, uid, .. }, Some(rows)) => {
            (&rows.call.channel, uid.as_ref(), access_token.as_ref())
        }
        (About::Renew { access_token, .. }, Some(rows)) => {
            (&rows.call.channel, rows.uid_of(&actor.user), Some(access_token))
        }
        (About::Accept { .. } | About::Renew { .. } | About::Call(..), _) => return Ok(by_name(actor)),
    };
    let others = before.call.iter().flat_map(|rows| rows.users().into_iter().map(|user| (user, rows.uid_of(user))));
    let is_taken = |uid| others.clone().any(|(user, taken)| *user != actor.user && taken == Some(uid));
    if uid.is_some_and(is_taken) {
        return Err(foreign_uid());
    }
    let uid = uid.map_or_else(|| Uid::from(actor.user.clone()), Uid::clone);
    let until_ms = until(ground, channel, &uid, access_token)?;
    Ok(Grant { uid, until_ms })
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
pub(super) fn foreign_uid() -> Refusal {
    refusal(RefusalCode::NotAllowed, "this uid is somebody else's")
}

/// By the account's name, as long as the call lasts.
fn by_name(actor: &Actor) -> Grant {
    Grant { uid: Uid::from(actor.user.clone()), until_ms: None }
}
