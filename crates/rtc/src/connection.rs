//! The library's peer connection, built the one way that we want it.

use std::sync::Arc;
use std::time::Duration;

use rtc::ice::mdns::MulticastDnsMode;
use rtc::interceptor::{NackGeneratorBuilder, NackResponderBuilder, TwccReceiverBuilder};
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_H264, MIME_TYPE_OPUS, MIME_TYPE_RTX};
use rtc::peer_connection::transport::RTCDtlsRole;
use rtc::rtp_transceiver::rtp_sender::{
    RTCPFeedback, RTCRtpCodec, RTCRtpCodecParameters, RTCRtpCodingParameters, RTCRtpEncodingParameters,
    RTCRtpHeaderExtensionCapability, RTCRtpRtxParameters, RtpCodecKind,
};
use rtc::rtp_transceiver::{RTCRtpTransceiverDirection, RTCRtpTransceiverInit};
use webrtc::error::Result;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    MediaEngine, PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCConfigurationBuilder,
    RTCIceServer, Registry, SettingEngine, SettingEngineBuilder, Slot, SrtpProtectionProfile, configure_rtcp_reports,
};

use crate::description::{LOUDNESS, TRANSPORT_WIDE};
use crate::interfaces::HostAddresses;
use crate::layout::{Section, Way};
use crate::pacing::Pacing;
use crate::picture::{self, LayerNames, RetransmittedPackets, ShutTracks};
use crate::reports::Reports;
use crate::runtime::{Waker, WakingRuntime};
use crate::track::Kind;
use crate::tunnel::Tunnels;
use crate::{Layer, Layout, Source, TransportConfig};

/// What our own offers call Opus, as every browser does.
const OPUS_PAYLOAD_TYPE: u8 = 111;

/// And redundant Opus.
const RED_PAYLOAD_TYPE: u8 = 63;

/// What our own offers call H.264, and its packets that are sent again.
const H264_PAYLOAD_TYPE: u8 = 102;
const RTX_PAYLOAD_TYPE: u8 = 103;

/// Constrained baseline, level 3.1 (RFC 7742 asks browsers for it), in fragments and aggregates (RFC 6184 §6.3).
const H264_FORMAT: &str = "level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f";

/// How often a packet that is missing is asked for, and how many times: then a key frame helps.
const NACK_INTERVAL: Duration = Duration::from_millis(50);
const MOST_NACKS: u16 = 10;

/// How often the other end is told which packets of its pictures have come, and when.
const FEEDBACK_INTERVAL: Duration = Duration::from_millis(50);

/// How often candidate pairs are checked while connecting, and how long a pair that answered may wait to be chosen. RFC 8445 §14.2
/// asks for 50 ms between any two checks; with the few pairs of a voice call, and only for the moments until one answers, this is
/// in its spirit. The library's own choice is 200 ms.
const CHECK_INTERVAL: Duration = Duration::from_millis(25);

/// A pair is tried for as long as joining a call may take, and a little longer.
const CHECKS_PER_PAIR: u16 = 480;

/// Also keeps NAT bindings open, and detects a dead path within `lost_after`.
const CONSENT_INTERVAL: Duration = Duration::from_secs(1);

/// The call machine gives a lost call 30 s. The library must not drop its candidates before.
const ICE_FAILS_AFTER: Duration = Duration::from_secs(60);

/// A connection, and what is sent over it: one track for each media section that sends, or one for each of its sizes. What these carry may change; that they are there
/// may not, for it takes another exchange of descriptions.
pub(crate) struct Connection {
    pub(crate) peer: Arc<dyn PeerConnection>,
    pub(crate) tracks: Vec<Vec<LocalTrack>>,
}

/// What the library takes packets by.
pub(crate) struct LocalTrack {
    pub(crate) source: Source,
    pub(crate) layer: Option<Layer>,
    pub(crate) ssrc: u32,
    pub(crate) track: Arc<TrackLocalStaticRTP>,
}

/// What sees all packets, or carries them.
pub(crate) struct Watched<'a> {
    pub(crate) tunnels: &'a Tunnels,
    pub(crate) reports: &'a Reports,
    pub(crate) shut: &'a ShutTracks,
    pub(crate) pacing: &'a Pacing,
    pub(crate) names: &'a LayerNames,
}

/// Opens sockets, makes the certificate, adds the tracks that this end may send.
pub(crate) async fn build(
    config: &TransportConfig,
    handler: Arc<dyn PeerConnectionEventHandler>,
    waker: Waker,
    watched: Watched<'_>,
) -> Result<Connection> {
    let Watched { tunnels, reports, shut, pacing, names } = watched;
    let mut media = MediaEngine::default();
    let extension = |uri: &str| RTCRtpHeaderExtensionCapability { uri: uri.to_owned() };
    media.register_codec(opus_parameters(), RtpCodecKind::Audio)?;
    if config.layout == Layout::Pair {
        // Behind Opus: an end that prefers it would send it on a good path too. A server passes on one frame for each packet.
        media.register_codec(red_parameters(), RtpCodecKind::Audio)?;
    } else {
        // By which the server chooses whom the others hear. Between two nobody needs it.
        media.register_header_extension(extension(LOUDNESS), RtpCodecKind::Audio, None)?;
    }
    media.register_codec(h264_parameters(), RtpCodecKind::Video)?;
    media.register_codec(rtx_parameters(), RtpCodecKind::Video)?;
    media.register_header_extension(extension(TRANSPORT_WIDE), RtpCodecKind::Video, None)?;
    if config.has_layers {
        for uri in picture::LAYER_EXTENSIONS {
            let sends = Some(RTCRtpTransceiverDirection::Sendonly);
            media.register_header_extension(extension(uri), RtpCodecKind::Video, sends)?;
        }
    }
    // Next to the wire: the library's own interceptors keep reports to themselves.
    let registry = configure_rtcp_reports(Registry::new())
        .with(Slot::from(500), reports.interceptor())
        .with(Slot::from(550), pacing.departures())
        // Below whatever makes packets: those that are sent again, and those that probe the path, have names too.
        .with(Slot::from(575), names.writer())
        .with(Slot::from(600), shut.gate())
        .with(Slot::Pacer, pacing.pacer(shut, reports.key_frame_requests()))
        .with(Slot::TwccReceiver, TwccReceiverBuilder::new().with_interval(FEEDBACK_INTERVAL).build())
        .with(Slot::NackResponder, NackResponderBuilder::new().build())
        .with(Slot::from(6_500), RetransmittedPackets::staged())
        .with(
            Slot::NackGenerator,
            NackGeneratorBuilder::new().with_interval(NACK_INTERVAL).with_max_nacks_per_packet(MOST_NACKS).build(),
        );
    let servers = config.stun.iter().map(|url| RTCIceServer { urls: vec![url.clone()], ..Default::default() });

    let building = PeerConnectionBuilder::new()
        .with_configuration(RTCConfigurationBuilder::new().with_ice_servers(servers.collect()).build())
        .with_media_engine(media)
        .with_interceptor_registry(registry)
        .with_setting_engine(settings(config))
        .with_runtime(Arc::new(WakingRuntime::new(waker, tunnels.clone())))
        .with_handler(handler)
        .with_udp_addrs(vec![HostAddresses { loopback: config.loopback }])
        .build();
    // Twenty kilobytes of future, which every caller would carry.
    let peer: Arc<dyn PeerConnection> = Arc::new(Box::pin(building).await?);
    let mut tracks = Vec::new();
    for section in config.layout.sections() {
        let layers: &[_] = match section.source {
            Source::Camera if config.has_layers => &Layer::ALL.map(Some),
            Source::Microphone | Source::Camera | Source::Screen | Source::ScreenSound => &[None],
        };
        tracks.push(add(peer.as_ref(), section, layers).await?);
    }
    let streams = tracks.iter().flatten().filter_map(|local: &LocalTrack| Some((local.ssrc, local.layer?)));
    names.note_streams(streams);
    Ok(Connection { peer, tracks })
}

/// Adds a media section, and the track that it sends, if it does: one stream for each of its sizes.
async fn add(peer: &dyn PeerConnection, section: Section, layers: &[Option<Layer>]) -> Result<Vec<LocalTrack>> {
    let Section { source, way } = section;
    let direction = match way {
        Way::Both => RTCRtpTransceiverDirection::Sendrecv,
        Way::Out => RTCRtpTransceiverDirection::Sendonly,
        Way::In(_) => RTCRtpTransceiverDirection::Recvonly,
    };
    let init = RTCRtpTransceiverInit { direction, ..RTCRtpTransceiverInit::default() };
    if !section.sends() {
        peer.add_transceiver_from_kind(codec_kind(source), Some(init)).await?;
        return Ok(Vec::new());
    }
    let streams: Vec<(Option<Layer>, u32)> = layers.iter().map(|layer| (*layer, rand::random())).collect();
    let track = Arc::new(local_track(source, &streams));
    peer.add_transceiver_from_track(Arc::clone(&track) as Arc<dyn TrackLocal>, Some(init)).await?;
    let local = |(layer, ssrc)| LocalTrack { source, layer, ssrc, track: Arc::clone(&track) };
    Ok(streams.into_iter().map(local).collect())
}

fn codec_kind(source: Source) -> RtpCodecKind {
    match source.kind() {
        Kind::Sound => RtpCodecKind::Audio,
        Kind::Picture => RtpCodecKind::Video,
    }
}

fn settings(config: &TransportConfig) -> SettingEngine {
    SettingEngineBuilder::new()
        .with_ice_timeouts(Some(config.lost_after), Some(ICE_FAILS_AFTER), Some(CONSENT_INTERVAL))
        .with_ice_connection_attempts(Some(CHECK_INTERVAL), Some(CHECKS_PER_PAIR))
        .with_host_acceptance_min_wait(Some(Duration::ZERO))
        .with_prflx_acceptance_min_wait(Some(Duration::ZERO))
        .with_srflx_acceptance_min_wait(Some(Duration::from_millis(100)))
        // With browsers; see `Transport::take_offer`.
        .with_answering_dtls_role(RTCDtlsRole::Server)
        // The only one that is offered. HMAC-SHA1 costs several times as much, its 32-bit tags could be forged, and a choice
        // would be the DTLS server's: browsers then take AES-256, for more work and nothing else.
        .with_srtp_protection_profiles(vec![SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm])
        // It would need the multicast port, which a machine without a network or with a strict firewall does not give.
        .with_multicast_dns_mode(MulticastDnsMode::Disabled)
        .with_include_loopback_candidate(true)
        // A restart opens new sockets on the interfaces of that moment.
        .with_discard_local_candidates_during_ice_restart(true)
        .build()
}

fn local_track(source: Source, streams: &[(Option<Layer>, u32)]) -> TrackLocalStaticRTP {
    let (kind, codec) = match source.kind() {
        Kind::Sound => (RtpCodecKind::Audio, opus_parameters()),
        Kind::Picture => (RtpCodecKind::Video, h264_parameters()),
    };
    let encoding = |(layer, ssrc): &(Option<Layer>, u32)| {
        let again = || RTCRtpRtxParameters { ssrc: rand::random() };
        let rtp_coding_parameters = RTCRtpCodingParameters {
            rid: layer.map(|layer| layer.rid().to_owned()).unwrap_or_default(),
            ssrc: Some(*ssrc),
            rtx: (source.kind() == Kind::Picture).then(again),
            ..Default::default()
        };
        RTCRtpEncodingParameters { rtp_coding_parameters, codec: codec.rtp_codec.clone(), ..Default::default() }
    };
    // The first is what a description likes best (RFC 8853 §5.2).
    let encodings = streams.iter().rev().map(encoding).collect();
    let name = format!("{source:?}").to_lowercase();
    // What belongs together is shown and heard at the same time.
    let together = if source.is_of_screen() { "shared" } else { "call" };
    TrackLocalStaticRTP::new(MediaStreamTrack::new(together.to_owned(), name.clone(), name, kind, encodings))
}

fn red_parameters() -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: "audio/red".to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: format!("{OPUS_PAYLOAD_TYPE}/{OPUS_PAYLOAD_TYPE}"),
            rtcp_feedback: Vec::new(),
        },
        payload_type: RED_PAYLOAD_TYPE,
    }
}

fn opus_parameters() -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_OPUS.to_owned(),
            clock_rate: 48_000,
            channels: 2,
            sdp_fmtp_line: "minptime=10;useinbandfec=1;usedtx=1".to_owned(),
            rtcp_feedback: Vec::new(),
        },
        payload_type: OPUS_PAYLOAD_TYPE,
    }
}

fn h264_parameters() -> RTCRtpCodecParameters {
    let feedback = |kind: &str, parameter: &str| RTCPFeedback { typ: kind.to_owned(), parameter: parameter.to_owned() };
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_H264.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: H264_FORMAT.to_owned(),
            rtcp_feedback: vec![
                feedback("nack", ""),
                feedback("nack", "pli"),
                feedback("ccm", "fir"),
                feedback("transport-cc", ""),
            ],
        },
        payload_type: H264_PAYLOAD_TYPE,
    }
}

fn rtx_parameters() -> RTCRtpCodecParameters {
    RTCRtpCodecParameters {
        rtp_codec: RTCRtpCodec {
            mime_type: MIME_TYPE_RTX.to_owned(),
            clock_rate: 90_000,
            channels: 0,
            sdp_fmtp_line: format!("apt={H264_PAYLOAD_TYPE}"),
            rtcp_feedback: Vec::new(),
        },
        payload_type: RTX_PAYLOAD_TYPE,
    }
}
