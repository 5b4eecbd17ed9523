//! What a device may ask for: counted, and done by the service that it belongs to.

mod changes;
mod questions;

use carillon_call::record::Actor;
use carillon_protocol::{Answer, OpId, Refusal, RefusalCode, Request};

use crate::{
    change::{NotChanged, failed},
    doors::{ServerState, SharedState},
    ground::{
        limits::{TooMuch, table},
        shared::Ground,
    },
    store::Who,
};

/// Does what is asked.
pub(crate) async fn answer(server: &SharedState, who: &Who, op: OpId, request: Request) -> Answer {
    let (limits, row) = (&server.limits, table::of_request(&request));
    let approached = table::approached(&request);
    if let Err(too_much) = limits.permit(&row, who).and_then(|()| limits.permit_approaches(&row, who, approached)) {
        return too_many(server, too_much);
    }
    // What changes nothing may be given up anywhere.
    let request = match questions::answer(server, who, request).await {
        Ok(found) => return looked_up(server, found),
        Err(request) => *request,
    };
    let who = who.clone();
    let answer = server.carry_out(|server| async move { changes::answer(&server, &who, op, request).await }).await;
    answer.unwrap_or_else(|broken| refused(server, RefusalCode::Internal, &broken.to_string()))
}

/// The answer to what this server does not understand.
pub(super) fn not_understood(server: &Ground, detail: &str) -> Answer {
    refused(server, RefusalCode::Invalid, detail)
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
fn looked_up(server: &ServerState, result: Result<carillon_protocol::Done, NotChanged>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(NotChanged::Refused(refusal)) => refused(server, refusal.code, &refusal.detail),
        Err(NotChanged::Failed(error)) => failed(server, &error),
    }
}

fn too_many(server: &ServerState, too_much: TooMuch) -> Answer {
    refused(server, RefusalCode::RateLimited, &too_much.to_string())
}

fn refused(server: &Ground, code: RefusalCode, detail: &str) -> Answer {
    server.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
