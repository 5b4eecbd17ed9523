//! A UDP socket of one datagram a call, for systems whose sockets refuse what batches take.
//!
//! The library's own sockets send and receive many datagrams at once. What they ask of a socket for that is refused by some network
//! drivers and by Wine; without this there would be no media at all.

use std::io::{self, IoSliceMut};
use std::net::{SocketAddr, UdpSocket};
use std::task::{Context, Poll, ready};

use tokio::io::ReadBuf;
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit, UdpSockRef, UdpSocketState};

/// Whether the library can have batches of this socket.
pub(crate) fn takes_batches(socket: &UdpSocket) -> bool {
    UdpSocketState::new(UdpSockRef::from(socket))
        .inspect_err(|error| tracing::info!(%error, "this system's sockets take one datagram at a time"))
        .is_ok()
}

/// Sends and receives one datagram at a time.
#[derive(Debug)]
pub(crate) struct PlainSocket(tokio::net::UdpSocket);

impl PlainSocket {
    /// Must run inside a tokio runtime.
    pub(crate) fn new(socket: UdpSocket) -> io::Result<Self> {
        socket.set_nonblocking(true)?;
        tokio::net::UdpSocket::from_std(socket).map(Self)
    }
}

impl AsyncUdpSocket for PlainSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.0.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        self.0.poll_send_to(cx, transmit.contents, transmit.destination)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else { return Poll::Ready(Ok(0)) };
        let mut received = ReadBuf::new(buffer);
        let from = ready!(self.0.poll_recv_from(cx, &mut received))?;
        let length = received.filled().len();
        *meta = RecvMeta::default();
        (meta.addr, meta.len, meta.stride) = (from, length, length.max(1));
        Poll::Ready(Ok(1))
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use super::*;

    #[tokio::test]
    async fn datagrams_pass_one_by_one_and_say_where_they_are_from() {
        let (here, there) = (socket(), socket());
        let to = there.local_addr().expect("it is bound");

        for text in [&b"first"[..], b"", b"third"] {
            let transmit = Transmit { destination: to, ecn: None, contents: text, segment_size: None, src_ip: None };
            let sent = poll_fn(|cx| here.poll_send(cx, &transmit)).await.expect("loopback takes it");
            assert_eq!(sent, text.len());

            let (mut bytes, mut meta) = ([0; 64], [RecvMeta::default(); 2]);
            let received = poll_fn(|cx| there.poll_recv(cx, &mut [IoSliceMut::new(&mut bytes)], &mut meta)).await;
            assert_eq!(received.expect("loopback loses nothing"), 1);
            assert_eq!((&bytes[..meta[0].len], meta[0].addr), (text, here.local_addr().expect("it is bound")));
            assert!(meta[0].stride > 0, "the library divides by it");
        }
    }

    #[tokio::test]
    async fn this_systems_own_sockets_take_batches() {
        assert!(takes_batches(&UdpSocket::bind("127.0.0.1:0").expect("a free port")));
    }

    fn socket() -> PlainSocket {
        PlainSocket::new(UdpSocket::bind("127.0.0.1:0").expect("a free port")).expect("it can be had")
    }
}
