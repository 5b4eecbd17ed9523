//! As whom a device may be in a channel, and until when.

use carillon_call::record::{Actor, Before, Grant};
use carillon_protocol::{ChannelName, Refusal, Secret, Uid};

use super::About;
use crate::core::Core;

impl Core {
    /// What the actor may do in the channel that is asked about. Whoever asks nothing of the kind may be there by name.
    pub(super) fn claim(&self, before: &Before, actor: &Actor, about: &About, now_ms: u64) -> Result<Grant, Refusal> {
        let (channel, uid, access_token) = match (about, &before.call) {
            (About::New(invitation), _) => {
                (&invitation.channel, invitation.uid.as_ref(), invitation.access_token.as_ref())
            }
            (About::Accept { access_token, uid, .. }, Some(rows)) => {
                (&rows.call.channel, uid.as_ref(), access_token.as_ref())
            }
            (About::Renew { access_token, .. }, Some(rows)) => {
                (&rows.call.channel, rows.uid_of(&actor.user), Some(access_token))
            }
            _ => return Ok(by_name(actor)),
        };
        self.grant_for(actor, (channel, uid), access_token, now_ms)
    }

    /// As whom, and until when: this server demands no token yet, so anybody may be in the channel as whom they say, for good.
    #[allow(clippy::unused_self, clippy::unnecessary_wraps, reason = "tokens are checked here")]
    fn grant_for(
        &self,
        actor: &Actor,
        (_channel, uid): (&ChannelName, Option<&Uid>),
        _access_token: Option<&Secret>,
        _now_ms: u64,
    ) -> Result<Grant, Refusal> {
        Ok(uid.map_or_else(|| by_name(actor), |uid| Grant { uid: uid.clone(), until_ms: None }))
    }
}

/// By the account's name, as long as the call lasts.
pub(super) fn by_name(actor: &Actor) -> Grant {
    Grant { uid: Uid::from(actor.user.clone()), until_ms: None }
}
