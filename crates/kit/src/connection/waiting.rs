//! Who waits for the answers to requests.

use carillon_protocol::{Answer, OpId};
use tokio::sync::oneshot;

use super::RequestError;

/// Who waits for an answer.
#[derive(Debug)]
pub(super) enum Asker {
    /// A window.
    App(oneshot::Sender<Result<Answer, RequestError>>),
    /// The call machine, by its own number.
    Call(u64),
}

/// Everybody who waits, the longest first. A request that was given up may be asked again by its name.
#[derive(Debug, Default)]
pub(super) struct Waiting {
    askers: Vec<(OpId, Asker)>,
}

impl Waiting {
    pub(super) fn add(&mut self, op: OpId, asker: Asker) {
        self.askers.push((op, asker));
    }

    /// Takes out who has waited longest for this.
    pub(super) fn take(&mut self, op: OpId) -> Option<Asker> {
        let at = self.askers.iter().position(|(waiting, _)| *waiting == op)?;
        Some(self.askers.remove(at).1)
    }

    /// Tells everybody that there will be no answer.
    pub(super) fn close(&mut self) {
        for (_, asker) in self.askers.drain(..) {
            if let Asker::App(reply) = asker {
                // The window may have gone meanwhile.
                let _ = reply.send(Err(RequestError::Closed));
            }
        }
    }
}
