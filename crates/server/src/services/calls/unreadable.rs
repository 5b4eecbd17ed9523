//! Calls whose rows make no sense to this server: ended, said once, and out of everybody's way.

use carillon_call::record::Recipient;
use carillon_protocol::{CallId, EndReason, Ended, Signal};

use crate::{core::Core, log_budget::limited, store};

impl Core {
    /// Ends a live call that cannot be read, and says whether it is worth asking again.
    pub(super) async fn ends_unreadable(&self, call: CallId) -> bool {
        let ended = self.end_unreadable(call).await;
        ended.inspect_err(|error| self.store_failed(error, "a call that makes no sense could not be ended")).is_ok()
    }

    /// Ends a live call that cannot be read. Its rows go: nothing could be shown of them.
    pub(crate) async fn end_unreadable(&self, call: CallId) -> store::Result<()> {
        let mut tx = self.store.write().await?;
        let Some(users) = store::calls::remove_live(&mut tx, call).await? else { return Ok(()) };
        let ended = || Signal::Ended(Ended { call, reason: EndReason::ConnectionLost, by: None });
        let signals = users.iter().map(|user| (Recipient::User(user.clone()), ended())).collect();
        let mail = self.mail(self.clock.now_ms());
        let posted = store::sessions::post_to_many(&mut tx, &self.config.app, signals, mail).await?;
        tx.commit().await?;
        limited!(error, %call, "the database holds a live call that makes no sense; it was ended");
        self.bus.deliver(posted);
        for user in users {
            self.bus.presence.out_of_call(user).await;
        }
        Ok(())
    }
}
