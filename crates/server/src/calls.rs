//! Calls: load, let the record decide, commit, and only then tell.
//!
//! The invariant: the new rows, the answer to the asker and the signals for all devices are committed in one transaction, if the
//! rows are still as they were read. Whoever loses a race decides again upon what the winner wrote.

use std::{sync::atomic::Ordering::Relaxed, time::Instant};

use carillon_call::record::{Actor, Asked, Before, CallState, Decision, LegState, Recipient, Rows, decide};
use carillon_protocol::{Answer, AppId, CallId, DeviceId, Invitation, OpId, Refusal, RefusalCode, Signal, UserId};
use uuid::Uuid;

use crate::{
    chat::invitations::{self, Invited},
    core::Core,
    failpoint,
    store::{self, Live, Saved, Tx},
};

/// Losing this often in a row means that something is wrong with more than timing.
const ATTEMPTS: usize = 16;

/// What is asked, and of which call.
#[derive(Debug, Clone)]
pub(crate) enum About {
    New(Invitation),
    Call(CallId, Asked),
}

/// What an attempt came to.
enum Attempt {
    Settled(Box<Settled>),
    /// Decide again.
    Conflict,
    /// End this call first, whose ring time is over although nobody has said so yet; then decide again.
    Overdue(CallId),
}

/// What is committed, and whom to tell of it.
struct Settled {
    answer: Answer,
    rows: Option<Rows>,
    was_live: bool,
    told: Vec<DeviceId>,
}

impl Core {
    /// Does what a device asks of a call, once for each `op`, however often it is repeated.
    pub(crate) async fn ask(&self, actor: &Actor, op: Option<OpId>, about: About) -> Answer {
        let began = Instant::now();
        for _ in 0..ATTEMPTS {
            match self.attempt(actor, op, &about).await {
                Ok(Attempt::Settled(settled)) => {
                    self.metrics.commit.observe(began.elapsed());
                    if settled.rows.is_some() && matches!(about, About::Call(_, Asked::Accept)) {
                        failpoint::after_accept();
                    }
                    self.tell(&settled).await;
                    return settled.answer;
                }
                Ok(Attempt::Conflict) => {
                    self.metrics.claim_conflicts.fetch_add(1, Relaxed);
                }
                Ok(Attempt::Overdue(call)) => self.expire(call).await,
                Err(error) => {
                    tracing::error!(%error, "a request could not be committed");
                    return internal();
                }
            }
        }
        tracing::error!("a request lost every race");
        internal()
    }

    /// Ends a call if its ring time is over; whoever fails here tries again, or leaves it to the sweeper.
    async fn expire(&self, call: CallId) {
        let about = About::Call(call, Asked::Expire);
        match self.attempt(&nobody(), None, &about).await {
            Ok(Attempt::Settled(settled)) => self.tell(&settled).await,
            Ok(Attempt::Conflict | Attempt::Overdue(_)) => {}
            Err(error) => tracing::error!(%error, "an overdue call could not be ended"),
        }
    }

    async fn attempt(&self, actor: &Actor, op: Option<OpId>, about: &About) -> store::Result<Attempt> {
        let now_ms = self.clock.now_ms();
        let before = self.before(actor, about).await?;
        if let (About::New(_), Some(over)) = (about, overdue(&before, now_ms)) {
            return Ok(Attempt::Overdue(over));
        }
        let asked = match about {
            About::New(invitation) => Asked::Invite {
                id: CallId::new(Uuid::now_v7()),
                app: self.config.app.clone(),
                invitation: invitation.clone(),
            },
            About::Call(_, asked) => asked.clone(),
        };
        let decision = decide(&before, actor, asked, now_ms);
        self.commit((actor, op), about, &before, decision, now_ms).await
    }

    /// What the record must know, as of one moment.
    async fn before(&self, actor: &Actor, about: &About) -> store::Result<Before> {
        let app = &self.config.app;
        let mut tx = self.store.read().await?;
        let mut before = Before::default();
        match about {
            About::Call(id, _) => before.call = store::calls::load(&mut tx, app, *id).await?,
            About::New(invitation) => {
                before.call = live_rows(&mut tx, app, Live::Of(&actor.user)).await?;
                before.channel_call = store::calls::live(&mut tx, app, Live::On(&invitation.channel)).await?;
                if let [callee] = invitation.to.as_slice() {
                    before.callee_call = live_rows(&mut tx, app, Live::Of(callee)).await?;
                    before.callee_exists = store::people::display_name(&mut tx, app, callee).await?.is_some();
                    if !store::people::is_blocked(&mut tx, app, callee, &actor.user).await? {
                        before.callee_devices = store::sessions::devices_to_ring(&mut tx, app, callee).await?;
                    }
                }
            }
        }
        if let Some(rows) = &before.call {
            let name = store::people::display_name(&mut tx, app, &rows.call.caller).await?;
            before.caller_name = name.unwrap_or_else(|| rows.call.caller.to_string());
        }
        Ok(before)
    }

    async fn commit(
        &self,
        (actor, op): (&Actor, Option<OpId>),
        about: &About,
        before: &Before,
        decision: Result<Decision, Refusal>,
        now_ms: u64,
    ) -> store::Result<Attempt> {
        let mut tx = self.store.write().await?;
        if let Some(op) = op
            && let Some(answer) = store::answers::given(&mut tx, actor.device, op).await?
        {
            return Ok(settled(answer, None, false, Vec::new()));
        }
        let (answer, decision) = match decision {
            Ok(decision) => (Answer::Ok(decision.done.clone()), Some(decision)),
            Err(refusal) => (Answer::Refused(refusal), None),
        };
        if let Some(op) = op {
            store::answers::give(&mut tx, actor.device, op, &answer, now_ms).await?;
        }
        let Some(decision) = decision else {
            tx.commit().await?;
            return Ok(settled(answer, None, false, Vec::new()));
        };
        let read = decision.rows.as_ref().or(before.call.as_ref()).and_then(|rows| read_version(before, rows.call.id));
        if save(&mut tx, before, &decision, read).await? == Saved::Conflict {
            tx.rollback().await?;
            return Ok(Attempt::Conflict);
        }
        let mut told = self.post_all(&mut tx, &decision, now_ms).await?;
        if let (About::New(invitation), Some(rows)) = (about, &decision.rows) {
            told.extend(self.write_messages(&mut tx, actor, invitation, (before, rows), now_ms).await?);
        }
        tx.commit().await?;
        Ok(settled(answer, decision.rows, read.is_some(), told))
    }

    /// Puts the decision's signals, and the log entries that follow from it, into the devices' streams.
    async fn post_all(&self, tx: &mut Tx, decision: &Decision, now_ms: u64) -> store::Result<Vec<DeviceId>> {
        let mut signals = decision.signals.clone();
        if let Some(rows) = &decision.rows {
            let entries = store::log::entries(tx, rows).await?;
            signals.extend(entries.into_iter().map(|(user, entry)| (Recipient::User(user), Signal::CallLogged(entry))));
        }
        let mut told = Vec::new();
        for (to, signal) in &signals {
            for device in store::sessions::devices_of(tx, &self.config.app, to).await? {
                if store::sessions::post(tx, device, signal, now_ms, u64::from(self.config.limits.outbox)).await? {
                    told.push(device);
                }
            }
        }
        Ok(told)
    }

    /// Puts an invitation into the conversations that it belongs to.
    async fn write_messages(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        invitation: &Invitation,
        (before, rows): (&Before, &Rows),
        now_ms: u64,
    ) -> store::Result<Vec<DeviceId>> {
        let users = asked_now(before, rows, &actor.user);
        if users.is_empty() {
            return Ok(Vec::new());
        }
        let invited = Invited { app: &self.config.app, actor, call: rows.call.id, invitation, users: &users };
        invitations::write(tx, &invited, (now_ms, u64::from(self.config.limits.outbox))).await
    }

    /// What follows from a commit. All of it may be lost: streams are replayed, deadlines and presence are read again at a start.
    async fn tell(&self, settled: &Settled) {
        self.bus.hint(&settled.told);
        if let Answer::Refused(refusal) = &settled.answer {
            self.metrics.refused(refusal.code);
        }
        let Some(rows) = &settled.rows else { return };
        if !settled.was_live {
            self.metrics.calls_begun.fetch_add(1, Relaxed);
        }
        if let CallState::Ended { reason, .. } = rows.call.state {
            self.metrics.call_ended(reason);
        }
        self.deadlines_changed.notify_one();
        self.presence.call_changed(rows).await;
    }
}

async fn live_rows(tx: &mut Tx, app: &AppId, of: Live<'_>) -> store::Result<Option<Rows>> {
    match store::calls::live(tx, app, of).await? {
        Some(id) => store::calls::load(tx, app, id).await,
        None => Ok(None),
    }
}

/// Writes new rows; or, where the decision only passes something on, makes sure that it still holds.
async fn save(tx: &mut Tx, before: &Before, decision: &Decision, read: Option<u64>) -> store::Result<Saved> {
    match (&decision.rows, &before.call) {
        (Some(rows), _) => store::calls::save(tx, rows, read).await,
        (None, Some(rows)) if !decision.signals.is_empty() => {
            let is_same = store::calls::version(tx, rows.call.id).await? == read;
            Ok(if is_same { Saved::Yes } else { Saved::Conflict })
        }
        (None, _) => Ok(Saved::Yes),
    }
}

/// The version at which a call was read; `None` for a call that was not there.
fn read_version(before: &Before, id: CallId) -> Option<u64> {
    let known = [&before.call, &before.callee_call];
    known.into_iter().flatten().find(|rows| rows.call.id == id).map(|rows| rows.call.version)
}

/// Whom an invitation asks: nobody after glare, whose call was there before.
fn asked_now(before: &Before, rows: &Rows, caller: &UserId) -> Vec<UserId> {
    let known = before.call.as_ref().filter(|call| call.call.id == rows.call.id);
    let was_ringing = |user: &UserId| {
        known.is_some_and(|call| call.legs.iter().any(|leg| leg.user == *user && leg.state == LegState::Ringing))
    };
    let asked = rows.legs.iter().filter(|leg| matches!(leg.state, LegState::Ringing | LegState::Busy));
    asked.map(|leg| &leg.user).filter(|user| *user != caller && !was_ringing(user)).cloned().collect()
}

/// A call that still takes its users although it rings no longer.
fn overdue(before: &Before, now_ms: u64) -> Option<CallId> {
    let known = [&before.call, &before.callee_call];
    known.into_iter().flatten().find(|rows| !rows.is_live(now_ms)).map(|rows| rows.call.id)
}

/// Whoever the clock acts for.
pub(crate) fn nobody() -> Actor {
    let user = UserId::new("-").expect("a dash is allowed");
    Actor { user, user_name: String::new(), device: DeviceId::new(Uuid::nil()), device_name: String::new() }
}

fn settled(answer: Answer, rows: Option<Rows>, was_live: bool, told: Vec<DeviceId>) -> Attempt {
    Attempt::Settled(Box::new(Settled { answer, rows, was_live, told }))
}

fn internal() -> Answer {
    Answer::Refused(Refusal { code: RefusalCode::Internal, detail: "the server failed; try again".into() })
}
