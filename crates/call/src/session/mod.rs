//! The protocol of a link between a device and the server, without I/O.
//!
//! A link is one socket; a session goes on over many. What the server tells in a session carries a number (`seq`) and is repeated until
//! the device has acknowledged it; what the device asks carries an [`OpId`](carillon_protocol::OpId) and is repeated until it is
//! answered. Over a new socket the session is resumed after the last signal that was told, or reset with a snapshot of how things are.
//!
//! [`DeviceEnd`] is the device's end. It has four methods, like [`Device`](crate::device::Device): `handle_input`, `handle_timeout`,
//! `poll_output` and `poll_timeout`; the contract is the same. The kit has sockets, clocks and tasks around it, and the simulator
//! drives the very same type over a network that loses what it can.

pub mod device;

mod ids;
mod keep_alive;
mod pending;
#[cfg(test)]
mod testing;

pub use device::DeviceEnd;
pub use ids::OpIds;
