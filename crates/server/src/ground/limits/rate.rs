//! What is counted, of whom, and how much of it there may be.

use std::{
    net::{IpAddr, Ipv6Addr},
    num::NonZeroU32,
    time::Duration,
};

use carillon_protocol::{AppId, DeviceId, Refusal, RefusalCode, UserId};
use governor::Quota;

use crate::{ground::config::Limits, store::Who};

/// Links may hurry for so long before they are slowed down.
const HURRY_SECONDS: u32 = 10;
const DAY: Duration = Duration::from_secs(24 * 60 * 60);

/// Each is counted for one [`Subject`] at a time. How much there may be is a choice of the operator's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Rate {
    /// Requests over HTTP.
    HttpOfAddress,
    SignInsOfAddress,
    SignInsOfAccount,
    /// Accounts that are made without an invite.
    RegistrationsOfAddress,
    /// Changes of a name or a picture.
    ProfileChangesOfUser,
    LinksOfDevice,
    /// Frames of any kind. A link that is too fast is not refused, it is read more slowly.
    FramesOfLink,
    /// Requests that neither write messages, carry media signals, say what is published nor end something.
    RequestsOfDevice,
    RequestsOfUser,
    /// What the server writes down for a user: this bounds what it keeps.
    ChangesOfUser,
    MediaOfDevice,
    /// Offers to connect the media of a group call.
    OffersOfDevice,
    /// How often a device says what it publishes.
    PublishesOfDevice,
    MessagesOfUser,
    /// That a user is writing.
    TypingOfUser,
    /// Files that a user begins to send, and small pictures of them.
    FilesOfUser,
    InvitesOfUser,
    InvitesToOne,
    /// Invitations that may make a person ring.
    InvitesOfOne,
    /// The same as a caller sees it whom that person has blocked: with the invitations of others like that.
    InvitesOfOneForBlocked,
    /// What all devices of one other user hear of besides calls and messages.
    ApproachesToOne,
    /// Frames that the server does not understand, and ends of calls that end nothing.
    FaultsOfDevice,
    StunOfAddress,
}

impl Rate {
    /// In the order of their numbers.
    pub(super) const ALL: [Self; 23] = [
        Self::HttpOfAddress,
        Self::SignInsOfAddress,
        Self::SignInsOfAccount,
        Self::RegistrationsOfAddress,
        Self::ProfileChangesOfUser,
        Self::LinksOfDevice,
        Self::FramesOfLink,
        Self::RequestsOfDevice,
        Self::RequestsOfUser,
        Self::ChangesOfUser,
        Self::MediaOfDevice,
        Self::OffersOfDevice,
        Self::PublishesOfDevice,
        Self::MessagesOfUser,
        Self::TypingOfUser,
        Self::FilesOfUser,
        Self::InvitesOfUser,
        Self::InvitesToOne,
        Self::InvitesOfOne,
        Self::InvitesOfOneForBlocked,
        Self::ApproachesToOne,
        Self::FaultsOfDevice,
        Self::StunOfAddress,
    ];

    pub(super) fn quota(self, limits: &Limits) -> Quota {
        match self {
            Self::HttpOfAddress => per_minute(limits.http_requests_per_minute_and_address),
            Self::SignInsOfAddress => per_minute(limits.sign_ins_per_minute_and_address),
            Self::SignInsOfAccount => per_minute(limits.sign_ins_per_minute),
            Self::RegistrationsOfAddress => Quota::per_hour(at_least_one(limits.registrations_per_hour_and_address)),
            Self::ProfileChangesOfUser => per_minute(limits.profile_changes_per_minute),
            Self::LinksOfDevice => per_minute(limits.links_per_minute),
            Self::FramesOfLink => {
                let hurry = limits.frames_per_second.saturating_mul(HURRY_SECONDS);
                Quota::per_second(at_least_one(limits.frames_per_second)).allow_burst(at_least_one(hurry))
            }
            Self::RequestsOfDevice => per_minute(limits.requests_per_minute),
            Self::RequestsOfUser => per_minute(limits.requests_per_minute_and_user),
            Self::ChangesOfUser => per_day(limits.changes_per_day_and_user),
            Self::MediaOfDevice => per_minute(limits.media_signals_per_minute),
            Self::OffersOfDevice => per_minute(limits.media_offers_per_minute),
            Self::PublishesOfDevice => per_minute(limits.publishes_per_minute),
            Self::MessagesOfUser => {
                let rate = Quota::per_second(at_least_one(limits.messages_per_second));
                rate.allow_burst(at_least_one(limits.messages_at_once))
            }
            Self::TypingOfUser => per_minute(limits.typing_per_minute),
            Self::FilesOfUser => per_minute(limits.files_per_minute),
            Self::InvitesOfUser => per_minute(limits.invites_per_minute),
            Self::InvitesToOne => per_minute(limits.invites_per_minute_to_one),
            Self::InvitesOfOne | Self::InvitesOfOneForBlocked => per_minute(limits.invites_per_minute_of_one),
            Self::ApproachesToOne => per_minute(limits.approaches_per_minute_to_one),
            Self::FaultsOfDevice => per_minute(limits.faults_per_minute),
            Self::StunOfAddress => per_minute(limits.stun_requests_per_minute_and_address),
        }
    }

    /// What is said to whom it stops.
    const fn words(self) -> &'static str {
        match self {
            Self::ChangesOfUser => "too much for one day; try again later",
            Self::MessagesOfUser => "too many messages at once; try again later",
            Self::ProfileChangesOfUser => "too many changes; try again in a minute",
            Self::InvitesOfUser => "too many calls; try again in a minute",
            Self::InvitesToOne => "this person was called too often; try again in a minute",
            Self::InvitesOfOne | Self::InvitesOfOneForBlocked => {
                "this person is called too often just now; try again in a minute"
            }
            Self::ApproachesToOne => "too much at once for one person; try again in a minute",
            Self::HttpOfAddress
            | Self::SignInsOfAddress
            | Self::SignInsOfAccount
            | Self::RegistrationsOfAddress
            | Self::LinksOfDevice
            | Self::FramesOfLink
            | Self::RequestsOfDevice
            | Self::RequestsOfUser
            | Self::MediaOfDevice
            | Self::OffersOfDevice
            | Self::PublishesOfDevice
            | Self::TypingOfUser
            | Self::FilesOfUser
            | Self::FaultsOfDevice
            | Self::StunOfAddress => "too much at once; try again later",
        }
    }
}

/// What is too much just now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", .0.words())]
pub(crate) struct TooMuch(pub(crate) Rate);

impl From<TooMuch> for Refusal {
    fn from(too_much: TooMuch) -> Self {
        Self { code: RefusalCode::RateLimited, detail: too_much.to_string() }
    }
}

pub(crate) type User = (AppId, UserId);

/// For whom something is counted.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub(crate) enum Subject {
    Address(IpAddr),
    Account(IpAddr, UserId),
    Device(DeviceId),
    User(User),
    Pair(User, UserId),
    /// Some of the addresses that a datagram may say it comes from. There are so many of them and no more.
    Cell(u16),
}

impl Subject {
    pub(super) const fn address(from: IpAddr) -> Self {
        Self::Address(network(from))
    }

    /// For whom a request on a link is counted.
    pub(crate) fn on_link(rate: Rate, who: &Who) -> Self {
        let of_device = [
            Rate::LinksOfDevice,
            Rate::RequestsOfDevice,
            Rate::MediaOfDevice,
            Rate::OffersOfDevice,
            Rate::PublishesOfDevice,
            Rate::FaultsOfDevice,
        ];
        if of_device.contains(&rate) {
            Self::Device(who.device)
        } else {
            Self::User((who.app.clone(), who.account.user.clone()))
        }
    }
}

/// One IPv6 customer has a whole /64, so that counts as one address.
pub(crate) const fn network(address: IpAddr) -> IpAddr {
    match address.to_canonical() {
        IpAddr::V6(v6) => IpAddr::V6(Ipv6Addr::from_bits(v6.to_bits() & !(u64::MAX as u128))),
        v4 @ IpAddr::V4(_) => v4,
    }
}

fn per_minute(limit: u32) -> Quota {
    Quota::per_minute(at_least_one(limit))
}

fn per_day(limit: u32) -> Quota {
    let limit = at_least_one(limit);
    let one = Quota::with_period(DAY / limit.get()).expect("a day has more nanoseconds than a limit can say");
    one.allow_burst(limit)
}

/// A limit of nothing would be a server that is off.
fn at_least_one(limit: u32) -> NonZeroU32 {
    NonZeroU32::new(limit).unwrap_or(NonZeroU32::MIN)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rate_has_its_own_place() {
        for (place, rate) in Rate::ALL.into_iter().enumerate() {
            assert_eq!(rate as usize, place, "{rate:?}");
        }
        assert_eq!(Rate::StunOfAddress as usize + 1, Rate::ALL.len(), "and none is missing");
    }

    #[test]
    fn a_neighbour_in_the_same_ipv6_network_is_the_same_stranger() {
        let one: IpAddr = "2001:db8::1".parse().unwrap();
        let other: IpAddr = "2001:db8::ffff:1".parse().unwrap();
        assert_eq!(network(one), network(other));
        assert_eq!(network("::ffff:192.0.2.1".parse().unwrap()), IpAddr::from([192, 0, 2, 1]));
    }
}
