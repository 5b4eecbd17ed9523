//! Missed calls that were seen: on one device is on all.

use carillon_call::record::Recipient;
use carillon_protocol::{Answer, CallId, Done, OpId, Signal};

use super::internal;
use crate::{
    core::Core,
    store::{self, Posted, Who},
};

impl Core {
    /// A user has seen their missed calls up to one of them.
    pub(crate) async fn mark_calls_seen(&self, who: &Who, op: OpId, up_to: CallId) -> Answer {
        match self.commit_seen(who, op, up_to).await {
            Ok((answer, posted)) => {
                self.bus.deliver(posted);
                answer
            }
            Err(error) => {
                self.store_failed(&error, "calls could not be marked as seen");
                internal()
            }
        }
    }

    async fn commit_seen(&self, who: &Who, op: OpId, up_to: CallId) -> store::Result<(Answer, Vec<Posted>)> {
        let (now_ms, user) = (self.clock.now_ms(), &who.account.user);
        let mut tx = self.store.write().await?;
        if let Some(answer) = store::answers::given(&mut tx, who.device, op).await? {
            // What it says may be on its way to the disk still.
            tx.commit().await?;
            return Ok((answer, Vec::new()));
        }
        let answer = Answer::Ok(Done::Done);
        store::answers::give(&mut tx, who.device, op, &answer, now_ms).await?;
        let mut posted = Vec::new();
        if store::log::mark_seen(&mut tx, &who.app, user, up_to).await? {
            let signal = Signal::CallsSeen { missed: store::log::missed(&mut tx, &who.app, user).await? };
            let (to, mail) = (Recipient::User(user.clone()), (now_ms, u64::from(self.config.limits.outbox)));
            posted = store::sessions::post_to(&mut tx, &who.app, &to, signal, mail).await?;
        }
        tx.commit().await?;
        Ok((answer, posted))
    }
}
