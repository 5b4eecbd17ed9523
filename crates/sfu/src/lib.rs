//! Forwards the media of group calls, without I/O.
//!
//! A [`Sfu`] has channels, one for each call, and a channel has participants: devices that the record has admitted. Each
//! participant has one connection, which it offers itself, with a place for each of its own sources and a fixed pool of receiving slots.
//! What is in a slot changes without another offer: packets of another source go on with the numbers and times of the one before.
//!
//! Voices take their slots by how loud they are; pictures are sent to those who want them. Nothing is decoded.
//!
//! Sockets, threads and the clock are the server's: [`Sfu::handle_datagram`] and [`Sfu::handle_timeout`] go in, [`Sfu::poll_output`] and
//! [`Sfu::poll_timeout`] come out. A panic in one channel ends that channel and no other.

mod allocation;
mod allowance;
mod candidates;
mod channel;
mod connection;
mod counters;
mod departures;
mod forward;
mod layers;
mod loudness;
mod offer;
mod output;
mod pictures;
mod rates;
mod rewriter;
mod routes;
mod sfu;
mod speech;
mod stun;
mod voices;

pub use counters::Counters;
pub use offer::OfferError;
pub use output::{Event, Output, Peer, Wire};
pub use sfu::{Addresses, ConnectError, MAX_PARTICIPANTS, Sfu};
pub use stun::user_fragment;
