//! Which sizes of a camera are made side by side, and with how many bits each. Pure: the time and all figures are arguments.
//!
//! * A size that nobody wants is not made, nor one that the camera has no more rows for than the size below.
//! * Bits are given from the smallest size up: each has what it needs before a larger one has any. A larger one that would have too little
//!   is not made, and the one below it takes its place.
//! * What is left then goes to the largest that is made, and what makes that one no better to the next.
//! * A machine that cannot keep up loses its largest size first, and the smallest never; each time it waits longer before it tries again.

use std::time::{Duration, Instant};

use super::degradation::{
    BEGINNING, BUSY, BUSY_FOR, CAMERA_RATES, DOWN_AFTER, ENOUGH, FIRST_UP_AFTER, IDLE, IDLE_FOR, Lasting,
    MORE_THAN_ENOUGH, MOST, UP_AFTER, needs,
};
use super::encoder::PictureContent;
use super::fit::within_rows;
use super::picture::PictureSize;

/// In how many sizes a camera is sent at most.
pub const PICTURE_LAYERS: usize = 3;

/// How many rows each has at most, the smallest first.
pub(super) const ROWS: [u32; PICTURE_LAYERS] = [180, 360, 720];

/// A machine that was too slow again and again is tried no more often.
const LONGEST_PATIENCE: Duration = Duration::from_secs(320);

/// What comes from the camera, and what there is for it. Of each size, the smallest first.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Given {
    /// The camera's size.
    pub(super) size: PictureSize,
    /// Its pictures a second.
    pub(super) frame_rate: u32,
    /// Bits a second, for all sizes together.
    pub(super) budget: u32,
    /// Whether somebody wants it.
    pub(super) wanted: [bool; PICTURE_LAYERS],
    /// How long encoding takes, as a share of the time between two pictures.
    pub(super) loads: [f64; PICTURE_LAYERS],
}

/// Bits a second of each size, the smallest first; `None`: it is not made.
pub(super) type Shares = [Option<u32>; PICTURE_LAYERS];

/// Decides which sizes of one camera are made.
#[derive(Debug, Default)]
pub(super) struct Layers {
    began_at: Option<Instant>,
    were_on: [bool; PICTURE_LAYERS],
    fits: [Fit; PICTURE_LAYERS],
    speed: Speed,
}

/// Whether there are bits for a size.
#[derive(Debug, Default)]
struct Fit {
    /// There were too few, and are not enough again.
    is_dropped: bool,
    scarce: Lasting,
    ample: Lasting,
}

impl Fit {
    fn has_room(&mut self, share: f64, was_on: bool, up_after: Duration, now: Instant) -> bool {
        let is_ample = self.ample.is_so(share >= MORE_THAN_ENOUGH, up_after, now);
        let is_scarce = self.scarce.is_so(share < ENOUGH, DOWN_AFTER, now);
        // What has not begun does not begin with too little.
        let drops = is_scarce || (!was_on && share < ENOUGH);
        self.is_dropped = drops || (self.is_dropped && !is_ample);
        !self.is_dropped
    }
}

/// How many sizes the machine can make.
#[derive(Debug)]
struct Speed {
    lost: usize,
    patience: Duration,
    busy: Lasting,
    idle: Lasting,
}

impl Default for Speed {
    fn default() -> Self {
        Self { lost: 0, patience: IDLE_FOR, busy: Lasting::default(), idle: Lasting::default() }
    }
}

impl Speed {
    /// How many of the largest sizes are not made.
    fn lost(&mut self, load: f64, most: usize, now: Instant) -> usize {
        if self.busy.is_so(load > BUSY, BUSY_FOR, now) && self.lost < most {
            self.lost += 1;
            self.patience = (self.patience * 2).min(LONGEST_PATIENCE);
        }
        if self.idle.is_so(load < IDLE, self.patience, now) {
            self.lost = self.lost.saturating_sub(1);
        }
        self.lost.min(most)
    }
}

impl Layers {
    /// How the next picture is to be made.
    pub(super) fn plan(&mut self, given: Given, now: Instant) -> Shares {
        let load = self.loads(given).fold(0.0, f64::max);
        let largest = largest_of(given.size);
        let kept = largest - self.speed.lost(load, largest, now);
        let mut wanted = folded(given.wanted, kept);
        let shares = loop {
            match self.share(given, wanted, now) {
                Ok(shares) => break shares,
                Err(too_large) => {
                    wanted[too_large] = false;
                    wanted[too_large - 1] = true;
                }
            }
        };
        self.were_on = shares.map(|share| share.is_some());
        shares
    }

    /// Of the sizes that are made: what was measured of another one is old.
    fn loads(&self, given: Given) -> impl Iterator<Item = f64> {
        given.loads.into_iter().zip(self.were_on).filter(|(_, is_on)| *is_on).map(|(load, _)| load)
    }

    /// From the smallest up; or the size that has too little. The smallest of all has what there is.
    fn share(&mut self, given: Given, wanted: [bool; PICTURE_LAYERS], now: Instant) -> Result<Shares, usize> {
        let began_at = *self.began_at.get_or_insert(now);
        let is_beginning = now.saturating_duration_since(began_at) < BEGINNING;
        let up_after = if is_beginning { FIRST_UP_AFTER } else { UP_AFTER };
        let (mut left, mut shares) = (given.budget, Shares::default());
        for at in (0..PICTURE_LAYERS).filter(|at| wanted[*at]) {
            let needs = needed(given, at);
            let share = f64::from(left) / f64::from(needs.max(1));
            if at > 0 && !self.fits[at].has_room(share, self.were_on[at], up_after, now) {
                return Err(at);
            }
            shares[at] = Some(left.min(needs));
            left -= left.min(needs);
        }
        for (at, share) in shares.iter_mut().enumerate().rev() {
            let Some(share) = share else { continue };
            let more = left.min((f64::from(needed(given, at)) * (MOST - 1.0)) as u32);
            *share += more;
            left -= more;
        }
        Ok(shares)
    }
}

/// The largest size that the camera has rows for.
fn largest_of(size: PictureSize) -> usize {
    (1..PICTURE_LAYERS).rev().find(|at| size.height() > ROWS[at - 1] as usize).unwrap_or(0)
}

/// Whoever wants a size that is not made has the largest that is.
fn folded(wanted: [bool; PICTURE_LAYERS], largest: usize) -> [bool; PICTURE_LAYERS] {
    let mut folded = [false; PICTURE_LAYERS];
    for at in (0..PICTURE_LAYERS).filter(|at| wanted[*at]) {
        folded[at.min(largest)] = true;
    }
    folded
}

fn needed(given: Given, layer: usize) -> u32 {
    let rate = given.frame_rate.clamp(1, CAMERA_RATES[0]);
    needs(PictureContent::Camera, within_rows(given.size, ROWS[layer]), rate) as u32
}

#[cfg(test)]
mod tests {
    use super::*;

    const PLENTY: u32 = 4_000_000;

    #[test]
    fn what_nobody_wants_is_not_made() {
        let made = |wanted| Watched::new(PLENTY, wanted).made();

        assert_eq!(made([true, true, true]), [true, true, true]);
        assert_eq!(made([true, false, true]), [true, false, true]);
        assert_eq!(made([true, false, false]), [true, false, false]);
        assert_eq!(made([false, false, false]), [false, false, false]);
    }

    #[test]
    fn a_size_that_the_camera_has_no_rows_for_is_not_made_and_the_largest_takes_its_place() {
        let made = |width, height| {
            let mut camera = Watched::new(PLENTY, [true, false, true]);
            camera.given.size = PictureSize::new(width, height).expect("a size");
            camera.made()
        };

        assert_eq!(made(1920, 1080), [true, false, true]);
        assert_eq!(made(640, 480), [true, false, true]);
        assert_eq!(made(640, 360), [true, true, false]);
        assert_eq!(made(320, 180), [true, false, false]);
        assert_eq!(made(16, 16), [true, false, false]);
    }

    #[test]
    fn bits_are_given_from_the_smallest_size_up_and_what_has_too_few_is_not_made() {
        let made = |budget| Watched::new(budget, [true; 3]).made();

        assert_eq!(made(1_500_000), [true, true, true]);
        assert_eq!(made(1_000_000), [true, true, false]);
        assert_eq!(made(250_000), [true, false, false]);
        assert_eq!(Watched::new(50_000, [true; 3]).plan(), [Some(50_000), None, None]);
        assert_eq!(Watched::new(0, [true; 3]).plan(), [Some(0), None, None], "its own encoder pauses");
    }

    #[test]
    fn in_the_place_of_a_size_that_has_too_few_the_one_below_is_made() {
        assert_eq!(Watched::new(600_000, [true, false, true]).made(), [true, true, false]);
        assert_eq!(Watched::new(250_000, [false, false, true]).made(), [false, true, false]);
    }

    #[test]
    fn what_is_left_goes_to_the_largest_and_what_makes_it_no_better_to_the_next() {
        let [small, medium, large] = Watched::new(1_800_000, [true; 3]).plan().map(Option::unwrap_or_default);
        let needed = [0, 1, 2].map(|at| needed(Watched::new(0, [true; 3]).given, at));
        assert_eq!([small, medium], [needed[0], needed[1]]);
        assert_eq!(small + medium + large, 1_800_000);

        let [small, medium, large] = Watched::new(20_000_000, [true; 3]).plan().map(Option::unwrap_or_default);
        assert_eq!([small, medium, large], needed.map(|needed| needed * 2));
    }

    #[test]
    fn never_more_is_given_than_there_is() {
        for budget in (0..4_000_000).step_by(37_000) {
            for wanted in 0..8 {
                let wanted = [0, 1, 2].map(|at| wanted & (1 << at) != 0);
                let given: u32 = Watched::new(budget, wanted).plan().into_iter().flatten().sum();
                assert!(given <= budget, "{given} of {budget}");
            }
        }
    }

    #[test]
    fn a_size_that_is_wanted_is_made_with_the_next_picture() {
        let mut camera = Watched::new(PLENTY, [true, false, false]);
        camera.after(30.0);

        camera.given.wanted = [true, false, true];

        assert_eq!(camera.made(), [true, false, true]);
    }

    #[test]
    fn a_moment_of_little_is_nothing_and_what_was_given_up_is_taken_back_after_some_time_of_more_than_enough() {
        let mut camera = Watched::new(2_000_000, [true; 3]);
        camera.after(10.0);

        camera.given.budget = 800_000;
        assert_eq!(camera.after(0.3), [true; 3]);
        assert_eq!(camera.after(0.5), [true, true, false]);
        camera.given.budget = 1_400_000;
        assert_eq!(camera.after(10.0), [true, true, false], "enough, and not more");
        camera.given.budget = 1_800_000;
        assert_eq!(camera.after(2.0), [true, true, false], "not long enough");
        assert_eq!(camera.after(2.0), [true; 3]);
    }

    #[test]
    fn at_the_beginning_what_the_path_turns_out_to_carry_is_used_soon() {
        let mut camera = Watched::new(500_000, [true; 3]);
        assert_eq!(camera.after(0.5), [true, true, false]);

        camera.given.budget = 2_000_000;

        assert_eq!(camera.after(0.6), [true; 3]);
    }

    #[test]
    fn a_machine_that_cannot_keep_up_loses_its_largest_size_first_and_the_smallest_never() {
        let mut camera = Watched::new(PLENTY, [true; 3]);
        camera.given.loads = [0.1, 0.5, 1.2];
        assert_eq!(camera.after(0.5), [true; 3], "a moment is nothing");
        assert_eq!(camera.after(0.7), [true, true, false]);

        camera.given.loads = [0.1, 0.5, 1.2];
        assert_eq!(camera.after(30.0), [true, true, false], "what the lost one took is not what the others take");
        camera.given.loads = [1.2, 1.2, 1.2];
        assert_eq!(camera.after(30.0), [true, false, false]);
    }

    #[test]
    fn a_machine_is_tried_again_and_each_time_after_longer() {
        let mut camera = Watched::new(PLENTY, [true; 3]);
        camera.made();
        let (busy, idle) = ([1.2; 3], [0.1; 3]);

        let mut waited = Vec::new();
        for _ in 0..3 {
            camera.given.loads = busy;
            camera.after(1.2);
            camera.given.loads = idle;
            waited.push((1..1_000).find(|_| camera.after(1.0)[2]).expect("it is tried again"));
        }

        assert!(waited.windows(2).all(|pair| pair[1] > pair[0] + pair[0] / 2), "{waited:?}");
    }

    struct Watched {
        layers: Layers,
        given: Given,
        now: Instant,
    }

    impl Watched {
        fn new(budget: u32, wanted: [bool; PICTURE_LAYERS]) -> Self {
            let size = PictureSize::new(1280, 720).expect("a size");
            let given = Given { size, frame_rate: 30, budget, wanted, loads: [0.5; PICTURE_LAYERS] };
            Self { layers: Layers::default(), given, now: Instant::now() }
        }

        fn plan(&mut self) -> Shares {
            self.layers.plan(self.given, self.now)
        }

        fn made(&mut self) -> [bool; PICTURE_LAYERS] {
            self.plan().map(|share| share.is_some())
        }

        /// As it is after so many seconds, a picture every tenth of one.
        fn after(&mut self, seconds: f64) -> [bool; PICTURE_LAYERS] {
            for _ in 0..(seconds * 10.0).round() as u32 {
                self.now += Duration::from_millis(100);
                self.plan();
            }
            self.made()
        }
    }
}
