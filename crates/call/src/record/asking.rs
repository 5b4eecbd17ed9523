//! How people are asked into a call: each gets a leg that rings, or finds them busy.

use carillon_protocol::{
    DEFAULT_RING_MS, DeviceId, EndReason, LegState, MAX_LEGS_EVER, MAX_RING_MS, MIN_RING_MS, Signal, UserId,
};

use super::{Actor, Decision, Invitee, LegRow, Recipient, Rows, judgement::Judgement};

pub(super) fn ring_until_ms(wanted_ms: Option<u64>, now_ms: u64) -> u64 {
    now_ms.saturating_add(wanted_ms.unwrap_or(DEFAULT_RING_MS).clamp(MIN_RING_MS, MAX_RING_MS))
}

/// People are asked, one after the other.
pub(super) struct Asking<'a> {
    pub(super) judgement: Judgement<'a>,
    pub(super) actor: &'a Actor,
    pub(super) ring_until_ms: u64,
    /// The device that hears of all of it in its answer.
    pub(super) is_answered_to: Option<DeviceId>,
    pub(super) invited: Vec<UserId>,
}

impl Asking<'_> {
    /// A user who was asked in vain by a caller they have blocked can still be asked by other users.
    pub(super) fn is_to_be_asked(&self, invitee: &Invitee) -> bool {
        let leg = self.judgement.rows.legs.iter().find(|leg| leg.user == invitee.user);
        leg.is_none_or(|leg| match leg.state {
            LegState::Accepted => false,
            LegState::Ringing => leg.is_blocked && !invitee.has_blocked,
            LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed => true,
        })
    }

    pub(super) fn ask(&mut self, invitee: &Invitee) {
        let index = self.renew_leg(invitee);
        let Judgement { rows, signals, now_ms, .. } = &mut self.judgement;
        if invitee.is_busy(*now_ms) {
            rows.legs[index].state = LegState::Busy;
            rows.legs[index].end = Some(EndReason::Busy);
        } else {
            signals.extend(ring_on(rows, index, invitee, self.actor, *now_ms));
        }
        self.judgement.tell_joined(index, self.is_answered_to);
        if !invitee.has_blocked {
            self.invited.push(invitee.user.clone());
        }
    }

    /// A leg that rings, in the place of the one that this user had before.
    fn renew_leg(&mut self, invitee: &Invitee) -> usize {
        let rows = &mut self.judgement.rows;
        let invited_by = Some(&self.actor.user).filter(|user| **user != rows.call.caller).cloned();
        let asked = LegRow::ringing(invitee.user.clone(), self.ring_until_ms, invitee.has_blocked);
        rows.call.ring_until_ms = rows.call.ring_until_ms.max(self.ring_until_ms);
        match rows.legs.iter().position(|leg| leg.user == invitee.user) {
            Some(index) => {
                let leg = &mut rows.legs[index];
                let (round, talked_ms, has_answered) = (leg.round + 1, leg.talked_ms, leg.has_answered);
                *leg = LegRow { invited_by, round, talked_ms, has_answered, ..asked };
                index
            }
            None => {
                rows.legs.push(LegRow { invited_by, ..asked });
                rows.legs.len() - 1
            }
        }
    }

    pub(super) fn is_too_large(&self, most_legs: usize) -> bool {
        let legs = &self.judgement.rows.legs;
        legs.iter().filter(|leg| leg.state.takes_room()).count() > most_legs || legs.len() > MAX_LEGS_EVER
    }

    pub(super) fn done(self) -> Decision {
        let Self { judgement, invited, .. } = self;
        let done = judgement.calling();
        Decision { invited, ..judgement.decide(done) }
    }
}

impl Invitee {
    /// Whether another call takes this user. A user who has blocked the actor is never busy for the actor.
    fn is_busy(&self, now_ms: u64) -> bool {
        !self.has_blocked && self.call.as_ref().is_some_and(|rows| rows.takes(&self.user, now_ms))
    }
}

/// Rings on every device of a user that may.
fn ring_on(rows: &Rows, leg: usize, invitee: &Invitee, actor: &Actor, now_ms: u64) -> Vec<(Recipient, Signal)> {
    if invitee.has_blocked {
        return Vec::new();
    }
    let names_but = |but| {
        let others = invitee.devices.iter().filter(|(device, _)| *device != but);
        others.map(|(_, name)| name.clone()).collect()
    };
    let ring_on = |(device, _): &(_, _)| {
        let ring = rows.ring(leg, &actor.profile(), names_but(*device), now_ms);
        (Recipient::Device(*device), Signal::Ring(ring))
    };
    invitee.devices.iter().map(ring_on).collect()
}
