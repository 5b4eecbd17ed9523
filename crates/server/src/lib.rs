//! The Carillon server: accounts, links and calls in one process, on SQLite.
//!
//! [`Server::start`] starts one in the process of whoever calls it; the program `carillon-server` does that and little more.
//! What a call may do is decided in `carillon-call`; here the decisions are committed, and afterwards told. SQL is the only
//! truth: whatever was answered or told was committed before, so killing the process at any moment loses nothing that anybody
//! has heard of.

pub mod admin;
mod audit;
mod bus;
mod calls;
mod change;
mod chat;
mod choices;
mod clock;
mod config;
mod core;
mod device_keys;
mod drain;
mod failpoint;
pub mod fuzz;
mod health;
mod http;
mod limits;
mod link;
mod log_budget;
mod metrics;
mod passwords;
mod people;
mod pictures;
mod presence;
mod rtc_tokens;
mod search_key;
mod secrets;
mod server;
mod sign_ins;
mod stops;
mod store;
mod stun;
mod sweeper;
mod tasks;
mod tls;
#[cfg(test)]
mod vanishing;
mod workers;

pub use choices::{Choice, ChoiceError};
pub use config::{Config, DEFAULT_PORT, Limits, LogFormat, Patience, RtcTokenPolicy, Tls, TlsMode};
pub use server::{Running, Server, StartError, mint_invites};
pub use tasks::TaskDied;
pub use tls::TlsError;
