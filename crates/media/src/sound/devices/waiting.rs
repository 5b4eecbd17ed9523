//! What programs have played, until it is taken 20 ms at a time.

use std::collections::VecDeque;

use crate::sound::frame::PACKET;

/// Left and right.
pub(in crate::sound) const CHANNELS: usize = 2;
/// What has come waits until there is so much of it, so that a late block leaves no hole …
const READY: usize = 2 * PACKET * CHANNELS;
/// … and beyond this the oldest is left out: the clocks of the system's sound and of the call differ a little.
pub(super) const TOO_MUCH: usize = 8 * PACKET * CHANNELS;

/// What has been played and nobody has taken yet, left and right by turns.
#[derive(Default)]
pub(super) struct Waiting {
    samples: VecDeque<f32>,
    /// There was enough, and it has not run out since.
    is_ready: bool,
}

impl Waiting {
    /// What is no number is silence.
    pub(super) fn push(&mut self, samples: impl Iterator<Item = f32>) {
        self.samples.extend(samples.map(|sample| if sample.is_finite() { sample } else { 0.0 }));
        if self.samples.len() > TOO_MUCH {
            let whole = (self.samples.len() - READY).next_multiple_of(CHANNELS);
            self.samples.drain(..whole);
        }
    }

    /// Adds as much of it as there is room.
    pub(super) fn add_to(&mut self, into: &mut [f32]) {
        self.is_ready |= self.samples.len() >= READY;
        if !self.is_ready {
            return;
        }
        self.is_ready = self.samples.len() >= into.len();
        let there = self.samples.len().min(into.len());
        into.iter_mut().zip(self.samples.drain(..there)).for_each(|(sum, sample)| *sum += sample);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_late_block_leaves_no_hole_and_what_ran_out_waits_for_enough_again() {
        let mut waiting = Waiting::default();

        // For each 20 ms: how many blocks of 20 ms come before them.
        let heard: Vec<usize> = [1, 1, 1, 0, 1, 0, 0, 1, 1].map(|blocks| waiting.next(blocks)).to_vec();

        let all = PACKET * CHANNELS;
        assert_eq!(heard, [0, all, all, all, all, 0, 0, 0, all]);
    }

    #[test]
    fn what_was_not_taken_in_time_is_left_out_and_the_latest_is_kept() {
        let mut waiting = Waiting::default();

        waiting.push((0..2 * TOO_MUCH).map(|at| at as f32));

        assert_eq!(waiting.samples.len(), READY);
        assert_eq!(waiting.samples.back(), Some(&((2 * TOO_MUCH - 1) as f32)));
    }

    impl Waiting {
        /// How many samples of the next 20 ms are heard.
        fn next(&mut self, blocks: usize) -> usize {
            (0..blocks).for_each(|_| self.push([0.5; PACKET * CHANNELS].into_iter()));
            let mut into = [0.0; PACKET * CHANNELS];
            self.add_to(&mut into);
            into.iter().filter(|sample| **sample > 0.0).count()
        }
    }
}
