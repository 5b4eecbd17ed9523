//! Hints between tasks: *there is something for this device*. They may be lost; SQL has the truth, and resuming heals.

use std::{
    collections::HashMap,
    sync::{
        Arc, Mutex, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use carillon_protocol::DeviceId;
use tokio::sync::{Notify, watch};

use crate::link::Farewell;

/// A link's end of the bus.
pub(crate) struct Listener {
    /// Counts links, so that an old one cannot speak for a newer.
    pub(crate) link: u64,
    /// Something is in the outbox. Several hints make one.
    pub(crate) hint: Arc<Notify>,
    /// Set once, when the link must go.
    pub(crate) farewell: watch::Receiver<Option<Farewell>>,
}

struct Linked {
    link: u64,
    hint: Arc<Notify>,
    farewell: watch::Sender<Option<Farewell>>,
}

/// Who has a link to this process. The map is locked only for look-ups, never across an await.
#[derive(Default)]
pub(crate) struct Bus {
    links: Mutex<HashMap<DeviceId, Linked>>,
    counter: AtomicU64,
}

impl Bus {
    /// Takes a device's place; an older link of it must go.
    pub(crate) fn join(&self, device: DeviceId) -> Listener {
        let link = self.counter.fetch_add(1, Ordering::Relaxed);
        let hint = Arc::new(Notify::new());
        let (farewell_tx, farewell) = watch::channel(None);
        let linked = Linked { link, hint: Arc::clone(&hint), farewell: farewell_tx };
        let earlier = self.links().insert(device, linked);
        if let Some(earlier) = earlier {
            earlier.farewell.send_replace(Some(Farewell::Replaced));
        }
        Listener { link, hint, farewell }
    }

    /// Gives the place back, unless a newer link has it.
    pub(crate) fn leave(&self, device: DeviceId, link: u64) {
        let mut links = self.links();
        if links.get(&device).is_some_and(|linked| linked.link == link) {
            links.remove(&device);
        }
    }

    /// Whether a device has a link.
    pub(crate) fn has(&self, device: DeviceId) -> bool {
        self.links().contains_key(&device)
    }

    /// There is something for these devices.
    pub(crate) fn hint<'a>(&self, devices: impl IntoIterator<Item = &'a DeviceId>) {
        let links = self.links();
        for linked in devices.into_iter().filter_map(|device| links.get(device)) {
            linked.hint.notify_one();
        }
    }

    /// Ends a device's link.
    pub(crate) fn dismiss(&self, device: DeviceId, why: Farewell) {
        if let Some(linked) = self.links().get(&device) {
            linked.farewell.send_replace(Some(why));
        }
    }

    /// Ends all links.
    pub(crate) fn dismiss_all(&self, why: Farewell) {
        for linked in self.links().values() {
            linked.farewell.send_replace(Some(why));
        }
    }

    fn links(&self) -> std::sync::MutexGuard<'_, HashMap<DeviceId, Linked>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
