//! A worker's socket: waits for datagrams, for a moment that is told to the microsecond, or to be woken.
//!
//! The estimates of bandwidth stand and fall with the moments at which packets leave: a wait that is rounded to milliseconds spoils them.

use std::{
    io::{self, IoSliceMut},
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

use quinn_udp::{RecvMeta, Transmit, UdpSocketState};

use super::waker::Waker;

/// A worker looks at least so often whether there is something that it was not woken for.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// What the kernel keeps for a worker that is busy, in bytes: a tenth of a second of a hundred megabits.
#[cfg(unix)]
const BUFFER: usize = 1 << 21;

/// A worker's socket.
pub(super) struct MediaSocket {
    socket: UdpSocket,
    /// Which ways of sending and receiving many datagrams at once this system has.
    state: UdpSocketState,
    address: SocketAddr,
    waker: Waker,
}

impl MediaSocket {
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        let state = UdpSocketState::new((&socket).into())?;
        enlarge(&socket);
        let address = socket.local_addr()?;
        Ok(Self { waker: Waker::new()?, socket, state, address })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// How many datagrams of one length to one address the system takes as one; 1: it takes each alone.
    pub(super) fn most_together(&self) -> usize {
        self.state.max_gso_segments()
    }

    /// How many datagrams of one length from one address the system may give as one.
    pub(super) fn most_received_together(&self) -> usize {
        self.state.gro_segments()
    }

    /// Takes what has come into buffers; says how many of them are filled. Errors are those of earlier sends (port unreachable): there
    /// may be more behind them, which the next wait tells.
    pub(super) fn receive(&self, buffers: &mut [IoSliceMut<'_>], filled: &mut [RecvMeta]) -> usize {
        self.state.recv((&self.socket).into(), buffers, filled).unwrap_or(0)
    }

    /// Sends a datagram.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8]) -> io::Result<()> {
        self.socket.send_to(bytes, self.as_named_here(to)).map(drop)
    }

    /// Sends datagrams of this length, of which the last may be shorter.
    pub(super) fn send_together(&self, to: SocketAddr, bytes: &[u8], length: usize) -> io::Result<()> {
        let destination = self.as_named_here(to);
        let transmit = Transmit { destination, ecn: None, contents: bytes, segment_size: Some(length), src_ip: None };
        self.state.try_send((&self.socket).into(), &transmit)
    }

    /// A socket for both families names all addresses as the newer one does.
    fn as_named_here(&self, to: SocketAddr) -> SocketAddr {
        match (self.address, to) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            (SocketAddr::V6(_) | SocketAddr::V4(_), to) => to,
        }
    }

    /// Waits until a datagram is there, the moment has come, or the worker is woken.
    pub(super) fn wait(&self, until: Option<Instant>) {
        let left = until.map_or(LONGEST_WAIT, |until| until.saturating_duration_since(Instant::now()));
        let left = left.min(LONGEST_WAIT);
        if !left.is_zero() {
            self.wait_for(left);
        }
    }

    #[cfg(target_os = "linux")]
    fn wait_for(&self, left: Duration) {
        use rustix::event::{PollFd, PollFlags, Timespec, poll};

        let mut both = [PollFd::new(&self.socket, PollFlags::IN), PollFd::new(&self.waker, PollFlags::IN)];
        let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        poll(&mut both, Some(&left)).ok();
        let is_woken = !both[1].revents().is_empty();
        if is_woken {
            self.waker.rest();
        }
    }

    /// Where there is nothing better, it looks every two milliseconds whether it was woken.
    #[cfg(not(target_os = "linux"))]
    fn wait_for(&self, left: Duration) {
        let is_ready = self.socket.set_nonblocking(false).is_ok()
            && self.socket.set_read_timeout(Some(left.min(Duration::from_millis(2)))).is_ok();
        if is_ready {
            self.socket.peek_from(&mut [0; 1]).ok();
        }
        self.socket.set_nonblocking(true).ok();
    }
}

/// Without it, a burst that comes while the worker is busy is lost.
fn enlarge(socket: &UdpSocket) {
    #[cfg(unix)]
    if let Err(error) = rustix::net::sockopt::set_socket_recv_buffer_size(socket, BUFFER)
        .and_then(|()| rustix::net::sockopt::set_socket_send_buffer_size(socket, BUFFER))
    {
        tracing::debug!(%error, "a socket for media keeps little");
    }
    #[cfg(not(unix))]
    let _ = socket;
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::doors::media::batches::Inbox;

    #[test]
    fn a_wait_ends_with_a_datagram_and_when_it_is_woken() {
        let socket = MediaSocket::open(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let mut inbox = Inbox::new(&socket);
        let began = Instant::now();
        let far = Some(began + Duration::from_secs(60));

        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"hello", socket.address()).unwrap();
        socket.wait(far);
        assert!(inbox.fill(&socket));
        socket.waker().wake();
        socket.wait(far);

        assert!(began.elapsed() < LONGEST_WAIT);
        assert!(!inbox.fill(&socket));
    }

    #[test]
    fn a_socket_for_both_families_reaches_both() {
        let Ok(socket) = MediaSocket::open("[::]:0".parse().unwrap()) else { return };
        let mut inbox = Inbox::new(&socket);
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = SocketAddr::from(([127, 0, 0, 1], socket.address().port()));
        other.send_to(b"hello", to).unwrap();

        socket.wait(Some(Instant::now() + Duration::from_secs(10)));
        assert!(inbox.fill(&socket));
        let from: Vec<SocketAddr> = inbox.datagrams().map(|(from, _)| from).collect();

        assert_eq!(from, [other.local_addr().unwrap()]);
        assert!(socket.send(from[0], b"and back").is_ok());
    }
}
