//! The table itself: no I/O, no clock of its own.

use std::collections::{HashMap, VecDeque};

use carillon_protocol::{DeviceId, Presence, UserId};
use tokio::time::Instant;

use crate::store::{LinkId, people::Visibility};

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
        // A user who lingers is what they were last.
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

/// What a device sees of a user, and what it was told last.
struct Watch {
    visibility: Visibility,
    told: Presence,
}

/// Who is there, who is in a call, and who looks at whom.
#[derive(Default)]
pub(super) struct PresenceTable {
    people: HashMap<UserId, Entry>,
    watched_by: HashMap<UserId, HashMap<DeviceId, Watch>>,
    watching: HashMap<DeviceId, VecDeque<UserId>>,
    owners: HashMap<DeviceId, UserId>,
    leaving: VecDeque<(Instant, UserId)>,
    forgetting: VecDeque<(Instant, DeviceId)>,
}

/// Which device is told what of whom.
pub(super) type PresenceUpdates = Vec<(DeviceId, UserId, Presence)>;

impl PresenceTable {
    pub(super) fn has_devices_of(&self, user: &UserId) -> bool {
        self.people.get(user).is_some_and(|entry| !entry.devices.is_empty())
    }

    pub(super) fn presence(&self, user: &UserId) -> Presence {
        self.people.get(user).map_or(Presence::Offline, Entry::presence)
    }

    /// Its user counts as being at the device until it says otherwise, unless it goes on with its session.
    pub(super) fn linked(
        &mut self,
        user: UserId,
        link: LinkId,
        is_new: bool,
        is_quiet: Option<bool>,
    ) -> PresenceUpdates {
        if is_new {
            self.stop_watching_all(link.device);
        }
        self.owners.insert(link.device, user.clone());
        self.change(&user, |entry| {
            let known = entry.devices.entry(link.device).or_default();
            known.link = Some(link.number);
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
        link: LinkId,
        offline_at: Instant,
        forget_at: Instant,
    ) -> PresenceUpdates {
        let known = self.people.get(user).and_then(|entry| entry.devices.get(&link.device));
        if known.is_none_or(|known| known.link != Some(link.number)) {
            return PresenceUpdates::new();
        }
        self.forgetting.push_back((forget_at, link.device));
        let mut is_last = false;
        let updates = self.change(user, |entry| {
            let known = entry.devices.entry(link.device).or_default();
            (known.link, known.kept_until) = (None, Some(forget_at));
            is_last = entry.devices.values().all(|device| device.link.is_none());
            if is_last {
                entry.lingers_until = Some(offline_at);
            }
        });
        if is_last {
            self.leaving.push_back((offline_at, user.clone()));
        }
        updates
    }

    pub(super) fn away(&mut self, user: &UserId, device: DeviceId, is_away: bool) -> PresenceUpdates {
        self.change(user, |entry| {
            if let Some(device) = entry.devices.get_mut(&device) {
                device.is_away = is_away;
            }
        })
    }

    pub(super) fn in_call(&mut self, user: &UserId, is_in_call: bool) -> PresenceUpdates {
        self.change(user, |entry| entry.is_in_call = is_in_call)
    }

    pub(super) fn quiet(&mut self, user: &UserId, is_quiet: bool) -> PresenceUpdates {
        self.change(user, |entry| entry.is_quiet = is_quiet)
    }

    /// A device asks; it will be told when the answer changes.
    pub(super) fn shown(&mut self, to: DeviceId, people: Vec<(UserId, Visibility)>) -> HashMap<UserId, Presence> {
        let view = |(user, visibility): &(UserId, Visibility)| (user.clone(), visibility.view(self.presence(user)));
        let presences: HashMap<_, _> = people.iter().map(view).collect();
        for (user, visibility) in people {
            let told = presences[&user];
            self.watch(to, user, Watch { visibility, told });
        }
        presences
    }

    /// All devices of a user have been told of another; what has become untrue since is told again.
    pub(super) fn told(
        &mut self,
        viewer: &UserId,
        of: UserId,
        visibility: Visibility,
        told: Presence,
    ) -> PresenceUpdates {
        let devices: Vec<_> =
            self.people.get(viewer).into_iter().flat_map(|entry| entry.devices.keys().copied()).collect();
        for device in devices {
            self.watch(device, of.clone(), Watch { visibility, told });
        }
        self.tell(&of)
    }

    /// Whether any device of a user is told of another.
    pub(super) fn looks(&self, viewer: &UserId, of: &UserId) -> bool {
        let mut devices = self.watched_by.get(of).into_iter().flat_map(HashMap::keys);
        devices.any(|device| self.owners.get(device) == Some(viewer))
    }

    /// A user sees more or less of another than before.
    pub(super) fn visibility(&mut self, viewer: &UserId, of: &UserId, visibility: Visibility) -> PresenceUpdates {
        for (device, watch) in self.watched_by.get_mut(of).into_iter().flatten() {
            if self.owners.get(device) == Some(viewer) {
                watch.visibility = visibility;
            }
        }
        self.tell(of)
    }

    pub(super) fn next_deadline(&self) -> Option<Instant> {
        let fronts = [self.leaving.front().map(|(at, _)| *at), self.forgetting.front().map(|(at, _)| *at)];
        fronts.into_iter().flatten().min()
    }

    /// Does what was due.
    pub(super) fn expire(&mut self, now: Instant) -> PresenceUpdates {
        let mut updates = PresenceUpdates::new();
        while let Some((_, user)) = self.leaving.pop_front_if(|(at, _)| *at <= now) {
            updates.extend(self.change(&user, |entry| {
                entry.lingers_until = entry.lingers_until.filter(|at| *at > now);
            }));
        }
        while let Some((_, device)) = self.forgetting.pop_front_if(|(at, _)| *at <= now) {
            updates.extend(self.forget_if_gone(device, now));
        }
        updates
    }

    fn change(&mut self, user: &UserId, how: impl FnOnce(&mut Entry)) -> PresenceUpdates {
        let entry = self.people.entry(user.clone()).or_default();
        let before = entry.presence();
        how(entry);
        let after = entry.presence();
        if entry.is_empty() {
            self.people.remove(user);
        }
        if before == after { PresenceUpdates::new() } else { self.tell(user) }
    }

    /// What those who look at a user do not know yet.
    fn tell(&mut self, user: &UserId) -> PresenceUpdates {
        let presence = self.presence(user);
        let mut updates = PresenceUpdates::new();
        for (device, watch) in self.watched_by.get_mut(user).into_iter().flatten() {
            let view = watch.visibility.view(presence);
            if view != watch.told {
                watch.told = view;
                updates.push((*device, user.clone(), view));
            }
        }
        updates
    }

    fn watch(&mut self, device: DeviceId, user: UserId, watch: Watch) {
        if self.watched_by.entry(user.clone()).or_default().insert(device, watch).is_some() {
            return;
        }
        let watching = self.watching.entry(device).or_default();
        watching.push_back(user);
        if watching.len() > MOST_WATCHED {
            let watched_by = &self.watched_by;
            let is_hidden = |user: &UserId| {
                watched_by[user].get(&device).is_none_or(|watch| watch.visibility == Visibility::Hidden)
            };
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

    fn forget_if_gone(&mut self, device: DeviceId, now: Instant) -> PresenceUpdates {
        let Some(user) = self.owners.get(&device).cloned() else { return PresenceUpdates::new() };
        let known = self.people.get(&user).and_then(|entry| entry.devices.get(&device));
        if known.is_some_and(|known| known.link.is_some() || known.kept_until.is_some_and(|at| at > now)) {
            return PresenceUpdates::new();
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
        let (mut table, laptop, bens, now) = (PresenceTable::default(), device(), device(), Instant::now());
        table.shown(bens, vec![(ada(), Visibility::Full)]);
        assert_eq!(link(&mut table, laptop, 1), [(bens, ada(), Presence::Online)]);

        table.unlinked(&ada(), LinkId { device: laptop, number: 1 }, now + SECOND, now + 9 * SECOND);
        assert_eq!(table.linked(ada(), LinkId { device: laptop, number: 2 }, false, None), []);

        assert_eq!(table.expire(now + 2 * SECOND), []);
    }

    #[test]
    fn the_late_end_of_a_replaced_link_takes_nobody_offline() {
        let (mut table, laptop, now) = (PresenceTable::default(), device(), Instant::now());
        link(&mut table, laptop, 1);
        link(&mut table, laptop, 2);

        table.unlinked(&ada(), LinkId { device: laptop, number: 1 }, now, now);

        assert_eq!(table.expire(now + SECOND), []);
        assert_eq!(table.presence(&ada()), Presence::Online);
    }

    #[test]
    fn whoever_stays_away_is_offline_and_in_the_end_forgotten() {
        let (mut table, laptop, phone, now) = (PresenceTable::default(), device(), device(), Instant::now());
        link(&mut table, laptop, 1);
        table.shown(laptop, vec![(ben(), Visibility::Full)]);
        link(&mut table, phone, 2);
        table.unlinked(&ada(), LinkId { device: laptop, number: 1 }, now + SECOND, now + 9 * SECOND);
        table.unlinked(&ada(), LinkId { device: phone, number: 2 }, now + SECOND, now + 9 * SECOND);

        assert_eq!(table.next_deadline(), Some(now + SECOND));
        table.expire(now + SECOND);
        assert_eq!(table.presence(&ada()), Presence::Offline);
        assert_eq!(watchers_of(&table, &ben()), [laptop]);
        table.expire(now + 9 * SECOND);

        assert_eq!(watchers_of(&table, &ben()), []);
        assert!(table.people.is_empty() && table.owners.is_empty() && table.watching.is_empty());
        assert_eq!(table.next_deadline(), None);
    }

    #[test]
    fn strangers_make_room_for_those_who_may_be_seen() {
        let (mut table, laptop) = (PresenceTable::default(), device());
        table.shown(laptop, vec![(ben(), Visibility::Full)]);
        let stranger = |number| UserId::new(format!("stranger-{number}")).unwrap();

        let strangers = (0..MOST_WATCHED).map(|number| (stranger(number), Visibility::Hidden)).collect();
        table.shown(laptop, strangers);

        assert_eq!(watchers_of(&table, &ben()), [laptop]);
        assert_eq!(watchers_of(&table, &stranger(0)), []);
        assert_eq!(watchers_of(&table, &stranger(1)), [laptop]);
    }

    #[test]
    fn each_sees_only_what_they_may() {
        let (mut table, laptop, [friend, stranger, blocked]) =
            (PresenceTable::default(), device(), [device(), device(), device()]);
        for (device, visibility) in
            [(friend, Visibility::Full), (stranger, Visibility::Hidden), (blocked, Visibility::AlwaysOffline)]
        {
            table.shown(device, vec![(ada(), visibility)]);
        }

        assert_eq!(link(&mut table, laptop, 1), [(friend, ada(), Presence::Online)]);
    }

    #[test]
    fn what_a_user_may_see_from_now_on_is_told_and_what_they_may_not_is_taken_back() {
        let (mut table, laptop, bens) = (PresenceTable::default(), device(), device());
        link(&mut table, laptop, 1);
        table.linked(ben(), LinkId { device: bens, number: 2 }, true, None);
        assert_eq!(table.shown(bens, vec![(ada(), Visibility::Hidden)])[&ada()], Presence::Hidden);

        assert_eq!(table.visibility(&ben(), &ada(), Visibility::Full), [(bens, ada(), Presence::Online)]);
        assert_eq!(table.visibility(&ben(), &ada(), Visibility::AlwaysOffline), [(bens, ada(), Presence::Offline)]);
        assert_eq!(table.visibility(&ben(), &ada(), Visibility::Hidden), [(bens, ada(), Presence::Hidden)]);
        assert_eq!(table.away(&ada(), laptop, true), []);
    }

    #[test]
    fn what_was_told_too_early_is_told_again() {
        let (mut table, laptop, bens) = (PresenceTable::default(), device(), device());
        table.linked(ben(), LinkId { device: bens, number: 2 }, true, None);
        link(&mut table, laptop, 1);

        assert_eq!(
            table.told(&ben(), ada(), Visibility::Full, Presence::Offline),
            [(bens, ada(), Presence::Online)],
            "and watched from now on"
        );
        assert_eq!(table.away(&ada(), laptop, true), [(bens, ada(), Presence::Away)]);
    }

    #[test]
    fn a_user_is_away_when_all_their_linked_devices_are() {
        let (mut table, laptop, phone, now) = (PresenceTable::default(), device(), device(), Instant::now());
        link(&mut table, laptop, 1);
        link(&mut table, phone, 2);

        table.away(&ada(), laptop, true);
        assert_eq!(table.presence(&ada()), Presence::Online);
        table.unlinked(&ada(), LinkId { device: phone, number: 2 }, now, now + SECOND);
        assert_eq!(table.presence(&ada()), Presence::Away);

        table.linked(ada(), LinkId { device: laptop, number: 3 }, false, None);
        assert_eq!(table.presence(&ada()), Presence::Away, "a session goes on as it was");
        table.linked(ada(), LinkId { device: laptop, number: 4 }, true, None);
        assert_eq!(table.presence(&ada()), Presence::Online);
    }

    #[test]
    fn a_call_says_more_than_do_not_disturb_and_that_more_than_away() {
        let (mut table, laptop) = (PresenceTable::default(), device());
        table.linked(ada(), LinkId { device: laptop, number: 1 }, true, Some(true));
        table.away(&ada(), laptop, true);
        assert_eq!(table.presence(&ada()), Presence::DoNotDisturb);

        table.in_call(&ada(), true);
        assert_eq!(table.presence(&ada()), Presence::InCall);
        table.in_call(&ada(), false);
        table.quiet(&ada(), false);

        assert_eq!(table.presence(&ada()), Presence::Away);
    }

    fn link(table: &mut PresenceTable, device: DeviceId, number: u64) -> PresenceUpdates {
        table.linked(ada(), LinkId { device, number }, true, None)
    }

    fn watchers_of(table: &PresenceTable, user: &UserId) -> Vec<DeviceId> {
        table.watched_by.get(user).map(|devices| devices.keys().copied().collect()).unwrap_or_default()
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
