//! What the forwarder of media tells: devices hear what is in their slots, and whoever was in a call that failed is let in again.

use std::{collections::BTreeMap, sync::Arc, time::Duration};

use carillon_call::record::{Rows, media_orders};
use carillon_protocol::{CallId, DeviceId, MediaSlot, Signal, UserId, Wants};
use tokio::sync::mpsc;

use crate::{
    bus::MediaEvent,
    change::{By, Change},
    ground::shared::Ground,
    runtime::log_budget::limited,
    services::calls,
    store,
};

/// So much is told in one commit.
const MOST_AT_ONCE: usize = 256;

/// After so long what could not be told is tried again.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// What is to be told yet; of each device, only the last counts.
#[derive(Default)]
struct Latest {
    /// What devices must hear of their slots.
    slots: BTreeMap<DeviceId, (CallId, Vec<MediaSlot>, Wants)>,
    /// Whose media come and go, or do not, for the others to hear.
    reached: BTreeMap<DeviceId, (CallId, UserId, bool)>,
}

impl Latest {
    fn is_empty(&self) -> bool {
        self.slots.is_empty() && self.reached.is_empty()
    }
}

/// Tells until the server stops.
pub(crate) async fn keep(ground: Arc<Ground>, mut events: mpsc::Receiver<MediaEvent>) {
    let mut stops = ground.lifecycle.stops.clone();
    let (mut waiting, mut latest) = (Vec::new(), Latest::default());
    loop {
        tokio::select! {
            count = events.recv_many(&mut waiting, MOST_AT_ONCE) => {
                // Nothing comes any more when the threads are gone, which they never are by themselves.
                assert!(count > 0 || stops.is_now(), "all threads for media have died");
            }
            () = tokio::time::sleep(AGAIN_AFTER), if !latest.is_empty() => {}
            () = stops.wait() => return ground.bus.media.stop().await,
        }
        tell(&ground, std::mem::take(&mut waiting), &mut latest).await;
    }
}

/// What cannot be told now stays in `latest`.
async fn tell(ground: &Ground, events: Vec<MediaEvent>, latest: &mut Latest) {
    for event in events {
        match event {
            MediaEvent::Slots { call, device, slots, wants } => {
                latest.slots.insert(device, (call, slots, wants));
            }
            MediaEvent::Reached { call, device, user, is_reached } => {
                latest.reached.insert(device, (call, user, is_reached));
            }
            MediaEvent::Failed { call } => {
                if let Err(error) = admit_again(ground, call).await {
                    limited!(error, %error, "a call whose media have failed cannot be read");
                }
            }
        }
    }
    for (device, (call, user, is_reached)) in std::mem::take(&mut latest.reached) {
        if !calls::media_are_reached(ground, call, &user, device, is_reached).await {
            latest.reached.insert(device, (call, user, is_reached));
        }
    }
    match tell_slots(ground, &latest.slots).await {
        Ok(()) => latest.slots.clear(),
        Err(error) => limited!(error, %error, "devices do not hear yet what is in their slots"),
    }
}

async fn tell_slots(
    ground: &Ground,
    latest: &BTreeMap<DeviceId, (CallId, Vec<MediaSlot>, Wants)>,
) -> store::Result<()> {
    if latest.is_empty() {
        return Ok(());
    }
    let mut change = Change::begin(ground, By::Server).await?;
    for (device, (call, slots, wants)) in latest {
        let signal = Signal::MediaSlots { call: *call, slots: slots.clone(), wants: *wants };
        change.tell_devices(&[*device], signal).await?;
    }
    change.commit().await
}

/// Lets everybody in again who is in a call.
async fn admit_again(ground: &Ground, call: CallId) -> store::Result<()> {
    let app = ground.config.app.clone();
    let rows = ground.store.ask(async move |conn| store::calls::load(conn, &app, call).await).await?;
    if let Some(rows) = rows {
        admit(ground, &rows).await;
    }
    Ok(())
}

/// Tells a forwarder that knows nothing of a call who is in it.
pub(crate) async fn admit(ground: &Ground, rows: &Rows) {
    for order in media_orders(None, rows) {
        ground.bus.media.order(order, rows.call.version).await;
    }
}
