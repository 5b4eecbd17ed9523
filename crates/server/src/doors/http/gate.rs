//! How many connections there may be, and how many of those may have asked for nothing yet.
//!
//! Connections that say nothing cost their opener nothing, so a newcomer is never turned away for them: the oldest of them goes. A part of
//! the places is kept for addresses that are known, because a device opened its link from there.

use std::{
    collections::{BTreeMap, HashMap},
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
    time::{Duration, Instant},
};

use tokio::sync::Notify;

use super::proxies::Proxies;
use crate::ground::{
    config::{Config, Limits},
    limits::network,
};

/// One in so many places is only for addresses that are known.
const RESERVE: u32 = 8;
/// People come back the next day.
const KNOWN_FOR: Duration = Duration::from_secs(24 * 60 * 60);
/// More addresses than a server has places for.
const MOST_KNOWN: usize = 16_384;

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    open: u32,
    half_open: u32,
}

/// What a connection and the gate know of each other.
#[derive(Debug, Default)]
struct Place {
    has_asked: AtomicBool,
    was_evicted: AtomicBool,
    eviction: Notify,
}

struct HalfOpen {
    from: Option<IpAddr>,
    is_known: bool,
    place: Arc<Place>,
}

#[derive(Default)]
struct State {
    all: Count,
    by_address: HashMap<IpAddr, Count>,
    /// The oldest first.
    half_open: BTreeMap<u64, HalfOpen>,
    /// How many of those are of addresses that are not known.
    strange: u32,
    next: u64,
    known: HashMap<IpAddr, Instant>,
}

/// Counts connections.
pub(crate) struct Gate {
    limits: Limits,
    proxies: Proxies,
    state: Mutex<State>,
}

/// One connection's place, given back when dropped.
pub(crate) struct ConnectionPass {
    gate: Arc<Gate>,
    /// `None` for this machine and for trusted proxies, which bring others.
    from: Option<IpAddr>,
    number: u64,
    place: Arc<Place>,
}

impl Gate {
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let (limits, proxies) = (config.limits.clone(), Proxies::new(config));
        Arc::new(Self { limits, proxies, state: Mutex::default() })
    }

    /// Lets a connection in, or not.
    pub(crate) fn admit(self: &Arc<Self>, from: IpAddr) -> Option<ConnectionPass> {
        let brings_others = from.to_canonical().is_loopback() || self.proxies.trust(from);
        let from = (!brings_others).then(|| network(from));
        let mut state = self.state();
        let is_known = from.is_some_and(|from| state.knows(from));
        state.make_room(&self.limits, from, is_known).then(|| {
            let (number, place) = state.enter(from, is_known);
            ConnectionPass { gate: Arc::clone(self), from, number, place }
        })
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn knows(&self, from: IpAddr) -> bool {
        self.known.get(&from).is_some_and(|since| since.elapsed() < KNOWN_FOR)
    }

    fn remember(&mut self, from: IpAddr) {
        if self.known.len() >= MOST_KNOWN && !self.known.contains_key(&from) {
            let longest_ago = self.known.iter().min_by_key(|(_, since)| **since).map(|(from, _)| *from);
            longest_ago.map(|from| self.known.remove(&from));
        }
        self.known.insert(from, Instant::now());
    }

    /// Whether there is room for one more, after those are gone who say nothing and are in its way.
    fn make_room(&mut self, limits: &Limits, from: Option<IpAddr>, is_known: bool) -> bool {
        let its = |state: &Self| from.and_then(|from| state.by_address.get(&from).copied()).unwrap_or_default();
        if its(self).open >= limits.connections_per_address || its(self).half_open >= limits.half_open_per_address {
            self.evict(|other| other.from == from);
        }
        if !is_known && self.strange >= limits.half_open {
            self.evict(|other| !other.is_known);
        }
        let places = if is_known || from.is_none() {
            limits.connections
        } else {
            limits.connections - limits.connections / RESERVE
        };
        if self.all.open >= places {
            self.evict(|other| !other.is_known);
        }
        let its_fit = its(self).open < limits.connections_per_address;
        its_fit && self.all.open < places
    }

    /// Ends the oldest connection of a kind that has asked for nothing yet.
    fn evict(&mut self, is_meant: impl Fn(&HalfOpen) -> bool) {
        let Some(number) = self.half_open.iter().find(|(_, other)| is_meant(other)).map(|(number, _)| *number) else {
            return;
        };
        let Some(evicted) = self.has_asked(number) else { return };
        self.change(evicted.from, |count| count.open -= 1);
        evicted.place.was_evicted.store(true, Relaxed);
        evicted.place.eviction.notify_one();
    }

    fn enter(&mut self, from: Option<IpAddr>, is_known: bool) -> (u64, Arc<Place>) {
        let (number, place) = (self.next, Arc::new(Place::default()));
        self.next += 1;
        self.half_open.insert(number, HalfOpen { from, is_known, place: Arc::clone(&place) });
        self.strange += u32::from(!is_known);
        self.change(from, |count| {
            count.open += 1;
            count.half_open += 1;
        });
        (number, place)
    }

    /// A connection is no longer one that has asked for nothing, if it was.
    fn has_asked(&mut self, number: u64) -> Option<HalfOpen> {
        let one = self.half_open.remove(&number)?;
        self.strange -= u32::from(!one.is_known);
        self.change(one.from, |count| count.half_open -= 1);
        Some(one)
    }

    fn change(&mut self, from: Option<IpAddr>, how: impl Fn(&mut Count)) {
        how(&mut self.all);
        let Some(from) = from else { return };
        let count = self.by_address.entry(from).or_default();
        how(count);
        if count.open == 0 {
            self.by_address.remove(&from);
        }
    }
}

impl ConnectionPass {
    /// The connection has asked for something.
    pub(crate) fn has_asked(&self) {
        if !self.place.has_asked.swap(true, Relaxed) {
            self.gate.state().has_asked(self.number);
        }
    }

    /// A device opens its link on the connection: its address is known from now on.
    pub(super) fn is_of_a_device(&self) {
        if let Some(from) = self.from {
            self.gate.state().remember(from);
        }
    }

    /// Waits until the place is needed for another connection.
    pub(crate) async fn is_evicted(&self) {
        self.place.eviction.notified().await;
    }
}

impl Drop for ConnectionPass {
    fn drop(&mut self) {
        let mut state = self.gate.state();
        state.has_asked(self.number);
        if !self.place.was_evicted.load(Relaxed) {
            state.change(self.from, |count| count.open -= 1);
        }
    }
}

#[cfg(test)]
mod tests {
    use futures_util::FutureExt as _;

    use super::*;

    #[test]
    fn a_newcomer_takes_the_place_of_the_oldest_from_its_address_that_asks_for_nothing() {
        let gate = gate(|config| config.limits.half_open_per_address = 2);
        let speaks = admit(&gate, 1);
        speaks.has_asked();
        let (first, second) = (admit(&gate, 1), admit(&gate, 1));
        let elsewhere = admit(&gate, 2);

        let third = admit(&gate, 1);

        assert!(is_evicted(&first));
        for (pass, who) in [(&speaks, "speaks"), (&second, "second"), (&elsewhere, "elsewhere"), (&third, "third")] {
            assert!(!is_evicted(pass), "{who}");
        }
    }

    #[test]
    fn silent_strangers_make_room_for_newcomers_and_addresses_that_are_known_keep_their_places() {
        let gate = gate(|config| config.limits.half_open = 3);
        let known = admit(&gate, 9);
        known.is_of_a_device();
        let at_home = admit(&gate, 9);
        let silent: Vec<ConnectionPass> = (1..=3).map(|last| admit(&gate, last)).collect();
        assert!(is_evicted(&known), "it came before its address was known");

        let newcomers: Vec<ConnectionPass> = (4..=6).map(|last| admit(&gate, last)).collect();

        assert!(silent.iter().all(is_evicted));
        assert!(!newcomers.iter().any(is_evicted));
        assert!(!is_evicted(&at_home), "who is known does not make room for strangers");
    }

    #[test]
    fn a_part_of_all_places_is_kept_for_addresses_that_are_known() {
        let gate = gate(|config| config.limits.connections = 8);
        let link = admit(&gate, 9);
        link.has_asked();
        link.is_of_a_device();
        let others: Vec<ConnectionPass> = (1..=6).map(|last| admit(&gate, last)).collect();
        others.iter().for_each(ConnectionPass::has_asked);

        assert!(gate.admit(address(7)).is_none(), "strangers have seven places of eight");
        let at_home = admit(&gate, 9);
        assert!(gate.admit(address(9)).is_none(), "and all places are no more than all");

        drop(others);

        assert!(gate.admit(address(7)).is_some());
        drop((link, at_home));
    }

    #[test]
    fn an_address_may_have_so_many_connections_and_gets_them_back() {
        let gate = gate(|config| config.limits.connections_per_address = 2);
        let passes: Vec<ConnectionPass> = (0..2).map(|_| admit(&gate, 1)).collect();
        passes.iter().for_each(ConnectionPass::has_asked);
        assert!(gate.admit(address(1)).is_none());

        drop(passes);

        let again = admit(&gate, 1);
        let evicted = (0..3).map(|_| admit(&gate, 1)).collect::<Vec<_>>();
        drop((again, evicted));
        let state = gate.state();
        assert!(state.by_address.is_empty(), "no address is remembered for nothing");
        assert_eq!((state.all.open, state.all.half_open, state.strange), (0, 0, 0));
    }

    #[test]
    fn this_machine_and_trusted_proxies_bring_others_and_meet_only_the_limits_of_all() {
        let gate = gate(|config| {
            config.limits.connections_per_address = 1;
            config.limits.connections = 4;
            config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        });

        let passes: Vec<Option<ConnectionPass>> = ["127.0.0.1", "::1", "10.0.0.1", "10.0.0.1", "10.0.0.1"]
            .map(|from| {
                let pass = gate.admit(from.parse().unwrap());
                pass.iter().for_each(ConnectionPass::has_asked);
                pass
            })
            .into();

        let admitted: Vec<bool> = passes.iter().map(Option::is_some).collect();
        assert_eq!(admitted, [true, true, true, true, false]);
    }

    fn gate(change: impl FnOnce(&mut Config)) -> Arc<Gate> {
        let mut config = Config::new("");
        change(&mut config);
        Gate::new(&config)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    fn admit(gate: &Arc<Gate>, last: u8) -> ConnectionPass {
        gate.admit(address(last)).unwrap()
    }

    fn is_evicted(pass: &ConnectionPass) -> bool {
        let is_told = pass.is_evicted().now_or_never().is_some();
        // The next look is to find it too.
        if is_told {
            pass.place.eviction.notify_one();
        }
        is_told
    }
}
