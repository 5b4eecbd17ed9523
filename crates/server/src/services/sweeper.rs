//! What the clock decides: rings that are not answered, tokens that expire, devices that do not come back, and what is too old to
//! keep.
//!
//! Deadlines are columns. The sweeper sleeps until the nearest one, or until a nearer one is noted. While the database fails, it
//! asks ever less often.

use std::{sync::Arc, time::Duration};

use carillon_call::record::{Action, Actor};
use carillon_protocol::{Answer, RefusalCode};
use tokio::time::sleep;

use crate::{
    ground::{clock::millis, shared::Ground},
    runtime::failpoint,
    services::{
        attachments,
        calls::{self, the_server},
        sign_ins,
    },
    store::{Due, WithoutLink},
};

/// How many deadlines are looked at together.
const AT_ONCE: u32 = 64;
/// How often deadlines are looked at if none is nearer: the server's time may pass a little faster than the sweeper sleeps.
const LOOK_EVERY: Duration = Duration::from_secs(30);
/// How often old rows are deleted.
const PRUNE_EVERY: Duration = Duration::from_secs(30);
/// There may be more than was looked at.
const BETWEEN: Duration = Duration::from_millis(20);
/// A store that fails is asked again after a while, each time after twice as long.
const FIRST_PAUSE: Duration = Duration::from_secs(1);
const LONGEST_PAUSE: Duration = Duration::from_secs(30);

/// Ends what is overdue, until the server stops.
pub(crate) async fn sweep(ground: Arc<Ground>) {
    let mut stops = ground.lifecycle.stops.clone();
    let mut pause = FIRST_PAUSE;
    loop {
        let found = sweep_once(&ground).await.unwrap_or_else(|error| {
            ground.store_failed(&error, "deadlines could not be read");
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
            () = ground.deadlines.nearer() => {}
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
async fn sweep_once(ground: &Ground) -> crate::store::Result<Found> {
    failpoint::in_sweep();
    ground.deadlines.read_anew();
    for call in ground.deadlines.take_unreadable() {
        if let Err(error) = calls::end_unreadable(ground, call).await {
            ground.deadlines.note_unreadable(call);
            return Err(error);
        }
    }
    let now_ms = ground.clock.now_ms();
    let patience = &ground.config.patience;
    let without_link = WithoutLink { unreached_ms: millis(patience.unreached), gone_ms: millis(patience.away) };
    let all = ground.store.deadlines(without_link, AT_ONCE).await?;
    let next = all.iter().find(|(at, _)| *at > now_ms).map(|(at, _)| Duration::from_millis(at - now_ms));
    let due: Vec<Due> = all.into_iter().take_while(|(at, _)| *at <= now_ms).map(|(_, due)| due).collect();
    if due.is_empty() {
        let wait = next.unwrap_or(LOOK_EVERY).min(LOOK_EVERY);
        ground.deadlines.found(now_ms.saturating_add(millis(wait)));
        return Ok(Found::Next(wait));
    }
    for one in due {
        if !settle(ground, one).await {
            return Ok(Found::Failed);
        }
    }
    Ok(Found::Next(BETWEEN))
}

/// Whether it could be done.
async fn settle(ground: &Ground, due: Due) -> bool {
    let (actor, call, asked) = match due {
        Due::Call { call } => (the_server(), call, Action::Expire),
        Due::Unreached { call, user, device } => (Actor { user, device, ..the_server() }, call, calls::link(false)),
        Due::Gone { call, user, device } => (Actor { user, device, ..the_server() }, call, Action::DeviceGone),
    };
    let answer = calls::act(ground, &actor, call, asked).await;
    !matches!(answer, Answer::Refused(refusal) if refusal.code == RefusalCode::Internal)
}

/// Deletes what is too old, until the server stops.
pub(crate) async fn prune(ground: Arc<Ground>) {
    let mut stops = ground.lifecycle.stops.clone();
    loop {
        prune_once(&ground).await;
        tokio::select! {
            () = sleep(PRUNE_EVERY) => {}
            () = stops.wait() => return,
        }
    }
}

/// Deletes what is too old by now.
pub(crate) async fn prune_once(ground: &Ground) {
    let now_ms = ground.clock.now_ms();
    let before = |patience| now_ms.saturating_sub(millis(patience));
    let patience = &ground.config.patience;
    let (streams, answers) = (before(patience.outbox), before(patience.answers));
    in_steps(ground, "old rows could not be deleted", || ground.store.prune(streams, answers)).await;
    let messages = if patience.messages.is_zero() { 0 } else { before(patience.messages) };
    in_steps(ground, "old messages could not be deleted", || ground.store.prune_messages(messages)).await;
    in_steps(ground, "sign-ins that are not used could not be ended", || sign_ins::end_forgotten(ground)).await;
    let entries = before(patience.audit);
    in_steps(ground, "old entries of the audit log could not be deleted", || ground.store.prune_audit(entries)).await;
    in_steps(ground, "files that are gone could not be removed", || attachments::tidy(ground)).await;
    ground.limits.forget_the_quiet();
}

/// Deletes in steps, between which others may write, until a step says that there is no more.
async fn in_steps<F>(ground: &Ground, failure: &'static str, step: impl Fn() -> F)
where
    F: Future<Output = crate::store::Result<bool>>,
{
    loop {
        match step().await {
            Ok(true) if !ground.lifecycle.stops.is_now() => tokio::task::yield_now().await,
            Ok(_) => return,
            Err(error) => return ground.store_failed(&error, failure),
        }
    }
}
