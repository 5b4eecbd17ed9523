//! The server's ends of links, with sessions in rows as the server's store has them.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_call::session::{
    self, Kept, ServerEnd,
    server::{Input, Outgoing, Output, Timeouts},
};
use carillon_protocol::{Account, Greeting, ServerFrame, SessionId, Signal, Snapshot, SnapshotCall};

use super::{
    Sim,
    device::Dev,
    link::{Downward, Upward},
    queue::Happening,
};

/// As the server has it.
const PATIENCE: Timeouts = Timeouts { hello: Duration::from_secs(10), silence: Duration::from_secs(15) };
/// The most signals that wait for a device, as the server has it.
pub(super) const MAX_OUTBOX: u64 = 256;
/// How long they wait for one without a link.
const OUTBOX_FOR: Duration = Duration::from_secs(120);
/// How long a device is without a link before the others in a group call hear of it.
const UNREACHED_AFTER: Duration = Duration::from_secs(2);
/// How long the server waits for a device without a link before it takes it out of its call.
const AWAY_FOR: Duration = Duration::from_secs(30);
/// So few signals are read at once that some devices need several.
const BATCH: usize = 4;
/// How often a device's mailbox has nothing but the latest of what was committed, and how often what is in it has waited, in a thousand.
const SLOW_PER_MILLE: u32 = 50;

/// The server's end of one socket.
#[derive(Debug)]
pub(super) struct ServerLink {
    /// The socket's.
    epoch: u32,
    end: ServerEnd<Signal>,
    woken_at: Option<Instant>,
}

/// What is kept of a device's session.
#[derive(Debug)]
pub(super) struct Session {
    id: SessionId,
    last_seq: u64,
    outbox: VecDeque<Outgoing<Signal>>,
    /// The socket that speaks for it.
    link: Option<u32>,
    unlinked_at: Option<Instant>,
}

impl Session {
    const fn new(id: SessionId, link: Option<u32>) -> Self {
        Self { id, last_seq: 0, outbox: VecDeque::new(), link, unlinked_at: None }
    }

    /// Forgets everything up to this signal.
    fn forget(&mut self, up_to: u64) {
        self.outbox.retain(|signal| signal.seq > up_to);
    }

    fn goes_on(&self, id: SessionId, after: u64) -> bool {
        let kept = self.outbox.iter().filter(|signal| signal.seq > after).count() as u64;
        self.id == id && Kept { last_seq: self.last_seq, after: kept }.goes_on_after(after)
    }

    /// Whether every signal after this one is there: what [`Kept`] is to find out.
    fn has_all_after(&self, seq: u64) -> bool {
        let mut kept = self.outbox.iter().map(|signal| signal.seq).filter(|kept| *kept > seq);
        seq <= self.last_seq && (seq + 1..=self.last_seq).all(|wanted| kept.next() == Some(wanted))
    }
}

impl Sim {
    /// A device has a socket to the server, and is challenged.
    pub(super) fn accept_link(&mut self, dev: Dev) {
        let epoch = self.devices[dev.0].link.epoch;
        let link = ServerLink { epoch, end: ServerEnd::new(PATIENCE, self.now), woken_at: None };
        self.server.links.insert(dev, link);
        self.settle_server(dev);
    }

    pub(super) fn at_server(&mut self, dev: Dev, epoch: u32, sent: Upward) {
        if self.devices[dev.0].link.epoch != epoch {
            return;
        }
        if matches!(sent, Upward::Ping) {
            self.send_down(dev, Downward::Pong);
        }
        let input = match sent {
            Upward::Frame(frame) => Input::Frame(frame),
            Upward::Ping | Upward::Pong => Input::SignOfLife,
        };
        self.server_input(dev, input);
    }

    pub(super) fn wake_server(&mut self, dev: Dev, epoch: u32) {
        let now = self.now;
        let Some(link) = self.server.links.get_mut(&dev).filter(|link| link.epoch == epoch) else { return };
        if link.woken_at.take_if(|at| *at <= now).is_some() {
            link.end.handle_timeout(now);
            self.settle_server(dev);
        }
    }

    /// The server has noticed that a socket is gone.
    pub(super) fn unlink(&mut self, dev: Dev, epoch: u32) {
        if !self.server.is_up {
            return;
        }
        let acked = self.server.links.get(&dev).filter(|link| link.epoch == epoch).map(|link| link.end.acked());
        if acked.is_some() {
            self.server.links.remove(&dev);
        }
        let now = self.now;
        let Some(session) = self.server.sessions.get_mut(&dev).filter(|session| session.link == Some(epoch)) else {
            return;
        };
        session.forget(acked.unwrap_or(0));
        session.link = None;
        session.unlinked_at = Some(now);
        self.stream_forgotten(dev, acked.unwrap_or(0));
        self.wait_for(dev, now);
    }

    /// No device has a link any more, and those that had one are waited for from now on.
    pub(super) fn unlink_all(&mut self) {
        self.server.links.clear();
        let now = self.now;
        let mut since = Vec::new();
        for (dev, session) in &mut self.server.sessions {
            session.link = None;
            since.push((*dev, *session.unlinked_at.get_or_insert(now)));
        }
        since.into_iter().for_each(|(dev, since)| self.wait_for(dev, since));
    }

    fn wait_for(&mut self, dev: Dev, since: Instant) {
        self.queue.push(self.now.max(since + UNREACHED_AFTER), Happening::Unreached { dev, since });
        self.queue.push(self.now.max(since + AWAY_FOR), Happening::Gone { dev, since });
        self.queue.push(self.now.max(since + OUTBOX_FOR), Happening::Forgotten { dev, since });
    }

    /// Whether a device has been without a link all the time since then, as far as the server knows.
    pub(super) fn is_away_since(&self, dev: Dev, since: Instant) -> bool {
        self.server.is_up && self.server.sessions.get(&dev).is_some_and(|session| session.unlinked_at == Some(since))
    }

    /// A session that was not gone on with is kept no longer.
    pub(super) fn prune(&mut self, dev: Dev, since: Instant) {
        if self.is_away_since(dev, since) {
            self.server.sessions.remove(&dev);
        }
    }

    /// The server no longer knows a device's session: the next one is another.
    pub(super) fn lose_session(&mut self, dev: Dev) {
        let (id, now) = (SessionId::new(self.server.mint()), self.now);
        if let Some(session) = self.server.sessions.get_mut(&dev) {
            *session = Session { unlinked_at: Some(now), ..Session::new(id, None) };
            self.wait_for(dev, now);
        }
    }

    fn server_input(&mut self, dev: Dev, input: Input<Signal>) {
        let now = self.now;
        if let Some(link) = self.server.links.get_mut(&dev) {
            link.end.handle_input(input, now);
            self.settle_server(dev);
        }
    }

    fn settle_server(&mut self, dev: Dev) {
        while let Some(link) = self.server.links.get_mut(&dev) {
            let epoch = link.epoch;
            match link.end.poll_output() {
                Some(output) => self.do_for_server(dev, epoch, output),
                None => {
                    let at = link.end.poll_timeout();
                    if let Some(at) = at.filter(|at| link.woken_at.is_none_or(|woken_at| *at < woken_at)) {
                        link.woken_at = Some(at);
                        self.queue.push(at, Happening::WakeServer { dev, epoch });
                    }
                    return;
                }
            }
        }
    }

    fn do_for_server(&mut self, dev: Dev, epoch: u32, output: Output<Signal>) {
        match output {
            Output::Open { resume, .. } => self.greet(dev, epoch, resume),
            Output::Request { op_id, body } => self.answer(dev, op_id, body),
            Output::Read { after } => {
                let signals = self.spoken_for(dev, epoch).map_or_else(Vec::new, |session| {
                    session.outbox.iter().filter(|signal| signal.seq > after).take(BATCH).cloned().collect()
                });
                self.server_input(dev, Input::Stored(signals));
            }
            Output::Tell { signal, is_late } => {
                let Outgoing { seq, body, at_ms } = signal;
                let body = if is_late { self.as_of_now(dev, body, at_ms) } else { body };
                self.say_to(dev, ServerFrame::Signal { seq, body });
            }
            Output::Acknowledged { seq } => {
                if let Some(session) = self.spoken_for(dev, epoch) {
                    session.forget(seq);
                    self.stream_forgotten(dev, seq);
                }
            }
            Output::Ping => self.send_down(dev, Downward::Ping),
            Output::Close(fault) => {
                self.note(|| format!("server closes the link of {dev:?}: {fault:?}"));
                self.unlink(dev, epoch);
                if self.devices[dev.0].link.epoch == epoch {
                    self.drop_link(dev);
                }
            }
        }
    }

    /// The session of a device, if this socket speaks for it.
    fn spoken_for(&mut self, dev: Dev, epoch: u32) -> Option<&mut Session> {
        self.server.sessions.get_mut(&dev).filter(|session| session.link == Some(epoch))
    }

    /// A ring that waited has less of its time left; and none if it is over.
    fn as_of_now(&self, dev: Dev, body: Signal, at_ms: u64) -> Signal {
        let Signal::Ring(ring) = &body else { return body };
        let rings = self.snapshot_call(dev);
        let still_rings =
            matches!(rings, Some(SnapshotCall::Ringing(live)) if (live.call, live.round) == (ring.call, ring.round));
        let age_ms = self.server_now_ms().saturating_sub(at_ms);
        body.aged(if still_rings { age_ms } else { u64::MAX })
    }

    fn greet(&mut self, dev: Dev, epoch: u32, resume: Option<(SessionId, u64)>) {
        let greeting = self.greeting(dev);
        let is_forgotten = resume.is_some() && self.chance(self.network.forget_per_mille);
        let resume = resume.filter(|_| !is_forgotten);
        let session = self.server.sessions.get(&dev);
        let goes_on = resume.filter(|(id, after)| session.is_some_and(|session| session.goes_on(*id, *after)));
        let could = resume
            .filter(|(id, after)| session.is_some_and(|session| session.id == *id && session.has_all_after(*after)));
        if goes_on != could {
            self.watch.violated(format!("{dev:?} goes on with {goes_on:?}, and could with {could:?}"));
        }
        if let Some((session, told)) = goes_on {
            if let Some(kept) = self.server.sessions.get_mut(&dev) {
                kept.forget(told);
                (kept.link, kept.unlinked_at) = (Some(epoch), None);
            }
            let news = self.server_reaches(dev);
            self.say_to(dev, ServerFrame::Resumed { session, greeting });
            self.server_input(dev, Input::Opened { told });
            return self.deliver(news);
        }
        let session = SessionId::new(self.server.mint());
        self.server.sessions.insert(dev, Session::new(session, Some(epoch)));
        let news = self.server_reaches(dev);
        let (call, latest_message) = (self.snapshot_call(dev), self.latest_message(dev));
        let snapshot = Snapshot { seq: 0, call, latest_message, ..Snapshot::default() };
        self.say_to(dev, ServerFrame::Reset { session, greeting, snapshot });
        self.server_input(dev, Input::Opened { told: 0 });
        self.deliver(news);
    }

    pub(super) fn say_to(&mut self, dev: Dev, frame: ServerFrame) {
        self.send_down(dev, Downward::Frame(frame));
    }

    fn greeting(&self, dev: Dev) -> Greeting {
        let user = self.devices[dev.0].user.clone();
        let account = Account::new(user.clone(), user.to_string());
        Greeting { account, device: dev.id(), app: super::server::app(), stun: None, call_size: 100 }
    }

    /// Puts a signal into the outbox of one device, if it has a session.
    pub(super) fn put_out_to(&mut self, dev: Dev, signal: &Signal) -> Option<(Dev, u64)> {
        let (at_ms, max_outbox) = (self.server_now_ms(), self.server.max_outbox);
        let session = self.server.sessions.get_mut(&dev)?;
        session.last_seq += 1;
        let seq = session.last_seq;
        session.outbox.push_back(Outgoing { seq, body: signal.clone(), at_ms });
        if let Some(up_to) = session::cut(seq, 1, max_outbox) {
            session.forget(up_to);
        }
        Some((dev, seq))
    }

    /// Sends what was just put out to those who have a link; the others hear it when they resume.
    pub(super) fn deliver(&mut self, mut signals: Vec<(Dev, u64)>) {
        if self.chance(SLOW_PER_MILLE) {
            // A mailbox that is full keeps the latest.
            let all = signals.clone();
            signals.retain(|(dev, seq)| !all.iter().any(|(other, later)| other == dev && later > seq));
        }
        for (dev, seq) in signals {
            let Some(epoch) = self.server.links.get(&dev).map(|link| link.epoch) else { continue };
            let session = self.spoken_for(dev, epoch);
            let signal = session.and_then(|session| session.outbox.iter().find(|signal| signal.seq == seq).cloned());
            if let Some(signal) = signal {
                let has_waited = self.chance(SLOW_PER_MILLE);
                self.server_input(dev, Input::Committed { signal, has_waited });
            }
        }
    }

    /// When all is quiet, every device has acknowledged what it was told a while ago.
    pub(super) fn check_acknowledged(&mut self) {
        const A_WHILE_MS: u64 = 5_000;
        let before_ms = self.server_now_ms().saturating_sub(A_WHILE_MS);
        for (dev, link) in &self.server.links {
            let session = self.server.sessions.get(dev).filter(|session| session.link == Some(link.epoch));
            let told_before = |signal: &&Outgoing<Signal>| signal.at_ms < before_ms && signal.seq > link.end.acked();
            if let Some(signal) = session.and_then(|session| session.outbox.iter().find(told_before)) {
                self.watch.violated(format!("{dev:?} has not acknowledged signal {}", signal.seq));
            }
        }
    }
}
