//! The bells: ringing, ringback and the test sound, all made of numbers.

use crate::devices::Speaker;
use crate::error::MediaError;

/// What can be rung.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bell {
    /// Somebody calls: loops until dropped.
    Ring,
    /// The other side is ringing: loops until dropped.
    Ringback,
    /// The sound test: plays once.
    Test,
    /// The call is over: plays once.
    End,
}

/// Plays a bell until it is dropped.
pub struct BellPlayer {}

impl BellPlayer {
    /// Starts to play.
    ///
    /// # Errors
    /// Why the speaker cannot be opened.
    pub fn start(_bell: Bell, _speaker: &Speaker) -> Result<Self, MediaError> {
        Ok(Self {})
    }
}
