//! What must hold once what the record has said has had its time to arrive.

use std::collections::BTreeMap;

use carillon_call::{
    device::{End, Phase},
    record::{CallState, LegRow, LegState},
};
use carillon_protocol::{EndReason, HandledHow};

use super::{Heard, ON_THE_WAY};
use crate::{Sim, device::Dev, told::known_name};

impl Sim {
    /// What must hold when all is quiet and every link is good: nothing rings, no device waits, both sides are in the call or
    /// neither, and all devices tell the same end.
    pub fn check_settled(&mut self) {
        for dev in self.all() {
            self.check_device_settled(dev);
        }
        for heard in self.watch.heard.clone() {
            self.check_agreement(&heard);
        }
        self.check_messages();
        self.check_acknowledged();
    }

    fn check_device_settled(&mut self, dev: Dev) {
        let device = &self.devices[dev.0];
        if !device.is_alive {
            return;
        }
        let phase = device.machine.phase().clone();
        let in_hand = device.machine.call().and_then(|call| call.id);
        let counts = self.watch.devices.get(&dev).map_or((0, 0), |watch| (watch.begun, watch.ended));
        let has_two_ends = self.server.live(self.server_now_ms()).any(|rows| {
            let is_in_it = rows.joined().any(|leg| leg.joined_device() == Some(dev.id()));
            Some(rows.call.id) == in_hand && rows.call.state == CallState::Active && is_in_it
        });
        let is_settled = match phase {
            Phase::Idle | Phase::Ended(_) => counts.0 == counts.1,
            Phase::Active { .. } => counts.0 == counts.1 + 1 && has_two_ends,
            Phase::Inviting | Phase::Ringing | Phase::Joining | Phase::Leaving { .. } => false,
        };
        if !is_settled {
            self.watch.violated(format!("{dev:?} is left in {phase:?} with (begun, ended) {counts:?}"));
        }
        if self.devices[dev.0].machine.shown_ring().is_some() {
            self.watch.violated(format!("{dev:?} still rings"));
        }
        if self.devices[dev.0].waits_for_answers() {
            self.watch.violated(format!("{dev:?} waits for answers still"));
        }
        self.check_legs(dev);
        self.check_published(dev);
        self.check_moderated(dev);
        self.check_path(dev);
    }

    /// What must hold at any time: a device in a call that has a good link knows how far the call is, and in a group call how far each
    /// leg is, once it has had time to hear of it.
    pub(crate) fn check_known(&mut self) {
        for dev in self.all() {
            if self.hears_badly(dev) {
                continue;
            }
            let call = self.devices[dev.0].machine.call().and_then(|call| call.id);
            let changed_at = call.and_then(|call| self.watch.changed_at.get(&call));
            if changed_at.is_some_and(|at| *at + ON_THE_WAY < self.now) {
                self.check_legs(dev);
                self.check_answered(dev);
            }
        }
    }

    /// A caller does not go on waiting for what is there.
    fn check_answered(&mut self, dev: Dev) {
        let machine = &self.devices[dev.0].machine;
        let waits_for = machine.call().filter(|_| matches!(machine.phase(), Phase::Inviting));
        let rows = waits_for.and_then(|call| self.server.call(call.id?));
        if rows.is_some_and(|rows| rows.call.state == CallState::Active) {
            self.watch.violated(format!("{dev:?} still waits for an answer that it has"));
        }
    }

    /// A device in a group call knows how far each leg is.
    fn check_legs(&mut self, dev: Dev) {
        let in_hand = self.devices[dev.0].machine.call().filter(|call| call.is_group() && self.is_active(dev));
        let Some(rows) = in_hand.and_then(|call| call.id).and_then(|id| self.server.call(id)) else { return };
        let recorded: BTreeMap<_, _> = rows.legs.iter().map(|leg| (known_name(&leg.user), leg.state)).collect();
        let known: BTreeMap<_, _> = self.legs(dev).into_iter().collect();
        if known != recorded {
            self.watch.violated(format!("{dev:?} knows of {known:?} and not of {recorded:?}"));
        }
        self.check_standings(dev);
    }

    fn check_agreement(&mut self, heard: &Heard) {
        let Some(rows) = heard.call.and_then(|id| self.server.call(id)) else { return };
        if rows.is_group() {
            return self.check_agreement_in_group(heard);
        }
        let device = &self.devices[heard.dev.0];
        let agrees = match (&heard.end, &rows.call.state) {
            (End::Recorded { reason, by_me }, CallState::Ended { reason: recorded, by }) => {
                let is_by_me = by.as_ref() == Some(&device.user);
                reason == recorded && (!heard.is_word || *by_me == is_by_me)
            }
            (End::HandledElsewhere { how, .. }, _) => {
                let leg = rows.legs.iter().find(|leg| leg.user == device.user);
                let was_declined = leg.is_some_and(|leg| leg.state == LegState::Declined);
                let how_it_was = if was_declined { HandledHow::Declined } else { HandledHow::Accepted };
                let winner = leg.and_then(LegRow::device_id);
                winner.is_some_and(|winner| winner != heard.dev.id()) && *how == how_it_was
            }
            _ => false,
        };
        let may_be_wrong = !heard.is_word && heard.is_excused;
        if !agrees && !may_be_wrong {
            let devices: Vec<_> = rows.legs.iter().map(LegRow::device_id).collect();
            let recorded = format!("{:?}, on {devices:?}", rows.call.state);
            self.watch.violated(format!("{heard:?} disagrees with the record: {recorded}"));
        }
    }

    /// In a group call each user has an end of their own, each time.
    fn check_agreement_in_group(&mut self, heard: &Heard) {
        let Some(call) = heard.call else { return };
        let user = self.devices[heard.dev.0].user.clone();
        let round = self.watch.rounds.get(&(call, user, heard.round)).map(|round| &round.leg);
        let elsewhere = |leg: &LegRow| leg.device_id().is_some_and(|winner| winner != heard.dev.id());
        let agrees = match (&heard.end, round) {
            (End::Recorded { reason, .. }, Some(leg)) => leg.end == Some(*reason),
            (End::RemovedBy { user }, Some(leg)) => leg.removed_by.as_ref() == Some(user),
            (End::HandledElsewhere { how: HandledHow::Declined, .. }, Some(leg)) => {
                elsewhere(leg) && leg.end == Some(EndReason::Declined)
            }
            (End::HandledElsewhere { how: HandledHow::Accepted, .. }, Some(leg)) => elsewhere(leg) && leg.has_answered,
            // Told that it is over only when it asked.
            (End::Refused(_), Some(leg)) => leg.end.is_some(),
            (_, None) => false,
        };
        if !agrees && (!heard.is_excused || heard.is_word) {
            let recorded = format!("{:?}", round.map(|leg| (leg.state, leg.end, leg.device_id())));
            self.watch.violated(format!("{heard:?} disagrees with the record: {recorded}"));
        }
    }
}
