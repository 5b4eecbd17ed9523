//! The book itself: no I/O, no clock of its own.

use std::collections::{HashMap, VecDeque};

use carillon_protocol::{DeviceId, Presence, UserId};
use tokio::time::Instant;

use crate::store::people::Sight;

/// A device is told about so many people at most: the ones that it was shown last, those first whose presence it may see.
const MOST_WATCHED: usize = 256;

/// A device that has a link, or had one lately enough to go on.
#[derive(Default)]
struct Device {
    /// Its link, so that the end of an old link takes nothing from a newer one.
    link: Option<u64>,
    is_away: bool,
    /// Until when it may go on; counted from its last link.
    kept_until: Option<Instant>,
}

#[derive(Default)]
struct Entry {
    devices: HashMap<DeviceId, Device>,
    is_in_call: bool,
    /// The user wants no rings.
    is_quiet: bool,
    /// Until when the user counts as online although their last link is down.
    lingers_until: Option<Instant>,
}

impl Entry {
    fn presence(&self) -> Presence {
        let is_linked = self.devices.values().any(|device| device.link.is_some());
        if !is_linked && self.lingers_until.is_none() {
            return Presence::Offline;
        }
        // Whoever lingers is what they were last.
        let mut there = self.devices.values().filter(|device| device.link.is_some() == is_linked).peekable();
        let is_away = there.peek().is_some() && there.all(|device| device.is_away);
        match (self.is_in_call, self.is_quiet, is_away) {
            (true, _, _) => Presence::InCall,
            (false, true, _) => Presence::DoNotDisturb,
            (false, false, true) => Presence::Away,
            (false, false, false) => Presence::Online,
        }
    }

    fn is_empty(&self) -> bool {
        self.devices.is_empty() && !self.is_in_call && self.lingers_until.is_none()
    }
}

/// What a device sees of somebody, and what it was told last.
struct Watch {
    sight: Sight,
    told: Presence,
}

/// Who is there, who is in a call, and who looks at whom.
#[derive(Default)]
pub(super) struct Book {
    people: HashMap<UserId, Entry>,
    watched_by: HashMap<UserId, HashMap<DeviceId, Watch>>,
    watching: HashMap<DeviceId, VecDeque<UserId>>,
    owners: HashMap<DeviceId, UserId>,
    leaving: VecDeque<(Instant, UserId)>,
    forgetting: VecDeque<(Instant, DeviceId)>,
}

/// Which device is told what of whom.
pub(super) type Tellings = Vec<(DeviceId, UserId, Presence)>;

impl Book {
    pub(super) fn has_devices_of(&self, user: &UserId) -> bool {
        self.people.get(user).is_some_and(|entry| !entry.devices.is_empty())
    }

    pub(super) fn presence(&self, user: &UserId) -> Presence {
        self.people.get(user).map_or(Presence::Offline, Entry::presence)
    }

    /// A device is at somebody's hand again until it says otherwise, unless it goes on with its session.
    pub(super) fn linked(
        &mut self,
        user: UserId,
        (device, link): (DeviceId, u64),
        is_new: bool,
        is_quiet: Option<bool>,
    ) -> Tellings {
        if is_new {
            self.stop_watching_all(device);
        }
        self.owners.insert(device, user.clone());
        self.change(&user, |entry| {
            let known = entry.devices.entry(device).or_default();
            known.link = Some(link);
            known.is_away &= !is_new;
            entry.is_quiet = is_quiet.unwrap_or(entry.is_quiet);
            entry.lingers_until = None;
        })
    }

    /// A user whose last device goes is offline only after a while: most links come back at once. A device that stays away for
    /// longer has to look again.
    pub(super) fn unlinked(
        &mut self,
        user: &UserId,
        (device, link): (DeviceId, u64),
        offline_at: Instant,
        forget_at: Instant,
    ) -> Tellings {
        let known = self.people.get(user).and_then(|entry| entry.devices.get(&device));
        if known.is_none_or(|known| known.link != Some(link)) {
            return Tellings::new();
        }
        self.forgetting.push_back((forget_at, device));
        let mut is_last = false;
        let tellings = self.change(user, |entry| {
            let known = entry.devices.entry(device).or_default();
            (known.link, known.kept_until) = (None, Some(forget_at));
            is_last = entry.devices.values().all(|device| device.link.is_none());
            if is_last {
                entry.lingers_until = Some(offline_at);
            }
        });
        if is_last {
            self.leaving.push_back((offline_at, user.clone()));
        }
        tellings
    }

    pub(super) fn away(&mut self, user: &UserId, device: DeviceId, is_away: bool) -> Tellings {
        self.change(user, |entry| {
            if let Some(device) = entry.devices.get_mut(&device) {
                device.is_away = is_away;
            }
        })
    }

    pub(super) fn in_call(&mut self, user: &UserId, is_in_call: bool) -> Tellings {
        self.change(user, |entry| entry.is_in_call = is_in_call)
    }

    pub(super) fn quiet(&mut self, user: &UserId, is_quiet: bool) -> Tellings {
        self.change(user, |entry| entry.is_quiet = is_quiet)
    }

    /// A device asks; it will be told when the answer changes.
    pub(super) fn shown(&mut self, to: DeviceId, people: Vec<(UserId, Sight)>) -> HashMap<UserId, Presence> {
        let view = |(user, sight): &(UserId, Sight)| (user.clone(), sight.view(self.presence(user)));
        let presences: HashMap<_, _> = people.iter().map(view).collect();
        for (user, sight) in people {
            let told = presences[&user];
            self.watch(to, user, Watch { sight, told });
        }
        presences
    }

    /// All devices of a user have been told of somebody; what has become untrue since is told again.
    pub(super) fn told(&mut self, viewer: &UserId, of: UserId, sight: Sight, told: Presence) -> Tellings {
        let devices: Vec<_> =
            self.people.get(viewer).into_iter().flat_map(|entry| entry.devices.keys().copied()).collect();
        for device in devices {
            self.watch(device, of.clone(), Watch { sight, told });
        }
        self.tell(&of)
    }

    /// Whether any device of a user is told of somebody.
    pub(super) fn looks(&self, viewer: &UserId, of: &UserId) -> bool {
        let mut devices = self.watched_by.get(of).into_iter().flat_map(HashMap::keys);
        devices.any(|device| self.owners.get(device) == Some(viewer))
    }

    /// A user sees more or less of somebody than before.
    pub(super) fn sight(&mut self, viewer: &UserId, of: &UserId, sight: Sight) -> Tellings {
        for (device, watch) in self.watched_by.get_mut(of).into_iter().flatten() {
            if self.owners.get(device) == Some(viewer) {
                watch.sight = sight;
            }
        }
        self.tell(of)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let fronts = [self.leaving.front().map(|(at, _)| *at), self.forgetting.front().map(|(at, _)| *at)];
        fronts.into_iter().flatten().min()
    }

    /// Whatever was due has happened.
    pub(super) fn expire(&mut self, now: Instant) -> Tellings {
        let mut tellings = Tellings::new();
        while let Some((_, user)) = self.leaving.pop_front_if(|(at, _)| *at <= now) {
            tellings.extend(self.change(&user, |entry| {
                entry.lingers_until = entry.lingers_until.filter(|at| *at > now);
            }));
        }
        while let Some((_, device)) = self.forgetting.pop_front_if(|(at, _)| *at <= now) {
            tellings.extend(self.forget_if_gone(device, now));
        }
        tellings
    }

    fn change(&mut self, user: &UserId, how: impl FnOnce(&mut Entry)) -> Tellings {
        let entry = self.people.entry(user.clone()).or_default();
        let before = entry.presence();
        how(entry);
        let after = entry.presence();
        if entry.is_empty() {
            self.people.remove(user);
        }
        if before == after { Tellings::new() } else { self.tell(user) }
    }

    /// What those who look at a user do not know yet.
    fn tell(&mut self, user: &UserId) -> Tellings {
        let presence = self.presence(user);
        let mut tellings = Tellings::new();
        for (device, watch) in self.watched_by.get_mut(user).into_iter().flatten() {
            let view = watch.sight.view(presence);
            if view != watch.told {
                watch.told = view;
                tellings.push((*device, user.clone(), view));
            }
        }
        tellings
    }

    fn watch(&mut self, device: DeviceId, user: UserId, watch: Watch) {
        if self.watched_by.entry(user.clone()).or_default().insert(device, watch).is_some() {
            return;
        }
        let watching = self.watching.entry(device).or_default();
        watching.push_back(user);
        if watching.len() > MOST_WATCHED {
            let watched_by = &self.watched_by;
            let is_hidden =
                |user: &UserId| watched_by[user].get(&device).is_none_or(|watch| watch.sight == Sight::Hidden);
            let first_hidden = watching.iter().position(is_hidden).unwrap_or(0);
            if let Some(user) = watching.remove(first_hidden) {
                self.stop_watching(device, &user);
            }
        }
    }

    fn stop_watching(&mut self, device: DeviceId, user: &UserId) {
        if let Some(devices) = self.watched_by.get_mut(user) {
            devices.remove(&device);
            if devices.is_empty() {
                self.watched_by.remove(user);
            }
        }
    }

    fn stop_watching_all(&mut self, device: DeviceId) {
        for user in self.watching.remove(&device).unwrap_or_default() {
            self.stop_watching(device, &user);
        }
    }

    fn forget_if_gone(&mut self, device: DeviceId, now: Instant) -> Tellings {
        let Some(user) = self.owners.get(&device).cloned() else { return Tellings::new() };
        let known = self.people.get(&user).and_then(|entry| entry.devices.get(&device));
        if known.is_some_and(|known| known.link.is_some() || known.kept_until.is_some_and(|at| at > now)) {
            return Tellings::new();
        }
        self.stop_watching_all(device);
        self.owners.remove(&device);
        self.change(&user, |entry| {
            entry.devices.remove(&device);
        })
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    #[test]
    fn a_link_that_comes_back_at_once_is_no_news() {
        let (mut book, laptop, bens, now) = (Book::default(), device(), device(), Instant::now());
        book.shown(bens, vec![(ada(), Sight::Open)]);
        assert_eq!(link(&mut book, laptop, 1), [(bens, ada(), Presence::Online)]);

        book.unlinked(&ada(), (laptop, 1), now + SECOND, now + 9 * SECOND);
        assert_eq!(book.linked(ada(), (laptop, 2), false, None), []);

        assert_eq!(book.expire(now + 2 * SECOND), []);
    }

    #[test]
    fn the_late_end_of_a_replaced_link_takes_nobody_offline() {
        let (mut book, laptop, now) = (Book::default(), device(), Instant::now());
        link(&mut book, laptop, 1);
        link(&mut book, laptop, 2);

        book.unlinked(&ada(), (laptop, 1), now, now);

        assert_eq!(book.expire(now + SECOND), []);
        assert_eq!(book.presence(&ada()), Presence::Online);
    }

    #[test]
    fn whoever_stays_away_is_offline_and_in_the_end_forgotten() {
        let (mut book, laptop, phone, now) = (Book::default(), device(), device(), Instant::now());
        link(&mut book, laptop, 1);
        book.shown(laptop, vec![(ben(), Sight::Open)]);
        link(&mut book, phone, 2);
        book.unlinked(&ada(), (laptop, 1), now + SECOND, now + 9 * SECOND);
        book.unlinked(&ada(), (phone, 2), now + SECOND, now + 9 * SECOND);

        assert_eq!(book.next_deadline(), Some(now + SECOND));
        book.expire(now + SECOND);
        assert_eq!(book.presence(&ada()), Presence::Offline);
        assert_eq!(watchers_of(&book, &ben()), [laptop]);
        book.expire(now + 9 * SECOND);

        assert_eq!(watchers_of(&book, &ben()), []);
        assert!(book.people.is_empty() && book.owners.is_empty() && book.watching.is_empty());
        assert_eq!(book.next_deadline(), None);
    }

    #[test]
    fn strangers_make_room_for_those_who_may_be_seen() {
        let (mut book, laptop) = (Book::default(), device());
        book.shown(laptop, vec![(ben(), Sight::Open)]);
        let stranger = |number| UserId::new(format!("stranger-{number}")).unwrap();

        let strangers = (0..MOST_WATCHED).map(|number| (stranger(number), Sight::Hidden)).collect();
        book.shown(laptop, strangers);

        assert_eq!(watchers_of(&book, &ben()), [laptop]);
        assert_eq!(watchers_of(&book, &stranger(0)), []);
        assert_eq!(watchers_of(&book, &stranger(1)), [laptop]);
    }

    #[test]
    fn each_sees_only_what_they_may() {
        let (mut book, laptop, [friend, stranger, blocked]) =
            (Book::default(), device(), [device(), device(), device()]);
        for (device, sight) in [(friend, Sight::Open), (stranger, Sight::Hidden), (blocked, Sight::Dark)] {
            book.shown(device, vec![(ada(), sight)]);
        }

        assert_eq!(link(&mut book, laptop, 1), [(friend, ada(), Presence::Online)]);
    }

    #[test]
    fn what_a_user_may_see_from_now_on_is_told_and_what_they_may_not_is_taken_back() {
        let (mut book, laptop, bens) = (Book::default(), device(), device());
        link(&mut book, laptop, 1);
        book.linked(ben(), (bens, 2), true, None);
        assert_eq!(book.shown(bens, vec![(ada(), Sight::Hidden)])[&ada()], Presence::Hidden);

        assert_eq!(book.sight(&ben(), &ada(), Sight::Open), [(bens, ada(), Presence::Online)]);
        assert_eq!(book.sight(&ben(), &ada(), Sight::Dark), [(bens, ada(), Presence::Offline)]);
        assert_eq!(book.sight(&ben(), &ada(), Sight::Hidden), [(bens, ada(), Presence::Hidden)]);
        assert_eq!(book.away(&ada(), laptop, true), []);
    }

    #[test]
    fn what_was_told_too_early_is_told_again() {
        let (mut book, laptop, bens) = (Book::default(), device(), device());
        book.linked(ben(), (bens, 2), true, None);
        link(&mut book, laptop, 1);

        assert_eq!(
            book.told(&ben(), ada(), Sight::Open, Presence::Offline),
            [(bens, ada(), Presence::Online)],
            "and watched from now on"
        );
        assert_eq!(book.away(&ada(), laptop, true), [(bens, ada(), Presence::Away)]);
    }

    #[test]
    fn a_user_is_away_when_all_their_linked_devices_are() {
        let (mut book, laptop, phone, now) = (Book::default(), device(), device(), Instant::now());
        link(&mut book, laptop, 1);
        link(&mut book, phone, 2);

        book.away(&ada(), laptop, true);
        assert_eq!(book.presence(&ada()), Presence::Online);
        book.unlinked(&ada(), (phone, 2), now, now + SECOND);
        assert_eq!(book.presence(&ada()), Presence::Away);

        book.linked(ada(), (laptop, 3), false, None);
        assert_eq!(book.presence(&ada()), Presence::Away, "a session goes on as it was");
        book.linked(ada(), (laptop, 4), true, None);
        assert_eq!(book.presence(&ada()), Presence::Online);
    }

    #[test]
    fn a_call_says_more_than_do_not_disturb_and_that_more_than_away() {
        let (mut book, laptop) = (Book::default(), device());
        book.linked(ada(), (laptop, 1), true, Some(true));
        book.away(&ada(), laptop, true);
        assert_eq!(book.presence(&ada()), Presence::DoNotDisturb);

        book.in_call(&ada(), true);
        assert_eq!(book.presence(&ada()), Presence::InCall);
        book.in_call(&ada(), false);
        book.quiet(&ada(), false);

        assert_eq!(book.presence(&ada()), Presence::Away);
    }

    fn link(book: &mut Book, device: DeviceId, link: u64) -> Tellings {
        book.linked(ada(), (device, link), true, None)
    }

    fn watchers_of(book: &Book, user: &UserId) -> Vec<DeviceId> {
        book.watched_by.get(user).map(|devices| devices.keys().copied().collect()).unwrap_or_default()
    }

    fn ada() -> UserId {
        UserId::new("ada").unwrap()
    }

    fn ben() -> UserId {
        UserId::new("ben").unwrap()
    }

    fn device() -> DeviceId {
        DeviceId::new(Uuid::new_v4())
    }
}
