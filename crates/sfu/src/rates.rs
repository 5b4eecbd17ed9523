//! How much sources send of each of their sizes.

use std::collections::HashMap;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Over so long it is counted.
const WINDOW: Duration = Duration::from_millis(500);

/// What was not heard of for so long is not sent any more.
const GONE_AFTER: Duration = Duration::from_secs(2);

/// The rates of sources.
#[derive(Debug)]
pub(crate) struct Rates<K>(HashMap<K, Rate>);

#[derive(Debug)]
struct Rate {
    bytes: u64,
    since: Instant,
    heard_at: Instant,
    bits_per_second: Option<u64>,
}

impl<K: Eq + Hash> Rates<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Counts a packet.
    pub(crate) fn count(&mut self, source: K, bytes: usize, now: Instant) {
        let fresh = || Rate { bytes: 0, since: now, heard_at: now, bits_per_second: None };
        let rate = self.0.entry(source).or_insert_with(fresh);
        if now.saturating_duration_since(rate.heard_at) >= GONE_AFTER {
            *rate = fresh();
        }
        rate.bytes += bytes as u64;
        rate.heard_at = now;
        let passed = now.saturating_duration_since(rate.since);
        if passed >= WINDOW {
            let latest = rate.bytes * 8 * 1_000_000 / u64::try_from(passed.as_micros()).unwrap_or(u64::MAX);
            // A key frame is ten times as large as the others: half of what was counts too.
            rate.bits_per_second = Some(rate.bits_per_second.map_or(latest, |before| before.midpoint(latest)));
            (rate.bytes, rate.since) = (0, now);
        }
    }

    /// What was counted of those that are sent now.
    pub(crate) fn known(&self, now: Instant) -> impl Iterator<Item = (&K, u64)> {
        let is_sent = move |rate: &Rate| now.saturating_duration_since(rate.heard_at) < GONE_AFTER;
        self.0
            .iter()
            .filter(move |(_, rate)| is_sent(rate))
            .filter_map(|(source, rate)| Some((source, rate.bits_per_second?)))
    }

    /// Keeps nothing of sources that have gone.
    pub(crate) fn retain(&mut self, is_there: impl Fn(&K) -> bool) {
        self.0.retain(|source, _| is_there(source));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_sent_is_counted_and_what_is_not_sent_any_more_is_gone() {
        let (mut rates, start) = (Rates::new(), Instant::now());
        for step in 0..100 {
            rates.count("camera", 1_250, start + Duration::from_millis(10 * step));
        }

        let now = start + Duration::from_secs(1);
        let known: Vec<_> = rates.known(now).collect();
        assert!(matches!(known[..], [(&"camera", 980_000..1_040_000)]), "{known:?}");
        assert_eq!(rates.known(now + GONE_AFTER).count(), 0);
    }
}
