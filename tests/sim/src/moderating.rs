//! Hands, moderators, and participants of group calls whom the server does not reach.

use std::{collections::BTreeSet, time::Instant};

use carillon_call::{
    device::Event,
    record::{Action, LegRow, LegState, Profiles, Rows, Way},
};
use carillon_protocol::{CallId, GroupRole, MicrophoneState, Published, UserId};

use super::{Sim, device::Dev, told::known_name};

/// Alice is an admin of the team.
pub(super) fn profiles() -> Profiles {
    let alice = UserId::new("alice").expect("a good name");
    Profiles::default().with_roles([(alice, GroupRole::Admin)])
}

/// How a leg is beside how far it has come: since when its hand is up, and whether the server does not reach its device.
type Standing = (&'static str, Option<u64>, bool);

impl Sim {
    /// Whose hands are up in the group call that a device has in hand, as far as it knows, the first first.
    pub fn hands(&self, dev: Dev) -> Vec<&'static str> {
        let legs = self.devices[dev.0].machine.call().map_or(&[][..], |call| &call.legs);
        let mut up: Vec<_> = legs.iter().filter_map(|leg| Some((leg.hand?, known_name(&leg.user)))).collect();
        up.sort_unstable();
        up.into_iter().map(|(_, name)| name).collect()
    }

    /// Who is reconnecting in it, as far as it knows.
    pub fn reconnecting(&self, dev: Dev) -> Vec<&'static str> {
        let legs = self.devices[dev.0].machine.call().map_or(&[][..], |call| &call.legs);
        legs.iter().filter(|leg| leg.reconnecting).map(|leg| known_name(&leg.user)).collect()
    }

    /// A device has been without a link for so long that the others are to know.
    pub(super) fn server_does_not_reach(&mut self, dev: Dev, since: Instant) {
        if let Some(call) = self.joined_call_of(dev).filter(|_| self.is_away_since(dev, since)) {
            // Only what has no part in the call is refused.
            let _ = self.judge(dev, Some(call), Action::Reached { by: Way::Link, is_reached: false });
        }
    }

    /// A device has a link again. What the others are told of it waits in their outboxes.
    pub(super) fn server_reaches(&mut self, dev: Dev) -> Vec<(Dev, u64)> {
        let Some(call) = self.joined_call_of(dev) else { return Vec::new() };
        let reached = self.judge_quietly(dev, Some(call), Action::Reached { by: Way::Link, is_reached: true });
        reached.map(|(signals, _)| signals).unwrap_or_default()
    }

    fn joined_call_of(&self, dev: Dev) -> Option<CallId> {
        let rows = self.server.live_call_of(&self.devices[dev.0].user, self.server_now_ms())?;
        rows.joined().any(|leg| leg.joined_device() == Some(dev.id())).then_some(rows.call.id)
    }

    /// A device obeys a moderator, as far as there is something to mute.
    pub(super) fn obey_moderator(&mut self, dev: Dev) {
        let published = self.published_by(dev);
        if published.microphone == MicrophoneState::On {
            self.publish(dev, Published { microphone: MicrophoneState::Muted, ..published });
        }
    }

    /// A device hears that it is muted: by a user who may do that, and never more often than it was.
    pub(super) fn watch_mute(&mut self, dev: Dev, event: &Event) {
        let Event::Muted { call, by } = event else { return };
        let user = self.devices[dev.0].user.clone();
        let may = |rows: &Rows| rows.role_of(by, &profiles()).may_moderate(rows.role_of(&user, &profiles()));
        if !self.server.call(*call).is_some_and(may) {
            self.watch.violated(format!("{dev:?} is muted by {by}, who may not"));
        }
        let heard = self.watch.mutes_heard.entry((dev, *call)).or_default();
        *heard += 1;
        if *heard > self.watch.mutes.get(&(*call, user)).map_or(0, BTreeSet::len) {
            self.watch.violated(format!("{dev:?} hears of a mute that there was not, or twice of one"));
        }
    }

    /// What the record has of hands and moderators makes sense.
    pub(super) fn watch_moderated(&mut self, before: Option<&Rows>, call: CallId) {
        let Some(rows) = self.server.call(call) else { return };
        let role_of = |user: &UserId| rows.role_of(user, &profiles());
        let was =
            |leg: &LegRow| before?.legs.iter().find(|was| was.user == leg.user && was.round == leg.round).cloned();
        let (mut wrongs, mut mutes) = (Vec::new(), Vec::new());
        for leg in &rows.legs {
            let is_in_it = leg.state == LegState::Accepted;
            if !is_in_it && (leg.hand.is_some() || leg.muted.is_some() || !leg.lost.is_none()) {
                wrongs.push(format!(
                    "{}'s leg of {call} is not in it, and has a hand up, is muted or reconnects",
                    leg.user
                ));
            }
            let by = leg.removed_by.iter().chain(leg.muted.as_ref().map(|muted| &muted.user));
            if by.into_iter().any(|by| !role_of(by).may_moderate(role_of(&leg.user))) {
                wrongs.push(format!("{} is moderated in {call} by a user who may not", leg.user));
            }
            if is_in_it && was(leg).is_some_and(|was| was.removed_by.is_some()) {
                wrongs.push(format!("{} was taken out of {call} and is in it again without being asked", leg.user));
            }
            mutes.extend(leg.muted.as_ref().map(|muted| (leg.user.clone(), muted.version)));
        }
        let hands: Vec<u64> = rows.legs.iter().filter_map(|leg| leg.hand).collect();
        if hands.iter().collect::<BTreeSet<_>>().len() < hands.len() {
            wrongs.push(format!("two hands in {call} are up since the same moment"));
        }
        for (user, version) in mutes {
            self.watch.mutes.entry((call, user)).or_default().insert(version);
        }
        wrongs.into_iter().for_each(|wrong| self.watch.violated(wrong));
    }

    /// A device in a group call knows whose hands are up, since when, and who is reconnecting.
    pub(super) fn check_standings(&mut self, dev: Dev) {
        let in_hand = self.devices[dev.0].machine.call().filter(|call| call.is_group() && self.is_active(dev));
        let Some((info, rows)) = in_hand.and_then(|call| Some((call, self.server.call(call.id?)?))) else { return };
        let joined = info.legs.iter().filter(|leg| leg.state == LegState::Accepted);
        let known: BTreeSet<Standing> = joined.map(|leg| (known_name(&leg.user), leg.hand, leg.reconnecting)).collect();
        let recorded: BTreeSet<Standing> =
            rows.joined().map(|leg| (known_name(&leg.user), leg.hand, !leg.lost.is_none())).collect();
        if known != recorded {
            self.watch.violated(format!("{dev:?} knows of {known:?} and not of {recorded:?}"));
        }
    }

    /// When all is quiet, nobody is reconnecting whose program runs, and who was muted has heard of it.
    pub(super) fn check_moderated(&mut self, dev: Dev) {
        let in_hand = self.devices[dev.0].machine.call().filter(|call| call.is_group() && self.is_active(dev));
        let Some(rows) = in_hand.and_then(|call| self.server.call(call.id?)) else { return };
        let Some(leg) = rows.joined().find(|leg| leg.joined_device() == Some(dev.id())) else { return };
        let has_heard = self.watch.mutes_heard.contains_key(&(dev, rows.call.id));
        let (is_lost, is_deaf) = (!leg.lost.is_none(), leg.muted.is_some() && !has_heard);
        if is_lost {
            self.watch.violated(format!("{dev:?} is there, and the others see it reconnecting"));
        }
        if is_deaf {
            self.watch.violated(format!("{dev:?} was muted and has not heard of it"));
        }
    }
}
