//! The task that owns the link: it connects, greets, resumes, repeats what has no answer, and connects again.
//!
//! What the server tells is handed on in order and then acknowledged. A gap, or a reader that cannot keep up, is mended by a new
//! session, whose snapshot says how things are.

use std::{sync::Arc, time::Duration};

use carillon_call::device::Inbox;
use carillon_protocol::{
    Account, Answer, ClientFrame, Greeting, Request, ServerFrame, SessionId, Signal, Snapshot, close,
};
use futures_util::SinkExt;
use tokio::{
    sync::{broadcast, mpsc, watch},
    time::{Instant, sleep_until, timeout},
};
use tokio_tungstenite::tungstenite::{Message, protocol::CloseFrame};

use super::{
    LinkState, News,
    backoff::Backoff,
    door::{self, Door},
    orders::{Feed, Order},
    pending::{Asker, Pending},
    pulse::{Heard, Pulse},
    socket::{self, ConnectError, Socket, WRITE_TIMEOUT},
};

/// How often the link looks after itself.
const TICK: Duration = Duration::from_secs(5);
/// From then on people are told that they cannot be reached.
const DOWN_AFTER: Duration = Duration::from_secs(10);
/// What has been heard is acknowledged in bundles: at the latest then,
const ACK_AFTER: Duration = Duration::from_millis(200);
/// or when there are so many. The server keeps 256.
const ACK_BUNDLE: u64 = 32;
/// A link that lived for so long was a good one.
const GOOD_LINK: Duration = Duration::from_secs(5);
/// How long closing may take.
pub(crate) const CLOSE_TIMEOUT: Duration = Duration::from_secs(2);

/// Where the link tells how it is.
pub(crate) struct Outlets {
    pub(crate) link: watch::Sender<LinkState>,
    pub(crate) greeting: watch::Sender<Option<Greeting>>,
    pub(crate) account: watch::Sender<Account>,
    pub(crate) missed_calls: watch::Sender<u32>,
    pub(crate) away: watch::Receiver<bool>,
    pub(crate) news: broadcast::Sender<News>,
}

/// How a link came to its end.
#[derive(Debug, PartialEq)]
enum Ended {
    /// It was wanted.
    Closed,
    /// Go on, with a new session.
    Renew,
    /// Lost after it had been good.
    Lost,
    /// It never was good.
    Failed,
    /// The server does not accept the token any more.
    SignedOut,
    /// The same device opened another link; coming back would only take that one away.
    Replaced,
}

impl Ended {
    /// What the server means by closing a link.
    fn by(frame: Option<&CloseFrame>) -> Self {
        match frame.map(|frame| u16::from(frame.code)) {
            Some(close::SIGNED_OUT) => Self::SignedOut,
            Some(close::REPLACED) => Self::Replaced,
            _ => Self::Failed,
        }
    }

    /// What the link is from then on, where trying again is of no use.
    const fn for_good(&self) -> Option<LinkState> {
        match self {
            Self::SignedOut => Some(LinkState::SignedOut),
            Self::Replaced => Some(LinkState::Replaced),
            Self::Closed | Self::Renew | Self::Lost | Self::Failed => None,
        }
    }
}

struct Link {
    door: Arc<Door>,
    orders: mpsc::Receiver<Order>,
    outlets: Outlets,
    feed: Option<mpsc::Sender<Feed>>,
    pending: Pending,
    /// The session, and the last `seq` that was handed on.
    session: Option<(SessionId, u64)>,
    acked: u64,
    inbox: Inbox,
    down_at: Option<Instant>,
}

/// Runs a link until it is closed, signed out, or replaced.
pub(crate) async fn run(door: Door, orders: mpsc::Receiver<Order>, outlets: Outlets) {
    let down_at = Some(Instant::now() + DOWN_AFTER);
    let (pending, inbox) = (Pending::default(), Inbox::default());
    let door = Arc::new(door);
    let server = &door.server;
    let mut link =
        Link { door: door.clone(), orders, outlets, feed: None, pending, session: None, acked: 0, inbox, down_at };
    let mut backoff = Backoff::default();
    loop {
        let ended = match link.serve_while(Box::pin(door.open())).await {
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
            link.outlets.link.send_replace(state);
            break;
        }
        match ended {
            Ended::Closed => break,
            Ended::Renew => continue,
            Ended::Lost => backoff.reset(),
            Ended::Failed | Ended::SignedOut | Ended::Replaced => {}
        }
        let wait = backoff.next(rand::random());
        if link.serve_while(tokio::time::sleep(wait)).await.is_none() {
            break;
        }
    }
    link.pending.close();
    link.tell_calls(Feed::Down);
}

impl Link {
    /// Takes orders while there is no link; `None` if one of them is the end.
    async fn serve_while<T>(&mut self, done: impl Future<Output = T>) -> Option<T> {
        tokio::pin!(done);
        loop {
            let expiry = self.pending.next_expiry();
            tokio::select! {
                out = &mut done => return Some(out),
                order = self.orders.recv() => if self.take(order?) == Some(Ended::Closed) { return None },
                () = at(expiry) => self.pending.expire(),
                () = at(self.down_at) => {
                    self.down_at = None;
                    self.outlets.link.send_replace(LinkState::Down);
                }
            }
        }
    }

    /// From the first frame to the last of one socket.
    async fn live(&mut self, mut socket: Socket) -> Ended {
        let born = Instant::now();
        let ended = self.converse(&mut socket).await;
        let was_up = *self.outlets.link.borrow() == LinkState::Up;
        if was_up && ended.for_good().is_none() {
            self.outlets.link.send_replace(LinkState::Reconnecting);
            self.down_at = Some(Instant::now() + DOWN_AFTER);
            self.tell_calls(Feed::Down);
        }
        // In good manners if the other end still listens; it may not.
        let _ = timeout(Duration::from_millis(500), socket.close(None)).await;
        match ended {
            Ended::Failed if was_up && born.elapsed() >= GOOD_LINK => Ended::Lost,
            other => other,
        }
    }

    async fn converse(&mut self, socket: &mut Socket) -> Ended {
        if let Err(ended) = self.greet(socket).await {
            return ended;
        }
        let mut pulse = Pulse::new();
        let mut tick = tokio::time::interval(TICK);
        loop {
            let expiry = self.pending.next_expiry();
            let heard = self.session.map_or(0, |(_, seq)| seq);
            let ack_at = (heard > self.acked).then(|| Instant::now() + ACK_AFTER);
            let ended = tokio::select! {
                order = self.orders.recv() => self.take(order.unwrap_or(Order::Close)),
                heard = pulse.next(socket) => match heard {
                    Heard::Came(Some(Ok(Message::Text(text)))) => self.hear(&text),
                    Heard::Came(Some(Ok(Message::Close(frame)))) => Some(Ended::by(frame.as_ref())),
                    Heard::Came(Some(Err(_)) | None) | Heard::TooOld => Some(Ended::Failed),
                    Heard::Came(Some(Ok(_))) => None,
                },
                () = at(expiry) => { self.pending.expire(); None }
                () = at(ack_at) => self.acknowledge(socket).await,
                _ = tick.tick() => (!pulse.beat(socket).await).then_some(Ended::Failed),
            };
            if let Some(ended) = ended {
                return ended;
            }
            if self.session.is_some_and(|(_, seq)| seq >= self.acked + ACK_BUNDLE)
                && let Some(ended) = self.acknowledge(socket).await
            {
                return ended;
            }
            if *self.outlets.link.borrow() == LinkState::Up && !self.ask(socket).await {
                return Ended::Failed;
            }
        }
    }

    /// Answers the server's challenge.
    async fn greet(&mut self, socket: &mut Socket) -> Result<(), Ended> {
        let challenged = door::challenge(socket);
        let nonce = match self.serve_while(challenged).await {
            None => return Err(Ended::Closed),
            Some(Ok(nonce)) => nonce,
            Some(Err(frame)) => return Err(Ended::by(frame.as_ref())),
        };
        let hello = self.door.hello(&nonce, self.session);
        if send(socket, &hello).await { Ok(()) } else { Err(Ended::Failed) }
    }

    /// Takes an order; the answer says whether the link should end for it.
    fn take(&mut self, order: Order) -> Option<Ended> {
        match order {
            Order::Ask { op, body, reply } => self.pending.add_as(op, body, Asker::App(reply)),
            Order::Call { op, request } => self.pending.add(request, Asker::Call(op)),
            Order::Attach(feed) => {
                self.feed = Some(feed);
                // Calls begin from a snapshot; what went by before was for nobody.
                self.session = None;
                return (*self.outlets.link.borrow() == LinkState::Up).then_some(Ended::Renew);
            }
            Order::Close => return Some(Ended::Closed),
        }
        None
    }

    fn hear(&mut self, text: &str) -> Option<Ended> {
        let frame = match serde_json::from_str(text) {
            Ok(frame) => frame,
            Err(error) => {
                tracing::warn!(%error, "a frame that makes no sense is ignored");
                return None;
            }
        };
        match frame {
            ServerFrame::Challenge { .. } => {
                tracing::warn!("a challenge comes once, and first");
                None
            }
            ServerFrame::Resumed { session, greeting } => {
                let seq = self.session.map_or(0, |(_, seq)| seq);
                self.up((session, seq), greeting, Feed::Resumed)
            }
            ServerFrame::Reset { session, greeting, snapshot } => self.begin(session, greeting, snapshot),
            ServerFrame::Signal { seq, body } => self.hear_signal(seq, body),
            ServerFrame::Answer { op_id, result } => match self.pending.answered(op_id) {
                Some(Asker::App(reply)) => {
                    // The window may have gone meanwhile.
                    let _ = reply.send(Ok(result));
                    None
                }
                Some(Asker::Call(op)) => self.tell_calls(Feed::Answer { op, result }),
                Some(Asker::Missed) => self.hear_missed(result),
                Some(Asker::Nobody) | None => None,
            },
        }
    }

    /// A new session: how things are is in the snapshot, and what was missed is asked for.
    fn begin(&mut self, session: SessionId, greeting: Greeting, snapshot: Snapshot) -> Option<Ended> {
        self.acked = snapshot.seq;
        let ended = self.up((session, snapshot.seq), greeting, Feed::Reset(snapshot.call));
        self.outlets.missed_calls.send_replace(snapshot.missed_calls);
        self.tell_app(News::Refresh);
        self.pending.forget_own();
        if *self.outlets.away.borrow() {
            self.pending.add(Request::SetAway { away: true }, Asker::Nobody);
        }
        if let Some(request) = self.inbox.reset(snapshot.latest_message) {
            self.pending.add(request, Asker::Missed);
        }
        ended
    }

    fn hear_missed(&mut self, result: Answer) -> Option<Ended> {
        if let Answer::Refused(refusal) = &result {
            tracing::warn!(?refusal, "missed messages cannot be fetched");
        }
        let (messages, request) = self.inbox.answered(result);
        messages.into_iter().for_each(|message| self.tell_app(News::Message(message)));
        if let Some(request) = request {
            self.pending.add(request, Asker::Missed);
        }
        None
    }

    fn up(&mut self, session: (SessionId, u64), greeting: Greeting, feed: Feed) -> Option<Ended> {
        self.session = Some(session);
        self.down_at = None;
        self.pending.rewind();
        self.outlets.account.send_replace(greeting.account.clone());
        self.outlets.greeting.send_replace(Some(greeting));
        let ended = self.tell_calls(feed);
        self.outlets.link.send_replace(LinkState::Up);
        ended
    }

    fn hear_signal(&mut self, seq: u64, signal: Signal) -> Option<Ended> {
        let (session, last) = self.session?;
        if seq <= last {
            return None; // heard before the reconnect
        }
        if seq != last + 1 {
            tracing::warn!(seq, last, "signals are missing; the session begins anew");
            self.session = None;
            return Some(Ended::Failed);
        }
        self.session = Some((session, seq));
        match News::of(signal) {
            Ok(news) => {
                self.learn(&news);
                self.tell_app(news);
                None
            }
            Err(other) => self.hear_other(seq, *other),
        }
    }

    fn hear_other(&mut self, seq: u64, signal: Signal) -> Option<Ended> {
        match signal {
            Signal::Message(message) => {
                if let Some(message) = self.inbox.heard(message) {
                    self.tell_app(News::Message(message));
                }
                None
            }
            Signal::Unknown => {
                tracing::info!(seq, "a signal of a later version is ignored");
                None
            }
            of_a_call => self.tell_calls(Feed::Signal(of_a_call)),
        }
    }

    /// The values are true before the news about them are told.
    fn learn(&self, news: &News) {
        match news {
            News::AccountChanged(account) => {
                self.outlets.account.send_replace(account.clone());
            }
            News::CallsSeen { missed } => {
                self.outlets.missed_calls.send_replace(*missed);
            }
            News::CallLogged(entry) if entry.is_missed() && !entry.seen => {
                self.outlets.missed_calls.send_modify(|missed| *missed = missed.saturating_add(1));
            }
            _ => {}
        }
    }

    fn tell_app(&self, news: News) {
        // Nobody listens, if that fails.
        let _ = self.outlets.news.send(news);
    }

    /// A reader that does not keep up loses the session, not single signals.
    fn tell_calls(&mut self, feed: Feed) -> Option<Ended> {
        match self.feed.as_ref()?.try_send(feed) {
            Ok(()) => None,
            Err(mpsc::error::TrySendError::Closed(_)) => {
                self.feed = None;
                None
            }
            Err(mpsc::error::TrySendError::Full(_)) => {
                tracing::warn!("the call machine does not keep up; the session begins anew");
                self.session = None;
                Some(Ended::Failed)
            }
        }
    }

    async fn acknowledge(&mut self, socket: &mut Socket) -> Option<Ended> {
        let (_, seq) = self.session?;
        if !send(socket, &ClientFrame::Ack { seq }).await {
            return Some(Ended::Failed);
        }
        self.acked = seq;
        None
    }

    /// Sends what is due; `false` if the socket fails.
    async fn ask(&mut self, socket: &mut Socket) -> bool {
        while let Some(frame) = self.pending.next_due() {
            if !send(socket, &frame).await {
                return false;
            }
        }
        true
    }
}

async fn send(socket: &mut Socket, frame: &ClientFrame) -> bool {
    matches!(timeout(WRITE_TIMEOUT, socket.send(socket::message(frame))).await, Ok(Ok(())))
}

/// Sleeps until then; for ever if there is no such time.
async fn at(time: Option<Instant>) {
    match time {
        Some(time) => sleep_until(time).await,
        None => std::future::pending().await,
    }
}
