//! Notes to the task that knows who can be reached.

use std::collections::{BTreeSet, HashMap};

use carillon_call::record::Rows;
use carillon_protocol::{DeviceId, Presence, UserId};
use tokio::sync::{mpsc, oneshot};

use crate::store::LinkId;

/// Notes wait here while one is written to the devices' streams.
const QUEUE: usize = 1024;

/// What may change who can be reached, who is told, and who asks.
pub(crate) enum PresenceNote {
    Linked { user: UserId, link: LinkId, is_new: bool },
    Unlinked { user: UserId, link: LinkId },
    Away { user: UserId, device: DeviceId, away: bool },
    InCall { user: UserId, is_in_call: bool },
    Quiet { user: UserId },
    Asked { user: UserId, reply: oneshot::Sender<Presence> },
    Shown { to: (UserId, DeviceId), people: Vec<UserId>, reply: oneshot::Sender<HashMap<UserId, Presence>> },
    Told { viewer: UserId, of: UserId, as_if: Presence },
    VisibilityChanged { viewer: UserId, of: UserId },
}

/// Where notes are handed in.
#[derive(Clone)]
pub(crate) struct PresenceHandle {
    notes: mpsc::Sender<PresenceNote>,
}

/// The notes as the task that keeps presence receives them.
pub(crate) struct PresenceNotes(pub(crate) mpsc::Receiver<PresenceNote>);

impl PresenceHandle {
    pub(crate) fn new() -> (Self, PresenceNotes) {
        let (notes, notes_rx) = mpsc::channel(QUEUE);
        (Self { notes }, PresenceNotes(notes_rx))
    }

    /// A device has a link; with a new session it has forgotten whom it was shown.
    pub(crate) async fn linked(&self, user: UserId, link: LinkId, is_new: bool) {
        self.note(PresenceNote::Linked { user, link, is_new }).await;
    }

    pub(crate) async fn unlinked(&self, user: UserId, link: LinkId) {
        self.note(PresenceNote::Unlinked { user, link }).await;
    }

    /// Whether the user is at a device.
    pub(crate) async fn away(&self, user: UserId, device: DeviceId, away: bool) {
        self.note(PresenceNote::Away { user, device, away }).await;
    }

    /// Whether a user wants rings may have changed.
    pub(crate) async fn quiet_changed(&self, user: UserId) {
        self.note(PresenceNote::Quiet { user }).await;
    }

    /// Who has come into a call, or out of it, as its rows say now.
    pub(crate) async fn call_changed(&self, before: Option<&Rows>, rows: &Rows) {
        let (were, are) = (before.map(in_call).unwrap_or_default(), in_call(rows));
        for user in are.difference(&were) {
            self.note(PresenceNote::InCall { user: (*user).clone(), is_in_call: true }).await;
        }
        for user in were.difference(&are) {
            self.note(PresenceNote::InCall { user: (*user).clone(), is_in_call: false }).await;
        }
    }

    /// A user's call is over, and there are no rows that say so.
    pub(crate) async fn out_of_call(&self, user: UserId) {
        self.note(PresenceNote::InCall { user, is_in_call: false }).await;
    }

    /// How a user can be reached, without regard to who may know it. Never ask while writing to the store: the keeper of presence
    /// may be waiting for that.
    pub(crate) async fn of(&self, user: UserId) -> Presence {
        let (reply, answer) = oneshot::channel();
        self.note(PresenceNote::Asked { user, reply }).await;
        answer.await.unwrap_or(Presence::Offline)
    }

    /// What a user's device sees of people's presence; it will be told when that changes.
    pub(crate) async fn show(&self, to: (UserId, DeviceId), people: Vec<UserId>) -> HashMap<UserId, Presence> {
        let (reply, answer) = oneshot::channel();
        self.note(PresenceNote::Shown { to, people, reply }).await;
        answer.await.unwrap_or_default()
    }

    /// A signal has shown all devices of `viewer` how `of` can be reached; they will be told when that changes, or has.
    pub(crate) async fn told(&self, viewer: UserId, of: UserId, as_if: Presence) {
        self.note(PresenceNote::Told { viewer, of, as_if }).await;
    }

    /// What `viewer` may see of `of` may have changed.
    pub(crate) async fn visibility_changed(&self, viewer: UserId, of: UserId) {
        self.note(PresenceNote::VisibilityChanged { viewer, of }).await;
    }

    async fn note(&self, note: PresenceNote) {
        // The keeper stops with the server, and what it knows is not needed then.
        self.notes.send(note).await.ok();
    }
}

/// Who is in a call, the caller included.
fn in_call(rows: &Rows) -> BTreeSet<&UserId> {
    if rows.has_ended() {
        return BTreeSet::new();
    }
    rows.joined().map(|leg| &leg.user).collect()
}
