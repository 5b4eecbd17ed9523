//! What the networks of this machine carried the last time, so that a call does not have to find it out anew.

use std::net::IpAddr;
use std::num::NonZeroUsize;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use lru::LruCache;

/// A home, an office, a telephone, and some cafés.
const REMEMBERED: NonZeroUsize = NonZeroUsize::new(8).expect("it is not zero");

/// The rates of the networks that were used last, by this machine's address there; for as long as the program runs.
#[derive(Debug, Clone)]
pub(crate) struct KnownNetworks(Arc<Mutex<LruCache<IpAddr, u32>>>);

impl Default for KnownNetworks {
    fn default() -> Self {
        Self(Arc::new(Mutex::new(LruCache::new(REMEMBERED))))
    }
}

impl KnownNetworks {
    /// In bits a second.
    pub(super) fn recall(&self, address: IpAddr) -> Option<u32> {
        self.lock().get(&address).copied()
    }

    pub(super) fn remember(&self, address: IpAddr, rate: u32) {
        self.lock().put(address, rate);
    }

    fn lock(&self) -> MutexGuard<'_, LruCache<IpAddr, u32>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    #[test]
    fn a_network_is_known_by_this_machines_address_there_and_the_oldest_is_forgotten() {
        let networks = KnownNetworks::default();
        let address = |number| IpAddr::V4(Ipv4Addr::new(10, 0, 0, number));

        (1..=9).for_each(|number| networks.remember(address(number), u32::from(number) * 100_000));
        networks.remember(address(9), 950_000);

        assert_eq!(networks.recall(address(9)), Some(950_000));
        assert_eq!(networks.recall(address(2)), Some(200_000));
        assert_eq!((networks.recall(address(1)), networks.recall(address(77))), (None, None));
    }
}
