//! The server's end of a socket.
//!
//! Signals are kept by the store until they are acknowledged. This end knows only how far the device is: which of them are to be sent
//! now, and when the store has to be read because some are missing or have waited.

mod io;

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_protocol::{Answer, ClientFrame, PendingRequest};

pub use io::{Fault, Input, Outgoing, Output};

/// Acknowledgements only make room, and resuming brings its own: a few may wait for each other.
const ACKS_AT_ONCE: u64 = 32;

/// How long the server waits for a device.
#[derive(Debug, Clone, Copy)]
pub struct Timeouts {
    /// For the answer to the challenge.
    pub hello: Duration,
    /// For any sign of life. Then it asks, and waits as long again.
    pub silence: Duration,
}

/// The server's end of one socket.
///
/// The contract: give one input, drain the outputs to `None`, read the deadline. Signals have bodies as the program keeps them.
#[derive(Debug)]
pub struct ServerEnd<B> {
    patience: Timeouts,
    phase: Phase,
    heard_at: Instant,
    /// A ping has gone out since something was heard.
    was_asked: bool,
    /// The last signal that was sent.
    sent: u64,
    /// The last signal that the device has processed, and the last that the store knows of.
    acked: u64,
    acked_in_store: u64,
    reading: Reading,
    committed: VecDeque<(Outgoing<B>, bool)>,
    outputs: VecDeque<Output<B>>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    /// Until the device answers.
    Challenged,
    /// Until the program has opened the session.
    Opening,
    Open,
    Closed,
}

/// How what is sent compares with the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reading {
    /// There may be more in the store than was sent.
    Wanted,
    /// The program reads.
    Asked,
    /// There was no more: the next signal that is committed is sent, with any number.
    CaughtUp,
    /// The next signal that is committed follows, or the store has what is missing.
    Following,
}

impl<B> ServerEnd<B> {
    /// The device has just been challenged.
    pub const fn new(patience: Timeouts, now: Instant) -> Self {
        Self {
            patience,
            phase: Phase::Challenged,
            heard_at: now,
            was_asked: false,
            sent: 0,
            acked: 0,
            acked_in_store: 0,
            reading: Reading::Following,
            committed: VecDeque::new(),
            outputs: VecDeque::new(),
        }
    }

    /// Takes one input.
    pub fn handle_input(&mut self, input: Input<B>, now: Instant) {
        match input {
            Input::Frame(frame) => {
                self.heard(now);
                self.hear(frame);
            }
            Input::SignOfLife => self.heard(now),
            Input::Opened { told } => {
                (self.phase, self.reading) = (Phase::Open, Reading::Wanted);
                (self.sent, self.acked, self.acked_in_store) = (told, told, told);
                self.heard(now);
            }
            Input::Committed { signal, has_waited } => self.committed.push_back((signal, has_waited)),
            Input::Stored(signals) => self.stored(signals),
        }
    }

    /// Does what is due; nothing before [`ServerEnd::poll_timeout`]'s time.
    pub fn handle_timeout(&mut self, now: Instant) {
        if self.poll_timeout().is_none_or(|at| at > now) {
            return;
        }
        if self.phase == Phase::Challenged || self.was_asked {
            return self.close(Fault::Silent);
        }
        self.was_asked = true;
        self.outputs.push_back(Output::Ping);
    }

    /// What to do next; `None` when there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output<B>> {
        let output = self.outputs.pop_front().or_else(|| self.next_of_stream());
        if output.is_none() && self.outputs.capacity() + self.committed.capacity() > 0 {
            // A quiet link is to be small.
            self.outputs = VecDeque::new();
            self.committed.shrink_to_fit();
        }
        output
    }

    /// When to call [`ServerEnd::handle_timeout`], if nothing comes before.
    pub fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Challenged => Some(self.heard_at + self.patience.hello),
            Phase::Open => Some(self.heard_at + self.patience.silence * if self.was_asked { 2 } else { 1 }),
            Phase::Opening | Phase::Closed => None,
        }
    }

    /// The last signal that the device has processed, as far as it has said so.
    pub const fn acked(&self) -> u64 {
        self.acked
    }

    fn heard(&mut self, now: Instant) {
        // Nothing but an answer counts before the challenge is answered.
        if self.phase != Phase::Challenged {
            (self.heard_at, self.was_asked) = (now, false);
        }
    }

    fn hear(&mut self, frame: ClientFrame) {
        match (self.phase, frame) {
            (Phase::Challenged, ClientFrame::Hello { resume, proof }) => {
                self.phase = Phase::Opening;
                self.outputs.push_back(Output::Open { resume, proof });
            }
            (Phase::Open, ClientFrame::Request(PendingRequest { op_id, body })) => {
                self.outputs.push_back(Output::Request { op_id, body });
            }
            (Phase::Open, ClientFrame::Ack { seq }) => self.acknowledged(seq),
            (Phase::Challenged | Phase::Opening, _) | (Phase::Open, ClientFrame::Hello { .. }) => {
                self.close(Fault::Malformed);
            }
            (Phase::Closed, _) => {}
        }
    }

    fn acknowledged(&mut self, seq: u64) {
        self.acked = self.acked.max(seq.min(self.sent));
        if self.acked - self.acked_in_store >= ACKS_AT_ONCE {
            self.acked_in_store = self.acked;
            self.outputs.push_back(Output::Acknowledged { seq: self.acked });
        }
    }

    fn stored(&mut self, signals: Vec<Outgoing<B>>) {
        self.reading = if signals.is_empty() { Reading::CaughtUp } else { Reading::Wanted };
        for signal in signals {
            if signal.seq != self.sent + 1 {
                return self.close(Fault::SlowReader);
            }
            self.sent = signal.seq;
            self.outputs.push_back(Output::Tell { signal, is_late: true });
        }
    }

    /// What is missing before a signal is in the store; and one that has waited is sent as to a link that comes back, so that no ring
    /// comes with more time than it has left.
    fn next_of_stream(&mut self) -> Option<Output<B>> {
        if self.phase != Phase::Open || self.reading == Reading::Asked {
            return None;
        }
        while self.committed.front().is_some_and(|(signal, _)| signal.seq <= self.sent) {
            self.committed.pop_front();
        }
        let needs_store = match (self.reading, self.committed.front()) {
            (Reading::Wanted, _) => true,
            (Reading::Following, Some((signal, has_waited))) => *has_waited || signal.seq > self.sent + 1,
            _ => false,
        };
        if needs_store {
            self.reading = Reading::Asked;
            return Some(Output::Read { after: self.sent });
        }
        self.reading = Reading::Following;
        let (signal, _) = self.committed.pop_front()?;
        self.sent = signal.seq;
        Some(Output::Tell { signal, is_late: false })
    }

    fn close(&mut self, fault: Fault) {
        self.phase = Phase::Closed;
        self.outputs.push_back(Output::Close(fault));
    }
}

/// What may become of a request, by what is kept of it.
#[derive(Debug, Clone, PartialEq)]
pub enum RequestState {
    /// It is new, and its device is signed in.
    New,
    /// It was answered before: it gets the same answer, and changes nothing.
    Answered(Box<Answer>),
    /// It is new, and the sign-in that it is made under is over.
    SignedOut,
}

impl RequestState {
    /// By the answer that was kept under the request's name.
    pub fn of(answer: Option<Answer>, is_signed_in: bool) -> Self {
        match answer {
            Some(answer) => Self::Answered(Box::new(answer)),
            None if is_signed_in => Self::New,
            None => Self::SignedOut,
        }
    }
}
