//! What becomes of each datagram, drawn from a seed: without I/O and without a clock.

use std::time::Duration;

use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};

use super::conditions::{Bottleneck, Conditions, Course, HELD_BACK, Loss};

/// One way through a network.
#[derive(Debug)]
pub struct Fate {
    course: Course,
    random: SmallRng,
    is_in_burst: bool,
    /// When the bottleneck has passed on all that it took.
    busy_until: Duration,
    /// When the latest datagram arrives that may not be overtaken.
    latest: Duration,
}

/// What becomes of a datagram that is not lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Passage {
    /// When it arrives.
    pub at: Duration,
    /// How long it waited for others at the bottleneck.
    pub queued: Duration,
}

impl Fate {
    /// The same datagrams at the same times have the same fate each time.
    #[must_use]
    pub fn new(course: impl Into<Course>, seed: u64) -> Self {
        let random = SmallRng::seed_from_u64(seed);
        Self { course: course.into(), random, is_in_burst: false, busy_until: Duration::ZERO, latest: Duration::ZERO }
    }

    /// What becomes of a datagram of so many bytes that comes in at a time since the beginning; `None`: it is lost.
    pub fn of(&mut self, now: Duration, bytes: usize) -> Option<Passage> {
        let conditions = self.course.at(now);
        // As many draws for each, so that one condition does not change what another one does.
        let (lost, late, held_back) = (self.permille(), self.random.random_range(0.0..=1.0), self.permille());
        if self.is_lost(conditions.loss, lost) || conditions.is_out {
            return None;
        }
        let queued = self.pass(conditions.bottleneck, now, bytes)?;
        let leaves = if conditions.bottleneck.is_some() { self.busy_until } else { now };
        let due = leaves + conditions.delay + conditions.jitter.mul_f64(late);
        if held_back < conditions.reordered_permille {
            return Some(Passage { at: due + HELD_BACK, queued });
        }
        Some(Passage { at: self.in_order(due, conditions), queued })
    }

    fn permille(&mut self) -> u32 {
        self.random.random_range(0..1000)
    }

    fn is_lost(&mut self, loss: Loss, draw: u32) -> bool {
        match loss {
            Loss::None => false,
            Loss::Single { permille } => draw < permille,
            Loss::Bursts { permille, length } => {
                let leave = 1.0 / f64::from(length.max(1));
                // Of all datagrams the bad state has `enter / (enter + leave)`.
                let enter = leave * f64::from(permille) / f64::from(1000_u32.saturating_sub(permille).max(1));
                let changes = if self.is_in_burst { leave } else { enter };
                self.is_in_burst ^= f64::from(draw) < changes * 1000.0;
                self.is_in_burst
            }
        }
    }

    /// How long it waits at the bottleneck; `None`: the queue is full.
    fn pass(&mut self, bottleneck: Option<Bottleneck>, now: Duration, bytes: usize) -> Option<Duration> {
        let Some(Bottleneck { rate, queue }) = bottleneck else { return Some(Duration::ZERO) };
        let queued = self.busy_until.saturating_sub(now);
        if queued > queue {
            return None;
        }
        let bits = u32::try_from(bytes * 8).unwrap_or(u32::MAX);
        self.busy_until = now + queued + Duration::from_secs_f64(f64::from(bits) / f64::from(rate.max(1)));
        Some(queued)
    }

    fn in_order(&mut self, due: Duration, conditions: Conditions) -> Duration {
        if conditions.overtakes {
            return due;
        }
        self.latest = self.latest.max(due);
        self.latest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MS: Duration = Duration::from_millis(1);
    const MANY: u32 = 20_000;

    #[test]
    fn a_clean_network_passes_everything_at_once() {
        let mut fate = Fate::new(Conditions::CLEAN, 1);

        assert!(
            passages(&mut fate, MANY, 1200).iter().enumerate().all(|(number, passage)| {
                *passage == Some(Passage { at: MS * number as u32, queued: Duration::ZERO })
            })
        );
    }

    #[test]
    fn as_many_are_lost_as_it_says_and_the_same_ones_each_time() {
        let lost = |seed| {
            let passages = passages(&mut Fate::new(Conditions::losing(5), seed), MANY, 100);
            passages.iter().map(Option::is_none).collect::<Vec<bool>>()
        };

        assert!((900..1100).contains(&count(&lost(1))), "{}", count(&lost(1)));
        assert_eq!(lost(1), lost(1));
        assert_ne!(lost(1), lost(2));
    }

    #[test]
    fn bursts_lose_as_many_but_one_after_another() {
        let loss = Loss::Bursts { permille: 50, length: 5 };
        let mut fate = Fate::new(Conditions { loss, ..Conditions::CLEAN }, 3);

        let lost: Vec<bool> = passages(&mut fate, MANY, 100).iter().map(Option::is_none).collect();

        let begun = lost.windows(2).filter(|pair| !pair[0] && pair[1]).count();
        let (lost, length) = (count(&lost), count(&lost) as f64 / begun as f64);
        assert!((800..1200).contains(&lost), "{lost}");
        assert!((4.0..6.0).contains(&length), "{length}");
    }

    #[test]
    fn a_narrow_link_passes_its_rate_and_drops_what_its_queue_does_not_hold() {
        // 1200 bytes each millisecond are 9.6 Mb/s.
        let mut fate = Fate::new(Conditions::narrow(1_000_000), 4);

        let passed: Vec<Passage> = passages(&mut fate, 5_000, 1200).into_iter().flatten().collect();

        let seconds = passed.last().expect("some").at.as_secs_f64();
        let rate = passed.len() as f64 * 1200.0 * 8.0 / seconds;
        assert!((950_000.0..1_050_000.0).contains(&rate), "{rate}");
        assert!(passed.iter().all(|passage| passage.queued <= Bottleneck::of(1).queue));
        assert!(passed.iter().any(|passage| passage.queued > Bottleneck::of(1).queue / 2));
    }

    #[test]
    fn a_link_that_gets_wider_is_used_at_once() {
        let steps = [(Duration::ZERO, Conditions::narrow(300_000)), (MS * 2000, Conditions::narrow(2_000_000))];
        let mut fate = Fate::new(Course::new(steps), 5);

        let passed: Vec<Duration> =
            passages(&mut fate, 4_000, 1200).into_iter().flatten().map(|passage| passage.at).collect();

        let between = |from: u32, to: u32| passed.iter().filter(|at| (MS * from..MS * to).contains(*at)).count();
        assert!((58..=64).contains(&between(0, 2000)), "{}", between(0, 2000));
        assert!((200..=215).contains(&between(3000, 4000)), "{}", between(3000, 4000));
    }

    #[test]
    fn jitter_keeps_the_order_unless_datagrams_may_overtake() {
        let jittery = Conditions { delay: MS * 100, jitter: MS * 40, ..Conditions::CLEAN };
        let at = |conditions| {
            let passages = passages(&mut Fate::new(conditions, 6), 1_000, 100).into_iter().flatten();
            passages.map(|passage| passage.at).collect::<Vec<Duration>>()
        };

        let (kept, overtaken) = (at(jittery), at(Conditions { overtakes: true, ..jittery }));

        assert!(kept.is_sorted() && !overtaken.is_sorted());
        for (number, at) in overtaken.iter().enumerate() {
            let took = *at - MS * number as u32;
            assert!((MS * 100..=MS * 140).contains(&took), "{took:?}");
        }
    }

    #[test]
    fn reordered_datagrams_come_behind_later_ones_and_an_outage_passes_none() {
        let mut fate = Fate::new(Conditions { reordered_permille: 100, ..Conditions::CLEAN }, 7);
        let at: Vec<Duration> =
            passages(&mut fate, 1_000, 100).into_iter().flatten().map(|passage| passage.at).collect();
        let behind = at.windows(2).filter(|pair| pair[1] < pair[0]).count();
        assert!((60..130).contains(&behind) && at.len() == 1_000, "{behind}");

        let out = passages(&mut Fate::new(Conditions::OUT, 8), 100, 100);
        assert!(out.iter().all(Option::is_none));
    }

    /// One datagram each millisecond.
    fn passages(fate: &mut Fate, count: u32, bytes: usize) -> Vec<Option<Passage>> {
        (0..count).map(|number| fate.of(MS * number, bytes)).collect()
    }

    fn count(lost: &[bool]) -> usize {
        lost.iter().filter(|is_lost| **is_lost).count()
    }
}
