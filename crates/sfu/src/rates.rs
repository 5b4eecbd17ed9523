//! How much sources send of each of their sizes.

use std::collections::HashMap;
use std::collections::hash_map::Entry;
use std::hash::Hash;
use std::time::{Duration, Instant};

/// Over so long it is counted.
const WINDOW: Duration = Duration::from_millis(500);

/// What was not heard of for so long is not sent any more; one of several sizes, whose senders leave them out as they like, sooner.
const GONE_AFTER: Duration = Duration::from_secs(2);
const SIZE_GONE_AFTER: Duration = Duration::from_millis(400);

/// The rates of sources.
#[derive(Debug)]
pub(crate) struct Rates<K>(HashMap<K, Rate>);

#[derive(Debug)]
struct Rate {
    bytes: u64,
    since: Instant,
    heard_at: Instant,
    gone_after: Duration,
    bits_per_second: Option<u64>,
}

/// How a source was heard of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Heard {
    /// In bits a second, when it was counted last.
    pub(crate) rate: Option<u64>,
    /// It is sent now.
    pub(crate) is_sent: bool,
}

impl Rate {
    fn is_gone(&self, now: Instant) -> bool {
        now.saturating_duration_since(self.heard_at) >= self.gone_after
    }

    fn heard(&self, now: Instant) -> Heard {
        Heard { rate: self.bits_per_second, is_sent: !self.is_gone(now) }
    }
}

impl<K: Eq + Hash> Rates<K> {
    pub(crate) fn new() -> Self {
        Self(HashMap::new())
    }

    /// Counts a packet of a source, or of one of its sizes. Says whether it is the first for some time.
    pub(crate) fn count(&mut self, source: K, is_size: bool, bytes: usize, now: Instant) -> bool {
        let gone_after = if is_size { SIZE_GONE_AFTER } else { GONE_AFTER };
        let fresh = Rate { bytes: 0, since: now, heard_at: now, gone_after, bits_per_second: None };
        let (rate, is_known) = match self.0.entry(source) {
            Entry::Occupied(known) => (known.into_mut(), true),
            Entry::Vacant(place) => (place.insert(fresh), false),
        };
        let is_first = !is_known || rate.is_gone(now);
        if is_first {
            (rate.bytes, rate.since) = (0, now);
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
        is_first
    }

    /// How one was heard of, if it ever was.
    pub(crate) fn of(&self, source: &K, now: Instant) -> Option<Heard> {
        self.0.get(source).map(|rate| rate.heard(now))
    }

    /// All that was ever heard of.
    pub(crate) fn heard(&self, now: Instant) -> impl Iterator<Item = (&K, Heard)> {
        self.0.iter().map(move |(source, rate)| (source, rate.heard(now)))
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
    fn what_is_sent_is_counted_and_what_is_not_sent_any_more_is_remembered() {
        let (mut rates, start) = (Rates::new(), Instant::now());
        for step in 0..100 {
            let is_first = rates.count("camera", false, 1_250, start + Duration::from_millis(10 * step));
            assert_eq!(is_first, step == 0);
        }

        let heard = |rates: &Rates<_>, now| rates.heard(now).map(|(_, heard)| heard).next().expect("it was heard");
        let now = start + Duration::from_secs(1);
        let before = heard(&rates, now);
        assert!(matches!(before, Heard { rate: Some(980_000..1_040_000), is_sent: true }), "{before:?}");
        assert_eq!(heard(&rates, now + GONE_AFTER), Heard { is_sent: false, ..before });
        assert!(rates.count("camera", false, 1_250, now + GONE_AFTER), "it is there again");
    }

    #[test]
    fn one_of_several_sizes_is_gone_sooner() {
        let (mut rates, start) = (Rates::new(), Instant::now());

        rates.count("large", true, 1_250, start);

        assert!(rates.heard(start + SIZE_GONE_AFTER).all(|(_, heard)| !heard.is_sent));
    }
}
