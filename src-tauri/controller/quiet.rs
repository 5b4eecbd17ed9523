//! *Do not disturb* that begins and ends by itself: for a while, or at the same hours of each day.

use std::time::Duration;

use carillon_ipc::{Notice, QuietFor, QuietHours};
use carillon_kit::LinkState;
use jiff::Zoned;

use super::{Controller, input::Input};
use crate::desktop::Desktop;

/// How often the clock is looked at while something depends on it. Timers stand still while a machine sleeps, and clocks are set.
const LOOK_EVERY: Duration = Duration::from_secs(30);
const MINUTE_MS: u64 = 60_000;
const DAY_MINUTES: u64 = 24 * 60;
/// When a day begins for somebody who wanted quiet until tomorrow: at eight.
const MORNING: u64 = 8 * 60;

/// A moment on this machine's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment {
    /// In milliseconds since the Unix epoch.
    pub at_ms: u64,
    /// In minutes after local midnight.
    pub minute: u16,
}

impl Moment {
    /// Now.
    pub fn now() -> Self {
        let now = Zoned::now();
        let part = |part: i8| u16::try_from(part).unwrap_or(0);
        Self {
            at_ms: u64::try_from(now.timestamp().as_millisecond()).unwrap_or(0),
            minute: 60 * part(now.hour()) + part(now.minute()),
        }
    }

    /// When quiet that begins now is over.
    fn until(self, how: QuietFor) -> u64 {
        let minutes = match how {
            QuietFor::AnHour => 60,
            QuietFor::UntilTomorrow => DAY_MINUTES - u64::from(self.minute) + MORNING,
        };
        self.at_ms + minutes * MINUTE_MS
    }
}

impl<D: Desktop> Controller<D> {
    pub(super) fn be_quiet(&mut self, how: QuietFor) -> Result<(), Notice> {
        let until = (self.setup.clock)().until(how);
        self.set_do_not_disturb(true)?;
        self.change_settings(|settings| settings.quiet_until_ms = Some(until));
        self.watch_quiet();
        Ok(())
    }

    pub(super) fn set_quiet_hours(&mut self, hours: QuietHours) {
        let minute = |minute: u16| minute % (24 * 60);
        let hours = QuietHours { from: minute(hours.from), until: minute(hours.until), ..hours };
        self.change_settings(|settings| settings.quiet_hours = hours);
        self.look_at_quiet();
    }

    /// The clock may have come to where quiet begins or ends.
    pub(super) fn look_at_quiet(&mut self) {
        let is_up = self.account.session().is_some_and(|session| session.link == LinkState::Up);
        if is_up {
            let now = (self.setup.clock)();
            self.end_quiet(now);
            self.follow_quiet_hours(now);
        }
        self.watch_quiet();
    }

    fn end_quiet(&mut self, now: Moment) {
        if self.setup.settings.quiet_until_ms.is_none_or(|until| now.at_ms < until) {
            return;
        }
        self.change_settings(|settings| settings.quiet_until_ms = None);
        if !self.setup.settings.in_quiet_hours {
            self.tell_do_not_disturb(false);
        }
    }

    /// Only what these hours have begun is ended by them: a user who did it by hand ends it by hand.
    fn follow_quiet_hours(&mut self, now: Moment) {
        let hours = self.setup.settings.quiet_hours;
        let inside = hours.on && hours.include(now.minute);
        if inside == self.setup.settings.in_quiet_hours {
            return;
        }
        let is_silent = self.account.session().is_some_and(|session| session.account.do_not_disturb);
        let began_it = self.setup.settings.silenced_by_hours;
        self.change_settings(|settings| {
            settings.in_quiet_hours = inside;
            settings.silenced_by_hours = inside && !is_silent;
        });
        let ends = began_it && self.setup.settings.quiet_until_ms.is_none();
        if inside && !is_silent {
            self.tell_do_not_disturb(true);
        } else if !inside && ends {
            self.tell_do_not_disturb(false);
        }
    }

    /// Looks at the clock again after a while, if anything depends on it.
    fn watch_quiet(&mut self) {
        let settings = &self.setup.settings;
        let depends = settings.quiet_until_ms.is_some() || settings.quiet_hours.on || settings.in_quiet_hours;
        if depends && !std::mem::replace(&mut self.watches_quiet, true) {
            self.later(LOOK_EVERY, Input::LookAtQuiet);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn until_tomorrow_is_until_eight_in_the_morning() {
        let hours = |minute| (Moment { at_ms: 0, minute }.until(QuietFor::UntilTomorrow)) / (60 * MINUTE_MS);

        assert_eq!((hours(18 * 60), hours(0), hours(23 * 60)), (14, 32, 9));
    }
}
