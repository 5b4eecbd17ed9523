//! The protocol of a link between a device and the server, without I/O.
//!
//! A link is one socket; a session goes on over many. What the server tells in a session carries a number (`seq`) and is repeated until
//! the device has acknowledged it; what the device asks carries an [`OpId`](carillon_protocol::OpId) and is repeated until it is
//! answered. Over a new socket the session is resumed after the last signal that was told, or reset with a snapshot of how things are.
//!
//! [`DeviceEnd`] is the device's end of a link, over however many sockets, and [`ServerEnd`] is the server's end of one socket; what the
//! server keeps of a session is [`Kept`] in rows of its own. Both have four methods, like [`Device`](crate::device::Device):
//! `handle_input`, `handle_timeout`, `poll_output` and `poll_timeout`; the contract is the same. Kit and server have sockets, clocks, a
//! store and tasks around them, and the simulator drives the very same types over a network that loses what it can.

pub mod device;
pub mod server;

mod inbox;
mod keep_alive;
mod pending;
mod stream;
#[cfg(test)]
mod testing;

pub use device::DeviceEnd;
pub use inbox::Inbox;
pub use server::ServerEnd;
pub use stream::{Kept, cut};
