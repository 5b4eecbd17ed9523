//! Pictures over two transports: whole and in order, made good after loss, asked for anew, and only where the other end takes them.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use bytes::Bytes;
use carillon_rtc::{Frame, ReceivingTrack, SendingTrack, Source, TransportEvent};
use common::relay::Relay;
use common::{End, Local, PATIENCE, frame};
use tokio::time::timeout;

/// Sequence parameters, picture parameters, and the slice of a key frame.
const KEY: [u8; 3] = [0x67, 0x68, 0x65];
const DELTA: [u8; 1] = [0x61];
/// Ticks of 33 ms.
const FRAME_TICKS: u32 = 3000;

#[tokio::test]
async fn pictures_come_whole_in_order_and_unchanged_beside_the_voice() {
    let (alice, mut bob) = common::connected().await;
    let (camera, mut seen) = camera(&alice, &bob);

    let film: Vec<Bytes> = (0..20).map(|number| picture(number, if number == 0 { &KEY } else { &DELTA })).collect();
    for payload in &film {
        camera.send(at_30_a_second(payload)).await.unwrap();
        alice.sending.send(frame(7)).await.unwrap();
    }

    let mut first = None;
    for (number, payload) in (0_u32..).zip(&film) {
        let picture = next(&mut seen).await;
        assert!(picture.payload == *payload, "picture {number}");
        let first = *first.get_or_insert(picture.timestamp);
        assert_eq!(picture.timestamp.wrapping_sub(first), number * FRAME_TICKS);
    }
    assert_eq!(bob.frame().await.payload, frame(7).payload);
    let stats = alice.transport.stats().await;
    assert_eq!(stats.of(camera.id()).frames, 20);
}

#[tokio::test]
async fn a_screen_and_its_sound_flow_beside_camera_and_voice_each_in_its_own_slot() {
    let (alice, mut bob) = common::connected().await;
    let (camera, mut seen) = camera(&alice, &bob);
    let (screen, mut shared) =
        (alice.transport.publish(Source::Screen).unwrap(), bob.transport.receive(Source::Screen).unwrap());
    let (sound, mut heard) =
        (alice.transport.publish(Source::ScreenSound).unwrap(), bob.transport.receive(Source::ScreenSound).unwrap());

    camera.send(at_30_a_second(&picture(1, &KEY))).await.unwrap();
    screen.send(at_30_a_second(&picture(2, &KEY))).await.unwrap();
    sound.send(frame(3)).await.unwrap();
    alice.sending.send(frame(4)).await.unwrap();

    assert!(next(&mut seen).await.payload == picture(1, &KEY));
    assert!(next(&mut shared).await.payload == picture(2, &KEY));
    assert_eq!(next(&mut heard).await.payload, frame(3).payload);
    assert_eq!(bob.frame().await.payload, frame(4).payload);
    camera.set_shut(true);
    camera.send(at_30_a_second(&picture(5, &KEY))).await.unwrap();
    screen.send(at_30_a_second(&picture(6, &KEY))).await.unwrap();
    assert!(next(&mut shared).await.payload == picture(6, &KEY), "a camera that is off shuts no screen");
    assert_eq!(bob.transport.stats().await.of(seen.id()).frames, 1);
}

#[tokio::test]
async fn what_is_lost_is_sent_again() {
    let relay = Relay::new(21);
    let (alice, bob) = connected_through(&relay).await;
    let (camera, mut seen) = camera(&alice, &bob);
    camera.send(at_30_a_second(&picture(0, &KEY))).await.unwrap();
    next(&mut seen).await;
    relay.path.set_loss_percent(5);
    relay.path.set_delay(Duration::from_millis(20));

    let sending = tokio::spawn(async move {
        // As fast as a path of which nothing is known yet takes them.
        let mut clock = tokio::time::interval(Duration::from_millis(33));
        for number in 1..200 {
            // On a machine that stands still for a moment one may come too late.
            let headers: &[u8] = tokio::select! {
                biased;
                () = camera.key_frame_requested() => &KEY,
                _ = clock.tick() => &DELTA,
            };
            camera.send(at_30_a_second(&picture(number, headers))).await.unwrap();
        }
        camera
    });
    let mut whole = 0;
    while let Ok(Some(_)) = timeout(Duration::from_secs(2), seen.next()).await {
        whole += 1;
    }

    // Of 199 pictures in four packets each some thirty-six would lack one, and none would be shown until a key frame came.
    assert!(whole > 180, "{whole} of 199");
    sending.await.unwrap();
}

#[tokio::test]
async fn what_the_path_carries_is_learnt_while_pictures_flow() {
    let (alice, bob) = common::connected().await;
    let (camera, mut seen) = camera(&alice, &bob);
    let mut available = alice.transport.available();
    let first = *available.borrow();
    let sending = tokio::spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_millis(33));
        for number in 0.. {
            clock.tick().await;
            camera.send(at_30_a_second(&picture(number, if number == 0 { &KEY } else { &DELTA }))).await.unwrap();
        }
    });
    let seeing = tokio::spawn(async move { while seen.next().await.is_some() {} });

    let learnt =
        timeout(PATIENCE, available.wait_for(|rate| *rate > 2 * first)).await.expect("in time").map(|rate| *rate);

    assert!(learnt.is_ok_and(|rate| rate <= 8_000_000), "{first} at first");
    assert_eq!(*bob.transport.available().borrow(), first, "who sends no pictures learns nothing");
    sending.abort();
    seeing.abort();
}

#[tokio::test]
async fn a_reader_that_needs_a_key_frame_asks_the_other_end_for_it() {
    let (alice, bob) = common::connected().await;
    let (camera, mut seen) = camera(&alice, &bob);
    camera.send(at_30_a_second(&picture(0, &KEY))).await.unwrap();
    next(&mut seen).await;

    seen.need_key_frame();
    let sending = tokio::spawn(async move {
        let mut clock = tokio::time::interval(Duration::from_millis(10));
        for number in 1.. {
            tokio::select! {
                biased;
                () = camera.key_frame_requested() => {
                    camera.send(at_30_a_second(&picture(number, &KEY))).await.unwrap();
                    return number;
                }
                _ = clock.tick() => camera.send(at_30_a_second(&picture(number, &DELTA))).await.unwrap(),
            }
        }
        0
    });

    let shown = next(&mut seen).await;
    let number = sending.await.unwrap();
    assert!(number > 1 && shown.payload == picture(number, &KEY), "the key frame {number} and nothing before it");
}

#[tokio::test]
async fn of_a_track_that_is_shut_not_one_packet_leaves_also_none_that_is_asked_for_again() {
    let relay = Relay::new(22);
    let (alice, bob) = connected_through(&relay).await;
    let (camera, mut seen) = camera(&alice, &bob);
    camera.send(at_30_a_second(&picture(0, &KEY))).await.unwrap();
    next(&mut seen).await;

    relay.path.set_dead(true); // what is sent now is missed, and will be asked for
    camera.send(at_30_a_second(&picture(1, &DELTA))).await.unwrap();
    tokio::time::sleep(Duration::from_millis(20)).await;
    relay.path.set_dead(false);
    camera.send(at_30_a_second(&picture(2, &DELTA))).await.unwrap();
    camera.set_shut(true);
    camera.send(at_30_a_second(&picture(3, &KEY))).await.unwrap();
    let missing = timeout(Duration::from_millis(600), seen.next()).await;
    assert!(missing.is_err(), "nothing is made good, and no key frame comes: {missing:?}");

    camera.set_shut(false);
    camera.send(at_30_a_second(&picture(4, &KEY))).await.unwrap();
    assert!(next(&mut seen).await.payload == picture(4, &KEY));
}

#[tokio::test]
async fn with_an_end_that_has_no_slot_for_a_camera_there_is_a_voice_and_not_one_picture() {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    bob.transport.create_offer().await.unwrap();
    let mut offer = bob.local().await;
    let description = offer.description.as_mut().unwrap();
    let camera_at = description.sdp.find("m=video").unwrap();
    description.sdp.truncate(camera_at);
    description.sdp = description.sdp.replace("a=group:BUNDLE 0 1 2 3\r\n", "a=group:BUNDLE 0\r\n");
    offer.give_to(&alice.transport).await;
    let answer = alice.local().await;
    assert_eq!(answer.description.as_ref().unwrap().sdp.matches("m=").count(), 1);
    declining_the_rest(answer).give_to(&bob.transport).await;
    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;

    for end in [&alice, &bob] {
        let camera = end.transport.publish(Source::Camera).unwrap();
        camera.send(at_30_a_second(&picture(0, &KEY))).await.unwrap();
        assert_eq!(end.transport.stats().await.of(camera.id()).frames, 0);
    }
    alice.sending.send(frame(7)).await.unwrap();
    assert_eq!(bob.frame().await.payload, frame(7).payload);
    bob.sending.send(frame(8)).await.unwrap();
    assert_eq!(alice.frame().await.payload, frame(8).payload);
}

/// What an end that knows more slots than the other one must hear of those behind the first.
fn declining_the_rest(mut answer: Local) -> Local {
    let description = answer.description.as_mut().unwrap();
    for (mid, kind) in (1..).zip(["video", "video", "audio"]) {
        let declined = format!("m={kind} 0 UDP/TLS/RTP/SAVPF 0\r\nc=IN IP4 0.0.0.0\r\na=mid:{mid}\r\n");
        description.sdp.push_str(&declined);
    }
    answer
}

async fn connected_through(relay: &Relay) -> (End, End) {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    alice.transport.create_offer().await.unwrap();
    relay.show(alice.local().await).await.give_to(&bob.transport).await;
    relay.show(bob.local().await).await.give_to(&alice.transport).await;
    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;
    (alice, bob)
}

fn camera(from: &End, to: &End) -> (SendingTrack, ReceivingTrack) {
    (from.transport.publish(Source::Camera).unwrap(), to.transport.receive(Source::Camera).unwrap())
}

async fn next(track: &mut ReceivingTrack) -> carillon_rtc::ReceivedFrame {
    timeout(PATIENCE, track.next()).await.expect("in time").expect("an open transport")
}

fn at_30_a_second(payload: &Bytes) -> Frame {
    Frame { payload: payload.clone(), ticks: 0, skipped: FRAME_TICKS }
}

/// NAL units with these headers, the last of which fills four packets.
fn picture(number: u32, headers: &[u8]) -> Bytes {
    let mut unit = Vec::new();
    for (at, header) in headers.iter().enumerate() {
        let length = if at + 1 == headers.len() { 4000 } else { 10 };
        unit.extend([0, 0, 0, 1, *header]);
        unit.extend((0..length).map(|byte| (byte + number) as u8 | 0x80));
    }
    unit.into()
}
