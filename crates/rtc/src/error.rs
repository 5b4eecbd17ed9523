//! What can go wrong in a transport.

use thiserror::Error;

/// Why a transport refused or could not.
#[derive(Debug, Error)]
pub enum TransportError {
    /// No socket could be opened, or the crypto back end is missing.
    #[error("media transport cannot start: {0}")]
    Start(String),
    /// The text does not describe a session of streams that we can speak.
    #[error("bad session description: {0}")]
    BadDescription(String),
    /// The text is not an ICE candidate.
    #[error("bad candidate: {0}")]
    BadCandidate(String),
    /// More candidates came than any honest device has.
    #[error("more than {limit} candidates")]
    TooManyCandidates {
        /// How many are accepted for one description.
        limit: usize,
    },
    /// An offerer was given an offer, or an answerer asked to make one.
    #[error("{0}")]
    WrongRole(&'static str),
    /// The transport is closed.
    #[error("media transport is closed")]
    Closed,
    /// The library underneath refused.
    #[error("media transport: {0}")]
    Stack(String),
}
