//! What of a connection's beginning is sent again, and when. Pure: no socket, no clock.
//!
//! Until media flow, every datagram is one of a kind: an ICE check, or a flight of the DTLS handshake. The library repeats a flight
//! after a second, a check with the next one of its own, and forgets its timer when a flight comes in pieces. Here each is sent again
//! as soon as its answer is overdue, byte by byte: a check that came twice is answered twice (RFC 8489 §6.3.1), and a record that came
//! twice is dropped by the replay window (RFC 6347 §4.1.2.6).

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::{Duration, Instant};

use bytes::Bytes;

use crate::datagram::{Check, Datagram, Handshake, TransactionId};

/// An answer takes a round trip, and the other end's thinking.
const THINKING: Duration = Duration::from_millis(20);

/// Before anything was answered. A repeat that was not needed costs some hundred bytes, a late one delays the first word.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(16);

/// A path that is slower than this repeats as if it were not.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(400);

/// When something is repeated that is not answered yet.
#[derive(Debug, Clone, Copy)]
enum Repeat {
    /// So many milliseconds later, without waiting for an answer: of three that are lost or late on their own, one is in time. A path
    /// within a building answers sooner.
    Soon(u64),
    /// So many times later than its answer may take.
    Overdue(u32),
}
use Repeat::{Overdue, Soon};

/// For a flight of DTLS. By the last of them the library has begun anew.
const FLIGHT: &[Repeat] =
    &[Soon(4), Soon(8), Overdue(1), Overdue(2), Overdue(3), Overdue(5), Overdue(8), Overdue(13), Overdue(21)];

/// For a check of an address that has checked ours, and for the one that chooses its pair.
const HOPEFUL_CHECK: &[Repeat] = &[Soon(4), Soon(8), Overdue(1), Overdue(2), Overdue(4)];

/// For any other check. There may be many, and the library renews them by itself.
const CHECK: &[Repeat] = &[Overdue(1), Overdue(2)];

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

/// When something is repeated that was sent once.
#[derive(Debug)]
struct Schedule {
    sent_at: Instant,
    repeated: usize,
    repeats: &'static [Repeat],
    hurry: Option<Instant>,
}

impl Schedule {
    fn begin(repeats: &'static [Repeat], now: Instant) -> Self {
        Self { sent_at: now, repeated: 0, repeats, hurry: None }
    }

    fn next(&self, answer_within: Duration) -> Option<Instant> {
        let after = |repeat: &Repeat| match repeat {
            Soon(milliseconds) => Duration::from_millis(*milliseconds),
            Overdue(times) => answer_within * *times,
        };
        let regular = self.repeats.get(self.repeated).map(|repeat| self.sent_at + after(repeat));
        regular.into_iter().chain(self.hurry).min()
    }

    fn is_due(&mut self, answer_within: Duration, now: Instant) -> bool {
        let is_due = self.next(answer_within).is_some_and(|at| at <= now);
        if is_due && self.hurry.take().is_none() {
            self.repeated += 1;
        }
        is_due
    }

    fn hurry(&mut self, now: Instant) {
        self.hurry = Some(now);
    }

    fn stop(&mut self) {
        self.repeats = &[];
    }

    /// When the one was sent that an answer belongs to, within a few milliseconds; `None` if that cannot be told any more.
    fn sent_at(&self) -> Option<Instant> {
        let repeated = self.repeats.get(..self.repeated).unwrap_or_default();
        repeated.iter().all(|repeat| matches!(repeat, Soon(_))).then_some(self.sent_at)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::datagram::samples::{answer, check, finished, message};

    const WITHIN: Duration = Duration::from_millis(40);

    #[test]
    fn a_check_is_repeated_until_it_is_answered() {
        let (mut repeats, start) = begin();

        repeats.sent(peer(1), &check(7, false), start);
        assert_eq!(again(&mut repeats, start + WITHIN), [check(7, false)]);
        repeats.received(peer(1), &answer(7), start + WITHIN * 5 / 4);

        assert_eq!(repeats.poll_timeout(), None);
    }

    #[test]
    fn a_check_that_is_likely_to_be_answered_does_not_wait_for_it() {
        let (mut repeats, start) = begin();
        repeats.received(peer(1), &check(1, false), start);
        let soon = start + Duration::from_millis(4);

        for (id, to) in [(2, peer(1)), (3, peer(2))] {
            repeats.sent(to, &check(id, false), start);
        }
        assert_eq!(again(&mut repeats, soon), [check(2, false)]);
        repeats.received(peer(1), &[0x80, 111, 0, 1], soon);
        repeats.sent(peer(1), &check(4, false), soon);

        assert_eq!(repeats.poll_timeout(), Some(start + WITHIN), "with media there is no haste");
    }

    #[test]
    fn of_two_checks_to_one_address_only_the_newer_is_repeated() {
        let (mut repeats, start) = begin();

        for (id, to) in [(1, peer(1)), (2, peer(2)), (3, peer(1))] {
            repeats.sent(to, &check(id, false), start);
        }

        assert_eq!(again(&mut repeats, start + WITHIN), [check(2, false), check(3, false)]);
    }

    #[test]
    fn a_flight_is_repeated_until_the_other_end_goes_on() {
        let (mut repeats, start) = begin();
        repeats.received(peer(1), &message(0, 0), start);

        repeats.sent(peer(1), &message(0, 0), start);
        repeats.sent(peer(1), &message(1, 1), start);
        for at in [Duration::from_millis(4), Duration::from_millis(8), WITHIN, WITHIN * 2] {
            assert_eq!(repeats.poll_timeout(), Some(start + at));
            assert_eq!(again(&mut repeats, start + at), [message(0, 0), message(1, 1)]);
        }
        repeats.received(peer(1), &message(0, 0), start + WITHIN);
        assert!(repeats.poll_timeout().is_some(), "a copy of what was heard before is no answer");
        repeats.received(peer(1), &message(1, 1), start + WITHIN);

        assert_eq!(repeats.poll_timeout(), None);
    }

    #[test]
    fn an_end_that_begins_its_flight_again_gets_ours_at_once() {
        let (mut repeats, start) = begin();
        repeats.received(peer(1), &message(0, 0), start);
        repeats.sent(peer(1), &finished(5), start);
        let late = start + Duration::from_secs(60);
        while repeats.poll_timeout().is_some() {
            again(&mut repeats, late);
        }

        repeats.received(peer(1), &message(1, 0), late);

        assert_eq!(again(&mut repeats, late), [finished(5)]);
        assert_eq!(repeats.poll_timeout(), None);
    }

    #[test]
    fn media_of_the_other_end_are_the_answer_to_the_last_flight() {
        let (mut repeats, start) = begin();

        repeats.sent(peer(1), &finished(5), start);
        repeats.received(peer(1), &[0x80, 111, 0, 1], start);

        assert_eq!(repeats.poll_timeout(), None);
    }

    #[test]
    fn the_librarys_own_repeat_takes_the_place_of_what_it_repeats() {
        let (mut repeats, start) = begin();

        repeats.sent(peer(1), &message(0, 0), start);
        repeats.sent(peer(1), &message(1, 0), start + WITHIN * 25);

        assert_eq!(again(&mut repeats, start + WITHIN * 26), [message(1, 0)]);
    }

    #[test]
    fn a_slow_path_is_given_its_round_trip() {
        let (mut repeats, start) = begin();
        repeats.sent(peer(1), &check(1, false), start);
        repeats.received(peer(1), &answer(1), start + Duration::from_millis(200));

        repeats.sent(peer(1), &message(0, 0), start);
        again(&mut repeats, start + Duration::from_millis(4));
        again(&mut repeats, start + Duration::from_millis(8));

        assert_eq!(repeats.poll_timeout(), Some(start + Duration::from_millis(270)));
    }

    #[test]
    fn what_is_never_answered_is_repeated_a_bounded_number_of_times() {
        let (mut repeats, start) = begin();
        repeats.sent(peer(1), &message(0, 0), start);
        for id in 0..=255 {
            repeats.sent(peer(u16::from(id) + 1), &check(id, false), start);
        }

        let mut sent = 0;
        while let Some(at) = repeats.poll_timeout() {
            sent += again(&mut repeats, at).len();
        }

        assert_eq!(sent, FLIGHT.len() + MAX_CHECKS * CHECK.len());
    }

    #[test]
    fn a_handshake_that_overtook_the_choice_of_the_pair_is_given_after_it() {
        let (mut repeats, start) = begin();
        repeats.sent(peer(1), &check(1, true), start);

        repeats.received(peer(1), &message(0, 0), start);
        assert_eq!(repeats.next_early(), None);
        repeats.received(peer(1), &answer(1), start);

        let hello = Addressed::copy(peer(1), &message(0, 0));
        assert_eq!([repeats.next_early(), repeats.next_early()], [Some(hello), None]);
    }

    /// What is sent again at `now`.
    fn again(repeats: &mut Repeats, now: Instant) -> Vec<Vec<u8>> {
        repeats.handle_timeout(now).into_iter().map(|datagram| datagram.bytes.to_vec()).collect()
    }

    fn begin() -> (Repeats, Instant) {
        (Repeats::default(), Instant::now())
    }

    fn peer(port: u16) -> SocketAddr {
        SocketAddr::from(([192, 0, 2, 1], port))
    }
}
