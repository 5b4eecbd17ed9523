//! Ends of calls that are not there, or over: they cost nothing but the look.

use carillon_call::record::{Actor, Asked, Decision};
use carillon_protocol::{Answer, Refusal};

use super::{About, Settled};
use crate::{
    core::Core,
    limits::table,
    store::{self, Tx},
};

/// Whether a device asks to end a call, or its user's part in it, and nothing of it is left to end.
pub(super) fn is_of_nothing(about: &About, decision: &Result<Decision, Refusal>) -> bool {
    let ends = matches!(about, About::Call(_, Asked::HangUp | Asked::Decline | Asked::MediaLost { .. }));
    let changes = decision.as_ref().is_ok_and(|decision| decision.rows.is_some() || !decision.signals.is_empty());
    ends && !changes
}

impl Core {
    /// Answers it. Nothing is written down but what was cleared away before: asked again, the same is answered.
    pub(super) async fn end_nothing(
        &self,
        tx: Tx,
        actor: &Actor,
        decision: Result<Decision, Refusal>,
        cleared: Settled,
    ) -> store::Result<Settled> {
        self.fault(&table::ENDS, actor.device);
        let answer = match decision {
            Ok(decision) => {
                // That it is over may be on its way to the disk still.
                tx.commit().await?;
                Answer::Ok(decision.done)
            }
            Err(refusal) => {
                cleared.keep(tx).await?;
                Answer::Refused(refusal)
            }
        };
        Ok(Settled::answered(answer).after(cleared))
    }
}
