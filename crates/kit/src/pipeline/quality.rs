//! Whether the network is poor: said late and taken back later, so that it does not flicker.

use std::time::Duration;

use carillon_rtc::TransportStats;

/// Concealment hides less loss than this.
const MUCH_LOSS: f32 = 0.05;
/// People begin to talk into each other (ITU-T G.114).
const LATE: Duration = Duration::from_millis(400);
/// A good network must have lasted so many looks to count.
const GOOD_LOOKS: u32 = 4;
/// And a poor one.
const POOR_LOOKS: u32 = 2;

/// Looks at a transport's figures once a second.
#[derive(Debug, Default)]
pub(super) struct Quality {
    received: u64,
    lost: i64,
    poor_looks: u32,
    good_looks: u32,
    is_poor: bool,
    loss_told: u8,
}

impl Quality {
    /// `Some` if the verdict has changed.
    pub(super) fn look(&mut self, stats: &TransportStats) -> Option<bool> {
        let received = stats.packets_received.saturating_sub(self.received);
        let lost = u64::try_from(stats.lost_received - self.lost).unwrap_or(0);
        (self.received, self.lost) = (stats.packets_received, stats.lost_received);
        let loss_received = lost as f32 / (received + lost).max(1) as f32;
        let is_late = stats.round_trip.is_some_and(|time| time > LATE);
        if loss_received > MUCH_LOSS || stats.loss_sent > MUCH_LOSS || is_late {
            (self.poor_looks, self.good_looks) = (self.poor_looks + 1, 0);
        } else {
            (self.poor_looks, self.good_looks) = (0, self.good_looks + 1);
        }
        let is_poor = if self.is_poor { self.good_looks < GOOD_LOOKS } else { self.poor_looks >= POOR_LOOKS };
        (std::mem::replace(&mut self.is_poor, is_poor) != is_poor).then_some(is_poor)
    }

    /// What the encoder should protect against, in percent, if that has changed.
    pub(super) fn loss_to_protect_against(&mut self, stats: &TransportStats) -> Option<u8> {
        let percent = (stats.loss_sent * 100.0).clamp(0.0, 40.0) as u8;
        (std::mem::replace(&mut self.loss_told, percent) != percent).then_some(percent)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn after(packets_received: u64, lost_received: i64) -> TransportStats {
        TransportStats { packets_received, lost_received, ..TransportStats::default() }
    }

    #[test]
    fn a_second_of_loss_is_not_a_poor_network_and_two_are() {
        let mut quality = Quality::default();
        assert_eq!(quality.look(&after(45, 5)), None);
        assert_eq!(quality.look(&after(90, 10)), Some(true));
        assert_eq!(quality.look(&after(135, 15)), None, "it is still poor");
    }

    #[test]
    fn a_poor_network_is_good_again_after_some_good_seconds() {
        let mut quality = Quality::default();
        quality.look(&after(45, 5));
        quality.look(&after(90, 10));
        let verdicts: Vec<_> = (1..=4).map(|second| quality.look(&after(90 + 50 * second, 10))).collect();
        assert_eq!(verdicts, [None, None, None, Some(false)]);
    }

    #[test]
    fn silence_is_not_loss() {
        let mut quality = Quality::default();
        quality.look(&after(50, 0));
        assert_eq!((1..5).find_map(|_| quality.look(&after(50, 0))), None);
    }

    #[test]
    fn the_encoder_hears_of_loss_only_when_it_changes() {
        let mut quality = Quality::default();
        let lossy = TransportStats { loss_sent: 0.1, ..TransportStats::default() };
        assert_eq!(quality.loss_to_protect_against(&lossy), Some(10));
        assert_eq!(quality.loss_to_protect_against(&lossy), None);
    }
}
