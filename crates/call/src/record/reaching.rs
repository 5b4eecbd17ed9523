//! Whether the server reaches the devices in a group call. What it knows by itself the others hear, and not what a device says.

use carillon_protocol::Done;

use super::{Decision, Way, judgement::Judgement, refusing::unchanged, rules::Rules};

impl Judgement<'_> {
    /// The actor's device is lost, or back. Of a call of two each end knows by the media how the other one is.
    pub(super) fn reach(mut self, leg: usize, by: Way, is_reached: bool) -> Decision {
        if self.rules == Rules::Pair {
            return unchanged(Done::Done);
        }
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
