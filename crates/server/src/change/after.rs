//! What follows a commit. All of it may be lost with the process: streams are replayed, and links, deadlines and presence are made
//! anew at a start.

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use carillon_call::record::{CallState, MediaOrder, Rows};
use carillon_protocol::{DeviceId, Presence, UserId};

use crate::{
    bus::CloseReason,
    ground::shared::Ground,
    runtime::{failpoint, log_budget::limited},
    store::{Posted, audit::Entry},
};

/// One thing that follows.
#[derive(Debug)]
pub(crate) enum FollowUp {
    /// A user has written a message.
    MessageWritten,
    /// All devices of `viewer` have been told of `of`, with this presence.
    PresenceTold { viewer: UserId, of: UserId, as_if: Presence },
    /// What a user and these others may see of each other may be another thing now.
    VisibilityChanged { user: UserId, others: Vec<UserId> },
    /// A device has accepted a call.
    Accepted,
    /// Something was asked of a call, at this moment.
    CallAsked { since: Instant },
    /// Media are to be let in, or kept out, by rows of this version.
    Media { order: MediaOrder, version: u64 },
    /// A user's call is over, and there are no rows that say so.
    OutOfCall(UserId),
    /// A call is new, or another than before.
    CallChanged { before: Option<Box<Rows>>, rows: Box<Rows> },
    /// Whether this user wants rings is another thing now.
    QuietChanged(UserId),
    /// A device's sign-in is over: its link closes, and the sweeper takes the device out of calls.
    SignedOut(DeviceId),
    /// The audit log gets an entry of it.
    Audit(Entry),
}

/// Does all that follows a commit: signals first, because devices wait for them.
pub(super) async fn happen(ground: &Ground, posted: Vec<Posted>, after: Vec<FollowUp>) {
    if after.iter().any(|then| matches!(then, FollowUp::MessageWritten)) {
        failpoint::after_message();
    }
    if after.iter().any(|then| matches!(then, FollowUp::Accepted)) {
        failpoint::after_accept();
    }
    ground.bus.deliver(posted);
    for follow_up in after {
        follow(ground, follow_up).await;
    }
}

async fn follow(ground: &Ground, follow_up: FollowUp) {
    match follow_up {
        FollowUp::MessageWritten => {
            ground.metrics.messages.fetch_add(1, Relaxed);
        }
        FollowUp::PresenceTold { viewer, of, as_if } => ground.bus.presence.told(viewer, of, as_if).await,
        FollowUp::VisibilityChanged { user, others } => {
            for other in others.into_iter().filter(|other| *other != user) {
                ground.bus.presence.visibility_changed(user.clone(), other.clone()).await;
                ground.bus.presence.visibility_changed(other, user.clone()).await;
            }
        }
        FollowUp::Accepted => {}
        FollowUp::CallAsked { since } => ground.metrics.commit.observe(since.elapsed()),
        FollowUp::Media { order, version } => ground.bus.media.order(order, version).await,
        FollowUp::OutOfCall(user) => ground.bus.presence.out_of_call(user).await,
        FollowUp::CallChanged { before, rows } => call_changed(ground, before.as_deref(), &rows).await,
        FollowUp::QuietChanged(user) => ground.bus.presence.quiet_changed(user).await,
        FollowUp::SignedOut(device) => {
            ground.bus.dismiss(device, CloseReason::SignedOut);
            ground.deadlines.note(ground.clock.now_ms());
        }
        FollowUp::Audit(entry) => write_audit(ground, entry).await,
    }
}

async fn call_changed(ground: &Ground, before: Option<&Rows>, rows: &Rows) {
    if before.is_none() {
        ground.metrics.calls_begun.fetch_add(1, Relaxed);
    }
    if let CallState::Ended { reason, .. } = rows.call.state {
        ground.metrics.call_ended(reason);
    }
    observe_stage(ground, before, rows);
    if let Some(at_ms) = rows.due_at_ms() {
        ground.deadlines.note(at_ms);
    }
    ground.bus.presence.call_changed(before, rows).await;
}

/// How long a call took to ring, or to be answered, if it just does or is.
fn observe_stage(ground: &Ground, before: Option<&Rows>, rows: &Rows) {
    let since_begun = |at_ms: u64| Duration::from_millis(at_ms.saturating_sub(rows.call.created_at_ms));
    let was_answered = before.is_some_and(|before| before.call.answered_at_ms.is_some());
    if rings(rows) && !was_answered && !before.is_some_and(rings) {
        ground.metrics.call_rings.observe(since_begun(ground.clock.now_ms()));
    }
    if let Some(at_ms) = rows.call.answered_at_ms.filter(|_| !was_answered) {
        ground.metrics.call_answered.observe(since_begun(at_ms));
    }
}

fn rings(rows: &Rows) -> bool {
    rows.legs.iter().any(|leg| !leg.ringing.is_empty())
}

/// Writes an entry of the audit log. What it is about has happened, so a log that fails stops nothing.
pub(crate) async fn write_audit(ground: &Ground, entry: Entry) {
    match ground.store.add_audit(&entry, ground.clock.now_ms()).await {
        Ok(id) => {
            let (act, outcome) = (entry.act.word(), entry.outcome);
            let device = entry.device.map(tracing::field::display);
            let from = entry.from.map(tracing::field::display);
            limited!(info, target: "audit", id, act, outcome, device, from, "audit");
        }
        Err(error) => limited!(error, %error, act = entry.act.word(), "an entry of the audit log is lost"),
    }
}
