//! What two devices tell each other, through the server, to connect their media.

use std::ops::Range;

use serde::{Deserialize, Serialize};

use crate::{DeviceId, PublishedSource, Signature, UserId};

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

/// Where a device receives what of a call whose media go through the server: the media sections of its offer after its four own, in this order. What is in each is
/// said by [`MediaSlot`], and changes without another offer.
pub const RECEIVING_SLOTS: [(PublishedSource, u8); 4] = [
    (PublishedSource::Microphone, 5),
    (PublishedSource::Camera, 16),
    (PublishedSource::Screen, 1),
    (PublishedSource::ScreenSound, 1),
];

/// What is in one of a device's receiving slots.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct MediaSlot {
    /// Which slot: 0 is the first of the first kind in [`RECEIVING_SLOTS`].
    pub slot: u8,
    /// Whose it is that is received there.
    pub user: UserId,
    /// By which of their devices.
    pub device: DeviceId,
    /// From which of its sources.
    pub source: PublishedSource,
}

/// A picture that a device wants to receive.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct WantedPicture {
    /// In which slot, as in [`MediaSlot`].
    pub slot: u8,
    /// Whose.
    pub user: UserId,
    /// How many lines of it are shown: what has many more is not sent.
    pub height: u16,
}

/// The slots for a source.
pub fn slots_of(source: PublishedSource) -> Range<u8> {
    let before = RECEIVING_SLOTS.iter().take_while(|(kind, _)| *kind != source);
    let first = before.map(|(_, slots)| slots).sum();
    let slots = RECEIVING_SLOTS.iter().find(|(kind, _)| *kind == source).map_or(0, |(_, slots)| *slots);
    first..first + slots
}

/// What may be received in a slot; `None` if there is no such slot.
pub const fn source_of_slot(slot: u8) -> Option<PublishedSource> {
    let (mut kind, mut left) = (0, slot);
    while kind < RECEIVING_SLOTS.len() {
        let (source, count) = RECEIVING_SLOTS[kind];
        if left < count {
            return Some(source);
        }
        left -= count;
        kind += 1;
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn slots_are_numbered_kind_after_kind() {
        let sources = [0, 4, 5, 20, 21, 22, 23, 255].map(source_of_slot);

        let (voice, camera) = (Some(PublishedSource::Microphone), Some(PublishedSource::Camera));
        let (screen, sound) = (Some(PublishedSource::Screen), Some(PublishedSource::ScreenSound));
        assert_eq!(sources, [voice, voice, camera, camera, screen, sound, None, None]);
        for (source, count) in RECEIVING_SLOTS {
            assert_eq!(slots_of(source).len(), usize::from(count));
            assert!(slots_of(source).all(|slot| source_of_slot(slot) == Some(source)));
        }
    }
}
