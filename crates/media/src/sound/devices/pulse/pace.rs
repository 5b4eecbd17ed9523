//! When a microphone will have said so much more.

use std::time::{Duration, Instant};

use crate::sound::frame::SAMPLE_RATE;

/// After so many samples what was before them is forgotten: clocks drift, and gaps make a stream later for good.
const WINDOW: usize = SAMPLE_RATE as usize;

/// The arrival of a stream's samples: they come in blocks, and are looked at late; the earliest tell how it goes.
pub(super) struct Pace {
    began_at: Instant,
    heard: u64,
    /// How many samples it was ahead of our clock at best; of a source that has said nothing that is not known.
    lead: f64,
    /// The same, in this window.
    lead_now: f64,
    window: usize,
}

impl Pace {
    pub(super) fn new(now: Instant) -> Self {
        Self { began_at: now, heard: 0, lead: f64::NEG_INFINITY, lead_now: f64::NEG_INFINITY, window: 0 }
    }

    pub(super) fn heard(&mut self, samples: usize, now: Instant) {
        self.heard += samples as u64;
        let by_our_clock = now.saturating_duration_since(self.began_at).as_secs_f64() * f64::from(SAMPLE_RATE);
        let lead = self.heard as f64 - by_our_clock;
        self.lead = self.lead.max(lead);
        self.lead_now = self.lead_now.max(lead);
        self.window += samples;
        if self.window >= WINDOW {
            self.lead = std::mem::replace(&mut self.lead_now, f64::NEG_INFINITY);
            self.window = 0;
        }
    }

    /// When `more` samples can have come; perhaps their block is not complete then. In the past where that is not known.
    pub(super) fn due(&self, more: usize) -> Instant {
        let seconds = (self.heard as f64 + more as f64 - self.lead) / f64::from(SAMPLE_RATE);
        self.began_at + Duration::try_from_secs_f64(seconds).unwrap_or_default()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sound::frame::PACKET;

    const PACKET_TIME: Duration = Duration::from_millis(20);

    /// When the next packet was due, and when it comes.
    struct Next {
        due: Instant,
        comes: Instant,
    }

    impl Next {
        /// How far the two are from each other.
        fn apart(&self) -> Duration {
            self.due.saturating_duration_since(self.comes) + self.comes.saturating_duration_since(self.due)
        }
    }

    /// Hears packets of a source whose clock runs `slower` than ours, each looked at after its `delay`.
    fn listen(packets: u32, slower: f64, delay: impl Fn(u32) -> Duration) -> Next {
        let start = Instant::now();
        let mut pace = Pace::new(start);
        let comes_at = |packet: u32| start + (PACKET_TIME * packet).mul_f64(1.0 + slower);
        for packet in 1..=packets {
            pace.heard(PACKET, comes_at(packet) + delay(packet));
        }
        Next { due: pace.due(PACKET), comes: comes_at(packets + 1) }
    }

    #[test]
    fn a_steady_source_is_due_when_it_comes() {
        assert!(listen(50, 0.0, |_| Duration::ZERO).apart() < Duration::from_micros(100));
    }

    #[test]
    fn looking_late_does_not_make_the_next_look_later() {
        let mostly_late = |packet: u32| Duration::from_millis(if packet.is_multiple_of(10) { 0 } else { 7 });

        assert!(listen(55, 0.0, mostly_late).apart() < Duration::from_millis(1));
    }

    #[test]
    fn a_gap_is_forgotten_after_a_second() {
        let gap = |packet: u32| Duration::from_millis(if packet > 50 { 400 } else { 0 });
        let without_gap = listen(155, 0.0, gap);

        let next = Next { comes: without_gap.comes + Duration::from_millis(400), ..without_gap };
        assert!(next.apart() < Duration::from_millis(1));
    }

    #[test]
    fn a_slow_clock_is_followed() {
        assert!(listen(3_000, 0.000_3, |_| Duration::ZERO).apart() < Duration::from_millis(1));
    }
}
