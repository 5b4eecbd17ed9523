//! What a device asks of conversations.

use carillon_protocol::{Answer, OpId, Request};

use super::{looked_up, not_done_here};
use crate::{
    change::{Begun, Change},
    chat::{reading, sending},
    core::Core,
    store::Who,
};

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let found = match request {
        Request::History { chat, before, limit } => reading::history(core, who, &chat, before, limit).await,
        Request::MessagesAfter { after, limit } => reading::messages_after(core, who, after, limit).await,
        Request::Conversations => reading::conversations(core, who, None).await,
        Request::ConversationsAfter { chat } => reading::conversations(core, who, Some(&chat)).await,
        other => return change(core, who, op, other).await,
    };
    looked_up(core, found)
}

async fn change(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    if matches!(request, Request::SendMessage { .. })
        && let Some(answer) = core.writes_too_fast(who, op, &request).await
    {
        return answer.unwrap_or_else(|not_changed| looked_up(core, Err(not_changed)));
    }
    let mut change = match Change::begin(core, who, op).await {
        Begun::Change(change) => change,
        Begun::Answered(answer) => return *answer,
    };
    let result = match request {
        Request::SendMessage { chat, body, ext } => sending::send(&mut change, chat, body, ext).await,
        Request::MarkRead { chat, up_to } => reading::mark_read(&mut change, chat, up_to).await,
        _ => return not_done_here(core),
    };
    change.finish(result).await
}
