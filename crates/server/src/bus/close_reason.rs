//! Why the server ends a link.

/// Each has its code on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum CloseReason {
    /// The server stops; another will be there soon.
    ServerStops,
    /// A frame was larger than [`carillon_protocol::MAX_FRAME_BYTES`].
    FrameTooLarge,
    /// The server's own failure.
    Failed,
    /// A frame was not JSON, or not a text, or said hello at the wrong time.
    Malformed,
    /// The token is void.
    SignedOut,
    /// The device has a key, and did not sign with it.
    Unproven,
    /// Nothing was heard for too long.
    Silent,
    /// The device opened another link.
    Replaced,
    /// The device does not read what it is sent, or reads too slowly to ever catch up.
    SlowReader,
    /// The device sends too many frames that the server does not understand, or ends too many calls that are not there.
    TooMuch,
}
