//! What the clock decides: rings that nobody answers, tokens that expire, devices that do not come back, and what is too old to keep.
//!
//! Deadlines are columns. The sweeper sleeps until the nearest one, or until somebody notes a nearer one.

use std::{
    sync::atomic::{AtomicU64, Ordering},
    time::Duration,
};

use carillon_call::record::{Actor, Asked};
use tokio::{sync::Notify, time::sleep};

use crate::{
    calls::{About, nobody},
    clock::millis,
    core::{Core, Shared},
    store::Due,
};

/// How many deadlines are looked at together.
const AT_ONCE: u32 = 64;
/// How often deadlines are looked at, whatever was found.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(30);
/// There may be more than was looked at; and what could not be ended now is not tried without end.
const BETWEEN: Duration = Duration::from_millis(20);
/// A store that fails is asked again after a while.
const PAUSE: Duration = Duration::from_secs(1);

/// The nearest deadline that the sweeper knows of.
pub(crate) struct Deadlines {
    next_ms: AtomicU64,
    is_nearer: Notify,
}

impl Default for Deadlines {
    fn default() -> Self {
        Self { next_ms: AtomicU64::new(u64::MAX), is_nearer: Notify::new() }
    }
}

impl Deadlines {
    /// Something will be due then; it is committed.
    pub(crate) fn note(&self, at_ms: u64) {
        if at_ms < self.next_ms.fetch_min(at_ms, Ordering::SeqCst) {
            self.is_nearer.notify_one();
        }
    }

    /// The sweeper is about to read them: whatever is noted from now on may be missing from what it finds.
    fn read_anew(&self) {
        self.next_ms.store(u64::MAX, Ordering::SeqCst);
    }

    /// The sweeper will look again then.
    fn found(&self, at_ms: u64) {
        self.next_ms.fetch_min(at_ms, Ordering::SeqCst);
    }
}

/// Ends what is overdue, until the server stops.
pub(crate) async fn sweep(core: Shared) {
    let mut stops = core.stops.clone();
    loop {
        let wait = match sweep_once(&core).await {
            Ok(wait) => wait,
            Err(error) => {
                tracing::error!(%error, "deadlines could not be read");
                PAUSE
            }
        };
        tokio::select! {
            () = sleep(wait) => {}
            () = core.deadlines.is_nearer.notified() => {}
            () = stops.wait() => return,
        }
    }
}

/// Does what is due, and says when to look again.
async fn sweep_once(core: &Core) -> crate::store::Result<Duration> {
    core.deadlines.read_anew();
    let now_ms = core.clock.now_ms();
    let all = core.store.deadlines(millis(core.config.patience.away), AT_ONCE).await?;
    let next = all.iter().find(|(at, _)| *at > now_ms).map(|(at, _)| Duration::from_millis(at - now_ms));
    let due: Vec<Due> = all.into_iter().take_while(|(at, _)| *at <= now_ms).map(|(_, due)| due).collect();
    if due.is_empty() {
        // Not longer: a wall clock that was put forward would make the next deadline seem past, and no other one nearer.
        let wait = next.unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        core.deadlines.found(now_ms.saturating_add(millis(wait)));
        return Ok(wait);
    }
    for one in due {
        settle(core, one).await;
    }
    Ok(BETWEEN)
}

async fn settle(core: &Core, due: Due) {
    let (actor, about) = match due {
        Due::Call { call } => (nobody(), About::Call(call, Asked::Expire)),
        Due::Gone { call, user, device } => {
            let actor = Actor { user, device, ..nobody() };
            (actor, About::Call(call, Asked::DeviceGone))
        }
    };
    core.ask(&actor, None, about).await;
}

/// Deletes what is too old, until the server stops.
pub(crate) async fn prune(core: Shared) {
    let mut stops = core.stops.clone();
    loop {
        let now_ms = core.clock.now_ms();
        let before = |patience| now_ms.saturating_sub(millis(patience));
        let patience = &core.config.patience;
        if let Err(error) = core.store.prune(before(patience.outbox), before(patience.answers)).await {
            tracing::error!(%error, "old rows could not be deleted");
        }
        prune_messages(&core, now_ms).await;
        match core.store.end_forgotten_sign_ins(now_ms, core.gone_at_ms()).await {
            Ok(ended) => core.sign_ins_ended(&ended),
            Err(error) => tracing::error!(%error, "sign-ins that nobody uses could not be ended"),
        }
        core.rate_limits.forget_the_quiet();
        core.quotas.forget_the_quiet();
        if let Err(error) = core.store.prune_audit(before(patience.audit)).await {
            tracing::error!(%error, "old entries of the audit log could not be deleted");
        }
        core.message_rates.forget_the_quiet();
        tokio::select! {
            () = sleep(PRUNE_EVERY) => {}
            () = stops.wait() => return,
        }
    }
}

/// Forgets old messages in steps, between which others may write.
async fn prune_messages(core: &Core, now_ms: u64) {
    let keep = core.config.patience.messages;
    let before_ms = if keep.is_zero() { 0 } else { now_ms.saturating_sub(millis(keep)) };
    loop {
        match core.store.prune_messages(before_ms).await {
            Ok(true) if !core.stops.is_now() => tokio::task::yield_now().await,
            Ok(_) => return,
            Err(error) => return tracing::error!(%error, "old messages could not be deleted"),
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn only_a_nearer_deadline_wakes_the_sweeper() {
        let deadlines = Deadlines::default();
        deadlines.read_anew();
        deadlines.found(1_000);

        deadlines.note(2_000);
        assert!(!is_woken(&deadlines));

        deadlines.note(500);
        assert!(is_woken(&deadlines));
    }

    #[test]
    fn what_is_noted_while_deadlines_are_read_is_looked_at_again() {
        let deadlines = Deadlines::default();
        deadlines.read_anew();

        deadlines.note(2_000); // after the reading, before its result
        deadlines.found(1_000);

        assert!(is_woken(&deadlines));
    }

    fn is_woken(deadlines: &Deadlines) -> bool {
        deadlines.is_nearer.notified().now_or_never().is_some()
    }
}
