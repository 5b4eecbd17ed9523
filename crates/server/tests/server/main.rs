//! Stories about a whole server: real sockets, real SQLite, no waiting for times to pass.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![allow(clippy::large_futures, reason = "a story holds its whole cast, once")]

mod accounts;
mod calls;
mod links;
mod people;
mod processes;
mod races;
mod sign_ins;
mod support;
mod web;
