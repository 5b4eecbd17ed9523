//! What a device asks of the call log.

use carillon_call::record::Recipient;
use carillon_protocol::{Answer, CallId, Done, OpId, Request, Signal};

use super::{found, not_done_here};
use crate::{
    change::{Begun, Change, NotChanged},
    core::Core,
    store::{self, Who},
};

const MOST_CALLS: u32 = 50;

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    match request {
        Request::RecentCalls { limit } => {
            let calls = core.store.recent_calls(&who.app, &who.account.user, limit.min(MOST_CALLS)).await;
            found(core, calls.map(|calls| Done::Calls { calls }))
        }
        Request::MarkCallsSeen { up_to } => mark_seen(core, who, op, up_to).await,
        _ => not_done_here(core),
    }
}

async fn mark_seen(core: &Core, who: &Who, op: OpId, up_to: CallId) -> Answer {
    let mut change = match Change::begin(core, who, op).await {
        Begun::Change(change) => change,
        Begun::Answered(answer) => return *answer,
    };
    let result = seen(&mut change, up_to).await;
    change.finish(result).await
}

/// Missed calls that were seen on one device are seen on all.
async fn seen(change: &mut Change<'_>, up_to: CallId) -> Result<Done, NotChanged> {
    let (app, user) = (&change.who.app, &change.who.account.user);
    if store::log::mark_seen(&mut change.tx, app, user, up_to).await? {
        let signal = Signal::CallsSeen { missed: store::log::missed(&mut change.tx, app, user).await? };
        let (to, mail) = (Recipient::User(user.clone()), change.mail());
        let posted = store::sessions::post_to(&mut change.tx, app, &to, signal, mail).await?;
        change.will_deliver(posted);
    }
    Ok(Done::Done)
}
