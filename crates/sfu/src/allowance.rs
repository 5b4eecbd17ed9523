//! How much one participant may send.

use std::time::Instant;

/// What one participant may send in a second, in packets and in bytes: a screen, a camera in three sizes and sound, with room to spare.
const MOST_PACKETS: f64 = 3_000.0;
const MOST_BYTES: f64 = 2_000_000.0;

/// What a participant may send.
#[derive(Debug)]
pub(crate) struct Allowance {
    packets: f64,
    bytes: f64,
    at: Instant,
}

impl Allowance {
    pub(crate) const fn full(now: Instant) -> Self {
        Self { packets: MOST_PACKETS, bytes: MOST_BYTES, at: now }
    }

    /// Whether a packet of so many bytes is within it.
    #[expect(clippy::cast_precision_loss, reason = "a payload is a few kilobytes at most")]
    pub(crate) fn take(&mut self, bytes: usize, now: Instant) -> bool {
        let seconds = now.saturating_duration_since(self.at).as_secs_f64();
        self.at = now;
        self.packets = (self.packets + seconds * MOST_PACKETS).min(MOST_PACKETS);
        self.bytes = (self.bytes + seconds * MOST_BYTES).min(MOST_BYTES);
        let (packets, bytes) = (self.packets - 1.0, self.bytes - bytes as f64);
        if packets < 0.0 || bytes < 0.0 {
            return false;
        }
        (self.packets, self.bytes) = (packets, bytes);
        true
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn a_participant_who_sends_too_much_is_held_to_what_it_may_send() {
        let now = Instant::now();
        let mut allowance = Allowance::full(now);

        let at_once = (0..10_000).filter(|_| allowance.take(100, now)).count();
        let a_second_later = (0..10_000).filter(|_| allowance.take(1_000, now + Duration::from_secs(1))).count();

        assert_eq!((at_once, a_second_later), (3_000, 2_000));
    }
}
