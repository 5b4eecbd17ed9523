//! The codes with which the server closes a link, so that a device knows whether to come back.

/// The server stops. Come back soon.
pub const SERVER_STOPS: u16 = 1001;
/// A frame was larger than [`crate::MAX_FRAME_BYTES`].
pub const FRAME_TOO_LARGE: u16 = 1009;
/// The server failed. Come back later.
pub const FAILED: u16 = 1011;
/// A frame was not JSON, not text, or not the `Hello` that comes first.
pub const MALFORMED: u16 = 4400;
/// The token is void. Sign in again.
pub const SIGNED_OUT: u16 = 4401;
/// Nothing was heard for too long.
pub const SILENT: u16 = 4408;
/// This device opened another link, and coming back would only take it away again.
pub const REPLACED: u16 = 4409;
/// Signals were not read in time. Come back: the server will say how things are.
pub const SLOW_READER: u16 = 4413;
/// Too many frames that the server does not understand, or that end nothing. Come back later.
pub const TOO_MUCH: u16 = 4429;
