//! Media by connections that devices open, for networks that let no UDP through (RFC 6544; each datagram behind its length, RFC 4571).
//!
//! A connection whose first datagram is no request to a participant's media is closed. What a device does not read is not kept for it.

use std::{
    io,
    net::SocketAddr,
    sync::{
        Arc,
        atomic::{AtomicU64, Ordering::Relaxed},
    },
    time::Duration,
};

use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _, BufReader, BufWriter},
    net::{
        TcpListener, TcpStream,
        tcp::{OwnedReadHalf, OwnedWriteHalf},
    },
    sync::mpsc,
    time::{sleep, timeout},
};

use super::{Handle, MediaWorkers};
use crate::{
    doors::http::{ConnectionPass, Gate},
    runtime::{log_budget::limited, stops::Stops, tasks},
};

/// The longest datagram that a participant sends.
const MOST_DATAGRAM: usize = 1_500;

/// Datagrams that wait for a device to read; one more is lost, as on a network that is full. A tenth of a second of pictures.
const MOST_WAITING: usize = 64;

/// What the system keeps for a device that reads slowly, in bytes: what waits there comes late.
#[cfg(unix)]
const BUFFER: usize = 1 << 16;

/// A connection says within so long whose it is.
const FIRST_WITHIN: Duration = Duration::from_secs(5);

/// A device checks its path every second.
const SILENT_FOR: Duration = Duration::from_secs(30);

/// A device that reads nothing for so long is gone.
const READS_WITHIN: Duration = Duration::from_secs(10);

/// After a failed accept (out of file descriptors, mostly) trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// What a worker hears of connections.
pub(super) enum Wired {
    /// A participant has opened one: what is sent to it goes there.
    Opened { from: SocketAddr, datagrams: mpsc::Sender<Vec<u8>> },
    /// A datagram has come.
    Came { from: SocketAddr, datagram: Vec<u8> },
}

/// How many connections there are, and what became of others.
#[derive(Default)]
pub(super) struct TcpCounts {
    pub(super) open: AtomicU64,
    /// There was no room for them, or they were in the way of others.
    pub(super) refused: AtomicU64,
    /// They did not say whose they are.
    pub(super) of_nobody: AtomicU64,
}

/// Counts a connection for as long as it lives.
struct Counted<'a>(&'a AtomicU64);

impl<'a> Counted<'a> {
    fn new(count: &'a AtomicU64) -> Self {
        count.fetch_add(1, Relaxed);
        Self(count)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Relaxed);
    }
}

/// Opens the port.
pub(super) fn open(address: SocketAddr) -> io::Result<std::net::TcpListener> {
    let listener = std::net::TcpListener::bind(address)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, workers: Arc<MediaWorkers>, gate: Arc<Gate>, mut stops: Stops) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stops.wait() => return,
        };
        match accepted {
            Ok((stream, from)) => match gate.admit(from.ip()) {
                Some(pass) => tasks::serve(admitted(stream, from, pass, Arc::clone(&workers), stops.clone())),
                None => {
                    workers.tcp.refused.fetch_add(1, Relaxed);
                }
            },
            Err(error) => {
                limited!(warn, %error, "a connection for media could not be accepted");
                sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn admitted(
    stream: TcpStream,
    from: SocketAddr,
    pass: ConnectionPass,
    workers: Arc<MediaWorkers>,
    mut stops: Stops,
) {
    tokio::select! {
        biased;
        () = stops.wait() => {}
        () = pass.is_evicted() => {
            workers.tcp.refused.fetch_add(1, Relaxed);
        }
        () = connection(stream, from, &pass, &workers) => {}
    }
}

async fn connection(stream: TcpStream, from: SocketAddr, pass: &ConnectionPass, workers: &MediaWorkers) {
    let from = SocketAddr::new(from.ip().to_canonical(), from.port());
    keep_little(&stream);
    let (reading, writing) = stream.into_split();
    let mut reading = BufReader::new(reading);
    let first = timeout(FIRST_WITHIN, next(&mut reading)).await.ok().and_then(Result::ok);
    let Some((first, worker)) = first.and_then(|first| workers.of_datagram(&first).map(|worker| (first, worker)))
    else {
        workers.tcp.of_nobody.fetch_add(1, Relaxed);
        return;
    };
    pass.has_asked();
    let _counted = Counted::new(&workers.tcp.open);
    let (datagrams, to_send) = mpsc::channel(MOST_WAITING);
    worker.tell(Wired::Opened { from, datagrams }).await;
    worker.tell(Wired::Came { from, datagram: first }).await;
    tokio::select! {
        () = read(reading, from, worker) => {}
        () = write(writing, to_send) => {}
    }
}

/// Until the device is silent, or sends what no participant does.
async fn read(mut reading: BufReader<OwnedReadHalf>, from: SocketAddr, worker: &Handle) {
    while let Ok(Ok(datagram)) = timeout(SILENT_FOR, next(&mut reading)).await {
        worker.tell(Wired::Came { from, datagram }).await;
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

/// Until the device reads no more.
async fn write(writing: OwnedWriteHalf, mut datagrams: mpsc::Receiver<Vec<u8>>) {
    let mut writing = BufWriter::new(writing);
    while let Some(first) = datagrams.recv().await {
        let sending = async {
            put(&mut writing, &first).await?;
            while let Ok(next) = datagrams.try_recv() {
                put(&mut writing, &next).await?;
            }
            writing.flush().await
        };
        let sent: Result<io::Result<()>, _> = timeout(READS_WITHIN, sending).await;
        if !matches!(sent, Ok(Ok(()))) {
            return;
        }
    }
}

async fn put(writing: &mut BufWriter<OwnedWriteHalf>, datagram: &[u8]) -> io::Result<()> {
    writing.write_u16(u16::try_from(datagram.len()).map_err(io::Error::other)?).await?;
    writing.write_all(datagram).await
}

/// A datagram that waits is late, and one behind it later.
fn keep_little(stream: &TcpStream) {
    stream.set_nodelay(true).ok();
    #[cfg(unix)]
    rustix::net::sockopt::set_socket_send_buffer_size(stream, BUFFER).ok();
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{bus::MediaEngine as _, ground::config::Config};

    const HELLO: &[u8] = &[0, 5, b'h', b'e', b'l', b'l', b'o'];

    #[tokio::test]
    async fn a_connection_that_does_not_say_whose_it_is_is_closed_and_counted() {
        let (workers, address, _stop) = opened(|_| {}).await;

        for bytes in [HELLO, &[0xff, 0xff, 0, 1], b"GET / HTTP/1.1\r\n\r\n"] {
            let mut stream = TcpStream::connect(address).await.unwrap();
            stream.write_all(bytes).await.unwrap();
            assert!(matches!(stream.read(&mut [0; 8]).await, Ok(0) | Err(_)), "{bytes:?}");
        }

        assert_eq!(workers.counts().tcp_of_nobody, 3);
        assert_eq!(workers.counts().tcp_open, 0);
    }

    #[tokio::test(start_paused = true)]
    async fn a_device_that_reads_nothing_is_given_up_and_what_waits_for_it_is_bounded() {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let _silent = TcpStream::connect(listener.local_addr().unwrap()).await.unwrap();
        let (stream, _) = listener.accept().await.unwrap();
        keep_little(&stream);
        let (_reading, writing) = stream.into_split();
        let (datagrams, to_send) = mpsc::channel(MOST_WAITING);

        let more = async { while datagrams.send(vec![0; 1_400]).await.is_ok() {} };
        tokio::join!(write(writing, to_send), more);
    }

    #[tokio::test]
    async fn a_device_is_told_of_the_port_and_where_none_can_be_opened_there_is_another() {
        let taken = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let wanted = taken.local_addr().unwrap();

        let (workers, address, _stop) = opened(|config| config.media_tcp_listen = Some(wanted)).await;

        assert_ne!(address, wanted);
        assert_eq!(workers.tcp_address(), Some(address));
    }

    async fn opened(
        change: impl FnOnce(&mut Config),
    ) -> (Arc<MediaWorkers>, SocketAddr, tokio::sync::watch::Sender<bool>) {
        let mut config = Config::new("");
        config.media_workers = 1;
        change(&mut config);
        let (workers, listener, _events) = MediaWorkers::open(&config, "127.0.0.1:0".parse().unwrap()).unwrap();
        let (workers, listener) = (Arc::new(workers), listener.unwrap());
        let address = listener.local_addr().unwrap();
        let (stop, stops) = Stops::new();
        tasks::serve(serve(listener, Arc::clone(&workers), Gate::new(&config), stops));
        (workers, address, stop)
    }
}
