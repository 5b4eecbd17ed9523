//! The WebSocket that a window gets its frames from.

use std::{
    collections::BTreeMap,
    io,
    net::{Ipv4Addr, TcpListener as StdListener},
    time::{Duration, Instant},
};

use carillon_ipc::{FeedAddress, Stream};
use carillon_kit::Secret;
use futures_util::{SinkExt, StreamExt};
use tokio::{
    net::{TcpListener, TcpStream},
    sync::watch,
    task::{JoinHandle, JoinSet},
    time::{sleep, timeout},
};
use tokio_tungstenite::{
    WebSocketStream, accept_hdr_async_with_config,
    tungstenite::{
        self, Message,
        handshake::server::{ErrorResponse, Request, Response},
        http::{StatusCode, header::ORIGIN},
        protocol::WebSocketConfig,
    },
};

use super::{
    message::{FromWindow, Header, Size, Tile},
    outlet::{Outlet, Step},
    scale::{Scaler, size_of},
    sources::{Change, Sources, Watched},
};

/// Where the app's own pages come from: on Linux and macOS, and on Windows.
const ORIGINS: [&str; 3] = ["tauri://localhost", "http://tauri.localhost", "https://tauri.localhost"];
const PATH: &str = "/frames";
/// Any program of this machine can knock; more than these wait.
const HANDSHAKES: usize = 4;
/// The window is on the same machine.
const HANDSHAKE_TIMEOUT: Duration = Duration::from_secs(5);
/// Until the next connection is waited for, after one could not be taken.
const AFTER_FAILURE: Duration = Duration::from_millis(50);
/// A window's longest message lists the tiles of everybody who has a seat.
const MAX_FROM_WINDOW: usize = 8192;

/// Frames for one window, for as long as this lives. Dropping it closes the socket and the port.
#[derive(Debug)]
pub struct FrameFeed {
    address: FeedAddress,
    sources: watch::Sender<Sources>,
    heights: watch::Receiver<TileHeights>,
    serving: JoinHandle<()>,
}

/// How high the tiles are that a window shows, in physical pixels. What is not listed is not to be seen.
pub type TileHeights = BTreeMap<Stream, u16>;

impl FrameFeed {
    /// Listens, on a port that the system chooses.
    ///
    /// # Errors
    /// What the system says, if it lets no program listen.
    ///
    /// # Panics
    /// Outside a tokio runtime.
    pub fn begin(sources: Sources) -> io::Result<Self> {
        let listener = StdListener::bind((Ipv4Addr::LOCALHOST, 0))?;
        listener.set_nonblocking(true)?;
        let listener = TcpListener::from_std(listener)?;
        let url = format!("ws://{}{PATH}", listener.local_addr()?);
        let token = Secret::new(format!("{:032x}", rand::random::<u128>()));
        let (sources, sources_rx) = watch::channel(sources);
        let (heights_tx, heights) = watch::channel(TileHeights::new());
        let window = WindowEnds { sources: sources_rx, heights: heights_tx };
        let serving = tokio::spawn(serve(listener, token.clone(), window));
        Ok(Self { address: FeedAddress { url, token }, sources, heights, serving })
    }

    /// Shows other pictures from now on. A stream without any has ended.
    pub fn set_sources(&self, sources: Sources) {
        self.sources.send_replace(sources);
    }

    /// What the window shows of it.
    pub fn heights(&self) -> watch::Receiver<TileHeights> {
        self.heights.clone()
    }

    /// Where the window finds it.
    pub const fn address(&self) -> &FeedAddress {
        &self.address
    }
}

impl Drop for FrameFeed {
    fn drop(&mut self) {
        self.serving.abort();
    }
}

type Socket = WebSocketStream<TcpStream>;

/// What a window shows, and what it says of that.
#[derive(Clone)]
struct WindowEnds {
    sources: watch::Receiver<Sources>,
    heights: watch::Sender<TileHeights>,
}

/// Lets windows in, the latest in the place of the one before.
async fn serve(listener: TcpListener, token: Secret, ends: WindowEnds) {
    let began_at = Instant::now();
    let mut handshakes: JoinSet<Option<Socket>> = JoinSet::new();
    let mut windows: JoinSet<()> = JoinSet::new();
    loop {
        tokio::select! {
            (stream, _) = accepted(|| listener.accept()), if handshakes.len() < HANDSHAKES => {
                handshakes.spawn(let_in(stream, token.clone()));
            }
            Some(through) = handshakes.join_next() => {
                if let Ok(Some(socket)) = through {
                    windows.shutdown().await;
                    windows.spawn(show(socket, ends.clone(), began_at));
                }
            }
            Some(_) = windows.join_next() => tracing::debug!("a window takes no frames any more"),
        }
    }
}

/// The next connection. A system without a free file refuses them all, again and again at once.
async fn accepted<T, F: Future<Output = io::Result<T>>>(accept: impl Fn() -> F) -> T {
    loop {
        match accept().await {
            Ok(accepted) => return accepted,
            Err(error) => tracing::debug!(%error, "a connection for frames was lost"),
        }
        sleep(AFTER_FAILURE).await;
    }
}

async fn let_in(stream: TcpStream, token: Secret) -> Option<Socket> {
    #[expect(clippy::result_large_err, reason = "the library says what its callbacks give")]
    let check = move |request: &Request, response: Response| {
        if may_enter(request, &token) { Ok(response) } else { Err(refusal()) }
    };
    let config = WebSocketConfig::default()
        .max_message_size(Some(MAX_FROM_WINDOW))
        .max_frame_size(Some(MAX_FROM_WINDOW))
        .write_buffer_size(0);
    if let Err(error) = stream.set_nodelay(true) {
        tracing::debug!(%error, "frames may be late");
    }
    let through = timeout(HANDSHAKE_TIMEOUT, accept_hdr_async_with_config(stream, check, Some(config))).await;
    match through.ok()? {
        Ok(socket) => Some(socket),
        Err(error) => {
            tracing::debug!(%error, "somebody was not let in to the frames");
            None
        }
    }
}

/// Any program of this machine can connect, and any page of a browser. Only the app's own window knows the token.
fn may_enter(request: &Request, token: &Secret) -> bool {
    let origin = request.headers().get(ORIGIN).and_then(|origin| origin.to_str().ok());
    let given = request.uri().query().and_then(|query| query.strip_prefix("token=")).unwrap_or_default();
    request.uri().path() == PATH && origin.is_some_and(|origin| ORIGINS.contains(&origin)) && is_same(given, token)
}

/// Takes the same time wherever the first difference is.
fn is_same(given: &str, token: &Secret) -> bool {
    let (given, token) = (given.as_bytes(), token.expose().as_bytes());
    let differences = given.iter().zip(token).fold(0, |all, (a, b)| all | (a ^ b));
    given.len() == token.len() && differences == 0
}

fn refusal() -> ErrorResponse {
    let mut response = ErrorResponse::new(None);
    *response.status_mut() = StatusCode::FORBIDDEN;
    response
}

/// Sends a window what it shows, until it goes.
async fn show(socket: Socket, mut ends: WindowEnds, began_at: Instant) {
    let sources = ends.sources.borrow_and_update().clone();
    let (outlets, scaler) = Default::default();
    let watched = sources.watch();
    let mut window = Window { socket, ends, sources, watched, began_at, outlets, scaler };
    if let Err(error) = window.follow().await {
        tracing::debug!(%error, "a window that took frames is gone");
    }
}

struct Window {
    socket: Socket,
    ends: WindowEnds,
    sources: Sources,
    watched: Watched,
    began_at: Instant,
    /// Of what there is to show, and of what the window has a tile for.
    outlets: BTreeMap<Stream, Outlet>,
    /// `None` while it is at work.
    scaler: Option<Scaler>,
}

impl Drop for Window {
    fn drop(&mut self) {
        self.ends.heights.send_replace(TileHeights::new());
    }
}

impl Window {
    async fn follow(&mut self) -> Result<(), tungstenite::Error> {
        loop {
            let due = self.outlets.iter().filter(|(_, outlet)| outlet.is_due()).map(|(stream, _)| *stream);
            for stream in due.collect::<Vec<_>>() {
                if let Some(message) = self.next_message(stream).await {
                    self.socket.send(Message::binary(message)).await?;
                }
            }
            tokio::select! {
                change = self.watched.next() => self.take(&change),
                Ok(()) = self.ends.sources.changed() => self.take_sources(),
                said = self.socket.next() => match said {
                    Some(said) => self.hear(&said?),
                    None => return Ok(()),
                },
            }
        }
    }

    fn take(&mut self, change: &Change) {
        let (Change::Picture(stream) | Change::Over(stream)) = *change;
        if matches!(change, Change::Over(_)) {
            self.sources.remove(stream);
        }
        self.outlet(stream).changed();
    }

    fn take_sources(&mut self) {
        self.sources = self.ends.sources.borrow_and_update().clone();
        self.watched = self.sources.watch();
        self.outlets.values_mut().for_each(Outlet::changed);
    }

    fn outlet(&mut self, stream: Stream) -> &mut Outlet {
        self.outlets.entry(stream).or_default()
    }

    async fn next_message(&mut self, stream: Stream) -> Option<Vec<u8>> {
        let picture = self.sources.latest(stream);
        let step = self.outlet(stream).step(picture.as_ref().map(size_of));
        let header = Header { stream, size: None, captured_at_us: 0, sequence: self.outlet(stream).sequence() };
        let size = match step {
            Step::Wait => return None,
            Step::End => return Some(header.to_bytes().to_vec()),
            Step::Send(size) => size,
        };
        let (picture, mut scaler) = (picture?, self.scaler.take().unwrap_or_default());
        let taken = picture.captured_at().saturating_duration_since(self.began_at);
        let captured_at_us = u64::try_from(taken.as_micros()).unwrap_or(u64::MAX);
        let header = Header { size: Some(size), captured_at_us, ..header };
        let scaling = tokio::task::spawn_blocking(move || {
            let message = scaler.message(header, &picture);
            (message, scaler)
        });
        let (message, scaler) = scaling.await.ok()?;
        self.scaler = Some(scaler);
        message.inspect_err(|error| tracing::warn!(%error, "a picture is not shown")).ok()
    }

    /// What is no message of ours changes nothing.
    fn hear(&mut self, said: &Message) {
        let Some(said) = said.to_text().ok().and_then(|text| serde_json::from_str(text).ok()) else { return };
        match said {
            FromWindow::Credit { credit, stream } => {
                if let Some(stream) = Stream::by_number(stream) {
                    self.outlet(stream).give_back(credit);
                }
            }
            FromWindow::Tiles { tiles } => self.lay_out(&tiles),
        }
    }

    /// The window's tiles are these and no others.
    fn lay_out(&mut self, tiles: &[Tile]) {
        let sizes = tiles.iter().filter_map(|tile| Some((Stream::by_number(tile.stream)?, tile.size())));
        let sizes: BTreeMap<Stream, Size> = sizes.filter(|(_, size)| !size.is_nothing()).collect();
        for (stream, outlet) in &mut self.outlets {
            outlet.set_tile(sizes.get(stream).copied().unwrap_or_default());
        }
        for (stream, size) in &sizes {
            self.outlet(*stream).set_tile(*size);
        }
        let heights = sizes.into_iter().map(|(stream, size)| (stream, size.height)).collect();
        self.ends.heights.send_if_modified(|told| {
            let is_new = *told != heights;
            *told = heights;
            is_new
        });
    }
}

#[cfg(test)]
mod tests {
    use std::cell::Cell;

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_system_that_has_no_file_free_is_not_asked_without_a_pause() {
        let (begun, refusals) = (tokio::time::Instant::now(), Cell::new(3));
        let accept = || {
            let left = refusals.replace(refusals.get() - 1);
            std::future::ready(if left > 0 { Err(io::Error::other("too many open files")) } else { Ok(left) })
        };

        assert_eq!(accepted(accept).await, 0);
        assert_eq!(begun.elapsed(), 3 * AFTER_FAILURE);
    }

    #[test]
    fn only_the_apps_own_window_with_the_token_is_let_in() {
        let token = Secret::new("0123");
        let may = |path: &str, origin: Option<&str>| {
            let request = tungstenite::http::Request::builder().uri(path);
            let request = origin.into_iter().fold(request, |request, origin| request.header(ORIGIN, origin));
            may_enter(&request.body(()).expect("a request"), &token)
        };

        assert!(ORIGINS.iter().all(|origin| may("/frames?token=0123", Some(origin))));
        for (path, origin) in [
            ("/frames?token=0124", Some(ORIGINS[0])),
            ("/frames?token=", Some(ORIGINS[0])),
            ("/frames?token=01234", Some(ORIGINS[0])),
            ("/frames", Some(ORIGINS[0])),
            ("/other?token=0123", Some(ORIGINS[0])),
            ("/frames?token=0123", Some("https://evil.example")),
            ("/frames?token=0123", Some("null")),
            ("/frames?token=0123", None),
        ] {
            assert!(!may(path, origin), "{path} {origin:?}");
        }
    }
}
