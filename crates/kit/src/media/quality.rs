//! Whether the network is poor: said late and taken back later, so that it does not flicker.

use std::collections::VecDeque;
use std::time::Duration;

use carillon_rtc::{End, Source, TrackId, TransportStats};

/// Speech is what suffers first, and what a call is for.
const SENT: TrackId = TrackId::sent(Source::Microphone);

/// Concealment hides less loss than this.
const MUCH_LOSS: f32 = 0.05;
/// People begin to talk into each other (ITU-T G.114).
const LATE: Duration = Duration::from_millis(400);
/// A good network must have lasted so many looks to count.
const GOOD_LOOKS: u32 = 4;
/// And a poor one.
const POOR_LOOKS: u32 = 2;

/// After a loss more are expected for so many looks.
const CAREFUL_LOOKS: usize = 10;
/// Over so many looks loss is averaged: one report speaks of some fifty packets.
const MEAN_LOOKS: usize = 4;
/// From here on a packet and the next are often lost together.
const TWICE_LOST: f32 = 0.06;
/// What a path loses on which nothing was sent yet: the first word must not wait for the first report.
const PRESUMED_LOSS: f32 = 0.1;

/// Looks at a transport's figures once a second.
#[derive(Debug)]
pub(super) struct Quality {
    received: u64,
    lost: i64,
    poor_looks: u32,
    good_looks: u32,
    is_poor: bool,
    /// What the other end missed of ours, the latest last.
    losses: VecDeque<f32>,
    told: Protection,
}

/// What is done against loss on the way to the other end.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Protection {
    /// For the encoder, whose packets may carry a rough copy of the one before.
    pub(super) percent: u8,
    /// How many whole frames a packet repeats, where the other end takes that.
    pub(super) earlier_frames: usize,
}

impl Quality {
    pub(super) fn new() -> Self {
        Self {
            received: 0,
            lost: 0,
            poor_looks: 0,
            good_looks: 0,
            is_poor: false,
            losses: VecDeque::from([PRESUMED_LOSS]),
            told: protection_against(&[PRESUMED_LOSS].into(), PRESUMED_LOSS),
        }
    }

    /// What was said last.
    pub(super) fn is_poor(&self) -> bool {
        self.is_poor
    }

    /// How what is sent is protected now.
    pub(super) fn protection(&self) -> Protection {
        self.told
    }

    /// `Some` if the verdict has changed.
    pub(super) fn look(&mut self, stats: &TransportStats) -> Option<bool> {
        // In a group call voices come by several slots.
        let voices = || stats.tracks.iter().filter(|track| is_voice(track.id));
        let (frames, all_lost) =
            (voices().map(|voice| voice.frames).sum::<u64>(), voices().map(|voice| voice.lost).sum::<i64>());
        let received = frames.saturating_sub(self.received);
        let lost = u64::try_from(all_lost - self.lost).unwrap_or(0);
        (self.received, self.lost) = (frames, all_lost);
        let loss_received = lost as f32 / (received + lost).max(1) as f32;
        let is_late = stats.round_trip.is_some_and(|time| time > LATE);
        if loss_received > MUCH_LOSS || stats.of(SENT).loss > MUCH_LOSS || is_late {
            (self.poor_looks, self.good_looks) = (self.poor_looks + 1, 0);
        } else {
            (self.poor_looks, self.good_looks) = (0, self.good_looks + 1);
        }
        let is_poor = if self.is_poor { self.good_looks < GOOD_LOOKS } else { self.poor_looks >= POOR_LOOKS };
        (std::mem::replace(&mut self.is_poor, is_poor) != is_poor).then_some(is_poor)
    }

    /// How to protect what is sent from now on, if that has changed.
    pub(super) fn look_at_losses(&mut self, stats: &TransportStats) -> Option<Protection> {
        let loss = stats.of(SENT).loss;
        self.losses.push_back(loss);
        if self.losses.len() > CAREFUL_LOOKS {
            self.losses.pop_front();
        }
        let protection = protection_against(&self.losses, loss);
        (std::mem::replace(&mut self.told, protection) != protection).then_some(protection)
    }
}

fn is_voice(track: TrackId) -> bool {
    track.end == End::Other && track.source == Source::Microphone
}

fn protection_against(losses: &VecDeque<f32>, latest: f32) -> Protection {
    let last = losses.iter().rev().take(MEAN_LOOKS);
    let mean = last.clone().sum::<f32>() / last.count().max(1) as f32;
    let earlier_frames = match losses.iter().any(|loss| *loss > 0.0) {
        true if mean > TWICE_LOST => 2,
        any => usize::from(any),
    };
    Protection { percent: (latest * 100.0).clamp(0.0, 40.0) as u8, earlier_frames }
}

#[cfg(test)]
mod tests {
    use carillon_rtc::TrackStats;

    use super::*;

    const RECEIVED: TrackId = TrackId::received(Source::Microphone);

    fn after(frames: u64, lost: i64) -> TransportStats {
        of(TrackStats { frames, lost, ..TransportStats::default().of(RECEIVED) })
    }

    #[test]
    fn a_second_of_loss_is_not_a_poor_network_and_two_are() {
        let mut quality = Quality::new();
        assert_eq!(quality.look(&after(45, 5)), None);
        assert_eq!(quality.look(&after(90, 10)), Some(true));
        assert_eq!(quality.look(&after(135, 15)), None, "it is still poor");
    }

    #[test]
    fn a_poor_network_is_good_again_after_some_good_seconds() {
        let mut quality = Quality::new();
        quality.look(&after(45, 5));
        quality.look(&after(90, 10));
        let verdicts: Vec<_> = (1..=4).map(|second| quality.look(&after(90 + 50 * second, 10))).collect();
        assert_eq!(verdicts, [None, None, None, Some(false)]);
    }

    #[test]
    fn in_a_group_call_what_any_voice_loses_counts() {
        let mut quality = Quality::new();
        let heard = |second: u64| {
            let voice = |slot| TrackStats { frames: 45 * second, lost: 5 * second as i64, ..voice_in(slot) };
            TransportStats { tracks: vec![voice_in(0), voice(1), voice(2)], ..TransportStats::default() }
        };

        assert_eq!((1..=2).find_map(|second| quality.look(&heard(second))), Some(true));
    }

    #[test]
    fn silence_is_not_loss() {
        let mut quality = Quality::new();
        quality.look(&after(50, 0));
        assert_eq!((1..5).find_map(|_| quality.look(&after(50, 0))), None);
    }

    #[test]
    fn the_beginning_is_protected_and_a_clean_path_no_longer() {
        let mut quality = Quality::new();
        assert_eq!(quality.protection().earlier_frames, 2, "before the first report");

        let told: Vec<_> = (0..20).filter_map(|_| quality.look_at_losses(&missing(0.0))).collect();

        assert_eq!(told.iter().map(|told| told.earlier_frames).collect::<Vec<_>>(), [1, 0]);
    }

    #[test]
    fn a_loss_is_protected_against_at_once_and_only_told_when_it_changes() {
        let mut quality = calm();
        assert_eq!(quality.look_at_losses(&missing(0.02)), Some(Protection { percent: 2, earlier_frames: 1 }));
        assert_eq!(quality.look_at_losses(&missing(0.02)), None);
    }

    #[test]
    fn where_two_are_lost_in_a_row_two_are_repeated() {
        let mut quality = calm();
        let told: Vec<_> = (0..2).filter_map(|_| quality.look_at_losses(&missing(0.2))).collect();
        assert_eq!(told.last(), Some(&Protection { percent: 20, earlier_frames: 2 }));
    }

    #[test]
    fn protection_ends_some_seconds_after_the_last_loss() {
        let mut quality = calm();
        quality.look_at_losses(&missing(0.02));
        let told: Vec<_> = (0..CAREFUL_LOOKS).filter_map(|_| quality.look_at_losses(&missing(0.0))).collect();
        assert_eq!(told.first().map(|first| first.earlier_frames), Some(1), "one good second means little");
        assert_eq!(told.last(), Some(&Protection::default()));
    }

    /// After some seconds on a clean path.
    fn calm() -> Quality {
        let mut quality = Quality::new();
        for _ in 0..CAREFUL_LOOKS {
            quality.look_at_losses(&missing(0.0));
        }
        quality
    }

    fn voice_in(slot: u8) -> TrackStats {
        TransportStats::default().of(TrackId::received_in(Source::Microphone, slot))
    }

    fn missing(loss: f32) -> TransportStats {
        of(TrackStats { loss, ..TransportStats::default().of(SENT) })
    }

    fn of(track: TrackStats) -> TransportStats {
        TransportStats { tracks: vec![track], ..TransportStats::default() }
    }
}
