//! What a device may ask for: counted, and done by the service that it belongs to.

mod changes;
mod questions;

use carillon_call::record::Actor;
use carillon_protocol::{Answer, OpId, Refusal, RefusalCode, Request};

use crate::{
    change::{NotChanged, failed},
    doors::{House, Shared},
    ground::{
        limits::{TooMuch, table},
        shared::Ground,
    },
    store::Who,
};

/// Does what is asked.
pub(crate) async fn answer(core: &Shared, who: &Who, op: OpId, request: Request) -> Answer {
    let (limits, row) = (&core.limits, table::of_request(&request));
    let approached = table::approached(&request);
    if let Err(too_much) = limits.permit(&row, who).and_then(|()| limits.permit_approaches(&row, who, approached)) {
        return too_many(core, too_much);
    }
    // What changes nothing may be given up anywhere.
    let request = match questions::answer(core, who, request).await {
        Ok(found) => return looked_up(core, found),
        Err(request) => *request,
    };
    let who = who.clone();
    let answer = core.carry_out(|core| async move { changes::answer(&core, &who, op, request).await }).await;
    answer.unwrap_or_else(|broken| refused(core, RefusalCode::Internal, &broken.to_string()))
}

/// The answer to what this server does not understand.
pub(super) fn not_understood(core: &Ground, detail: &str) -> Answer {
    refused(core, RefusalCode::Invalid, detail)
}

fn actor(who: &Who) -> Actor {
    Actor {
        user: who.account.user.clone(),
        user_name: who.account.display_name.clone(),
        avatar: who.account.avatar.clone(),
        device: who.device,
        device_name: who.device_name.clone(),
        key: who.key.clone(),
    }
}

/// The answer to a question that may be about what is none of the asker's business.
fn looked_up(core: &House, result: Result<carillon_protocol::Done, NotChanged>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(NotChanged::Refused(refusal)) => refused(core, refusal.code, &refusal.detail),
        Err(NotChanged::Failed(error)) => failed(core, &error),
    }
}

fn too_many(core: &House, too_much: TooMuch) -> Answer {
    refused(core, RefusalCode::RateLimited, &too_much.to_string())
}

fn refused(core: &Ground, code: RefusalCode, detail: &str) -> Answer {
    core.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
