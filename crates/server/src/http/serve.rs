//! The accept loop: plain HTTP/1.1 with limits from the first byte on.

use std::{net::SocketAddr, pin::pin, time::Duration};

use axum::{Router, body::Body};
use hyper::{Request, body::Incoming, server::conn::http1, service::service_fn};
use hyper_util::rt::{TokioIo, TokioTimer};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt as _;

use super::peer::Remote;
use crate::stops::Stops;

/// A client that takes longer to send its head is not one of ours.
const HEAD_TIMEOUT: Duration = Duration::from_secs(10);
/// Our clients' heads are far below 1 KiB; proxies and browsers add to them.
const HEAD_BYTES: usize = 16 * 1024;
/// After a failed accept (out of file descriptors, mostly) trying again at once would only burn the processor.
const ACCEPT_PAUSE: Duration = Duration::from_millis(50);

/// Accepts connections until the server stops.
pub(crate) async fn serve(listener: TcpListener, router: Router, mut stops: Stops) {
    loop {
        let accepted = tokio::select! {
            accepted = listener.accept() => accepted,
            () = stops.wait() => return,
        };
        match accepted {
            Ok((stream, from)) => {
                tokio::spawn(connection(stream, from, router.clone(), stops.clone()));
            }
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                tokio::time::sleep(ACCEPT_PAUSE).await;
            }
        }
    }
}

async fn connection(stream: TcpStream, from: SocketAddr, router: Router, mut stops: Stops) {
    // Signals are small and late ones ring too long.
    stream.set_nodelay(true).ok();
    let service = service_fn(move |mut request: Request<Incoming>| {
        request.extensions_mut().insert(Remote(from.ip()));
        router.clone().oneshot(request.map(Body::new))
    });
    let mut http = http1::Builder::new();
    http.timer(TokioTimer::new()).header_read_timeout(HEAD_TIMEOUT).max_buf_size(HEAD_BYTES);
    let mut serving = pin!(http.serve_connection(TokioIo::new(stream), service).with_upgrades());
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
