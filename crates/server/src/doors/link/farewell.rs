//! Why the server ends a link.

use axum::extract::ws::CloseFrame;
use carillon_protocol::close;

/// Each has its code on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Farewell {
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
    /// The device sends much that the server does not understand, or ends calls that are not there.
    TooMuch,
}

impl Farewell {
    pub(super) const fn code(self) -> u16 {
        match self {
            Self::ServerStops => close::SERVER_STOPS,
            Self::FrameTooLarge => close::FRAME_TOO_LARGE,
            Self::Failed => close::FAILED,
            Self::Malformed => close::MALFORMED,
            Self::SignedOut | Self::Unproven => close::SIGNED_OUT,
            Self::Silent => close::SILENT,
            Self::Replaced => close::REPLACED,
            Self::SlowReader => close::SLOW_READER,
            Self::TooMuch => close::TOO_MUCH,
        }
    }

    pub(super) fn frame(self) -> CloseFrame {
        let reason = match self {
            Self::ServerStops => "the server stops",
            Self::FrameTooLarge => "a frame may have at most 64 KiB",
            Self::Failed => "the server failed",
            Self::Malformed => "malformed frame",
            Self::SignedOut => "signed out",
            Self::Unproven => "not signed with this device's key",
            Self::Silent => "nothing was heard for too long",
            Self::Replaced => "this device opened another link",
            Self::SlowReader => "signals were not read in time",
            Self::TooMuch => "too many frames that make no sense here; try again later",
        };
        CloseFrame { code: self.code(), reason: reason.into() }
    }
}
