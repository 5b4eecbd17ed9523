//! Bad networks, in one place: what they lose, delay, queue and reorder is drawn from a seed.
//!
//! [`Fate`] decides, without I/O and without a clock.

mod conditions;
mod fate;

pub use conditions::{Bottleneck, Conditions, Course, HELD_BACK, Loss};
pub use fate::{Fate, Passage};
