//! How fast one user may write, on all devices together.

use std::num::NonZeroU32;

use carillon_protocol::{AppId, UserId};
use governor::{DefaultKeyedRateLimiter, Quota, RateLimiter};

use crate::config::Limits;

/// Counts what each user writes.
pub(crate) struct MessageRates(DefaultKeyedRateLimiter<(AppId, UserId)>);

impl MessageRates {
    pub(crate) fn new(limits: &Limits) -> Self {
        let at_least_one = |limit| NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN);
        let quota = Quota::per_second(at_least_one(limits.messages_per_second));
        Self(RateLimiter::keyed(quota.allow_burst(at_least_one(limits.messages_at_once))))
    }

    /// Counts one message.
    pub(super) fn permits(&self, app: &AppId, user: &UserId) -> bool {
        self.0.check_key(&(app.clone(), user.clone())).is_ok()
    }

    /// Forgets those who have been quiet for long enough.
    pub(crate) fn forget_the_quiet(&self) {
        self.0.retain_recent();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixty_first_message_at_once_is_too_much_and_others_may_still_write() {
        let rates = MessageRates::new(&Limits { messages_per_second: 1, ..Limits::default() });
        let app = AppId::new("carillon").unwrap();
        let (ada, ben) = (UserId::new("ada").unwrap(), UserId::new("ben").unwrap());

        let written = (0..100).take_while(|_| rates.permits(&app, &ada)).count();

        assert_eq!(written, 60);
        assert!(rates.permits(&app, &ben));
    }
}
