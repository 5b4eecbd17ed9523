//! The same things as the protocol, the transport and the voice have them. Frames are not among them: see `frames`.

use carillon_media::VoiceConfig;
use carillon_protocol::{Candidate, Description, DescriptionKind, MediaSignal};

use super::MediaOptions;

pub(super) fn description_out(description: carillon_rtc::Description) -> MediaSignal {
    let kind = match description.kind {
        carillon_rtc::DescriptionKind::Offer => DescriptionKind::Offer,
        carillon_rtc::DescriptionKind::Answer => DescriptionKind::Answer,
    };
    MediaSignal::Description(Description { kind, sdp: description.sdp, signature: None })
}

pub(super) fn description_in(description: Description) -> carillon_rtc::Description {
    let kind = match description.kind {
        DescriptionKind::Offer => carillon_rtc::DescriptionKind::Offer,
        DescriptionKind::Answer => carillon_rtc::DescriptionKind::Answer,
    };
    carillon_rtc::Description { kind, sdp: description.sdp }
}

pub(super) fn candidate_out(candidate: carillon_rtc::Candidate) -> MediaSignal {
    let carillon_rtc::Candidate { candidate, sdp_mid, sdp_m_line_index } = candidate;
    MediaSignal::Candidate(Candidate { candidate, sdp_mid, sdp_m_line_index })
}

pub(super) fn candidate_in(candidate: Candidate) -> carillon_rtc::Candidate {
    let Candidate { candidate, sdp_mid, sdp_m_line_index } = candidate;
    carillon_rtc::Candidate { candidate, sdp_mid, sdp_m_line_index }
}

/// An empty candidate says that no more follow (RFC 8838 §13).
pub(super) fn end_of_candidates() -> carillon_rtc::Candidate {
    carillon_rtc::Candidate { candidate: String::new(), sdp_mid: None, sdp_m_line_index: None }
}

pub(super) fn voice(options: MediaOptions) -> VoiceConfig {
    let MediaOptions {
        microphone,
        speaker,
        processing,
        camera: _,
        picture_recording: _,
        screen_recording: _,
        screen_sound: _,
        muted_above: _,
    } = options;
    VoiceConfig { microphone, speaker, processing }
}
