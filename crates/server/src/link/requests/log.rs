//! What a device asks of the call log.

use carillon_protocol::{Answer, Done, OpId, Request};

use super::{found, not_done_here};
use crate::{core::Core, store::Who};

const MOST_CALLS: u32 = 50;

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    match request {
        Request::RecentCalls { limit } => {
            let calls = core.store.recent_calls(&who.app, &who.account.user, limit.min(MOST_CALLS)).await;
            found(core, calls.map(|calls| Done::Calls { calls }))
        }
        Request::MarkCallsSeen { up_to } => core.mark_calls_seen(who, op, up_to).await,
        _ => not_done_here(core),
    }
}
