//! The media of group calls over UDP: one thread for each core, each with a socket of its own and the calls that fall to it.

mod batches;
mod socket;
mod waker;
mod worker;

use std::{
    io,
    net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, UdpSocket},
    num::NonZero,
    sync::{Arc, Mutex, PoisonError},
    thread::available_parallelism,
};

use carillon_call::record::MediaOrder;
use carillon_protocol::{CallId, DeviceId, WantedPicture};
use carillon_sfu::Sfu;
use futures_util::future::BoxFuture;
use tokio::sync::{mpsc, oneshot};

use self::{
    socket::MediaSocket,
    waker::Waker,
    worker::{Command, Worker},
};
use crate::{
    bus::{MediaCounts, MediaEngine, MediaEvent, NotConnected},
    ground::config::Config,
    runtime::{log_budget::limited, tasks},
};

/// Orders and offers that wait for a worker; who has one more waits until there is room.
const MOST_COMMANDS: usize = 1024;

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
}

/// One worker, from outside.
struct Handle {
    commands: mpsc::Sender<Command>,
    waker: Waker,
    counts: Arc<Mutex<MediaCounts>>,
    address: SocketAddr,
}

impl MediaWorkers {
    /// Opens all sockets and starts all threads; with what the workers tell.
    pub(crate) fn open(config: &Config, links: SocketAddr) -> Result<(Self, mpsc::Receiver<MediaEvent>), NoMedia> {
        let wanted = config.media_listen.unwrap_or_else(|| beside(links));
        let (events, events_rx) = mpsc::channel(MOST_EVENTS);
        let workers = (0..count(config)).map(|number| {
            let socket = open_socket(wanted, number)?;
            start(socket, config, events.clone())
        });
        Ok((Self { workers: workers.collect::<Result<_, NoMedia>>()? }, events_rx))
    }

    /// All of a call is one worker's.
    fn of(&self, call: CallId) -> &Handle {
        // The low bits of a UUIDv7 are random.
        let number = call.uuid().as_u128() % self.workers.len() as u128;
        &self.workers[usize::try_from(number).unwrap_or(0)]
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

fn start(socket: MediaSocket, config: &Config, events: mpsc::Sender<MediaEvent>) -> Result<Handle, NoMedia> {
    let address = socket.address();
    let sfu = Sfu::new(told_addresses(config, address)).ok_or(NoMedia::Certificate)?;
    let (commands, commands_rx) = mpsc::channel(MOST_COMMANDS);
    let counts = Arc::new(Mutex::new(MediaCounts::default()));
    let waker = socket.waker();
    let worker = Worker::new(socket, sfu, commands_rx, events, Arc::clone(&counts));
    tasks::thread("carillon-media", move || worker.run());
    Ok(Handle { commands, waker, counts, address })
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
            self.of(call).send(Command::Connect { call, device, offer, reply }).await;
            replied.await.unwrap_or(Err(NotConnected::Failed))
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
        all
    }

    fn addresses(&self) -> Vec<SocketAddr> {
        self.workers.iter().map(|worker| worker.address).collect()
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
