//! Calls whose rows make no sense to this server: ended, said once, and out of everybody's way.

use carillon_call::record::Recipient;
use carillon_protocol::{CallId, EndReason, Ended, Signal, UserId};

use crate::{
    core::Core,
    log_budget::limited,
    store::{self, Posted, Tx},
};

impl Core {
    /// Ends a live call that cannot be read.
    pub(crate) async fn end_unreadable(&self, call: CallId) -> store::Result<()> {
        let mut tx = self.store.write().await?;
        let Some((posted, users)) = self.remove_unreadable(&mut tx, call, self.clock.now_ms()).await? else {
            return Ok(());
        };
        tx.commit().await?;
        self.bus.deliver(posted);
        for user in users {
            self.bus.presence.out_of_call(user).await;
        }
        Ok(())
    }

    /// Takes it out of the database, where nothing could be shown of it, and puts its end into the streams of those whom it took. `None`:
    /// no such call is live.
    pub(super) async fn remove_unreadable(
        &self,
        tx: &mut Tx,
        call: CallId,
        now_ms: u64,
    ) -> store::Result<Option<(Vec<Posted>, Vec<UserId>)>> {
        let Some(users) = store::calls::remove_live(tx, call).await? else { return Ok(None) };
        let ended = || Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None });
        let signals = users.iter().map(|user| (Recipient::User(user.clone()), ended())).collect();
        let posted = store::sessions::post_to_many(tx, &self.config.app, signals, self.mail(now_ms)).await?;
        limited!(error, %call, "the database holds a live call that makes no sense; it was ended");
        Ok(Some((posted, users)))
    }
}
