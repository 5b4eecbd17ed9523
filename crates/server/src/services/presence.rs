//! Who can be reached, and who is told.
//!
//! One task owns the table; all others send it notes. A device is told about people whom an answer or a signal has shown it, and
//! only what its user may know of them, so that coming and going costs what is looked at and not what exists. The table lives in
//! memory: links and calls are its sources, and both are there again after a start. What may be seen is asked of the store in this
//! task and after the change that a note speaks of is committed: notes may come in any order, and the last one finds what is true.

mod table;

use std::{collections::BTreeMap, future::pending, sync::Arc};

use carillon_protocol::{DeviceId, Presence, Signal, UserId};
use tokio::time::{Instant, sleep_until};

use self::table::{PresenceTable, PresenceUpdates};
use crate::{
    bus::{PresenceNote, PresenceNotes},
    change::{By, Change},
    ground::shared::Ground,
    runtime::log_budget::limited,
    store::{self, people::Visibility},
};

/// Keeps the table until the server stops.
pub(crate) async fn keep(ground: Arc<Ground>, PresenceNotes(mut notes): PresenceNotes) {
    let mut table = PresenceTable::default();
    let mut stops = ground.lifecycle.stops.clone();
    loop {
        let due = table.next_deadline();
        let updates = tokio::select! {
            note = notes.recv() => match note {
                Some(note) => take(&mut table, note, &ground).await,
                None => return,
            },
            () = at(due) => table.expire(Instant::now()),
            () = stops.wait() => return,
        };
        spread(&ground, updates).await;
    }
}

async fn take(table: &mut PresenceTable, note: PresenceNote, ground: &Ground) -> PresenceUpdates {
    match note {
        PresenceNote::Linked { user, link, is_new } => {
            let is_quiet = if table.has_devices_of(&user) { None } else { Some(wants_quiet(ground, &user).await) };
            table.linked(user, link, is_new, is_quiet)
        }
        PresenceNote::Unlinked { user, link } => {
            let (now, patience) = (Instant::now(), &ground.config.patience);
            table.unlinked(&user, link, now + patience.presence, now + patience.outbox)
        }
        PresenceNote::Away { user, device, away } => table.away(&user, device, away),
        PresenceNote::InCall { user, is_in_call } => table.in_call(&user, is_in_call),
        PresenceNote::Quiet { user } => {
            let quiet = wants_quiet(ground, &user).await;
            table.quiet(&user, quiet)
        }
        PresenceNote::Asked { user, reply } => {
            reply.send(table.presence(&user)).ok();
            Vec::new()
        }
        PresenceNote::Shown { to: (viewer, device), people, reply } => {
            let people = visibilities(ground, &viewer, people).await;
            reply.send(table.shown(device, people)).ok();
            Vec::new()
        }
        PresenceNote::Told { viewer, of, as_if } => {
            let visibility = visibility(ground, &viewer, &of).await;
            table.told(&viewer, of, visibility, as_if)
        }
        PresenceNote::VisibilityChanged { viewer, of } if !table.looks(&viewer, &of) => Vec::new(),
        PresenceNote::VisibilityChanged { viewer, of } => {
            let visibility = visibility(ground, &viewer, &of).await;
            table.visibility(&viewer, &of, visibility)
        }
    }
}

async fn wants_quiet(ground: &Ground, user: &UserId) -> bool {
    let (app, user) = (ground.config.app.clone(), user.clone());
    let account = ground.store.ask(async move |conn| store::accounts::account(conn, &app, &user).await);
    account.await.inspect_err(unreadable).ok().flatten().is_some_and(|account| account.do_not_disturb)
}

/// Nothing is shown of a user whom the store cannot be asked about.
async fn visibility(ground: &Ground, viewer: &UserId, of: &UserId) -> Visibility {
    visibilities(ground, viewer, vec![of.clone()]).await.pop().map(|(_, visibility)| visibility).unwrap_or_default()
}

async fn visibilities(ground: &Ground, viewer: &UserId, people: Vec<UserId>) -> Vec<(UserId, Visibility)> {
    let (app, viewer) = (ground.config.app.clone(), viewer.clone());
    let visibilities =
        ground.store.ask(async move |conn| store::people::visibilities(conn, &app, &viewer, people).await);
    visibilities.await.inspect_err(unreadable).unwrap_or_default()
}

fn unreadable(error: &store::StoreError) {
    limited!(error, %error, "it could not be read who may see whom");
}

/// Writes into the streams of the devices that are to be told, each change of a user once for all that see the same.
async fn spread(ground: &Ground, updates: PresenceUpdates) {
    let mut by_signal: BTreeMap<(UserId, u8), (Presence, Vec<DeviceId>)> = BTreeMap::new();
    for (device, user, presence) in updates {
        by_signal.entry((user, presence as u8)).or_insert((presence, Vec::new())).1.push(device);
    }
    for ((user, _), (presence, devices)) in by_signal {
        let signal = Signal::PresenceChanged { user, presence };
        if let Err(error) = tell(ground, &devices, signal).await {
            limited!(error, %error, "a change of presence is lost");
        }
    }
}

async fn tell(ground: &Ground, devices: &[DeviceId], signal: Signal) -> store::Result<()> {
    let mut change = Change::begin(ground, By::Server).await?;
    change.tell_devices(devices, signal).await?;
    change.commit().await
}

async fn at(due: Option<Instant>) {
    match due {
        Some(due) => sleep_until(due).await,
        None => pending().await,
    }
}
