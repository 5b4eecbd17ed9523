//! A UDP socket that repeats what a connection's beginning loses (see [`Repeats`]). Everything else passes through it unchanged.

use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

use crate::repeats::{Addressed, Repeats};

/// The library's driver polls it for datagrams at all times, and with that the timer of the repeats.
#[derive(Debug)]
pub(crate) struct RepeatingSocket {
    socket: Arc<dyn AsyncUdpSocket>,
    state: Mutex<State>,
}

#[derive(Debug, Default)]
struct State {
    repeats: Repeats,
    timer: Option<Pin<Box<Sleep>>>,
    receiver: Option<Waker>,
}

impl RepeatingSocket {
    pub(crate) fn new(socket: Arc<dyn AsyncUdpSocket>) -> Self {
        Self { socket, state: Mutex::default() }
    }

    fn state(&self) -> std::sync::MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A repeat that the socket does not take now is as good as lost; the next one follows.
    fn send_again(&self, again: &Addressed, cx: &mut Context<'_>) {
        let transmit =
            Transmit { destination: again.peer, ecn: None, contents: &again.bytes, segment_size: None, src_ip: None };
        let _ = self.socket.poll_send(cx, &transmit);
    }
}

impl AsyncUdpSocket for RepeatingSocket {
    fn local_addr(&self) -> io::Result<SocketAddr> {
        self.socket.local_addr()
    }

    fn poll_send(&self, cx: &mut Context<'_>, transmit: &Transmit<'_>) -> Poll<io::Result<usize>> {
        let sent = std::task::ready!(self.socket.poll_send(cx, transmit));
        if sent.is_ok() {
            let mut state = self.state();
            let before = state.repeats.poll_timeout();
            let segment = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
            for datagram in transmit.contents.chunks(segment) {
                state.repeats.sent(transmit.destination, datagram, Instant::now().into_std());
            }
            if state.repeats.poll_timeout() != before {
                // Its timer is to be set anew.
                state.receiver.take().into_iter().for_each(Waker::wake);
            }
        }
        Poll::Ready(sent)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.state();
        if let Some(early) = state.repeats.next_early() {
            return Poll::Ready(Ok(give(&early, buffers, meta)));
        }
        if let Poll::Ready(received) = self.socket.poll_recv(cx, buffers, meta) {
            let count = *received.as_ref().unwrap_or(&0);
            for (buffer, meta) in buffers.iter().zip(meta.iter()).take(count) {
                for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
                    state.repeats.received(meta.addr, datagram, Instant::now().into_std());
                }
            }
            return Poll::Ready(received);
        }
        while state.poll_timer(cx).is_ready() {
            let again = state.repeats.handle_timeout(Instant::now().into_std());
            again.iter().for_each(|again| self.send_again(again, cx));
        }
        state.receiver = Some(cx.waker().clone());
        Poll::Pending
    }

    fn max_gso_segments(&self) -> usize {
        self.socket.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.socket.max_gro_segments()
    }
}

impl State {
    /// Ready when something is to be repeated.
    fn poll_timer(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let Some(at) = self.repeats.poll_timeout() else {
            self.timer = None;
            return Poll::Pending;
        };
        let timer = self.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at.into())));
        timer.as_mut().reset(at.into());
        timer.as_mut().poll(cx)
    }
}

/// Puts a datagram into the first buffer, as a socket would.
fn give(datagram: &Addressed, buffers: &mut [IoSliceMut<'_>], meta: &mut [RecvMeta]) -> usize {
    let (Some(buffer), Some(meta)) = (buffers.first_mut(), meta.first_mut()) else { return 0 };
    let length = datagram.bytes.len().min(buffer.len());
    buffer[..length].copy_from_slice(&datagram.bytes[..length]);
    *meta = RecvMeta::default();
    (meta.addr, meta.len, meta.stride) = (datagram.peer, length, length.max(1));
    1
}
