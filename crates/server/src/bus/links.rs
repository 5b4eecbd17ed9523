//! From committed changes to the links of this process: signals, and orders to close.

use std::{
    collections::{HashMap, VecDeque},
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicU64, Ordering},
    },
};

use carillon_protocol::{DeviceId, ServerFrame};
use tokio::sync::{Notify, watch};

use super::{CloseReason, MediaHandle, PresenceHandle, PresenceNotes};
use crate::store::{LinkId, Outgoing, Posted};

/// A link that is further behind reads from the store.
const MOST_WAITING: usize = 64;

/// What passes by and is kept nowhere: a link that is so far behind has missed what is older.
const MOST_PASSING: usize = 16;

/// What is on its way to a link.
#[derive(Default)]
pub(crate) struct Mail {
    /// Signals that were committed just now. Some may be missing; the store has them all.
    pub(crate) signals: VecDeque<Outgoing>,
    /// Frames that are true for a moment, written down.
    pub(crate) passing: VecDeque<Arc<str>>,
}

/// Where it waits for the link.
#[derive(Default)]
pub(crate) struct Mailbox {
    waiting: Mutex<Mail>,
    arrived: Notify,
}

impl Mailbox {
    fn put(&self, one: Outgoing) {
        let mut mail = self.waiting();
        mail.signals.push_back(one);
        if mail.signals.len() > MOST_WAITING {
            // The latest shows what is missing. It need not be the one that came last.
            let latest = mail.signals.drain(..).max_by_key(|one| one.seq);
            mail.signals.extend(latest);
        }
        drop(mail);
        self.arrived.notify_one();
    }

    fn pass(&self, frame: &Arc<str>) {
        let mut mail = self.waiting();
        mail.passing.push_back(Arc::clone(frame));
        if mail.passing.len() > MOST_PASSING {
            mail.passing.pop_front();
        }
        drop(mail);
        self.arrived.notify_one();
    }

    /// Whether there is anything to take.
    pub(crate) fn is_filled(&self) -> bool {
        let mail = self.waiting();
        !mail.signals.is_empty() || !mail.passing.is_empty()
    }

    /// Waits for mail, and takes it out. A caller that stops waiting takes none.
    pub(crate) async fn take(&self) -> Mail {
        self.arrived.notified().await;
        std::mem::take(&mut *self.waiting())
    }

    fn waiting(&self) -> MutexGuard<'_, Mail> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// A link's end of the bus.
pub(crate) struct Listener {
    /// Counts links, so that an old one cannot speak for a newer.
    pub(crate) link: LinkId,
    pub(crate) mailbox: Arc<Mailbox>,
    /// Set once, when the link must go.
    pub(crate) closing: watch::Receiver<Option<CloseReason>>,
}

struct Linked {
    link: u64,
    mailbox: Arc<Mailbox>,
    closing: watch::Sender<Option<CloseReason>>,
}

/// Who has a link to this process. The map is locked only for look-ups, never across an await.
pub(crate) struct Bus {
    /// Who can be reached, and who is told.
    pub(crate) presence: PresenceHandle,
    /// What forwards the media of group calls.
    pub(crate) media: MediaHandle,
    links: Mutex<HashMap<DeviceId, Linked>>,
    counter: AtomicU64,
}

impl Bus {
    /// Numbers links from here; with the notes on presence that are to be kept.
    pub(crate) fn starting_at(link: u64) -> (Self, PresenceNotes) {
        let (presence, notes) = PresenceHandle::new();
        let (media, links) = (MediaHandle::default(), Mutex::default());
        (Self { presence, media, links, counter: AtomicU64::new(link) }, notes)
    }

    /// Takes a device's place; an older link of it must go.
    pub(crate) fn join(&self, device: DeviceId) -> Listener {
        let link = LinkId { device, number: self.counter.fetch_add(1, Ordering::Relaxed) };
        let mailbox = Arc::new(Mailbox::default());
        let (close_tx, closing) = watch::channel(None);
        let linked = Linked { link: link.number, mailbox: Arc::clone(&mailbox), closing: close_tx };
        let earlier = self.links().insert(device, linked);
        if let Some(earlier) = earlier {
            earlier.closing.send_replace(Some(CloseReason::Replaced));
        }
        Listener { link, mailbox, closing }
    }

    /// Gives the place back, unless a newer link has it.
    pub(crate) fn leave(&self, link: LinkId) {
        let mut links = self.links();
        if links.get(&link.device).is_some_and(|linked| linked.link == link.number) {
            links.remove(&link.device);
        }
    }

    /// Whether a device has no newer link than this one.
    pub(crate) fn is_latest(&self, link: LinkId) -> bool {
        self.links().get(&link.device).is_some_and(|linked| linked.link == link.number)
    }

    /// Whether a device has a link.
    pub(crate) fn has(&self, device: DeviceId) -> bool {
        self.links().contains_key(&device)
    }

    /// Hands committed signals to the links that they were meant for.
    pub(crate) fn deliver(&self, posted: impl IntoIterator<Item = Posted>) {
        let links = self.links();
        for Posted { device, link, outgoing } in posted {
            // What was put into the stream of an older link is either in the store for this one, or of a session that is over.
            if let Some(linked) = links.get(&device).filter(|linked| linked.link == link) {
                linked.mailbox.put(outgoing);
            }
        }
    }

    /// Hands a frame to the links of these devices, if they have any: it is kept for nobody.
    pub(crate) fn pass(&self, devices: &[DeviceId], frame: &ServerFrame) {
        let Ok(frame) = serde_json::to_string(frame) else { return };
        let (frame, links) = (Arc::from(frame), self.links());
        for linked in devices.iter().filter_map(|device| links.get(device)) {
            linked.mailbox.pass(&frame);
        }
    }

    /// Ends a device's link.
    pub(crate) fn dismiss(&self, device: DeviceId, why: CloseReason) {
        if let Some(linked) = self.links().get(&device) {
            linked.closing.send_replace(Some(why));
        }
    }

    /// Ends all links to this process.
    pub(crate) fn dismiss_all(&self, why: CloseReason) {
        for linked in self.links().values() {
            linked.closing.send_replace(Some(why));
        }
    }

    fn links(&self) -> MutexGuard<'_, HashMap<DeviceId, Linked>> {
        self.links.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use carillon_protocol::{Chat, Signal, UserId};
    use tokio::time::timeout;
    use uuid::Uuid;

    use super::*;
    use crate::store::Body;

    #[tokio::test]
    async fn a_link_gets_what_was_put_into_its_own_stream_in_order() {
        let (bus, device) = (Bus::starting_at(7).0, DeviceId::new(Uuid::from_u128(1)));
        let listener = bus.join(device);

        bus.deliver([posted(listener.link, 1), posted(listener.link, 2)]);

        assert_eq!(taken(&listener).await, [1, 2]);
        assert!(timeout(Duration::ZERO, listener.mailbox.take()).await.is_err(), "nothing is told twice");
    }

    #[tokio::test]
    async fn what_was_meant_for_an_older_link_does_not_come_into_the_next_ones_stream() {
        let (bus, device) = (Bus::starting_at(7).0, DeviceId::new(Uuid::from_u128(1)));
        let older = bus.join(device).link;
        let listener = bus.join(device);

        bus.deliver([posted(older, 1), posted(listener.link, 1)]);

        assert_eq!(taken(&listener).await, [1]);
        assert!(!listener.mailbox.is_filled());
    }

    #[tokio::test]
    async fn a_link_that_takes_nothing_fills_no_memory_and_finds_the_latest() {
        let (bus, device) = (Bus::starting_at(0).0, DeviceId::new(Uuid::from_u128(1)));
        let listener = bus.join(device);
        let many = 3 * MOST_WAITING as u64;

        let late_one = many - 1;
        let in_order = (1..=many).filter(|seq| *seq != late_one).chain([late_one]);
        bus.deliver(in_order.map(|seq| posted(listener.link, seq)));

        let seqs = taken(&listener).await;
        assert!(seqs.len() <= MOST_WAITING && seqs.contains(&many), "{seqs:?}");
    }

    #[tokio::test]
    async fn what_passes_by_fills_no_memory_and_the_latest_is_there() {
        let (bus, device) = (Bus::starting_at(0).0, DeviceId::new(Uuid::from_u128(1)));
        let listener = bus.join(device);
        let user = UserId::new("ada").unwrap();
        let typing =
            |typing| ServerFrame::Typing { chat: Chat::User { user: user.clone() }, user: user.clone(), typing };

        (0..3 * MOST_PASSING).for_each(|_| bus.pass(&[device], &typing(true)));
        bus.pass(&[device, DeviceId::new(Uuid::from_u128(2))], &typing(false));

        let passing = listener.mailbox.take().await.passing;
        assert_eq!(passing.len(), MOST_PASSING);
        assert_eq!(serde_json::from_str::<ServerFrame>(passing.back().unwrap()).unwrap(), typing(false));
    }

    fn posted(LinkId { device, number: link }: LinkId, seq: u64) -> Posted {
        let body = Arc::new(Body::from(Signal::CallsSeen { missed: 0 }));
        Posted { device, link, outgoing: Outgoing { seq, body, at_ms: 0 } }
    }

    async fn taken(listener: &Listener) -> Vec<u64> {
        listener.mailbox.take().await.signals.iter().map(|one| one.seq).collect()
    }
}
