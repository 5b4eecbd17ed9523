//! What the jitter buffer is given.

use std::time::Instant;

use bytes::Bytes;

/// A packet as it came from the network. The one shape of it in this crate, from the network to the jitter buffer.
#[derive(Debug, Clone)]
pub struct ReceivedPacket {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp, 48 kHz.
    pub timestamp: u32,
    /// One Opus packet.
    pub payload: Bytes,
    /// When it arrived.
    pub arrived_at: Instant,
}
