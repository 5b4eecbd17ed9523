//! How much strangers and users may ask: one table, and the counters behind it.

mod rate;
pub(crate) mod table;

use std::{
    hash::{BuildHasher as _, RandomState},
    net::IpAddr,
};

use carillon_protocol::{DeviceId, Invitation, Refusal, RefusalCode, UserId};
use governor::{
    DefaultDirectRateLimiter, RateLimiter,
    clock::{Clock, DefaultClock},
    middleware::NoOpMiddleware,
    state::keyed::HashMapStateStore,
};

pub(crate) use self::rate::{Rate, Subject, TooMuch, User, network};
use self::table::Row;
use crate::{ground::config::Limits, store::Who};

/// A device may open ten times fewer links if each of them is closed for what it sends.
const LINKS_FOR_A_CLOSED_ONE: u32 = 9;

type Counter<C> = RateLimiter<Subject, HashMapStateStore<Subject>, C, NoOpMiddleware<<C as Clock>::Instant>>;

/// Counts by the rates that a row of the table names.
pub(crate) struct LimitTable<C: Clock = DefaultClock> {
    counters: [Counter<C>; Rate::ALL.len()],
    /// Which addresses share a counter is not for strangers to know.
    cells: RandomState,
    ringing_per_caller: u32,
}

impl LimitTable {
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::by_clock(limits, &DefaultClock::default())
    }
}

impl<C: Clock + Clone> LimitTable<C> {
    fn by_clock(limits: &Limits, clock: &C) -> Self {
        let counter = |rate: Rate| RateLimiter::new(rate.quota(limits), HashMapStateStore::default(), clock.clone());
        Self {
            counters: Rate::ALL.map(counter),
            cells: RandomState::new(),
            ringing_per_caller: limits.ringing_per_caller,
        }
    }

    /// Counts one of what a row names.
    pub(crate) fn count(&self, row: &Row, rate: Rate, subject: Subject) -> Result<(), TooMuch> {
        debug_assert!(row.names(rate), "{rate:?} is counted where no row names it");
        self.counters[rate as usize].check_key(&subject).map_err(|_| TooMuch(rate))
    }

    /// Counts a request on a link.
    pub(crate) fn permit(&self, row: &Row, who: &Who) -> Result<(), TooMuch> {
        row.first.iter().try_for_each(|rate| self.count(row, *rate, Subject::on_link(*rate, who)))
    }

    /// Counts what a user does that these others' devices hear of.
    pub(crate) fn permit_approaches(&self, row: &Row, who: &Who, others: &[UserId]) -> Result<(), TooMuch> {
        let user = || (who.app.clone(), who.account.user.clone());
        others.iter().try_for_each(|other| self.count(row, Rate::ApproachesToOne, Subject::Pair(user(), other.clone())))
    }

    /// Counts a request over HTTP.
    pub(crate) fn check_request(&self, row: &Row, from: IpAddr) -> Result<(), TooMuch> {
        row.first.iter().try_for_each(|rate| self.count(row, *rate, Subject::address(from)))
    }

    /// Counts a password that is tried, or chosen.
    pub(crate) fn check(&self, from: IpAddr, user: &UserId) -> Result<(), TooMuch> {
        let row = &table::PASSWORD;
        self.count(row, Rate::SignInsOfAddress, Subject::address(from))?;
        self.count(row, Rate::SignInsOfAccount, Subject::Account(network(from), user.clone()))
    }

    /// Counts one account that was made without an invite.
    pub(crate) fn check_registration(&self, from: IpAddr) -> Result<(), TooMuch> {
        self.count(&table::REGISTER, Rate::RegistrationsOfAddress, Subject::address(from))
    }

    /// Counts one attempt that names no account.
    pub(crate) fn check_address(&self, from: IpAddr) -> Result<(), TooMuch> {
        self.count(&table::REFRESH, Rate::SignInsOfAddress, Subject::address(from))
    }

    /// Counts one change of a user's name or picture.
    pub(crate) fn check_profile(&self, who: &Who) -> Result<(), TooMuch> {
        let rate = Rate::ProfileChangesOfUser;
        self.count(&table::PROFILE, rate, Subject::on_link(rate, who))
    }

    /// Counts a file that a user begins to send, or a small picture of one.
    pub(crate) fn check_file(&self, who: &Who) -> Result<(), TooMuch> {
        let rate = Rate::FilesOfUser;
        self.count(&table::FILE, rate, Subject::on_link(rate, who))
    }

    /// Counts a link that a device opens.
    pub(crate) fn check_link(&self, device: DeviceId) -> Result<(), TooMuch> {
        self.count(&table::LINK, Rate::LinksOfDevice, Subject::Device(device))
    }

    /// A device whose link is closed for what it sends would only open the next one, and each costs a commit.
    fn make_links_dear(&self, device: DeviceId) {
        let others = (0..LINKS_FOR_A_CLOSED_ONE).map(|_| self.check_link(device));
        others.take_while(Result::is_ok).for_each(drop);
    }

    /// Counts a frame of a device that makes no sense; says whether there were too many.
    pub(crate) fn is_too_faulty(&self, row: &Row, device: DeviceId) -> bool {
        let is_too_much = self.count(row, Rate::FaultsOfDevice, Subject::Device(device)).is_err();
        if is_too_much {
            self.make_links_dear(device);
        }
        is_too_much
    }

    /// Counts a datagram on the STUN port.
    pub(crate) fn check_stun(&self, from: IpAddr) -> Result<(), TooMuch> {
        let cell = self.cells.hash_one(network(from)) & u64::from(u16::MAX);
        let cell = u16::try_from(cell).expect("it is what a u16 holds");
        self.count(&table::STUN, Rate::StunOfAddress, Subject::Cell(cell))
    }

    /// Counts an invitation that is none's repetition, by a caller because of whom so many ring already.
    pub(crate) fn permit_invite(&self, row: &Row, invited: &InviteAttempt<'_>) -> Result<(), Refusal> {
        let to = &invited.invitation.to;
        let asked = u32::try_from(to.len()).unwrap_or(u32::MAX);
        if invited.ringing.saturating_add(asked) > self.ringing_per_caller {
            let detail = "so many people cannot ring at once".to_owned();
            return Err(Refusal { code: RefusalCode::RateLimited, detail });
        }
        Ok(to.iter().try_for_each(|callee| self.count_ring(row, invited, callee))?)
    }

    /// The caller's own limits come first, so that one caller does not use up what others may ask of the same person. A caller whom
    /// that person has blocked rings nowhere and takes nothing from the others, but is refused when it would be too much.
    fn count_ring(&self, row: &Row, invited: &InviteAttempt<'_>, callee: &UserId) -> Result<(), TooMuch> {
        let caller = invited.caller;
        self.count(row, Rate::InvitesOfUser, Subject::User(caller.clone()))?;
        self.count(row, Rate::InvitesToOne, Subject::Pair(caller.clone(), callee.clone()))?;
        let one = || Subject::User((caller.0.clone(), callee.clone()));
        let as_if_blocked = self.count(row, Rate::InvitesOfOneForBlocked, one());
        if invited.blocked_by.contains(&callee) { as_if_blocked } else { self.count(row, Rate::InvitesOfOne, one()) }
    }

    /// Forgets those who have been quiet for long enough.
    pub(crate) fn forget_the_quiet(&self) {
        self.counters.iter().for_each(RateLimiter::retain_recent);
    }
}

/// An invitation that is to be counted.
pub(crate) struct InviteAttempt<'a> {
    pub(crate) caller: &'a User,
    pub(crate) invitation: &'a Invitation,
    /// How many ring already because of the caller.
    pub(crate) ringing: u32,
    /// Who of those who are asked has blocked the caller.
    pub(crate) blocked_by: Vec<&'a UserId>,
}

/// Slows one link down to the rate of its frames.
pub(crate) struct Pace {
    frames: DefaultDirectRateLimiter,
    clock: DefaultClock,
}

impl Pace {
    pub(crate) fn new(limits: &Limits) -> Self {
        let (clock, quota) = (DefaultClock::default(), Rate::FramesOfLink.quota(limits));
        Self { frames: RateLimiter::direct_with_clock(quota, clock.clone()), clock }
    }

    /// Counts a frame, when it may be.
    pub(crate) async fn keep(&self) {
        while let Err(not_yet) = self.frames.check() {
            tokio::time::sleep(not_yet.wait_time_from(self.clock.now())).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carillon_protocol::{Account, AppId, CallKind, CallScope, ChannelName, Chat, MessageBody, Request};
    use governor::clock::FakeRelativeClock;
    use uuid::Uuid;

    use super::*;

    const HERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 1));
    const THERE: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(192, 0, 2, 2));

    #[test]
    fn the_sixth_attempt_on_an_account_within_a_minute_is_refused_and_others_are_not() {
        let limits = LimitTable::new(&Limits::default());
        let (ada, ben) = (user("ada"), user("ben"));

        for _ in 0..5 {
            assert_eq!(limits.check(HERE, &ada), Ok(()));
        }

        assert_eq!(limits.check(HERE, &ada), Err(TooMuch(Rate::SignInsOfAccount)));
        assert_eq!(limits.check(HERE, &ben), Ok(()));
        assert_eq!(limits.check(THERE, &ada), Ok(()));
    }

    #[test]
    fn twenty_messages_a_second_are_taken_for_minutes_and_the_sixty_first_at_once_is_not() {
        let (limits, clock) = virtual_table();
        let ada = who("ada");
        let row = table::of_request(&message());
        let writes = || limits.permit(&row, &ada).and_then(|()| count_message(&limits, &row, &ada));

        let at_once = (0..100).take_while(|_| writes().is_ok()).count();
        assert_eq!(at_once, 60);

        for second in 0..180 {
            clock.advance(Duration::from_secs(1));
            for _ in 0..20 {
                assert_eq!(writes(), Ok(()), "in second {second}");
            }
        }
        assert_eq!(count_message(&limits, &row, &who("ben")), Ok(()), "others may still write");
    }

    #[test]
    fn a_day_has_so_many_changes_whatever_they_are() {
        let (limits, clock) = virtual_table();
        let ada = who("ada");
        let row = table::of_request(&message());
        let most = Limits::default().changes_per_day_and_user;

        let changes = (0..=most).take_while(|_| limits.permit(&row, &ada).is_ok()).count();

        assert_eq!(u32::try_from(changes), Ok(most));
        assert_eq!(limits.permit(&row, &ada), Err(TooMuch(Rate::ChangesOfUser)));
        clock.advance(Duration::from_secs(60));
        assert_eq!(limits.permit(&row, &ada), Ok(()));
    }

    #[test]
    fn callers_whom_somebody_has_blocked_take_nothing_from_a_friend_and_are_refused_like_others() {
        let (limits, _) = virtual_table();
        let victim = user("victim");
        let invitation = invitation(&victim);
        let row = table::of_request(&Request::Invite(invitation.clone()));
        let rings = |caller: &str, is_blocked: bool| {
            let blocked_by = if is_blocked { vec![&victim] } else { Vec::new() };
            let caller = (AppId::new("carillon").unwrap(), user(caller));
            limits.permit_invite(
                &row,
                &InviteAttempt { caller: &caller, invitation: &invitation, ringing: 0, blocked_by },
            )
        };

        let attempts = (0..100).map(|number| rings(&format!("mallory{}", number % 20), true));
        let taken = attempts.filter(Result::is_ok).count();

        let most = usize::try_from(Limits::default().invites_per_minute_of_one).unwrap();
        assert_eq!(taken, most, "as many as of callers who are not blocked");
        for number in 0..most {
            assert_eq!(rings(&format!("friend{}", number % 20), false), Ok(()), "friend {number}");
        }
        assert_eq!(rings("another", false).unwrap_err().code, RefusalCode::RateLimited);
        assert_eq!(rings("another", false), rings("blocked", true), "in the same words");
    }

    #[test]
    fn whatever_addresses_datagrams_come_from_there_are_only_so_many_counters() {
        let (limits, _) = virtual_table();
        let most = Limits::default().stun_requests_per_minute_and_address;

        let answered = (0..=most).take_while(|_| limits.check_stun(HERE).is_ok()).count();
        for number in 0..200_000_u32 {
            limits.check_stun(IpAddr::V4(number.into())).ok();
        }

        assert_eq!(u32::try_from(answered), Ok(most));
        assert!(limits.counters[Rate::StunOfAddress as usize].len() <= 1 << 16);
    }

    fn virtual_table() -> (LimitTable<FakeRelativeClock>, FakeRelativeClock) {
        let clock = FakeRelativeClock::default();
        (LimitTable::by_clock(&Limits::default(), &clock), clock)
    }

    fn count_message(limits: &LimitTable<FakeRelativeClock>, row: &Row, who: &Who) -> Result<(), TooMuch> {
        limits.count(row, Rate::MessagesOfUser, Subject::on_link(Rate::MessagesOfUser, who))
    }

    fn user(name: &str) -> UserId {
        UserId::new(name).unwrap()
    }

    fn who(name: &str) -> Who {
        Who {
            app: AppId::new("carillon").unwrap(),
            account: Account::new(user(name), name.to_owned()),
            device: DeviceId::new(Uuid::new_v4()),
            device_name: "laptop".into(),
            key: None,
            sign_in: 1,
        }
    }

    fn message() -> Request {
        let (chat, body) = (Chat::User { user: user("ben") }, MessageBody::Text { text: "hello".into() });
        Request::SendMessage { chat, body, ext: serde_json::Map::new(), reply_to: None }
    }

    fn invitation(to: &UserId) -> Invitation {
        Invitation {
            scope: CallScope::Pair { kind: CallKind::Voice },
            to: vec![to.clone()],
            message: String::new(),
            channel: ChannelName::new("channel").unwrap(),
            access_token: None,
            uid: None,
            ring_ms: None,
            hides_address: false,
        }
    }
}
