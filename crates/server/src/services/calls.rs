//! Calls: load, let the record decide, commit, and only then tell.
//!
//! The invariant: all that a decision was made upon is read in the transaction that the new rows, the answer to the asker and the
//! signals for all devices are committed in. Nobody writes between, so whoever comes second decides upon what the first one wrote.

mod before;
mod ending;
mod grants;
mod leaving;
mod unreadable;

use std::{
    sync::atomic::Ordering::Relaxed,
    time::{Duration, Instant},
};

use carillon_call::record::{
    Actor, Asked, Before, CallState, Decision, Faces, LegRow, Recipient, Rows, call_begun_by, decide, verdict,
};
use carillon_protocol::{
    Answer, CallId, DeviceId, Done, GroupId, Invitation, LegState, Refusal, RefusalCode, Secret, Signal, Uid, UserId,
};
use uuid::Uuid;

pub(crate) use self::{before::faces_of, leaving::leave_with_group};
use crate::{
    change::signed_out,
    chat::{invitations, sending::Mailing},
    core::Core,
    failpoint,
    limits::{Invited, table},
    log_budget::limited,
    store::{
        self, Live, Posted, Stamp, StoreError, Tx,
        answers::{Begun, Op},
        log::new_entries,
        people::may_be_called,
    },
};

/// Every attempt but the last ends a call that is overdue; so many at once are none.
const ATTEMPTS: usize = 16;

/// What is asked, and of which call.
#[derive(Debug, Clone)]
pub(crate) enum About {
    New(Invitation),
    Accept { call: CallId, access_token: Option<Secret>, uid: Option<Uid> },
    Renew { call: CallId, access_token: Secret },
    Call(CallId, Asked),
}

impl About {
    /// Whether a call of two that is not overdue tells anybody by it how the other looks. What is asked most often does not.
    const fn shows_faces(&self) -> bool {
        !matches!(self, Self::Renew { .. } | Self::Call(_, Asked::Ringing | Asked::Media(_)))
    }

    /// As whom somebody wants to be in a channel, where they say so.
    const fn uid(&self) -> Option<&Uid> {
        match self {
            Self::New(invitation) => invitation.uid.as_ref(),
            Self::Accept { uid, .. } => uid.as_ref(),
            Self::Renew { .. } | Self::Call(..) => None,
        }
    }
}

/// What an attempt came to.
enum Attempt {
    Settled(Box<Settled>),
    /// End this call first, whose ring time is over although nobody has said so yet; then decide again.
    Overdue(CallId),
}

/// What is committed, and whom to tell of it.
pub(crate) struct Settled {
    answer: Answer,
    before: Option<Rows>,
    rows: Option<Rows>,
    posted: Vec<Posted>,
}

impl Core {
    /// Does what a device asks of a call, once for each `op`, however often it is repeated.
    pub(crate) async fn ask(&self, actor: &Actor, op: Option<Op>, about: About) -> Answer {
        let began = Instant::now();
        for _ in 0..ATTEMPTS {
            match self.attempt(actor, op, &about).await {
                Ok(Attempt::Settled(settled)) => {
                    self.metrics.commit.observe(began.elapsed());
                    if settled.rows.is_some() && matches!(about, About::Accept { .. }) {
                        failpoint::after_accept();
                    }
                    return self.tell(*settled).await;
                }
                Ok(Attempt::Overdue(call)) => self.expire(call).await,
                Err(StoreError::UnreadableCall { call, .. }) if self.ends_unreadable(call).await => {}
                Err(error) => {
                    self.store_failed(&error, "a request could not be committed");
                    return internal();
                }
            }
        }
        limited!(error, "more calls are overdue than one request can end");
        internal()
    }

    /// Ends a call if its ring time is over; whoever fails here tries again, or leaves it to the sweeper.
    async fn expire(&self, call: CallId) {
        let about = About::Call(call, Asked::Expire);
        match self.attempt(&nobody(), None, &about).await {
            Ok(Attempt::Settled(settled)) => drop(self.tell(*settled).await),
            Ok(Attempt::Overdue(_)) => {}
            Err(error) => self.store_failed(&error, "an overdue call could not be ended"),
        }
    }

    /// Takes a user out of their live call: of any (`None`), or only of one in this group. It belongs into the transaction that takes
    /// them out of the group; what it gives is told after its commit ([`Core::tell`]).
    pub(crate) async fn remove_from_call(
        &self,
        tx: &mut Tx,
        user: &UserId,
        group: Option<&GroupId>,
    ) -> store::Result<Option<Settled>> {
        let now_ms = self.clock.now_ms();
        let live = before::live_rows(tx, &self.config.app, Live::Of(user)).await?;
        let is_meant = |rows: &Rows| group.is_none_or(|group| rows.call.group_id.as_ref() == Some(group));
        let Some(rows) = live.filter(is_meant) else { return Ok(None) };
        let faces = faces_of(tx, &self.config.app, rows.users()).await?;
        let before = Before { call: Some(rows), faces, ..Before::default() };
        let Ok(decision) = decide(&before, &nobody(), Asked::Remove { user: user.clone() }, now_ms) else {
            return Ok(None);
        };
        let posted = self.write(tx, before.call.as_ref(), &decision, &before.faces, Mailing::default(), now_ms).await?;
        let answer = Answer::Ok(decision.done);
        Ok(Some(Settled { answer, before: before.call, rows: decision.rows, posted }))
    }

    async fn attempt(&self, actor: &Actor, op: Option<Op>, about: &About) -> store::Result<Attempt> {
        let mut tx = self.store.write().await?;
        let now_ms = self.clock.now_ms();
        let begun = match op {
            Some(op) => store::answers::begin(&mut tx, op).await?,
            None => Begun::New,
        };
        match begun {
            Begun::New => {}
            Begun::SignedOut => return Ok(settled(Answer::Refused(signed_out()), None, None, Vec::new())),
            Begun::Answered(answer) => {
                let posted = self.tell_verdict(&mut tx, actor, &answer, now_ms).await?;
                // Even with nothing to tell: what the answer says may be on its way to the disk still.
                tx.commit().await?;
                return Ok(settled(*answer, None, None, posted));
            }
        }
        let before = self.before(&mut tx, actor, about, now_ms).await?;
        if let (About::New(_), Some(over)) = (about, overdue(&before, now_ms)) {
            return Ok(Attempt::Overdue(over));
        }
        if let About::New(invitation) = about
            && let Err(refusal) = self.permit_invite(actor, invitation, &before)
        {
            return Ok(settled(Answer::Refused(refusal), None, None, Vec::new()));
        }
        let decision = match about.uid() {
            Some(uid) if !may_be_called(&mut tx, &self.config.app, &actor.user, uid).await? => {
                Err(grants::foreign_uid())
            }
            _ => self.decide(&before, actor, about, now_ms),
        };
        if op.is_some() && ending::is_of_nothing(about, &decision) {
            return self.end_nothing(tx, actor, decision).await;
        }
        self.commit(tx, (actor, op), about, before, decision, now_ms).await
    }

    /// Whether an invitation may be made at all; it is none's repetition.
    fn permit_invite(&self, actor: &Actor, invitation: &Invitation, before: &Before) -> Result<(), Refusal> {
        if self.lifecycle.drain.has_begun() {
            let detail = "the server is stopping; try again".to_owned();
            return Err(Refusal { code: RefusalCode::Internal, detail });
        }
        // Whoever calls is in no other call.
        let calling = before.call.as_ref().filter(|rows| rows.call.caller == actor.user);
        let legs = calling.iter().flat_map(|rows| &rows.legs);
        let ringing = legs.filter(|leg| leg.state == LegState::Ringing).count();
        let blocking = before.invitees.iter().filter(|invitee| invitee.has_blocked);
        let invited = Invited {
            caller: &(self.config.app.clone(), actor.user.clone()),
            invitation,
            ringing: u32::try_from(ringing).unwrap_or(u32::MAX),
            blocked_by: blocking.map(|invitee| &invitee.user).collect(),
        };
        self.limits.permit_invite(&table::INVITES, &invited)
    }

    /// Lets the record decide; then nobody comes into a channel by it without a good token.
    fn decide(&self, before: &Before, actor: &Actor, about: &About, now_ms: u64) -> Result<Decision, Refusal> {
        let claimed = self.claim(before, actor, about);
        let grant = claimed.clone().unwrap_or_else(|_| grants::by_name(actor));
        let asked = match about.clone() {
            About::New(invitation) => {
                let (id, app) = (CallId::new(Uuid::now_v7()), self.config.app.clone());
                Asked::Invite { id, app, invitation, grant }
            }
            About::Accept { .. } => Asked::Accept { grant },
            About::Renew { .. } => Asked::RenewToken { grant },
            About::Call(_, asked) => asked,
        };
        let decision = decide(before, actor, asked, now_ms)?;
        match claimed {
            Err(refusal) if is_in_by(before, about, &decision) => Err(refusal),
            _ => Ok(decision),
        }
    }

    async fn commit(
        &self,
        mut tx: Tx,
        (actor, op): (&Actor, Option<Op>),
        about: &About,
        before: Before,
        decision: Result<Decision, Refusal>,
        now_ms: u64,
    ) -> store::Result<Attempt> {
        let (answer, decision) = match decision {
            Ok(decision) => (Answer::Ok(decision.done.clone()), Some(decision)),
            Err(refusal) => (Answer::Refused(refusal), None),
        };
        if let Some(op) = op {
            store::answers::give(&mut tx, op, &answer, now_ms).await?;
        }
        let Some(decision) = decision else {
            tx.commit().await?;
            return Ok(settled(answer, None, None, Vec::new()));
        };
        let told = match (about, &decision.rows) {
            (About::New(invitation), Some(rows)) => {
                let asked = asked_now(&before, rows, &actor.user);
                self.write_messages(&mut tx, (actor, &asked), invitation, rows, now_ms).await?
            }
            _ => Mailing::default(),
        };
        // An invitation may be about another call than the one that its caller was in.
        let is_same = |rows: &Rows| decision.rows.as_ref().is_none_or(|new| new.call.id == rows.call.id);
        let same = before.call.filter(is_same);
        let posted = self.write(&mut tx, same.as_ref(), &decision, &before.faces, told, now_ms).await?;
        tx.commit().await?;
        Ok(settled(answer, same, decision.rows, posted))
    }

    /// Whoever invites again, because the answer was lost, may have lost the news of the end with it.
    async fn tell_verdict(
        &self,
        tx: &mut Tx,
        actor: &Actor,
        answer: &Answer,
        now_ms: u64,
    ) -> store::Result<Vec<Posted>> {
        let Some(call) = call_begun_by(answer) else { return Ok(Vec::new()) };
        let rows = store::calls::load(tx, &self.config.app, call).await?;
        let Some(ended) = rows.and_then(|rows| verdict(&rows, &actor.user)) else { return Ok(Vec::new()) };
        store::sessions::post_all(tx, &[actor.device], Signal::Ended(ended), self.mail(now_ms)).await
    }

    /// Writes a decision's rows, and puts its signals, the log entries that follow from it and its messages into the devices' streams.
    async fn write(
        &self,
        tx: &mut Tx,
        before: Option<&Rows>,
        decision: &Decision,
        faces: &Faces,
        mut told: Mailing,
        now_ms: u64,
    ) -> store::Result<Vec<Posted>> {
        let mut signals = decision.signals.clone();
        if let Some(rows) = &decision.rows {
            store::calls::save(tx, before, rows).await?;
            let entries = new_entries(before, rows, |user| faces.of(user).name);
            signals.extend(entries.into_iter().map(|(user, entry)| (Recipient::User(user), Signal::CallLogged(entry))));
        }
        signals.append(&mut told.signals);
        told.posted.extend(store::sessions::post_to_many(tx, &self.config.app, signals, self.mail(now_ms)).await?);
        Ok(told.posted)
    }

    /// When it is, and how many signals a stream keeps.
    fn mail(&self, now_ms: u64) -> Stamp {
        Stamp { now_ms, keep: u64::from(self.config.limits.outbox) }
    }

    /// Puts an invitation into the conversations that it belongs to.
    async fn write_messages(
        &self,
        tx: &mut Tx,
        (actor, users): (&Actor, &[UserId]),
        invitation: &Invitation,
        rows: &Rows,
        now_ms: u64,
    ) -> store::Result<Mailing> {
        if users.is_empty() {
            return Ok(Mailing::default());
        }
        let invited = invitations::Invited { actor, call: &rows.call, message: &invitation.message, users };
        invitations::write(tx, &invited, self.mail(now_ms)).await
    }

    /// How long a call took to ring, or to be answered, if it just does or is.
    fn observe_stage(&self, before: Option<&Rows>, rows: &Rows) {
        let since_begun = |at_ms: u64| Duration::from_millis(at_ms.saturating_sub(rows.call.created_at_ms));
        let was_answered = before.is_some_and(|before| before.call.answered_at_ms.is_some());
        if rings(rows) && !was_answered && !before.is_some_and(rings) {
            self.metrics.call_rings.observe(since_begun(self.clock.now_ms()));
        }
        if let Some(at_ms) = rows.call.answered_at_ms.filter(|_| !was_answered) {
            self.metrics.call_answered.observe(since_begun(at_ms));
        }
    }

    /// What follows from a commit. All of it may be lost: streams are replayed, deadlines and presence are read again at a start.
    pub(crate) async fn tell(&self, settled: Settled) -> Answer {
        self.bus.deliver(settled.posted);
        if let Answer::Refused(refusal) = &settled.answer {
            self.metrics.refused(refusal.code);
        }
        let Some(rows) = &settled.rows else { return settled.answer };
        if settled.before.is_none() {
            self.metrics.calls_begun.fetch_add(1, Relaxed);
        }
        if let CallState::Ended { reason, .. } = rows.call.state {
            self.metrics.call_ended(reason);
        }
        self.observe_stage(settled.before.as_ref(), rows);
        if let Some(at_ms) = rows.due_at_ms() {
            self.deadlines.note(at_ms);
        }
        self.bus.presence.call_changed(settled.before.as_ref(), rows).await;
        settled.answer
    }
}

fn rings(rows: &Rows) -> bool {
    rows.legs.iter().any(|leg| !leg.ringing.is_empty())
}

/// Whether the actor comes into a channel by this decision, or stays in it for longer.
fn is_in_by(before: &Before, about: &About, decision: &Decision) -> bool {
    let Some(rows) = &decision.rows else { return false };
    let is_new = before.call.as_ref().is_none_or(|known| known.call.id != rows.call.id);
    match decision.done {
        Done::Joined { .. } => true,
        Done::Calling { .. } => is_new,
        _ => matches!(about, About::Renew { .. }),
    }
}

/// Whom an invitation asks: nobody after glare, whose call was there before; and nobody again who is asked already.
fn asked_now(before: &Before, rows: &Rows, caller: &UserId) -> Vec<UserId> {
    let known = before.call.as_ref().filter(|call| call.call.id == rows.call.id);
    let is_new = |leg: &&LegRow| !known.is_some_and(|call| call.legs.contains(leg));
    let is_asked = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Busy) && leg.user != *caller;
    rows.legs.iter().filter(is_asked).filter(is_new).map(|leg| leg.user.clone()).collect()
}

/// A call that still takes somebody although it rings no longer for them.
fn overdue(before: &Before, now_ms: u64) -> Option<CallId> {
    let of_invitees = before.invitees.iter().filter_map(|invitee| invitee.call.as_ref());
    before.call.iter().chain(of_invitees).find(|rows| rows.is_overdue(now_ms)).map(|rows| rows.call.id)
}

/// Whoever the clock acts for.
pub(crate) fn nobody() -> Actor {
    let user = UserId::new("-").expect("a dash is allowed");
    let device = DeviceId::new(Uuid::nil());
    Actor { user, user_name: String::new(), avatar: None, device, device_name: String::new(), key: None }
}

fn settled(answer: Answer, before: Option<Rows>, rows: Option<Rows>, posted: Vec<Posted>) -> Attempt {
    Attempt::Settled(Box::new(Settled { answer, before, rows, posted }))
}

fn internal() -> Answer {
    Answer::Refused(Refusal { code: RefusalCode::Internal, detail: "the server failed; try again".into() })
}
