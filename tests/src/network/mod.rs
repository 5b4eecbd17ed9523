//! Bad networks, in one place: what they lose, delay, queue and reorder is drawn from a seed.
//!
//! [`Fate`] decides, without I/O and without a clock. [`Relay`] carries it out between two ends in this process, and [`door`] leads a
//! kit's media over it.

mod conditions;
mod door;
mod fate;
mod relay;
mod way;

pub use conditions::{Bottleneck, Conditions, Course, HELD_BACK, Loss};
pub use door::door;
pub use fate::{Fate, Passage};
pub use relay::{Relay, Side};
pub use way::{Carried, SOUND_BYTES, Way};
