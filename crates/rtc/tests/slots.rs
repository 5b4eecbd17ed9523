//! Sessions from an end of another make, which may have more or fewer slots than ours.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use carillon_rtc::{Candidate, Description, DescriptionKind, Source, TransportEvent};
use common::End;
use rtc::media_stream::MediaStreamTrack;
use rtc::peer_connection::configuration::media_engine::{MIME_TYPE_OPUS, MediaEngine};
use rtc::rtp_transceiver::rtp_sender::{RTCRtpCodec, RTCRtpCodingParameters, RTCRtpEncodingParameters, RtpCodecKind};
use tokio::sync::mpsc;
use webrtc::media_stream::track_local::TrackLocal;
use webrtc::media_stream::track_local::static_rtp::TrackLocalStaticRTP;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCIceCandidateInit, RTCPeerConnectionIceEvent,
    RTCSessionDescription, SettingEngineBuilder, SrtpProtectionProfile,
};

const SSRC: u32 = 7;
const OPUS: u8 = 111;

#[tokio::test]
async fn an_offer_with_a_stream_for_each_slot_is_taken_and_its_sound_is_heard() {
    let mut end = End::on_loopback().await;
    let (other, microphone, mut candidates) = with_pictures().await;
    let offer = other.create_offer(None).await.unwrap();
    other.set_local_description(offer).await.unwrap();
    let sdp = other.local_description().await.unwrap().sdp;
    assert_eq!(sdp.matches("m=").count(), 4, "{sdp}");

    end.transport.set_remote(Description { kind: DescriptionKind::Offer, sdp }).await.unwrap();
    end.transport.add_candidate(candidates.recv().await.unwrap()).await.unwrap();
    let answer = end.local().await;
    let sdp = answer.description.unwrap().sdp;
    let used: Vec<bool> = sdp.split("m=").skip(1).map(|section| !section.contains("a=inactive")).collect();
    assert_eq!(used, [true; 4], "{sdp}");
    other.set_remote_description(RTCSessionDescription::answer(sdp).unwrap()).await.unwrap();
    for candidate in answer.candidates {
        let init =
            RTCIceCandidateInit { candidate: candidate.candidate, sdp_mline_index: Some(0), ..Default::default() };
        other.add_ice_candidate(init).await.unwrap();
    }
    end.until(&TransportEvent::Connected).await;

    let speaking = tokio::spawn(speak(microphone));
    assert_eq!(end.frame().await.payload, Bytes::from_static(b"opus"));
    speaking.abort();
    other.close().await.unwrap();
}

#[tokio::test]
async fn each_source_has_a_slot_and_each_track_has_one_reader() {
    let end = End::on_loopback().await;

    assert!(end.transport.receive(Source::Microphone).is_none(), "it is read already");
    assert_eq!(end.transport.publish(Source::Microphone).unwrap().id(), end.sending.id());
    for source in [Source::Camera, Source::Screen, Source::ScreenSound] {
        assert_eq!(end.transport.publish(source).unwrap().id().source, source);
        assert_eq!(end.transport.receive(source).unwrap().id().source, source);
        assert!(end.transport.receive(source).is_none(), "{source:?} is read already");
    }
}

#[tokio::test]
async fn a_track_that_nobody_reads_holds_up_no_event() {
    let (alice, mut bob) = common::connected().await;

    for number in 0..1000 {
        alice.sending.send(common::frame(number)).await.unwrap();
    }
    alice.transport.close().await;

    bob.until(&TransportEvent::Left).await;
    assert!(bob.frame_now().await.is_some(), "what it could keep is there");
}

async fn speak(microphone: Arc<TrackLocalStaticRTP>) {
    let mut clock = tokio::time::interval(Duration::from_millis(20));
    for number in 0_u16.. {
        clock.tick().await;
        let header = rtc::rtp::header::Header {
            version: 2,
            payload_type: OPUS,
            sequence_number: number,
            timestamp: u32::from(number) * 960,
            ssrc: SSRC,
            ..Default::default()
        };
        let _ = microphone.write_rtp(rtc::rtp::Packet { header, payload: Bytes::from_static(b"opus") }).await;
    }
}

struct Candidates(mpsc::Sender<Candidate>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Candidates {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        let candidate = event.candidate.to_json().unwrap().candidate;
        self.0.try_send(Candidate { candidate, sdp_mid: None, sdp_m_line_index: Some(0) }).unwrap();
    }
}

/// A device of tomorrow: microphone, camera, screen and its sound.
async fn with_pictures() -> (impl PeerConnection, Arc<TrackLocalStaticRTP>, mpsc::Receiver<Candidate>) {
    let (tx, candidates) = mpsc::channel(16);
    let mut media = MediaEngine::default();
    media.register_default_codecs().unwrap();
    let profile = SrtpProtectionProfile::Srtp_Aead_Aes_128_Gcm;
    let building = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_setting_engine(SettingEngineBuilder::new().with_srtp_protection_profiles(vec![profile]).build())
        .with_handler(Arc::new(Candidates(tx)))
        .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
        .build();
    let peer = Box::pin(building).await.unwrap();
    let microphone = Arc::new(microphone());
    peer.add_track(Arc::clone(&microphone) as Arc<dyn TrackLocal>).await.unwrap();
    for kind in [RtpCodecKind::Video, RtpCodecKind::Video, RtpCodecKind::Audio] {
        peer.add_transceiver_from_kind(kind, None).await.unwrap();
    }
    (peer, microphone, candidates)
}

fn microphone() -> TrackLocalStaticRTP {
    let codec = RTCRtpCodec {
        mime_type: MIME_TYPE_OPUS.to_owned(),
        clock_rate: 48_000,
        channels: 2,
        sdp_fmtp_line: "minptime=10;useinbandfec=1".to_owned(),
        rtcp_feedback: Vec::new(),
    };
    let coding = RTCRtpCodingParameters { ssrc: Some(SSRC), ..Default::default() };
    let encoding = RTCRtpEncodingParameters { rtp_coding_parameters: coding, codec, ..Default::default() };
    let name = || "microphone".to_owned();
    TrackLocalStaticRTP::new(MediaStreamTrack::new(
        "call".to_owned(),
        name(),
        name(),
        RtpCodecKind::Audio,
        vec![encoding],
    ))
}
