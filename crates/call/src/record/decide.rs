//! The judgement itself: who may do what to a call, and what comes of it.

use carillon_protocol::{Done, EndReason, LegState, Refusal, RefusalCode};

use super::{
    Action, Actor, CallState, Decision, Facts, Rows,
    invite::{Invite, NewCall},
    judgement::Judgement,
    refusing::{not_allowed, refuse, unchanged},
};

/// Judges what an actor asks of a call.
///
/// Asking again for what is already so is answered well and changes nothing, so that requests may be repeated.
///
/// # Errors
/// A [`Refusal`] says why nothing has changed. Who has no part in the call hears [`RefusalCode::UnknownCall`], as if there were
/// none.
pub fn decide(facts: &Facts, actor: &Actor, action: Action, server_now_ms: u64) -> Result<Decision, Refusal> {
    let now_ms = server_now_ms;
    let of_call = |rows| Judgement::of(rows, &facts.profiles, now_ms).on(facts.node);
    match (action, &facts.call) {
        (Action::Invite { id, app, invitation, claim }, _) => {
            Invite { facts, actor, invitation: &invitation, now_ms }.judge(NewCall { id, app }, claim)
        }
        (_, None) => unknown_call(),
        (Action::Expire, Some(rows)) => Ok(of_call(rows).expire()),
        (Action::Remove { user }, Some(rows)) => Ok(of_call(rows).remove(&user)),
        (Action::Reached { by, is_reached }, Some(rows)) => Ok(of_call(rows).reach(actor, by, is_reached)),
        (action, Some(rows)) => match (action, rows.leg_of(&actor.user)) {
            (Action::InGroup(asked), Some(leg)) => of_call(rows).answer_in_group(leg, actor, asked),
            (action, Some(leg)) => of_call(rows).answer(leg, actor, action),
            (_, None) => unknown_call(),
        },
    }
}

impl Judgement<'_> {
    /// Judges what a device asks that belongs to a user with a part in the call. This table is all of it that a call of two has too: the action, how
    /// far the call is, and how far this user is in it.
    fn answer(self, leg: usize, actor: &Actor, action: Action) -> Result<Decision, Refusal> {
        use Action::{
            Accept, Decline, DeviceGone, Expire, HangUp, InGroup, Invite, Media, MediaLost, MoveToServer, Publish,
            Reached, Remove, RenewToken, Ringing,
        };
        use CallState::{Active, Ended};
        use LegState::{Accepted, Busy, Declined, Left, Missed, Removed, Ringing as Rings};
        let row = &self.rows.legs[leg];
        let in_time = self.now_ms < row.ring_until_ms;
        let is_here = row.joined_device() == Some(actor.device);
        let was_asked = self.rows.was_asked(leg);

        match (action, &self.rows.call.state, row.state) {
            // It rings for this user.
            (Ringing, _, Rings) if in_time => Ok(self.count_in(leg, actor)),
            (Accept { claim, hides_address }, _, Rings) if in_time => {
                Ok(self.accept(leg, actor, claim?, hides_address))
            }
            (Decline, _, Rings) if in_time => Ok(self.decline(leg, actor)),
            // Too late, and the sweeper has not been here yet: the device hears how it ended, as all others do.
            (Ringing | Accept { .. } | Decline, _, Rings) => Ok(self.expire()),
            (DeviceGone, _, Rings) => Ok(self.count_out(leg, actor)),

            // This user is in the call, by this device or another.
            (Ringing, _, Accepted) if was_asked && !is_here => Ok(self.handled_before(leg, actor)),
            (Accept { .. }, _, Accepted) if was_asked && is_here => Ok(self.unchanged_but_joined(leg)),
            (Accept { .. } | Decline, _, Accepted) if was_asked => {
                refuse(RefusalCode::AlreadyHandled, "another device of this user answered")
            }
            (HangUp, _, Accepted) if is_here && self.rings_in_vain() => Ok(self.expire()),
            (HangUp, CallState::Ringing, Accepted) if is_here => {
                Ok(self.leave(leg, EndReason::Cancelled, Some(&actor.user)))
            }
            (HangUp, Active | Ended { .. }, Accepted) if is_here => {
                Ok(self.leave(leg, EndReason::HungUp, Some(&actor.user)))
            }
            (MediaLost { was_connected: true }, Active, Accepted) if is_here => {
                Ok(self.leave(leg, EndReason::ConnectionLost, None))
            }
            (MediaLost { .. }, _, Accepted) if is_here => Ok(self.leave(leg, EndReason::MediaFailed, None)),
            (DeviceGone, _, Accepted) if is_here => Ok(self.leave(leg, EndReason::ConnectionLost, None)),
            (MoveToServer, Active, Accepted) if is_here => self.move_to_server(),
            (Media(signal), CallState::Ringing, Accepted) if is_here => self.hold(leg, signal),
            (Media(signal), Active, Accepted) if is_here => self.relay(leg, signal),
            (Publish(published), _, Accepted) if is_here => Ok(self.publish(leg, published)),
            (RenewToken { claim }, _, Accepted) if is_here => self.renew(leg, claim?),

            // It is over for this user.
            (HangUp | MediaLost { .. }, _, Declined | Busy | Missed | Left | Removed) => Ok(unchanged(Done::Done)),
            (Ringing, _, Declined | Busy | Missed | Left | Removed) if was_asked => self.tell_verdict(leg, actor),
            (Accept { .. } | Decline, _, Declined | Busy | Missed | Left | Removed) if was_asked => {
                refuse_ended(&self.rows, leg, actor)
            }
            (RenewToken { .. }, CallState::Ringing | Active, Declined | Busy | Missed | Left | Removed) => {
                not_allowed()
            }
            (
                Ringing | Accept { .. } | Decline | MoveToServer | Media(_) | Publish(_) | RenewToken { .. },
                _,
                Declined | Busy | Missed | Left | Removed,
            ) => refuse(RefusalCode::CallEnded, "the call is over for this user"),

            // A device that has no part in it may go.
            (DeviceGone, _, _) => Ok(unchanged(Done::Done)),
            (Ringing | Accept { .. } | Decline | HangUp | MediaLost { .. }, _, Rings | Accepted) => not_allowed(),
            (MoveToServer | Media(_) | Publish(_) | RenewToken { .. }, _, Rings | Accepted) => not_allowed(),
            // Those are judged elsewhere, or no device asks them.
            (Invite { .. } | InGroup(_) | Reached { .. } | Expire | Remove { .. }, _, _) => not_allowed(),
        }
    }
}

fn unknown_call<T>() -> Result<T, Refusal> {
    refuse(RefusalCode::UnknownCall, "there is no such call for this user")
}

/// Why a user's device comes too late: the other device's doing is the better answer where there is one.
fn refuse_ended(rows: &Rows, leg: usize, actor: &Actor) -> Result<Decision, Refusal> {
    match rows.legs[leg].device_id() {
        Some(device) if device != actor.device => {
            refuse(RefusalCode::AlreadyHandled, "another device of this user dealt with it")
        }
        Some(_) | None => refuse(RefusalCode::CallEnded, "the call is over for this user"),
    }
}
