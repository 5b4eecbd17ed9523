//! What the server knows, in SQL. All else may be lost at any moment.
//!
//! SQLite in one file, in WAL mode: one writing connection whose commits are shared ([`writer`]), several reading ones. The SQL
//! texts bind by `$n` and use only types that
//! PostgreSQL has too. What belongs together is committed together, and no device hears of anything before its commit.

pub(crate) mod accounts;
pub(crate) mod admin;
pub(crate) mod answers;
mod apps;
pub(crate) mod attachments;
pub(crate) mod audit;
pub(crate) mod avatars;
pub(crate) mod calls;
pub(crate) mod chats;
mod columns;
mod conn;
mod connections;
mod copies;
#[cfg(test)]
pub(crate) mod counted;
pub(crate) mod devices;
mod engine;
mod error;
pub(crate) mod file;
pub(crate) mod folder;
pub(crate) mod group_invitations;
pub(crate) mod groups;
mod legs;
pub(crate) mod log;
pub(crate) mod messages;
mod migrations;
pub(crate) mod people;
#[cfg(test)]
mod plans;
pub(crate) mod receipts;
mod search;
mod search_key;
pub(crate) mod sessions;
pub(crate) mod sign_ins;
pub(crate) mod spread;
mod sql;
mod stamp;
mod writer;

use self::columns::{from_json, from_word, parse, signed, to_json, to_word, unsigned};
pub(crate) use self::{
    accounts::{Credentials, NewAccount, NewDevice, NotRegistered},
    admin::{DeviceRow, UserRow},
    apps::AppRow,
    calls::{Due, WithoutLink},
    conn::Conn,
    copies::{check, copy, newest_at_ms},
    engine::Store,
    error::{Result, StoreError},
    sessions::{Body, LinkId, Opened, Outgoing, Posted},
    sign_ins::{KeptTokens, NotSignedIn, Refresh, SignIn, Who},
    stamp::Stamp,
    writer::Tx,
};

/// So many old rows are deleted together: others do not wait long for the writer.
const PRUNED_AT_ONCE: u32 = 500;
