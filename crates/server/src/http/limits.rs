//! How often a stranger may try, and a user may ask.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
};

use carillon_protocol::UserId;
use governor::{Quota, RateLimiter, clock::DefaultClock, state::keyed::HashMapStateStore};

use super::error::ApiError;
use crate::config::Limits;

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;

/// Counts attempts to sign in or register, and requests of any kind.
pub(crate) struct RateLimits {
    by_account: Keyed<(IpAddr, UserId)>,
    by_address: Keyed<IpAddr>,
    requests: Keyed<IpAddr>,
    registrations: Keyed<IpAddr>,
    profiles: Keyed<UserId>,
}

impl RateLimits {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            by_account: RateLimiter::hashmap(per_minute(limits.sign_ins_per_minute)),
            by_address: RateLimiter::hashmap(per_minute(limits.sign_ins_per_minute_and_address)),
            requests: RateLimiter::hashmap(per_minute(limits.http_requests_per_minute_and_address)),
            registrations: RateLimiter::hashmap(per_hour(limits.registrations_per_hour_and_address)),
            profiles: RateLimiter::hashmap(per_minute(limits.profile_changes_per_minute)),
        }
    }

    /// Counts one attempt.
    pub(crate) fn check(&self, from: IpAddr, user: &UserId) -> Result<(), ApiError> {
        let from = network(from);
        let allowed =
            self.by_address.check_key(&from).is_ok() && self.by_account.check_key(&(from, user.clone())).is_ok();
        if allowed { Ok(()) } else { Err(ApiError::rate_limited()) }
    }

    /// Counts one request of any kind.
    pub(super) fn check_request(&self, from: IpAddr) -> Result<(), ApiError> {
        self.requests.check_key(&network(from)).map_err(|_| ApiError::rate_limited())
    }

    /// Counts one account that nobody vouches for.
    pub(super) fn check_registration(&self, from: IpAddr) -> Result<(), ApiError> {
        self.registrations.check_key(&network(from)).map_err(|_| ApiError::rate_limited())
    }

    /// Counts one attempt that names no account.
    pub(super) fn check_address(&self, from: IpAddr) -> Result<(), ApiError> {
        self.by_address.check_key(&network(from)).map_err(|_| ApiError::rate_limited())
    }

    /// Counts one change of a user's name or picture.
    pub(crate) fn check_profile(&self, user: &UserId) -> Result<(), ApiError> {
        self.profiles.check_key(user).map_err(|_| ApiError::rate_limited())
    }

    /// Forgets those who have been quiet for long enough.
    pub(crate) fn forget_the_quiet(&self) {
        self.by_account.retain_recent();
        self.by_address.retain_recent();
        self.requests.retain_recent();
        self.registrations.retain_recent();
        self.profiles.retain_recent();
    }
}

/// At least one: a limit of nothing would be a server that is off.
pub(crate) fn per_minute(limit: u32) -> Quota {
    Quota::per_minute(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN))
}

fn per_hour(limit: u32) -> Quota {
    Quota::per_hour(NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN))
}

/// One IPv6 customer has a whole /64, so that counts as one address.
pub(super) fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !u128::from(u64::MAX))),
        v4 => v4,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sixth_attempt_on_an_account_within_a_minute_is_refused_and_others_are_not() {
        let limits = RateLimits::new(&Limits::default());
        let (here, there) = (IpAddr::from([192, 0, 2, 1]), IpAddr::from([192, 0, 2, 2]));
        let (ada, ben) = (UserId::new("ada").unwrap(), UserId::new("ben").unwrap());

        for _ in 0..5 {
            assert!(limits.check(here, &ada).is_ok());
        }

        assert_eq!(limits.check(here, &ada).unwrap_err().code, "rate_limited");
        assert!(limits.check(here, &ben).is_ok());
        assert!(limits.check(there, &ada).is_ok());
    }

    #[test]
    fn a_neighbour_in_the_same_ipv6_network_is_the_same_stranger() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:1".parse().unwrap();
        assert_eq!(network(one), network(other));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), IpAddr::from([192, 0, 2, 1]));
    }
}
