//! The task that owns the link: it connects, carries frames between the socket and a [`DeviceEnd`], and connects again.
//!
//! The [`DeviceEnd`] decides: what is told in which order, what is acknowledged and repeated, and when a session begins anew. This task
//! has the sockets, the clock, and those who wait for answers.

use std::{sync::Arc, time::Duration};

use carillon_call::{
    OpIds,
    session::{
        DeviceEnd,
        device::{Input, Output},
    },
};
use carillon_protocol::{Account, Greeting, Signal, Snapshot};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, sleep, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{self, Message};

use super::{
    LinkState, News, RequestError,
    backoff::Backoff,
    clock::LinkClock,
    credentials::{self, Credentials},
    ended::Ended,
    new_op,
    orders::{Feed, LinkOrder},
    questions::OpenQuestions,
    socket::{self, ConnectError, Socket, WRITE_TIMEOUT},
};

/// A window would rather say that there is no link than spin for longer.
const APP_PATIENCE: Duration = Duration::from_secs(10);
/// From then on people are told that they cannot be reached.
const DOWN_AFTER: Duration = Duration::from_secs(10);
/// A link that lived for so long was a good one.
const GOOD_LINK: Duration = Duration::from_secs(5);
/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the link tells how it is.
pub(crate) struct LinkValues {
    pub(crate) link: watch::Sender<LinkState>,
    pub(crate) greeting: watch::Sender<Option<Greeting>>,
    pub(crate) account: watch::Sender<Account>,
    pub(crate) missed_calls: watch::Sender<u32>,
    pub(crate) news: broadcast::Sender<News>,
}

struct Link {
    credentials: Arc<Credentials>,
    orders: mpsc::Receiver<LinkOrder>,
    values: LinkValues,
    feed: Option<mpsc::Sender<Feed>>,
    end: DeviceEnd,
    clock: LinkClock,
    questions: OpenQuestions,
    /// Whether the socket in hand, or the last one, has ever been a link.
    was_up: bool,
    down_at: Option<Instant>,
}

/// Runs a link until it is closed, signed out, or replaced.
pub(crate) async fn run(credentials: Credentials, orders: mpsc::Receiver<LinkOrder>, values: LinkValues) {
    let credentials = Arc::new(credentials);
    let server = &credentials.server;
    let mut link = Link::new(Arc::clone(&credentials), orders, values);
    let mut backoff = Backoff::default();
    loop {
        let ended = match link.serve_while(Box::pin(credentials.open())).await {
            None => break,
            Some(Ok(socket)) => link.live(socket).await,
            Some(Err(ConnectError::SignedOut)) => Ended::SignedOut,
            Some(Err(ConnectError::Failed(why))) => {
                tracing::info!(%server, why, "cannot connect");
                Ended::Failed
            }
        };
        if let Some(state) = ended.for_good() {
            tracing::info!(%server, ?state, "the link is over");
            link.values.link.send_replace(state);
            break;
        }
        match ended {
            Ended::Closed => break,
            Ended::Renew => continue,
            Ended::Lost => backoff.reset(),
            Ended::Failed | Ended::SignedOut | Ended::Replaced => {}
        }
        let wait = backoff.next(rand::random());
        if link.serve_while(sleep(wait)).await.is_none() {
            break;
        }
    }
    link.questions.close();
    link.tell_calls(Feed::Down);
}

impl Link {
    fn new(credentials: Arc<Credentials>, orders: mpsc::Receiver<LinkOrder>, values: LinkValues) -> Self {
        let mut clock = LinkClock::new();
        let end = DeviceEnd::new(OpIds::starting_at(new_op()), clock.now());
        let down_at = Some(Instant::now() + DOWN_AFTER);
        Self {
            credentials,
            orders,
            values,
            feed: None,
            end,
            clock,
            questions: OpenQuestions::default(),
            was_up: false,
            down_at,
        }
    }

    /// Takes orders while there is no link; `None` if one of them is the end.
    async fn serve_while<T>(&mut self, done: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(done);
        loop {
            let wait = self.until_deadline();
            tokio::select! {
                out = &mut done => return Some(out),
                order = self.orders.recv() => if self.take(order?) == Some(Ended::Closed) { return None },
                () = after(wait) => self.end.handle_timeout(self.clock.now()),
                () = at(self.down_at) => {
                    self.down_at = None;
                    self.values.link.send_replace(LinkState::Down);
                }
            }
            while let Some(output) = self.end.poll_output() {
                self.tell(output);
            }
        }
    }

    /// From the first frame to the last of one socket.
    async fn live(&mut self, mut socket: Socket) -> Ended {
        let born = Instant::now();
        self.was_up = false;
        let ended = self.converse(&mut socket).await;
        if ended.for_good().is_none() {
            self.input(Input::Disconnected);
            while let Some(output) = self.end.poll_output() {
                self.tell(output);
            }
        }
        // In good manners if the other end still listens; it may not.
        let _ = timeout(Duration::from_millis(500), socket.close(None)).await;
        let was_good = self.was_up && born.elapsed() >= GOOD_LINK;
        if ended == Ended::Failed && was_good { Ended::Lost } else { ended }
    }

    async fn converse(&mut self, socket: &mut Socket) -> Ended {
        if let Err(ended) = self.greet(socket).await {
            return ended;
        }
        loop {
            if let Some(ended) = self.settle(socket).await {
                return ended;
            }
            let wait = self.until_deadline();
            let ended = tokio::select! {
                order = self.orders.recv() => self.take(order.unwrap_or(LinkOrder::Close)),
                came = socket.next() => self.hear(came),
                () = after(wait) => { self.end.handle_timeout(self.clock.now()); None }
            };
            if let Some(ended) = ended {
                return ended;
            }
        }
    }

    /// Answers the server's challenge.
    async fn greet(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        let challenged = credentials::challenge(socket);
        let nonce = match self.serve_while(challenged).await {
            None => return Err(Ended::Closed),
            Some(Ok(nonce)) => nonce,
            Some(Err(frame)) => return Err(Ended::by(frame.as_ref())),
        };
        let proof = self.credentials.proof(&nonce);
        self.input(Input::Connected { proof });
        Ok(())
    }

    /// Takes an order; the answer says whether the link should end for it.
    fn take(&mut self, order: LinkOrder) -> Option<Ended> {
        match order {
            LinkOrder::Ask { request, reply } => {
                self.questions.add(request.op_id, reply);
                self.input(Input::Ask { request, patience: Some(APP_PATIENCE) });
            }
            LinkOrder::Call(request) => self.input(Input::Ask { request, patience: None }),
            LinkOrder::Attach(feed) => {
                self.feed = Some(feed);
                // Calls begin from a snapshot; what went by before had no reader.
                self.input(Input::BeginAnew);
            }
            LinkOrder::Close => return Some(Ended::Closed),
        }
        None
    }

    fn hear(&mut self, came: Option<Result<Message, tungstenite::Error>>) -> Option<Ended> {
        let text = match came {
            Some(Ok(Message::Text(text))) => text,
            Some(Ok(Message::Close(frame))) => {
                self.input(Input::SignOfLife);
                // What a socket says that is too old is not believed.
                return self.end.is_connected().then(|| Ended::by(frame.as_ref()));
            }
            Some(Ok(_)) => {
                self.input(Input::SignOfLife);
                return None;
            }
            Some(Err(_)) | None => return Some(Ended::Failed),
        };
        let input = serde_json::from_str(&text).map(Input::Frame).unwrap_or_else(|error| {
            tracing::warn!(%error, "a frame that makes no sense is ignored");
            Input::SignOfLife
        });
        self.input(input);
        None
    }

    fn input(&mut self, input: Input) {
        self.end.handle_input(input, self.clock.now());
    }

    fn until_deadline(&mut self) -> Option<Duration> {
        let at = self.end.poll_timeout()?;
        Some(at.saturating_duration_since(self.clock.now()))
    }

    /// Does all that the device's end wants done; the answer says whether the socket is of no use any more.
    async fn settle(&mut self, socket: &mut Socket) -> Option<Ended> {
        let mut ended = None;
        while let Some(output) = self.end.poll_output() {
            let is_sent = match output {
                Output::Send(frame) => send(socket, socket::message(&frame)).await,
                Output::Ping => send(socket, Message::Ping(Default::default())).await,
                Output::Close(fault) => {
                    ended = Some(Ended::because(fault));
                    true
                }
                of_no_socket @ (Output::Up { .. }
                | Output::Down
                | Output::Signal { .. }
                | Output::Message(_)
                | Output::Typing { .. }
                | Output::NotFetched(_)
                | Output::Answer { .. }
                | Output::GivenUp { .. }) => {
                    self.tell(of_no_socket);
                    true
                }
            };
            if !is_sent {
                return Some(Ended::Failed);
            }
        }
        ended
    }

    /// Hands on what does not concern the socket.
    fn tell(&mut self, output: Output) {
        match output {
            Output::Up { greeting, snapshot } => self.up(*greeting, snapshot.map(|snapshot| *snapshot)),
            Output::Down => {
                self.values.link.send_replace(LinkState::Reconnecting);
                self.down_at = Some(Instant::now() + DOWN_AFTER);
                self.tell_calls(Feed::Down);
            }
            Output::Signal { seq, body } => self.tell_signal(seq, *body),
            Output::Message(message) => self.tell_app(News::Message(*message)),
            Output::Typing { chat, user, typing } => self.tell_app(News::Typing { chat, user, typing }),
            Output::NotFetched(refusal) => tracing::warn!(?refusal, "missed messages cannot be fetched"),
            Output::Answer { op, result } => match self.questions.take(op) {
                // The window may have gone meanwhile.
                Some(reply) => drop(reply.send(Ok(*result))),
                None => self.tell_calls(Feed::Answer { op, result: *result }),
            },
            Output::GivenUp { op } => {
                if let Some(reply) = self.questions.take(op) {
                    // The window may have gone meanwhile.
                    let _ = reply.send(Err(RequestError::Offline));
                }
            }
            // Of a socket that is gone.
            Output::Send(_) | Output::Ping | Output::Close(_) => {}
        }
    }

    fn up(&mut self, greeting: Greeting, snapshot: Option<Snapshot>) {
        self.was_up = true;
        self.down_at = None;
        self.values.account.send_replace(greeting.account.clone());
        self.values.greeting.send_replace(Some(greeting));
        match snapshot {
            None => {
                self.tell_calls(Feed::Resumed);
                self.values.link.send_replace(LinkState::Up);
            }
            Some(snapshot) => {
                self.tell_calls(Feed::Reset(snapshot.call));
                self.values.link.send_replace(LinkState::Up);
                self.values.missed_calls.send_replace(snapshot.missed_calls);
                self.tell_app(News::Refresh);
            }
        }
    }

    fn tell_signal(&mut self, seq: u64, signal: Signal) {
        match News::of(signal).map_err(|signal| *signal) {
            Ok(news) => {
                self.learn(&news);
                self.tell_app(news);
            }
            Err(Signal::Unknown) => tracing::info!(seq, "a signal of a later version is ignored"),
            Err(of_a_call) => self.tell_calls(Feed::Signal(of_a_call)),
        }
    }

    /// The values are true before the news about them are told.
    fn learn(&self, news: &News) {
        match news {
            News::AccountChanged(account) => {
                self.values.account.send_replace(account.clone());
            }
            News::CallsSeen { missed } => {
                self.values.missed_calls.send_replace(*missed);
            }
            News::CallLogged(entry) if entry.is_missed() && !entry.seen => {
                self.values.missed_calls.send_modify(|missed| *missed = missed.saturating_add(1));
            }
            News::PresenceChanged { .. }
            | News::DevicesChanged
            | News::PersonChanged(_)
            | News::Message(_)
            | News::MessageChanged(_)
            | News::ReceiptsChanged { .. }
            | News::ChatMuted { .. }
            | News::Typing { .. }
            | News::Read { .. }
            | News::GroupChanged(_)
            | News::GroupLeft { .. }
            | News::CallLogged(_)
            | News::LoginChanged(_)
            | News::Refresh => {}
        }
    }

    fn tell_app(&self, news: News) {
        // There is no reader, if that fails.
        let _ = self.values.news.send(news);
    }

    /// A reader that does not keep up loses the session, not single signals.
    fn tell_calls(&mut self, feed: Feed) {
        let Some(calls) = &self.feed else { return };
        match calls.try_send(feed) {
            Ok(()) => {}
            Err(mpsc::error::TrySendError::Closed(_)) => self.feed = None,
            Err(mpsc::error::TrySendError::Full(_)) => self.input(Input::SignalLost),
        }
    }
}

async fn send(socket: &mut Socket, message: Message) -> bool {
    matches!(timeout(WRITE_TIMEOUT, socket.send(message)).await, Ok(Ok(())))
}

/// Sleeps until then; for ever if there is no such time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}

/// Sleeps for so long; for ever if there is no end to it.
async fn after(wait: Option<Duration>) {
    match wait {
        Some(wait) => sleep(wait).await,
        None => std::future::pending().await,
    }
}
