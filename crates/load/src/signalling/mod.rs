//! How participants come into a call: the server's own way, behind one trait.

pub(crate) mod carillon;
pub(crate) mod janus;

use std::time::Duration;

use crate::{connection::ConnectionError, floor::Floor, plan::Plan};

/// For a server that is as busy as it can be.
const PATIENCE: Duration = Duration::from_secs(30);

/// What calls are filled for, and where their connections go.
#[derive(Clone, Copy)]
pub(crate) struct Setting<'a> {
    pub(crate) plan: &'a Plan,
    pub(crate) floor: &'a Floor,
}

/// A server.
pub(crate) trait Signalling: Sync {
    type Call: Call;

    /// Brings all who are in a call into it, with their connections.
    fn fill(&self, setting: Setting<'_>, channel: usize) -> impl Future<Output = Result<Self::Call, SignallingError>>;

    /// Takes back what is left of calls that were not filled to the end.
    fn end(&self) -> impl Future<Output = ()>;
}

/// A call that goes on.
pub(crate) trait Call {
    /// How many connections its participants have.
    fn connections(&self) -> usize;

    /// The last participant goes and comes back; how long it takes to its first packet is counted.
    fn go_and_return(&mut self, setting: Setting<'_>) -> impl Future<Output = Result<(), SignallingError>>;

    /// All leave.
    fn end(self) -> impl Future<Output = ()>;
}

/// Why somebody does not come into a call.
#[derive(Debug, thiserror::Error)]
pub(crate) enum SignallingError {
    #[error(transparent)]
    Http(#[from] reqwest::Error),
    #[error(transparent)]
    Socket(#[from] tokio_tungstenite::tungstenite::Error),
    #[error(transparent)]
    Json(#[from] serde_json::Error),
    #[error(transparent)]
    Name(#[from] carillon_protocol::IdError),
    #[error(transparent)]
    Connection(#[from] ConnectionError),
    #[error("no socket: {0}")]
    Machine(#[from] std::io::Error),
    #[error("{0} is refused: {1}")]
    Refused(&'static str, String),
    #[error("it does not answer: {0}")]
    Silent(&'static str),
    #[error("it says something else than is expected: {0}")]
    Unexpected(String),
}
