//! Bad networks, in one place: what they lose, delay, queue and reorder is drawn from a seed.
//!
//! [`Fate`] decides, without I/O and without a clock. [`Relay`] carries it out between two ends in this process, [`door`] leads a
//! kit's media over it, and [`Network`] does the same between two network namespaces, which only root can make.

mod conditions;
mod door;
mod fate;
mod relay;
#[cfg(target_os = "linux")]
mod tun;
mod way;

pub use conditions::{Bottleneck, Conditions, Course, HELD_BACK, Loss};
pub use door::door;
pub use fate::{Fate, Passage};
pub use relay::{Relay, Side};
#[cfg(target_os = "linux")]
pub use tun::{HERE, NETWORK_THREAD, Namespaces, Network, OURS, THERE};
pub use way::{Carried, SOUND_BYTES, Way};
