//! What comes out of a [`Sfu`](crate::Sfu).

use std::net::SocketAddr;

use carillon_protocol::{CallId, DeviceId, MediaSlot, UserId, Wants};

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// Where to.
        to: SocketAddr,
        /// What.
        bytes: Vec<u8>,
    },
    /// Something has happened.
    Event(Event),
}

/// What the record, or a device, has to hear.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The device receives these in its slots from now on, and so much is wanted of its own pictures.
    Slots {
        /// The call.
        call: CallId,
        /// The device.
        device: DeviceId,
        /// All slots that are not empty.
        slots: Vec<MediaSlot>,
        /// The most that any other wants to see.
        wants: Wants,
    },
    /// The device's connection has come about.
    Connected {
        /// The call.
        call: CallId,
        /// The device.
        device: DeviceId,
        /// Its user.
        user: UserId,
    },
    /// The device's connection is lost; it may offer another one.
    Lost {
        /// The call.
        call: CallId,
        /// The device.
        device: DeviceId,
        /// Its user.
        user: UserId,
    },
    /// The channel has failed and is closed. Its devices may offer again.
    Failed {
        /// The call.
        call: CallId,
    },
}
