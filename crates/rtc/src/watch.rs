//! Tells the states of ICE and DTLS as what they mean for a call. No clock, no I/O.

use std::time::{Duration, Instant};

use crate::TransportEvent;

/// The library's states, as far as they matter here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum PathState {
    /// A path is found; the other end is not yet proven.
    Found,
    /// Path and handshake are good.
    Connected,
    /// Nothing heard for a while.
    Silent,
    /// The library gave up.
    Failed,
    /// The other end says that it is done.
    Left,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Phase {
    Connecting { handshake_until: Option<Instant> },
    Connected,
    Lost,
    Failed,
}

/// Watches one connection.
#[derive(Debug)]
pub(crate) struct PathWatch {
    phase: Phase,
    handshake_within: Duration,
}

impl PathWatch {
    pub(crate) fn new(handshake_within: Duration) -> Self {
        Self { phase: Phase::Connecting { handshake_until: None }, handshake_within }
    }

    /// Takes a new state; returns what the call must hear of it.
    pub(crate) fn handle_state(&mut self, state: PathState, now: Instant) -> Option<TransportEvent> {
        match (self.phase, state) {
            (Phase::Connecting { handshake_until: None }, PathState::Found) => {
                self.phase = Phase::Connecting { handshake_until: Some(now + self.handshake_within) };
                None
            }
            (Phase::Connecting { .. } | Phase::Lost, PathState::Connected) => {
                self.phase = Phase::Connected;
                Some(TransportEvent::Connected)
            }
            (Phase::Connected, PathState::Silent) => {
                self.phase = Phase::Lost;
                Some(TransportEvent::Lost)
            }
            (Phase::Connected | Phase::Lost, PathState::Left) => Some(TransportEvent::Left),
            (Phase::Connecting { .. } | Phase::Connected | Phase::Lost, PathState::Failed) => self.fail(),
            _ => None,
        }
    }

    /// When the watch wants to be asked again.
    pub(crate) fn poll_timeout(&self) -> Option<Instant> {
        match self.phase {
            Phase::Connecting { handshake_until } => handshake_until,
            Phase::Connected | Phase::Lost | Phase::Failed => None,
        }
    }

    /// The library reports no failed handshake: a wrong certificate looks to it like a silent peer. So it is failed by time.
    pub(crate) fn handle_timeout(&mut self, now: Instant) -> Option<TransportEvent> {
        self.poll_timeout().filter(|until| *until <= now).and_then(|_| self.fail())
    }

    fn fail(&mut self) -> Option<TransportEvent> {
        self.phase = Phase::Failed;
        Some(TransportEvent::Failed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const HANDSHAKE: Duration = Duration::from_secs(8);

    #[test]
    fn a_good_handshake_connects_and_no_deadline_is_left() {
        let (mut watch, now) = watch();

        assert_eq!(watch.handle_state(PathState::Found, now), None);
        assert_eq!(watch.poll_timeout(), Some(now + HANDSHAKE));
        assert_eq!(watch.handle_state(PathState::Connected, now), Some(TransportEvent::Connected));
        assert_eq!(watch.poll_timeout(), None);
    }

    #[test]
    fn a_handshake_that_never_ends_fails_in_time() {
        let (mut watch, now) = watch();
        watch.handle_state(PathState::Found, now);

        assert_eq!(watch.handle_timeout(now + HANDSHAKE - Duration::from_millis(1)), None);
        assert_eq!(watch.handle_timeout(now + HANDSHAKE), Some(TransportEvent::Failed));
        assert_eq!(watch.handle_state(PathState::Connected, now), None, "failed is for good");
    }

    #[test]
    fn a_path_found_again_does_not_prolong_the_handshake() {
        let (mut watch, now) = watch();
        watch.handle_state(PathState::Found, now);
        watch.handle_state(PathState::Found, now + Duration::from_secs(5));

        assert_eq!(watch.poll_timeout(), Some(now + HANDSHAKE));
    }

    #[test]
    fn silence_is_lost_once_and_comes_back_once() {
        let (mut watch, now) = watch();
        watch.handle_state(PathState::Connected, now);

        let told = [PathState::Silent, PathState::Silent, PathState::Connected, PathState::Connected]
            .map(|state| watch.handle_state(state, now));

        assert_eq!(told, [Some(TransportEvent::Lost), None, Some(TransportEvent::Connected), None]);
    }

    #[test]
    fn a_goodbye_is_told_and_so_is_the_silence_that_follows() {
        let (mut watch, now) = watch();
        assert_eq!(watch.handle_state(PathState::Left, now), None, "there was no call yet");
        watch.handle_state(PathState::Connected, now);

        assert_eq!(watch.handle_state(PathState::Left, now), Some(TransportEvent::Left));
        assert_eq!(watch.handle_state(PathState::Silent, now), Some(TransportEvent::Lost));
    }

    #[test]
    fn silence_before_the_first_connection_is_not_a_loss() {
        let (mut watch, now) = watch();

        assert_eq!(watch.handle_state(PathState::Silent, now), None);
    }

    fn watch() -> (PathWatch, Instant) {
        (PathWatch::new(HANDSHAKE), Instant::now())
    }
}
