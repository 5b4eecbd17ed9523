//! Proof that a voice was heard and a picture seen, and how late.

pub use crate::picture::counter::{frame_number, frame_number_at};
pub use crate::sound::measure::*;
