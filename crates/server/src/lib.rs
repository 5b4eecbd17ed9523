//! The Carillon server: accounts, links and calls in one process, on SQLite.
//!
//! [`Server::start`] starts one in the process of whoever calls it; the program `carillon-server` does that and little more.
//! What a call may do is decided in `carillon-call`; here the decisions are committed, and afterwards told. SQL is the only
//! truth: whatever was answered or told was committed before, so killing the process at any moment loses nothing that anybody
//! has heard of.

mod bus;
mod calls;
mod clock;
mod config;
mod core;
mod device_keys;
mod failpoint;
mod http;
mod link;
mod metrics;
mod passwords;
mod presence;
mod secrets;
mod server;
mod sign_ins;
mod stops;
mod store;
mod stun;
mod sweeper;

pub use config::{Config, DEFAULT_PORT, Limits, Patience};
pub use server::{Running, Server, StartError, mint_invites};
