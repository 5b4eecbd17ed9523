//! Datagrams by TCP, for networks that let no UDP through (RFC 6544; each behind its length, RFC 4571).
//!
//! The library has a way of its own, for which this machine would have to listen for connections, and which waits with all that it does
//! for an end that reads slowly. So the library knows of UDP alone: a server that takes connections has one more address, which is
//! nobody's, and what is sent there goes by a connection. What finds no room in it is lost, as on any network.

use std::collections::HashMap;
use std::io::{self, IoSliceMut};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::mpsc;
use tokio::time::{Instant, timeout};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

/// So many addresses of one server are tried.
pub(crate) const MOST_SERVERS: usize = 4;

/// Datagrams that wait for a connection, and those that have come by one: a tenth of a second of pictures.
const MOST_WAITING: usize = 64;

/// What the system keeps of what is sent, in bytes: what waits there comes late.
const BUFFER: u32 = 1 << 16;

const CONNECTS_WITHIN: Duration = Duration::from_secs(5);

/// A connection that has ended is opened again no sooner.
const AGAIN_AFTER: Duration = Duration::from_secs(1);

/// The longest datagram that is taken.
const MOST_DATAGRAM: usize = 2_000;

/// The server's addresses that take connections, by those that stand in for them.
#[derive(Debug, Clone, Default)]
pub(crate) struct Tunnels(Arc<Mutex<HashMap<SocketAddr, SocketAddr>>>);

/// A socket that sends by TCP what goes to an address that stands in for a server's.
#[derive(Debug)]
pub(crate) struct TunnellingSocket {
    socket: Arc<dyn AsyncUdpSocket>,
    tunnels: Tunnels,
    connections: Mutex<HashMap<SocketAddr, Connection>>,
    came: mpsc::Sender<(SocketAddr, Vec<u8>)>,
    coming: Mutex<mpsc::Receiver<(SocketAddr, Vec<u8>)>>,
}

/// From outside. Its task ends with it.
#[derive(Debug)]
struct Connection {
    datagrams: mpsc::Sender<Vec<u8>>,
    begun_at: Instant,
}

impl Tunnels {
    /// The address that stands in for a server's. `None`: there are enough.
    pub(crate) fn stand_in_for(&self, server: SocketAddr) -> Option<SocketAddr> {
        let mut servers = lock(&self.0);
        if let Some((stand_in, _)) = servers.iter().find(|(_, known)| **known == server) {
            return Some(*stand_in);
        }
        let number = u8::try_from(servers.len() + 1).ok().filter(|_| servers.len() < MOST_SERVERS)?;
        let stand_in = SocketAddr::new(stand_in(server.ip(), number), server.port());
        servers.insert(stand_in, server);
        Some(stand_in)
    }

    /// Whether connections were tried: UDP had brought no answer then.
    pub(crate) fn are_used(&self) -> bool {
        !lock(&self.0).is_empty()
    }

    fn server(&self, address: SocketAddr) -> Option<SocketAddr> {
        // Almost nothing goes by TCP, and everything passes here.
        if is_stand_in(address.ip()) { lock(&self.0).get(&address).copied() } else { None }
    }
}

/// Of 240.0.0.0/24, which is reserved (RFC 1112 §4), and of 100::/64, which leads nowhere (RFC 6666).
fn stand_in(server: IpAddr, number: u8) -> IpAddr {
    match server {
        IpAddr::V4(_) => Ipv4Addr::new(240, 0, 0, number).into(),
        IpAddr::V6(_) => Ipv6Addr::new(0x100, 0, 0, 0, 0, 0, 0, number.into()).into(),
    }
}

/// Whether an address is none, but stands in for a server's that takes connections.
pub(crate) fn is_stand_in(address: IpAddr) -> bool {
    match address {
        IpAddr::V4(v4) => matches!(v4.octets(), [240, 0, 0, _]),
        IpAddr::V6(v6) => matches!(v6.segments(), [0x100, 0, 0, 0, 0, 0, 0, _]),
    }
}

impl TunnellingSocket {
    pub(crate) fn new(socket: Arc<dyn AsyncUdpSocket>, tunnels: Tunnels) -> Self {
        let (came, coming) = mpsc::channel(MOST_WAITING);
        Self { socket, tunnels, connections: Mutex::default(), came, coming: Mutex::new(coming) }
    }

    fn send(&self, stand_in: SocketAddr, server: SocketAddr, datagram: &[u8]) {
        let mut connections = lock(&self.connections);
        let is_over =
            |connection: &Connection| connection.datagrams.is_closed() && connection.begun_at.elapsed() >= AGAIN_AFTER;
        if connections.get(&stand_in).is_none_or(is_over) {
            connections.insert(stand_in, self.connect(stand_in, server));
        }
        if let Some(connection) = connections.get(&stand_in) {
            // Where there is no room, it is lost.
            let _ = connection.datagrams.try_send(datagram.to_vec());
        }
    }

    fn connect(&self, stand_in: SocketAddr, server: SocketAddr) -> Connection {
        let (datagrams, to_send) = mpsc::channel(MOST_WAITING);
        let came = self.came.clone();
        tokio::spawn(async move {
            if let Err(error) = carry(server, stand_in, to_send, came).await {
                tracing::debug!(%error, "a connection for media has ended");
            }
        });
        Connection { datagrams, begun_at: Instant::now() }
    }
}

/// Opens a connection, and carries datagrams until it ends, or nobody sends any more.
async fn carry(
    server: SocketAddr,
    stand_in: SocketAddr,
    mut to_send: mpsc::Receiver<Vec<u8>>,
    came: mpsc::Sender<(SocketAddr, Vec<u8>)>,
) -> io::Result<()> {
    let stream = timeout(CONNECTS_WITHIN, open(server)).await??;
    let (reading, writing) = stream.into_split();
    let mut writing = BufWriter::new(writing);
    let write = async {
        while let Some(first) = to_send.recv().await {
            put(&mut writing, &first).await?;
            while let Ok(next) = to_send.try_recv() {
                put(&mut writing, &next).await?;
            }
            writing.flush().await?;
        }
        io::Result::Ok(())
    };
    tokio::select! {
        ended = read(BufReader::new(reading), stand_in, came) => ended,
        ended = write => ended,
    }
}

async fn open(server: SocketAddr) -> io::Result<TcpStream> {
    let socket = if server.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_send_buffer_size(BUFFER)?;
    let stream = socket.connect(server).await?;
    stream.set_nodelay(true)?;
    Ok(stream)
}

async fn read(
    mut reading: BufReader<OwnedReadHalf>,
    stand_in: SocketAddr,
    came: mpsc::Sender<(SocketAddr, Vec<u8>)>,
) -> io::Result<()> {
    loop {
        let datagram = next(&mut reading).await?;
        // Who reads no more has as many as there is room for.
        let _ = came.try_send((stand_in, datagram));
    }
}

async fn next(reading: &mut BufReader<OwnedReadHalf>) -> io::Result<Vec<u8>> {
    let length = usize::from(reading.read_u16().await?);
    if length > MOST_DATAGRAM {
        return Err(io::ErrorKind::InvalidData.into());
    }
    let mut datagram = vec![0; length];
    reading.read_exact(&mut datagram).await?;
    Ok(datagram)
}

async fn put(writing: &mut BufWriter<OwnedWriteHalf>, datagram: &[u8]) -> io::Result<()> {
    writing.write_u16(u16::try_from(datagram.len()).map_err(io::Error::other)?).await?;
    writing.write_all(datagram).await
}

impl AsyncUdpSocket for TunnellingSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        let Some(server) = self.tunnels.server(transmit.destination) else {
            return self.socket.poll_send(cx, transmit);
        };
        let length = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
        for datagram in transmit.contents.chunks(length) {
            self.send(transmit.destination, server, datagram);
        }
        Poll::Ready(Ok(transmit.contents.len()))
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        if let Poll::Ready(Some((from, datagram))) = lock(&self.coming).poll_recv(cx) {
            return Poll::Ready(Ok(give(from, &datagram, buffers, meta)));
        }
        self.socket.poll_recv(cx, buffers, meta)
    }

    fn max_gso_segments(&self) -> usize {
        self.socket.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.socket.max_gro_segments()
    }
}

/// Puts a datagram into the first buffer, as a socket would.
pub(crate) fn give(from: SocketAddr, datagram: &[u8], buffers: &mut [IoSliceMut<'_>], meta: &mut [RecvMeta]) -> usize {
    let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else { return 0 };
    let length = datagram.len().min(buffer.len());
    buffer[..length].copy_from_slice(&datagram[..length]);
    *meta = RecvMeta::default();
    (meta.addr, meta.len, meta.stride) = (from, length, length.max(1));
    1
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;

    use tokio::net::TcpListener;
    use webrtc::runtime::{Runtime as _, TokioRuntime};

    use super::*;

    #[test]
    fn each_server_has_a_stand_in_of_its_own_family_and_there_are_few() {
        let tunnels = Tunnels::default();
        let server = |number: u8| SocketAddr::from(([192, 0, 2, number], 4748));
        assert!(!tunnels.are_used());

        let first = tunnels.stand_in_for(server(1)).unwrap();
        let of_ipv6 = tunnels.stand_in_for("[2001:db8::1]:4748".parse().unwrap()).unwrap();

        assert_eq!(tunnels.stand_in_for(server(1)), Some(first), "once");
        assert_eq!((first.to_string().as_str(), of_ipv6.to_string().as_str()), ("240.0.0.1:4748", "[100::2]:4748"));
        assert_eq!((tunnels.server(first), tunnels.server(server(1))), (Some(server(1)), None));
        assert!(tunnels.are_used() && is_stand_in(of_ipv6.ip()) && !is_stand_in(server(1).ip()));
        let more = (2..100).filter_map(|number| tunnels.stand_in_for(server(number)));
        assert_eq!(more.count(), MOST_SERVERS - 2);
    }

    #[tokio::test]
    async fn what_goes_to_a_stand_in_goes_by_a_connection_and_what_comes_by_it_comes_from_there() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, stand_in) = socket(listener.local_addr().unwrap());

        send(&socket, stand_in, b"onetwo", Some(3)).await;
        let (mut server, _) = listener.accept().await.unwrap();
        let mut came = [0; 10];
        server.read_exact(&mut came).await.unwrap();
        server.write_all(b"\x00\x04back").await.unwrap();

        assert_eq!(&came, b"\x00\x03one\x00\x03two");
        assert_eq!(receive(&socket).await, (stand_in, b"back".to_vec()));
    }

    #[tokio::test]
    async fn what_goes_elsewhere_goes_by_udp() {
        let other = tokio::net::UdpSocket::bind("127.0.0.1:0").await.unwrap();
        let (socket, _) = socket("127.0.0.1:9".parse().unwrap());

        send(&socket, other.local_addr().unwrap(), b"hello", None).await;

        assert_eq!(other.recv_from(&mut [0; 16]).await.unwrap().0, 5);
    }

    #[tokio::test]
    async fn a_server_that_reads_nothing_holds_nothing_up() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let (socket, stand_in) = socket(listener.local_addr().unwrap());

        for _ in 0..10_000 {
            send(&socket, stand_in, &[7; 1_200], None).await;
            tokio::task::yield_now().await;
        }

        let room = lock(&socket.connections)[&stand_in].datagrams.capacity();
        assert_eq!(room, 0, "some wait, and the rest is lost");
    }

    fn socket(server: SocketAddr) -> (TunnellingSocket, SocketAddr) {
        let tunnels = Tunnels::default();
        let stand_in = tunnels.stand_in_for(server).unwrap();
        let udp = TokioRuntime.wrap_udp_socket(std::net::UdpSocket::bind("127.0.0.1:0").unwrap()).unwrap();
        (TunnellingSocket::new(udp, tunnels), stand_in)
    }

    async fn send(socket: &TunnellingSocket, to: SocketAddr, contents: &[u8], segment_size: Option<usize>) {
        let transmit = Transmit { destination: to, ecn: None, contents, segment_size, src_ip: None };
        poll_fn(|cx| socket.poll_send(cx, &transmit)).await.unwrap();
    }

    async fn receive(socket: &TunnellingSocket) -> (SocketAddr, Vec<u8>) {
        let (mut bytes, mut meta) = ([0; 2_000], [RecvMeta::default()]);
        let count = poll_fn(|cx| socket.poll_recv(cx, &mut [IoSliceMut::new(&mut bytes)], &mut meta)).await.unwrap();
        assert_eq!(count, 1);
        (meta[0].addr, bytes[..meta[0].len].to_vec())
    }
}
