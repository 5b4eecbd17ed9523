//! The ways between a connection's sockets and the addresses of its other end.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::time::Duration;

/// An answer takes a round trip, and the other end's thinking.
const THINKING: Duration = Duration::from_millis(20);

/// Before anything was answered. A repeat that was not needed costs some hundred bytes, a late one delays the first word.
const UNKNOWN_ROUND_TRIP: Duration = Duration::from_millis(16);

/// A path that is slower than this repeats as if it were not.
const LONGEST_ROUND_TRIP: Duration = Duration::from_millis(400);

/// Two machines with a few interfaces each. The path that was used least lately is forgotten.
const MAX_PATHS: usize = 32;

/// One of a connection's own sockets, by number.
pub(crate) type Socket = usize;

/// Where a datagram goes or came from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Path {
    pub(crate) socket: Socket,
    pub(crate) peer: SocketAddr,
}

/// What is known of each path, the latest last.
#[derive(Debug, Default)]
pub(super) struct Paths(VecDeque<KnownPath>);

#[derive(Debug)]
struct KnownPath {
    path: Path,
    round_trip: Option<Duration>,
    /// A check of the other end has come this way.
    is_heard: bool,
}

impl Paths {
    pub(super) fn measured(&mut self, path: Path, took: Duration) {
        let known = self.touch(path);
        known.round_trip = Some(known.round_trip.map_or(took, |before| (before * 3 + took) / 4));
    }

    pub(super) fn heard(&mut self, path: Path) {
        self.touch(path).is_heard = true;
    }

    pub(super) fn is_heard(&self, path: Path) -> bool {
        self.0.iter().any(|known| known.path == path && known.is_heard)
    }

    /// How long an answer may take on this path; where none has come, as long as on the one that was measured last.
    pub(super) fn answer_within(&self, path: Path) -> Duration {
        let own = self.0.iter().find(|known| known.path == path).and_then(|known| known.round_trip);
        let latest = || self.0.iter().rev().find_map(|known| known.round_trip);
        let round_trip = own.or_else(latest).unwrap_or(UNKNOWN_ROUND_TRIP);
        round_trip.min(LONGEST_ROUND_TRIP) * 5 / 4 + THINKING
    }

    fn touch(&mut self, path: Path) -> &mut KnownPath {
        let known = self.0.iter().position(|known| known.path == path).and_then(|at| self.0.remove(at));
        if self.0.len() == MAX_PATHS {
            self.0.pop_front();
        }
        self.0.push_back(known.unwrap_or(KnownPath { path, round_trip: None, is_heard: false }));
        let latest = self.0.len() - 1;
        &mut self.0[latest]
    }
}
