//! A bad network between two network namespaces with a TUN device in each, and this process between them, which treats UDP as a
//! [`Course`] says. Everything else passes, so that both ends reach the server.

use std::fs::File;
use std::net::Ipv4Addr;
use std::process::{Command, Stdio};
use std::sync::Arc;

use anyhow::{Context as _, Result, ensure};
use rustix::fd::AsFd as _;
use rustix::thread::{LinkNameSpaceType, move_into_link_name_space};
use tokio::runtime::Runtime;
use tokio_tun::Tun;

use super::conditions::{Conditions, Course};
use super::relay::Side;
use super::way::{Carried, Way};

/// Where the benchmark itself, the server and the caller are.
pub const HERE: &str = "carillon-bench-here";
/// Where the callee is.
pub const THERE: &str = "carillon-bench-there";
/// The threads that are the network, and no part of any end.
pub const NETWORK_THREAD: &str = "network";

/// The address that the server listens on, and the caller has.
pub const OURS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 1);
const THEIRS: Ipv4Addr = Ipv4Addr::new(10, 77, 0, 2);
const MASK: Ipv4Addr = Ipv4Addr::new(255, 255, 255, 0);

const LARGEST_PACKET: usize = 2048;
const UDP: u8 = 17;

/// The namespaces, as long as this lives.
pub struct Namespaces(());

impl Namespaces {
    /// Makes them; only root may.
    ///
    /// # Errors
    /// If this is not root, or `ip` is missing.
    pub fn make() -> Result<Self> {
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
            let _ = Command::new("ip").args(["netns", "del", name]).stderr(Stdio::null()).status();
        }
    }
}

fn ip(arguments: &[&str]) -> Result<()> {
    let done = Command::new("ip").args(arguments).status().context("ip belongs to iproute2")?;
    ensure!(done.success(), "ip {} failed", arguments.join(" "));
    Ok(())
}

/// The network between the two.
pub struct Network {
    /// What runs on the first is in the other namespace, with the programs that it starts, and on the second in [`HERE`]; the others carry
    /// packets.
    runtimes: Vec<Runtime>,
    to_here: Way<Vec<u8>>,
    to_there: Way<Vec<u8>>,
}

impl Network {
    /// Lays it, clean at first.
    ///
    /// # Errors
    /// If this is not root, or there are no namespaces.
    pub async fn open() -> Result<Self> {
        let (there, here) = (runtime_in(THERE, "there", 2)?, runtime_in(HERE, "here", 2)?);
        let (carrier_here, carrier_there) =
            (runtime_in(HERE, NETWORK_THREAD, 1)?, runtime_in(THERE, NETWORK_THREAD, 1)?);
        let ours = Arc::new(carrier_here.spawn(async { device(OURS) }).await??);
        let theirs = Arc::new(carrier_there.spawn(async { device(THEIRS) }).await??);
        let to_here = carrier_here.spawn(lay(Arc::clone(&theirs), Arc::clone(&ours))).await?;
        let to_there = carrier_there.spawn(lay(ours, theirs)).await?;
        Ok(Self { runtimes: vec![there, here, carrier_here, carrier_there], to_here, to_there })
    }

    /// Becomes this from now on, both ways; with the same seed the same datagrams have the same fate for every program that calls over it.
    pub fn become_course(&self, course: impl Into<Course>, seed: u64) {
        let course = course.into();
        self.to_here.become_course(course.clone(), seed);
        self.to_there.become_course(course, seed + 1);
    }

    /// What was carried to an end since it was last asked; the first is here.
    #[must_use]
    pub fn carried_to(&self, side: Side) -> Carried {
        match side {
            Side::First => self.to_here.carried(),
            Side::Second => self.to_there.carried(),
        }
    }

    /// Runs something in the other namespace.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn there<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.runtimes.first().context("it runs until it is dropped")?.spawn(work).await?
    }

    /// Runs something in [`HERE`], for a process that is in neither.
    ///
    /// # Errors
    /// Those of the work.
    pub async fn here<T: Send + 'static>(&self, work: impl Future<Output = Result<T>> + Send + 'static) -> Result<T> {
        self.runtimes.get(1).context("it runs until it is dropped")?.spawn(work).await?
    }
}

impl Drop for Network {
    fn drop(&mut self) {
        // A runtime must not be dropped inside another one.
        self.runtimes.drain(..).for_each(Runtime::shutdown_background);
    }
}

/// A runtime whose threads are all in a namespace.
fn runtime_in(namespace: &str, thread: &str, threads: usize) -> Result<Runtime> {
    let namespace = File::open(format!("/run/netns/{namespace}"))?;
    let enter = move || {
        let entered = move_into_link_name_space(namespace.as_fd(), Some(LinkNameSpaceType::Network));
        entered.expect("root may enter what it has made");
    };
    let mut builder = tokio::runtime::Builder::new_multi_thread();
    Ok(builder.worker_threads(threads).thread_name(thread).enable_all().on_thread_start(enter).build()?)
}

/// The one network device of the namespace that this thread is in.
fn device(address: Ipv4Addr) -> Result<Tun> {
    let device = Tun::builder().name("calls").address(address).netmask(MASK).up().build()?.pop();
    device.context("one queue is one device")
}

/// The way from one device to another.
async fn lay(from: Arc<Tun>, to: Arc<Tun>) -> Way<Vec<u8>> {
    let passing = Arc::clone(&to);
    let way = Way::new(Conditions::CLEAN, 0, move |packet: Vec<u8>| {
        let to = Arc::clone(&to);
        async move { drop(to.send_all(&packet).await) }
    });
    tokio::spawn(carry(from, passing, way.clone()));
    way
}

async fn carry(from: Arc<Tun>, to: Arc<Tun>, way: Way<Vec<u8>>) {
    let mut buffer = vec![0; LARGEST_PACKET];
    while let Ok(length) = from.recv(&mut buffer).await {
        let packet = &buffer[..length];
        if packet.get(9) == Some(&UDP) {
            way.take(packet.to_vec());
        } else {
            let _ = to.send_all(packet).await;
        }
    }
}
