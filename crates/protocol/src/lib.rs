//! Ids and signalling messages of Carillon on the wire.
//!
//! The one vocabulary that a device and the server share: what is here is what may be said over a link, and nothing else.
//! Only data and its own validity lives here; who may say what, and what it does, is the business of `carillon-call`.
//! No I/O, no clock: the crate builds for wasm.
//!
//! Times on the wire are durations (`ring_left_ms`), never clock times, except in records of the past (`at_ms`: milliseconds
//! since the Unix epoch, by the server's clock).

mod account;
mod call;
pub mod close;
mod ids;
mod link;
mod media;

pub use account::{
    Account, CallEntry, Direction, Greeting, Login, Person, Presence, RegisterRequest, Registration, SignInRequest,
    SignedIn, VersionInfo,
};
pub use call::{CallKind, CallType, ChatType, EndReason, Ended, Handled, HandledHow, Invitation, Ring};
pub use ids::{AppId, CallId, ChannelName, DeviceId, IdError, OpId, SessionId, UserId};
pub use link::{Answer, ClientFrame, Done, Refusal, RefusalCode, Request, ServerFrame, Signal, Snapshot, SnapshotCall};
pub use media::{Candidate, Description, DescriptionKind, MediaSignal};

/// The version of the protocol in this crate; a server greets with its own.
pub const PROTOCOL_VERSION: u32 = 1;

/// The largest frame that a link carries, in bytes: a generous SDP with its candidates fits many times over.
pub const MAX_FRAME_BYTES: usize = 64 * 1024;

/// How long a device of the callee rings if nobody chose otherwise.
pub const DEFAULT_RING_MS: u64 = 30_000;
/// The shortest ring time that a caller may ask for.
pub const MIN_RING_MS: u64 = 15_000;
/// The longest ring time that a caller may ask for.
pub const MAX_RING_MS: u64 = 90_000;
