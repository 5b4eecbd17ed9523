//! Whether a stream flows. What a server pauses, or never begins to forward, leaves no gap in a stream's numbers: it is seen by the time
//! in which nothing comes.

use std::time::{Duration, Instant};

/// A stream of which nothing comes for so long does not flow.
const STALLS_AFTER: Duration = Duration::from_millis(500);

/// What a connection is to receive.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Expected {
    pub(crate) sound: Streams,
    pub(crate) pictures: Streams,
}

/// So many streams of one kind, each with so many packets in a second.
#[derive(Debug, Clone, Copy, PartialEq, Default)]
pub(crate) struct Streams {
    pub(crate) count: usize,
    pub(crate) packets_per_second: f64,
}

/// How long a stream has flowed.
#[derive(Debug)]
pub(crate) struct Flow {
    latest_at: Instant,
    flowed: Duration,
}

impl Streams {
    /// How many packets are missing because streams did not flow for all of this time, but for so long, all together.
    pub(crate) fn missing(self, span: Duration, flowed: Duration) -> u64 {
        let stalled = self.count as f64 * span.as_secs_f64() - flowed.as_secs_f64();
        (stalled.max(0.0) * self.packets_per_second).round() as u64
    }
}

impl Flow {
    pub(crate) fn beginning(at: Instant) -> Self {
        Self { latest_at: at, flowed: Duration::ZERO }
    }

    /// A packet has come. What was before `from` does not count.
    pub(crate) fn note(&mut self, at: Instant, from: Instant) {
        self.flowed += self.since_latest(at, from);
        self.latest_at = self.latest_at.max(at);
    }

    /// Counts from now on.
    pub(crate) fn begin(&mut self) {
        self.flowed = Duration::ZERO;
    }

    /// How long it has flowed between these moments, the second of which no packet may follow.
    pub(crate) fn flowed(&self, from: Instant, until: Instant) -> Duration {
        self.flowed + self.since_latest(until, from)
    }

    fn since_latest(&self, at: Instant, from: Instant) -> Duration {
        let flows = at.saturating_duration_since(self.latest_at) < STALLS_AFTER;
        if flows { at.saturating_duration_since(self.latest_at.max(from)) } else { Duration::ZERO }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const VOICE: Streams = Streams { count: 2, packets_per_second: 50.0 };

    #[test]
    fn of_streams_that_flow_nothing_is_missing() {
        let from = Instant::now();
        let mut flow = Flow::beginning(from - ms(7));
        (0..50).for_each(|packet| flow.note(from + ms(13) + ms(20) * packet, from));

        let flowed = flow.flowed(from, from + ms(1_000));

        assert_eq!(flowed, ms(1_000));
        assert_eq!(VOICE.missing(ms(1_000), flowed * 2), 0);
    }

    #[test]
    fn a_stream_that_is_paused_and_one_that_never_begins_are_missing() {
        let from = Instant::now();
        let mut flow = Flow::beginning(from);
        (1..=50).for_each(|packet| flow.note(from + ms(20) * packet, from));
        flow.note(from + ms(3_000), from);

        let flowed = flow.flowed(from, from + ms(4_000));

        assert_eq!(flowed, ms(1_000), "then two seconds of nothing, a packet, and nothing");
        assert_eq!(VOICE.missing(ms(4_000), flowed), 350, "three seconds of one, four of the other");
    }

    #[test]
    fn what_was_before_the_measurement_does_not_count() {
        let start = Instant::now();
        let from = start + ms(1_000);
        let mut flow = Flow::beginning(start);

        (1..=100).for_each(|packet| flow.note(start + ms(20) * packet, from));

        assert_eq!(flow.flowed(from, start + ms(2_000)), ms(1_000));
        flow.begin();
        assert_eq!(flow.flowed(from, start + ms(2_000)), ms(0));
    }

    const fn ms(ms: u64) -> Duration {
        Duration::from_millis(ms)
    }
}
