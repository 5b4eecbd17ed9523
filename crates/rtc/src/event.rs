//! What a transport tells, and what is carried between two of them.

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
}
