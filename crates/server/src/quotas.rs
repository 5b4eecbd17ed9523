//! How much a user and a device may ask, whatever links they open for it; and how often anybody may make anybody ring.

use carillon_protocol::{AppId, DeviceId, Invitation, Refusal, RefusalCode, Request, UserId};
use governor::{RateLimiter, clock::DefaultClock, state::keyed::HashMapStateStore};

use crate::{
    config::Limits,
    http::{ApiError, per_minute},
    store::Who,
};

type Keyed<K> = RateLimiter<K, HashMapStateStore<K>, DefaultClock>;
pub(crate) type User = (AppId, UserId);

/// Counts by user and device.
pub(crate) struct Quotas {
    links: Keyed<DeviceId>,
    of_device: Keyed<DeviceId>,
    of_user: Keyed<User>,
    media: Keyed<DeviceId>,
    invites: Keyed<User>,
    invites_to_one: Keyed<(User, UserId)>,
    invites_of_one: Keyed<User>,
    ringing_per_caller: u32,
}

impl Quotas {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self {
            links: keyed(limits.links_per_minute),
            of_device: keyed(limits.requests_per_minute),
            of_user: keyed(limits.requests_per_minute_and_user),
            media: keyed(limits.media_signals_per_minute),
            invites: keyed(limits.invites_per_minute),
            invites_to_one: keyed(limits.invites_per_minute_to_one),
            invites_of_one: keyed(limits.invites_per_minute_of_one),
            ringing_per_caller: limits.ringing_per_caller,
        }
    }

    /// Counts a link that a device opens.
    pub(crate) fn check_link(&self, device: DeviceId) -> Result<(), ApiError> {
        self.links.check_key(&device).map_err(|_| ApiError::rate_limited())
    }

    /// Counts a request. Hanging up, declining and failing are always allowed: they end things.
    pub(crate) fn permit(&self, who: &Who, request: &Request) -> Result<(), Refusal> {
        let user = (who.app.clone(), who.account.user.clone());
        let fits = match request {
            Request::HangUp { .. } | Request::Decline { .. } | Request::MediaLost { .. } => true,
            Request::Media { .. } => self.media.check_key(&who.device).is_ok(),
            // They have a limit of their own, which is higher.
            Request::SendMessage { .. } => true,
            _ => self.of_device.check_key(&who.device).is_ok() && self.of_user.check_key(&user).is_ok(),
        };
        if fits { Ok(()) } else { refuse("too much at once; try again later") }
    }

    /// Counts an invitation that is none's repetition, by somebody because of whom so many ring already.
    pub(crate) fn permit_invite(&self, caller: &User, invitation: &Invitation, ringing: u32) -> Result<(), Refusal> {
        let asked = u32::try_from(invitation.to.len()).unwrap_or(u32::MAX);
        if ringing.saturating_add(asked) > self.ringing_per_caller {
            return refuse("so many people cannot ring at once");
        }
        invitation.to.iter().try_for_each(|callee| self.count_ring(caller, callee))
    }

    /// The caller's own limits come first, so that one caller does not use up what others may ask of the same person.
    fn count_ring(&self, caller: &User, callee: &UserId) -> Result<(), Refusal> {
        if self.invites.check_key(caller).is_err() {
            return refuse("too many calls; try again in a minute");
        }
        if self.invites_to_one.check_key(&(caller.clone(), callee.clone())).is_err() {
            return refuse("this person was called too often; try again in a minute");
        }
        match self.invites_of_one.check_key(&(caller.0.clone(), callee.clone())) {
            Ok(()) => Ok(()),
            Err(_) => refuse("this person is called too often just now; try again in a minute"),
        }
    }

    /// Forgets those who have been quiet for long enough.
    pub(crate) fn forget_the_quiet(&self) {
        self.links.retain_recent();
        self.of_device.retain_recent();
        self.of_user.retain_recent();
        self.media.retain_recent();
        self.invites.retain_recent();
        self.invites_to_one.retain_recent();
        self.invites_of_one.retain_recent();
    }
}

fn keyed<K: std::hash::Hash + Eq + Clone>(limit: u32) -> Keyed<K> {
    RateLimiter::hashmap(per_minute(limit))
}

fn refuse(detail: &str) -> Result<(), Refusal> {
    Err(Refusal { code: RefusalCode::RateLimited, detail: detail.to_owned() })
}
