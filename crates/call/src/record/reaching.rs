//! Whether the server reaches the devices in a group call. What it knows by itself the others hear, and not what a device says.

use carillon_protocol::Done;

use super::{Actor, Decision, Way, judgement::Judgement, refusing::unchanged, rules::Rules};

impl Judgement<'_> {
    /// The actor's device is lost, or back. Of a call of two each end knows by the media how the other one is.
    pub(super) fn reach(mut self, actor: &Actor, by: Way, is_reached: bool) -> Decision {
        let is_here = |leg: &usize| self.rows.legs[*leg].joined_device() == Some(actor.device);
        let leg = self.rows.leg_of(&actor.user).filter(is_here);
        let Some(leg) = leg.filter(|_| self.rules == Rules::Group) else { return unchanged(Done::Done) };
        let lost = &mut self.rows.legs[leg].lost;
        let was_reached = lost.is_none();
        match by {
            Way::Link => lost.link = !is_reached,
            Way::Media => lost.media = !is_reached,
        }
        if lost.is_none() != was_reached {
            self.tell_joined(leg, None);
        }
        self.decide(Done::Done)
    }
}
