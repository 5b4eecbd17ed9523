//! What is between people, and what a user says of themself.

use carillon_protocol::{Account, Done, GivenName, MAX_FRAME_BYTES, Person, Presence, RefusalCode, Signal, UserId};

use crate::{
    change::{Change, FollowUp, NotChanged, refuse},
    ground::shared::Ground,
    store::{
        self, Who,
        avatars::Picture,
        people::{self, Seen},
    },
};

/// More than fits on a screen is found by a longer query; and all of it fits into a frame, even with the longest names.
const MOST_PEOPLE: u32 = 50;
const MAX_QUERY_CHARS: usize = 64;
/// Whom a user has asked or blocked; with ordinary names a list of them fits a frame.
const MOST_RELATIONS: u32 = 200;
/// Who has asked a user and waits: more would only push each other out of visibility.
const MOST_WAITING: u32 = 200;
/// What an answer may have besides its people.
const ANSWER_BYTES: usize = 1024;

/// How this user and another can be reached, without regard to who may know it.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Presences {
    pub(crate) mine: Presence,
    pub(crate) theirs: Presence,
}

impl Default for Presences {
    /// For requests that need neither.
    fn default() -> Self {
        Self { mine: Presence::Offline, theirs: Presence::Offline }
    }
}

impl Presences {
    /// Asked before a change begins: the keeper of presence may be waiting for the writer.
    pub(crate) async fn of(ground: &Ground, who: &Who, other: Option<&UserId>) -> Self {
        let mine = ground.bus.presence.of(who.account.user.clone()).await;
        let theirs = match other {
            Some(other) => ground.bus.presence.of(other.clone()).await,
            None => Presence::Offline,
        };
        Self { mine, theirs }
    }
}

/// People by the beginnings of their names.
pub(crate) async fn search(ground: &Ground, who: &Who, query: &str) -> Result<Done, NotChanged> {
    let query: String = query.chars().take(MAX_QUERY_CHARS).collect();
    let seen = ground.store.search(&who.app, &who.account.user, &query, MOST_PEOPLE).await?;
    Ok(Done::People { people: shown(ground, who, seen).await })
}

/// A user's contacts, and who has asked to be one.
pub(crate) async fn contacts(ground: &Ground, who: &Who) -> Result<Done, NotChanged> {
    let seen = ground.store.contacts(&who.app, &who.account.user).await?;
    Ok(Done::People { people: as_fits_a_frame(shown(ground, who, seen).await) })
}

/// With what this user may know of their presence; the device will be told when that changes.
async fn shown(ground: &Ground, who: &Who, seen: Vec<Seen>) -> Vec<Person> {
    let names = seen.iter().map(|seen| seen.user.clone()).collect();
    let presences = ground.bus.presence.show((who.account.user.clone(), who.device), names).await;
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

/// A user is at a device, or not. It is told to those who look, and written nowhere.
pub(crate) async fn set_away(ground: &Ground, who: &Who, away: bool) -> Result<Done, NotChanged> {
    ground.bus.presence.away(who.account.user.clone(), who.device, away).await;
    Ok(Done::Done)
}

/// Asks, or agrees. A user who has blocked this one hears nothing of it, and this one sees a request that waits.
pub(crate) async fn add(change: &mut Change<'_>, other: &UserId, presences: Presences) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let is_unheard = check_other(change, other).await?;
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
    if people::add_contact(tx, app, me, other, change.stamp.now_ms).await? {
        if is_unheard {
            tell_person(change, me, other, presences.theirs).await?;
        } else {
            tell_both(change, other, presences).await?;
        }
    }
    Ok(Done::Done)
}

/// Takes another user out of this user's contacts, or a request back.
pub(crate) async fn remove(change: &mut Change<'_>, other: &UserId, presences: Presences) -> Result<Done, NotChanged> {
    check_other(change, other).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    if people::remove_contact(&mut change.tx, app, me, other).await? {
        tell_both(change, other, presences).await?;
    }
    Ok(Done::Done)
}

/// Only this user is told of it; to the other, this user seems to be offline for ever.
pub(crate) async fn set_blocked(
    change: &mut Change<'_>,
    other: &UserId,
    blocked: bool,
    presences: Presences,
) -> Result<Done, NotChanged> {
    check_other(change, other).await?;
    let (app, me) = (&change.who.app, &change.who.account.user);
    if !blocked {
        people::unblock(&mut change.tx, app, me, other).await?;
    } else if people::relations(&mut change.tx, app, me).await?.0 >= MOST_RELATIONS {
        return refuse(RefusalCode::TooLarge, "nobody has more contacts and blocks than 200");
    } else {
        people::block(&mut change.tx, app, me, other, change.stamp.now_ms).await?;
    }
    tell_person(change, me, other, presences.theirs).await?;
    change.then(FollowUp::VisibilityChanged { user: other.clone(), others: vec![me.clone()] });
    Ok(Done::Done)
}

/// Gives this user another display name.
pub(crate) async fn rename(
    change: &mut Change<'_>,
    name: &GivenName,
    presences: Presences,
) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let name = name.check_or(me.as_str())?;
    store::accounts::set_display_name(&mut change.tx, app, me, &name).await?;
    let account = account(change).await?;
    tell_account(change, &account, presences.mine).await?;
    Ok(Done::Done)
}

/// Turns *do not disturb* on or off.
pub(crate) async fn set_quiet(change: &mut Change<'_>, on: bool) -> Result<Done, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    store::accounts::set_do_not_disturb(&mut change.tx, app, me, on).await?;
    let account = account(change).await?;
    change.tell_user(me, Signal::AccountChanged(account));
    change.then(FollowUp::QuietChanged(me.clone()));
    Ok(Done::Done)
}

/// Gives this user another picture, or none.
pub(crate) async fn set_avatar(
    change: &mut Change<'_>,
    picture: Option<&Picture>,
    presences: Presences,
) -> store::Result<Account> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    let mut account = account(change).await?;
    store::avatars::swap(&mut change.tx, app, account.avatar.as_ref(), picture).await?;
    account.avatar = picture.map(|picture| picture.id.clone());
    store::accounts::set_avatar(&mut change.tx, app, me, account.avatar.as_ref()).await?;
    tell_account(change, &account, presences.mine).await?;
    Ok(account)
}

/// Whether another user, who exists, has blocked this one.
async fn check_other(change: &mut Change<'_>, other: &UserId) -> Result<bool, NotChanged> {
    let (app, me) = (&change.who.app, &change.who.account.user);
    if other == me {
        return refuse(RefusalCode::Invalid, "that is this user");
    }
    match people::has_blocked(&mut change.tx, app, other, me).await? {
        Some(has_blocked) => Ok(has_blocked),
        None => refuse(RefusalCode::UnknownUser, "there is no such user"),
    }
}

/// This user's account as it is by now.
pub(crate) async fn account(change: &mut Change<'_>) -> store::Result<Account> {
    let who = change.who;
    let account = store::accounts::account(&mut change.tx, &who.app, &who.account.user).await?;
    Ok(account.unwrap_or_else(|| who.account.clone()))
}

async fn tell_both(change: &mut Change<'_>, other: &UserId, presences: Presences) -> store::Result<()> {
    let me = &change.who.account.user;
    tell_person(change, me, other, presences.theirs).await?;
    tell_person(change, other, me, presences.mine).await
}

/// Tells all devices of `viewer` how they see `of` now, whose presence is this for those who may know it.
async fn tell_person(change: &mut Change<'_>, viewer: &UserId, of: &UserId, presence: Presence) -> store::Result<()> {
    let app = &change.who.app;
    let Some(seen) = people::person(&mut change.tx, app, viewer, of).await? else { return Ok(()) };
    let as_if = people::visibility(&mut change.tx, app, viewer, of).await?.view(presence);
    change.tell_user(viewer, Signal::PersonChanged(seen.with(as_if)));
    change.then(FollowUp::PresenceTold { viewer: viewer.clone(), of: of.clone(), as_if });
    Ok(())
}

/// Tells a user's devices what their account is now, and their contacts what they see of it.
async fn tell_account(change: &mut Change<'_>, account: &Account, presence: Presence) -> store::Result<()> {
    change.tell_user(&account.user, Signal::AccountChanged(account.clone()));
    for contact in people::contacts_of(&mut change.tx, &change.who.app, &account.user).await? {
        tell_person(change, &contact, &account.user, presence).await?;
    }
    Ok(())
}
