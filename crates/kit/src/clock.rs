//! The clock of calls. It goes on while the machine sleeps: a call that rang before the lid closed must not ring on after it opened.
//!
//! On Linux and Android that is `CLOCK_BOOTTIME`; on macOS and iOS `CLOCK_MONOTONIC`, which counts sleep there; on Windows `Instant`
//! itself does.

use std::{sync::OnceLock, time::Instant};

/// The time by the clock of calls. Instants of this crate, such as [`CallPhase::Active`](crate::CallPhase::Active)'s, are
/// readings of this clock and of no other.
pub fn now() -> Instant {
    static START: OnceLock<Start> = OnceLock::new();
    START.get_or_init(Start::take).now()
}

/// An `Instant` cannot be made from a reading, only moved: both clocks are read once, together.
struct Start {
    instant: Instant,
    #[cfg(unix)]
    awake_and_asleep: std::time::Duration,
}

impl Start {
    fn take() -> Self {
        Self {
            instant: Instant::now(),
            #[cfg(unix)]
            awake_and_asleep: unix::read(),
        }
    }

    #[cfg(unix)]
    fn now(&self) -> Instant {
        self.instant + unix::read().saturating_sub(self.awake_and_asleep)
    }

    #[cfg(not(unix))]
    fn now(&self) -> Instant {
        let _ = self.instant;
        Instant::now()
    }
}

#[cfg(unix)]
mod unix {
    use std::time::Duration;

    use rustix::time::{ClockId, clock_gettime};

    #[cfg(any(target_os = "linux", target_os = "android"))]
    const COUNTS_SLEEP: ClockId = ClockId::Boottime;
    #[cfg(not(any(target_os = "linux", target_os = "android")))]
    const COUNTS_SLEEP: ClockId = ClockId::Monotonic;

    pub(super) fn read() -> Duration {
        let reading = clock_gettime(COUNTS_SLEEP);
        Duration::new(reading.tv_sec.unsigned_abs(), u32::try_from(reading.tv_nsec).unwrap_or(0))
    }
}

#[cfg(test)]
mod tests {
    use super::now;

    #[test]
    fn the_clock_of_calls_goes_forward() {
        let first = now();
        assert!(now() >= first);
    }
}
