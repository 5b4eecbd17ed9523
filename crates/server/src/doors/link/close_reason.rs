//! How a device hears why the server ends its link.

use axum::extract::ws::CloseFrame;
use carillon_call::session::server::Fault;
use carillon_protocol::close;

use crate::bus::CloseReason;

impl From<Fault> for CloseReason {
    fn from(fault: Fault) -> Self {
        match fault {
            Fault::Silent => Self::Silent,
            Fault::Malformed => Self::Malformed,
            Fault::SlowReader => Self::SlowReader,
        }
    }
}

impl CloseReason {
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
