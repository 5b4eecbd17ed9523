//! What a device may ask for.

use std::collections::HashMap;

use carillon_call::record::{Actor, Asked};
use carillon_protocol::{Answer, ContactState, Done, OpId, Person, Presence, Refusal, RefusalCode, Request};
use governor::DefaultDirectRateLimiter;

use crate::{
    calls::About,
    config::Limits,
    core::Core,
    http::per_minute,
    store::{self, Who},
};

/// More than fits on a screen is found by a longer query; and all of it fits into a frame, whatever the names.
const MOST_PEOPLE: u32 = 50;
const MOST_CALLS: u32 = 50;
const MAX_QUERY_CHARS: usize = 64;

/// How much one link may ask.
pub(super) struct Allowance {
    requests: DefaultDirectRateLimiter,
    media: DefaultDirectRateLimiter,
}

impl Allowance {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            requests: DefaultDirectRateLimiter::direct(per_minute(limits.requests_per_minute)),
            media: DefaultDirectRateLimiter::direct(per_minute(limits.media_signals_per_minute)),
        }
    }

    /// Hanging up, declining and failing are always allowed: they end things.
    fn permits(&self, request: &Request) -> bool {
        match request {
            Request::Media { .. } => self.media.check().is_ok(),
            Request::HangUp { .. } | Request::Decline { .. } | Request::MediaLost { .. } => true,
            _ => self.requests.check().is_ok(),
        }
    }
}

/// Does what is asked.
pub(super) async fn answer(core: &Core, who: &Who, allowance: &Allowance, op: OpId, request: Request) -> Answer {
    if !allowance.permits(&request) {
        return refused(core, RefusalCode::RateLimited, "too much at once; try again later");
    }
    let about = match request {
        Request::Invite(invitation) => About::New(invitation),
        Request::Ringing { call } => About::Call(call, Asked::Ringing),
        Request::Accept { call, access_token, uid } => About::Accept { call, access_token, uid },
        Request::RenewToken { call, access_token } => About::Renew { call, access_token },
        Request::Decline { call } => About::Call(call, Asked::Decline),
        Request::HangUp { call } => About::Call(call, Asked::HangUp),
        Request::MediaLost { call, was_connected } => About::Call(call, Asked::MediaLost { was_connected }),
        Request::Media { call, signal } => About::Call(call, Asked::Media(signal)),
        Request::MarkCallsSeen { up_to } => return core.mark_calls_seen(who, op, up_to).await,
        Request::SearchUsers { query } => return found(core, people(core, who, &query).await),
        Request::RecentCalls { limit } => {
            let calls = core.store.recent_calls(&who.app, &who.account.user, limit.min(MOST_CALLS)).await;
            return found(core, calls.map(|calls| Done::Calls { calls }));
        }
        _ => return refused(core, RefusalCode::Invalid, "this server does not do that"),
    };
    core.ask(&actor(who), Some(op), about).await
}

/// The answer to what this server does not understand.
pub(super) fn not_understood(core: &Core, detail: &str) -> Answer {
    refused(core, RefusalCode::Invalid, detail)
}

async fn people(core: &Core, who: &Who, query: &str) -> store::Result<Done> {
    let query: String = query.chars().take(MAX_QUERY_CHARS).collect();
    let accounts = core.store.search(&who.app, &who.account.user, &query, MOST_PEOPLE).await?;
    let names = accounts.iter().map(|account| account.user.clone()).collect();
    let presences: HashMap<_, _> = core.presence.show(who.device, names).await;
    let person = |account: carillon_protocol::Account| Person {
        presence: presences.get(&account.user).copied().unwrap_or(Presence::Offline),
        user: account.user,
        display_name: account.display_name,
        avatar: account.avatar,
        contact: ContactState::None,
        blocked: false,
    };
    Ok(Done::People { people: accounts.into_iter().map(person).collect() })
}

fn actor(who: &Who) -> Actor {
    Actor {
        user: who.account.user.clone(),
        user_name: who.account.display_name.clone(),
        avatar: who.account.avatar.clone(),
        device: who.device,
        device_name: who.device_name.clone(),
        key: None,
    }
}

fn found(core: &Core, result: store::Result<Done>) -> Answer {
    match result {
        Ok(done) => Answer::Ok(done),
        Err(error) => {
            tracing::error!(%error, "a question could not be answered");
            refused(core, RefusalCode::Internal, "the server failed; try again")
        }
    }
}

fn refused(core: &Core, code: RefusalCode, detail: &str) -> Answer {
    core.metrics.refused(code);
    Answer::Refused(Refusal { code, detail: detail.to_owned() })
}
