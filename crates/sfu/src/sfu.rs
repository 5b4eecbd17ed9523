//! All channels of one worker.

use std::collections::{BTreeSet, HashMap, VecDeque};
use std::net::SocketAddr;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::{Duration, Instant};

use carillon_protocol::{CallId, DeviceId, MAX_LEGS, UserId, WantedPicture};
use str0m::crypto::from_feature_flags;

use crate::Counters;
use crate::channel::{Channel, Sink};
use crate::connection::{Connection, Setup};
use crate::offer::OfferError;
use crate::output::{Event, Output, Peer};
use crate::routes::Routes;
use crate::stun;

/// The most devices that are connected in one channel.
pub const MAX_PARTICIPANTS: usize = MAX_LEGS;

/// The largest datagram that is looked at.
const MOST_DATAGRAM: usize = 1_500;

/// No channel is woken more often than this.
const SHORTEST_WAIT: Duration = Duration::from_micros(500);

/// Why a device is not connected.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ConnectError {
    /// The record has not admitted it.
    #[error("the device is not admitted")]
    NotAdmitted,
    /// The channel has as many participants as it can.
    #[error("the call is full: {MAX_PARTICIPANTS}")]
    Full,
    /// Its offer is none.
    #[error(transparent)]
    Offer(#[from] OfferError),
    /// The channel has failed.
    #[error("the channel has failed")]
    Failed,
}

/// Where participants reach it.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Addresses {
    /// By UDP, all of the same socket.
    pub udp: Vec<SocketAddr>,
    /// By connections that they open, all to the same socket. None: it takes no connections.
    pub tcp: Vec<SocketAddr>,
}

/// Forwards media between the participants of channels.
pub struct Sfu {
    setup: Setup,
    channels: HashMap<CallId, Channel>,
    /// When a channel wants to be woken.
    due: BTreeSet<(Instant, CallId)>,
    due_of: HashMap<CallId, Instant>,
    /// Channels in which something was done since all that they wanted was done.
    unsettled: Vec<CallId>,
    shared: Shared,
}

/// What channels fill.
#[derive(Default)]
struct Shared {
    outputs: VecDeque<Output>,
    routes: Routes,
    counters: Counters,
    now: Option<Instant>,
}

/// As one channel fills it.
struct Outlet<'a> {
    call: CallId,
    shared: &'a mut Shared,
}

impl std::fmt::Debug for Sfu {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Sfu").field("channels", &self.channels.len()).finish_non_exhaustive()
    }
}

impl Sfu {
    /// One that participants reach at these addresses; `None`: no certificate can be made on this machine.
    pub fn new(addresses: Addresses) -> Option<Self> {
        let crypto = Arc::new(from_feature_flags());
        let certificate = crypto.dtls_provider.generate_certificate()?;
        Some(Self {
            setup: Setup { crypto, certificate, addresses },
            channels: HashMap::new(),
            due: BTreeSet::new(),
            due_of: HashMap::new(),
            unsettled: Vec::new(),
            shared: Shared::default(),
        })
    }

    /// Lets a device of a user be connected.
    pub fn admit(&mut self, call: CallId, device: DeviceId, user: UserId) {
        self.channels.entry(call).or_insert_with(|| Channel::new(call)).admit(device, user);
    }

    /// Takes a device's offer, and gives the answer. The same offer again is answered as before; another one replaces the connection.
    ///
    /// # Errors
    /// [`ConnectError`] says why not; a connection that was there stays.
    pub fn connect(
        &mut self,
        call: CallId,
        device: DeviceId,
        offer: &str,
        now: Instant,
    ) -> Result<String, ConnectError> {
        let channel = self.channels.get(&call).filter(|channel| channel.is_admitted(device));
        let channel = channel.ok_or(ConnectError::NotAdmitted)?;
        if let Some(answer) = channel.answer_to(device, offer) {
            return Ok(answer);
        }
        if channel.connections_besides(device) >= MAX_PARTICIPANTS {
            return Err(ConnectError::Full);
        }
        let setup = &self.setup;
        let opened = catch_unwind(AssertUnwindSafe(|| Connection::open(offer, setup, now)));
        let connection = opened.map_err(|_| ConnectError::Failed)??;
        let answer = connection.answer().to_owned();
        self.shared.routes.close((call, device));
        self.shared.routes.open(connection.user_fragment(), (call, device));
        self.within(call, now, |channel, _| channel.connect(device, connection, now));
        self.channels.contains_key(&call).then_some(answer).ok_or(ConnectError::Failed)
    }

    /// The pictures that a device wants from now on.
    pub fn want(&mut self, call: CallId, device: DeviceId, wanted: Vec<WantedPicture>, now: Instant) {
        self.within(call, now, |channel, outlet| channel.want(device, wanted, now, outlet));
    }

    /// Forwards nothing to or from a device any more.
    pub fn expel(&mut self, call: CallId, device: DeviceId, now: Instant) {
        self.shared.routes.close((call, device));
        self.within(call, now, |channel, outlet| channel.expel(device, outlet));
        if self.channels.get(&call).is_some_and(Channel::is_empty) {
            self.close(call);
        }
    }

    /// Forwards nothing of a call any more.
    pub fn close(&mut self, call: CallId) {
        self.channels.remove(&call);
        self.shared.routes.close_all(call);
        if let Some(at) = self.due_of.remove(&call) {
            self.due.remove(&(at, call));
        }
    }

    /// Takes a datagram. What came together is best given together, before [`Sfu::poll_output`]: what leaves for one participant leaves
    /// together then.
    pub fn handle_datagram(&mut self, now: Instant, source: Peer, bytes: &[u8]) {
        let counters = &mut self.shared.counters;
        counters.datagrams_in += 1;
        counters.bytes_in += bytes.len() as u64;
        if bytes.len() > MOST_DATAGRAM {
            counters.malformed += 1;
            return;
        }
        let Some((call, device)) = self.shared.routes.find(source, bytes, now) else {
            self.shared.counters.of_nobody += 1;
            return;
        };
        let taken = self.within(call, now, |channel, outlet| channel.receive(device, source, bytes, now, outlet));
        if taken == Some(false) {
            self.shared.counters.malformed += 1;
        }
    }

    /// Does what is due.
    pub fn handle_timeout(&mut self, now: Instant) {
        while let Some((at, call)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.remove(&(at, call));
            self.due_of.remove(&call);
            self.within(call, now, |channel, _| channel.handle_timeout(now));
        }
    }

    /// What to do next; `None` when there is nothing left.
    pub fn poll_output(&mut self) -> Option<Output> {
        while self.shared.outputs.is_empty() {
            let call = self.unsettled.pop()?;
            self.settle(call);
        }
        self.shared.outputs.pop_front()
    }

    /// When to call [`Sfu::handle_timeout`], if nothing comes before; to be asked when [`Sfu::poll_output`] has nothing left.
    pub fn poll_timeout(&self) -> Option<Instant> {
        self.due.first().map(|(at, _)| *at)
    }

    /// What has been done.
    pub fn counters(&self) -> Counters {
        self.shared.counters
    }

    /// How many channels there are, and how many devices are connected in them.
    pub fn load(&self) -> (usize, usize) {
        (self.channels.len(), self.channels.values().map(Channel::connections).sum())
    }

    /// Does something in a channel, which is not settled then. If it panics, the channel is closed, and no other.
    fn within<T>(
        &mut self,
        call: CallId,
        now: Instant,
        work: impl FnOnce(&mut Channel, &mut Outlet<'_>) -> T,
    ) -> Option<T> {
        let channel = self.channels.get_mut(&call)?;
        if !std::mem::replace(&mut channel.is_unsettled, true) {
            self.unsettled.push(call);
        }
        self.shared.now = Some(now);
        let mut outlet = Outlet { call, shared: &mut self.shared };
        let done = catch_unwind(AssertUnwindSafe(|| work(channel, &mut outlet)));
        if done.is_err() {
            self.close(call);
            self.shared.counters.channels_failed += 1;
            self.shared.outputs.push_back(Output::Event(Event::Failed { call }));
        }
        done.ok()
    }

    /// Does all that a channel wants, and notes when it wants more.
    fn settle(&mut self, call: CallId) {
        let (Some(now), Some(channel)) = (self.shared.now, self.channels.get_mut(&call)) else { return };
        channel.is_unsettled = true; // also one that was opened anew since
        let settled = self.within(call, now, |channel, outlet| {
            channel.settle(now, outlet);
            channel.is_unsettled = false;
            channel.due()
        });
        if let Some(due) = settled {
            self.note_due(call, due, now);
        }
    }

    /// A channel that wants to be woken at once is, but not before others have had their turn.
    fn note_due(&mut self, call: CallId, due: Option<Instant>, now: Instant) {
        let due = due.map(|due| due.max(now + SHORTEST_WAIT));
        if self.due_of.get(&call).copied() == due {
            return;
        }
        if let Some(before) = self.due_of.remove(&call) {
            self.due.remove(&(before, call));
        }
        if let Some(due) = due {
            self.due.insert((due, call));
            self.due_of.insert(call, due);
        }
    }
}

impl Sink for Outlet<'_> {
    fn transmit(&mut self, from: DeviceId, to: Peer, bytes: Vec<u8>) {
        let Shared { outputs, routes, counters, now } = &mut *self.shared;
        // A connection answers only what is signed with its own password.
        if let Some(now) = now.filter(|_| stun::is_stun(&bytes)) {
            routes.answered(to, (self.call, from), now);
        }
        counters.datagrams_out += 1;
        counters.bytes_out += bytes.len() as u64;
        outputs.push_back(Output::Transmit { to, bytes });
    }

    fn event(&mut self, event: Event) {
        self.shared.outputs.push_back(Output::Event(event));
    }

    fn counters(&mut self) -> &mut Counters {
        &mut self.shared.counters
    }
}
