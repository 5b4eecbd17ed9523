//! The book itself: no I/O, no clock of its own.

use std::collections::{HashMap, HashSet, VecDeque};

use carillon_protocol::{DeviceId, Presence, UserId};
use tokio::time::Instant;

/// A device is told about so many people at most: the ones that it was shown last.
const MOST_WATCHED: usize = 256;

#[derive(Default)]
struct Entry {
    /// Each with its link, so that the end of an old link takes nothing from a newer one.
    devices: HashMap<DeviceId, u64>,
    is_in_call: bool,
    /// Until when the user counts as online although their last link is down.
    lingers_until: Option<Instant>,
}

impl Entry {
    fn presence(&self) -> Presence {
        match (self.devices.is_empty() && self.lingers_until.is_none(), self.is_in_call) {
            (true, _) => Presence::Offline,
            (false, true) => Presence::InCall,
            (false, false) => Presence::Online,
        }
    }
}

/// Who is there, who is in a call, and who looks at whom.
#[derive(Default)]
pub(super) struct Book {
    people: HashMap<UserId, Entry>,
    watched_by: HashMap<UserId, HashSet<DeviceId>>,
    watching: HashMap<DeviceId, VecDeque<UserId>>,
    owners: HashMap<DeviceId, UserId>,
    leaving: VecDeque<(Instant, UserId)>,
    forgetting: VecDeque<(Instant, DeviceId)>,
}

pub(super) type Changes = Vec<(UserId, Presence)>;

impl Book {
    pub(super) fn linked(&mut self, user: UserId, (device, link): (DeviceId, u64), is_new: bool) -> Changes {
        if is_new {
            self.forget(device);
        }
        self.owners.insert(device, user.clone());
        self.change(user, |entry| {
            entry.devices.insert(device, link);
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
    ) {
        let Some(entry) = self.people.get_mut(user).filter(|entry| entry.devices.get(&device) == Some(&link)) else {
            return;
        };
        entry.devices.remove(&device);
        if entry.devices.is_empty() {
            entry.lingers_until = Some(offline_at);
            self.leaving.push_back((offline_at, user.clone()));
        }
        self.forgetting.push_back((forget_at, device));
    }

    pub(super) fn in_call(&mut self, user: UserId, is_in_call: bool) -> Changes {
        self.change(user, |entry| entry.is_in_call = is_in_call)
    }

    pub(super) fn shown(&mut self, to: DeviceId, people: Vec<UserId>) -> HashMap<UserId, Presence> {
        let presences = people.iter().map(|user| (user.clone(), self.presence(user))).collect();
        for user in people {
            self.watch(to, user);
        }
        presences
    }

    pub(super) fn watchers(&self, user: &UserId) -> Vec<DeviceId> {
        self.watched_by.get(user).map(|devices| devices.iter().copied().collect()).unwrap_or_default()
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let fronts = [self.leaving.front().map(|(at, _)| *at), self.forgetting.front().map(|(at, _)| *at)];
        fronts.into_iter().flatten().min()
    }

    /// Whatever was due has happened.
    pub(super) fn expire(&mut self, now: Instant) -> Changes {
        let mut changes = Changes::new();
        while let Some((_, user)) = self.leaving.pop_front_if(|(at, _)| *at <= now) {
            changes.extend(self.change(user, |entry| entry.lingers_until = entry.lingers_until.filter(|at| *at > now)));
        }
        while let Some((_, device)) = self.forgetting.pop_front_if(|(at, _)| *at <= now) {
            if !self.is_linked(device) {
                self.forget(device);
            }
        }
        changes
    }

    fn presence(&self, user: &UserId) -> Presence {
        self.people.get(user).map_or(Presence::Offline, Entry::presence)
    }

    fn change(&mut self, user: UserId, how: impl FnOnce(&mut Entry)) -> Changes {
        let entry = self.people.entry(user.clone()).or_default();
        let before = entry.presence();
        how(entry);
        let after = entry.presence();
        if after == Presence::Offline && !entry.is_in_call {
            self.people.remove(&user);
        }
        if before == after { Vec::new() } else { vec![(user, after)] }
    }

    fn is_linked(&self, device: DeviceId) -> bool {
        let entry = self.owners.get(&device).and_then(|user| self.people.get(user));
        entry.is_some_and(|entry| entry.devices.contains_key(&device))
    }

    fn watch(&mut self, device: DeviceId, user: UserId) {
        let watching = self.watching.entry(device).or_default();
        if !self.watched_by.entry(user.clone()).or_default().insert(device) {
            return;
        }
        watching.push_back(user);
        if watching.len() > MOST_WATCHED
            && let Some(oldest) = watching.pop_front()
        {
            self.stop_watching(device, &oldest);
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

    fn forget(&mut self, device: DeviceId) {
        for user in self.watching.remove(&device).unwrap_or_default() {
            self.stop_watching(device, &user);
        }
        self.owners.remove(&device);
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use uuid::Uuid;

    use super::*;

    const SECOND: Duration = Duration::from_secs(1);

    fn ada() -> UserId {
        UserId::new("ada").unwrap()
    }

    fn device() -> DeviceId {
        DeviceId::new(Uuid::new_v4())
    }

    #[test]
    fn a_link_that_comes_back_at_once_is_no_news() {
        let (mut book, laptop, now) = (Book::default(), device(), Instant::now());
        assert_eq!(book.linked(ada(), (laptop, 1), true), [(ada(), Presence::Online)]);

        book.unlinked(&ada(), (laptop, 1), now + SECOND, now + 9 * SECOND);
        assert_eq!(book.linked(ada(), (laptop, 2), false), []);

        assert_eq!(book.expire(now + 2 * SECOND), []);
    }

    #[test]
    fn the_late_end_of_a_replaced_link_takes_nobody_offline() {
        let (mut book, laptop, now) = (Book::default(), device(), Instant::now());
        book.linked(ada(), (laptop, 1), true);
        book.linked(ada(), (laptop, 2), true);

        book.unlinked(&ada(), (laptop, 1), now, now);

        assert_eq!(book.expire(now + SECOND), []);
        assert_eq!(book.presence(&ada()), Presence::Online);
    }

    #[test]
    fn whoever_stays_away_is_offline_and_in_the_end_forgotten() {
        let (mut book, laptop, phone, now) = (Book::default(), device(), device(), Instant::now());
        book.linked(ada(), (laptop, 1), true);
        book.shown(laptop, vec![UserId::new("ben").unwrap()]);
        book.linked(ada(), (phone, 2), true);
        book.unlinked(&ada(), (laptop, 1), now + SECOND, now + 9 * SECOND);
        book.unlinked(&ada(), (phone, 2), now + SECOND, now + 9 * SECOND);

        assert_eq!(book.next_deadline(), Some(now + SECOND));
        assert_eq!(book.expire(now + SECOND), [(ada(), Presence::Offline)]);
        assert_eq!(book.watchers(&UserId::new("ben").unwrap()), [laptop]);
        book.expire(now + 9 * SECOND);

        assert_eq!(book.watchers(&UserId::new("ben").unwrap()), []);
        assert!(book.people.is_empty() && book.owners.is_empty() && book.watching.is_empty());
        assert_eq!(book.next_deadline(), None);
    }

    #[test]
    fn only_the_people_that_were_shown_last_are_watched() {
        let (mut book, laptop) = (Book::default(), device());
        let people = (0..=MOST_WATCHED).map(|number| UserId::new(format!("user-{number}")).unwrap());

        book.shown(laptop, people.collect());

        assert_eq!(book.watchers(&UserId::new("user-0").unwrap()), []);
        assert_eq!(book.watchers(&UserId::new("user-1").unwrap()), [laptop]);
    }
}
