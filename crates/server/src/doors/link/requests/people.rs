//! What a device asks about people, and about its own user.

use carillon_protocol::{
    Account, Answer, Done, GivenName, MAX_FRAME_BYTES, OpId, Person, Presence, RefusalCode, Request, UserId,
};

use super::{found, not_done_here, too_many};
use crate::{
    change::{Begun, Change, NotChanged, refuse},
    core::Core,
    people::{After, Telling},
    store::{
        self, Who,
        people::{self, Seen},
    },
};

/// More than fits on a screen is found by a longer query; and all of it fits into a frame, whatever the names.
const MOST_PEOPLE: u32 = 50;
const MAX_QUERY_CHARS: usize = 64;
/// Whom a user has asked or blocked; with ordinary names a list of them fits a frame.
const MOST_RELATIONS: u32 = 200;
/// Who has asked a user and waits: more would only push each other out of sight.
const MOST_WAITING: u32 = 200;
/// What an answer may have besides its people.
const ANSWER_BYTES: usize = 1024;

/// What a request changes between this user and others.
enum Wish {
    Add(UserId),
    Remove(UserId),
    Block(UserId, bool),
    Name(GivenName),
    Quiet(bool),
}

pub(super) async fn answer(core: &Core, who: &Who, op: OpId, request: Request) -> Answer {
    let wish = match request {
        Request::SearchUsers { query } => return found(core, search(core, who, &query).await),
        Request::Contacts => return found(core, contacts(core, who).await),
        Request::SetAway { away } => {
            core.presence.away(who.account.user.clone(), who.device, away).await;
            return Answer::Ok(Done::Done);
        }
        Request::AddContact { user } => Wish::Add(user),
        Request::RemoveContact { user } => Wish::Remove(user),
        Request::SetBlocked { user, blocked } => Wish::Block(user, blocked),
        Request::SetDisplayName { display_name } => Wish::Name(display_name),
        Request::SetDoNotDisturb { on } => Wish::Quiet(on),
        _ => return not_done_here(core),
    };
    if matches!(wish, Wish::Name(_))
        && let Err(too_much) = core.rate_limits.check_profile(who)
    {
        return too_many(core, too_much);
    }
    change(core, who, op, wish).await
}

async fn search(core: &Core, who: &Who, query: &str) -> store::Result<Done> {
    let query: String = query.chars().take(MAX_QUERY_CHARS).collect();
    let seen = core.store.search(&who.app, &who.account.user, &query, MOST_PEOPLE).await?;
    Ok(Done::People { people: shown(core, who, seen).await })
}

async fn contacts(core: &Core, who: &Who) -> store::Result<Done> {
    let seen = core.store.contacts(&who.app, &who.account.user).await?;
    Ok(Done::People { people: as_fits_a_frame(shown(core, who, seen).await) })
}

/// With what this user may know of their presence; the device will be told when that changes.
async fn shown(core: &Core, who: &Who, seen: Vec<Seen>) -> Vec<Person> {
    let names = seen.iter().map(|seen| seen.user.clone()).collect();
    let presences = core.presence.show((who.account.user.clone(), who.device), names).await;
    let with_presence = |seen: Seen| {
        let presence = presences.get(&seen.user).copied().unwrap_or(Presence::Hidden);
        seen.with(presence)
    };
    seen.into_iter().map(with_presence).collect()
}

/// As many as a frame takes: with names of the longest kind that may be fewer than there are.
fn as_fits_a_frame(people: Vec<Person>) -> Vec<Person> {
    let mut left = MAX_FRAME_BYTES - ANSWER_BYTES;
    let fits = |person: &Person| {
        let bytes = serde_json::to_string(person).map_or(usize::MAX, |text| text.len() + 1);
        let rest = left.checked_sub(bytes);
        left = rest.unwrap_or(0);
        rest.is_some()
    };
    people.into_iter().take_while(fits).collect()
}

async fn change(core: &Core, who: &Who, op: OpId, wish: Wish) -> Answer {
    // Before the writer is taken: the book may be waiting for it.
    let me = &who.account.user;
    let presences = match &wish {
        Wish::Add(other) | Wish::Remove(other) | Wish::Block(other, _) => {
            (core.presence.of(me.clone()).await, core.presence.of(other.clone()).await)
        }
        Wish::Name(_) | Wish::Quiet(_) => (core.presence.of(me.clone()).await, Presence::Offline),
    };
    let mut change = match Change::begin(core, who, op).await {
        Begun::Change(change) => change,
        Begun::Answered(answer) => return *answer,
    };
    let mut after = After::default();
    let result = make(&mut change, wish, presences, &mut after).await;
    let answer = change.finish(result).await;
    if matches!(answer, Answer::Ok(_)) {
        after.happen(core).await;
    }
    answer
}

async fn make(
    change: &mut Change<'_>,
    wish: Wish,
    presences: (Presence, Presence),
    after: &mut After,
) -> Result<Done, NotChanged> {
    match wish {
        Wish::Add(other) => add(change, &other, presences, after).await?,
        Wish::Remove(other) => remove(change, &other, presences, after).await?,
        Wish::Block(other, blocked) => set_blocked(change, &other, blocked, (presences.1, after)).await?,
        Wish::Name(name) => rename(change, &name, (presences.0, after)).await?,
        Wish::Quiet(on) => set_quiet(change, on, after).await?,
    }
    Ok(Done::Done)
}

/// Asks, or agrees. Somebody who has blocked this user hears nothing of it, and this user sees a request that waits.
async fn add(
    change: &mut Change<'_>,
    other: &UserId,
    presences: (Presence, Presence),
    after: &mut After,
) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    check_other(change, other).await?;
    let tx = &mut change.tx;
    if people::is_blocked(tx, app, me, other).await? {
        return refuse(RefusalCode::NotAllowed, "this user is blocked; take that back first");
    }
    if people::relations(tx, app, me).await?.0 >= MOST_RELATIONS {
        return refuse(RefusalCode::TooLarge, "nobody has more contacts and blocks than 200");
    }
    if people::relations(tx, app, other).await?.1 >= MOST_WAITING {
        return refuse(RefusalCode::TooLarge, "too many wait for this user's answer");
    }
    let is_unheard = people::is_blocked(tx, app, other, me).await?;
    if people::add_contact(tx, app, (me, other), change.now_ms).await? {
        if is_unheard {
            telling(change).person((me, other), presences.1, after).await?;
        } else {
            tell_both(change, other, presences, after).await?;
        }
    }
    Ok(())
}

async fn remove(
    change: &mut Change<'_>,
    other: &UserId,
    presences: (Presence, Presence),
    after: &mut After,
) -> Result<(), NotChanged> {
    check_other(change, other).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    if people::remove_contact(&mut change.tx, app, me, other).await? {
        tell_both(change, other, presences, after).await?;
    }
    Ok(())
}

/// Only this user is told of it; the other sees somebody who is never there.
async fn set_blocked(
    change: &mut Change<'_>,
    other: &UserId,
    blocked: bool,
    (presence, after): (Presence, &mut After),
) -> Result<(), NotChanged> {
    check_other(change, other).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    if !blocked {
        people::unblock(&mut change.tx, app, me, other).await?;
    } else if people::relations(&mut change.tx, app, me).await?.0 >= MOST_RELATIONS {
        return refuse(RefusalCode::TooLarge, "nobody has more contacts and blocks than 200");
    } else {
        people::block(&mut change.tx, app, (me, other), change.now_ms).await?;
    }
    after.sights.push((other.clone(), me.clone()));
    Ok(telling(change).person((me, other), presence, after).await?)
}

async fn rename(
    change: &mut Change<'_>,
    name: &GivenName,
    (presence, after): (Presence, &mut After),
) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let name = name.check_or(me.as_str())?;
    store::accounts::set_display_name(&mut change.tx, app, me, &name).await?;
    let account = account(change).await?;
    Ok(telling(change).account(&account, presence, after).await?)
}

async fn set_quiet(change: &mut Change<'_>, on: bool, after: &mut After) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    store::accounts::set_do_not_disturb(&mut change.tx, app, me, on).await?;
    let account = account(change).await?;
    after.quiet = Some(me.clone());
    let signal = carillon_protocol::Signal::AccountChanged(account);
    Ok(telling(change).user(me, signal, after).await?)
}

async fn check_other(change: &mut Change<'_>, other: &UserId) -> Result<(), NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if other == me {
        return refuse(RefusalCode::Invalid, "that is this user");
    }
    match people::display_name(&mut change.tx, app, other).await? {
        Some(_) => Ok(()),
        None => refuse(RefusalCode::UnknownUser, "there is no such user"),
    }
}

async fn tell_both(
    change: &mut Change<'_>,
    other: &UserId,
    (my_presence, presence): (Presence, Presence),
    after: &mut After,
) -> store::Result<()> {
    let me = &change.who.account.user;
    telling(change).person((me, other), presence, after).await?;
    telling(change).person((other, me), my_presence, after).await
}

async fn account(change: &mut Change<'_>) -> Result<Account, NotChanged> {
    let who = change.who;
    let account = store::accounts::account(&mut change.tx, &who.app, &who.account.user).await?;
    Ok(account.unwrap_or_else(|| who.account.clone()))
}

fn telling<'a>(change: &'a mut Change<'_>) -> Telling<'a> {
    let mail = change.mail();
    Telling { app: &change.who.app, tx: &mut change.tx, mail }
}
