//! How a link came to its end.

use carillon_call::session::device::Fault;
use carillon_protocol::close;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;

use super::LinkState;

/// How a link came to its end.
#[derive(Debug, PartialEq)]
pub(super) enum Ended {
    /// It was wanted.
    Closed,
    /// Go on, with a new session.
    Renew,
    /// Lost after it had been good.
    Lost,
    /// It never was good.
    Failed,
    /// The server does not accept the token any more.
    SignedOut,
    /// The same device opened another link; coming back would only take that one away.
    Replaced,
}

impl Ended {
    /// What the server means by closing a link.
    pub(super) fn by(frame: Option<&CloseFrame>) -> Self {
        match frame.map(|frame| u16::from(frame.code)) {
            Some(close::SIGNED_OUT) => Self::SignedOut,
            Some(close::REPLACED) => Self::Replaced,
            _ => Self::Failed,
        }
    }

    /// What follows from what the device's end of the link found.
    pub(super) fn because(fault: Fault) -> Self {
        match fault {
            Fault::BeginAnew => return Self::Renew,
            Fault::Silent => tracing::info!("the link is silent"),
            Fault::StoodStill => tracing::info!("this program stood still; connecting anew"),
            Fault::Gap => tracing::warn!("signals are missing; the session begins anew"),
            Fault::SignalLost => tracing::warn!("the call machine does not keep up; the session begins anew"),
        }
        Self::Failed
    }

    /// What the link is from then on, where trying again is of no use.
    pub(super) const fn for_good(&self) -> Option<LinkState> {
        match self {
            Self::SignedOut => Some(LinkState::SignedOut),
            Self::Replaced => Some(LinkState::Replaced),
            Self::Closed | Self::Renew | Self::Lost | Self::Failed => None,
        }
    }
}
