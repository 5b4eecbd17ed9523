//! Stories about a whole server: real sockets, real SQLite, no waiting for times to pass.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![allow(clippy::large_futures, reason = "a story holds its whole cast, once")]

mod accounts;
mod acme;
mod calls;
mod copies;
mod corpus;
mod documents;
mod door;
mod hashing;
mod links;
mod migrations;
mod openapi;
mod operating;
mod people;
mod processes;
mod quotas;
mod races;
mod registration;
mod running;
mod security;
mod support;
mod texts;
mod tls;
mod web;
