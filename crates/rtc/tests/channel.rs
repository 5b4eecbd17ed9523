//! A device in a channel: one connection to a server that passes on what it gets.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;
#[path = "common/forwarder.rs"]
mod forwarder;

use std::time::{Duration, Instant};

use bytes::Bytes;
use carillon_rtc::{
    Description, DescriptionKind, Frame, Layer, Layout, Loudness, Pools, ReceivedFrame, ReceivingTrack, Source,
    TrackId, Transport, TransportConfig, TransportError, TransportEvent,
};
use common::{PATIENCE, frame};
use forwarder::Forwarder;
use tokio::sync::mpsc;
use tokio::time::timeout;

const MICROPHONE: u8 = 0;

#[tokio::test]
async fn what_each_sends_is_received_by_the_other_in_the_slot_that_the_server_chose() {
    let mut server = Forwarder::start().await;
    let (alice, bob) = (Device::admitted(&mut server).await, Device::admitted(&mut server).await);
    server.route((alice.number, MICROPHONE), (bob.number, 0));
    server.route((bob.number, MICROPHONE), (alice.number, 3));

    let (mut at_bob, mut at_alice) = (bob.hears_in(0), alice.hears_in(3));
    let (from_alice, from_bob) = tokio::join!(bob.next_of(&alice, &mut at_bob), alice.next_of(&bob, &mut at_alice));

    assert_eq!(from_alice.payload.len(), 4);
    assert_eq!(from_bob.payload.len(), 4);
    assert_eq!(at_bob.id(), TrackId::received_in(Source::Microphone, 0));
    assert_eq!(at_alice.id(), TrackId::received_in(Source::Microphone, 3));
}

#[tokio::test]
async fn the_server_is_told_how_loud_a_device_is() {
    let mut server = Forwarder::start().await;
    let (alice, bob) = (Device::admitted(&mut server).await, Device::admitted(&mut server).await);
    server.route((alice.number, MICROPHONE), (bob.number, 0));
    let mut at_bob = bob.hears_in(0);

    for (dbov, is_speech) in [(-23, true), (-127, false)] {
        let microphone = alice.transport.publish(Source::Microphone).unwrap();
        microphone.send_heard(frame(1), Instant::now(), Some(Loudness { dbov, is_speech })).await.unwrap();
        timeout(PATIENCE, at_bob.next()).await.unwrap().unwrap();
        assert_eq!(server.loudness(), Some((dbov, is_speech)));
    }
}

#[tokio::test]
async fn a_slot_goes_on_when_the_server_puts_another_into_it() {
    let mut server = Forwarder::start().await;
    let alice = Device::admitted(&mut server).await;
    let (bob, carol) = (Device::admitted(&mut server).await, Device::admitted(&mut server).await);
    let mut slot = alice.hears_in(0);
    server.route((bob.number, MICROPHONE), (alice.number, 0));
    let first = alice.next_of(&bob, &mut slot).await;

    bob.transport.close().await;
    server.route((carol.number, MICROPHONE), (alice.number, 0));
    let second = alice.next_of(&carol, &mut slot).await;

    assert!(second.sequence > first.sequence, "{} after {}", second.sequence, first.sequence);
}

#[tokio::test]
async fn a_camera_that_is_sent_in_several_sizes_is_told_apart_by_them() {
    let mut server = Forwarder::start().await;
    let alice = Device::admitted_with(&mut server, TransportConfig { has_layers: true, ..channel() }).await;
    let sizes = alice.transport.publish_all(Source::Camera);
    assert_eq!(sizes.iter().map(|track| track.id().layer).collect::<Vec<_>>(), Layer::ALL.map(Some));
    assert_eq!(alice.transport.publish_all(Source::Screen).len(), 1);

    for (at, track) in sizes.iter().enumerate() {
        track.send(Frame { payload: key_picture(), ticks: 0, skipped: 3_000 }).await.unwrap();
        timeout(PATIENCE, server.layers(at + 1)).await.unwrap();
    }

    assert_eq!(Vec::from_iter(server.layers(3).await), ["h", "l", "m"]);
    let stats = alice.transport.stats().await;
    assert!(sizes.iter().all(|track| stats.of(track.id()).frames == 1), "{:?}", stats.tracks);
}

#[tokio::test]
async fn the_offer_has_all_slots_and_lets_the_server_begin_the_handshake() {
    let (_, _, offer) = offering().await;

    assert_eq!(offer.matches("\r\nm=").count(), 27);
    assert_eq!(offer.matches("a=sendonly\r\n").count(), 4);
    assert_eq!(offer.matches("a=recvonly\r\n").count(), 23);
    assert!(!offer.contains("a=setup:actpass") && offer.contains("a=setup:passive"));
    assert!(offer.len() < 40 * 1024, "{} bytes", offer.len());
}

#[tokio::test]
async fn an_answer_that_the_server_has_no_right_to_give_changes_nothing() {
    let mut server = Forwarder::start().await;
    let (transport, mut events, offer) = offering().await;
    let (_, answer) = server.admit(offer).await;
    let refused = [
        answer.replacen("a=recvonly", "a=sendrecv", 1),
        answer.rsplit_once("m=audio").unwrap().0.to_owned(),
        answer.replacen("opus/48000", "speex/48000", 1),
        answer.replace("sha-256", "sha-1"),
    ];
    for sdp in refused {
        let result = transport.set_remote(Description { kind: DescriptionKind::Answer, sdp }).await;
        assert!(matches!(result, Err(TransportError::BadDescription(_))), "{result:?}");
    }

    let offered = transport.set_remote(Description { kind: DescriptionKind::Offer, sdp: answer.clone() }).await;
    assert!(matches!(offered, Err(TransportError::WrongRole(_))), "{offered:?}");

    transport.set_remote(Description { kind: DescriptionKind::Answer, sdp: answer }).await.unwrap();
    until_connected(&mut events).await;
}

/// A device in the channel.
struct Device {
    transport: Transport,
    number: usize,
    _events: mpsc::Receiver<TransportEvent>,
}

impl Device {
    async fn admitted(server: &mut Forwarder) -> Self {
        Self::admitted_with(server, channel()).await
    }

    async fn admitted_with(server: &mut Forwarder, config: TransportConfig) -> Self {
        let (transport, mut events, offer) = offering_with(config).await;
        let (number, answer) = server.admit(offer).await;
        transport.set_remote(Description { kind: DescriptionKind::Answer, sdp: answer }).await.unwrap();
        until_connected(&mut events).await;
        Self { transport, number, _events: events }
    }

    fn hears_in(&self, slot: u8) -> ReceivingTrack {
        self.transport.receive_in(Source::Microphone, slot).unwrap()
    }

    /// The next frame in `slot` while `other` speaks.
    async fn next_of(&self, other: &Self, slot: &mut ReceivingTrack) -> ReceivedFrame {
        let microphone = other.transport.publish(Source::Microphone).unwrap();
        let speaking = async {
            let mut pace = tokio::time::interval(Duration::from_millis(20));
            for number in 0.. {
                pace.tick().await;
                microphone.send(frame(number)).await.unwrap();
            }
        };
        tokio::select! {
            received = timeout(PATIENCE, slot.next()) => received.unwrap().unwrap(),
            () = speaking => unreachable!("it speaks on"),
        }
    }
}

/// A transport, and its offer to a server.
async fn offering() -> (Transport, mpsc::Receiver<TransportEvent>, String) {
    offering_with(channel()).await
}

fn channel() -> TransportConfig {
    let layout = Layout::Channel(Pools { voices: 5, pictures: 16, screens: 1, screen_sounds: 1 });
    TransportConfig { layout, loopback: true, ..TransportConfig::default() }
}

async fn offering_with(config: TransportConfig) -> (Transport, mpsc::Receiver<TransportEvent>, String) {
    let (transport, mut events) = Transport::prepare(config).await.unwrap();
    transport.create_offer().await.unwrap();
    let event = timeout(PATIENCE, events.recv()).await.unwrap().unwrap();
    let TransportEvent::LocalDescription(offer) = event else { panic!("{event:?}") };
    (transport, events, offer.sdp)
}

/// Parameters of a sequence and of a picture, and a slice of a key frame.
fn key_picture() -> Bytes {
    Bytes::from_static(&[0, 0, 0, 1, 0x67, 1, 2, 0, 0, 0, 1, 0x68, 1, 2, 0, 0, 0, 1, 0x65, 1, 2])
}

async fn until_connected(events: &mut mpsc::Receiver<TransportEvent>) {
    let connected = async { while events.recv().await.unwrap() != TransportEvent::Connected {} };
    timeout(PATIENCE, connected).await.unwrap();
}
