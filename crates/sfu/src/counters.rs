//! What has been done, in numbers and without names.

/// Counts since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Counters {
    /// Datagrams that came, whatever they were.
    pub datagrams_in: u64,
    /// Their bytes.
    pub bytes_in: u64,
    /// Datagrams that left.
    pub datagrams_out: u64,
    /// Their bytes.
    pub bytes_out: u64,
    /// Datagrams of nobody: no address and no user fragment that is known.
    pub of_nobody: u64,
    /// Datagrams that are nothing that a participant sends.
    pub malformed: u64,
    /// Packets of media that participants sent.
    pub packets_in: u64,
    /// Packets of media that were passed on, once for each who got one.
    pub packets_forwarded: u64,
    /// Packets with no sound in them, which were not passed on.
    pub packets_silent: u64,
    /// Packets that were more or larger than a source may send.
    pub packets_excessive: u64,
    /// Key frames that sources were asked for.
    pub key_frame_requests: u64,
    /// Connections that have come about.
    pub connected: u64,
    /// Connections that were lost.
    pub lost: u64,
    /// Channels that ended by a panic.
    pub channels_failed: u64,
}
