//! What participants send: packets that a forwarder takes for sound and pictures, and that say when they left.

pub(crate) mod payload;
mod source;

pub(crate) use source::{Kind, SOUND_PACKETS_PER_SECOND, Sent, Source, picture_packets_per_second};
