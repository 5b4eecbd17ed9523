//! What a device may ask for: counted, and done by the service that it belongs to.

mod work;

use carillon_protocol::{Answer, Done, OpId, Refusal, RefusalCode, Request};

use self::work::{Make, NeededPresences, Work};
use crate::{
    change::{Change, NotChanged, RequestStart, failed},
    doors::{ServerState, SharedState},
    ground::{
        limits::{TooMuch, table},
        shared::Ground,
    },
    services::{calls, messages::sending, people::Presences},
    store::Who,
};

/// Does what is asked.
pub(crate) async fn answer(server: &SharedState, who: &Who, op: OpId, request: Request) -> Answer {
    if let Err(answer) = permit(server, who, op, &request).await {
        return *answer;
    }
    match work::of(server, who, request) {
        Work::Question(found) => looked_up(server, found.await),
        Work::Change { presences, make } => {
            let who = who.clone();
            let change = |server: SharedState| async move { change(&server, &who, op, presences, make).await };
            let answer = server.carry_out(change).await;
            answer.unwrap_or_else(|died| refused(server, RefusalCode::Internal, &died.to_string()))
        }
    }
}

/// Counts a request. A message that comes too fast may be a repetition, which is answered all the same.
async fn permit(server: &ServerState, who: &Who, op: OpId, request: &Request) -> Result<(), Box<Answer>> {
    let (limits, row) = (&server.limits, table::of_request(request));
    let mut permitted =
        limits.permit(&row, who).and_then(|()| limits.permit_approaches(&row, who, table::approached(request)));
    if matches!(request, Request::SetDisplayName { .. }) {
        permitted = permitted.and_then(|()| limits.check_profile(who));
    }
    permitted.map_err(|too_much| Box::new(too_many(server, too_much)))?;
    if matches!(request, Request::SendMessage { .. })
        && let Some(answer) = sending::too_fast(server, who, op, request).await
    {
        return Err(Box::new(answer.unwrap_or_else(|not_changed| looked_up(server, Err(not_changed)))));
    }
    Ok(())
}

/// Changes something, in one unit of work with the answer.
async fn change(server: &ServerState, who: &Who, op: OpId, needed: NeededPresences, make: Make) -> Answer {
    let presences = match needed {
        NeededPresences::None => Presences::default(),
        NeededPresences::Own => Presences::of(server, who, None).await,
        NeededPresences::OwnAnd(other) => Presences::of(server, who, Some(&other)).await,
    };
    match Change::begin_request(server, who, op).await {
        RequestStart::New(mut change) => {
            let made = make(&mut change, presences).await;
            change.finish(made).await
        }
        RequestStart::Repeated(mut change, answer) => match calls::tell_verdict(&mut change, &answer).await {
            Ok(()) => change.repeat(*answer).await,
            Err(error) => failed(server, &error),
        },
        RequestStart::Refused(answer) => *answer,
    }
}

/// The answer to what this server does not understand.
pub(super) fn not_understood(ground: &Ground, detail: &str) -> Answer {
    refused(ground, RefusalCode::Invalid, detail)
}

/// The answer to a question.
fn looked_up(server: &ServerState, result: Result<Done, NotChanged>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(NotChanged::Refused(refusal)) => refused(server, refusal.code, &refusal.detail),
        Err(NotChanged::Failed(error)) => failed(server, &error),
    }
}

fn too_many(server: &ServerState, too_much: TooMuch) -> Answer {
    refused(server, RefusalCode::RateLimited, &too_much.to_string())
}

fn refused(ground: &Ground, code: RefusalCode, detail: &str) -> Answer {
    ground.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
