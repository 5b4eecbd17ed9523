//! Where playing has come to, on the sender's time scale.

use super::delay::Micros;

/// The stretch of media time, in samples, that one packet fills.
#[derive(Debug, Clone, Copy)]
pub(super) struct Span {
    pub(super) begin: i64,
    pub(super) samples: i64,
}

impl Span {
    pub(super) fn end(self) -> i64 {
        self.begin + self.samples
    }
}

/// Where playing has come to.
pub(super) struct Playhead {
    /// The packet that ought to come next.
    pub(super) sequence: i64,
    /// The media time, in samples, of the end of everything decided so far.
    pub(super) position: i64,
    /// Samples invented since without knowing why nothing was there: loss, or lateness.
    pub(super) improvised: i64,
    /// The last packet said that a pause begins.
    pub(super) pausing: bool,
    /// Smoothed: single wake-ups of the speaker are not punctual.
    pub(super) delay_us: f32,
}

impl Playhead {
    pub(super) fn at(sequence: i64, position: i64, delay_us: Micros) -> Self {
        Self { sequence, position, improvised: 0, pausing: false, delay_us: delay_us as f32 }
    }

    /// How many samples are missing before `timestamp`. What was improvised counts if packets are really missing;
    /// if the next one was only late, it is played whole and everything is later by what was improvised.
    pub(super) fn hole_before(&mut self, timestamp: i64, missing: i64) -> i64 {
        let hole = timestamp - self.position;
        if missing > 0 && hole > 0 {
            let covered = self.improvised.min(hole);
            self.position += covered;
            self.improvised = 0;
            return hole - covered;
        }
        hole
    }

    pub(super) fn advance(&mut self, sequence: i64, end: i64, begins_pause: bool) {
        self.sequence = sequence + 1;
        self.position = end;
        self.improvised = 0;
        self.pausing = begins_pause;
    }
}

/// Media time in microseconds: 48 samples a millisecond.
pub(super) fn micros_of(samples: i64) -> Micros {
    samples.saturating_mul(125) / 6
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_improvised_counts_for_packets_that_are_lost() {
        let mut started = Playhead::at(10, 9_600, 0);
        started.improvised = 480;

        assert_eq!(started.hole_before(10_560, 1), 480);
        assert_eq!(started.position, 10_080);
    }

    #[test]
    fn what_was_improvised_for_a_packet_that_was_only_late_makes_everything_later() {
        let mut started = Playhead::at(10, 9_600, 0);
        started.improvised = 480;

        assert_eq!(started.hole_before(9_600, 0), 0);
        assert_eq!(started.position, 9_600);
    }

    #[test]
    fn a_millisecond_is_48_samples() {
        assert_eq!(micros_of(48), 1_000);
        assert_eq!(micros_of(-960), -20_000);
    }
}
