//! One thread that drives connections: it owns their sockets, and counts what arrives.

use std::{
    collections::{BTreeSet, HashMap},
    io,
    net::SocketAddr,
    sync::{Arc, atomic::Ordering, mpsc},
    time::{Duration, Instant},
};

use mio::{Events, Interest, Poll, Token, Waker, net::UdpSocket};
use tokio::sync::oneshot;

use crate::{connection::Connection, floor::Presence, tally::Tally};

/// What is longer than any packet of media.
const BUFFER: usize = 2_048;

/// How many sockets are told of at once.
const EVENTS: usize = 1_024;

/// A worker looks at least so often what it is told to do.
const LONGEST_WAIT: Duration = Duration::from_millis(200);

/// Not the number of any connection.
const WAKER: Token = Token(usize::MAX);

/// What a worker is to do.
pub(crate) enum Command {
    /// Drive one more connection, of this number.
    Drive { number: usize, socket: UdpSocket, connection: Box<Connection> },
    /// Drive these no more.
    Close(Vec<usize>),
    /// Count from now on.
    Begin,
    /// Count nothing that begins from now on.
    Freeze,
    /// Say what was counted.
    Tell(oneshot::Sender<Tally>),
    /// No more.
    Stop,
}

struct Line {
    socket: UdpSocket,
    connection: Connection,
    due: Instant,
    /// As it was told last.
    is_connected: bool,
    is_lost: bool,
}

/// A worker.
pub(crate) struct Worker {
    poll: Poll,
    commands: mpsc::Receiver<Command>,
    lines: HashMap<usize, Line>,
    due: BTreeSet<(Instant, usize)>,
    tally: Tally,
    presence: Arc<Presence>,
}

impl Worker {
    pub(crate) fn new(commands: mpsc::Receiver<Command>, presence: Arc<Presence>) -> io::Result<(Self, Waker)> {
        let poll = Poll::new()?;
        let waker = Waker::new(poll.registry(), WAKER)?;
        let (lines, due) = (HashMap::new(), BTreeSet::new());
        Ok((Self { poll, commands, lines, due, tally: Tally::new(), presence }, waker))
    }

    /// Works until it is stopped, or nobody is left who could want something.
    pub(crate) fn run(mut self) {
        let (mut events, mut buffer) = (Events::with_capacity(EVENTS), [0; BUFFER]);
        loop {
            loop {
                match self.commands.try_recv() {
                    Ok(Command::Stop) | Err(mpsc::TryRecvError::Disconnected) => return,
                    Ok(command) => self.obey(command),
                    Err(mpsc::TryRecvError::Empty) => break,
                }
            }
            self.advance_due();
            let left = self.due.first().map(|(at, _)| at.saturating_duration_since(Instant::now()));
            if self.poll.poll(&mut events, Some(left.unwrap_or(LONGEST_WAIT).min(LONGEST_WAIT))).is_err() {
                continue; // a signal of the system
            }
            for event in &events {
                self.receive(event.token().0, &mut buffer);
            }
        }
    }

    fn obey(&mut self, command: Command) {
        match command {
            Command::Drive { number, socket, connection } => self.drive(number, socket, *connection),
            Command::Close(numbers) => numbers.into_iter().for_each(|number| self.close(number)),
            Command::Begin => {
                self.tally = Tally::new();
                let now = Instant::now();
                self.lines.values_mut().for_each(|line| line.connection.begin(now));
            }
            Command::Freeze => {
                self.tally.close();
                let now = Instant::now();
                self.lines.values_mut().for_each(|line| line.connection.freeze(now));
            }
            Command::Tell(reply) => {
                let mut tally = std::mem::replace(&mut self.tally, Tally::new());
                let now = Instant::now();
                self.lines.values().for_each(|line| line.connection.tell(now, &mut tally));
                reply.send(tally).ok();
            }
            Command::Stop => {}
        }
    }

    fn drive(&mut self, number: usize, mut socket: UdpSocket, connection: Connection) {
        if let Err(error) = self.poll.registry().register(&mut socket, Token(number), Interest::READABLE) {
            tracing::warn!(%error, "a socket cannot be waited for");
            self.presence.lost.fetch_add(1, Ordering::Relaxed);
            return;
        }
        let due = Instant::now();
        self.due.insert((due, number));
        self.lines.insert(number, Line { socket, connection, due, is_connected: false, is_lost: false });
    }

    fn close(&mut self, number: usize) {
        let Some(mut line) = self.lines.remove(&number) else { return };
        self.due.remove(&(line.due, number));
        self.poll.registry().deregister(&mut line.socket).ok();
        self.presence.connected.fetch_sub(usize::from(line.is_connected), Ordering::Relaxed);
        // What it has counted stays.
        line.connection.tell(Instant::now(), &mut self.tally);
    }

    fn advance_due(&mut self) {
        let now = Instant::now();
        while let Some((_, number)) = self.due.first().copied().filter(|(at, _)| *at <= now) {
            self.due.pop_first();
            let Some(line) = self.lines.get_mut(&number) else { continue };
            line.connection.advance(now, &mut self.tally);
            self.settle(number, now);
        }
    }

    /// All that is there: the next event tells only of what comes later.
    fn receive(&mut self, number: usize, buffer: &mut [u8]) {
        while let Some(line) = self.lines.get_mut(&number) {
            // Errors are those of earlier sends (port unreachable): there may be more behind them.
            match line.socket.recv_from(buffer) {
                Ok((length, from)) => {
                    let now = Instant::now();
                    line.connection.receive(from, &buffer[..length], now, &mut self.tally);
                    self.settle(number, now);
                }
                Err(error) if error.kind() == io::ErrorKind::ConnectionRefused => {}
                Err(_) => return,
            }
        }
    }

    /// Sends what a connection has to send, and notes when it wants to be woken.
    fn settle(&mut self, number: usize, now: Instant) {
        let Some(line) = self.lines.get_mut(&number) else { return };
        let Line { socket, connection, .. } = line;
        let mut unsent = 0;
        let mut send = |to: SocketAddr, bytes: &[u8]| unsent += u64::from(socket.send_to(bytes, to).is_err());
        connection.drain(now, &mut self.tally, &mut send);
        self.tally.miss(unsent);
        if line.connection.is_connected && !line.is_connected {
            line.is_connected = true;
            self.presence.connected.fetch_add(1, Ordering::Relaxed);
        }
        if line.connection.is_lost && !line.is_lost {
            line.is_lost = true;
            self.presence.lost.fetch_add(1, Ordering::Relaxed);
        }
        self.due.remove(&(line.due, number));
        if !line.is_lost {
            // What is due at once waits for a moment, so that others have their turn.
            line.due = line.connection.due().max(now + Duration::from_micros(100));
            self.due.insert((line.due, number));
        }
    }
}
