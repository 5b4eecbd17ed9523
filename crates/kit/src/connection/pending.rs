//! Requests that have no answer yet. Each keeps its `op_id` until it has one, so that asking twice has the effect of once.

use std::{collections::VecDeque, time::Duration};

use carillon_protocol::{Answer, ClientFrame, OpId, Request};
use tokio::{sync::oneshot, time::Instant};
use uuid::Uuid;

use super::RequestError;

/// A window would rather say that there is no link than spin for longer.
const APP_PATIENCE: Duration = Duration::from_secs(10);
/// An answer that has not come over a good link by then was lost by the server.
const REPEAT_AFTER: Duration = Duration::from_secs(10);
/// A call asks a few things and sends some dozens of candidates: more than this at once is not a call.
const MOST: usize = 512;

/// Who waits for an answer.
#[derive(Debug)]
pub(crate) enum Asker {
    /// A window; it gives up after a while.
    App(oneshot::Sender<Result<Answer, RequestError>>),
    /// The call machine, by its own number; it never gives up.
    Call(u64),
    /// The link itself, for missed messages; it never gives up.
    Missed,
    /// The link itself, for what it says again in each session.
    Nobody,
}

#[derive(Debug)]
struct Entry {
    op_id: OpId,
    body: Request,
    asker: Asker,
    asked_at: Instant,
    sent_at: Option<Instant>,
}

/// Unanswered requests, oldest first.
#[derive(Debug, Default)]
pub(crate) struct Pending {
    entries: VecDeque<Entry>,
}

impl Pending {
    pub(crate) fn add(&mut self, body: Request, asker: Asker) {
        self.add_as(new_op(), body, asker);
    }

    /// A request by its own name: it may be one that was given up before.
    pub(crate) fn add_as(&mut self, op_id: OpId, body: Request, asker: Asker) {
        if self.entries.len() >= MOST {
            tracing::warn!("too many unanswered requests; the oldest is given up");
            self.entries.pop_front();
        }
        self.entries.push_back(Entry { op_id, body, asker, asked_at: Instant::now(), sent_at: None });
    }

    /// The link is new: everything is to be sent again.
    pub(crate) fn rewind(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.sent_at = None);
    }

    /// The oldest request that is due to be sent, as a frame; it counts as sent.
    pub(crate) fn next_due(&mut self) -> Option<ClientFrame> {
        let now = Instant::now();
        let due = |entry: &&mut Entry| entry.sent_at.is_none_or(|at| now.duration_since(at) >= REPEAT_AFTER);
        let entry = self.entries.iter_mut().find(due)?;
        entry.sent_at = Some(now);
        Some(ClientFrame::Request { op_id: entry.op_id, body: entry.body.clone() })
    }

    /// Takes out the one that is answered; `None` if it was answered before.
    pub(crate) fn answered(&mut self, op_id: OpId) -> Option<Asker> {
        let at = self.entries.iter().position(|entry| entry.op_id == op_id)?;
        self.entries.remove(at).map(|entry| entry.asker)
    }

    /// A new session: what the link itself asks is asked anew, and an answer to the question before is of no use.
    pub(crate) fn forget_own(&mut self) {
        self.entries.retain(|entry| !matches!(entry.asker, Asker::Missed | Asker::Nobody));
    }

    /// When the first window loses its patience.
    pub(crate) fn next_expiry(&self) -> Option<Instant> {
        let apps = self.entries.iter().filter(|entry| matches!(entry.asker, Asker::App(_)));
        apps.map(|entry| entry.asked_at + APP_PATIENCE).min()
    }

    /// Tells windows that have waited long enough, and forgets those that have gone.
    pub(crate) fn expire(&mut self) {
        let now = Instant::now();
        for entry in std::mem::take(&mut self.entries) {
            match entry.asker {
                Asker::App(reply) if now >= entry.asked_at + APP_PATIENCE => {
                    // The window may have gone meanwhile.
                    let _ = reply.send(Err(RequestError::Offline));
                }
                _ => self.entries.push_back(entry),
            }
        }
    }

    /// Tells everybody that there will be no answer.
    pub(crate) fn close(&mut self) {
        for entry in self.entries.drain(..) {
            if let Asker::App(reply) = entry.asker {
                // The window may have gone meanwhile.
                let _ = reply.send(Err(RequestError::Closed));
            }
        }
    }
}

/// A name for a request.
pub(crate) fn new_op() -> OpId {
    OpId::new(Uuid::now_v7())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn search(query: &str) -> Request {
        Request::SearchUsers { query: query.into() }
    }

    fn op_and_query(frame: ClientFrame) -> (OpId, String) {
        match frame {
            ClientFrame::Request { op_id, body: Request::SearchUsers { query } } => (op_id, query),
            other => panic!("not a search: {other:?}"),
        }
    }

    fn drain(pending: &mut Pending) -> Vec<(OpId, String)> {
        std::iter::from_fn(|| pending.next_due()).map(op_and_query).collect()
    }

    #[tokio::test(start_paused = true)]
    async fn an_unanswered_request_is_repeated_on_the_next_link_with_the_same_op_id_and_in_order() {
        let mut pending = Pending::default();
        pending.add(search("a"), Asker::Call(1));
        pending.add(search("b"), Asker::Call(2));

        let first = drain(&mut pending);
        assert_eq!(drain(&mut pending), [], "nothing is sent twice over one link while the server may still answer");
        pending.rewind();
        let second = drain(&mut pending);

        assert_eq!(first, second);
        assert_eq!(first.iter().map(|(_, query)| query.as_str()).collect::<Vec<_>>(), ["a", "b"]);
    }

    #[tokio::test(start_paused = true)]
    async fn an_answer_counts_once() {
        let mut pending = Pending::default();
        pending.add(search("a"), Asker::Call(7));
        let (op_id, _) = drain(&mut pending).remove(0);

        assert!(matches!(pending.answered(op_id), Some(Asker::Call(7))));
        assert!(pending.answered(op_id).is_none());
    }

    #[tokio::test(start_paused = true)]
    async fn a_window_is_told_after_a_while_and_a_call_goes_on_asking() {
        let mut pending = Pending::default();
        let (reply, mut answer) = oneshot::channel();
        pending.add(search("window"), Asker::App(reply));
        pending.add(search("call"), Asker::Call(1));
        drain(&mut pending);

        tokio::time::advance(APP_PATIENCE).await;
        pending.expire();

        assert_eq!(answer.try_recv().expect("it was told"), Err(RequestError::Offline));
        let again: Vec<_> = drain(&mut pending).into_iter().map(|(_, query)| query).collect();
        assert_eq!(again, ["call"]);
    }
}
