//! Who can be reached, and who wants to know.
//!
//! One task owns the book; everybody else sends it notes. A device is told about people whom a search has shown it, so that
//! coming and going costs what is looked at and not what exists. The book lives in memory: links and calls are its sources, and
//! both are there again after a start.

mod book;

use std::{
    collections::{BTreeSet, HashMap},
    future::pending,
};

use carillon_call::record::{CallState, LegState, Rows};
use carillon_protocol::{DeviceId, Presence, Signal, UserId};
use tokio::{
    sync::{mpsc, oneshot},
    time::{Instant, sleep_until},
};

use self::book::Book;
use crate::core::Shared;

/// Notes wait here while one is written to the devices' streams.
const QUEUE: usize = 1024;

enum Note {
    Linked { user: UserId, device: DeviceId, link: u64, is_new: bool },
    Unlinked { user: UserId, device: DeviceId, link: u64 },
    InCall { user: UserId, is_in_call: bool },
    Shown { to: DeviceId, people: Vec<UserId>, reply: oneshot::Sender<HashMap<UserId, Presence>> },
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

    /// How people can be reached; the device will be told when that changes.
    pub(crate) async fn show(&self, to: DeviceId, people: Vec<UserId>) -> HashMap<UserId, Presence> {
        let (reply, answer) = oneshot::channel();
        self.note(Note::Shown { to, people, reply }).await;
        answer.await.unwrap_or_default()
    }

    async fn note(&self, note: Note) {
        // Nobody reads on while the server stops, and nobody needs to.
        self.notes.send(note).await.ok();
    }
}

/// Who is in a call; whoever calls is, too.
fn in_call(rows: &Rows) -> BTreeSet<&UserId> {
    let is_live = !matches!(rows.call.state, CallState::Ended { .. });
    let caller = (is_live && !rows.is_group()).then_some(&rows.call.caller);
    let joined = rows.legs.iter().filter(|leg| is_live && leg.state == LegState::Accepted);
    caller.into_iter().chain(joined.map(|leg| &leg.user)).collect()
}

/// Keeps the book until everybody who writes notes is gone, or the server stops.
pub(crate) async fn keep(core: Shared, Notes(mut notes): Notes) {
    let mut book = Book::default();
    let mut stops = core.stops.clone();
    loop {
        let due = book.next_deadline();
        let changed = tokio::select! {
            note = notes.recv() => match note {
                Some(note) => take(&mut book, note, &core),
                None => return,
            },
            () = at(due) => book.expire(Instant::now()),
            () = stops.wait() => return,
        };
        for (user, presence) in changed {
            spread(&core, &book, user, presence).await;
        }
    }
}

fn take(book: &mut Book, note: Note, core: &Shared) -> Vec<(UserId, Presence)> {
    match note {
        Note::Linked { user, device, link, is_new } => book.linked(user, (device, link), is_new),
        Note::Unlinked { user, device, link } => {
            let (now, patience) = (Instant::now(), &core.config.patience);
            book.unlinked(&user, (device, link), now + patience.presence, now + patience.outbox);
            Vec::new()
        }
        Note::InCall { user, is_in_call } => book.in_call(user, is_in_call),
        Note::Shown { to, people, reply } => {
            reply.send(book.shown(to, people)).ok();
            Vec::new()
        }
    }
}

async fn spread(core: &Shared, book: &Book, user: UserId, presence: Presence) {
    let devices = book.watchers(&user);
    if devices.is_empty() {
        return;
    }
    let signal = Signal::PresenceChanged { user, presence };
    let keep = u64::from(core.config.limits.outbox);
    match core.store.broadcast(&devices, &signal, core.clock.now_ms(), keep).await {
        Ok(()) => core.bus.hint(&devices),
        Err(error) => tracing::error!(%error, "a change of presence is lost"),
    }
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
