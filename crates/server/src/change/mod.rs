//! The one unit of work: rows, answer and signals are committed together or not at all, and what follows a commit follows from here.
//!
//! The invariants: a request that was answered once, with a refusal too, is answered the same ever after and changes nothing more;
//! and a sign-in that is over changes nothing, whatever its link has not heard yet.

mod after;
mod refusal;

use std::{sync::LazyLock, time::Instant};

use carillon_call::record::Recipient;
use carillon_protocol::{Account, Answer, AppId, DeviceId, OpId, Refusal, RefusalCode, Signal, UserId};
use uuid::Uuid;

pub(crate) use self::{
    after::{Then, note},
    refusal::{NotChanged, refuse, signed_out},
};
use crate::{
    ground::shared::Ground,
    store::{
        self, Posted, Stamp, StoreError, Tx, Who,
        answers::Op,
        spread::{self, Audience},
    },
};

/// How a request begins.
pub(crate) enum Begun<'a> {
    /// It is new.
    Change(Box<Change<'a>>),
    /// It was answered before; that may be on its way to the disk still.
    Again(Box<Change<'a>>, Box<Answer>),
    /// It cannot be dealt with.
    Refused(Box<Answer>),
}

/// On whose word something is changed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum By {
    /// A device asks on its link, and is answered the same however often it does.
    Request(Op),
    /// A device asks over HTTP, or the server does what follows from the clock or from a sign-in.
    Nobody,
    /// The operator, in somebody's name.
    Operator,
}

/// What is being changed: it has the writer for itself. Dropped without an end, nothing of it remains.
pub(crate) struct Change<'a> {
    pub(crate) ground: &'a Ground,
    /// Who wants it; for what the server does by itself, a user that nobody is.
    pub(crate) who: &'a Who,
    pub(crate) tx: Tx,
    pub(crate) stamp: Stamp,
    /// When it was asked for.
    pub(crate) began: Instant,
    by: By,
    /// The answer is given to whoever repeats the request.
    is_answer_kept: bool,
    /// Still to be put into streams: together they cost less.
    signals: Vec<(Recipient, Signal)>,
    posted: Vec<Posted>,
    after: Vec<Then>,
}

impl<'a> Change<'a> {
    /// Begins what a device asks for on its link, unless the request was answered before, or its sign-in is over.
    pub(crate) async fn begin(ground: &'a Ground, who: &'a Who, op: OpId) -> Begun<'a> {
        Self::begin_or_answer(ground, who, op)
            .await
            .unwrap_or_else(|error| Begun::Refused(Box::new(failed(ground, &error))))
    }

    async fn begin_or_answer(ground: &'a Ground, who: &'a Who, op: OpId) -> store::Result<Begun<'a>> {
        let (began, op) = (Instant::now(), Op::new(who, op));
        let mut tx = ground.store.write().await?;
        let begun = store::answers::begin(&mut tx, op).await?;
        let change = Self { began, ..*Self::new(ground, who, tx, By::Request(op)) };
        Ok(match begun {
            store::answers::Begun::New => Begun::Change(Box::new(change)),
            store::answers::Begun::Answered(answer) => Begun::Again(Box::new(change), answer),
            store::answers::Begun::SignedOut => {
                ground.metrics.refused(RefusalCode::NotAllowed);
                Begun::Refused(Box::new(Answer::Refused(signed_out())))
            }
        })
    }

    /// Begins what a device asks for over HTTP. `None`: its sign-in is over since its token was shown.
    pub(crate) async fn of_device(ground: &'a Ground, who: &'a Who) -> store::Result<Option<Box<Self>>> {
        let mut tx = ground.store.write().await?;
        let is_signed_in = store::sign_ins::is_signed_in(&mut tx, who).await?;
        Ok(is_signed_in.then(|| Self::new(ground, who, tx, By::Nobody)))
    }

    /// Begins what the operator does in somebody's name.
    pub(crate) async fn in_the_name_of(ground: &'a Ground, who: &'a Who) -> store::Result<Box<Self>> {
        Ok(Self::new(ground, who, ground.store.write().await?, By::Operator))
    }

    /// Begins what the server does by itself.
    pub(crate) async fn of_the_server(ground: &'a Ground) -> store::Result<Box<Self>> {
        Ok(Self::new(ground, &NOBODY, ground.store.write().await?, By::Nobody))
    }

    fn new(ground: &'a Ground, who: &'a Who, tx: Tx, by: By) -> Box<Self> {
        let stamp = Stamp { now_ms: ground.clock.now_ms(), keep: u64::from(ground.config.limits.outbox) };
        let (signals, posted, after) = (Vec::new(), Vec::new(), Vec::new());
        let began = Instant::now();
        Box::new(Self { ground, who, tx, stamp, began, by, is_answer_kept: true, signals, posted, after })
    }

    /// The application that everything here is of.
    pub(crate) fn app(&self) -> &'a AppId {
        &self.ground.config.app
    }

    /// Whether the operator asks for it, in somebody's name.
    pub(crate) fn is_by_operator(&self) -> bool {
        self.by == By::Operator
    }

    /// Whether a device asks for it on its link.
    pub(crate) const fn is_request(&self) -> bool {
        matches!(self.by, By::Request(_))
    }

    /// The answer will not be kept: asked again, it is found anew.
    pub(crate) fn forget_answer(&mut self) {
        self.is_answer_kept = false;
    }

    /// Will put a signal into the streams of all devices that a recipient means.
    pub(crate) fn tell(&mut self, to: Recipient, signal: Signal) {
        self.signals.push((to, signal));
    }

    /// Will put a signal into the streams of all devices of a user.
    pub(crate) fn tell_user(&mut self, user: &UserId, signal: Signal) {
        self.tell(Recipient::User(user.clone()), signal);
    }

    /// Puts a signal into the streams of everybody in a conversation.
    pub(crate) async fn tell_members(&mut self, audience: &Audience<'_>, signal: Signal) -> store::Result<()> {
        self.posted.extend(spread::post_to_members(&mut self.tx, audience, signal, self.stamp).await?);
        Ok(())
    }

    /// Puts a signal into the streams of these devices, written once for all of them.
    pub(crate) async fn tell_devices(&mut self, devices: &[DeviceId], signal: Signal) -> store::Result<()> {
        self.posted.extend(store::sessions::post_all(&mut self.tx, devices, signal, self.stamp).await?);
        Ok(())
    }

    /// This will follow the commit.
    pub(crate) fn then(&mut self, then: Then) {
        self.after.push(then);
    }

    /// Commits what was done, and does what follows; for whoever is not answered by it.
    pub(crate) async fn commit(mut self: Box<Self>) -> store::Result<()> {
        self.post().await?;
        let Self { ground, tx, posted, after, .. } = *self;
        tx.commit().await?;
        after::happen(ground, posted, after).await;
        Ok(())
    }

    /// Commits what was done with its answer, and does what follows; of what is refused by an error, or failed, nothing remains but
    /// the refusal.
    pub(crate) async fn finish(self: Box<Self>, result: Result<Answer, NotChanged>) -> Answer {
        let ground = self.ground;
        let committed = match result {
            Ok(answer) => self.give(answer).await,
            Err(NotChanged::Refused(refusal)) => self.refuse(refusal).await,
            Err(NotChanged::Failed(error)) => Err(error),
        };
        committed.unwrap_or_else(|error| failed(ground, &error))
    }

    /// Gives an answer again that was given before, once all that it says is on the disk.
    pub(crate) async fn repeat(self: Box<Self>, answer: Answer) -> Answer {
        let ground = self.ground;
        self.commit().await.map_or_else(|error| failed(ground, &error), |()| answer)
    }

    async fn give(mut self: Box<Self>, answer: Answer) -> store::Result<Answer> {
        if let Answer::Refused(refusal) = &answer {
            self.ground.metrics.refused(refusal.code);
        }
        match self.by {
            By::Request(op) if self.is_answer_kept => {
                store::answers::give(&mut self.tx, op, &answer, self.stamp.now_ms).await?;
            }
            // That nothing is there costs nobody a commit.
            By::Request(_) if matches!(answer, Answer::Refused(_)) && self.signals.is_empty() => return Ok(answer),
            By::Request(_) | By::Nobody | By::Operator => {}
        }
        self.commit().await?;
        Ok(answer)
    }

    async fn refuse(self: Box<Self>, refusal: Refusal) -> store::Result<Answer> {
        let Self { ground, who, tx, by, .. } = *self;
        tx.rollback();
        if !matches!(by, By::Request(_)) {
            ground.metrics.refused(refusal.code);
            return Ok(Answer::Refused(refusal));
        }
        Self::new(ground, who, ground.store.write().await?, by).give(Answer::Refused(refusal)).await
    }

    async fn post(&mut self) -> store::Result<()> {
        let (app, signals) = (self.app(), std::mem::take(&mut self.signals));
        self.posted.extend(store::sessions::post_to_many(&mut self.tx, app, signals, self.stamp).await?);
        Ok(())
    }
}

/// The answer to what could not be done because the store failed.
pub(crate) fn failed(ground: &Ground, error: &StoreError) -> Answer {
    ground.store_failed(error, "a request could not be committed");
    ground.metrics.refused(RefusalCode::Internal);
    Answer::Refused(Refusal { code: RefusalCode::Internal, detail: "the server failed; try again".into() })
}

/// Whoever the server acts as when it acts by itself.
static NOBODY: LazyLock<Who> = LazyLock::new(|| Who {
    app: AppId::new("-").expect("a dash is allowed"),
    account: Account::new(UserId::new("-").expect("a dash is allowed"), String::new()),
    device: DeviceId::new(Uuid::nil()),
    device_name: String::new(),
    key: None,
    sign_in: 0,
});
