//! The time between *stop taking calls* and *stop*: load balancers see it first, and calls that go on may end by themselves.

use std::time::Duration;

use tokio::time::{Instant, sleep, timeout_at};

use crate::ground::shared::Ground;

/// How often it is looked whether the last call is over. Only a server that is about to stop waits for this.
const LOOK_EVERY: Duration = Duration::from_millis(100);

/// Takes no new calls from now on, and returns when the ones that go on are over, or the time for that is.
pub(crate) async fn drain(ground: &Ground) {
    ground.lifecycle.drain.begin();
    if ground.config.patience.drain.is_zero() {
        return;
    }
    let until = Instant::now() + ground.config.patience.drain;
    if timeout_at(until, last_call_is_over(ground)).await.is_err() {
        tracing::info!("the time to drain is over");
    }
}

async fn last_call_is_over(ground: &Ground) {
    loop {
        match ground.store.live_calls(&ground.config.app).await {
            Ok((calls, _)) if calls.is_empty() => return,
            Ok((calls, _)) => tracing::debug!(calls = calls.len(), "waiting for calls to end"),
            Err(error) => tracing::error!(%error, "live calls could not be read"),
        }
        sleep(LOOK_EVERY).await;
    }
}
