//! Tokens from outside: published ones, hostile ones, and every one that we can mint.
#![allow(clippy::unwrap_used, reason = "a failed step is a failed test")]

mod corpus;
mod joining;
mod limits;
mod properties;
mod reference;
mod support;
mod vectors;
