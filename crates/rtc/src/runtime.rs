//! Tokio for the library underneath, with a driver that can be woken.
//!
//! The library's driver sleeps until the next timer or datagram. What a state change makes it want to send, such as the first
//! flight of the handshake once a path is chosen, waits in its queue for that: up to 200 ms, in every call. [`Waker::wake`] ends
//! the sleep, which the driver takes for a timer that fired a little early.

use std::future::Future;
use std::io;
use std::net::{SocketAddr, TcpListener, UdpSocket};
use std::pin::Pin;
use std::sync::Arc;
use std::time::{Duration, Instant};

use tokio::sync::Notify;
use webrtc::runtime::{
    AsyncInterval, AsyncTcpListener, AsyncTcpStream, AsyncUdpSocket, JoinHandle, Runtime, TokioRuntime,
};

use crate::plain_socket::{self, PlainSocket};
use crate::repeating_socket::{RepeatingSocket, SharedRepeats};
use crate::tunnel::{TunnellingSocket, Tunnels};

/// How long the name of a STUN server may take. Without an answer the call has only the addresses of this machine.
const RESOLVE_PATIENCE: Duration = Duration::from_secs(1);

type Boxed<'a, T> = Pin<Box<dyn Future<Output = T> + Send + 'a>>;

/// Ends the driver's sleep.
#[derive(Debug, Clone, Default)]
pub(crate) struct Waker(Arc<Notify>);

impl Waker {
    /// Wakes the driver now, or makes its next sleep end at once. Several calls count as one.
    pub(crate) fn wake(&self) {
        self.0.notify_one();
    }
}

/// One connection's view of tokio.
#[derive(Debug)]
pub(crate) struct WakingRuntime {
    waker: Waker,
    repeats: SharedRepeats,
    tunnels: Tunnels,
}

impl WakingRuntime {
    pub(crate) fn new(waker: Waker, tunnels: Tunnels) -> Self {
        Self { waker, repeats: SharedRepeats::default(), tunnels }
    }
}

impl Runtime for WakingRuntime {
    fn spawn(&self, future: Boxed<'static, ()>) -> Box<dyn JoinHandle> {
        TokioRuntime.spawn(future)
    }

    fn wrap_udp_socket(&self, socket: UdpSocket) -> io::Result<Arc<dyn AsyncUdpSocket>> {
        let socket: Arc<dyn AsyncUdpSocket> = if plain_socket::takes_batches(&socket) {
            TokioRuntime.wrap_udp_socket(socket)?
        } else {
            Arc::new(PlainSocket::new(socket)?)
        };
        let socket = TunnellingSocket::new(socket, self.tunnels.clone());
        Ok(Arc::new(RepeatingSocket::new(Arc::new(socket), self.repeats.clone())))
    }

    fn wrap_tcp_listener(&self, listener: TcpListener) -> io::Result<Arc<dyn AsyncTcpListener>> {
        TokioRuntime.wrap_tcp_listener(listener)
    }

    fn connect_tcp<'a>(&'a self, to: SocketAddr) -> Boxed<'a, io::Result<Arc<dyn AsyncTcpStream>>> {
        TokioRuntime.connect_tcp(to)
    }

    fn resolve_host<'a>(&'a self, host: &'a str) -> Boxed<'a, io::Result<Vec<SocketAddr>>> {
        // The driver waits for this, and with it everything else that it does.
        Box::pin(async move {
            let resolved = tokio::time::timeout(RESOLVE_PATIENCE, TokioRuntime.resolve_host(host)).await;
            resolved.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
        })
    }

    /// Tokio's clock, so that both are virtual in a test.
    fn now(&self) -> Instant {
        tokio::time::Instant::now().into_std()
    }

    fn sleep(&self, duration: Duration) -> Boxed<'static, ()> {
        let woken = Arc::clone(&self.waker.0);
        Box::pin(async move {
            tokio::select! {
                () = tokio::time::sleep(duration) => {}
                () = woken.notified() => {}
            }
        })
    }

    fn interval(&self, period: Duration) -> Box<dyn AsyncInterval> {
        TokioRuntime.interval(period)
    }

    fn block_on(&self, future: Pin<Box<dyn Future<Output = ()> + '_>>) {
        TokioRuntime.block_on(future);
    }

    fn yield_now(&self) -> Boxed<'static, ()> {
        TokioRuntime.yield_now()
    }

    fn name(&self) -> &'static str {
        "tokio, woken"
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test(start_paused = true)]
    async fn a_sleeping_driver_wakes_at_once_when_asked_to() {
        let waker = Waker::default();
        let runtime = WakingRuntime::new(waker.clone(), Tunnels::default());
        let started = tokio::time::Instant::now();

        let sleeping = tokio::spawn(runtime.sleep(Duration::from_secs(60)));
        tokio::task::yield_now().await;
        waker.wake();
        sleeping.await.unwrap();

        assert_eq!(started.elapsed(), Duration::ZERO);
    }

    #[tokio::test(start_paused = true)]
    async fn a_wake_between_two_sleeps_ends_the_next_one_only() {
        let waker = Waker::default();
        let runtime = WakingRuntime::new(waker.clone(), Tunnels::default());
        let started = tokio::time::Instant::now();

        waker.wake();
        waker.wake();
        runtime.sleep(Duration::from_secs(60)).await;
        runtime.sleep(Duration::from_secs(3)).await;

        assert_eq!(started.elapsed(), Duration::from_secs(3));
    }
}
