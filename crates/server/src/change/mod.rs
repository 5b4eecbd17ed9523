//! The one unit of work: rows, answer and signals are committed together or not at all, and what follows a commit follows from
//! here.
//!
//! The invariants: a request that was answered once, with a refusal too, is answered the same ever after and changes nothing more;
//! and a sign-in that is over changes nothing, even if its link has not heard of that yet.

mod after;
mod refusal;

use std::{sync::LazyLock, time::Instant};

use carillon_call::record::Recipient;
use carillon_protocol::{Account, Answer, AppId, DeviceId, OpId, Refusal, RefusalCode, Signal, UserId};
use uuid::Uuid;

pub(crate) use self::{
    after::{FollowUp, write_audit},
    refusal::{NotChanged, SERVER_FAILED, refuse, signed_out},
};
use crate::{
    ground::shared::Ground,
    store::{
        self, Posted, Stamp, StoreError, Tx, Who,
        answers::{RequestKey, RequestState},
        spread::{self, Audience},
    },
};

/// How a device's request begins.
pub(crate) enum RequestStart<'a> {
    /// It is new.
    New(Box<Change<'a>>),
    /// It was answered before; that may be on its way to the disk still.
    Repeated(Box<Change<'a>>, Box<Answer>),
    /// It cannot be dealt with.
    Refused(Box<Answer>),
}

/// On whose word something is changed that no device asks for on its link.
#[derive(Debug, Clone, Copy)]
pub(crate) enum By<'a> {
    /// A device asks over HTTP.
    Device(&'a Who),
    /// The operator acts in a user's name.
    Operator(&'a Who),
    /// The server does what follows from the clock or from a sign-in.
    Server,
}

/// What is being changed. It has the writer for itself. If it is dropped before its end, nothing of it remains.
pub(crate) struct Change<'a> {
    pub(crate) ground: &'a Ground,
    /// Who wants it; for what the server does by itself, [`SERVER`].
    pub(crate) who: &'a Who,
    pub(crate) tx: Tx,
    pub(crate) stamp: Stamp,
    /// When it was asked for.
    pub(crate) began: Instant,
    is_by_operator: bool,
    /// The request on a link that it deals with, which is answered the same however often it is repeated.
    request: Option<RequestKey>,
    /// The answer is kept, for when the request is repeated.
    is_answer_kept: bool,
    /// Still to be put into streams: together they cost less.
    signals: Vec<(Recipient, Signal)>,
    posted: Vec<Posted>,
    after: Vec<FollowUp>,
}

impl<'a> Change<'a> {
    /// Begins what a device asks for on its link, unless the request was answered before, or its sign-in is over.
    pub(crate) async fn begin_request(ground: &'a Ground, who: &'a Who, op: OpId) -> RequestStart<'a> {
        let start = Self::begin_or_answer(ground, who, RequestKey::new(who, op)).await;
        start.unwrap_or_else(|error| RequestStart::Refused(Box::new(failed(ground, &error))))
    }

    async fn begin_or_answer(ground: &'a Ground, who: &'a Who, op: RequestKey) -> store::Result<RequestStart<'a>> {
        let began = Instant::now();
        let mut change = Self { began, request: Some(op), ..*Self::begin(ground, By::Device(who)).await? };
        Ok(match store::answers::begin(&mut change.tx, op).await? {
            RequestState::New => RequestStart::New(Box::new(change)),
            RequestState::Answered(answer) => RequestStart::Repeated(Box::new(change), answer),
            RequestState::SignedOut => {
                ground.metrics.refused(RefusalCode::NotAllowed);
                RequestStart::Refused(Box::new(Answer::Refused(signed_out())))
            }
        })
    }

    /// Begins what a device asks for over HTTP. `None`: its sign-in is over since its token was shown.
    pub(crate) async fn begin_signed_in(ground: &'a Ground, who: &'a Who) -> store::Result<Option<Box<Self>>> {
        let mut change = Self::begin(ground, By::Device(who)).await?;
        let is_signed_in = store::sign_ins::is_signed_in(&mut change.tx, who).await?;
        Ok(is_signed_in.then_some(change))
    }

    /// Begins a change. Devices come by [`Change::begin_request`] or [`Change::begin_signed_in`], which look at their sign-ins.
    pub(crate) async fn begin(ground: &'a Ground, by: By<'a>) -> store::Result<Box<Self>> {
        let tx = ground.store.write().await?;
        let who = match by {
            By::Device(who) | By::Operator(who) => who,
            By::Server => &*SERVER,
        };
        Ok(Box::new(Self {
            ground,
            who,
            tx,
            stamp: Stamp { now_ms: ground.clock.now_ms(), keep: u64::from(ground.config.limits.outbox) },
            began: Instant::now(),
            is_by_operator: matches!(by, By::Operator(_)),
            request: None,
            is_answer_kept: true,
            signals: Vec::new(),
            posted: Vec::new(),
            after: Vec::new(),
        }))
    }

    /// The application that everything here is of.
    pub(crate) fn app(&self) -> &'a AppId {
        &self.ground.config.app
    }

    /// Whether the operator acts in a user's name.
    pub(crate) const fn is_by_operator(&self) -> bool {
        self.is_by_operator
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

    /// Puts a signal into the streams of all users in a conversation.
    pub(crate) async fn tell_members(&mut self, audience: &Audience<'_>, signal: Signal) -> store::Result<()> {
        self.posted.extend(spread::post_to_members(&mut self.tx, audience, signal, self.stamp).await?);
        Ok(())
    }

    /// Puts one signal into the streams of several devices.
    pub(crate) async fn tell_devices(&mut self, devices: &[DeviceId], signal: Signal) -> store::Result<()> {
        self.posted.extend(store::sessions::post_all(&mut self.tx, devices, signal, self.stamp).await?);
        Ok(())
    }

    /// This will follow the commit.
    pub(crate) fn then(&mut self, follow_up: FollowUp) {
        self.after.push(follow_up);
    }

    /// Commits what was done, and does what follows; for a change that answers no request.
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
        match self.request {
            Some(op) if self.is_answer_kept => {
                store::answers::give(&mut self.tx, op, &answer, self.stamp.now_ms).await?;
            }
            // A refusal that changes nothing and is not kept costs no commit.
            Some(_) if matches!(answer, Answer::Refused(_)) && self.signals.is_empty() => return Ok(answer),
            Some(_) | None => {}
        }
        self.commit().await?;
        Ok(answer)
    }

    async fn refuse(self: Box<Self>, refusal: Refusal) -> store::Result<Answer> {
        let Self { ground, who, tx, request, .. } = *self;
        tx.rollback();
        if request.is_none() {
            ground.metrics.refused(refusal.code);
            return Ok(Answer::Refused(refusal));
        }
        let change = Self { request, ..*Self::begin(ground, By::Device(who)).await? };
        Box::new(change).give(Answer::Refused(refusal)).await
    }

    async fn post(&mut self) -> store::Result<()> {
        let (app, signals) = (self.app(), std::mem::take(&mut self.signals));
        self.posted.extend(store::sessions::post_to_many(&mut self.tx, app, signals, self.stamp).await?);
        Ok(())
    }
}

/// The answer to a request that could not be dealt with because the store failed.
pub(crate) fn failed(ground: &Ground, error: &StoreError) -> Answer {
    ground.store_failed(error, "a request could not be answered");
    ground.metrics.refused(RefusalCode::Internal);
    Answer::Refused(Refusal { code: RefusalCode::Internal, detail: SERVER_FAILED.into() })
}

/// As whom the server acts when it acts by itself: a user that no account has.
static SERVER: LazyLock<Who> = LazyLock::new(|| Who {
    app: AppId::new("-").expect("a dash is allowed"),
    account: Account::new(UserId::new("-").expect("a dash is allowed"), String::new()),
    device: DeviceId::new(Uuid::nil()),
    device_name: String::new(),
    key: None,
    sign_in: 0,
});
