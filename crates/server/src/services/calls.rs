//! Calls: load, let the record decide, commit, and only then tell.
//!
//! The invariant: all that a decision was made upon is read in the transaction that the new rows, the answer to the asker and the
//! signals for all devices are committed in. Nobody writes between, so whoever comes second decides upon what the first one wrote.

mod before;
mod clearing;
mod ending;
mod grants;
mod leaving;
mod unreadable;

use std::time::Instant;

use carillon_call::record::{Actor, Asked, Before, Decision, LegRow, Recipient, Rows, call_begun_by, decide, verdict};
use carillon_protocol::{
    Answer, CallId, DeviceId, GroupId, Invitation, LegState, Refusal, RefusalCode, Secret, Signal, Uid, UserId,
};
use uuid::Uuid;

pub(crate) use self::{before::faces_of, leaving::leave_with_group};
use crate::{
    change::{Then, happen, signed_out},
    chat::{invitations, sending::Mailing},
    core::Core,
    failpoint,
    limits::{Invited, table},
    store::{
        self, Live, Posted, Stamp, Tx,
        answers::{Begun, Op},
        log::new_entries,
        people::may_be_called,
    },
};

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

/// What is committed, and what follows from it.
pub(crate) struct Settled {
    answer: Answer,
    posted: Vec<Posted>,
    then: Vec<Then>,
}

impl Settled {
    /// An answer by which nothing changes.
    const fn answered(answer: Answer) -> Self {
        Self { answer, posted: Vec::new(), then: Vec::new() }
    }

    /// Ends a transaction in which nothing else was done.
    async fn keep(&self, tx: Tx) -> store::Result<()> {
        if self.then.is_empty() {
            tx.rollback();
            return Ok(());
        }
        tx.commit().await
    }

    /// What came before it in the same transaction belongs to it.
    fn after(self, earlier: Self) -> Self {
        let (mut posted, mut then) = (earlier.posted, earlier.then);
        posted.extend(self.posted);
        then.extend(self.then);
        Self { answer: self.answer, posted, then }
    }
}

impl Core {
    /// Does what a device asks of a call, once for each `op`, however often it is repeated.
    pub(crate) async fn ask(&self, actor: &Actor, op: Option<Op>, about: About) -> Answer {
        let began = Instant::now();
        match self.settle(actor, op, &about).await {
            Ok(settled) => {
                self.metrics.commit.observe(began.elapsed());
                if !settled.then.is_empty() && matches!(about, About::Accept { .. }) {
                    failpoint::after_accept();
                }
                self.tell(settled).await
            }
            Err(error) => {
                self.store_failed(&error, "a request could not be committed");
                internal()
            }
        }
    }

    /// What follows from a commit.
    async fn tell(&self, settled: Settled) -> Answer {
        let Settled { answer, posted, then } = settled;
        happen(self, posted, then).await;
        if let Answer::Refused(refusal) = &answer {
            self.metrics.refused(refusal.code);
        }
        answer
    }

    /// Takes a user out of their live call: of any (`None`), or only of one in this group. It belongs into the transaction that takes
    /// them out of the group; what it gives follows from its commit.
    pub(crate) async fn remove_from_call(
        &self,
        tx: &mut Tx,
        user: &UserId,
        group: Option<&GroupId>,
    ) -> store::Result<Option<Settled>> {
        let live = before::live_rows(tx, &self.config.app, Live::Of(user)).await?;
        let is_meant = |rows: &Rows| group.is_none_or(|group| rows.call.group_id.as_ref() == Some(group));
        let Some(rows) = live.filter(is_meant) else { return Ok(None) };
        let removed = self.impose(tx, rows, Asked::Remove { user: user.clone() }, self.clock.now_ms()).await?;
        Ok(Some(removed))
    }

    /// Does to a call what no device asks for.
    async fn impose(&self, tx: &mut Tx, rows: Rows, asked: Asked, now_ms: u64) -> store::Result<Settled> {
        let faces = faces_of(tx, &self.config.app, rows.users()).await?;
        let before = Before { call: Some(rows), faces, ..Before::default() };
        match decide(&before, &nobody(), asked, now_ms) {
            Ok(decision) => self.write(tx, before, decision, Mailing::default(), now_ms).await,
            Err(refusal) => Ok(Settled::answered(Answer::Refused(refusal))),
        }
    }

    async fn settle(&self, actor: &Actor, op: Option<Op>, about: &About) -> store::Result<Settled> {
        let mut tx = self.store.write().await?;
        let now_ms = self.clock.now_ms();
        let begun = match op {
            Some(op) => store::answers::begin(&mut tx, op).await?,
            None => Begun::New,
        };
        match begun {
            Begun::New => {}
            Begun::SignedOut => return Ok(Settled::answered(Answer::Refused(signed_out()))),
            Begun::Answered(answer) => {
                let posted = self.tell_verdict(&mut tx, actor, &answer, now_ms).await?;
                // Even with nothing to tell: what the answer says may be on its way to the disk still.
                tx.commit().await?;
                return Ok(Settled { posted, ..Settled::answered(*answer) });
            }
        }
        let (before, cleared) = self.clear_and_read(&mut tx, actor, about, now_ms).await?;
        if let About::New(invitation) = about
            && let Err(refusal) = self.permit_invite(actor, invitation, &before)
        {
            // It is not written down: asked again, it may be permitted.
            cleared.keep(tx).await?;
            return Ok(Settled::answered(Answer::Refused(refusal)).after(cleared));
        }
        let asked = self.asked(&mut tx, &before, actor, about).await?;
        let decision = decide(&before, actor, asked, now_ms);
        if op.is_some() && ending::is_of_nothing(about, &decision) {
            return self.end_nothing(tx, actor, decision, cleared).await;
        }
        let settled = self.carry_out_decision(&mut tx, (actor, op), about, before, decision, now_ms).await?;
        tx.commit().await?;
        Ok(settled.after(cleared))
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

    /// What the record is asked, with as whom the actor may be in the channel, or why not.
    async fn asked(&self, tx: &mut Tx, before: &Before, actor: &Actor, about: &About) -> store::Result<Asked> {
        let claim = match about.uid() {
            Some(uid) if !may_be_called(tx, &self.config.app, &actor.user, uid).await? => Err(grants::foreign_uid()),
            Some(_) | None => self.claim(before, actor, about),
        };
        Ok(match about.clone() {
            About::New(invitation) => {
                let (id, app) = (CallId::new(Uuid::now_v7()), self.config.app.clone());
                Asked::Invite { id, app, invitation, claim }
            }
            About::Accept { .. } => Asked::Accept { claim },
            About::Renew { .. } => Asked::RenewToken { claim },
            About::Call(_, asked) => asked,
        })
    }

    /// Writes down the answer and all that the record has decided.
    async fn carry_out_decision(
        &self,
        tx: &mut Tx,
        (actor, op): (&Actor, Option<Op>),
        about: &About,
        before: Before,
        decision: Result<Decision, Refusal>,
        now_ms: u64,
    ) -> store::Result<Settled> {
        let answer = match &decision {
            Ok(decision) => Answer::Ok(decision.done.clone()),
            Err(refusal) => Answer::Refused(refusal.clone()),
        };
        if let Some(op) = op {
            store::answers::give(tx, op, &answer, now_ms).await?;
        }
        let Ok(decision) = decision else { return Ok(Settled::answered(answer)) };
        let told = match (about, &decision.rows) {
            (About::New(invitation), Some(rows)) => {
                let asked = asked_now(&before, rows, &actor.user);
                self.write_messages(tx, (actor, &asked), invitation, rows, now_ms).await?
            }
            _ => Mailing::default(),
        };
        self.write(tx, before, decision, told, now_ms).await
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
        before: Before,
        decision: Decision,
        mut told: Mailing,
        now_ms: u64,
    ) -> store::Result<Settled> {
        let Decision { rows, mut signals, media, invited: _, done } = decision;
        // An invitation may be about another call than the one that its caller was in.
        let is_same = |known: &Rows| rows.as_ref().is_none_or(|new| new.call.id == known.call.id);
        let known = before.call.filter(is_same);
        if let Some(rows) = &rows {
            store::calls::save(tx, known.as_ref(), rows).await?;
            let entries = new_entries(known.as_ref(), rows, |user| before.faces.of(user).name);
            signals.extend(entries.into_iter().map(|(user, entry)| (Recipient::User(user), Signal::CallLogged(entry))));
        }
        signals.append(&mut told.signals);
        told.posted.extend(store::sessions::post_to_many(tx, &self.config.app, signals, self.mail(now_ms)).await?);
        let call = rows.map(|rows| Then::Call { before: known.map(Box::new), rows: Box::new(rows) });
        let then = media.into_iter().map(Then::Media).chain(call).collect();
        Ok(Settled { answer: Answer::Ok(done), posted: told.posted, then })
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
}

/// Whom an invitation asks: nobody after glare, whose call was there before; and nobody again who is asked already.
fn asked_now(before: &Before, rows: &Rows, caller: &UserId) -> Vec<UserId> {
    let known = before.call.as_ref().filter(|call| call.call.id == rows.call.id);
    let is_new = |leg: &&LegRow| !known.is_some_and(|call| call.legs.contains(leg));
    let is_asked = |leg: &&LegRow| matches!(leg.state, LegState::Ringing | LegState::Busy) && leg.user != *caller;
    rows.legs.iter().filter(is_asked).filter(is_new).map(|leg| leg.user.clone()).collect()
}

/// Whoever the clock acts for.
pub(crate) fn nobody() -> Actor {
    let user = UserId::new("-").expect("a dash is allowed");
    let device = DeviceId::new(Uuid::nil());
    Actor { user, user_name: String::new(), avatar: None, device, device_name: String::new(), key: None }
}

fn internal() -> Answer {
    Answer::Refused(Refusal { code: RefusalCode::Internal, detail: "the server failed; try again".into() })
}
