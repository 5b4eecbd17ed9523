//! S13: who is not proven is not heard. And texts from strangers end in errors, not in panics.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::sync::Arc;
use std::time::Duration;

use carillon_rtc::{Candidate, Description, DescriptionKind, TransportConfig, TransportError, TransportEvent};
use common::{End, Local, frame};
use proptest::prelude::*;
use rtc::peer_connection::configuration::media_engine::MediaEngine;
use tokio::sync::mpsc;
use webrtc::peer_connection::{
    PeerConnection, PeerConnectionBuilder, PeerConnectionEventHandler, RTCPeerConnectionIceEvent,
    RTCSessionDescription, SettingEngineBuilder, SrtpProtectionProfile,
};

#[tokio::test]
async fn s13_a_wrong_fingerprint_of_the_dtls_client_fails_without_media() {
    // The answerer is the DTLS client: the offerer is shown a wrong certificate for it.
    let (mut alice, mut bob) = (impatient().await, impatient().await);
    alice.transport.create_offer().await.unwrap();
    alice.local().await.give_to(&bob.transport).await;
    forged(bob.local().await).give_to(&alice.transport).await;

    assert_fails_in_silence(&mut alice, &bob).await;
}

#[tokio::test]
async fn s13_a_wrong_fingerprint_of_the_dtls_server_fails_without_media() {
    let (mut alice, mut bob) = (impatient().await, impatient().await);
    alice.transport.create_offer().await.unwrap();
    forged(alice.local().await).give_to(&bob.transport).await;
    bob.local().await.give_to(&alice.transport).await;

    assert_fails_in_silence(&mut bob, &alice).await;
}

#[tokio::test]
async fn s13_a_description_without_a_fingerprint_is_refused() {
    let mut alice = End::on_loopback().await;
    alice.transport.create_offer().await.unwrap();
    let mut offer = alice.local().await.description.unwrap();
    offer.sdp = without(&offer.sdp, "a=fingerprint");

    let refused = End::on_loopback().await.transport.set_remote(offer).await;

    assert!(matches!(refused, Err(TransportError::BadDescription(_))), "{refused:?}");
}

#[tokio::test]
async fn s13_a_weak_srtp_profile_is_not_accepted() {
    let mut alice = impatient().await;
    alice.transport.create_offer().await.unwrap();
    let (weak, mut candidates) = weak_peer(SrtpProtectionProfile::Srtp_Aes128_Cm_Hmac_Sha1_32).await;
    let offer = alice.local().await.description.unwrap();
    weak.set_remote_description(RTCSessionDescription::offer(offer.sdp).unwrap()).await.unwrap();
    let answer = weak.create_answer(None).await.unwrap();
    weak.set_local_description(answer.clone()).await.unwrap();
    let description = Description { kind: DescriptionKind::Answer, sdp: answer.sdp };
    alice.transport.set_remote(description).await.unwrap();
    let candidate = candidates.recv().await.unwrap();
    alice.transport.add_candidate(candidate).await.unwrap();

    assert_eq!(first_path_event(&mut alice).await, Some(TransportEvent::Failed));
    alice.sending.send(frame(1)).await.ok();
    assert_eq!(alice.counted().await, (0, 0));
    weak.close().await.unwrap();
}

#[tokio::test]
async fn texts_from_strangers_end_in_typed_errors() {
    let mut alice = End::on_loopback().await;
    alice.transport.create_offer().await.unwrap();
    let good = alice.local().await.description.unwrap().sdp;
    let bob = End::on_loopback().await;

    let hostile = [
        String::new(),
        "\0".repeat(100),
        "v=0".to_owned(),
        good.replace("a=ice-ufrag:", "a=ice-ufrag:\0"),
        good.clone() + &"a=candidate:x\r\n".repeat(8000),
        good.replace("UDP/TLS/RTP/SAVPF 111", "UDP/TLS/RTP/SAVPF 99999999999"),
        without(&good, "a=ice-pwd"),
        without(&good, "m=audio"),
        "\u{1f514}".repeat(16 * 1024),
    ];
    for sdp in hostile {
        let head: String = sdp.chars().take(40).collect();
        let refused = bob.transport.set_remote(Description { kind: DescriptionKind::Offer, sdp }).await;
        assert!(matches!(refused, Err(TransportError::BadDescription(_))), "{head}: {refused:?}");
    }
    // And it can still be called.
    bob.transport.set_remote(Description { kind: DescriptionKind::Offer, sdp: good }).await.unwrap();
    for text in ["candidate:1 1 udp", "\0", "candidate:1 1 udp 1 999.1.1.1 99999 typ host", &"x".repeat(65_536)] {
        let refused = bob.transport.add_candidate(candidate(text)).await;
        assert!(refused.is_err(), "{text}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 48, ..ProptestConfig::default() })]

    #[test]
    fn mangled_descriptions_and_candidates_never_panic(
        cuts in prop::collection::vec((0usize..4000, 0usize..40, "\\PC{0,12}"), 1..6),
        text in "\\PC{0,200}",
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        runtime.block_on(async {
            let mut alice = End::on_loopback().await;
            alice.transport.create_offer().await.unwrap();
            let mut sdp: Vec<char> = alice.local().await.description.unwrap().sdp.chars().collect();
            for (at, length, put) in cuts {
                let from = at % sdp.len();
                let to = (from + length).min(sdp.len());
                sdp.splice(from..to, put.chars());
            }
            let bob = End::on_loopback().await;
            let offer = Description { kind: DescriptionKind::Offer, sdp: sdp.into_iter().collect() };
            let _ = bob.transport.set_remote(offer).await;
            let _ = bob.transport.add_candidate(candidate(&text)).await;
            let _ = bob.transport.add_candidate(candidate(&format!("candidate:1 1 udp {text} typ host"))).await;
            bob.transport.close().await;
            alice.transport.close().await;
        });
    }
}

/// Gives up on a handshake sooner than a real call does.
async fn impatient() -> End {
    let handshake_within = Duration::from_secs(3);
    End::prepare(TransportConfig { loopback: true, handshake_within, ..TransportConfig::default() }).await
}

/// The same with another certificate's fingerprint.
fn forged(mut local: Local) -> Local {
    let description = local.description.as_mut().unwrap();
    let lines = description.sdp.lines().map(|line| match line.strip_prefix("a=fingerprint:sha-256 ") {
        Some(_) => format!("a=fingerprint:sha-256 {}", ["AB"; 32].join(":")),
        None => line.to_owned(),
    });
    description.sdp = lines.collect::<Vec<_>>().join("\r\n") + "\r\n";
    local
}

/// `deceived` fails, closes, and neither end hears a packet.
async fn assert_fails_in_silence(deceived: &mut End, liar: &End) {
    let tracks = [deceived.sending.clone(), liar.sending.clone()];
    let speaking = tokio::spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_millis(20));
        for number in 0.. {
            clock.tick().await;
            for track in &tracks {
                let _ = track.send(frame(number)).await;
            }
        }
    });

    assert_eq!(first_path_event(deceived).await, Some(TransportEvent::Failed));

    speaking.abort();
    assert_eq!(liar.counted().await.1, 0);
    assert_eq!(deceived.counted().await, (0, 0));
    assert!(deceived.events.try_recv().is_err(), "nothing follows the failure");
}

async fn first_path_event(end: &mut End) -> Option<TransportEvent> {
    loop {
        let event = end.next().await;
        let is_signal = matches!(
            event,
            TransportEvent::LocalDescription(_) | TransportEvent::LocalCandidate(_) | TransportEvent::EndOfCandidates
        );
        if !is_signal {
            return Some(event);
        }
    }
}

fn without(sdp: &str, start: &str) -> String {
    let lines = sdp.lines().filter(|line| !line.starts_with(start));
    lines.collect::<Vec<_>>().join("\r\n") + "\r\n"
}

fn candidate(text: &str) -> Candidate {
    Candidate { candidate: text.to_owned(), sdp_mid: None, sdp_m_line_index: Some(0) }
}

struct Candidates(mpsc::Sender<Candidate>);

#[async_trait::async_trait]
impl PeerConnectionEventHandler for Candidates {
    async fn on_ice_candidate(&self, event: RTCPeerConnectionIceEvent) {
        let init = event.candidate.to_json().unwrap();
        self.0.try_send(candidate(&init.candidate)).unwrap();
    }
}

/// A peer that speaks `profile` only.
async fn weak_peer(profile: SrtpProtectionProfile) -> (impl PeerConnection, mpsc::Receiver<Candidate>) {
    let (tx, rx) = mpsc::channel(16);
    let mut media = MediaEngine::default();
    media.register_default_codecs().unwrap();
    let building = PeerConnectionBuilder::new()
        .with_media_engine(media)
        .with_setting_engine(SettingEngineBuilder::new().with_srtp_protection_profiles(vec![profile]).build())
        .with_handler(Arc::new(Candidates(tx)))
        .with_udp_addrs(vec!["127.0.0.1:0".to_owned()])
        .build();
    let peer = Box::pin(building).await.unwrap();
    (peer, rx)
}

#[tokio::test]
async fn s2_a_prepared_transport_speaks_to_nobody() {
    let mut end = End::prepare(TransportConfig::default()).await;

    end.sending.send(frame(1)).await.unwrap();

    assert_eq!(end.counted().await, (0, 0));
    assert!(end.events.try_recv().is_err(), "nothing to tell before somebody asks for an offer or brings one");
    end.transport.close().await;
}
