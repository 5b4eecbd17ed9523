//! The accept loop: HTTP/1.1, over TLS or not, with limits from the first byte on.

use std::{
    net::SocketAddr,
    pin::pin,
    sync::{Arc, atomic::Ordering::Relaxed},
    time::Duration,
};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::{
    io::{AsyncRead, AsyncWrite},
    net::{TcpListener, TcpStream},
    time::timeout,
};
use tokio_io_timeout::TimeoutStream;
use tower::ServiceExt as _;

use super::{
    gate::{ConnectionPass, Gate},
    peer::Remote,
};
use crate::{
    doors::{SharedState, tls::Tls},
    runtime::{log_budget::limited, tasks},
};

/// Our clients' heads are far below 1 KiB; proxies and browsers add to them.
const HEAD_BYTES: usize = 16 * 1024;
/// After a failed accept (out of file descriptors, mostly) trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Links know better why what they send is not read, so they have half of the time in which a connection must take anything at all.
const LINKS_FIRST: u32 = 2;

/// What a connection passes on its way to the pages.
pub(crate) struct Entrance {
    pub(crate) server: SharedState,
    pub(crate) gate: Arc<Gate>,
    pub(crate) tls: Option<Tls>,
    pub(crate) router: Router,
}

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, entrance: Entrance) {
    let entrance = Arc::new(entrance);
    let mut stops = entrance.server.lifecycle.stops.clone();
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stops.wait() => return,
        };
        match accepted {
            Ok((stream, from)) => match entrance.gate.admit(from.ip()) {
                Some(pass) => {
                    tasks::serve(admitted(stream, from, Arc::new(pass), Arc::clone(&entrance)));
                }
                None => {
                    entrance.server.metrics.connections_refused.fetch_add(1, Relaxed);
                }
            },
            Err(error) => {
                limited!(warn, %error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

/// Serves a connection until it is over, or in the way of others before it has asked for anything.
async fn admitted(stream: TcpStream, from: SocketAddr, pass: Arc<ConnectionPass>, entrance: Arc<Entrance>) {
    tokio::select! {
        biased;
        () = pass.is_evicted() => {
            entrance.server.metrics.connections_evicted.fetch_add(1, Relaxed);
        }
        () = connection(stream, from, Arc::clone(&pass), &entrance) => {}
    }
}

async fn connection(stream: TcpStream, from: SocketAddr, pass: Arc<ConnectionPass>, entrance: &Entrance) {
    // Signals are small and late ones ring too long.
    stream.set_nodelay(true).ok();
    let Some(tls) = &entrance.tls else { return speak(stream, from, pass, entrance).await };
    match timeout(entrance.server.config.patience.head, tls.accept(stream)).await {
        Ok(Ok(Some(stream))) => speak(stream, from, pass, entrance).await,
        Ok(Ok(None)) => {}
        Ok(Err(error)) => tracing::debug!(%error, "a TLS handshake failed"),
        Err(_) => tracing::debug!("a TLS handshake took too long"),
    }
}

async fn speak<S>(stream: S, from: SocketAddr, pass: Arc<ConnectionPass>, entrance: &Entrance)
where
    S: AsyncRead + AsyncWrite + Unpin + Send + 'static,
{
    let mut stream = TimeoutStream::new(stream);
    stream.set_write_timeout(Some(entrance.server.config.patience.slow_reader * LINKS_FIRST));
    let router = entrance.router.clone();
    let service = service_fn(move |mut request: Request<Incoming>| {
        pass.has_asked();
        request.extensions_mut().insert(Remote::new(from.ip(), Arc::clone(&pass)));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    let patience = entrance.server.config.patience.head;
    http.timer(TokioTimer::new()).header_read_timeout(patience).max_buf_size(HEAD_BYTES);
    let mut serving = pin!(http.serve_connection(TokioIo::new(Box::pin(stream)), service).with_upgrades());
    let mut stops = entrance.server.lifecycle.stops.clone();
    let result = tokio::select! {
        result = serving.as_mut() => result,
        () = stops.wait() => {
            serving.as_mut().graceful_shutdown();
            serving.await
        }
    };
    if let Err(error) = result {
        tracing::debug!(%error, "a connection ended badly");
    }
}
