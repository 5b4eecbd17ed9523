//! The device's end of a link.

mod io;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_protocol::{
    Answer, ClientFrame, Greeting, OpId, PendingRequest, Request, ServerFrame, SessionId, Signal, Signature, Snapshot,
};

use super::{
    Inbox,
    keep_alive::{KeepAlive, LinkCheck},
    pending::{Asker, Pending},
};
use crate::op_ids::OpIds;
pub use io::{Fault, Input, Output};

/// What was told is acknowledged in bundles: at the latest then,
const ACK_AFTER: Duration = Duration::from_millis(200);
/// or when there are so many. The server keeps 256.
const ACK_BUNDLE: u64 = 32;

/// The device's end of a link, over however many sockets.
///
/// The contract: give one input, drain the outputs to `None`, read the deadline. `now` is a reading of one clock that never stands
/// still, not even while the machine sleeps.
#[derive(Debug)]
pub struct DeviceEnd {
    ids: OpIds,
    socket: Option<Socket>,
    session: Option<Session>,
    pending: Pending,
    inbox: Inbox,
    /// Said again in each session.
    is_away: bool,
    now: Instant,
    outputs: VecDeque<Output>,
}

#[derive(Debug)]
struct Socket {
    keep_alive: KeepAlive,
    /// The server has said how the session goes on.
    is_up: bool,
}

/// The place in the server's stream of signals.
#[derive(Debug)]
struct Session {
    id: SessionId,
    /// The last signal that was told.
    told: u64,
    acked: u64,
    ack_at: Option<Instant>,
}

impl DeviceEnd {
    /// Without a socket or a session. The ids are for what this end asks by itself.
    pub fn new(ids: OpIds, now: Instant) -> Self {
        Self {
            ids,
            socket: None,
            session: None,
            pending: Pending::default(),
            inbox: Inbox::default(),
            is_away: false,
            now,
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input.
    pub fn handle_input(&mut self, input: Input, now: Instant) {
        self.now = now;
        match input {
            Input::Connected { proof } => self.connected(proof),
            Input::Frame(frame) => {
                if self.is_believed() {
                    self.hear(frame);
                }
            }
            Input::SignOfLife => {
                self.is_believed();
            }
            Input::Disconnected => self.disconnect(None),
            Input::Ask { request, patience } => {
                if let Request::SetAway { away } = request.body {
                    self.is_away = away;
                }
                self.ask(request, Asker::Program { until: patience.map(|patience| now + patience) });
            }
            Input::BeginAnew => self.begin_anew(Fault::BeginAnew),
            Input::SignalLost => self.begin_anew(Fault::SignalLost),
        }
    }

    /// Does what is due; nothing before [`DeviceEnd::poll_timeout`]'s time.
    pub fn handle_timeout(&mut self, now: Instant) {
        self.now = now;
        let given_up = self.pending.expire(now).into_iter().map(|op| Output::GivenUp { op });
        self.outputs.extend(given_up);
        let look =
            self.socket.as_mut().map(|socket| &mut socket.keep_alive).filter(|keep_alive| keep_alive.due() <= now);
        match look.map_or(LinkCheck::Fine, |keep_alive| keep_alive.look(now)) {
            LinkCheck::Fine => {}
            LinkCheck::Ping => self.outputs.push_back(Output::Ping),
            LinkCheck::Dead(fault) => self.disconnect(Some(fault)),
        }
    }

    /// What to do next; `None` when there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output> {
        if let Some(output) = self.outputs.pop_front() {
            return Some(output);
        }
        if !self.is_up() {
            return None;
        }
        let frame = self.acknowledgement().or_else(|| self.pending.next_due(self.now))?;
        Some(Output::Send(frame))
    }

    /// When to call [`DeviceEnd::handle_timeout`], if nothing comes before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        let of_socket = self.socket.as_ref().map(|socket| socket.keep_alive.due());
        let of_link = self.socket.as_ref().filter(|socket| socket.is_up).and_then(|_| {
            let ack_at = self.session.as_ref().and_then(|session| session.ack_at);
            ack_at.into_iter().chain(self.pending.next_repeat()).min()
        });
        of_socket.into_iter().chain(of_link).chain(self.pending.next_expiry()).min()
    }

    /// Whether there is a socket that is of use.
    pub fn is_connected(&self) -> bool {
        self.socket.is_some()
    }

    /// Whether the server has said how the session goes on, and the link has been good since.
    pub fn is_up(&self) -> bool {
        self.socket.as_ref().is_some_and(|socket| socket.is_up)
    }

    /// The program's requests that have no answer yet, oldest first.
    pub fn unanswered(&self) -> impl Iterator<Item = OpId> {
        self.pending.askers().filter(|(_, asker)| matches!(asker, Asker::Program { .. })).map(|(op, _)| op)
    }

    /// Whether messages that were missed are still on their way.
    pub fn is_catching_up(&self) -> bool {
        self.pending.askers().any(|(_, asker)| asker == Asker::Missed)
    }

    fn connected(&mut self, proof: Option<Signature>) {
        self.disconnect(None);
        self.socket = Some(Socket { keep_alive: KeepAlive::new(self.now), is_up: false });
        let resume = self.session.as_ref().map(|session| (session.id, session.told));
        self.outputs.push_back(Output::Send(ClientFrame::Hello { resume, proof }));
    }

    /// The socket is gone, or has to go.
    fn disconnect(&mut self, fault: Option<Fault>) {
        let Some(socket) = self.socket.take() else { return };
        self.outputs.extend(fault.map(Output::Close));
        if socket.is_up {
            self.outputs.push_back(Output::Down);
        }
    }

    /// Over the next socket; this one belongs to the session that is given up, or is about to.
    fn begin_anew(&mut self, fault: Fault) {
        if self.session.take().is_some() {
            self.disconnect(Some(fault));
        }
    }

    /// Whether what comes over the socket now can be believed.
    fn is_believed(&mut self) -> bool {
        let Some(socket) = &mut self.socket else { return false };
        let is_believed = socket.keep_alive.heard(self.now);
        if !is_believed {
            self.disconnect(Some(Fault::StoodStill));
        }
        is_believed
    }

    fn hear(&mut self, frame: ServerFrame) {
        match frame {
            // It comes once, before the link is this end's.
            ServerFrame::Challenge { .. } => {}
            ServerFrame::Resumed { session, greeting } => self.resumed(session, greeting),
            ServerFrame::Reset { session, greeting, snapshot } => self.reset(session, greeting, snapshot),
            ServerFrame::Signal { seq, body } if self.is_up() => self.hear_signal(seq, body),
            ServerFrame::Answer { op_id, result } if self.is_up() => self.answered(op_id, result),
            ServerFrame::Typing { chat, user, typing } if self.is_up() => {
                self.outputs.push_back(Output::Typing { chat, user, typing });
            }
            // Nothing counts before the server has said how the session goes on.
            ServerFrame::Signal { .. } | ServerFrame::Answer { .. } | ServerFrame::Typing { .. } => {}
        }
    }

    /// The session goes on. By the resumption the server knows what was told.
    fn resumed(&mut self, id: SessionId, greeting: Greeting) {
        match self.session.as_ref().map(|session| session.told) {
            Some(told) => {
                self.session = Some(Session { id, told, acked: told, ack_at: None });
                self.up(greeting, None);
            }
            // It goes on with what this end has given up.
            None => self.disconnect(Some(Fault::Gap)),
        }
    }

    /// A new session: how things are is in the snapshot, and what was missed is asked for.
    fn reset(&mut self, id: SessionId, greeting: Greeting, snapshot: Snapshot) {
        let (seq, latest_message) = (snapshot.seq, snapshot.latest_message);
        self.session = Some(Session { id, told: seq, acked: seq, ack_at: None });
        self.up(greeting, Some(Box::new(snapshot)));
        self.pending.forget_own();
        if self.is_away {
            self.ask_itself(Request::SetAway { away: true }, Asker::AwayNotice);
        }
        let missed = self.inbox.reset(latest_message);
        self.ask_for_missed(missed);
    }

    fn up(&mut self, greeting: Greeting, snapshot: Option<Box<Snapshot>>) {
        if let Some(socket) = &mut self.socket {
            socket.is_up = true;
        }
        self.pending.rewind();
        self.outputs.push_back(Output::Up { greeting: Box::new(greeting), snapshot });
    }

    fn hear_signal(&mut self, seq: u64, body: Signal) {
        let Some(session) = &mut self.session else { return };
        if seq <= session.told {
            return; // told before the reconnect
        }
        if seq != session.told + 1 {
            return self.begin_anew(Fault::Gap);
        }
        session.told = seq;
        session.ack_at.get_or_insert(self.now + ACK_AFTER);
        if let Signal::Message(message) = body {
            let told = self.inbox.heard(message).map(|message| Output::Message(Box::new(message)));
            self.outputs.extend(told);
        } else {
            self.outputs.push_back(Output::Signal { seq, body: Box::new(body) });
        }
    }

    fn answered(&mut self, op: OpId, result: Answer) {
        match self.pending.answered(op) {
            Some(Asker::Program { .. }) => self.outputs.push_back(Output::Answer { op, result: Box::new(result) }),
            Some(Asker::Missed) => {
                if let Answer::Refused(refusal) = &result {
                    self.outputs.push_back(Output::NotFetched(refusal.clone()));
                }
                let (messages, request) = self.inbox.answered(result);
                self.outputs.extend(messages.into_iter().map(|message| Output::Message(Box::new(message))));
                self.ask_for_missed(request);
            }
            Some(Asker::AwayNotice) | None => {}
        }
    }

    fn ask_for_missed(&mut self, request: Option<Request>) {
        if let Some(request) = request {
            self.ask_itself(request, Asker::Missed);
        }
    }

    fn ask_itself(&mut self, body: Request, asker: Asker) {
        let op_id = self.ids.give();
        self.ask(PendingRequest { op_id, body }, asker);
    }

    fn ask(&mut self, request: PendingRequest, asker: Asker) {
        let given_up = self.pending.add(request, asker).map(|op| Output::GivenUp { op });
        self.outputs.extend(given_up);
    }

    fn acknowledgement(&mut self) -> Option<ClientFrame> {
        let session = self.session.as_mut()?;
        let is_due = session.ack_at.is_some_and(|at| at <= self.now) || session.told >= session.acked + ACK_BUNDLE;
        if !is_due {
            return None;
        }
        session.ack_at = None;
        session.acked = session.told;
        Some(ClientFrame::Ack { seq: session.told })
    }
}
