//! The simulator: `carillon-call`'s devices against `carillon-call`'s record, over a seeded network, in virtual time.
//!
//! The links between them are those that ship: `carillon-call`'s [`DeviceEnd`](carillon_call::session::DeviceEnd) and
//! [`ServerEnd`](carillon_call::session::ServerEnd), with rows in maps and pretended media transports around them. A socket is FIFO,
//! loses what is under way when it drops, and has a delay of its own, so that what goes over two of them overtakes.
//!
//! Everything that happens comes from one queue and one seeded generator: the same seed is the same run. [`Watch`] looks at every
//! step and holds the invariants. No socket, no task, and no clock but for the first instant.

mod chaos;
mod device;
mod forwarder;
mod freeze;
mod link;
mod media;
mod messages;
mod moderating;
mod publishing;
mod queue;
mod server;
mod server_link;
mod streams;
mod told;
mod watch;

use std::{
    fmt,
    sync::LazyLock,
    time::{Duration, Instant},
};

use carillon_call::{
    device::{Command, Input, Phase},
    record,
};
use carillon_protocol::{Invitation, LegState};
use rand::{RngExt, SeedableRng, rngs::Xoshiro256PlusPlus};

pub use chaos::{
    Report, run_believing_old_frames, run_seed, run_seed_with_log, run_with_message_fault, run_with_publish_fault,
};
pub use device::Dev;
use device::SimDevice;
pub use link::Network;
pub use messages::MessageFault;
pub use publishing::PublishFault;
use queue::{Happening, Queue};
pub use server::Judge;
use server::Server;
use told::known_name;
pub use told::{Act, Told, Why};
pub use watch::{Heard, Watch};

/// Where virtual time begins, the same for every run of a process, so that logs can be compared.
static FIRST_INSTANT: LazyLock<Instant> = LazyLock::new(Instant::now);

/// Devices, a server and the network between them, at one moment of virtual time.
pub struct Sim {
    now: Instant,
    began: Instant,
    queue: Queue,
    dice: Xoshiro256PlusPlus,
    network: Network,
    server: Server,
    devices: Vec<SimDevice>,
    watch: Watch,
    /// A fault of all devices; see [`Sim::let_devices_believe_old_frames`].
    believes_old_frames: bool,
    log: Option<Vec<String>>,
}

impl Sim {
    /// An empty world with a quiet network; the seed decides every delay.
    pub fn new(seed: u64) -> Self {
        Self::with_judge(seed, record::decide)
    }

    /// A world whose server judges by other rules than ours: to see that [`Watch`] notices.
    pub fn with_judge(seed: u64, judge: Judge) -> Self {
        let now = *FIRST_INSTANT;
        Self {
            now,
            began: now,
            queue: Queue::default(),
            dice: Xoshiro256PlusPlus::seed_from_u64(seed),
            network: Network::quiet(),
            server: Server::new(judge),
            devices: Vec::new(),
            watch: Watch::default(),
            believes_old_frames: false,
            log: None,
        }
    }

    /// Changes the network from now on.
    pub fn set_network(&mut self, network: Network) {
        self.network = network;
    }

    /// The network as it is.
    pub fn network(&self) -> &Network {
        &self.network
    }

    /// Keeps a log from now on.
    pub fn keep_log(&mut self) {
        self.log = Some(Vec::new());
    }

    /// The log so far.
    pub fn log(&self) -> &[String] {
        self.log.as_deref().unwrap_or_default()
    }

    /// Signs a new device in and connects it.
    pub fn add(&mut self, user: &str, name: &str) -> Dev {
        let dev = Dev(self.devices.len());
        let device = SimDevice::new(self.now, dev, user, name);
        self.server.register(&device.user, dev);
        self.devices.push(device);
        self.connect(dev);
        dev
    }

    /// All devices.
    pub fn all(&self) -> impl Iterator<Item = Dev> + use<> {
        (0..self.devices.len()).map(Dev)
    }

    /// A user does something on one device, now; a frozen one does not hear of it.
    pub fn act(&mut self, dev: Dev, act: Act) {
        if self.devices[dev.0].frozen.is_some() {
            return;
        }
        let channel = self.devices[dev.0].machine.call().map(|call| call.channel.clone());
        let mut command = act.command(self.now.duration_since(self.began), channel);
        if let Command::StartCall(Invitation { hides_address, .. }) | Command::Accept { hides_address, .. } =
            &mut command
        {
            *hides_address = self.devices[dev.0].hides_address;
        }
        self.input(dev, Input::Command(command));
    }

    /// Lets virtual time pass.
    pub fn run_for(&mut self, duration: Duration) {
        let until = self.now + duration;
        while let Some((at, happening)) = self.queue.pop_until(until) {
            self.now = at;
            self.happen(happening);
        }
        self.now = until;
    }

    /// Lets what is under way arrive, and what is answered to it: a token may have expired in this very moment.
    fn run_until_quiet(&mut self) {
        for _ in 0..100 {
            if !self.queue.has_frames() {
                return;
            }
            self.run_for(millis(10));
        }
    }

    /// What a device told its app about calls, from the first on. Leaves out what an app decides by itself
    /// ([`Event::Invited`](carillon_call::device::Event::Invited)).
    pub fn events(&self, dev: Dev) -> &[Told] {
        &self.devices[dev.0].told
    }

    /// Where a device is.
    pub fn phase(&self, dev: Dev) -> &Phase {
        self.devices[dev.0].machine.phase()
    }

    /// Whether a device is in a call whose media flow.
    pub fn is_active(&self, dev: Dev) -> bool {
        matches!(self.phase(dev), Phase::Active { .. })
    }

    /// Whether a device shows and sounds a ring.
    pub fn is_ringing(&self, dev: Dev) -> bool {
        self.devices[dev.0].machine.shown_ring().is_some()
    }

    /// All legs of the group call that a device has in hand, as far as it knows.
    pub fn legs(&self, dev: Dev) -> Vec<(&'static str, LegState)> {
        let legs = self.devices[dev.0].machine.call().map_or(&[][..], |call| &call.legs);
        legs.iter().map(|leg| (known_name(&leg.user), leg.state)).collect()
    }

    /// How many calls live on the server.
    pub fn live_calls(&self) -> usize {
        self.server.live(self.server_now_ms()).count()
    }

    /// What was seen.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    fn happen(&mut self, happening: Happening) {
        let Some(happening) = self.unless_frozen(happening) else { return };
        match happening {
            Happening::Wake { dev, life } => self.wake(dev, life),
            Happening::WakeLink { dev, life } => self.wake_link(dev, life),
            Happening::Connect { dev } => self.connect(dev),
            Happening::LinkNoticedDown { dev, epoch } => self.notice_link_down(dev, epoch),
            Happening::AtServer { dev, epoch, sent } => self.at_server(dev, epoch, sent),
            Happening::AtDevice { dev, epoch, sent } => self.at_device(dev, epoch, sent),
            Happening::Doubled { dev, again } => self.hear_again(dev, again),
            Happening::WakeServer { dev, epoch } => self.wake_server(dev, epoch),
            Happening::ServerNotices { dev, epoch } => self.unlink(dev, epoch),
            Happening::Unreached { dev, since } => self.server_does_not_reach(dev, since),
            Happening::Gone { dev, since } => self.server_misses(dev, since),
            Happening::Forgotten { dev, since } => self.prune(dev, since),
            Happening::Expire { call } => self.expire(call),
            Happening::Thaw { dev, life } => self.thaw_if_same(dev, life),
            Happening::ServerUp { clock_moved_ms } => self.start_server(clock_moved_ms),
            Happening::Plug { dev } => self.plug(dev),
            Happening::Transport { dev, generation, news } => self.transport_news(dev, generation, news),
        }
    }

    fn after_ms(&mut self, ms: u64, happening: Happening) {
        self.queue.push(self.now + Duration::from_millis(ms), happening);
    }

    fn roll(&mut self, range: std::ops::RangeInclusive<u64>) -> u64 {
        self.dice.random_range(range)
    }

    fn chance(&mut self, per_mille: u32) -> bool {
        per_mille > 0 && self.dice.random_range(0..1000) < per_mille
    }

    fn note(&mut self, line: impl FnOnce() -> String) {
        if let Some(log) = &mut self.log {
            let at = self.now.duration_since(self.began);
            log.push(format!("{:9.3} {}", at.as_secs_f64(), line()));
        }
    }
}

impl fmt::Debug for Sim {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Sim").field("devices", &self.devices.len()).finish_non_exhaustive()
    }
}

/// So many seconds, for stories.
pub const fn secs(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// So many milliseconds, for stories.
pub const fn millis(milliseconds: u64) -> Duration {
    Duration::from_millis(milliseconds)
}
