//! When a picture is shown: together with what was heard when it was taken. The voice leads, for it must not wait; pictures do, and not for long.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

/// A picture waits for its sound no longer than this.
const LONGEST: Duration = Duration::from_millis(200);
/// So much later than out of the jitter buffer sound leaves the speaker, less what a picture takes to be decoded and drawn, in seconds: measured.
const SPEAKER_AFTER_PICTURE: f64 = 0.018;
/// People do not notice sound that comes so much after its picture (ITU-R BT.1359-1 has them notice 125 ms), so that a picture waits the less, in
/// seconds.
const EARLY: f64 = 0.025;
/// How fast the wait changes, as a share of the time that passes: nobody sees pictures run a twentieth slower.
const SPEED: f64 = 0.05;
/// The fastest packet of so long is the path's own delay.
const REMEMBERED: Duration = Duration::from_secs(10);

/// What the voice's track, the camera's and the voice itself tell each other. Clones are the same one.
#[derive(Debug, Clone)]
pub(super) struct LipSync(Arc<Mutex<State>>);

/// All offsets are in seconds, from the other end's clock to this one's: they have no meaning but in comparison.
#[derive(Debug)]
struct State {
    epoch: Instant,
    /// The fastest packet of sound in this while, and in the one before.
    fastest: Option<f64>,
    fastest_before: Option<f64>,
    while_began: Instant,
    /// How much later than the fastest packet sound is played; `None` before it is.
    plays_after: Option<f64>,
    /// By what pictures are shown now, and when the last one was told so.
    shown: Option<(f64, Instant)>,
}

impl LipSync {
    pub(super) fn new(now: Instant) -> Self {
        Self(Arc::new(Mutex::new(State {
            epoch: now,
            fastest: None,
            fastest_before: None,
            while_began: now,
            plays_after: None,
            shown: None,
        })))
    }

    /// A packet of sound that was heard then, by the other end's clock, came at a moment of this one's.
    pub(super) fn sound_came(&self, heard_at: Duration, arrived_at: Instant) {
        let mut state = self.lock();
        let offset = state.offset(heard_at, arrived_at);
        if arrived_at.saturating_duration_since(state.while_began) > REMEMBERED {
            (state.fastest_before, state.fastest, state.while_began) = (state.fastest.take(), None, arrived_at);
        }
        state.fastest = Some(state.fastest.map_or(offset, |fastest| fastest.min(offset)));
    }

    /// Sound is played so much later than the fastest packet of it.
    pub(super) fn plays_after(&self, delay: Duration) {
        self.lock().plays_after = Some(delay.as_secs_f64());
    }

    /// When to show a picture that was taken then, by the other end's clock, and came now. The first is shown at once.
    pub(super) fn show_at(&self, taken_at: Option<Duration>, arrived_at: Instant) -> Instant {
        let mut state = self.lock();
        let Some((taken_at, goal)) = taken_at.zip(state.goal()) else { return arrived_at };
        let own = state.offset(taken_at, arrived_at);
        let shown = match state.shown {
            Some((shown, told_at)) => {
                let step = SPEED * arrived_at.saturating_duration_since(told_at).as_secs_f64();
                shown + (goal - shown).clamp(-step, step)
            }
            None => own,
        };
        // What is later than that anyway waits for nothing, and begins the way to the goal from there.
        let shown = if own > shown && own < goal { own } else { shown };
        // So that it is not far from there when the sound comes sooner again, or the other end's clock has jumped.
        let shown = shown.min(own + LONGEST.as_secs_f64());
        state.shown = Some((shown, arrived_at));
        let waits = Duration::try_from_secs_f64(shown - own).unwrap_or_default();
        arrived_at + waits.min(LONGEST)
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn offset(&self, then: Duration, here: Instant) -> f64 {
        here.saturating_duration_since(self.epoch).as_secs_f64() - then.as_secs_f64()
    }

    /// By what pictures are to be shown.
    fn goal(&self) -> Option<f64> {
        let fastest = self.fastest.into_iter().chain(self.fastest_before).reduce(f64::min)?;
        Some(fastest + self.plays_after? + SPEAKER_AFTER_PICTURE - EARLY)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// By the other end's clock.
    const BEGAN: Duration = Duration::from_secs(4_000_000_000);

    #[test]
    fn pictures_come_to_be_shown_shortly_before_their_sound_is_heard_whatever_the_clocks_say() {
        let mut call = Call::new();
        call.sync.plays_after(ms(80));

        let late: Vec<i64> = (0..300).map(|number| call.picture(number, ms(30 + u64::from(number % 4) * 10))).collect();

        assert!(late[0] <= -40, "the first waits for nothing: {}", late[0]);
        let changes = late.windows(2).map(|pair| (pair[1] - pair[0]).abs()).max().expect("changes");
        assert!(changes <= 31, "{changes} ms from one to the next");
        assert!(late[150..].iter().all(|late| late.abs() <= 6), "{:?}", &late[150..]);
    }

    #[test]
    fn a_picture_waits_no_longer_than_a_fifth_of_a_second_and_not_at_all_if_it_is_late() {
        let mut call = Call::new();
        call.sync.plays_after(ms(900));
        let last = (0..1000).map(|number| call.picture(number, ms(30))).last().expect("pictures");
        assert_eq!(last, 30 + 200 - (20 + 900 + 18 - 25));

        call.sync.plays_after(ms(40));
        let last = (1000..3000).map(|number| call.picture(number, ms(300))).last().expect("pictures");
        assert_eq!(last, 300 - (20 + 40 + 18 - 25), "as soon as it comes");
    }

    #[test]
    fn after_the_sound_comes_sooner_again_pictures_do_not_wait_for_long() {
        let mut call = Call::new();
        call.sync.plays_after(ms(900));
        for number in 0..1000 {
            call.picture(number, ms(30));
        }
        call.sync.plays_after(ms(40));

        let late: Vec<i64> = (1000..1200).map(|number| call.picture(number, ms(30))).collect();

        assert!(late[150..].iter().all(|late| late.abs() <= 6), "{:?}", &late[150..]);
    }

    #[test]
    fn before_anything_is_known_of_the_sound_pictures_are_shown_as_they_come() {
        let sync = LipSync::new(Instant::now());
        let now = Instant::now() + ms(500);

        assert_eq!(sync.show_at(Some(BEGAN), now), now);
        sync.sound_came(BEGAN, now);
        assert_eq!(sync.show_at(Some(BEGAN), now), now);
        sync.plays_after(ms(100));
        assert_eq!(sync.show_at(None, now), now);
    }

    struct Call {
        sync: LipSync,
        epoch: Instant,
    }

    impl Call {
        fn new() -> Self {
            let epoch = Instant::now();
            Self { sync: LipSync::new(epoch), epoch }
        }

        /// A picture that takes so long, and the sound of the same moment, which takes 20 ms or more. How much later than it should be, in
        /// milliseconds, it is shown.
        fn picture(&mut self, number: u32, takes: Duration) -> i64 {
            let since = ms(33) * number;
            let there = BEGAN + since;
            self.sync.sound_came(there, self.epoch + since + ms(20 + u64::from(number % 3) * 7));
            let shown = self.sync.show_at(Some(there), self.epoch + since + takes);
            let plays_after = self.sync.lock().plays_after.expect("told");
            let heard =
                self.epoch + since + Duration::from_secs_f64(0.020 + plays_after + SPEAKER_AFTER_PICTURE - EARLY);
            let milliseconds = |time: Duration| (time.as_secs_f64() * 1000.0).round() as i64;
            milliseconds(shown.saturating_duration_since(heard)) - milliseconds(heard.saturating_duration_since(shown))
        }
    }

    fn ms(milliseconds: u64) -> Duration {
        Duration::from_millis(milliseconds)
    }
}
