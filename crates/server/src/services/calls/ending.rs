//! Ends of calls that are not there, or over: they cost nothing but the look.

use carillon_call::record::{Actor, Asked, Decision};
use carillon_protocol::{Answer, Refusal};

use super::about::About;
use crate::{change::Change, ground::limits::table};

/// Whether a device asks to end a call, or its user's part in it, and nothing of it is left to end.
pub(super) fn is_of_nothing(about: &About, decision: &Result<Decision, Refusal>) -> bool {
    let ends = matches!(about, About::Call(_, Asked::HangUp | Asked::Decline | Asked::MediaLost { .. }));
    let changes = decision.as_ref().is_ok_and(|decision| decision.rows.is_some() || !decision.signals.is_empty());
    ends && !changes
}

/// Answers it. Nothing is written down but what was cleared away before: asked again, the same is answered.
pub(super) fn of_nothing(change: &mut Change<'_>, actor: &Actor, decision: Result<Decision, Refusal>) -> Answer {
    change.ground.fault(&table::ENDS, actor.device);
    change.forget_answer();
    match decision {
        Ok(decision) => Answer::Ok(decision.done),
        Err(refusal) => Answer::Refused(refusal),
    }
}
