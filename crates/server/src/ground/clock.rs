//! The server's time.
//!
//! Deadlines, ages and expiries are compared with this one time, and the wall clock of a machine jumps: it is set by hand, by a
//! time service that comes late, by a host that was paused. So within a process time passes as the monotonic clock counts it, and
//! is only drawn towards the wall clock, by a fiftieth of what has passed. A ring of 30 s takes between 29.4 and 30.6 s, even if
//! someone sets the wall clock; nothing is old because of a jump, and an error of a minute is gone within the hour. A restart takes
//! the wall clock as it is.

use std::{
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, SystemTime, UNIX_EPOCH},
};

/// Time never passes faster or slower than the monotonic clock by more than one part in so many.
const DRAWN_BY: u32 = 50;
/// A wall clock that is further off is worth a line in the log.
const FAR_OFF: Duration = Duration::from_secs(10);

/// Milliseconds since the Unix epoch. Clones show the same time.
#[derive(Debug, Clone)]
pub(crate) struct Clock {
    state: Arc<Mutex<State>>,
}

#[derive(Debug)]
struct State {
    time: SteadyTime,
    is_far_off: bool,
    /// By how much tests have moved both clocks, and the wall clock alone.
    advanced: Duration,
    wall_moved_ms: i64,
}

/// A time since the Unix epoch that follows the monotonic clock and is drawn towards the wall clock.
#[derive(Debug, Clone, Copy)]
struct SteadyTime {
    shown: Duration,
    read_at: Duration,
}

impl SteadyTime {
    fn read(&mut self, monotonic: Duration, wall: Duration) -> Duration {
        let passed = monotonic.saturating_sub(self.read_at);
        let (due, most) = (self.shown + passed, passed / DRAWN_BY);
        self.read_at += passed;
        self.shown = wall.clamp(due - most, due + most);
        self.shown
    }
}

impl Default for Clock {
    fn default() -> Self {
        let time = SteadyTime { shown: wall(), read_at: monotonic() };
        let state = State { time, is_far_off: false, advanced: Duration::ZERO, wall_moved_ms: 0 };
        Self { state: Arc::new(Mutex::new(state)) }
    }
}

impl Clock {
    /// The server's time.
    pub(crate) fn now_ms(&self) -> u64 {
        let mut state = self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let wall = state.wall();
        let advanced = state.advanced;
        let now = state.time.read(monotonic() + advanced, wall);
        let is_far_off = now.abs_diff(wall) > FAR_OFF;
        let has_jumped = is_far_off && !std::mem::replace(&mut state.is_far_off, is_far_off);
        drop(state);
        if has_jumped {
            tracing::warn!(
                off_by_s = now.abs_diff(wall).as_secs(),
                "the wall clock was set; this server keeps its own time and nears it slowly, a restart takes it at once"
            );
        }
        millis(now)
    }

    /// What the machine's wall clock shows: for what other machines have written their time into.
    pub(crate) fn wall_ms(&self) -> u64 {
        millis(self.state.lock().unwrap_or_else(PoisonError::into_inner).wall())
    }

    /// When by the server's time it is what another machine's clock calls `at_ms`.
    pub(crate) fn by_server_time(&self, at_ms: u64) -> u64 {
        at_ms.saturating_add(self.now_ms()).saturating_sub(self.wall_ms())
    }

    /// Lets time pass, by both clocks.
    pub(crate) fn advance(&self, by: Duration) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).advanced += by;
    }

    /// Sets the wall clock, as an operator or a time service does.
    pub(crate) fn set_wall(&self, off_by_ms: i64) {
        self.state.lock().unwrap_or_else(PoisonError::into_inner).wall_moved_ms = off_by_ms;
    }
}

impl State {
    fn wall(&self) -> Duration {
        let moved = Duration::from_millis(self.wall_moved_ms.unsigned_abs());
        let wall = wall() + self.advanced;
        if self.wall_moved_ms < 0 { wall.saturating_sub(moved) } else { wall + moved }
    }
}

fn wall() -> Duration {
    SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default()
}

/// Since some moment, with the time that the machine slept.
#[cfg(unix)]
fn monotonic() -> Duration {
    use rustix::time::{ClockId, clock_gettime};

    #[cfg(any(target_os = "linux", target_os = "android"))]
    const COUNTS_SLEEP: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const COUNTS_SLEEP: ClockId = ClockId::Monotonic;
    let reading = clock_gettime(COUNTS_SLEEP);
    Duration::new(reading.tv_sec.unsigned_abs(), u32::try_from(reading.tv_nsec).unwrap_or(0))
}

/// Since this process first asked, with the time that the machine slept.
#[cfg(not(unix))]
fn monotonic() -> Duration {
    static START: std::sync::OnceLock<std::time::Instant> = std::sync::OnceLock::new();
    START.get_or_init(std::time::Instant::now).elapsed()
}

/// Whole milliseconds.
pub(crate) fn millis(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    const DAY: u64 = 24 * 60 * 60;

    #[test]
    fn time_passes_as_the_monotonic_clock_says_wherever_the_wall_clock_is_set_to() {
        for wall_s in [0, 20_000 * DAY - 3_600, 20_000 * DAY + 1_200, 20_100 * DAY] {
            let mut time = started_at(20_000 * DAY);

            let passed = time.read(secs(35), secs(wall_s)) - secs(20_000 * DAY);

            assert!(passed.abs_diff(secs(35)) <= secs(35) / DRAWN_BY, "{wall_s}: {passed:?}");
        }
    }

    #[test]
    fn time_never_goes_back_and_never_stands() {
        let mut time = started_at(20_000 * DAY);
        let mut last = Duration::ZERO;

        for tick in 1..1_000 {
            let wall = if tick % 2 == 0 { secs(0) } else { secs(30_000 * DAY) };
            let now = time.read(Duration::from_millis(tick), wall);
            assert!(now > last, "after {tick} ms");
            last = now;
        }
    }

    #[test]
    fn a_wall_clock_that_was_set_is_reached_in_the_end() {
        let mut time = started_at(20_000 * DAY);
        let right = |s| secs(20_000 * DAY + 60 + s);

        for second in 1..=3_600 {
            time.read(secs(second), right(second));
        }

        assert_eq!(time.shown, right(3_600));
    }

    #[test]
    fn a_wall_clock_that_is_right_is_shown_to_the_millisecond() {
        let mut time = started_at(20_000 * DAY);
        time.read(secs(10), secs(20_000 * DAY + 10));

        let drifted = secs(20_000 * DAY + 20) + Duration::from_millis(7);

        assert_eq!(time.read(secs(20), drifted), drifted);
    }

    fn started_at(s: u64) -> SteadyTime {
        SteadyTime { shown: secs(s), read_at: Duration::ZERO }
    }

    const fn secs(s: u64) -> Duration {
        Duration::from_secs(s)
    }
}
