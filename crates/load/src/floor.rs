//! All workers: connections are given to them in turn.

use std::{
    io,
    net::{IpAddr, Ipv4Addr, SocketAddr, ToSocketAddrs as _},
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
        mpsc,
    },
    thread::JoinHandle,
    time::Instant,
};

use mio::{Waker, net::UdpSocket};
use tokio::sync::oneshot;

use crate::{
    connection::{Connection, Duty},
    plan::{Plan, Seat},
    tally::Tally,
    worker::{Command, Worker},
};

/// How many connections there are, as workers have it.
#[derive(Debug, Default)]
pub(crate) struct Presence {
    pub(crate) connected: AtomicUsize,
    pub(crate) lost: AtomicUsize,
}

/// All workers.
pub(crate) struct Floor {
    workers: Vec<Handle>,
    pub(crate) presence: Arc<Presence>,
    origin: Instant,
    local: IpAddr,
    numbers: AtomicUsize,
}

struct Handle {
    commands: mpsc::Sender<Command>,
    waker: Waker,
    thread: Option<JoinHandle<()>>,
}

/// A connection that is driven.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Driven(usize);

impl Floor {
    /// Starts the threads. `server` is a URL: connections have the address of this machine that leads there.
    pub(crate) fn open(threads: usize, server: &str) -> io::Result<Self> {
        let presence = Arc::new(Presence::default());
        let workers = (0..threads.max(1)).map(|_| start(&presence)).collect::<io::Result<_>>()?;
        let local = local_address(server).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
        Ok(Self { workers, presence, origin: Instant::now(), local, numbers: AtomicUsize::new(0) })
    }

    /// A socket for one connection, and where it is.
    pub(crate) fn socket(&self) -> io::Result<(UdpSocket, SocketAddr)> {
        let socket = UdpSocket::bind(SocketAddr::new(self.local, 0))?;
        let address = socket.local_addr()?;
        Ok((socket, address))
    }

    /// What a connection of a participant has to do.
    pub(crate) fn duty(&self, plan: &Plan, seat: Seat, asked_at: Option<Instant>) -> Duty {
        Duty {
            origin: self.origin,
            decrypts: plan.decrypts(seat),
            lost_per_mille: plan.lost_per_mille,
            asked_at,
            expects: plan.expects(seat),
            seed: seat.number as u64 + 1,
        }
    }

    /// Drives a connection from now on.
    pub(crate) fn drive(&self, socket: UdpSocket, connection: Connection) -> Driven {
        let number = self.numbers.fetch_add(1, Ordering::Relaxed);
        self.send(number, Command::Drive { number, socket, connection: Box::new(connection) });
        Driven(number)
    }

    pub(crate) fn close(&self, driven: &[Driven]) {
        for Driven(number) in driven {
            self.send(*number, Command::Close(vec![*number]));
        }
    }

    pub(crate) fn begin(&self) {
        (0..self.workers.len()).for_each(|worker| self.send(worker, Command::Begin));
    }

    pub(crate) fn freeze(&self) {
        (0..self.workers.len()).for_each(|worker| self.send(worker, Command::Freeze));
    }

    /// What all have counted.
    pub(crate) async fn tally(&self) -> Tally {
        let mut all = Tally::new();
        for worker in 0..self.workers.len() {
            let (reply, replied) = oneshot::channel();
            self.send(worker, Command::Tell(reply));
            if let Ok(tally) = replied.await {
                all.add(tally);
            }
        }
        all
    }

    /// A worker that has ended takes nothing.
    fn send(&self, number: usize, command: Command) {
        let worker = &self.workers[number % self.workers.len()];
        worker.commands.send(command).ok();
        worker.waker.wake().ok();
    }
}

impl Drop for Floor {
    fn drop(&mut self) {
        (0..self.workers.len()).for_each(|worker| self.send(worker, Command::Stop));
        for thread in self.workers.iter_mut().filter_map(|worker| worker.thread.take()) {
            thread.join().ok();
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "it is joined, and without it no answer comes, which is told")]
fn start(presence: &Arc<Presence>) -> io::Result<Handle> {
    let (commands, commands_rx) = mpsc::channel();
    let (worker, waker) = Worker::new(commands_rx, Arc::clone(presence))?;
    let thread = std::thread::Builder::new().name("carillon-load".to_owned()).spawn(move || worker.run())?;
    Ok(Handle { commands, waker, thread: Some(thread) })
}

/// No datagram leaves for this.
fn local_address(server: &str) -> Option<IpAddr> {
    let url = reqwest::Url::parse(server).ok()?;
    let host = url.host_str()?.trim_matches(['[', ']']).to_owned();
    let server = (host, url.port_or_known_default()?).to_socket_addrs().ok()?.next()?;
    let any: SocketAddr = if server.is_ipv4() { (Ipv4Addr::UNSPECIFIED, 0).into() } else { "[::]:0".parse().ok()? };
    let socket = std::net::UdpSocket::bind(any).ok()?;
    socket.connect(server).ok()?;
    Some(socket.local_addr().ok()?.ip())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_have_the_address_that_leads_to_the_server() {
        assert_eq!(local_address("ws://127.0.0.1:8188"), Some(IpAddr::V4(Ipv4Addr::LOCALHOST)));
        assert_eq!(local_address("nowhere"), None);
    }
}
