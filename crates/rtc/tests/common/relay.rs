//! A bad network between two transports: a seeded UDP relay in this process.
//!
//! Each candidate of one end is shown to the other as a socket of the relay. What arrives there is passed on, lost or late, from
//! the relay's socket that stands for its sender.

use std::collections::HashMap;
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU32, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use carillon_rtc::{Candidate, Description};
use rand::rngs::SmallRng;
use rand::{RngExt, SeedableRng};
use tokio::net::UdpSocket;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::Local;

/// How the path is now.
pub struct Path {
    /// Of each thousand datagrams so many are lost.
    loss_permille: AtomicU32,
    delay_ms: AtomicU32,
    /// Each datagram is late by a random time up to this, so that they overtake each other.
    jitter_ms: AtomicU32,
    dead: AtomicBool,
    /// How many datagrams have come in so far.
    seen: AtomicUsize,
    outage: Mutex<Outage>,
}

/// A short time in which nothing passes.
struct Outage {
    /// Begins with this datagram of both directions together.
    from: usize,
    lasts: Duration,
    until: Option<Instant>,
}

impl Default for Path {
    fn default() -> Self {
        Self {
            loss_permille: AtomicU32::default(),
            delay_ms: AtomicU32::default(),
            jitter_ms: AtomicU32::default(),
            dead: AtomicBool::default(),
            seen: AtomicUsize::default(),
            outage: Mutex::new(Outage { from: usize::MAX, lasts: Duration::ZERO, until: None }),
        }
    }
}

impl Path {
    pub fn set_loss_percent(&self, percent: u32) {
        self.loss_permille.store(percent * 10, Ordering::Relaxed);
    }

    pub fn set_delay(&self, delay: Duration) {
        self.delay_ms.store(delay.as_millis() as u32, Ordering::Relaxed);
    }

    pub fn set_jitter(&self, jitter: Duration) {
        self.jitter_ms.store(jitter.as_millis() as u32, Ordering::Relaxed);
    }

    /// Loses the `nth` datagram of both directions together, from zero, and with it all that follow so soon.
    pub fn lose_from(&self, nth: usize, lasts: Duration) {
        *self.outage.lock().unwrap() = Outage { from: nth, lasts, until: None };
    }

    /// How many datagrams have come in so far, lost ones too.
    pub fn datagrams(&self) -> usize {
        self.seen.load(Ordering::Relaxed)
    }

    pub fn set_dead(&self, dead: bool) {
        self.dead.store(dead, Ordering::Relaxed);
    }
}

impl Outage {
    fn covers(&mut self, nth: usize) -> bool {
        if nth == self.from {
            self.until = Some(Instant::now() + self.lasts);
        }
        self.until.is_some_and(|until| Instant::now() < until)
    }
}

/// Relays between the ends that were shown through it. Dropping it cuts everything.
pub struct Relay {
    pub path: Arc<Path>,
    shared: Arc<Shared>,
    tasks: Mutex<JoinSet<()>>,
    /// A browser offers no loopback addresses without a microphone.
    loopback_only: bool,
}

struct Shared {
    path: Arc<Path>,
    random: Mutex<SmallRng>,
    /// The relay's socket that stands for an end's address.
    stand_ins: Mutex<HashMap<SocketAddr, Arc<UdpSocket>>>,
}

impl Relay {
    pub fn new(seed: u64) -> Self {
        let path = Arc::new(Path::default());
        let shared = Shared {
            path: Arc::clone(&path),
            random: Mutex::new(SmallRng::seed_from_u64(seed)),
            stand_ins: Mutex::default(),
        };
        Self { path, shared: Arc::new(shared), tasks: Mutex::default(), loopback_only: true }
    }

    /// One that also stands in for addresses that are not on loopback.
    pub fn for_any_address(seed: u64) -> Self {
        Self { loopback_only: false, ..Self::new(seed) }
    }

    /// What the other end is shown instead of `local`.
    pub async fn show(&self, local: Local) -> Local {
        let description = local.description.expect("a description");
        let mut lines = Vec::new();
        for line in description.sdp.lines() {
            match line.strip_prefix("a=candidate:") {
                Some(text) => lines.extend(self.stand_in(text).await.map(|text| format!("a=candidate:{text}"))),
                None => lines.push(line.to_owned()),
            }
        }
        let mut candidates = Vec::new();
        for candidate in local.candidates {
            let text = candidate.candidate.trim_start_matches("candidate:");
            if let Some(text) = self.stand_in(text).await {
                candidates.push(Candidate { candidate: format!("candidate:{text}"), ..candidate });
            }
        }
        let description = Description { kind: description.kind, sdp: lines.join("\r\n") + "\r\n" };
        Local { description: Some(description), candidates }
    }

    /// Rewrites one candidate; `None` for those that are left out: none but IPv4, and on loopback.
    async fn stand_in(&self, candidate: &str) -> Option<String> {
        let mut fields: Vec<String> = candidate.split(' ').map(str::to_owned).collect();
        let end: SocketAddr = format!("{}:{}", fields[4], fields[5]).parse().ok()?;
        if !end.is_ipv4() || (self.loopback_only && !end.ip().is_loopback()) {
            return None;
        }
        let known = self.shared.stand_ins.lock().unwrap().get(&end).cloned();
        let socket = match known {
            Some(socket) => socket,
            None => self.open(end).await,
        };
        let shown = socket.local_addr().unwrap();
        (fields[4], fields[5]) = (shown.ip().to_string(), shown.port().to_string());
        Some(fields.join(" "))
    }

    async fn open(&self, end: SocketAddr) -> Arc<UdpSocket> {
        let socket = Arc::new(UdpSocket::bind("127.0.0.1:0").await.unwrap());
        self.shared.stand_ins.lock().unwrap().insert(end, Arc::clone(&socket));
        let (shared, own) = (Arc::clone(&self.shared), Arc::clone(&socket));
        self.tasks.lock().unwrap().spawn(async move { shared.relay_to(end, &own).await });
        socket
    }
}

impl Shared {
    /// Passes on what other ends send to the stand-in of `end`.
    async fn relay_to(&self, end: SocketAddr, stand_in: &UdpSocket) {
        let mut buffer = vec![0; 2048];
        while let Ok((length, sender)) = stand_in.recv_from(&mut buffer).await {
            let from = self.stand_in_of(sender);
            let Some(from) = from.filter(|_| self.passes()) else { continue };
            let datagram = buffer[..length].to_vec();
            let delay = self.delay();
            tokio::spawn(async move {
                tokio::time::sleep(delay).await;
                let _ = from.send_to(&datagram, end).await;
            });
        }
    }

    /// An end that is bound to no address sends to loopback from loopback, whichever address it is shown as.
    fn stand_in_of(&self, sender: SocketAddr) -> Option<Arc<UdpSocket>> {
        let stand_ins = self.stand_ins.lock().unwrap();
        let by_port = || stand_ins.iter().find(|(end, _)| end.port() == sender.port()).map(|(_, socket)| socket);
        stand_ins.get(&sender).or_else(by_port).cloned()
    }

    fn passes(&self) -> bool {
        let path = &self.path;
        let is_out = path.outage.lock().unwrap().covers(path.seen.fetch_add(1, Ordering::Relaxed));
        let draw = self.random.lock().unwrap().random_range(0..1000);
        !is_out && !path.dead.load(Ordering::Relaxed) && draw >= path.loss_permille.load(Ordering::Relaxed)
    }

    fn delay(&self) -> Duration {
        let jitter = self.path.jitter_ms.load(Ordering::Relaxed);
        let late = self.random.lock().unwrap().random_range(0..=jitter);
        Duration::from_millis((self.path.delay_ms.load(Ordering::Relaxed) + late).into())
    }
}
