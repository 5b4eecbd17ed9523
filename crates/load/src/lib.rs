//! Loads a server with group calls, and measures what comes of it.
//!
//! A participant here is a connection that sends packets as a microphone and a camera would, and receives what the server forwards. Every
//! payload carries when it was sent; sender and receiver are of one process, so what a packet took is read from one clock. The server under
//! load is ours, over its link, or Janus with its VideoRoom, over its WebSocket: what differs is one trait, `Signalling`.
//!
//! [`run`] does it all. Connections are `str0m` in RTP mode without I/O; [`Plan::threads`] threads drive them, each with its own sockets.

mod connection;
mod floor;
mod flow;
mod media;
mod plan;
mod process;
mod report;
mod run;
mod signalling;
mod tally;
mod worker;

pub use plan::{Account, Plan, Server, Video};
pub use report::{Milliseconds, Report, Traffic};
pub use run::{LoadError, Stage, run};
