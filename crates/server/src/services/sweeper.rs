//! What the clock decides: rings that nobody answers, tokens that expire, devices that do not come back, and what is too old to keep.
//!
//! Deadlines are columns. The sweeper sleeps until the nearest one, or until a nearer one is noted. While the database fails, it asks
//! ever less often.

use std::time::Duration;

use carillon_call::record::{Actor, Asked};
use carillon_protocol::{Answer, RefusalCode};
use tokio::time::sleep;

use crate::{
    calls::{About, nobody},
    clock::millis,
    core::{Core, Shared},
    failpoint,
    store::Due,
};

/// How many deadlines are looked at together.
const AT_ONCE: u32 = 64;
/// How often deadlines are looked at, whatever was found: the server's time may pass a little faster than the sweeper sleeps.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(30);
/// There may be more than was looked at.
const BETWEEN: Duration = Duration::from_millis(20);
/// A store that fails is asked again after a while, each time after twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Ends what is overdue, until the server stops.
pub(crate) async fn sweep(core: Shared) {
    let mut stops = core.stops.clone();
    let mut pause = FIRST_PAUSE;
    loop {
        let found = sweep_once(&core).await.unwrap_or_else(|error| {
            core.store_failed(&error, "deadlines could not be read");
            Found::Failed
        });
        // A nearer deadline does not wake it out of a pause: it could not be kept either.
        let Found::Next(wait) = found else {
            tokio::select! {
                () = sleep(pause) => {}
                () = stops.wait() => return,
            }
            pause = (pause * 2).min(LONGEST_PAUSE);
            continue;
        };
        pause = FIRST_PAUSE;
        tokio::select! {
            () = sleep(wait) => {}
            () = core.deadlines.nearer() => {}
            () = stops.wait() => return,
        }
    }
}

/// What a look at the deadlines came to.
enum Found {
    /// All that was due is done; look again after so long.
    Next(Duration),
    /// The store could not do what was due.
    Failed,
}

/// Does what is due, and says when to look again.
async fn sweep_once(core: &Core) -> crate::store::Result<Found> {
    failpoint::in_sweep();
    core.deadlines.read_anew();
    for call in core.deadlines.take_unreadable() {
        if let Err(error) = core.end_unreadable(call).await {
            core.deadlines.note_unreadable(call);
            return Err(error);
        }
    }
    let now_ms = core.clock.now_ms();
    let all = core.store.deadlines(millis(core.config.patience.away), AT_ONCE).await?;
    let next = all.iter().find(|(at, _)| *at > now_ms).map(|(at, _)| Duration::from_millis(at - now_ms));
    let due: Vec<Due> = all.into_iter().take_while(|(at, _)| *at <= now_ms).map(|(_, due)| due).collect();
    if due.is_empty() {
        let wait = next.unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        core.deadlines.found(now_ms.saturating_add(millis(wait)));
        return Ok(Found::Next(wait));
    }
    for one in due {
        if !settle(core, one).await {
            return Ok(Found::Failed);
        }
    }
    Ok(Found::Next(BETWEEN))
}

/// Whether it could be done.
async fn settle(core: &Core, due: Due) -> bool {
    let (actor, about) = match due {
        Due::Call { call } => (nobody(), About::Call(call, Asked::Expire)),
        Due::Gone { call, user, device } => {
            let actor = Actor { user, device, ..nobody() };
            (actor, About::Call(call, Asked::DeviceGone))
        }
    };
    let answer = core.ask(&actor, None, about).await;
    !matches!(answer, Answer::Refused(refusal) if refusal.code == RefusalCode::Internal)
}

/// Deletes what is too old, until the server stops.
pub(crate) async fn prune(core: Shared) {
    let mut stops = core.stops.clone();
    loop {
        prune_once(&core).await;
        tokio::select! {
            () = sleep(PRUNE_EVERY) => {}
            () = stops.wait() => return,
        }
    }
}

/// Deletes what is too old by now.
pub(crate) async fn prune_once(core: &Core) {
    let now_ms = core.clock.now_ms();
    let before = |patience| now_ms.saturating_sub(millis(patience));
    let patience = &core.config.patience;
    let (streams, answers) = (before(patience.outbox), before(patience.answers));
    in_steps(core, "old rows could not be deleted", || core.store.prune(streams, answers)).await;
    let messages = if patience.messages.is_zero() { 0 } else { before(patience.messages) };
    in_steps(core, "old messages could not be deleted", || core.store.prune_messages(messages)).await;
    in_steps(core, "sign-ins that nobody uses could not be ended", || end_forgotten_sign_ins(core, now_ms)).await;
    let entries = before(patience.audit);
    in_steps(core, "old entries of the audit log could not be deleted", || core.store.prune_audit(entries)).await;
    core.rate_limits.forget_the_quiet();
}

/// Deletes in steps, between which others may write, until a step says that there is no more.
async fn in_steps<F>(core: &Core, failure: &'static str, step: impl Fn() -> F)
where
    F: Future<Output = crate::store::Result<bool>>,
{
    loop {
        match step().await {
            Ok(true) if !core.stops.is_now() => tokio::task::yield_now().await,
            Ok(_) => return,
            Err(error) => return core.store_failed(&error, failure),
        }
    }
}

async fn end_forgotten_sign_ins(core: &Core, now_ms: u64) -> crate::store::Result<bool> {
    let ended = core.store.end_forgotten_sign_ins(now_ms, core.gone_at_ms()).await?;
    core.sign_ins_ended(&ended);
    Ok(!ended.is_empty())
}
