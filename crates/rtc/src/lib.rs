//! Carries a call's tracks between two devices: [`Transport`], [`SendingTrack`] and [`ReceivingTrack`].
//!
//! The crate knows ICE, DTLS, SRTP and RTP, and hides which library does them. It knows no call, no signalling and no codec:
//! descriptions and candidates are texts that the caller of this crate carries, and frames are bytes that it encodes.
//!
//! What always holds:
//!
//! * nothing is sent before [`TransportEvent::Connected`], and nothing at all after [`Transport::close`];
//! * the other end is who its description says: a certificate that does not match the fingerprint ends in
//!   [`TransportEvent::Failed`], never in media;
//! * a session has its slots from the first description on, and a track has one SSRC for life, sequence numbers without gaps of our own
//!   making, timestamps on the true sample clock;
//! * every queue is bounded. A slow reader of a track loses frames of that track, and of no other, and never an event.
//!
//! Not here: the jitter buffer (`carillon-media`), and who may talk to whom (`carillon-call`).

mod config;
pub mod congestion;
mod connection;
mod datagram;
mod description;
mod error;
mod event;
mod flow;
mod interceptor;
mod interfaces;
mod layer;
mod layout;
mod pacing;
mod packetizer;
mod payload_types;
mod picture;
mod plain_socket;
mod receiving;
mod redundancy;
mod remote_candidates;
mod repeating_socket;
mod repeats;
mod reporter;
mod reports;
mod runtime;
mod sending;
mod stats;
mod track;
mod transport;
mod tunnel;
mod watch;

pub use config::TransportConfig;
pub use error::TransportError;
pub use event::{Candidate, Description, DescriptionKind, TransportEvent};
pub use layer::Layer;
pub use layout::{Layout, Pools};
pub use receiving::ReceivingTrack;
pub use sending::SendingTrack;
pub use stats::{CandidateKind, Path, TrackStats, TransportStats, Wire};
pub use track::{End, Frame, Loudness, ReceivedFrame, Source, TrackId};
pub use transport::Transport;
