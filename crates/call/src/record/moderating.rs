//! What there is in group calls only: hands, and what moderators do about participants.

use carillon_protocol::{
    Done, EndReason, LegState, Moderation, MutedBy, PublishedSource, Refusal, RefusalCode, UserId,
};

use super::{
    Actor, Decision, GroupAction,
    judgement::Judgement,
    refusing::{not_allowed, refuse},
    rules::Rules,
};

impl Judgement<'_> {
    /// Judges what a device asks that belongs to a user with a part in the call.
    pub(super) fn answer_in_group(self, leg: usize, actor: &Actor, asked: GroupAction) -> Result<Decision, Refusal> {
        let row = &self.rows.legs[leg];
        let is_here = row.joined_device() == Some(actor.device);
        match (self.rules, row.state, asked) {
            (Rules::Group, LegState::Accepted, GroupAction::SetHand { raised }) if is_here => {
                Ok(self.set_hand(leg, raised))
            }
            (Rules::Group, LegState::Accepted, GroupAction::Moderate { user, what }) if is_here => {
                self.moderate(leg, &user, what)
            }
            (Rules::Pair | Rules::Group, LegState::Ringing | LegState::Accepted, _) => not_allowed(),
            (_, LegState::Declined | LegState::Busy | LegState::Missed | LegState::Left | LegState::Removed, _) => {
                refuse(RefusalCode::CallEnded, "the call is over for this user")
            }
        }
    }

    /// A hand that is up already keeps its place.
    fn set_hand(mut self, leg: usize, raised: bool) -> Decision {
        let row = &mut self.rows.legs[leg];
        let hand = raised.then_some(row.hand.unwrap_or(self.rows.call.version));
        if std::mem::replace(&mut row.hand, hand) != hand {
            self.tell_joined(leg, None);
        }
        self.decide(Done::Done)
    }

    fn moderate(mut self, by: usize, user: &UserId, what: Moderation) -> Result<Decision, Refusal> {
        let Some(leg) = self.rows.leg_of(user) else {
            return refuse(RefusalCode::NotFound, "this user has no part in the call");
        };
        let by = self.rows.legs[by].user.clone();
        let [own, theirs] = [&by, user].map(|user| self.rows.role_of(user, self.profiles));
        if !own.may_moderate(theirs) {
            let detail =
                "only who called, and above them the admins and the owner of the group, may do this about others";
            return refuse(RefusalCode::NotAllowed, detail);
        }
        match what {
            Moderation::Mute => self.mute(leg, by),
            Moderation::LowerHand => return Ok(self.set_hand(leg, false)),
            Moderation::Remove if self.rows.legs[leg].state == LegState::Accepted => {
                self.rows.legs[leg].removed_by = Some(by.clone());
                self.part(leg, LegState::Removed, EndReason::Removed, Some(&by));
                self.settle(None);
            }
            Moderation::Remove => {}
        }
        Ok(self.decide(Done::Done))
    }

    /// The device mutes itself, and says so. Where it sends nothing there is nothing to do.
    fn mute(&mut self, leg: usize, by: UserId) {
        let (row, version) = (&mut self.rows.legs[leg], self.rows.call.version);
        if row.published.is_on(PublishedSource::Microphone) {
            row.muted = Some(MutedBy { user: by, version });
            self.tell_joined(leg, None);
        }
    }
}
