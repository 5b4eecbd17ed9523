//! A signed-in link to the server.

mod attachments;
mod backoff;
mod chats;
mod clock;
mod credentials;
mod deliveries;
mod devices;
mod ended;
mod groups;
mod link;
mod news;
mod orders;
mod people;
mod pictures;
mod questions;
mod script;
mod socket;
mod tokens;

use std::sync::{
    Arc, Mutex, MutexGuard, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use bytes::Bytes;
use carillon_protocol::{
    Account, Answer, AvatarId, DeviceId, Done, Greeting, Login, MAX_LEGS, OpId, PendingRequest, Refusal, RefusalCode,
    Request,
};
use lru::LruCache;
use serde::Serialize;
use tokio::sync::{broadcast, mpsc, oneshot, watch};
use uuid::Uuid;

pub use attachments::TransferError;
pub use news::News;
pub(crate) use orders::{CallLink, Feed};
pub use script::Script;
pub(crate) use tokens::{Tokens, refresh};

use crate::{
    AddressError, ServerAddress,
    identity::DeviceSecret,
    rest::{self, Rest},
};
use credentials::Credentials;
use link::LinkValues;
use orders::LinkOrder;

/// People come and go in bursts; a reader that is this far behind reads the list anew.
const NEWS_QUEUE: usize = 1024;
/// Questions that wait for a link; more at once than an app has windows is a bug.
const ORDER_QUEUE: usize = 64;

/// How a [`Connection`]'s link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum LinkState {
    /// This device hears and can be reached.
    Up,
    /// It was up, or is about to be for the first time; trying.
    Reconnecting,
    /// Down for so long that people should know; trying on.
    Down,
    /// The server does not accept the sign-in any more. Final.
    SignedOut,
    /// The same device is open in another place, which has the link now. Final; a new [`Connection`] takes it back.
    Replaced,
}

/// Why a question to the server has no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RequestError {
    /// The server said no.
    #[error(transparent)]
    Refused(#[from] Refusal),
    /// No answer in time, over however many links.
    #[error("there is no link to the server")]
    Offline,
    /// The connection is closed, signed out, or replaced.
    #[error("the connection is closed")]
    Closed,
}

/// A signed-in link to the server: it connects, and connects again, until it is closed, signed out, or replaced.
///
/// A cheap handle; clones share the link. The link closes with [`close`](Self::close), or with the last handle.
#[derive(Clone)]
pub struct Connection {
    shared: Arc<SharedConnection>,
}

struct SharedConnection {
    login: watch::Receiver<Login>,
    account: watch::Receiver<Account>,
    missed_calls: watch::Receiver<u32>,
    secret: Option<Arc<DeviceSecret>>,
    orders: mpsc::Sender<LinkOrder>,
    link: watch::Receiver<LinkState>,
    greeting: watch::Receiver<Option<Greeting>>,
    news: broadcast::Sender<News>,
    rest: Rest,
    avatars: Mutex<LruCache<AvatarId, Bytes>>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
    attached: Arc<AtomicBool>,
}

impl Connection {
    /// Begins to connect, on the current tokio runtime, and returns at once.
    ///
    /// # Errors
    /// [`AddressError`] if the login does not hold the address of a server.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn open(login: Login) -> Result<Self, AddressError> {
        // A kept login was allowed when it was made.
        let server = ServerAddress::parse(&login.server, true)?;
        let secret = login.device_secret.as_deref().and_then(DeviceSecret::parse).map(Arc::new);
        let device = login.signed_in.device;
        let values = LinkValues {
            link: watch::channel(LinkState::Reconnecting).0,
            greeting: watch::channel(None).0,
            account: watch::channel(login.signed_in.account.clone()).0,
            missed_calls: watch::channel(0).0,
            news: broadcast::channel(NEWS_QUEUE).0,
        };
        let link = |tokens, orders, values| {
            let credentials = Credentials { server: server.clone(), tokens, device, secret: secret.clone() };
            tokio::spawn(link::run(credentials, orders, values))
        };
        Ok(Self::over(link, login, &server, secret.clone(), values))
    }

    /// A connection whose questions are answered by the task that `link` begins.
    fn over(
        link: impl FnOnce(Tokens, mpsc::Receiver<LinkOrder>, LinkValues) -> tokio::task::JoinHandle<()>,
        login: Login,
        server: &ServerAddress,
        secret: Option<Arc<DeviceSecret>>,
        values: LinkValues,
    ) -> Self {
        let (orders, orders_rx) = mpsc::channel(ORDER_QUEUE);
        let (login_tx, login) = watch::channel(login);
        let client = rest::client(server);
        let tokens = Tokens::keep(client.clone(), server.clone(), login_tx, values.news.clone());
        let shared = SharedConnection {
            login,
            account: values.account.subscribe(),
            missed_calls: values.missed_calls.subscribe(),
            secret,
            orders,
            link: values.link.subscribe(),
            greeting: values.greeting.subscribe(),
            news: values.news.clone(),
            rest: Rest::new(client, server.clone(), tokens.clone()),
            avatars: Mutex::new(LruCache::new(pictures::CACHED_AVATARS)),
            task: Mutex::new(Some(link(tokens, orders_rx, values))),
            attached: Arc::default(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// What to keep for the next start: what it was opened with, and since then with the tokens of the latest
    /// [`News::LoginChanged`].
    pub fn login(&self) -> Login {
        self.shared.login.borrow().clone()
    }

    /// Who is signed in, as the server said it last.
    pub fn account(&self) -> Account {
        self.shared.account.borrow().clone()
    }

    /// This installation.
    pub fn device(&self) -> DeviceId {
        self.shared.login.borrow().signed_in.device
    }

    /// How many missed calls wait to be seen, now and from now on.
    pub fn missed_calls(&self) -> watch::Receiver<u32> {
        self.shared.missed_calls.clone()
    }

    /// How the link is, now and from now on.
    pub fn link(&self) -> watch::Receiver<LinkState> {
        self.shared.link.clone()
    }

    /// Waits until the link is up for the first time.
    ///
    /// # Errors
    /// [`RequestError::Closed`] if the sign-in is not accepted, the device is open in another place, or the connection is closed.
    pub async fn connected(&self) -> Result<(), RequestError> {
        let mut link = self.link();
        let is_settled =
            |state: &LinkState| matches!(state, LinkState::Up | LinkState::SignedOut | LinkState::Replaced);
        let state = link.wait_for(is_settled).await;
        match state.as_deref() {
            Ok(LinkState::Up) => Ok(()),
            _ => Err(RequestError::Closed),
        }
    }

    /// What happens besides calls, from now on. A reader that lags behind misses the oldest and should ask anew.
    pub fn signals(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    /// Closes the link, in good manners if that takes no longer than a moment.
    pub async fn close(&self) {
        // Fails only if it is closed already.
        let _ = self.shared.orders.send(LinkOrder::Close).await;
        let task = self.shared.task.lock().ok().and_then(|mut task| task.take());
        if let Some(mut task) = task
            && tokio::time::timeout(link::CLOSE_TIMEOUT, &mut task).await.is_err()
        {
            task.abort();
        }
    }

    /// Asks, and picks what the answer must hold.
    async fn ask_for<T>(&self, body: Request, pick: impl FnOnce(Done) -> Option<T>) -> Result<T, RequestError> {
        pick(self.ask(body).await?).ok_or_else(unexpected)
    }

    /// Asks for something that has no answer but that it is done.
    pub(crate) async fn order(&self, body: Request) -> Result<(), RequestError> {
        self.ask(body).await.map(|_| ())
    }

    pub(crate) async fn ask(&self, body: Request) -> Result<Done, RequestError> {
        self.ask_as(new_op(), body).await
    }

    async fn ask_as(&self, op_id: OpId, body: Request) -> Result<Done, RequestError> {
        let (reply, answer) = oneshot::channel();
        let request = PendingRequest { op_id, body };
        self.shared.orders.send(LinkOrder::Ask { request, reply }).await.map_err(|_| RequestError::Closed)?;
        match answer.await.map_err(|_| RequestError::Closed)?? {
            Answer::Ok(done) => Ok(done),
            Answer::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// This device's own key, if its sign-in has one.
    pub(crate) fn secret(&self) -> Option<&DeviceSecret> {
        self.shared.secret.as_deref()
    }

    fn avatars(&self) -> MutexGuard<'_, LruCache<AvatarId, Bytes>> {
        // No panic leaves a cache half-written.
        self.shared.avatars.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many users can be in a group call at once, as the server said last.
    pub fn call_size(&self) -> usize {
        self.greeting().map_or(MAX_LEGS, |greeting| usize::from(greeting.call_size))
    }

    /// What the server said last about itself and this device.
    pub(crate) fn greeting(&self) -> Option<Greeting> {
        self.shared.greeting.borrow().clone()
    }

    /// The link's end for the one [`CallKit`](crate::CallKit) that calls over it.
    pub(crate) fn attach(&self) -> Result<CallLink, AlreadyAttached> {
        if self.shared.attached.swap(true, Ordering::AcqRel) {
            return Err(AlreadyAttached);
        }
        Ok(CallLink::new(self.shared.orders.clone(), Arc::clone(&self.shared.attached)))
    }
}

/// There can be one player of calls on a connection.
pub(crate) struct AlreadyAttached;

/// A name for a request.
fn new_op() -> OpId {
    OpId::new(Uuid::now_v7())
}

fn unexpected() -> RequestError {
    let detail = "the server answered something else than was asked".to_owned();
    RequestError::Refused(Refusal { code: RefusalCode::Internal, detail })
}
