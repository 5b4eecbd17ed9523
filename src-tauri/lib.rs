//! The desktop shell.
pub mod options;
pub mod store;
