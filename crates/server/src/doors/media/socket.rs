//! A worker's socket: waits for datagrams, for a moment that is told to the microsecond, or to be woken.
//!
//! The estimates of bandwidth stand and fall with the moments at which packets leave: a wait that is rounded to milliseconds spoils them.

use std::{
    io,
    net::{SocketAddr, UdpSocket},
    time::{Duration, Instant},
};

/// A worker looks at least so often whether there is something that it was not woken for.
const LONGEST_WAIT: Duration = Duration::from_millis(500);

/// What the kernel keeps for a worker that is busy, in bytes: a tenth of a second of a hundred megabits.
#[cfg(unix)]
const BUFFER: usize = 1 << 21;

/// A worker's socket.
pub(super) struct MediaSocket {
    socket: UdpSocket,
    address: SocketAddr,
    waker: Waker,
}

impl MediaSocket {
    pub(super) fn open(address: SocketAddr) -> io::Result<Self> {
        let socket = UdpSocket::bind(address)?;
        socket.set_nonblocking(true)?;
        enlarge(&socket);
        let address = socket.local_addr()?;
        Ok(Self { waker: Waker::new(address)?, socket, address })
    }

    pub(super) const fn address(&self) -> SocketAddr {
        self.address
    }

    pub(super) fn waker(&self) -> Waker {
        self.waker.clone()
    }

    /// The next datagram, if there is one. What is longer than the buffer is cut, and so is longer than any that is good.
    pub(super) fn receive(&self, buffer: &mut [u8]) -> Option<(usize, SocketAddr)> {
        // Errors are those of earlier sends (port unreachable): there may be more behind them, which the next wait tells.
        let (length, from) = self.socket.recv_from(buffer).ok()?;
        Some((length, SocketAddr::new(from.ip().to_canonical(), from.port())))
    }

    /// Sends a datagram. Says whether it has left.
    pub(super) fn send(&self, to: SocketAddr, bytes: &[u8]) -> bool {
        let to = match (self.address, to) {
            (SocketAddr::V6(_), SocketAddr::V4(v4)) => SocketAddr::new(v4.ip().to_ipv6_mapped().into(), v4.port()),
            (SocketAddr::V6(_) | SocketAddr::V4(_), to) => to,
        };
        self.socket.send_to(bytes, to).is_ok()
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

        let mut both = [PollFd::new(&self.socket, PollFlags::IN), PollFd::new(&self.waker.0, PollFlags::IN)];
        let left = Timespec { tv_sec: left.as_secs().cast_signed(), tv_nsec: left.subsec_nanos().into() };
        poll(&mut both, Some(&left)).ok();
        self.waker.rest();
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

/// Wakes a worker.
#[cfg(target_os = "linux")]
#[derive(Clone)]
pub(super) struct Waker(std::sync::Arc<std::os::fd::OwnedFd>);

#[cfg(target_os = "linux")]
impl Waker {
    fn new(_: SocketAddr) -> io::Result<Self> {
        use rustix::event::{EventfdFlags, eventfd};
        Ok(Self(std::sync::Arc::new(eventfd(0, EventfdFlags::CLOEXEC | EventfdFlags::NONBLOCK)?)))
    }

    pub(super) fn wake(&self) {
        rustix::io::write(&self.0, &1_u64.to_ne_bytes()).ok();
    }

    fn rest(&self) {
        rustix::io::read(&self.0, &mut [0; 8]).ok();
    }
}

/// Elsewhere workers look often enough.
#[cfg(not(target_os = "linux"))]
#[derive(Clone)]
pub(super) struct Waker;

#[cfg(not(target_os = "linux"))]
impl Waker {
    fn new(_: SocketAddr) -> io::Result<Self> {
        Ok(Self)
    }

    pub(super) fn wake(&self) {}
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wait_ends_with_a_datagram_and_when_it_is_woken() {
        let socket = MediaSocket::open(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
        let began = Instant::now();
        let far = Some(began + Duration::from_secs(60));

        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(b"hello", socket.address()).unwrap();
        socket.wait(far);
        assert!(matches!(socket.receive(&mut [0; 16]), Some((5, _))));
        socket.waker().wake();
        socket.wait(far);

        assert!(began.elapsed() < LONGEST_WAIT);
        assert_eq!(socket.receive(&mut [0; 16]), None);
    }

    #[test]
    fn a_socket_for_both_families_reaches_both() {
        let Ok(socket) = MediaSocket::open("[::]:0".parse().unwrap()) else { return };
        let other = UdpSocket::bind("127.0.0.1:0").unwrap();
        let to = SocketAddr::from(([127, 0, 0, 1], socket.address().port()));
        other.send_to(b"hello", to).unwrap();

        socket.wait(Some(Instant::now() + Duration::from_secs(10)));
        let (_, from) = socket.receive(&mut [0; 16]).unwrap();

        assert_eq!(from, other.local_addr().unwrap());
        assert!(socket.send(from, b"and back"));
    }
}
