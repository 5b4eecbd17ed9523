//! Ends of calls that are not there, or over: they cost nothing but the look.

use carillon_call::record::{Actor, Decision};
use carillon_protocol::{Answer, Refusal};

use crate::{change::Change, ground::limits::table};

/// Whether nothing of the call, or of the user's part in it, is left to end.
pub(super) fn is_of_nothing(decision: &Result<Decision, Refusal>) -> bool {
    !decision.as_ref().is_ok_and(|decision| decision.rows.is_some() || !decision.signals.is_empty())
}

/// Answers it. Nothing is written down: asked again, the same is answered.
pub(super) fn of_nothing(change: &mut Change<'_>, actor: &Actor, decision: Result<Decision, Refusal>) -> Answer {
    change.ground.fault(&table::ENDS, actor.device);
    change.forget_answer();
    match decision {
        Ok(decision) => Answer::Ok(decision.done),
        Err(refusal) => Answer::Refused(refusal),
    }
}
