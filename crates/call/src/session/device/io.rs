//! What goes into a [`DeviceEnd`](super::DeviceEnd) and what comes out of it.

use std::time::Duration;

use carillon_protocol::{
    Answer, Chat, ClientFrame, Greeting, Message, OpId, PendingRequest, Refusal, ServerFrame, Signal, Signature,
    Snapshot, UserId,
};

/// Everything that the device's end of a link hears.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Input {
    /// There is a socket, and the server has challenged the device.
    Connected {
        /// The device's signature of the challenge, if it has a key.
        proof: Option<Signature>,
    },
    /// The server said something.
    Frame(ServerFrame),
    /// Something else came over the socket, such as the answer to a ping.
    SignOfLife,
    /// The socket is gone.
    Disconnected,
    /// Ask the server, and repeat until it answers. That the user is away the server forgets with the session: it is told again.
    Ask {
        /// What to ask. A request that was given up may be asked again by its own id.
        request: PendingRequest,
        /// How long the program waits for the answer; `None`: for as long as it takes.
        patience: Option<Duration>,
    },
    /// What went by is of no use to the program: begin a new session, at once if there is a link.
    BeginAnew,
    /// A signal could not be handed on: begin a new session, whose snapshot makes up for it.
    SignalLost,
}

/// Everything that the device's end of a link wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output {
    /// Send this over the socket.
    Send(ClientFrame),
    /// Send a ping over the socket.
    Ping,
    /// Close the socket, which is of no use any more, and connect again.
    Close(Fault),
    /// The link is up.
    Up {
        /// The server's first words.
        greeting: Box<Greeting>,
        /// How things are, if the session is new. `None`: it goes on, and missed signals follow.
        snapshot: Option<Box<Snapshot>>,
    },
    /// The link was up, and is no longer.
    Down,
    /// The server tells something that is no message. Each signal of a session once, and in their order.
    Signal {
        /// Its number in the session.
        seq: u64,
        /// What.
        body: Box<Signal>,
    },
    /// Another user is writing, or not any more. It may be told twice or never.
    Typing {
        /// Where.
        chat: Chat,
        /// Who.
        user: UserId,
        /// Which.
        typing: bool,
    },
    /// A message was written. Each is told once, and in the order of their places.
    Message(Box<Message>),
    /// The server does not give the messages that were missed.
    NotFetched(Refusal),
    /// What came of a request.
    Answer {
        /// Its name.
        op: OpId,
        /// What came of it.
        result: Box<Answer>,
    },
    /// There was no answer in time, over however many links.
    GivenUp {
        /// The request's name.
        op: OpId,
    },
}

/// Why a socket is of no use any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing came back.
    Silent,
    /// This program stood still, and what waited in the socket is too old to be believed.
    StoodStill,
    /// Signals are missing.
    Gap,
    /// A signal could not be handed on ([`Input::SignalLost`]).
    SignalLost,
    /// The program wants a new session ([`Input::BeginAnew`]).
    BeginAnew,
}
