//! A UDP relay in this process. Each address of one end is shown to the other as a socket of the relay; what arrives there is passed
//! on, by the way that leads there, from the relay's socket that stands for its sender.

use std::collections::HashMap;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::net::UdpSocket;
use tokio::task::AbortHandle;

use super::conditions::Course;
use super::way::{Carried, Way};

const LARGEST_DATAGRAM: usize = 2048;

/// The two ends of a relay.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Side {
    /// Alice's.
    First,
    /// Bob's.
    Second,
}

/// A network between two ends. Clones are the same one.
#[derive(Clone)]
pub struct Relay {
    shared: Arc<Shared>,
}

struct Shared {
    to_first: Way<Datagram>,
    to_second: Way<Datagram>,
    /// The sockets that stand for ends.
    stand_ins: Mutex<HashMap<SocketAddr, StandIn>>,
}

struct StandIn {
    socket: Arc<UdpSocket>,
    task: AbortHandle,
    /// Whose address it stands for.
    side: Side,
}

impl Drop for StandIn {
    fn drop(&mut self) {
        self.task.abort();
    }
}

struct Datagram {
    bytes: Vec<u8>,
    from: Arc<UdpSocket>,
    to: SocketAddr,
}

impl AsRef<[u8]> for Datagram {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

async fn deliver(datagram: Datagram) {
    // An end that is gone gets nothing.
    let _ = datagram.from.send_to(&datagram.bytes, datagram.to).await;
}

impl Relay {
    /// A network of the same kind both ways.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    #[must_use]
    pub fn new(course: impl Into<Course>, seed: u64) -> Self {
        let course = course.into();
        let way = |seed| Way::new(course.clone(), seed, deliver);
        let shared = Shared { to_first: way(seed), to_second: way(seed + 1), stand_ins: Mutex::default() };
        Self { shared: Arc::new(shared) }
    }

    /// Becomes this from now on, both ways.
    pub fn become_course(&self, course: impl Into<Course>, seed: u64) {
        let course = course.into();
        self.shared.to_first.become_course(course.clone(), seed);
        self.shared.to_second.become_course(course, seed + 1);
    }

    /// What was carried to an end since it was last asked.
    #[must_use]
    pub fn carried_to(&self, side: Side) -> Carried {
        self.way_to(side).carried()
    }

    /// How many addresses of one end were shown to the other so far, and not taken away since.
    #[must_use]
    pub fn shown_of(&self, side: Side) -> usize {
        self.stand_ins().values().filter(|stand_in| stand_in.side == side).count()
    }

    /// Whatever was shown so far leads nowhere any more, as after a change of network: the ends have to look for another path.
    pub fn part(&self) {
        self.stand_ins().clear();
    }

    /// The address that the other end is shown in place of `end`, which is on `side`.
    ///
    /// # Errors
    /// If no socket can be bound there.
    pub fn stand_in(&self, side: Side, end: SocketAddr) -> io::Result<SocketAddr> {
        if let Some(known) = self.stand_ins().get(&end) {
            return known.socket.local_addr();
        }
        let socket = std::net::UdpSocket::bind((end.ip(), 0))?;
        socket.set_nonblocking(true)?;
        let socket = Arc::new(UdpSocket::from_std(socket)?);
        let shown = socket.local_addr()?;
        let relay = self.clone();
        let task = tokio::spawn(relay.pass_on(Arc::clone(&socket), side, end)).abort_handle();
        self.stand_ins().insert(end, StandIn { socket, task, side });
        Ok(shown)
    }

    /// Passes on what the other end sends to the stand-in of `end`.
    async fn pass_on(self, stand_in: Arc<UdpSocket>, side: Side, end: SocketAddr) {
        let mut buffer = vec![0; LARGEST_DATAGRAM];
        loop {
            // The system tells of datagrams that found nobody; the next ones may.
            let Ok((length, sender)) = stand_in.recv_from(&mut buffer).await else { continue };
            if let Some(from) = self.stand_in_of(sender) {
                self.way_to(side).take(Datagram { bytes: buffer[..length].to_vec(), from, to: end });
            }
        }
    }

    fn way_to(&self, side: Side) -> &Way<Datagram> {
        match side {
            Side::First => &self.shared.to_first,
            Side::Second => &self.shared.to_second,
        }
    }

    /// An end that is bound to no address sends from any, whichever it is shown as.
    fn stand_in_of(&self, sender: SocketAddr) -> Option<Arc<UdpSocket>> {
        let stand_ins = self.stand_ins();
        let by_port = || stand_ins.iter().find(|(end, _)| end.port() == sender.port()).map(|(_, stand_in)| stand_in);
        stand_ins.get(&sender).or_else(by_port).map(|stand_in| Arc::clone(&stand_in.socket))
    }

    fn stand_ins(&self) -> MutexGuard<'_, HashMap<SocketAddr, StandIn>> {
        self.shared.stand_ins.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::network::Conditions;

    #[tokio::test]
    async fn two_ends_meet_over_it_and_after_a_parting_no_more() {
        let relay = Relay::new(Conditions::CLEAN, 1);
        let (alice, bob) = (end().await, end().await);
        let shown_alice = relay.stand_in(Side::First, address(&alice)).expect("bound");
        let shown_bob = relay.stand_in(Side::Second, address(&bob)).expect("bound");
        let mut buffer = [0; 16];

        alice.send_to(b"there", shown_bob).await.expect("sent");
        let (length, from) = bob.recv_from(&mut buffer).await.expect("it comes");
        assert_eq!((&buffer[..length], from), (&b"there"[..], shown_alice));
        bob.send_to(b"back", shown_alice).await.expect("sent");
        let (length, from) = alice.recv_from(&mut buffer).await.expect("it comes");
        assert_eq!((&buffer[..length], from), (&b"back"[..], shown_bob));

        assert_eq!((relay.carried_to(Side::First).bytes, relay.carried_to(Side::Second).bytes), (4, 5));
        relay.part();
        assert_ne!(relay.stand_in(Side::Second, address(&bob)).expect("bound"), shown_bob);
    }

    async fn end() -> UdpSocket {
        UdpSocket::bind("127.0.0.1:0").await.expect("bound")
    }

    fn address(socket: &UdpSocket) -> SocketAddr {
        socket.local_addr().expect("it has one")
    }
}
