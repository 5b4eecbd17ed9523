//! One worker: a thread that owns its socket, and the forwarder of the calls that fall to it.

use std::{
    collections::{HashMap, HashSet, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant},
};

use carillon_call::record::MediaOrder;
use carillon_protocol::{CallId, DeviceId, MediaSlot, UserId, WantedPicture, Wants};
use carillon_sfu::{ConnectError, Event, Output, Peer, Sfu, Wire};
use tokio::sync::{mpsc, oneshot};

use super::{
    batches::{Inbox, Outbox},
    socket::MediaSocket,
    tcp::Wired,
};
use crate::{
    bus::{MediaCounts, MediaEvent, NotConnected},
    runtime::log_budget::limited,
};

/// So many datagrams are taken, and so many orders, before others have their turn.
const MOST_AT_ONCE: usize = 64;

/// How often what was done is told.
const COUNT_EVERY: Duration = Duration::from_secs(1);

/// Calls that are over, so that an order which comes late opens none of them again.
const MOST_CLOSED: usize = 10_000;

/// What a worker is to do.
pub(super) enum Command {
    /// What the record orders, by rows of this version.
    Order { order: MediaOrder, version: u64 },
    /// A device offers.
    Connect { call: CallId, device: DeviceId, offer: String, reply: oneshot::Sender<Result<String, NotConnected>> },
    /// A device wants these pictures.
    Want { call: CallId, device: DeviceId, pictures: Vec<WantedPicture> },
    /// No more.
    Stop,
}

/// What a worker hears.
pub(super) struct Heard {
    pub(super) commands: mpsc::Receiver<Command>,
    pub(super) wired: mpsc::Receiver<Wired>,
}

/// A worker.
pub(super) struct Worker {
    socket: MediaSocket,
    outbox: Outbox,
    sfu: Sfu,
    heard: Heard,
    /// What is sent to devices that have opened connections, by their addresses.
    connections: HashMap<SocketAddr, mpsc::Sender<Vec<u8>>>,
    told: Told,
    orders: Orders,
    counts: Arc<Mutex<MediaCounts>>,
    counted_at: Instant,
    unsent: u64,
}

impl Worker {
    pub(super) fn new(
        socket: MediaSocket,
        sfu: Sfu,
        heard: Heard,
        events: mpsc::Sender<MediaEvent>,
        counts: Arc<Mutex<MediaCounts>>,
    ) -> Self {
        let told = Told::new(events);
        let (orders, counted_at) = (Orders::default(), Instant::now());
        let (outbox, connections) = (Outbox::new(), HashMap::new());
        Self { socket, outbox, sfu, heard, connections, told, orders, counts, counted_at, unsent: 0 }
    }

    /// Works until it is stopped, or nobody is left who could want something.
    pub(super) fn run(mut self) {
        let mut inbox = Inbox::new(&self.socket);
        while let Some(is_more_ordered) = self.obey_some() {
            let has_more = self.hear_some() || is_more_ordered;
            self.sfu.handle_timeout(Instant::now());
            self.flush();
            self.socket.wait(if has_more { Some(Instant::now()) } else { self.sfu.poll_timeout() });
            self.take(&mut inbox);
        }
    }

    /// Says whether there is more to obey; `None`: it is to stop.
    fn obey_some(&mut self) -> Option<bool> {
        for _ in 0..MOST_AT_ONCE {
            match self.heard.commands.try_recv() {
                Ok(Command::Stop) | Err(mpsc::error::TryRecvError::Disconnected) => return None,
                Ok(command) => self.obey(command),
                Err(mpsc::error::TryRecvError::Empty) => return Some(false),
            }
        }
        Some(true)
    }

    /// Takes what has come by connections. Says whether there is more.
    fn hear_some(&mut self) -> bool {
        for _ in 0..MOST_AT_ONCE {
            match self.heard.wired.try_recv() {
                Ok(Wired::Opened { from, datagrams }) => {
                    self.connections.retain(|_, connection| !connection.is_closed());
                    self.connections.insert(from, datagrams);
                }
                Ok(Wired::Came { from, datagram }) => {
                    self.sfu.handle_datagram(Instant::now(), Peer::tcp(from), &datagram);
                }
                Err(_) => return false,
            }
        }
        true
    }

    /// Sends by a connection. Says whether it has room.
    fn send_wired(&self, to: SocketAddr, datagram: Vec<u8>) -> bool {
        self.connections.get(&to).is_some_and(|connection| connection.try_send(datagram).is_ok())
    }

    /// Takes what has come. What came together leaves together.
    fn take(&mut self, inbox: &mut Inbox) {
        let mut taken = 0;
        while taken < MOST_AT_ONCE && inbox.fill(&self.socket) {
            let now = Instant::now();
            for (from, datagram) in inbox.datagrams() {
                self.sfu.handle_datagram(now, Peer::udp(from), datagram);
                taken += 1;
            }
            self.flush();
        }
    }

    fn obey(&mut self, command: Command) {
        let now = Instant::now();
        match command {
            Command::Order { order, version } => self.order(order, version, now),
            Command::Connect { call, device, offer, reply } => {
                let answer = self.sfu.connect(call, device, &offer, now).map_err(not_connected);
                reply.send(answer).ok();
            }
            Command::Want { call, device, pictures } => self.sfu.want(call, device, pictures, now),
            Command::Stop => {}
        }
    }

    fn order(&mut self, order: MediaOrder, version: u64, now: Instant) {
        if !self.orders.is_latest(&order, version) {
            return;
        }
        match order {
            MediaOrder::Admit { call, device, user } => self.sfu.admit(call, device, user),
            MediaOrder::Expel { call, device } => {
                self.sfu.expel(call, device, now);
                self.told.forget(|of, to| (of, to) == (call, device));
            }
            MediaOrder::Close { call } => {
                self.sfu.close(call);
                self.told.forget(|of, _| of == call);
            }
        }
    }

    /// Does all that the forwarder wants done.
    fn flush(&mut self) {
        while let Some(output) = self.sfu.poll_output() {
            match output {
                Output::Transmit { to: Peer { wire: Wire::Udp, address }, bytes } => {
                    self.unsent += self.outbox.push(&self.socket, address, &bytes);
                }
                Output::Transmit { to: Peer { wire: Wire::Tcp, address }, bytes } => {
                    self.unsent += u64::from(!self.send_wired(address, bytes));
                }
                Output::Event(event) => self.told.note(event),
            }
        }
        self.unsent += self.outbox.flush(&self.socket);
        self.told.tell();
        let now = Instant::now();
        if now.saturating_duration_since(self.counted_at) >= COUNT_EVERY {
            self.counted_at = now;
            *self.counts.lock().unwrap_or_else(PoisonError::into_inner) = self.count();
        }
    }

    fn count(&self) -> MediaCounts {
        let (of, (channels, participants)) = (self.sfu.counters(), self.sfu.load());
        MediaCounts {
            channels: channels as u64,
            participants: participants as u64,
            datagrams_in: of.datagrams_in,
            bytes_in: of.bytes_in,
            datagrams_out: of.datagrams_out,
            bytes_out: of.bytes_out,
            of_nobody: of.of_nobody,
            malformed: of.malformed,
            unsent: self.unsent,
            packets_in: of.packets_in,
            packets_forwarded: of.packets_forwarded,
            packets_silent: of.packets_silent,
            packets_excessive: of.packets_excessive,
            key_frame_requests: of.key_frame_requests,
            connected: of.connected,
            lost: of.lost,
            failed: of.channels_failed,
            ..MediaCounts::default()
        }
    }
}

fn not_connected(error: ConnectError) -> NotConnected {
    match error {
        ConnectError::NotAdmitted => NotConnected::NotAdmitted,
        ConnectError::Full => NotConnected::Full,
        ConnectError::Offer(error) => NotConnected::BadOffer(error.to_string()),
        ConnectError::Failed => NotConnected::Failed,
    }
}

/// What is to be told: the latest of each device, and what has failed. It waits where there is no room.
struct Told {
    events: mpsc::Sender<MediaEvent>,
    failed: HashSet<CallId>,
    reached: HashMap<(CallId, DeviceId), (UserId, bool)>,
    slots: HashMap<(CallId, DeviceId), (Vec<MediaSlot>, Wants)>,
}

impl Told {
    fn new(events: mpsc::Sender<MediaEvent>) -> Self {
        Self { events, failed: HashSet::new(), reached: HashMap::new(), slots: HashMap::new() }
    }

    fn note(&mut self, event: Event) {
        match event {
            Event::Slots { call, device, slots, wants } => {
                self.slots.insert((call, device), (slots, wants));
            }
            Event::Failed { call } => {
                limited!(error, "the forwarder of a call's media has failed");
                self.failed.insert(call);
            }
            Event::Connected { call, device, user } => {
                self.reached.insert((call, device), (user, true));
            }
            Event::Lost { call, device, user } => {
                self.reached.insert((call, device), (user, false));
            }
        }
    }

    /// A device that is out of a call hears no more of who is in it.
    fn forget(&mut self, is_out: impl Fn(CallId, DeviceId) -> bool) {
        self.slots.retain(|(call, device), _| !is_out(*call, *device));
        self.reached.retain(|(call, device), _| !is_out(*call, *device));
    }

    fn tell(&mut self) {
        while let Some(call) = self.failed.iter().next().copied() {
            let Ok(place) = self.events.try_reserve() else { return };
            place.send(MediaEvent::Failed { call });
            self.failed.remove(&call);
        }
        while let Some((call, device)) = self.reached.keys().next().copied() {
            let Ok(place) = self.events.try_reserve() else { return };
            let Some((user, is_reached)) = self.reached.remove(&(call, device)) else { return };
            place.send(MediaEvent::Reached { call, device, user, is_reached });
        }
        while let Some((call, device)) = self.slots.keys().next().copied() {
            let Ok(place) = self.events.try_reserve() else { return };
            let (slots, wants) = self.slots.remove(&(call, device)).unwrap_or_default();
            place.send(MediaEvent::Slots { call, device, slots, wants });
        }
    }
}

/// Which orders were the latest: they may come out of their order, as what follows two commits does.
#[derive(Default)]
struct Orders {
    versions: HashMap<CallId, HashMap<DeviceId, u64>>,
    closed: HashSet<CallId>,
    /// The same in the order in which they were closed.
    closed_in_order: VecDeque<CallId>,
}

impl Orders {
    fn is_latest(&mut self, order: &MediaOrder, version: u64) -> bool {
        match order {
            MediaOrder::Close { call } => {
                self.versions.remove(call);
                self.close(*call);
                true
            }
            MediaOrder::Admit { call, .. } | MediaOrder::Expel { call, .. } if self.closed.contains(call) => false,
            MediaOrder::Admit { call, device, .. } | MediaOrder::Expel { call, device } => {
                let known = self.versions.entry(*call).or_default().entry(*device).or_insert(version);
                let is_latest = version >= *known;
                *known = version.max(*known);
                is_latest
            }
        }
    }

    fn close(&mut self, call: CallId) {
        if self.closed.insert(call) {
            self.closed_in_order.push_back(call);
        }
        if self.closed_in_order.len() > MOST_CLOSED
            && let Some(oldest) = self.closed_in_order.pop_front()
        {
            self.closed.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use carillon_protocol::UserId;
    use uuid::Uuid;

    use super::*;

    #[test]
    fn an_order_that_a_later_one_has_overtaken_is_not_done() {
        let mut orders = Orders::default();

        assert!(orders.is_latest(&admit(1), 3));
        assert!(orders.is_latest(&expel(1), 5) && !orders.is_latest(&admit(1), 4));
        assert!(orders.is_latest(&admit(2), 4) && orders.is_latest(&admit(1), 6));
    }

    #[test]
    fn a_call_that_is_over_is_not_opened_again_by_an_order_that_comes_late() {
        let mut orders = Orders::default();

        assert!(orders.is_latest(&MediaOrder::Close { call: call(1) }, 9));

        assert!(!orders.is_latest(&admit(1), 8));
        for number in 2..=MOST_CLOSED as u128 + 1 {
            orders.is_latest(&MediaOrder::Close { call: call(number) }, 1);
        }
        assert_eq!((orders.closed.len(), orders.closed_in_order.len()), (MOST_CLOSED, MOST_CLOSED));
    }

    #[test]
    fn what_finds_no_room_is_told_later_and_only_the_latest_of_it() {
        let (events, mut heard) = mpsc::channel(1);
        let mut told = Told::new(events);
        let slots =
            |number| Event::Slots { call: call(1), device: device(number), slots: Vec::new(), wants: Wants::default() };
        told.note(slots(1));
        told.tell();

        for _ in 0..100 {
            told.note(slots(2));
            told.tell();
        }

        assert!(matches!(heard.try_recv(), Ok(MediaEvent::Slots { device: first, .. }) if first == device(1)));
        told.tell();
        assert!(matches!(heard.try_recv(), Ok(MediaEvent::Slots { device: second, .. }) if second == device(2)));
        told.tell();
        assert!(heard.try_recv().is_err());
    }

    #[test]
    fn a_path_that_is_lost_and_back_before_anybody_hears_of_it_is_told_once_and_of_nobody_who_has_left() {
        let (events, mut heard) = mpsc::channel(4);
        let mut told = Told::new(events);
        let bob = || UserId::new("bob").unwrap();
        let lost = |number| Event::Lost { call: call(1), device: device(number), user: bob() };

        told.note(lost(1));
        told.note(Event::Connected { call: call(1), device: device(1), user: bob() });
        told.note(lost(2));
        told.forget(|_, of| of == device(2));
        told.tell();

        let reached = MediaEvent::Reached { call: call(1), device: device(1), user: bob(), is_reached: true };
        assert_eq!(heard.try_recv(), Ok(reached));
        assert!(heard.try_recv().is_err());
    }

    fn admit(number: u128) -> MediaOrder {
        MediaOrder::Admit { call: call(1), device: device(number), user: UserId::new("bob").unwrap() }
    }

    fn expel(number: u128) -> MediaOrder {
        MediaOrder::Expel { call: call(1), device: device(number) }
    }

    fn call(number: u128) -> CallId {
        CallId::new(Uuid::from_u128(number))
    }

    fn device(number: u128) -> DeviceId {
        DeviceId::new(Uuid::from_u128(number))
    }
}
