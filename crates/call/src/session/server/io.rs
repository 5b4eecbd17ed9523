//! What goes into a [`ServerEnd`](super::ServerEnd) and what comes out of it.

use carillon_protocol::{ClientFrame, OpId, Request, SessionId, Signature};

/// A signal in a device's stream.
#[derive(Debug, Clone, PartialEq)]
pub struct Outgoing<B> {
    /// Its number in the session.
    pub seq: u64,
    /// What, as the program keeps it.
    pub body: B,
    /// When it was committed, by the server's own clock.
    pub at_ms: u64,
}

/// Everything that the server's end of a socket hears.
#[derive(Debug, Clone, PartialEq)]
#[allow(clippy::large_enum_variant, reason = "there is one at a time")]
pub enum Input<B> {
    /// The device said something.
    Frame(ClientFrame),
    /// Something else came over the socket.
    SignOfLife,
    /// The session is open, and the device has been told so.
    Opened {
        /// The last signal of it that the device has processed.
        told: u64,
    },
    /// A signal was committed just now. Some may be missing; the store has them all.
    Committed {
        /// The signal.
        signal: Outgoing<B>,
        /// It has waited, so that what it says may have changed.
        has_waited: bool,
    },
    /// The store has these next, as [`Output::Read`] asked for; none, if there are no more.
    Stored(Vec<Outgoing<B>>),
}

/// Everything that the server's end of a socket wants done.
#[derive(Debug, Clone, PartialEq)]
pub enum Output<B> {
    /// The device has answered the challenge: check its signature, open its session, and say [`Input::Opened`].
    Open {
        /// The session to go on with, and the last signal of it that the device has processed.
        resume: Option<(SessionId, u64)>,
        /// The signature, if there is one.
        proof: Option<Signature>,
    },
    /// Deal with a request, and answer it.
    Request {
        /// Its name.
        op_id: OpId,
        /// What.
        body: Request,
    },
    /// Read the next signals after this one, oldest first, and say [`Input::Stored`].
    Read {
        /// The last that was sent.
        after: u64,
    },
    /// Send this signal.
    Tell {
        /// The signal.
        signal: Outgoing<B>,
        /// It may be old: what it says of time, and whether a ring still rings, is to be as of now.
        is_late: bool,
    },
    /// The device has processed everything up to this: the store may forget it.
    Acknowledged {
        /// The last one.
        seq: u64,
    },
    /// Send a ping.
    Ping,
    /// Close the socket.
    Close(Fault),
}

/// Why the server's end gives a socket up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nothing was heard for too long.
    Silent,
    /// The device said hello at the wrong time, or something else in its place.
    Malformed,
    /// The oldest signals had to go before the device took them.
    SlowReader,
}
