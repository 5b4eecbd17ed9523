//! After a reset: what this device believes against what the server has.

use std::time::Instant;

use carillon_protocol::{EndReason, HandledHow, Request, Signal, SnapshotCall};

use super::{Device, End, Phase};

impl Device {
    pub(super) fn reconcile(&mut self, found: Option<SnapshotCall>, now: Instant) {
        if let Some(SnapshotCall::Ringing(ring)) = &found {
            self.forget_unheard(ring.call);
        }
        if self.is_unnamed() && !matches!(self.phase, Phase::Ended(_)) {
            return self.keep_found(found, now);
        }
        let is_same = found.as_ref().is_some_and(|found| self.is_the_one_in_hand(found));
        if is_same && matches!(self.phase, Phase::Inviting | Phase::Joining | Phase::Active { .. }) {
            self.update_others(found.as_ref(), now);
        }
        if self.goes_on(found.as_ref().filter(|_| is_same), now) {
            return;
        }
        match found {
            Some(SnapshotCall::Ringing(ring)) => self.ring_arrived(ring, now),
            // A call of this device's own from before it was restarted.
            Some(SnapshotCall::Inviting { call, .. } | SnapshotCall::Joined { call, .. }) => {
                self.send(Request::HangUp { call });
            }
            Some(SnapshotCall::Elsewhere { .. }) | None => {}
        }
    }

    /// The invite is repeated, and its answer says which call it is. A ring of another user is as the snapshot has it; if the invite has
    /// arrived before, the call itself is, and the answer is older than that.
    fn keep_found(&mut self, found: Option<SnapshotCall>, now: Instant) {
        match found {
            Some(SnapshotCall::Ringing(ring)) => {
                self.drop_rings(|_| true, Some(ring.call));
                self.keep_early(Signal::Ring(ring), now);
            }
            found => {
                self.drop_rings(|_| true, None);
                self.call_in_hand().found = found;
            }
        }
    }

    /// The server's name for the call in hand is known now: what the snapshot had of it counts.
    pub(super) fn apply_found(&mut self, now: Instant) {
        if let Some(SnapshotCall::Joined { .. }) = self.hear_of_found(now) {
            let kind = self.call_in_hand().info.kind;
            self.accepted(kind, None, now);
        }
    }

    /// What the snapshot had of the others in this very call is newer than the answer that names it.
    pub(super) fn hear_of_found(&mut self, now: Instant) -> Option<SnapshotCall> {
        let found = self.call_in_hand().found.take().filter(|found| self.is_ours(found.call()));
        self.update_others(found.as_ref(), now);
        found
    }

    /// A ring of a later round means that this device's part in the call was over in between.
    fn is_the_one_in_hand(&self, found: &SnapshotCall) -> bool {
        let round = self.call.as_ref().map_or(0, |call| call.round());
        let is_later = matches!(found, SnapshotCall::Ringing(ring) if ring.round > round);
        self.is_ours(found.call()) && !is_later
    }

    /// Whether the call in hand goes on, given how the server sees it; otherwise it ends here.
    fn goes_on(&mut self, same: Option<&SnapshotCall>, now: Instant) -> bool {
        use Phase::{Active, Ended, Idle, Inviting, Joining, Leaving, Ringing};
        let end = match (&self.phase, same) {
            (Idle | Ended(_), _) => return false,
            (Inviting, Some(SnapshotCall::Inviting { .. })) => return true,
            (Inviting, Some(SnapshotCall::Joined { .. })) => {
                let kind = self.call_in_hand().info.kind;
                self.accepted(kind, None, now);
                return true;
            }
            (Ringing, Some(SnapshotCall::Ringing(_))) => return true,
            // `Ringing`: this device's accept is still on its way.
            (Joining, Some(SnapshotCall::Ringing(_) | SnapshotCall::Joined { .. })) => return true,
            (Active { .. }, Some(SnapshotCall::Joined { .. })) => return true,
            (Ringing | Joining | Leaving { .. }, Some(SnapshotCall::Elsewhere { .. })) => {
                End::HandledElsewhere { how: HandledHow::Accepted, device_name: String::new() }
            }
            (Leaving { .. }, Some(_)) => return true,
            (Leaving { guess }, None) => guess.clone(),
            (Ringing, _) => End::Recorded { reason: EndReason::NoAnswer, by_me: false },
            (Inviting | Joining | Active { .. }, _) => {
                End::Recorded { reason: EndReason::ConnectionLost, by_me: false }
            }
        };
        self.end(end, now);
        false
    }
}
