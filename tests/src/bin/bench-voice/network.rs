//! A bad network between two phones: two network namespaces with a TUN device in each, and this process between them, which loses and
//! delays UDP by a seed. Everything else passes, so that both phones reach the server.

use std::{
    fs::File,
    net::Ipv4Addr,
    process::Command,
    sync::{Arc, Mutex, PoisonError},
    time::Duration,
};

use anyhow::{Context as _, Result, ensure};
use rand::{RngExt as _, SeedableRng as _, rngs::SmallRng};
use rustix::{
    fd::AsFd as _,
    thread::{LinkNameSpaceType, move_into_link_name_space},
};
use tokio::runtime::Runtime;
use tokio_tun::Tun;

/// Where the benchmark itself, the server and the caller are.
pub(crate) const HERE: &str = "carillon-bench-here";
/// Where the callee is.
const THERE: &str = "carillon-bench-there";

/// The address that the server listens on, and the caller has.
pub(crate) const OURS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const THEIRS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);

const LARGEST_PACKET: usize = 2048;
const UDP: u8 = 17;

/// What becomes of a datagram.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Path {
    /// What a row of the table is called.
    pub(crate) name: &'static str,
    loss_percent: u32,
    /// Each is late by a random time up to this.
    jitter_ms: u32,
}

/// The rows.
pub(crate) const PATHS: [Path; 4] = [
    Path { name: "clean", loss_percent: 0, jitter_ms: 0 },
    Path { name: "10 % loss", loss_percent: 10, jitter_ms: 0 },
    Path { name: "20 % loss", loss_percent: 20, jitter_ms: 0 },
    Path { name: "5 % loss, 0–40 ms jitter", loss_percent: 5, jitter_ms: 40 },
];

/// The namespaces, as long as this lives.
pub(crate) struct Namespaces(());

impl Namespaces {
    /// Makes them; only root may.
    pub(crate) fn make() -> Result<Self> {
        // What an earlier run left behind.
        drop(Self(()));
        for name in [HERE, THERE] {
            ip(&["netns", "add", name])?;
            ip(&["-n", name, "link", "set", "lo", "up"])?;
        }
        Ok(Self(()))
    }
}

impl Drop for Namespaces {
    fn drop(&mut self) {
        for name in [HERE, THERE] {
            // It may not be there.
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(std::process::Stdio::null()).status();
        }
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let done = Command::new("ip").args(arguments).status().context("ip belongs to iproute2")?;
    ensure!(done.success(), "ip {} failed", arguments.join(" "));
    Ok(())
}

/// The network, seen from a process in [`HERE`].
pub(crate) struct Network {
    /// What runs on it is in the other namespace, with the programs that it starts.
    there: Option<Runtime>,
    fate: Arc<Mutex<Fate>>,
}

impl Network {
    pub(crate) async fn open() -> Result<Self> {
        let there = runtime_in(THERE)?;
        let ours = Arc::new(device(OURS)?);
        let theirs = Arc::new(there.spawn(async { device(THEIRS) }).await??);
        let fate = Arc::new(Mutex::new(Fate::new(PATHS[0])));
        tokio::spawn(carry(Arc::clone(&ours), Arc::clone(&theirs), Arc::clone(&fate)));
        tokio::spawn(carry(theirs, ours, Arc::clone(&fate)));
        Ok(Self { there: Some(there), fate })
    }

    /// The same datagrams' fates for every program that calls over it.
    pub(crate) fn become_path(&self, path: Path) {
        *self.fate.lock().unwrap_or_else(PoisonError::into_inner) = Fate::new(path);
    }

    /// Runs something in the other namespace.
    pub(crate) async fn there<T: Send + 'static>(
        &self,
        work: impl Future<Output = Result<T>> + Send + 'static,
    ) -> Result<T> {
        self.there.as_ref().context("it runs until it is dropped")?.spawn(work).await?
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another one.
        self.there.take().into_iter().for_each(Runtime::shutdown_background);
    }
}

/// A runtime whose threads are all in a namespace.
fn runtime_in(namespace: &str) -> Result<Runtime> {
    let namespace = File::open(format!("/run/netns/{namespace}"))?;
    let enter = move || {
        let entered = move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network));
        entered.expect("root may enter what it has made");
    };
    Ok(tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().on_thread_start(enter).build()?)
}

/// The one network device of the namespace that this thread is in.
fn device(address: Ipv4Addr) -> Result<Tun> {
    let device = Tun::builder().name("voice").address(address).netmask(MASK).up().build()?.pop();
    device.context("one queue is one device")
}

/// Draws for each datagram.
struct Fate {
    path: Path,
    random: SmallRng,
}

impl Fate {
    fn new(path: Path) -> Self {
        Self { path, random: SmallRng::seed_from_u64(11) }
    }

    /// How late a packet is; `None` if it is lost.
    fn of(&mut self, packet: &[u8]) -> Option<Duration> {
        if packet.get(9) != Some(&UDP) {
            return Some(Duration::ZERO);
        }
        let is_lost = self.random.random_range(0..100) < self.path.loss_percent;
        let late = Duration::from_millis(self.random.random_range(0..=self.path.jitter_ms).into());
        (!is_lost).then_some(late)
    }
}

async fn carry(from: Arc<Tun>, to: Arc<Tun>, fate: Arc<Mutex<Fate>>) {
    let mut buffer = vec![0; LARGEST_PACKET];
    while let Ok(length) = from.recv(&mut buffer).await {
        let packet = buffer[..length].to_vec();
        let Some(late) = fate.lock().unwrap_or_else(PoisonError::into_inner).of(&packet) else { continue };
        let to = Arc::clone(&to);
        tokio::spawn(async move {
            if !late.is_zero() {
                tokio::time::sleep(late).await;
            }
            let _ = to.send_all(&packet).await;
        });
    }
}
