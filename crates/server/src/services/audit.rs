//! Who did what to an account: sign-ins and failures, devices, registrations, and what the operator did.
//!
//! The table has the names, for the operator alone. The log line of an entry (target `audit`) has its number and no name, because
//! logs travel further. Nothing that anybody said, and no secret, is in either.

pub(crate) use crate::store::audit::{Act, Entry};
use crate::{core::Core, log_budget::limited};

impl Core {
    /// Writes an entry down. What it is about has happened, so a log that fails stops nobody.
    pub(crate) async fn note(&self, entry: Entry) {
        match self.store.add_audit(&entry, self.clock.now_ms()).await {
            Ok(id) => {
                let (act, outcome) = (entry.act.word(), entry.outcome);
                let device = entry.device.map(tracing::field::display);
                let from = entry.from.map(tracing::field::display);
                limited!(info, target: "audit", id, act, outcome, device, from, "audit");
            }
            Err(error) => limited!(error, %error, act = entry.act.word(), "an entry of the audit log is lost"),
        }
    }
}
