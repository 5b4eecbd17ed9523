//! What is given up when the path or the machine does not carry the whole picture, and when it is taken back.
//!
//! Of a camera the size goes first, for motion is what makes it alive; of a screen the pictures a second, for text must stay sharp. Pure:
//! the time and all figures are arguments.

use std::time::{Duration, Instant};

use super::encoder::PictureContent;
use super::picture::PictureSize;

/// What 720p of a camera needs at thirty pictures a second, in bits a second, to look well. More pixels need less for each.
const CAMERA_NEEDS: f64 = 1_000_000.0;
/// And of a screen, for each picture a second: most of it stands still.
const SCREEN_NEEDS: f64 = 20_000.0;
const REFERENCE_PIXELS: f64 = 921_600.0;
const GROWTH: f64 = 0.9;
/// More than so many times what it needs makes no picture better.
pub(super) const MOST: f64 = 2.0;
/// Shares of the source's width and height, in eighths.
const SIZES: [usize; 6] = [8, 6, 4, 3, 2, 1];
/// A smaller picture shows nothing.
const LEAST_PIXELS: usize = 160 * 90;
/// A screen whose text cannot be read shows nothing either.
const LEAST_SCREEN_PIXELS: usize = 640 * 360;
/// Pictures a second, the best first.
pub(super) const CAMERA_RATES: [u32; 4] = [30, 20, 15, 10];
const SCREEN_RATES: [u32; 4] = [15, 10, 7, 5];
/// Below it pictures pause, and above it they go on, in bits a second.
const PAUSES_BELOW: u32 = 40_000;
const GOES_ON_FROM: u32 = 60_000;
/// A step is left when there is less than this share of what it needs for so long …
pub(super) const ENOUGH: f64 = 0.75;
pub(super) const DOWN_AFTER: Duration = Duration::from_millis(500);
/// … and taken when there is so much more than it needs for so long; sooner while the path is still being found out.
pub(super) const MORE_THAN_ENOUGH: f64 = 1.15;
pub(super) const UP_AFTER: Duration = Duration::from_secs(3);
pub(super) const FIRST_UP_AFTER: Duration = Duration::from_millis(400);
pub(super) const BEGINNING: Duration = Duration::from_secs(5);
/// Encoding takes such a share of the time between two pictures: too much, and little enough to try more.
pub(super) const BUSY: f64 = 0.8;
pub(super) const IDLE: f64 = 0.4;
pub(super) const BUSY_FOR: Duration = Duration::from_secs(1);
pub(super) const IDLE_FOR: Duration = Duration::from_secs(10);

/// What comes from the source, and what there is for it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Circumstances {
    /// The source's size.
    pub(super) size: PictureSize,
    /// Its pictures a second.
    pub(super) frame_rate: u32,
    /// Bits a second.
    pub(super) budget: u32,
    /// How long encoding takes, as a share of the time between two pictures.
    pub(super) load: f64,
}

/// How pictures are to be made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PicturePlan {
    /// How large.
    pub(super) size: PictureSize,
    /// How many a second.
    pub(super) frame_rate: u32,
    /// With how many bits a second.
    pub(super) bitrate: u32,
}

/// Decides how one source's pictures are made.
#[derive(Debug)]
pub(super) struct Degradation {
    content: PictureContent,
    began_at: Option<Instant>,
    /// How far down the ladder it is for want of bits, and of time.
    step: usize,
    busy_steps: usize,
    is_paused: bool,
    scarce: Lasting,
    ample: Lasting,
    busy: Lasting,
    idle: Lasting,
}

/// How long something has been so.
#[derive(Debug, Default)]
pub(super) struct Lasting {
    since: Option<Instant>,
}

impl Lasting {
    /// Says whether it has been so for `long`; then it begins anew.
    pub(super) fn is_so(&mut self, is_so: bool, long: Duration, now: Instant) -> bool {
        if !is_so {
            self.since = None;
            return false;
        }
        let lasts = now.saturating_duration_since(*self.since.get_or_insert(now));
        if lasts >= long {
            self.since = None;
        }
        lasts >= long
    }
}

impl Degradation {
    /// Begins as well as the budget allows.
    pub(super) fn new(content: PictureContent) -> Self {
        Self {
            content,
            began_at: None,
            step: 0,
            busy_steps: 0,
            is_paused: false,
            scarce: Lasting::default(),
            ample: Lasting::default(),
            busy: Lasting::default(),
            idle: Lasting::default(),
        }
    }

    /// How the next picture is to be made. `None`: there is not enough for any picture, and none is made.
    pub(super) fn plan(&mut self, given: Circumstances, now: Instant) -> Option<PicturePlan> {
        let threshold = if self.is_paused { GOES_ON_FROM } else { PAUSES_BELOW };
        self.is_paused = given.budget < threshold;
        if self.is_paused {
            return None;
        }
        let ladder = self.ladder(given);
        self.find_step(&ladder, given.budget, now);
        self.heed_load(given.load, ladder.len(), now);
        let (size, frame_rate) = ladder[(self.step + self.busy_steps).min(ladder.len() - 1)];
        Some(PicturePlan { size, frame_rate, bitrate: given.budget.min(self.most(size, frame_rate)) })
    }

    /// In bits a second: with more, pictures of this size would look no better.
    pub(super) fn most(&self, size: PictureSize, frame_rate: u32) -> u32 {
        (MOST * needs(self.content, size, frame_rate)) as u32
    }

    fn find_step(&mut self, ladder: &[(PictureSize, u32)], budget: u32, now: Instant) {
        let budget = f64::from(budget);
        let last = ladder.len() - 1;
        let needs: Vec<f64> = ladder.iter().map(|(size, rate)| needs(self.content, *size, *rate)).collect();
        let carries = |step: usize, share: f64| budget >= share * needs[step];
        self.step = self.step.min(last);
        let began_at = match self.began_at {
            Some(began_at) => began_at,
            None => {
                self.step = (0..last).find(|step| carries(*step, ENOUGH)).unwrap_or(last);
                *self.began_at.insert(now)
            }
        };
        let is_beginning = now.saturating_duration_since(began_at) < BEGINNING;
        let (is_scarce, step) = (!carries(self.step, ENOUGH), self.step);
        let is_ample = step > 0 && carries(step - 1, MORE_THAN_ENOUGH);
        let next_down = (step..last).find(|step| carries(*step, ENOUGH)).unwrap_or(last);
        let next_up = (0..step).find(|step| carries(*step, MORE_THAN_ENOUGH)).unwrap_or(step);
        if self.scarce.is_so(is_scarce, DOWN_AFTER, now) {
            self.step = next_down;
        }
        let up_after = if is_beginning { FIRST_UP_AFTER } else { UP_AFTER };
        if self.ample.is_so(is_ample, up_after, now) {
            self.step = next_up;
        }
    }

    /// A machine that cannot keep up must have time for the sound.
    fn heed_load(&mut self, load: f64, steps: usize, now: Instant) {
        if self.busy.is_so(load > BUSY, BUSY_FOR, now) {
            self.busy_steps = (self.busy_steps + 1).min(steps - 1);
        }
        if self.idle.is_so(load < IDLE, IDLE_FOR, now) {
            self.busy_steps = self.busy_steps.saturating_sub(1);
        }
    }

    /// From the whole picture downwards: what is given up first changes first.
    fn ladder(&self, given: Circumstances) -> Vec<(PictureSize, u32)> {
        let (least, rates) = match self.content {
            PictureContent::Camera => (LEAST_PIXELS, CAMERA_RATES),
            PictureContent::Screen => (LEAST_SCREEN_PIXELS, SCREEN_RATES),
        };
        let sizes = sizes(given.size, least);
        let rates: Vec<u32> = rates.iter().map(|rate| (*rate).min(given.frame_rate.max(1))).collect();
        let (best, worst) = (rates[0], rates[rates.len() - 1]);
        let smallest = sizes[sizes.len() - 1];
        let mut ladder: Vec<(PictureSize, u32)> = match self.content {
            PictureContent::Camera => {
                let smaller = sizes.iter().map(|size| (*size, best));
                smaller.chain(rates.iter().skip(1).map(|rate| (smallest, *rate))).collect()
            }
            PictureContent::Screen => {
                let slower = rates.iter().map(|rate| (given.size, *rate));
                slower.chain(sizes.iter().skip(1).map(|size| (*size, worst))).collect()
            }
        };
        ladder.dedup();
        ladder
    }
}

/// In bits a second: with so many, pictures of this size look well.
pub(super) fn needs(content: PictureContent, size: PictureSize, frame_rate: u32) -> f64 {
    let for_size = ((size.width() * size.height()) as f64 / REFERENCE_PIXELS).powf(GROWTH);
    for_size
        * match content {
            // Half as many pictures a second need more than half.
            PictureContent::Camera => CAMERA_NEEDS * (f64::from(frame_rate) / 30.0).powf(0.7),
            PictureContent::Screen => SCREEN_NEEDS * f64::from(frame_rate),
        }
}

/// The source's size, and what it may be made smaller to.
fn sizes(whole: PictureSize, least_pixels: usize) -> Vec<PictureSize> {
    let even = |side: usize, eighths: usize| (side * eighths / 8) & !1;
    let smaller = SIZES.iter().skip(1).filter_map(|eighths| {
        let (width, height) = (even(whole.width(), *eighths), even(whole.height(), *eighths));
        PictureSize::new(width, height).ok().filter(|_| width * height >= least_pixels)
    });
    std::iter::once(whole).chain(smaller).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_camera_begins_as_large_as_the_budget_allows() {
        let begins = |budget| {
            let mut camera = Watched::new(PictureContent::Camera, budget);
            camera.plan().map(|plan| (plan.size.height(), plan.frame_rate))
        };

        assert_eq!(begins(2_000_000), Some((720, 30)));
        assert_eq!(begins(600_000), Some((540, 30)));
        assert_eq!(begins(250_000), Some((360, 30)));
        assert_eq!(begins(100_000), Some((180, 30)));
        assert_eq!(begins(45_000), Some((90, 30)));
    }

    #[test]
    fn a_camera_that_has_too_little_becomes_smaller_before_it_becomes_slower() {
        let mut camera = Watched::new(PictureContent::Camera, 2_000_000);
        camera.plan();

        camera.given.budget = 300_000;
        assert_eq!(camera.after(0.3).size.height(), 720, "a moment of little is nothing");
        let plan = camera.after(0.5);

        assert_eq!((plan.size.height(), plan.frame_rate, plan.bitrate), (360, 30, 300_000));
    }

    #[test]
    fn what_was_given_up_is_taken_back_only_when_there_is_more_than_enough_for_some_time() {
        let mut camera = Watched::new(PictureContent::Camera, 600_000);
        camera.after(10.0);

        camera.given.budget = 1_050_000;
        assert_eq!(camera.after(10.0).size.height(), 540, "enough, and not more");
        camera.given.budget = 1_300_000;
        assert_eq!(camera.after(2.0).size.height(), 540, "not long enough");
        assert_eq!(camera.after(2.0).size.height(), 720);
    }

    #[test]
    fn at_the_beginning_what_the_path_turns_out_to_carry_is_used_soon() {
        let mut camera = Watched::new(PictureContent::Camera, 300_000);
        assert_eq!(camera.after(0.2).size.height(), 360);

        camera.given.budget = 2_000_000;

        assert_eq!(camera.after(0.5).size.height(), 720);
    }

    #[test]
    fn a_budget_that_swings_around_a_step_does_not_make_the_size_swing() {
        let mut camera = Watched::new(PictureContent::Camera, 1_000_000);
        camera.after(10.0);
        let mut heights = Vec::new();

        for turn in 0..40 {
            camera.given.budget = if turn % 2 == 0 { 800_000 } else { 1_200_000 };
            heights.push(camera.after(1.0).size.height());
        }

        assert!(heights.iter().all(|height| *height == 720), "{heights:?}");
    }

    #[test]
    fn a_screen_becomes_slower_and_stays_sharp_as_long_as_possible() {
        let mut screen = Watched::new(PictureContent::Screen, 2_000_000);
        let mut at = |budget| {
            screen.given.budget = budget;
            let plan = screen.after(1.0);
            (plan.size.height(), plan.frame_rate)
        };

        assert_eq!(at(2_000_000), (720, 15));
        assert_eq!(at(160_000), (720, 10));
        assert_eq!(at(80_000), (720, 5));
        assert_eq!(at(45_000), (540, 5), "only then smaller");
    }

    #[test]
    fn below_what_any_picture_needs_they_pause_and_go_on_with_some_more() {
        let mut camera = Watched::new(PictureContent::Camera, 30_000);

        assert_eq!(camera.plan(), None);
        camera.given.budget = 50_000;
        assert_eq!(camera.plan(), None, "not yet");
        camera.given.budget = 60_000;
        assert!(camera.plan().is_some());
        camera.given.budget = 50_000;
        assert!(camera.plan().is_some(), "that is enough to go on with");
    }

    #[test]
    fn a_machine_that_cannot_keep_up_gives_up_size_and_then_pictures() {
        let mut camera = Watched::new(PictureContent::Camera, 2_000_000);
        camera.plan();

        camera.given.load = 1.2;
        let plans: Vec<_> = (0..9).map(|_| camera.after(1.1)).collect();

        assert_eq!(plans[0].size.height(), 540);
        assert_eq!(plans[1].size.height(), 360);
        assert_eq!(plans[8].frame_rate, 10, "{plans:?}");
        camera.given.load = 0.2;
        assert_eq!(camera.after(9.0).frame_rate, 10, "it is not tried again at once");
        assert_eq!(camera.after(2.0).frame_rate, 15);
    }

    #[test]
    fn more_bits_than_a_picture_can_use_are_not_asked_for() {
        let mut camera = Watched::new(PictureContent::Camera, 8_000_000);
        assert_eq!(camera.plan().map(|plan| plan.bitrate), Some(2_000_000));
    }

    #[test]
    fn a_source_keeps_its_proportions_and_its_own_rate() {
        let mut camera = Watched::new(PictureContent::Camera, 100_000);
        camera.given.size = PictureSize::new(720, 1280).expect("a size");
        camera.given.frame_rate = 12;

        let plan = camera.plan().expect("enough");

        assert_eq!((plan.size.width() * 16, plan.frame_rate), (plan.size.height() * 9, 12));
    }

    #[test]
    fn the_smallest_source_is_made_no_smaller() {
        let mut camera = Watched::new(PictureContent::Camera, 40_000);
        camera.given.size = PictureSize::new(16, 16).expect("a size");

        assert_eq!(camera.plan().map(|plan| plan.size), Some(camera.given.size));
    }

    struct Watched {
        degradation: Degradation,
        given: Circumstances,
        now: Instant,
    }

    impl Watched {
        fn new(content: PictureContent, budget: u32) -> Self {
            let size = PictureSize::new(1280, 720).expect("a size");
            let given = Circumstances { size, frame_rate: 30, budget, load: 0.5 };
            Self { degradation: Degradation::new(content), given, now: Instant::now() }
        }

        fn plan(&mut self) -> Option<PicturePlan> {
            self.degradation.plan(self.given, self.now)
        }

        /// As it is after so many seconds, a picture every tenth of one.
        fn after(&mut self, seconds: f64) -> PicturePlan {
            let mut plan = self.plan();
            for _ in 0..(seconds * 10.0).round() as u32 {
                self.now += Duration::from_millis(100);
                plan = self.plan();
            }
            plan.expect("enough for a picture")
        }
    }
}
