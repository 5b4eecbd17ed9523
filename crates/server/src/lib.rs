//! The Carillon server: accounts, links and calls in one process, on SQLite.
//!
//! [`Server::start`] starts one in the process of its caller; the program `carillon-server` does that and little more.
//! What a call may do is decided in `carillon-call`; here the decisions are committed, and afterwards told. SQL is the only
//! truth: what was answered or told was committed before, so killing the process at any moment loses nothing that a device
//! has heard of.

mod bus;
mod change;
mod doors;
pub mod fuzz;
mod ground;
mod runtime;
mod server;
mod services;
mod store;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod vanishing;
#[cfg(test)]
mod work;

pub use doors::{admin, tls::TlsError};
pub use ground::{
    choices::{Choice, ChoiceError},
    config::{Config, DEFAULT_PORT, Limits, LogFormat, RtcTokenPolicy, Timeouts, Tls, TlsMode},
};
pub use runtime::tasks::TaskDied;
pub use server::{Running, Server, StartError, mint_invites};
