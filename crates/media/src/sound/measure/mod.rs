//! Proof that a voice was heard, and how late: test voices, the check on a recording, and chirps that time it.
//!
//! The voices are made to survive sound processing as shipped, and every side has a pitch of its own, so that a
//! recording tells whose voice it holds.

mod among;
mod chirp;
mod heard;
mod voice;

pub use among::voices_in;
pub use chirp::{CHIRP_EVERY, chirp, chirps, delays_ms, find_chirps};
pub use heard::{Heard, NotHeard, heard};
pub use voice::{Pitch, voice, write_voice};
