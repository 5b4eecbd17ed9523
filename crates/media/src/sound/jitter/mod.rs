//! The jitter buffer: packets go in as the network delivers them, 10 ms of sound come out whenever the speaker asks.
//!
//! [`buffer::JitterBuffer`] decides and knows no codec and no clock; [`delay::DelayEstimator`] learns how late packets
//! come; [`stretch`] makes speech a little shorter or longer; [`playback::Playback`] decodes what was decided.
//!
//! Everything is measured on one scale: the *delay* of a sample is how much later it is played than the fastest
//! packet could have brought it. The buffer steers that delay to a target and never counts packets.

mod buffer;
mod delay;
mod history;
mod packet;
mod playback;
mod position;
mod stats;
mod stretch;
mod unwrap;

#[cfg(test)]
mod scenarios;

pub use packet::ReceivedPacket;
pub(crate) use playback::Playback;
pub use stats::JitterStats;
