//! Requests that have no answer yet. Each keeps its `op_id` until it has one, so that asking twice has the effect of once.

use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

use carillon_protocol::{ClientFrame, OpId, PendingRequest};

/// An answer that has not come over a good link by then was lost by the server.
const REPEAT_AFTER: Duration = Duration::from_secs(10);
/// A call asks a few things and sends some dozens of candidates: more than this at once is not a call.
const MOST: usize = 512;

/// Who waits for an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Asker {
    /// The program around this end; until then, or for as long as it takes.
    Program { until: Option<Instant> },
    /// The link itself, for missed messages.
    Missed,
    /// The link itself, for what it says again in each session; it does not look at the answer.
    AwayNotice,
}

#[derive(Debug)]
struct Entry {
    request: PendingRequest,
    asker: Asker,
    sent_at: Option<Instant>,
}

/// Unanswered requests, oldest first.
#[derive(Debug, Default)]
pub(super) struct Pending {
    entries: VecDeque<Entry>,
}

impl Pending {
    /// Takes a request; gives the name of one that is given up for it, if there are too many. A request that was given up before may
    /// come again by its own name.
    pub(super) fn add(&mut self, request: PendingRequest, asker: Asker) -> Option<OpId> {
        let oldest = if self.entries.len() >= MOST { self.entries.pop_front() } else { None };
        self.entries.push_back(Entry { request, asker, sent_at: None });
        oldest.filter(Entry::is_of_program).map(|entry| entry.request.op_id)
    }

    /// The link is new: everything is to be sent again.
    pub(super) fn rewind(&mut self) {
        self.entries.iter_mut().for_each(|entry| entry.sent_at = None);
    }

    /// The oldest request that is due to be sent, as a frame; it counts as sent.
    pub(super) fn next_due(&mut self, now: Instant) -> Option<ClientFrame> {
        let entry = self.entries.iter_mut().find(|entry| entry.repeat_at().is_none_or(|at| at <= now))?;
        entry.sent_at = Some(now);
        Some(ClientFrame::Request(entry.request.clone()))
    }

    /// Takes out the one that is answered; `None` if it was answered before.
    pub(super) fn answered(&mut self, op_id: OpId) -> Option<Asker> {
        let at = self.entries.iter().position(|entry| entry.request.op_id == op_id)?;
        self.entries.remove(at).map(|entry| entry.asker)
    }

    /// A new session: what the link itself asks is asked anew, and an answer to the question before is of no use.
    pub(super) fn forget_own(&mut self) {
        self.entries.retain(Entry::is_of_program);
    }

    /// Takes out the requests whose time is over, and gives their names.
    pub(super) fn expire(&mut self, now: Instant) -> Vec<OpId> {
        let is_late = |entry: &Entry| entry.until().is_some_and(|until| until <= now);
        let late = self.entries.iter().filter(|entry| is_late(entry)).map(|entry| entry.request.op_id).collect();
        self.entries.retain(|entry| !is_late(entry));
        late
    }

    /// When the first asker loses patience.
    pub(super) fn next_expiry(&self) -> Option<Instant> {
        self.entries.iter().filter_map(Entry::until).min()
    }

    /// When the first request is to be sent again.
    pub(super) fn next_repeat(&self) -> Option<Instant> {
        self.entries.iter().filter_map(Entry::repeat_at).min()
    }

    pub(super) fn askers(&self) -> impl Iterator<Item = (OpId, Asker)> {
        self.entries.iter().map(|entry| (entry.request.op_id, entry.asker))
    }
}

impl Entry {
    const fn is_of_program(&self) -> bool {
        matches!(self.asker, Asker::Program { .. })
    }

    const fn until(&self) -> Option<Instant> {
        match self.asker {
            Asker::Program { until } => until,
            Asker::Missed | Asker::AwayNotice => None,
        }
    }

    fn repeat_at(&self) -> Option<Instant> {
        self.sent_at.map(|at| at + REPEAT_AFTER)
    }
}

#[cfg(test)]
mod tests {
    use carillon_protocol::Request;

    use super::*;
    use crate::session::testing::{op, start};

    const CALL: Asker = Asker::Program { until: None };

    #[test]
    fn an_unanswered_request_is_repeated_on_the_next_link_with_the_same_op_id_and_in_order() {
        let mut pending = Pending::default();
        pending.add(search(op(1), "a"), CALL);
        pending.add(search(op(2), "b"), CALL);

        let first = drain(&mut pending, start());
        assert_eq!(drain(&mut pending, start()), [], "nothing is sent twice over one link while an answer may come");
        pending.rewind();
        let second = drain(&mut pending, start());

        assert_eq!(first, [(op(1), "a".to_owned()), (op(2), "b".to_owned())]);
        assert_eq!(first, second);
    }

    #[test]
    fn an_answer_that_does_not_come_over_a_good_link_is_asked_for_again() {
        let mut pending = Pending::default();
        pending.add(search(op(1), "a"), CALL);
        let first = drain(&mut pending, start());

        let again_at = pending.next_repeat().expect("it waits");

        assert_eq!(again_at, start() + REPEAT_AFTER);
        assert_eq!(drain(&mut pending, again_at), first);
    }

    #[test]
    fn an_answer_counts_once() {
        let mut pending = Pending::default();
        pending.add(search(op(7), "a"), CALL);

        assert_eq!(pending.answered(op(7)), Some(CALL));
        assert_eq!(pending.answered(op(7)), None);
    }

    #[test]
    fn a_window_is_told_after_a_while_and_a_call_goes_on_asking() {
        let mut pending = Pending::default();
        let until = start() + Duration::from_secs(10);
        pending.add(search(op(1), "window"), Asker::Program { until: Some(until) });
        pending.add(search(op(2), "call"), CALL);
        pending.add(search(op(3), "missed"), Asker::Missed);

        assert_eq!(pending.next_expiry(), Some(until));
        assert_eq!(pending.expire(until - Duration::from_millis(1)), []);
        assert_eq!(pending.expire(until), [op(1)]);

        let left: Vec<_> = drain(&mut pending, until).into_iter().map(|(_, query)| query).collect();
        assert_eq!(left, ["call", "missed"]);
    }

    #[test]
    fn of_too_many_requests_the_oldest_is_given_up() {
        let mut pending = Pending::default();
        (0..MOST as u128).for_each(|n| assert_eq!(pending.add(search(op(n), "a"), CALL), None));

        assert_eq!(pending.add(search(op(MOST as u128), "a"), CALL), Some(op(0)));
        assert_eq!(pending.answered(op(0)), None);
    }

    fn search(op_id: OpId, query: &str) -> PendingRequest {
        PendingRequest { op_id, body: Request::SearchUsers { query: query.into() } }
    }

    fn drain(pending: &mut Pending, now: Instant) -> Vec<(OpId, String)> {
        let op_and_query = |frame| {
            let ClientFrame::Request(PendingRequest { op_id, body: Request::SearchUsers { query } }) = frame else {
                panic!("not a search: {frame:?}")
            };
            (op_id, query)
        };
        std::iter::from_fn(|| pending.next_due(now)).map(op_and_query).collect()
    }
}
