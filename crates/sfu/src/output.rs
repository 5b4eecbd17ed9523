//! What comes out of a [`Sfu`](crate::Sfu).

use std::net::SocketAddr;

use carillon_protocol::{CallId, DeviceId, MediaSlot, UserId, Wants};

/// What carries datagrams to and from an address.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Wire {
    /// Each by itself.
    Udp,
    /// One behind the other in a connection, which the participant has opened (RFC 6544).
    Tcp,
}

/// An address of a participant, by what carries datagrams to it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Peer {
    /// What carries them.
    pub wire: Wire,
    /// Where it is.
    pub address: SocketAddr,
}

impl Peer {
    /// An address that is reached by UDP.
    pub const fn udp(address: SocketAddr) -> Self {
        Self { wire: Wire::Udp, address }
    }

    /// An address that a connection has come from.
    pub const fn tcp(address: SocketAddr) -> Self {
        Self { wire: Wire::Tcp, address }
    }
}

/// Something to be done.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Send a datagram.
    Transmit {
        /// Where to.
        to: Peer,
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
