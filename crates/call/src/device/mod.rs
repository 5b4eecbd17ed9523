//! What one installation does about calls.
//!
//! A [`Device`] has four methods, always the four: [`handle_input`](Device::handle_input),
//! [`handle_timeout`](Device::handle_timeout), [`poll_output`](Device::poll_output) and
//! [`poll_timeout`](Device::poll_timeout). The contract: give one input, drain the outputs to `None`, read the deadline.

mod io;

pub use io::{Command, End, Event, Input, Link, Media, MediaRole, Op, Order, Output};
