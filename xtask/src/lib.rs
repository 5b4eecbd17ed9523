//! What chores and tests share: who imports whom inside a crate.

pub mod imports;
