//! Whose a datagram is: by the user fragment of a STUN request, else by the address that it comes from.
//!
//! An address is a participant's once that participant's connection has answered a request from there, which it does only where the
//! request is signed with its password. It stays so for as long as it is used: another participant cannot take it.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use carillon_protocol::{CallId, DeviceId};

use crate::output::Peer;
use crate::stun;

/// A participant.
pub(crate) type Key = (CallId, DeviceId);

/// An address that was not used for so long may become another's.
const HELD_FOR: Duration = Duration::from_secs(5);

/// A participant's connection has no more addresses than this; the one that was not used for longest goes.
const MOST_ADDRESSES: usize = 8;

#[derive(Debug, Clone, Copy)]
struct Route {
    key: Key,
    used_at: Instant,
}

/// The ways to all participants.
#[derive(Debug, Default)]
pub(crate) struct Routes {
    by_fragment: HashMap<String, Key>,
    by_address: HashMap<Peer, Route>,
}

impl Routes {
    pub(crate) fn open(&mut self, fragment: &str, key: Key) {
        self.by_fragment.insert(fragment.to_owned(), key);
    }

    pub(crate) fn close(&mut self, key: Key) {
        self.by_fragment.retain(|_, other| *other != key);
        self.by_address.retain(|_, route| route.key != key);
    }

    pub(crate) fn close_all(&mut self, call: CallId) {
        self.by_fragment.retain(|_, key| key.0 != call);
        self.by_address.retain(|_, route| route.key.0 != call);
    }

    /// Whose a datagram is.
    pub(crate) fn find(&mut self, source: Peer, datagram: &[u8], now: Instant) -> Option<Key> {
        if stun::is_stun(datagram) {
            return stun::user_fragment(datagram).and_then(|fragment| self.by_fragment.get(fragment)).copied();
        }
        let route = self.by_address.get_mut(&source)?;
        route.used_at = now;
        Some(route.key)
    }

    /// A participant's connection answers an address.
    pub(crate) fn answered(&mut self, address: Peer, key: Key, now: Instant) {
        let held = self.by_address.get(&address).filter(|route| route.key != key);
        if held.is_some_and(|route| now.saturating_duration_since(route.used_at) < HELD_FOR) {
            return;
        }
        let before = self.by_address.insert(address, Route { key, used_at: now });
        if before.is_none_or(|before| before.key != key) {
            self.forget_oldest(key);
        }
    }

    fn forget_oldest(&mut self, key: Key) {
        let own = || self.by_address.iter().filter(|(_, route)| route.key == key);
        if own().count() > MOST_ADDRESSES
            && let Some(oldest) = own().min_by_key(|(_, route)| route.used_at).map(|(address, _)| *address)
        {
            self.by_address.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::net::SocketAddr;

    use uuid::Uuid;

    use super::*;

    const MEDIA: &[u8] = &[0x80, 111, 0, 1];

    #[test]
    fn an_address_that_is_used_cannot_be_taken_by_another_participant() {
        let (mut routes, now) = (Routes::default(), Instant::now());
        routes.answered(address(1), key(1), now);

        for second in 0..10 {
            let now = now + Duration::from_secs(second);
            assert_eq!(routes.find(address(1), MEDIA, now), Some(key(1)));
            routes.answered(address(1), key(2), now);
        }

        let later = now + Duration::from_secs(15);
        routes.answered(address(1), key(2), later);
        assert_eq!(routes.find(address(1), MEDIA, later), Some(key(2)));
    }

    #[test]
    fn a_participant_has_only_so_many_addresses() {
        let (mut routes, now) = (Routes::default(), Instant::now());

        for port in 1..=100 {
            routes.answered(address(port), key(1), now + Duration::from_millis(u64::from(port)));
        }

        let is_known = |routes: &mut Routes, port| routes.find(address(port), MEDIA, now).is_some();
        assert!(is_known(&mut routes, 100) && !is_known(&mut routes, 1));
        assert_eq!(routes.by_address.len(), MOST_ADDRESSES);
        routes.close(key(1));
        assert!(routes.by_address.is_empty());
    }

    #[test]
    fn the_same_address_by_another_wire_is_another() {
        let (mut routes, now) = (Routes::default(), Instant::now());
        let by_tcp = Peer::tcp(address(1).address);

        routes.answered(address(1), key(1), now);
        routes.answered(by_tcp, key(2), now);

        assert_eq!(
            (routes.find(address(1), MEDIA, now), routes.find(by_tcp, MEDIA, now)),
            (Some(key(1)), Some(key(2)))
        );
    }

    fn address(port: u16) -> Peer {
        Peer::udp(SocketAddr::from(([192, 0, 2, 1], port)))
    }

    fn key(number: u128) -> Key {
        (CallId::new(Uuid::from_u128(7)), DeviceId::new(Uuid::from_u128(number)))
    }
}
