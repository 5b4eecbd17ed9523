//! Stories about a whole server: real sockets, real SQLite, no waiting for times to pass.
#![allow(clippy::unwrap_used, missing_docs, reason = "a failed step is a failed test")]

mod accounts;
mod calls;
mod links;
mod people;
mod processes;
mod races;
mod support;
mod web;
