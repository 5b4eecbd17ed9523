//! What stands in columns, and what it means.

use std::str::FromStr;

use serde::{Serialize, de::DeserializeOwned};

use super::{Result, StoreError};

/// Reads a column that this server wrote.
pub(super) fn parse<T: FromStr>(text: &str, what: &'static str) -> Result<T> {
    text.parse().map_err(|_| StoreError::Corrupt { what })
}

/// The database has no unsigned numbers.
pub(super) fn unsigned(number: i64) -> u64 {
    u64::try_from(number).unwrap_or(0)
}

/// Times and counters stay far below the limit.
pub(super) fn signed(number: u64) -> i64 {
    i64::try_from(number).unwrap_or(i64::MAX)
}

/// Reads a JSON column that this server wrote.
pub(super) fn from_json<T: DeserializeOwned>(text: &str, what: &'static str) -> Result<T> {
    serde_json::from_str(text).map_err(|_| StoreError::Corrupt { what })
}

/// Writes a JSON column.
pub(super) fn to_json<T: Serialize>(value: &T) -> String {
    serde_json::to_string(value).expect("our own types have string keys only, and serialise")
}

/// Writes one word of an enumeration of ours.
pub(super) fn to_word<T: Serialize>(value: &T) -> String {
    to_json(value).trim_matches('"').to_owned()
}

/// Reads one word of an enumeration of ours.
pub(super) fn from_word<T: DeserializeOwned>(word: &str, what: &'static str) -> Result<T> {
    from_json(&format!("\"{word}\""), what)
}
