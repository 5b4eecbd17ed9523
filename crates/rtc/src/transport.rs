//! The seam: what a media transport is to the rest of the house.

use std::time::Instant;

use async_trait::async_trait;
use bytes::Bytes;

use crate::{TransportError, TransportStats};

/// Which half of an SDP exchange a description is (RFC 3264).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DescriptionKind {
    /// Made by the side that called, or that restarts ICE.
    Offer,
    /// The reply to an offer.
    Answer,
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Description {
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// SDP text (RFC 8866).
    pub sdp: String,
}

/// An ICE candidate (RFC 8839), as `RTCIceCandidateInit` has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The `candidate:` attribute's value. Empty means that no more candidates follow.
    pub candidate: String,
    /// The media section that it belongs to, by `mid`.
    pub sdp_mid: Option<String>,
    /// The same by position.
    pub sdp_m_line_index: Option<u16>,
}

/// One encoded voice packet as it came in, before any jitter buffer. What came only as a copy in a later packet is told like a packet
/// that was late.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioPacket {
    /// RTP sequence number.
    pub sequence: u16,
    /// RTP timestamp in ticks of 48 kHz.
    pub timestamp: u32,
    /// First packet of a talkspurt (RFC 3551 §4.1).
    pub marker: bool,
    /// One Opus packet (RFC 6716).
    pub payload: Bytes,
    /// When it was taken from the network.
    pub arrived_at: Instant,
}

/// One encoded voice frame to send.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct AudioFrame {
    /// One Opus packet (RFC 6716).
    pub payload: Bytes,
    /// How long this frame is, in ticks of 48 kHz: 960 for 20 ms.
    pub samples: u32,
    /// Ticks that passed unsent before this frame, in silence (DTX) or muted.
    pub skipped: u32,
}

/// What a transport tells its owner.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TransportEvent {
    /// To be carried to the other end, before the candidates that follow it.
    LocalDescription(Description),
    /// To be carried to the other end.
    LocalCandidate(Candidate),
    /// All candidates of the latest description are out.
    EndOfCandidates,
    /// Media can flow: for the first time, or again after `Lost`.
    Connected,
    /// Nothing has been heard for a while. The transport keeps trying; `Connected` may follow by itself or after a restart.
    Lost,
    /// The transport will not recover: the other end is not who its description says, or the path stayed silent for minutes.
    Failed,
    /// The other end has closed its transport, and says so (RTCP BYE, RFC 3550 §6.6). `Lost` follows if nothing else is done.
    Left,
    /// One voice packet came in.
    Audio(AudioPacket),
}

/// Carries one call's media to the other end.
///
/// The side that calls [`create_offer`](Self::create_offer) is the offerer for the transport's whole life; the other answers.
#[async_trait]
pub trait MediaTransport: Send + Sync {
    /// Makes the first offer. `LocalDescription` and the candidates follow as events. Again before the answer came: the same
    /// offer is told again.
    ///
    /// # Errors
    ///
    /// [`TransportError::WrongRole`] for a transport that has answered, [`TransportError::Closed`] after close.
    async fn create_offer(&self) -> Result<(), TransportError>;

    /// Takes the other end's description. An offer is answered at once: `LocalDescription` follows. An answer that nobody waits
    /// for any more is ignored.
    ///
    /// # Errors
    ///
    /// [`TransportError::BadDescription`] for a text that is not a session with one voice stream that we can speak,
    /// [`TransportError::WrongRole`] for an offer to the offerer.
    async fn set_remote(&self, description: Description) -> Result<(), TransportError>;

    /// Takes one of the other end's candidates. Before [`set_remote`](Self::set_remote) it is kept, within a bound.
    ///
    /// # Errors
    ///
    /// [`TransportError::BadCandidate`] for a text that is not a candidate, [`TransportError::TooManyCandidates`] beyond the bound.
    async fn add_candidate(&self, candidate: Candidate) -> Result<(), TransportError>;

    /// Looks for a new path (ICE restart): gathers on the interfaces of this moment and tells a new offer. Only the offerer can;
    /// so there is never glare.
    ///
    /// # Errors
    ///
    /// [`TransportError::WrongRole`] at the answerer and before the first answer.
    async fn restart(&self) -> Result<(), TransportError>;

    /// Sends one voice frame. Before `Connected` it is dropped: voice does not wait.
    ///
    /// # Errors
    ///
    /// [`TransportError::Closed`] after close.
    async fn send_audio(&self, frame: AudioFrame) -> Result<(), TransportError>;

    /// Lets each packet carry so many earlier frames beside its own from now on, at most two, and answers whether the other end reads
    /// such packets (RFC 2198). If not, nothing changes.
    async fn set_redundancy(&self, earlier_frames: usize) -> bool;

    /// How the connection is doing.
    async fn stats(&self) -> TransportStats;

    /// Ends it: the other end is told, sockets close, tasks end, the event channel drains and closes. Again is no error.
    async fn close(&self);
}
