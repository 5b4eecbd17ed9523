//! Who can be reached, and who is told.
//!
//! One task owns the book; everybody else sends it notes. A device is told about people whom an answer or a signal has shown it, and
//! only what its user may know of them, so that coming and going costs what is looked at and not what exists. The book lives in
//! memory: links and calls are its sources, and both are there again after a start. What may be seen is asked of the store in this
//! task and after the change that a note speaks of is committed: notes may come in any order, and the last one finds what is true.

mod book;

use std::{
    collections::{BTreeMap, BTreeSet, HashMap},
    future::pending,
};

use carillon_call::record::{LegState, Rows};
use carillon_protocol::{DeviceId, Presence, Signal, UserId};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use self::book::{Book, Tellings};
use crate::{
    core::Shared,
    log_budget::limited,
    store::{self, people::Sight},
};

/// Notes wait here while one is written to the devices' streams.
const QUEUE: usize = 1024;

enum Note {
    Linked { user: UserId, device: DeviceId, link: u64, is_new: bool },
    Unlinked { user: UserId, device: DeviceId, link: u64 },
    Away { user: UserId, device: DeviceId, away: bool },
    InCall { user: UserId, is_in_call: bool },
    Quiet { user: UserId },
    Asked { user: UserId, reply: oneshot::Sender<Presence> },
    Shown { to: (UserId, DeviceId), people: Vec<UserId>, reply: oneshot::Sender<HashMap<UserId, Presence>> },
    Told { viewer: UserId, of: UserId, as_if: Presence },
    Sight { viewer: UserId, of: UserId },
}

/// Where notes are handed in.
#[derive(Clone)]
pub(crate) struct PresenceBook {
    notes: mpsc::Sender<Note>,
}

/// The notes as the book's task receives them.
pub(crate) struct Notes(mpsc::Receiver<Note>);

impl PresenceBook {
    pub(crate) fn new() -> (Self, Notes) {
        let (notes, notes_rx) = mpsc::channel(QUEUE);
        (Self { notes }, Notes(notes_rx))
    }

    /// A device has a link; with a new session it has forgotten whom it was shown.
    pub(crate) async fn linked(&self, user: UserId, (device, link): (DeviceId, u64), is_new: bool) {
        self.note(Note::Linked { user, device, link, is_new }).await;
    }

    pub(crate) async fn unlinked(&self, user: UserId, (device, link): (DeviceId, u64)) {
        self.note(Note::Unlinked { user, device, link }).await;
    }

    /// Whether somebody is at a device.
    pub(crate) async fn away(&self, user: UserId, device: DeviceId, away: bool) {
        self.note(Note::Away { user, device, away }).await;
    }

    /// Whether a user wants rings may have changed.
    pub(crate) async fn quiet_changed(&self, user: UserId) {
        self.note(Note::Quiet { user }).await;
    }

    /// Who has come into a call, or out of it, as its rows say now.
    pub(crate) async fn call_changed(&self, before: Option<&Rows>, rows: &Rows) {
        let (were, are) = (before.map(in_call).unwrap_or_default(), in_call(rows));
        for user in are.difference(&were) {
            self.note(Note::InCall { user: (*user).clone(), is_in_call: true }).await;
        }
        for user in were.difference(&are) {
            self.note(Note::InCall { user: (*user).clone(), is_in_call: false }).await;
        }
    }

    /// A user's call is over, and there are no rows that say so.
    pub(crate) async fn out_of_call(&self, user: UserId) {
        self.note(Note::InCall { user, is_in_call: false }).await;
    }

    /// How a user can be reached, whoever may know it. Never ask while writing to the store: the book may be waiting for that.
    pub(crate) async fn of(&self, user: UserId) -> Presence {
        let (reply, answer) = oneshot::channel();
        self.note(Note::Asked { user, reply }).await;
        answer.await.unwrap_or(Presence::Offline)
    }

    /// What a user's device sees of people's presence; it will be told when that changes.
    pub(crate) async fn show(&self, to: (UserId, DeviceId), people: Vec<UserId>) -> HashMap<UserId, Presence> {
        let (reply, answer) = oneshot::channel();
        self.note(Note::Shown { to, people, reply }).await;
        answer.await.unwrap_or_default()
    }

    /// A signal has shown all devices of `viewer` how `of` can be reached; they will be told when that changes, or has.
    pub(crate) async fn told(&self, viewer: UserId, of: UserId, as_if: Presence) {
        self.note(Note::Told { viewer, of, as_if }).await;
    }

    /// What `viewer` may see of `of` may have changed.
    pub(crate) async fn sight_changed(&self, viewer: UserId, of: UserId) {
        self.note(Note::Sight { viewer, of }).await;
    }

    async fn note(&self, note: Note) {
        // Nobody reads on while the server stops, and nobody needs to.
        self.notes.send(note).await.ok();
    }
}

/// Who is in a call; whoever calls is, too.
fn in_call(rows: &Rows) -> BTreeSet<&UserId> {
    if rows.has_ended() {
        return BTreeSet::new();
    }
    let caller = (!rows.is_group()).then_some(&rows.call.caller);
    let joined = rows.legs.iter().filter(|leg| leg.state == LegState::Accepted);
    caller.into_iter().chain(joined.map(|leg| &leg.user)).collect()
}

/// Keeps the book until everybody who writes notes is gone, or the server stops.
pub(crate) async fn keep(core: Shared, Notes(mut notes): Notes) {
    let mut book = Book::default();
    let mut stops = core.stops.clone();
    loop {
        let due = book.next_deadline();
        let tellings = tokio::select! {
            note = notes.recv() => match note {
                Some(note) => take(&mut book, note, &core).await,
                None => return,
            },
            () = at(due) => book.expire(Instant::now()),
            () = stops.wait() => return,
        };
        spread(&core, tellings).await;
    }
}

async fn take(book: &mut Book, note: Note, core: &Shared) -> Tellings {
    match note {
        Note::Linked { user, device, link, is_new } => {
            let is_quiet = if book.has_devices_of(&user) { None } else { Some(wants_quiet(core, &user).await) };
            book.linked(user, (device, link), is_new, is_quiet)
        }
        Note::Unlinked { user, device, link } => {
            let (now, patience) = (Instant::now(), &core.config.patience);
            book.unlinked(&user, (device, link), now + patience.presence, now + patience.outbox)
        }
        Note::Away { user, device, away } => book.away(&user, device, away),
        Note::InCall { user, is_in_call } => book.in_call(&user, is_in_call),
        Note::Quiet { user } => {
            let quiet = wants_quiet(core, &user).await;
            book.quiet(&user, quiet)
        }
        Note::Asked { user, reply } => {
            reply.send(book.presence(&user)).ok();
            Vec::new()
        }
        Note::Shown { to: (viewer, device), people, reply } => {
            let people = sights(core, &viewer, people).await;
            reply.send(book.shown(device, people)).ok();
            Vec::new()
        }
        Note::Told { viewer, of, as_if } => {
            let sight = sight(core, &viewer, &of).await;
            book.told(&viewer, of, sight, as_if)
        }
        Note::Sight { viewer, of } if !book.looks(&viewer, &of) => Vec::new(),
        Note::Sight { viewer, of } => {
            let sight = sight(core, &viewer, &of).await;
            book.sight(&viewer, &of, sight)
        }
    }
}

async fn wants_quiet(core: &Shared, user: &UserId) -> bool {
    let (app, user) = (core.config.app.clone(), user.clone());
    let account = core.store.ask(async move |conn| store::accounts::account(conn, &app, &user).await);
    account.await.inspect_err(unreadable).ok().flatten().is_some_and(|account| account.do_not_disturb)
}

/// Who cannot be asked about shows nothing.
async fn sight(core: &Shared, viewer: &UserId, of: &UserId) -> Sight {
    sights(core, viewer, vec![of.clone()]).await.pop().map(|(_, sight)| sight).unwrap_or_default()
}

async fn sights(core: &Shared, viewer: &UserId, people: Vec<UserId>) -> Vec<(UserId, Sight)> {
    let (app, viewer) = (core.config.app.clone(), viewer.clone());
    let sights = core.store.ask(async move |conn| store::people::sights(conn, &app, &viewer, people).await);
    sights.await.inspect_err(unreadable).unwrap_or_default()
}

fn unreadable(error: &store::StoreError) {
    limited!(error, %error, "it could not be read who may see whom");
}

/// Writes into the streams of whoever is to be told, each change of a user once for all who see the same.
async fn spread(core: &Shared, tellings: Tellings) {
    let mut by_signal: BTreeMap<(UserId, u8), (Presence, Vec<DeviceId>)> = BTreeMap::new();
    for (device, user, presence) in tellings {
        by_signal.entry((user, presence as u8)).or_insert((presence, Vec::new())).1.push(device);
    }
    for ((user, _), (presence, devices)) in by_signal {
        let signal = Signal::PresenceChanged { user, presence };
        let keep = u64::from(core.config.limits.outbox);
        match core.store.broadcast(&devices, signal, (core.clock.now_ms(), keep)).await {
            Ok(posted) => core.bus.deliver(posted),
            Err(error) => limited!(error, %error, "a change of presence is lost"),
        }
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
