//! For the tests of apps: a [`Connection`](crate::Connection) without a server.

pub use carillon_protocol::{Done, Request};

pub use crate::connection::Script;
