//! Stories about a whole server: real sockets, real SQLite, no waiting for times to pass.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]
#![allow(clippy::disallowed_methods, reason = "a test's tasks end with it")]
#![allow(clippy::wildcard_enum_match_arm, reason = "a story asks for one case, and fails with any other")]
#![allow(clippy::large_futures, reason = "a story holds its whole cast, once")]

mod accounts;
mod acme;
mod attachments;
mod avatars;
mod calls;
mod chat;
mod chat_bounds;
mod chat_calls;
mod chat_changes;
mod chat_groups;
mod chat_receipts;
mod clocks;
mod copies;
mod corpus;
mod database_file;
mod devices;
mod documents;
mod door;
mod earlier_calls;
mod group_calls;
mod group_invitations;
mod group_media;
mod hashing;
mod limits;
mod links;
mod migrations;
mod openapi;
mod operating;
mod people;
mod people_in_calls;
mod processes;
mod published;
mod quotas;
mod races;
mod registration;
mod running;
mod security;
mod sign_ins;
mod support;
mod texts;
mod tls;
mod tokens;
mod web;
