//! What of a connection's beginning is sent again, and when. Pure: no socket, no clock.
//!
//! Until media flow, every datagram is one of a kind: an ICE check, or a flight of the DTLS handshake. The library repeats a flight
//! after a second, a check with the next one of its own, and forgets its timer when a flight comes in pieces. Here each is sent again
//! as soon as its answer is overdue, byte by byte: a check that came twice is answered twice (RFC 8489 §6.3.1), and a record that came
//! twice is dropped by the replay window (RFC 6347 §4.1.2.6).
//!
//! What the library drops because it comes too early is given to it again when it can take it.

mod paths;
mod schedule;

use std::collections::VecDeque;
use std::time::Instant;

use bytes::Bytes;

use crate::datagram::{Check, Datagram, Handshake, TransactionId};
use paths::Paths;
pub(crate) use paths::{Path, Socket};
use schedule::{CHECK, FLIGHT, HOPEFUL_CHECK, Schedule};

/// The checks that still count as unanswered: one every 25 ms for each pair.
const MAX_CHECKS: usize = 64;

/// A flight with two certificates fits into fewer datagrams.
const MAX_PARTS: usize = 8;

/// Handshake datagrams that came before the library could take them.
const MAX_EARLY: usize = 4;

/// Checks that chose a pair before the library could agree. The other end chooses one at a time.
const MAX_NOMINATIONS: usize = 4;

/// A datagram, and where it goes or came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addressed {
    pub(crate) path: Path,
    pub(crate) bytes: Bytes,
}

#[derive(Debug)]
struct SentCheck {
    check: Check,
    datagram: Addressed,
    repeats: Schedule,
}

/// What DTLS has sent since the other end was last heard.
#[derive(Debug)]
struct Flight {
    /// Where its latest part went: all of it is repeated there.
    path: Path,
    parts: Vec<(Handshake, Bytes)>,
    repeats: Schedule,
}

/// A check of the other end that chose its pair, and has no answer yet.
#[derive(Debug)]
struct Nomination {
    id: TransactionId,
    datagram: Addressed,
    /// The library has what it lacked: a check of our own that was answered on this path.
    is_good: bool,
}

/// What is sent again over the sockets of one connection.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    sockets: Socket,
    paths: Paths,
    checks: VecDeque<SentCheck>,
    flight: Option<Flight>,
    /// What has come of the other end's handshake so far.
    heard: Option<Handshake>,
    /// The library has chosen its pair: before, it drops all but checks.
    has_pair: bool,
    early: VecDeque<Addressed>,
    nominations: VecDeque<Nomination>,
    /// The other end has sent media: nothing is urgent any more.
    has_media: bool,
}

impl Repeats {
    /// A socket of the connection was opened, at its beginning or for an ICE restart: a path is looked for, and that is urgent.
    pub(crate) fn open(&mut self) -> Socket {
        (self.has_pair, self.has_media) = (false, false);
        self.nominations.clear();
        self.sockets += 1;
        self.sockets - 1
    }

    /// The library has sent this.
    pub(crate) fn sent(&mut self, path: Path, bytes: &[u8], now: Instant) {
        match Datagram::of(bytes) {
            Datagram::Request(check) => self.sent_check(check, Addressed::copy(path, bytes), now),
            Datagram::Handshake(part) => self.sent_part(part, path, bytes, now),
            Datagram::Response(id) => self.nominations.retain(|nomination| nomination.id != id),
            Datagram::Media => self.has_pair = true,
            Datagram::Other => {}
        }
    }

    /// The library is about to be given this.
    pub(crate) fn received(&mut self, path: Path, bytes: &[u8], now: Instant) {
        match Datagram::of(bytes) {
            Datagram::Request(check) => self.received_check(check, path, bytes),
            Datagram::Response(id) => self.answered(id, now),
            Datagram::Handshake(part) => {
                if !self.has_pair {
                    self.early.truncate(MAX_EARLY - 1);
                    self.early.push_back(Addressed::copy(path, bytes));
                }
                self.received_part(part, now);
            }
            // The other end has its keys, so it has had all of the handshake.
            Datagram::Media => (self.flight, self.has_media) = (None, true),
            Datagram::Other => {}
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to send over a socket.
    pub(crate) fn poll_timeout(&self, socket: Socket) -> Option<Instant> {
        let checks = self.checks.iter().map(|check| (check.datagram.path, &check.repeats));
        let flight = self.flight.iter().map(|flight| (flight.path, &flight.repeats));
        let own = checks.chain(flight).filter(|(path, _)| path.socket == socket);
        own.filter_map(|(path, repeats)| repeats.next(self.paths.answer_within(path))).min()
    }

    /// What is to be sent again over a socket by now.
    pub(crate) fn handle_timeout(&mut self, socket: Socket, now: Instant) -> Vec<Addressed> {
        let mut again = Vec::new();
        for check in self.checks.iter_mut().filter(|check| check.datagram.path.socket == socket) {
            if check.repeats.is_due(self.paths.answer_within(check.datagram.path), now) {
                again.push(check.datagram.clone());
            }
        }
        for flight in self.flight.iter_mut().filter(|flight| flight.path.socket == socket) {
            if flight.repeats.is_due(self.paths.answer_within(flight.path), now) {
                let part = |(_, bytes): &(_, Bytes)| Addressed { path: flight.path, bytes: bytes.clone() };
                again.extend(flight.parts.iter().map(part));
            }
        }
        again
    }

    /// The next datagram that came over a socket when the library had to drop it, and that it can take now: a handshake that overtook the
    /// answer to the check that chose the pair, or a check that chose a pair before a check of ours was answered on it.
    pub(crate) fn next_in_time(&mut self, socket: Socket) -> Option<Addressed> {
        let chosen = |nomination: &Nomination| nomination.is_good && nomination.datagram.path.socket == socket;
        if let Some(at) = self.nominations.iter().position(chosen) {
            return self.nominations.remove(at).map(|nomination| nomination.datagram);
        }
        let at = self.early.iter().position(|early| self.has_pair && early.path.socket == socket)?;
        self.early.remove(at)
    }

    /// Whether [`next_in_time`](Self::next_in_time) has one.
    pub(crate) fn has_in_time(&self, socket: Socket) -> bool {
        let mut chosen =
            self.nominations.iter().filter(|nomination| nomination.is_good).map(|nomination| nomination.datagram.path);
        let mut early = self.early.iter().filter(|_| self.has_pair).map(|early| early.path);
        chosen.any(|path| path.socket == socket) || early.any(|path| path.socket == socket)
    }

    fn sent_check(&mut self, check: Check, datagram: Addressed, now: Instant) {
        // The newest on a path says all that the older ones said.
        let older = self.checks.iter_mut().filter(|older| older.datagram.path == datagram.path);
        older.for_each(|older| older.repeats.stop());
        let is_hopeful = !self.has_media && (check.nominates || self.paths.is_heard(datagram.path));
        let repeats = Schedule::begin(if is_hopeful { HOPEFUL_CHECK } else { CHECK }, now);
        if self.checks.len() == MAX_CHECKS {
            self.checks.pop_front();
        }
        self.checks.push_back(SentCheck { check, datagram, repeats });
    }

    fn received_check(&mut self, check: Check, path: Path, bytes: &[u8]) {
        self.paths.heard(path);
        if !check.nominates || self.has_media {
            return;
        }
        self.nominations.retain(|nomination| nomination.datagram.path != path);
        self.nominations.truncate(MAX_NOMINATIONS - 1);
        self.nominations.push_back(Nomination { id: check.id, datagram: Addressed::copy(path, bytes), is_good: false });
    }

    fn answered(&mut self, id: TransactionId, now: Instant) {
        let Some(at) = self.checks.iter().position(|sent| sent.check.id == id) else { return };
        let Some(sent) = self.checks.remove(at) else { return };
        let path = sent.datagram.path;
        self.has_pair |= sent.check.nominates;
        self.nominations
            .iter_mut()
            .filter(|nomination| nomination.datagram.path == path)
            .for_each(|nomination| nomination.is_good = true);
        if let Some(sent_at) = sent.repeats.sent_at() {
            self.paths.measured(path, now.saturating_duration_since(sent_at));
        }
    }

    fn sent_part(&mut self, part: Handshake, path: Path, bytes: &[u8], now: Instant) {
        self.has_pair = true;
        let repeats = Schedule::begin(FLIGHT, now);
        let mut parts = self.flight.take().map(|flight| flight.parts).unwrap_or_default();
        // The library's own repeat takes the place of what it repeats.
        parts.retain(|(sent, _)| !sent.says_the_same(part));
        parts.truncate(MAX_PARTS - 1);
        parts.push((part, Bytes::copy_from_slice(bytes)));
        self.flight = Some(Flight { path, parts, repeats });
    }

    fn received_part(&mut self, part: Handshake, now: Instant) {
        match self.heard {
            // The other end begins again, so it has not got all of ours.
            Some(heard) if part.repeats(heard) => {
                self.flight.iter_mut().for_each(|flight| flight.repeats.hurry(now));
            }
            Some(heard) if !part.follows(heard) => {}
            _ => self.flight = None,
        }
        self.heard = Some(self.heard.map_or(part, |heard| heard.with(part)));
    }
}

impl Addressed {
    fn copy(path: Path, bytes: &[u8]) -> Self {
        Self { path, bytes: Bytes::copy_from_slice(bytes) }
    }
}

#[cfg(test)]
mod tests;
