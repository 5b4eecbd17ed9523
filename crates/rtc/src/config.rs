//! What a transport is told at its start.

use std::time::Duration;

use crate::Layout;

/// How a transport reaches the other end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TransportConfig {
    /// What the session carries, and which way.
    pub layout: Layout,
    /// Send the camera in every [`Layer`](crate::Layer) to a server that takes them; to one that does not, no camera.
    pub has_layers: bool,
    /// STUN servers, `stun:host:port` (RFC 7064). None: only addresses of this machine are offered.
    pub stun: Vec<String>,
    /// Offer loopback addresses beside the others. Without any other address they are offered anyway, so that both ends on one
    /// machine without a network still meet.
    pub loopback: bool,
    /// Silence on the path for so long is told as `Lost`.
    pub lost_after: Duration,
    /// What the path is thought to carry before anything is known of it, in bits a second.
    pub first_rate: u32,
    /// How long the other end may take to prove who it is, once a path is found, before the transport gives up.
    pub handshake_within: Duration,
}

impl Default for TransportConfig {
    fn default() -> Self {
        Self {
            layout: Layout::Pair,
            has_layers: false,
            stun: Vec::new(),
            loopback: false,
            // Consent checks go out every second: two of them lost are bad luck, the third is a dead path.
            lost_after: Duration::from_millis(2500),
            // A small picture at once; whether there is more the first trains of packets tell within half a second.
            first_rate: 600_000,
            // Lost flights are repeated many times within this, whatever the round trip; then the other end is not there.
            handshake_within: Duration::from_secs(8),
        }
    }
}
