//! A signed-in link to the server.

mod backoff;
mod link;
mod orders;
mod pending;
mod pulse;
mod socket;

use std::sync::{
    Arc, Mutex,
    atomic::{AtomicBool, Ordering},
};

use carillon_protocol::{
    Account, Answer, CallEntry, DeviceId, Done, Greeting, Login, Person, Presence, Refusal, RefusalCode, Request,
    UserId,
};
use tokio::sync::{broadcast, mpsc, oneshot, watch};

pub(crate) use orders::{CallLink, Feed};

use crate::{AddressError, ServerAddress};
use link::Outlets;
use orders::Order;

/// People come and go in bursts; a reader that is this far behind reads the list anew.
const NEWS_QUEUE: usize = 256;
/// Questions that wait for a link; more at once than an app has windows is a bug.
const ORDER_QUEUE: usize = 64;

/// How a [`Connection`]'s link is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
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

/// What a [`Connection`] tells besides calls.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum News {
    /// Somebody came, went, or began or ended a call.
    PresenceChanged {
        /// Who.
        user: UserId,
        /// How they can be reached now.
        presence: Presence,
    },
    /// An entry of this user's call log is new.
    CallLogged(CallEntry),
    /// The session began anew: whatever was known of presence and of the call log may be old.
    Refresh,
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
    shared: Arc<Shared>,
}

struct Shared {
    login: Login,
    orders: mpsc::Sender<Order>,
    link: watch::Receiver<LinkState>,
    greeting: watch::Receiver<Option<Greeting>>,
    news: broadcast::Sender<News>,
    task: Mutex<Option<tokio::task::JoinHandle<()>>>,
    attached: AtomicBool,
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
        let (orders, orders_rx) = mpsc::channel(ORDER_QUEUE);
        let (news, _) = broadcast::channel(NEWS_QUEUE);
        let (link_tx, link) = watch::channel(LinkState::Reconnecting);
        let (greeting_tx, greeting) = watch::channel(None);
        let outlets = Outlets { link: link_tx, greeting: greeting_tx, news: news.clone() };
        let task = tokio::spawn(link::run(server, login.signed_in.token.clone(), orders_rx, outlets));
        let (task, attached) = (Mutex::new(Some(task)), AtomicBool::new(false));
        Ok(Self { shared: Arc::new(Shared { login, orders, link, greeting, news, task, attached }) })
    }

    /// What it was opened with.
    pub fn login(&self) -> &Login {
        &self.shared.login
    }

    /// Who is signed in.
    pub fn account(&self) -> &Account {
        &self.shared.login.signed_in.account
    }

    /// This installation.
    pub fn device(&self) -> DeviceId {
        self.shared.login.signed_in.device
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

    /// Presence and call log, from now on. Whoever lags behind misses the oldest and should ask anew.
    pub fn signals(&self) -> broadcast::Receiver<News> {
        self.shared.news.subscribe()
    }

    /// People whose name contains `query`; everybody if it is empty. The server has a limit of its own.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn search_users(&self, query: &str) -> Result<Vec<Person>, RequestError> {
        match self.ask(Request::SearchUsers { query: query.to_owned() }).await? {
            Done::People { people } => Ok(people),
            other => Err(unexpected(&other)),
        }
    }

    /// This user's latest calls, newest first.
    ///
    /// # Errors
    /// [`RequestError`].
    pub async fn recent_calls(&self, limit: u32) -> Result<Vec<CallEntry>, RequestError> {
        match self.ask(Request::RecentCalls { limit }).await? {
            Done::Calls { calls } => Ok(calls),
            other => Err(unexpected(&other)),
        }
    }

    /// Closes the link, in good manners if that takes no longer than a moment.
    pub async fn close(&self) {
        // Fails only if it is closed already.
        let _ = self.shared.orders.send(Order::Close).await;
        let task = self.shared.task.lock().ok().and_then(|mut task| task.take());
        if let Some(mut task) = task
            && tokio::time::timeout(link::CLOSE_TIMEOUT, &mut task).await.is_err()
        {
            task.abort();
        }
    }

    async fn ask(&self, body: Request) -> Result<Done, RequestError> {
        let (reply, answer) = oneshot::channel();
        self.shared.orders.send(Order::Ask { body, reply }).await.map_err(|_| RequestError::Closed)?;
        match answer.await.map_err(|_| RequestError::Closed)?? {
            Answer::Ok(done) => Ok(done),
            Answer::Refused(refusal) => Err(refusal.into()),
        }
    }

    /// What the server said last about itself and this device.
    pub(crate) fn greeting(&self) -> Option<Greeting> {
        self.shared.greeting.borrow().clone()
    }

    /// The link's end for the one [`CallKit`](crate::CallKit) that calls over it.
    pub(crate) fn attach(&self) -> Result<CallLink, AlreadyAttached> {
        if self.shared.attached.swap(true, Ordering::Relaxed) {
            return Err(AlreadyAttached);
        }
        Ok(CallLink::new(self.shared.orders.clone()))
    }
}

/// There can be one player of calls on a connection.
pub(crate) struct AlreadyAttached;

fn unexpected(done: &Done) -> RequestError {
    let detail = format!("the server answered something else: {done:?}");
    RequestError::Refused(Refusal { code: RefusalCode::Internal, detail })
}
