//! What a device asks about people, and about its own user.

use std::collections::HashMap;

use carillon_protocol::{Answer, ContactState, Done, OpId, Person, Presence, Request};

use super::{found, not_done_here};
use crate::{
    core::Core,
    store::{self, Who},
};

/// More than fits on a screen is found by a longer query; and all of it fits into a frame, whatever the names.
const MOST_PEOPLE: u32 = 50;
const MAX_QUERY_CHARS: usize = 64;

pub(super) async fn answer(core: &Core, who: &Who, _op: OpId, request: Request) -> Answer {
    match request {
        Request::SearchUsers { query } => found(core, people(core, who, &query).await),
        _ => not_done_here(core),
    }
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
