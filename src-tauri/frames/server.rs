//! The WebSocket that a window gets its frames from.

use std::{
    io,
    net::{Ipv4Addr, TcpListener as StdListener},
    time::{Duration, Instant},
};

use carillon_ipc::FeedAddress;
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
    message::{FromWindow, Header, Stream},
    outlet::{Outlet, Step},
    scale::{Scaler, size_of},
    sources::Sources,
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
/// A window's longest message lists four tiles.
const MAX_FROM_WINDOW: usize = 4096;

/// Frames for one window, for as long as this lives. Dropping it closes the socket and the port.
#[derive(Debug)]
pub struct FrameFeed {
    address: FeedAddress,
    sources: watch::Sender<Sources>,
    serving: JoinHandle<()>,
}

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
        let serving = tokio::spawn(serve(listener, token.clone(), sources_rx));
        Ok(Self { address: FeedAddress { url, token }, sources, serving })
    }

    /// Shows other pictures from now on. A stream without any has ended.
    pub fn set_sources(&self, sources: Sources) {
        self.sources.send_replace(sources);
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

/// Lets windows in, the latest in the place of the one before.
async fn serve(listener: TcpListener, token: Secret, sources: watch::Receiver<Sources>) {
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
                    windows.spawn(show(socket, sources.clone(), began_at));
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
async fn show(socket: Socket, mut latest_sources: watch::Receiver<Sources>, began_at: Instant) {
    let sources = latest_sources.borrow_and_update().clone();
    let (outlets, scaler) = Default::default();
    let mut window = Window { socket, latest_sources, sources, began_at, outlets, scaler };
    if let Err(error) = window.follow().await {
        tracing::debug!(%error, "a window that took frames is gone");
    }
}

struct Window {
    socket: Socket,
    latest_sources: watch::Receiver<Sources>,
    sources: Sources,
    began_at: Instant,
    /// By the streams' numbers.
    outlets: [Outlet; 4],
    /// `None` while it is at work.
    scaler: Option<Scaler>,
}

impl Window {
    async fn follow(&mut self) -> Result<(), tungstenite::Error> {
        loop {
            for stream in Stream::ALL {
                if let Some(message) = self.next_message(stream).await {
                    self.socket.send(Message::binary(message)).await?;
                }
            }
            tokio::select! {
                stream = self.sources.changed() => self.outlet(stream).changed(),
                Ok(()) = self.latest_sources.changed() => self.take_sources(),
                said = self.socket.next() => match said {
                    Some(said) => self.hear(&said?),
                    None => return Ok(()),
                },
            }
        }
    }

    fn take_sources(&mut self) {
        self.sources = self.latest_sources.borrow_and_update().clone();
        self.outlets.iter_mut().for_each(Outlet::changed);
    }

    fn outlet(&mut self, stream: Stream) -> &mut Outlet {
        &mut self.outlets[usize::from(stream.number())]
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
            FromWindow::Tiles { tiles } => {
                for stream in Stream::ALL {
                    let tile = tiles.iter().find(|tile| tile.stream == stream.number());
                    self.outlet(stream).set_tile(tile.map(|tile| tile.size()).unwrap_or_default());
                }
            }
        }
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
