//! How many connections there may be, and how many of those may have asked for nothing yet.

use std::{
    collections::HashMap,
    net::IpAddr,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

use super::peer::Proxies;
use crate::{
    config::{Config, Limits},
    limits::network,
};

#[derive(Debug, Clone, Copy, Default)]
struct Count {
    open: u32,
    half_open: u32,
}

#[derive(Default)]
struct Counts {
    all: Count,
    by_address: HashMap<IpAddr, Count>,
}

/// Counts connections.
pub(crate) struct Gate {
    limits: Limits,
    proxies: Proxies,
    counts: Mutex<Counts>,
}

/// One connection's place, given back when dropped.
pub(crate) struct Pass {
    gate: Arc<Gate>,
    /// `None` for this machine and for trusted proxies, which bring others.
    from: Option<IpAddr>,
    half_open: AtomicBool,
}

impl Gate {
    pub(crate) fn new(config: &Config) -> Arc<Self> {
        let (limits, proxies) = (config.limits.clone(), Proxies::new(config));
        Arc::new(Self { limits, proxies, counts: Mutex::default() })
    }

    /// Lets a connection in, or not.
    pub(super) fn admit(self: &Arc<Self>, from: IpAddr) -> Option<Pass> {
        let brings_others = from.to_canonical().is_loopback() || self.proxies.trust(from);
        let from = (!brings_others).then(|| network(from));
        let (limits, mut counts) = (&self.limits, self.counts());
        let its = from.map(|from| counts.by_address.get(&from).copied().unwrap_or_default()).unwrap_or_default();
        let all_fit = counts.all.open < limits.connections && counts.all.half_open < limits.half_open;
        let its_fit = its.open < limits.connections_per_address && its.half_open < limits.half_open_per_address;
        if !(all_fit && its_fit) {
            return None;
        }
        counts.change(from, |count| {
            count.open += 1;
            count.half_open += 1;
        });
        drop(counts);
        Some(Pass { gate: Arc::clone(self), from, half_open: AtomicBool::new(true) })
    }

    fn counts(&self) -> std::sync::MutexGuard<'_, Counts> {
        self.counts.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Counts {
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

impl Pass {
    /// The connection has asked for something.
    pub(super) fn has_asked(&self) {
        if self.half_open.swap(false, Relaxed) {
            self.gate.counts().change(self.from, |count| count.half_open -= 1);
        }
    }
}

impl Drop for Pass {
    fn drop(&mut self) {
        self.has_asked();
        self.gate.counts().change(self.from, |count| count.open -= 1);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn gate(change: impl FnOnce(&mut Config)) -> Arc<Gate> {
        let mut config = Config::new("");
        change(&mut config);
        Gate::new(&config)
    }

    fn address(last: u8) -> IpAddr {
        IpAddr::from([192, 0, 2, last])
    }

    #[test]
    fn an_address_may_have_so_many_connections_that_ask_for_nothing() {
        let gate = gate(|config| config.limits.half_open_per_address = 2);
        let first = gate.admit(address(1)).unwrap();
        let _second = gate.admit(address(1)).unwrap();
        assert!(gate.admit(address(1)).is_none());
        assert!(gate.admit(address(2)).is_some(), "others may");

        first.has_asked();

        assert!(gate.admit(address(1)).is_some());
    }

    #[test]
    fn an_address_may_have_so_many_connections_and_gets_them_back() {
        let gate = gate(|config| config.limits.connections_per_address = 2);
        let passes: Vec<Pass> = (0..2).map(|_| gate.admit(address(1)).unwrap()).collect();
        passes.iter().for_each(Pass::has_asked);
        assert!(gate.admit(address(1)).is_none());

        drop(passes);

        assert!(gate.admit(address(1)).is_some());
        assert!(gate.counts().by_address.is_empty(), "nobody is remembered for nothing");
    }

    #[test]
    fn this_machine_and_trusted_proxies_bring_others_and_meet_only_the_limit_of_all() {
        let gate = gate(|config| {
            config.limits.connections_per_address = 1;
            config.limits.connections = 4;
            config.trusted_proxies = vec!["10.0.0.0/8".parse().unwrap()];
        });

        let passes: Vec<Option<Pass>> = ["127.0.0.1", "::1", "10.0.0.1", "10.0.0.1", "10.0.0.1"]
            .map(|from| gate.admit(from.parse().unwrap()))
            .into();

        let admitted: Vec<bool> = passes.iter().map(Option::is_some).collect();
        assert_eq!(admitted, [true, true, true, true, false]);
    }
}
