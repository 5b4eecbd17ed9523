//! Datagrams in batches: as many as have come are read by one call of the system, and those that follow each other to one participant leave
//! by one, where the system can do that (Linux: recvmmsg, and offload of segments both ways).

use std::{
    io::{ErrorKind, IoSliceMut},
    net::SocketAddr,
};

use quinn_udp::RecvMeta;

use super::socket::MediaSocket;

/// So many buffers are filled by one call.
const BUFFERS: usize = 16;

/// No datagram of a participant is longer than what the forwarder looks at; this shows that one is.
const ONE: usize = 2_048;

/// What the system gives or takes as one is no longer than a datagram of IP.
const MOST_TOGETHER: usize = 65_535;

/// The longest that is sent as one: with all headers it has to be one datagram of IP.
const MOST_SENT_TOGETHER: usize = 60_000;

/// What was received last.
pub(super) struct Inbox {
    bytes: Vec<u8>,
    buffer_length: usize,
    filled: [RecvMeta; BUFFERS],
    count: usize,
}

impl Inbox {
    pub(super) fn new(socket: &MediaSocket) -> Self {
        let buffer_length = if socket.most_received_together() > 1 { MOST_TOGETHER } else { ONE };
        let bytes = vec![0; buffer_length * BUFFERS];
        Self { bytes, buffer_length, filled: [RecvMeta::default(); BUFFERS], count: 0 }
    }

    /// Takes what has come, and forgets what there was. Says whether anything has.
    pub(super) fn fill(&mut self, socket: &MediaSocket) -> bool {
        let mut buffers = self.bytes.chunks_exact_mut(self.buffer_length);
        let mut buffers: [IoSliceMut<'_>; BUFFERS] =
            std::array::from_fn(|_| IoSliceMut::new(buffers.next().unwrap_or_default()));
        self.count = socket.receive(&mut buffers, &mut self.filled);
        self.count > 0
    }

    /// Each datagram, and where it came from.
    pub(super) fn datagrams(&self) -> impl Iterator<Item = (SocketAddr, &[u8])> {
        let buffers = self.bytes.chunks_exact(self.buffer_length);
        self.filled.iter().take(self.count).zip(buffers).flat_map(|(filled, buffer)| {
            let from = SocketAddr::new(filled.addr.ip().to_canonical(), filled.addr.port());
            let bytes = &buffer[..filled.len.min(buffer.len())];
            bytes.chunks(filled.stride.max(1)).map(move |datagram| (from, datagram))
        })
    }
}

/// What is to be sent as one, as far as it has come.
pub(super) struct Outbox {
    to: SocketAddr,
    bytes: Vec<u8>,
    /// How long each is; the last may be shorter.
    length: usize,
    count: usize,
}

impl Outbox {
    pub(super) fn new() -> Self {
        Self { to: ([0, 0, 0, 0], 0).into(), bytes: Vec::with_capacity(MOST_TOGETHER), length: 0, count: 0 }
    }

    /// Adds a datagram, which leaves with the next [`Outbox::flush`] at the latest. Says how many before it have not left.
    pub(super) fn push(&mut self, socket: &MediaSocket, to: SocketAddr, datagram: &[u8]) -> u64 {
        let is_full = self.count >= socket.most_together() || self.bytes.len() + datagram.len() > MOST_SENT_TOGETHER;
        let follows = to == self.to && datagram.len() <= self.length && self.bytes.len() == self.length * self.count;
        let unsent = if is_full || !follows { self.flush(socket) } else { 0 };
        if self.count == 0 {
            (self.to, self.length) = (to, datagram.len());
        }
        self.bytes.extend_from_slice(datagram);
        self.count += 1;
        unsent
    }

    /// Sends all. Says how many have not left.
    pub(super) fn flush(&mut self, socket: &MediaSocket) -> u64 {
        let unsent = match self.count {
            0 => 0,
            1 => u64::from(socket.send(self.to, &self.bytes).is_err()),
            _ => self.send_together(socket),
        };
        self.bytes.clear();
        self.count = 0;
        unsent
    }

    /// What cannot leave as one leaves one by one, so that one that is refused takes no others with it. Where there is no room for any
    /// they are lost, as on any network that is full.
    fn send_together(&self, socket: &MediaSocket) -> u64 {
        match socket.send_together(self.to, &self.bytes, self.length) {
            Ok(()) => 0,
            Err(error) if error.kind() == ErrorKind::WouldBlock => self.count as u64,
            Err(_) => {
                let each = self.bytes.chunks(self.length.max(1));
                each.map(|datagram| u64::from(socket.send(self.to, datagram).is_err())).sum()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::{
        net::UdpSocket,
        time::{Duration, Instant},
    };

    use super::*;

    #[test]
    fn datagrams_that_leave_together_arrive_as_they_were() {
        let (socket, other) = (open(), open());
        let datagrams: Vec<Vec<u8>> = [1_000, 1_000, 1_000, 300, 1_000, 1_200, 1_200, 1]
            .into_iter()
            .zip(0_u8..)
            .map(|(length, number)| vec![number; length])
            .collect();
        let mut outbox = Outbox::new();

        let unsent: u64 = datagrams.iter().map(|datagram| outbox.push(&socket, other.address(), datagram)).sum();

        assert_eq!(unsent + outbox.flush(&socket), 0);
        assert_eq!(received(&other, datagrams.len()), datagrams);
    }

    #[test]
    fn what_is_refused_takes_no_others_with_it_and_is_counted() {
        let (socket, other) = (open(), open());
        let nobody = "[2001:db8::1]:9".parse().unwrap(); // not by a socket of the older family
        let mut outbox = Outbox::new();

        let mut unsent = 0;
        for to in [other.address(), other.address(), nobody, nobody, other.address(), other.address()] {
            unsent += outbox.push(&socket, to, b"hello");
        }
        unsent += outbox.flush(&socket);

        assert_eq!(unsent, 2);
        assert_eq!(received(&other, 4), vec![b"hello".to_vec(); 4]);
    }

    #[test]
    fn a_datagram_that_is_too_long_for_the_system_takes_no_others_with_it() {
        let (socket, other) = (open(), open());
        let mut outbox = Outbox::new();

        let mut unsent = outbox.push(&socket, other.address(), &[1; 100]);
        unsent += outbox.push(&socket, other.address(), &vec![2; 70_000]);
        unsent += outbox.push(&socket, other.address(), &[3; 100]);
        unsent += outbox.flush(&socket);

        assert_eq!(unsent, 1);
        assert_eq!(received(&other, 2), [vec![1; 100], vec![3; 100]]);
    }

    #[test]
    fn a_datagram_of_a_stranger_that_is_too_long_is_seen_to_be() {
        let socket = open();
        UdpSocket::bind("127.0.0.1:0").unwrap().send_to(&[0; 1_900], socket.address()).unwrap();

        assert_eq!(received(&socket, 1)[0].len(), 1_900);
    }

    fn open() -> MediaSocket {
        MediaSocket::open(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap()
    }

    fn received(socket: &MediaSocket, count: usize) -> Vec<Vec<u8>> {
        let (mut inbox, mut received) = (Inbox::new(socket), Vec::new());
        let patience = Instant::now() + Duration::from_secs(10);
        while received.len() < count && Instant::now() < patience {
            socket.wait(Some(patience));
            while inbox.fill(socket) {
                received.extend(inbox.datagrams().map(|(_, datagram)| datagram.to_vec()));
            }
        }
        received
    }
}
