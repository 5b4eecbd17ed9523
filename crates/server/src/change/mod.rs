//! What a request changes: rows, answer and signals, committed together or not at all.
//!
//! The invariants: a request that was answered once, with a refusal too, is answered the same ever after and changes nothing more;
//! and a sign-in that is over changes nothing, whatever its link has not heard yet.

use std::sync::atomic::Ordering::Relaxed;

use carillon_protocol::{Answer, Done, GroupId, NameError, OpId, Refusal, RefusalCode, UserId};

use crate::{
    calls::Settled,
    core::Core,
    failpoint,
    store::{self, Posted, StoreError, Tx, Who, answers::Op},
};

/// What a device hears whose sign-in has ended since its request was on the way.
pub(crate) fn signed_out() -> Refusal {
    Refusal { code: RefusalCode::NotAllowed, detail: "this device is signed out".into() }
}

/// Why a change is not made.
#[derive(Debug)]
pub(crate) enum NotChanged {
    Refused(Refusal),
    Failed(StoreError),
}

impl From<StoreError> for NotChanged {
    fn from(error: StoreError) -> Self {
        Self::Failed(error)
    }
}

impl From<NameError> for NotChanged {
    fn from(error: NameError) -> Self {
        Self::Refused(Refusal { code: RefusalCode::NameRefused, detail: format!("this is no name: {error}") })
    }
}

/// Says no.
pub(crate) fn refuse<T>(code: RefusalCode, detail: &str) -> Result<T, NotChanged> {
    Err(NotChanged::Refused(Refusal { code, detail: detail.to_owned() }))
}

/// How a request begins.
pub(crate) enum Begun<'a> {
    /// It is new.
    Change(Box<Change<'a>>),
    /// It was answered before, or cannot be dealt with now.
    Answered(Box<Answer>),
}

/// A request that is being dealt with: it has the writer for itself.
pub(crate) struct Change<'a> {
    pub(crate) core: &'a Core,
    pub(crate) who: &'a Who,
    pub(crate) tx: Tx,
    pub(crate) now_ms: u64,
    /// `None`: of the operator, who is answered once and by no device's stream.
    op: Option<Op>,
    said: u64,
    posted: Vec<Posted>,
    calls: Vec<Settled>,
    sights: Vec<(UserId, Vec<UserId>)>,
}

impl<'a> Change<'a> {
    /// Begins, unless the request was answered before, or its sign-in is over.
    pub(crate) async fn begin(core: &'a Core, who: &'a Who, op: OpId) -> Begun<'a> {
        let begun = async {
            let (mut tx, op) = (core.store.write().await?, Op::new(who, op));
            match store::answers::begin(&mut tx, op).await? {
                store::answers::Begun::New => Ok(Begun::Change(Box::new(Self::new(core, who, tx, Some(op))))),
                store::answers::Begun::Answered(answer) => {
                    // What it says may be on its way to the disk still.
                    tx.commit().await?;
                    Ok(Begun::Answered(answer))
                }
                store::answers::Begun::SignedOut => {
                    core.metrics.refused(RefusalCode::NotAllowed);
                    Ok(Begun::Answered(Box::new(Answer::Refused(signed_out()))))
                }
            }
        };
        match begun.await {
            Ok(begun) => begun,
            Err(error) => Begun::Answered(Box::new(core.failed(&error))),
        }
    }

    /// Begins what the operator does in somebody's name.
    pub(crate) async fn in_the_name_of(core: &'a Core, who: &'a Who) -> store::Result<Box<Self>> {
        Ok(Box::new(Self::new(core, who, core.store.write().await?, None)))
    }

    fn new(core: &'a Core, who: &'a Who, tx: Tx, op: Option<Op>) -> Self {
        let now_ms = core.clock.now_ms();
        Self { core, who, tx, now_ms, op, said: 0, posted: Vec::new(), calls: Vec::new(), sights: Vec::new() }
    }

    /// Whether the operator asks for it, in somebody's name.
    pub(crate) const fn is_by_operator(&self) -> bool {
        self.op.is_none()
    }

    /// When it is, and how many signals a stream keeps.
    pub(crate) fn mail(&self) -> (u64, u64) {
        (self.now_ms, u64::from(self.core.config.limits.outbox))
    }

    /// A message will be there.
    pub(crate) fn will_have_said(&mut self) {
        self.said += 1;
    }

    /// This will be in devices' streams.
    pub(crate) fn will_deliver(&mut self, posted: Vec<Posted>) {
        self.posted.extend(posted);
    }

    /// Somebody will not be in a group any more: if they are in its call, or it rings for them, that is over too.
    pub(crate) async fn take_out_of_call(&mut self, group: &GroupId, user: &UserId) -> store::Result<()> {
        self.calls.extend(self.core.remove_from_call(&mut self.tx, user, Some(group)).await?);
        Ok(())
    }

    /// What somebody and these others may see of each other will have changed.
    pub(crate) fn will_be_seen(&mut self, user: UserId, others: Vec<UserId>) {
        self.sights.push((user, others));
    }

    /// Commits what was done with its answer; of what was refused or failed nothing remains but the refusal.
    pub(crate) async fn finish(self: Box<Self>, result: Result<Done, NotChanged>) -> Answer {
        let Self { core, who: _, mut tx, now_ms, op, said, posted, calls, sights } = *self;
        let committed = async {
            let answer = match result {
                Ok(done) => Answer::Ok(done),
                Err(NotChanged::Refused(refusal)) => {
                    tx.rollback();
                    tx = core.store.write().await?;
                    core.metrics.refused(refusal.code);
                    Answer::Refused(refusal)
                }
                Err(NotChanged::Failed(error)) => return Err(error),
            };
            if let Some(op) = op {
                store::answers::give(&mut tx, op, &answer, now_ms).await?;
            }
            tx.commit().await?;
            Ok(answer)
        };
        match committed.await {
            Ok(answer @ Answer::Refused(_)) => answer,
            Ok(answer) => {
                if said > 0 {
                    failpoint::after_message();
                }
                core.metrics.messages.fetch_add(said, Relaxed);
                core.bus.deliver(posted);
                for call in calls {
                    core.tell(call).await;
                }
                for (user, others) in sights {
                    core.sights_changed(&user, &others).await;
                }
                answer
            }
            Err(error) => core.failed(&error),
        }
    }
}

impl Core {
    fn failed(&self, error: &StoreError) -> Answer {
        self.store_failed(error, "a request could not be committed");
        self.metrics.refused(RefusalCode::Internal);
        Answer::Refused(Refusal { code: RefusalCode::Internal, detail: "the server failed; try again".into() })
    }
}
