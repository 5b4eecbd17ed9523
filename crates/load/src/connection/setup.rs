//! What a connection is made of: codecs, extensions, and the sections that it offers.

use std::{
    net::SocketAddr,
    time::{Duration, Instant},
};

use str0m::{
    Candidate, Rtc,
    change::SdpPendingOffer,
    media::{Direction, MediaKind, Simulcast, SimulcastLayer},
    rtp::Extension,
};

use crate::{media::Source, plan::Video};

/// As our own clients call H.264 of constrained baseline, level 3.1, and its packets that are sent again.
const H264_PAYLOAD_TYPE: u8 = 102;
const RTX_PAYLOAD_TYPE: u8 = 103;
const H264_PROFILE: u32 = 0x42_e0_1f;

/// What is sent in a section.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Sending {
    Sound,
    Camera(Video),
    /// Nothing yet; the section is there.
    Silence(MediaKind),
}

/// The sections of an offer, in their order: those that send, then those that receive.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Sections {
    pub(crate) own: Vec<Sending>,
    pub(crate) receiving: Vec<MediaKind>,
    /// When the sources begin after the connection: they do not all send in the same moment.
    pub(crate) phase: Duration,
}

/// A connection that has nothing yet. One that does not decrypt could not say what arrives, so it does not promise to.
pub(super) fn rtc(address: SocketAddr, says_what_arrives: bool, now: Instant) -> Rtc {
    let mut config = Rtc::builder()
        .set_rtp_mode(true)
        .clear_codecs()
        .enable_opus(true, false)
        .clear_extension_map()
        .set_extension(1, Extension::AudioLevel)
        .set_extension(2, Extension::RtpMid)
        .set_extension(4, Extension::RtpStreamId)
        .set_extension(5, Extension::RepairedRtpStreamId);
    if says_what_arrives {
        config = config.set_extension(3, Extension::TransportSequenceNumber);
    }
    config.codec_config().add_h264(H264_PAYLOAD_TYPE.into(), Some(RTX_PAYLOAD_TYPE.into()), true, H264_PROFILE);
    let mut rtc = config.build(now);
    if let Ok(candidate) = Candidate::host(address, "udp") {
        rtc.add_local_candidate(candidate);
    }
    rtc
}

/// Offers sections; with what each that sends has for its source.
pub(super) fn offer(
    rtc: &mut Rtc,
    sections: &Sections,
    now: Instant,
) -> Option<(String, SdpPendingOffer, Vec<Source>)> {
    let first_at = now + sections.phase;
    let mut api = rtc.sdp_api();
    let mut sources = Vec::new();
    for own in &sections.own {
        let mut add = |kind, sizes| api.add_media(kind, Direction::SendOnly, None, None, sizes);
        match own {
            Sending::Sound => sources.push(Source::sound(add(MediaKind::Audio, None), first_at)),
            Sending::Camera(video) => {
                let mid = add(MediaKind::Video, video.is_in_sizes.then(three_sizes));
                sources.extend(Source::camera(*video, mid, first_at));
            }
            Sending::Silence(kind) => {
                add(*kind, None);
            }
        }
    }
    for kind in &sections.receiving {
        api.add_media(*kind, Direction::RecvOnly, None, None, None);
    }
    let (offer, pending) = api.apply()?;
    Some((offer.to_sdp_string(), pending, sources))
}

fn three_sizes() -> Simulcast {
    let mut sizes = Simulcast::new();
    ["h", "m", "l"].into_iter().for_each(|rid| sizes.add_send_layer(SimulcastLayer::new(rid)));
    sizes
}
