//! A UDP socket that repeats what a connection's beginning loses (see [`Repeats`]). Everything else passes through it unchanged.

use std::future::Future;
use std::io::{self, IoSliceMut};
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use tokio::time::{Instant, Sleep};
use webrtc::runtime::{AsyncUdpSocket, RecvMeta, Transmit};

use crate::repeats::{Addressed, Path, Repeats, Socket};
use crate::tunnel::give;

/// What the sockets of one connection share: a flight that was sent over one may be answered over another.
#[derive(Debug, Clone, Default)]
pub(crate) struct SharedRepeats(Arc<Mutex<State>>);

#[derive(Debug, Default)]
struct State {
    repeats: Repeats,
    /// By the sockets' numbers.
    receivers: Vec<Receiver>,
}

/// One socket's wait for datagrams.
#[derive(Debug, Default)]
struct Receiver {
    timer: Option<Pin<Box<Sleep>>>,
    waker: Option<Waker>,
    /// What its timer was set to.
    wakes_at: Option<std::time::Instant>,
}

/// The library's driver polls it for datagrams at all times, and with that the timer of the repeats.
#[derive(Debug)]
pub(crate) struct RepeatingSocket {
    socket: Arc<dyn AsyncUdpSocket>,
    number: Socket,
    shared: SharedRepeats,
}

impl RepeatingSocket {
    pub(crate) fn new(socket: Arc<dyn AsyncUdpSocket>, shared: SharedRepeats) -> Self {
        let number = {
            let mut state = shared.state();
            state.receivers.push(Receiver::default());
            state.repeats.open()
        };
        Self { socket, number, shared }
    }

    fn path_to(&self, peer: SocketAddr) -> Path {
        Path { socket: self.number, peer }
    }

    /// A repeat that the socket does not take now is as good as lost; the next one follows.
    fn send_again(&self, again: &Addressed, cx: &mut Context<'_>) {
        let transmit = Transmit {
            destination: again.path.peer,
            ecn: None,
            contents: &again.bytes,
            segment_size: None,
            src_ip: None,
        };
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
            let mut state = self.shared.state();
            let segment = transmit.segment_size.unwrap_or(transmit.contents.len()).max(1);
            for datagram in transmit.contents.chunks(segment) {
                state.repeats.sent(self.path_to(transmit.destination), datagram, Instant::now().into_std());
            }
            state.wake_receivers();
        }
        Poll::Ready(sent)
    }

    fn poll_recv(
        &self,
        cx: &mut Context<'_>,
        buffers: &mut [IoSliceMut<'_>],
        meta: &mut [RecvMeta],
    ) -> Poll<io::Result<usize>> {
        let mut state = self.shared.state();
        if let Some(early) = state.repeats.next_in_time(self.number) {
            return Poll::Ready(Ok(give(early.path.peer, &early.bytes, buffers, meta)));
        }
        if let Poll::Ready(received) = self.socket.poll_recv(cx, buffers, meta) {
            let count = *received.as_ref().unwrap_or(&0);
            for (buffer, meta) in buffers.iter().zip(meta.iter()).take(count) {
                for datagram in buffer[..meta.len].chunks(meta.stride.max(1)) {
                    state.repeats.received(self.path_to(meta.addr), datagram, Instant::now().into_std());
                }
            }
            state.wake_receivers();
            return Poll::Ready(received);
        }
        while state.poll_timer(self.number, cx).is_ready() {
            let again = state.repeats.handle_timeout(self.number, Instant::now().into_std());
            again.iter().for_each(|again| self.send_again(again, cx));
        }
        state.receivers[self.number].waker = Some(cx.waker().clone());
        Poll::Pending
    }

    fn max_gso_segments(&self) -> usize {
        self.socket.max_gso_segments()
    }

    fn max_gro_segments(&self) -> usize {
        self.socket.max_gro_segments()
    }
}

impl SharedRepeats {
    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Wakes the sockets that have something to do now, or whose timers are to be set anew.
    fn wake_receivers(&mut self) {
        for (number, receiver) in self.receivers.iter_mut().enumerate() {
            let is_waited_for = self.repeats.has_in_time(number);
            if is_waited_for || self.repeats.poll_timeout(number) != receiver.wakes_at {
                receiver.waker.take().into_iter().for_each(Waker::wake);
            }
        }
    }

    /// Ready when something is to be repeated.
    fn poll_timer(&mut self, number: Socket, cx: &mut Context<'_>) -> Poll<()> {
        let receiver = &mut self.receivers[number];
        receiver.wakes_at = self.repeats.poll_timeout(number);
        let Some(at) = receiver.wakes_at else {
            receiver.timer = None;
            return Poll::Pending;
        };
        let timer = receiver.timer.get_or_insert_with(|| Box::pin(tokio::time::sleep_until(at.into())));
        timer.as_mut().reset(at.into());
        timer.as_mut().poll(cx)
    }
}
