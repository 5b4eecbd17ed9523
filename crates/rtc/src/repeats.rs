//! What of a connection's beginning is sent again, and when. Pure: no socket, no clock.
//!
//! Until media flow, every datagram is one of a kind: an ICE check, or a flight of the DTLS handshake. The library repeats a flight
//! after a second, a check with the next one of its own, and forgets its timer when a flight comes in pieces. Here each is sent again
//! as soon as its answer is overdue, byte by byte: a check that came twice is answered twice (RFC 8489 §6.3.1), and a record that came
//! twice is dropped by the replay window (RFC 6347 §4.1.2.6).

mod schedule;

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::datagram::{Check, Datagram, Handshake, TransactionId};
use schedule::{CHECK, FLIGHT, HOPEFUL_CHECK, Schedule};

/// An answer takes a round trip, and the other end's thinking.
const THINKING: Duration = Duration::from_millis(20);

/// Before anything was answered. A repeat that was not needed costs some hundred bytes, a late one delays the first word.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(16);

/// A path that is slower than this repeats as if it were not.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(400);

/// The checks that still count as unanswered: one every 50 ms for each pair.
const MAX_CHECKS: usize = 64;

/// A flight with two certificates fits into fewer datagrams.
const MAX_PARTS: usize = 8;

/// Handshake datagrams that came before the library could take them.
const MAX_EARLY: usize = 4;

/// A datagram, and where it goes or came from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Addressed {
    pub(crate) peer: SocketAddr,
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
    parts: Vec<(Handshake, Addressed)>,
    repeats: Schedule,
}

/// What is sent again over one socket.
#[derive(Debug, Default)]
pub(crate) struct Repeats {
    round_trip: Option<Duration>,
    /// Where the latest check of the other end came from.
    heard_from: Option<SocketAddr>,
    checks: VecDeque<SentCheck>,
    flight: Option<Flight>,
    /// What has come of the other end's handshake so far.
    heard: Option<Handshake>,
    /// The library has chosen its pair: before, it drops all but checks.
    has_pair: bool,
    early: VecDeque<Addressed>,
    /// The other end has sent media: nothing is urgent any more.
    has_media: bool,
}

impl Repeats {
    /// The library has sent this.
    pub(crate) fn sent(&mut self, peer: SocketAddr, bytes: &[u8], now: Instant) {
        match Datagram::of(bytes) {
            Datagram::Request(check) => self.sent_check(check, Addressed::copy(peer, bytes), now),
            Datagram::Handshake(part) => self.sent_part(part, Addressed::copy(peer, bytes), now),
            Datagram::Media => self.has_pair = true,
            Datagram::Response(_) | Datagram::Other => {}
        }
    }

    /// The library is about to be given this.
    pub(crate) fn received(&mut self, peer: SocketAddr, bytes: &[u8], now: Instant) {
        match Datagram::of(bytes) {
            Datagram::Response(id) => self.answered(id, now),
            Datagram::Handshake(part) => {
                if !self.has_pair {
                    self.early.truncate(MAX_EARLY - 1);
                    self.early.push_back(Addressed::copy(peer, bytes));
                }
                self.received_part(part, now);
            }
            // The other end has its keys, so it has had all of the handshake.
            Datagram::Media => (self.flight, self.has_media) = (None, true),
            Datagram::Request(_) => self.heard_from = Some(peer),
            Datagram::Other => {}
        }
    }

    /// When [`handle_timeout`](Self::handle_timeout) has something to send.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        let within = self.answer_within();
        let checks = self.checks.iter().filter_map(|check| check.repeats.next(within));
        checks.chain(self.flight.iter().filter_map(|flight| flight.repeats.next(within))).min()
    }

    /// What is to be sent again by now.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Vec<Addressed> {
        let within = self.answer_within();
        let mut again = Vec::new();
        for check in &mut self.checks {
            if check.repeats.is_due(within, now) {
                again.push(check.datagram.clone());
            }
        }
        if let Some(flight) = &mut self.flight
            && flight.repeats.is_due(within, now)
        {
            again.extend(flight.parts.iter().map(|(_, datagram)| datagram.clone()));
        }
        again
    }

    /// The next handshake datagram that overtook the answer to the check that chose the pair: the library has dropped it, and can take
    /// it now.
    pub(crate) fn next_early(&mut self) -> Option<Addressed> {
        self.early.pop_front_if(|_| self.has_pair)
    }

    fn answer_within(&self) -> Duration {
        self.round_trip.unwrap_or(UNKNOWN_ROUND_TRIP).min(LONGEST_ROUND_TRIP) * 5 / 4 + THINKING
    }

    fn sent_check(&mut self, check: Check, datagram: Addressed, now: Instant) {
        // The newest to an address says all that the older ones said.
        let older = self.checks.iter_mut().filter(|older| older.datagram.peer == datagram.peer);
        older.for_each(|older| older.repeats.stop());
        let is_hopeful = !self.has_media && (check.nominates || self.heard_from == Some(datagram.peer));
        let repeats = Schedule::begin(if is_hopeful { HOPEFUL_CHECK } else { CHECK }, now);
        if self.checks.len() == MAX_CHECKS {
            self.checks.pop_front();
        }
        self.checks.push_back(SentCheck { check, datagram, repeats });
    }

    fn answered(&mut self, id: TransactionId, now: Instant) {
        let Some(at) = self.checks.iter().position(|sent| sent.check.id == id) else { return };
        let Some(sent) = self.checks.remove(at) else { return };
        self.has_pair |= sent.check.nominates;
        if let Some(sent_at) = sent.repeats.sent_at() {
            let took = now.saturating_duration_since(sent_at);
            self.round_trip = Some(self.round_trip.map_or(took, |before| (before * 3 + took) / 4));
        }
    }

    fn sent_part(&mut self, part: Handshake, datagram: Addressed, now: Instant) {
        self.has_pair = true;
        let repeats = Schedule::begin(FLIGHT, now);
        match &mut self.flight {
            Some(flight) => {
                // The library's own repeat takes the place of what it repeats.
                flight.parts.retain(|(sent, _)| !sent.says_the_same(part));
                flight.parts.truncate(MAX_PARTS - 1);
                flight.parts.push((part, datagram));
                flight.repeats = repeats;
            }
            None => self.flight = Some(Flight { parts: vec![(part, datagram)], repeats }),
        }
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
    fn copy(peer: SocketAddr, bytes: &[u8]) -> Self {
        Self { peer, bytes: Bytes::copy_from_slice(bytes) }
    }
}

#[cfg(test)]
mod tests;
