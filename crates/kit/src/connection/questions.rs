//! The windows that wait for the answers to their requests.

use carillon_protocol::{Answer, OpId};
use tokio::sync::oneshot;

use super::RequestError;

/// Where a window waits.
type Reply = oneshot::Sender<Result<Answer, RequestError>>;

/// All that wait, the longest first. A request that was given up may be asked again by its name.
#[derive(Debug, Default)]
pub(super) struct OpenQuestions {
    replies: Vec<(OpId, Reply)>,
}

impl OpenQuestions {
    pub(super) fn add(&mut self, op: OpId, reply: Reply) {
        self.replies.push((op, reply));
    }

    /// Takes out the one that has waited longest for this; `None`: the call machine waits for it.
    pub(super) fn take(&mut self, op: OpId) -> Option<Reply> {
        let at = self.replies.iter().position(|(waiting, _)| *waiting == op)?;
        Some(self.replies.remove(at).1)
    }

    /// Tells all that there will be no answer.
    pub(super) fn close(&mut self) {
        for (_, reply) in self.replies.drain(..) {
            // The window may have gone meanwhile.
            let _ = reply.send(Err(RequestError::Closed));
        }
    }
}
