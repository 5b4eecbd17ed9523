//! The media of group calls over UDP: one thread for each core, each with a socket of its own and the calls that fall to it; and over TCP,
//! on one port for all of them.

mod batches;
mod socket;
pub(crate) mod tcp;
mod waker;
mod worker;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    num::NonZero,
    sync::{Arc, Mutex, PoisonError, atomic::Ordering::Relaxed},
    thread::available_parallelism,
};

use carillon_call::record::MediaOrder;
use carillon_protocol::{CallId, DeviceId, WantedPicture};
use carillon_sfu::{Addresses, Sfu};
use futures_util::future::BoxFuture;
use lru::LruCache;
use tokio::{
    net::TcpListener,
    sync::{mpsc, oneshot},
};

use self::{
    socket::MediaSocket,
    tcp::{TcpCounts, Wired},
    waker::Waker,
    worker::{Command, Heard, Worker},
};
use crate::{
    bus::{MediaCounts, MediaEngine, MediaEvent, NotConnected},
    ground::config::Config,
    runtime::{log_budget::limited, tasks},
};

/// Orders and offers that wait for a worker; who has one more waits until there is room.
const MOST_COMMANDS: usize = 1024;

/// What has come by connections and waits for a worker: who has one more waits too, and with it what its device sends.
const MOST_WIRED: usize = 256;

/// Connections that are told apart by what their devices call them; more than there are participants.
const MOST_NAMES: NonZero<usize> = NonZero::new(16_384).expect("it is not zero");

/// What devices must hear and no task has taken yet; a worker keeps the latest of what does not fit.
const MOST_EVENTS: usize = 1024;

/// Threads at most, unless the operator chooses more: each has a port, which a firewall has to let through.
const MOST_BY_ITSELF: usize = 8;

/// Why no media are forwarded.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NoMedia {
    #[error("no socket can be opened at {0}: {1}")]
    Socket(SocketAddr, io::Error),
    #[error("no certificate can be made on this machine")]
    Certificate,
}

/// The workers of this process.
pub(crate) struct MediaWorkers {
    workers: Vec<Handle>,
    /// Which worker a connection is for: by the name under which the server's answers made its participant known.
    names: Mutex<LruCache<String, usize>>,
    tcp: TcpCounts,
    tcp_address: Option<SocketAddr>,
}

/// One worker, from outside.
struct Handle {
    commands: mpsc::Sender<Command>,
    wired: mpsc::Sender<Wired>,
    waker: Waker,
    counts: Arc<Mutex<MediaCounts>>,
    address: SocketAddr,
}

impl MediaWorkers {
    /// Opens all sockets and starts all threads; with the port for connections, and what the workers tell.
    pub(crate) fn open(
        config: &Config,
        links: SocketAddr,
    ) -> Result<(Self, Option<TcpListener>, mpsc::Receiver<MediaEvent>), NoMedia> {
        let wanted = config.media_listen.unwrap_or_else(|| beside(links));
        let sockets: Vec<MediaSocket> =
            (0..count(config)).map(|number| open_socket(wanted, number)).collect::<Result<_, NoMedia>>()?;
        let beside_them = sockets.first().map_or(wanted, MediaSocket::address);
        let listener = open_listener(config.media_tcp_listen.unwrap_or(beside_them));
        let tcp_address = listener.as_ref().and_then(|listener| listener.local_addr().ok());
        let (events, events_rx) = mpsc::channel(MOST_EVENTS);
        let workers = sockets.into_iter().map(|socket| start(socket, config, tcp_address, events.clone()));
        let workers = workers.collect::<Result<_, NoMedia>>()?;
        let (names, tcp) = (Mutex::new(LruCache::new(MOST_NAMES)), TcpCounts::default());
        Ok((Self { workers, names, tcp, tcp_address }, listener, events_rx))
    }

    /// All of a call is one worker's.
    fn number_of(&self, call: CallId) -> usize {
        // The low bits of a UUIDv7 are random.
        usize::try_from(call.uuid().as_u128() % self.workers.len() as u128).unwrap_or(0)
    }

    fn of(&self, call: CallId) -> &Handle {
        &self.workers[self.number_of(call)]
    }

    /// Whose participant a connection is for, by its first datagram.
    fn of_datagram(&self, datagram: &[u8]) -> Option<&Handle> {
        let name = carillon_sfu::user_fragment(datagram)?;
        let number = self.names.lock().unwrap_or_else(PoisonError::into_inner).get(name).copied()?;
        self.workers.get(number)
    }

    /// Notes under which name a participant is known.
    fn note_name(&self, answer: &str, number: usize) {
        if let Some(name) = answer.lines().find_map(|line| line.strip_prefix("a=ice-ufrag:")) {
            self.names.lock().unwrap_or_else(PoisonError::into_inner).put(name.to_owned(), number);
        }
    }
}

/// The next port, so that there are few numbers to open in a firewall; any where links have any.
fn beside(links: SocketAddr) -> SocketAddr {
    SocketAddr::new(links.ip(), if links.port() == 0 { 0 } else { links.port().saturating_add(1) })
}

fn count(config: &Config) -> u16 {
    let cores = available_parallelism().map_or(1, NonZero::get).min(MOST_BY_ITSELF);
    match config.media_workers {
        0 => u16::try_from(cores).unwrap_or(1),
        chosen => chosen,
    }
}

/// The wanted port and those that follow; any where one is taken, as tests and demonstrations need it.
fn open_socket(wanted: SocketAddr, number: u16) -> Result<MediaSocket, NoMedia> {
    let port = if wanted.port() == 0 { 0 } else { wanted.port().saturating_add(number) };
    let address = SocketAddr::new(wanted.ip(), port);
    let opened = MediaSocket::open(address).or_else(|error| {
        limited!(warn, %address, %error, "media are taken at another port");
        MediaSocket::open(SocketAddr::new(wanted.ip(), 0))
    });
    opened.map_err(|error| NoMedia::Socket(address, error))
}

/// The same for connections. Without it there are none, which most networks do not need.
fn open_listener(wanted: SocketAddr) -> Option<TcpListener> {
    let opened = tcp::open(wanted).or_else(|error| {
        limited!(warn, address = %wanted, %error, "connections for media are taken at another port");
        tcp::open(SocketAddr::new(wanted.ip(), 0))
    });
    match opened.and_then(TcpListener::from_std) {
        Ok(listener) => Some(listener),
        Err(error) => {
            limited!(warn, %error, "media are taken by UDP only");
            None
        }
    }
}

fn start(
    socket: MediaSocket,
    config: &Config,
    tcp: Option<SocketAddr>,
    events: mpsc::Sender<MediaEvent>,
) -> Result<Handle, NoMedia> {
    let address = socket.address();
    let udp = told_addresses(config, address);
    let tcp = tcp.map(|address| told_addresses(config, address)).unwrap_or_default();
    let sfu = Sfu::new(Addresses { udp, tcp }).ok_or(NoMedia::Certificate)?;
    let (commands, commands_rx) = mpsc::channel(MOST_COMMANDS);
    let (wired, wired_rx) = mpsc::channel(MOST_WIRED);
    let counts = Arc::new(Mutex::new(MediaCounts::default()));
    let waker = socket.waker();
    let worker =
        Worker::new(socket, sfu, Heard { commands: commands_rx, wired: wired_rx }, events, Arc::clone(&counts));
    tasks::thread("carillon-media", move || worker.run());
    Ok(Handle { commands, wired, waker, counts, address })
}

/// Where devices are told to send: what the operator says, else where the socket is.
fn told_addresses(config: &Config, socket: SocketAddr) -> Vec<SocketAddr> {
    let chosen: Vec<IpAddr> = match config.media_addresses.as_slice() {
        [] if socket.ip().is_unspecified() => outward(socket.ip().is_ipv6()),
        [] => vec![socket.ip()],
        chosen => chosen.to_vec(),
    };
    chosen.into_iter().map(|ip| SocketAddr::new(ip, socket.port())).collect()
}

/// The addresses by which this machine reaches others; loopback where it reaches none. No datagram leaves for this.
fn outward(with_ipv6: bool) -> Vec<IpAddr> {
    let of_documentation = [
        (IpAddr::from(Ipv4Addr::UNSPECIFIED), IpAddr::from([192, 0, 2, 1])),
        (IpAddr::from(Ipv6Addr::UNSPECIFIED), IpAddr::from([0x2001, 0xdb8, 0, 0, 0, 0, 0, 1])),
    ];
    let own = |(from, to): (IpAddr, IpAddr)| {
        let socket = UdpSocket::bind((from, 0)).ok()?;
        socket.connect((to, 9)).ok()?;
        Some(socket.local_addr().ok()?.ip()).filter(|ip| !ip.is_unspecified())
    };
    let families = if with_ipv6 { 2 } else { 1 };
    let found: Vec<IpAddr> = of_documentation.into_iter().take(families).filter_map(own).collect();
    if found.is_empty() { vec![IpAddr::from(Ipv4Addr::LOCALHOST)] } else { found }
}

impl Handle {
    /// A worker that has stopped takes nothing, and needs nothing.
    async fn send(&self, command: Command) {
        self.commands.send(command).await.ok();
        self.waker.wake();
    }

    /// Tells it of a connection.
    async fn tell(&self, wired: Wired) {
        self.wired.send(wired).await.ok();
        self.waker.wake();
    }
}

impl MediaEngine for MediaWorkers {
    fn order(&self, order: MediaOrder, version: u64) -> BoxFuture<'_, ()> {
        let call = match order {
            MediaOrder::Admit { call, .. } | MediaOrder::Expel { call, .. } | MediaOrder::Close { call } => call,
        };
        Box::pin(self.of(call).send(Command::Order { order, version }))
    }

    fn connect(&self, call: CallId, device: DeviceId, offer: String) -> BoxFuture<'_, Result<String, NotConnected>> {
        Box::pin(async move {
            let (reply, replied) = oneshot::channel();
            let number = self.number_of(call);
            self.workers[number].send(Command::Connect { call, device, offer, reply }).await;
            let answer = replied.await.unwrap_or(Err(NotConnected::Failed))?;
            self.note_name(&answer, number);
            Ok(answer)
        })
    }

    fn want(&self, call: CallId, device: DeviceId, pictures: Vec<WantedPicture>) -> BoxFuture<'_, ()> {
        Box::pin(self.of(call).send(Command::Want { call, device, pictures }))
    }

    fn counts(&self) -> MediaCounts {
        let mut all = MediaCounts::default();
        for worker in &self.workers {
            all += *worker.counts.lock().unwrap_or_else(PoisonError::into_inner);
        }
        let TcpCounts { open, refused, of_nobody } = &self.tcp;
        (all.tcp_open, all.tcp_refused) = (open.load(Relaxed), refused.load(Relaxed));
        all.tcp_of_nobody = of_nobody.load(Relaxed);
        all
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.workers.iter().map(|worker| worker.address).collect()
    }

    fn tcp_address(&self) -> Option<SocketAddr> {
        self.tcp_address
    }

    fn stop(&self) -> BoxFuture<'_, ()> {
        Box::pin(async {
            for worker in &self.workers {
                worker.send(Command::Stop).await;
            }
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn devices_are_told_what_the_operator_says_else_where_the_socket_is() {
        let socket = "192.0.2.7:4748".parse().unwrap();
        let mut config = Config::new("");
        assert_eq!(told_addresses(&config, socket), [socket]);

        config.media_addresses = vec!["203.0.113.5".parse().unwrap(), "2001:db8::5".parse().unwrap()];

        let told = ["203.0.113.5:4748", "[2001:db8::5]:4748"].map(|address| address.parse().unwrap());
        assert_eq!(told_addresses(&config, "0.0.0.0:4748".parse().unwrap()), told);
    }

    #[test]
    fn an_address_that_means_all_is_told_to_nobody() {
        let told = told_addresses(&Config::new(""), "0.0.0.0:4748".parse().unwrap());

        assert!(!told.is_empty() && told.iter().all(|address| !address.ip().is_unspecified()), "{told:?}");
    }

    #[test]
    fn media_are_next_to_the_links() {
        let port = |links: &str| beside(links.parse().unwrap()).port();

        assert_eq!((port("127.0.0.1:4747"), port("127.0.0.1:0")), (4748, 0));
    }
}
