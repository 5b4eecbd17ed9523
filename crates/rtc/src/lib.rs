//! Carries a call's voice packets between two devices: [`Transport`].
//!
//! The crate knows ICE, DTLS, SRTP and RTP, and hides which library does them. It knows no call, no signalling and no codec:
//! descriptions and candidates are texts that somebody else carries, and packets are bytes that somebody else encodes.
//!
//! What always holds:
//!
//! * nothing is sent before [`TransportEvent::Connected`], and nothing at all after [`Transport::close`];
//! * the other end is who its description says: a certificate that does not match the fingerprint ends in
//!   [`TransportEvent::Failed`], never in media;
//! * one SSRC for life, sequence numbers without gaps of our own making, timestamps on the true sample clock;
//! * every queue is bounded. A slow consumer loses voice packets, never an event.
//!
//! Not here: the jitter buffer (`carillon-media`), and who may talk to whom (`carillon-call`).

mod config;
mod connection;
mod datagram;
mod description;
mod error;
mod event;
mod interfaces;
mod packetizer;
mod redundancy;
mod remote_candidates;
mod repeating_socket;
mod repeats;
mod reporter;
mod reports;
mod runtime;
mod stats;
mod track;
mod transport;
mod watch;

pub use config::TransportConfig;
pub use error::TransportError;
pub use event::{AudioFrame, AudioPacket, Candidate, Description, DescriptionKind, TransportEvent};
pub use stats::TransportStats;
pub use transport::Transport;
