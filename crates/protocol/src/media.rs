//! What two devices tell each other, through the server, to connect their media.

use serde::{Deserialize, Serialize};

use crate::Signature;

/// Which half of an SDP exchange a description is (RFC 3264).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum DescriptionKind {
    /// Made by the device that called, or that restarts ICE.
    Offer,
    /// The reply to an offer.
    Answer,
}

/// A session description.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Description {
    /// Offer or answer.
    pub kind: DescriptionKind,
    /// SDP text (RFC 8866).
    pub sdp: String,
    /// The device's signature of [`crate::identity::description_text`].
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub signature: Option<Signature>,
}

/// An ICE candidate (RFC 8839), as `RTCIceCandidateInit` has it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Candidate {
    /// The `candidate:` attribute's value.
    pub candidate: String,
    /// The media section that it belongs to, by `mid`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_mid: Option<String>,
    /// The same by position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub sdp_m_line_index: Option<u16>,
}

/// One message between the media transports of a call's two devices. The server passes it on only between devices that are
/// joined in the call, and holds the caller's until an accept commits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum MediaSignal {
    /// An offer or an answer.
    Description(Description),
    /// One more candidate for the latest description.
    Candidate(Candidate),
    /// No more candidates will follow for the latest description.
    EndOfCandidates,
}
