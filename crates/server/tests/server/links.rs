//! The link itself: resuming, repeating, and what ends it.

use std::{net::SocketAddr, time::Duration};

use carillon_protocol::{
    Answer, ClientFrame, Done, Presence, Refusal, RefusalCode, Request, SessionId, Signal, SnapshotCall, close,
};
use futures_util::{SinkExt as _, StreamExt as _};
use tokio::{
    io::{AsyncReadExt as _, AsyncWriteExt as _},
    net::TcpStream,
};
use tokio_tungstenite::tungstenite::Message;
use uuid::Uuid;

use crate::support::{Device, House, accept, befriend, candidate, connect, invite, new_op};

#[tokio::test]
async fn a_link_that_breaks_goes_on_where_it_was() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.send(&ClientFrame::Ack { seq: bob.seq }).await;
    let session = bob.session;

    let (mut bob, ()) = tokio::join!(bob.relink(), async { drop(alice.does(Request::HangUp { call }).await) });

    assert_eq!((bob.session, bob.snapshot.clone()), (session, None), "the same session");
    assert!(matches!(bob.hears().await, Signal::Ended(ended) if ended.call == call));
}

#[tokio::test]
async fn signals_that_were_not_processed_come_again_after_a_reconnect() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.seq = 0;

    let mut bob = bob.relink().await;

    assert_eq!(bob.rings().await.call, call);
}

#[tokio::test]
async fn a_ring_that_is_over_comes_again_without_any_time_left() {
    let (house, mut alice, bob) = alice_and_bob().await;
    let (bobs, session) = (bob.signed_in.clone(), bob.session);
    drop(bob);
    let call = alice.invites("bob").await;
    house.server.advance_clock(Duration::from_secs(5));
    let bob = Device::link_with(&house.url(), bobs.clone(), Some((session, 0))).await.rings().await;
    assert!(bob.ring_left_ms > 20_000 && bob.ring_left_ms <= 25_000, "{}", bob.ring_left_ms);
    alice.does(Request::HangUp { call }).await;

    let mut bob = Device::link_with(&house.url(), bobs, Some((session, 0))).await;

    assert_eq!(bob.rings().await.ring_left_ms, 0);
    assert!(matches!(bob.hears().await, Signal::Ended(ended) if ended.call == call));
}

#[tokio::test]
async fn a_session_survives_a_restart_of_the_server() {
    let (house, mut alice, bob) = alice_and_bob().await;
    let call = alice.invites("bob").await;
    let (bobs, session) = (bob.signed_in.clone(), bob.session);
    drop(bob);

    let house = house.reopen().await;

    let mut bob = Device::link_with(&house.url(), bobs, Some((session, 0))).await;
    assert_eq!(bob.session, session);
    assert_eq!(bob.rings().await.call, call);
    assert!(matches!(bob.does(accept(call)).await, Done::Joined { .. }));
}

#[tokio::test]
async fn a_foreign_session_or_one_from_the_future_is_reset() {
    let (house, alice, bob) = alice_and_bob().await;
    let bobs = bob.signed_in.clone();
    for resume in [(alice.session, 0), (SessionId::new(Uuid::new_v4()), 0), (bob.session, 7)] {
        let again = Device::link_with(&house.url(), bobs.clone(), Some(resume)).await;
        assert!(again.snapshot.is_some(), "{resume:?}");
        assert_ne!(again.session, alice.session);
    }
}

#[tokio::test]
async fn a_device_that_is_away_for_too_long_starts_over_with_how_things_are() {
    let house = House::with(|config| config.limits.outbox = 3).await;
    let (mut alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let (bobs, session) = (bob.signed_in.clone(), bob.session);
    drop(bob);
    for _ in 0..2 {
        let call = alice.invites("bob").await;
        alice.does(Request::HangUp { call }).await;
    }
    let call = alice.invites("bob").await;

    let bob = Device::link_with(&house.url(), bobs, Some((session, 0))).await;

    assert_ne!(bob.session, session);
    assert!(matches!(bob.snapshot.unwrap().call, Some(SnapshotCall::Ringing(ring)) if ring.call == call));
}

#[tokio::test]
async fn a_repeated_request_has_the_effect_of_one_and_gets_the_same_answer() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let (op, request) = (new_op(), invite("bob"));

    let first = alice.ask_as(op, request.clone()).await;
    let mut alice = alice.relink().await;
    let second = alice.ask_as(op, request).await;

    assert_eq!(first, second);
    bob.rings().await;
    bob.has_heard_nothing().await;
}

#[tokio::test]
async fn a_repeated_refusal_stays_a_refusal() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;
    let call = alice.invites("bob").await;
    bob.rings().await;
    let (op, request) = (new_op(), invite("bob"));

    let first = alice.ask_as(op, request.clone()).await;
    alice.does(Request::HangUp { call }).await;
    let second = alice.ask_as(op, request).await;

    assert!(matches!(&first, Answer::Refused(Refusal { code: RefusalCode::InAnotherCall, .. })));
    assert_eq!(first, second);
}

#[tokio::test]
async fn a_second_link_of_a_device_replaces_the_first() {
    let (house, _alice, mut bob) = alice_and_bob().await;

    let mut again = Device::link(&house.url(), bob.signed_in.clone()).await;

    assert_eq!(bob.is_dismissed().await.0, close::REPLACED);
    again.has_heard_nothing().await;
}

#[tokio::test]
async fn malformed_json_ends_its_own_link_and_no_other() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;

    alice.say("{\"t\": \"hello").await;

    assert_eq!(alice.is_dismissed().await, (close::MALFORMED, "malformed frame".to_owned()));
    bob.has_heard_nothing().await;
}

#[tokio::test]
async fn a_frame_over_64_kib_ends_its_own_link_and_no_other() {
    let (_house, mut alice, mut bob) = alice_and_bob().await;

    alice.say(&" ".repeat(64 * 1024 + 1)).await;

    assert_eq!(alice.is_dismissed().await.0, close::FRAME_TOO_LARGE);
    bob.has_heard_nothing().await;
}

#[tokio::test]
async fn a_frame_of_exactly_64_kib_is_heard() {
    let (_house, mut alice, _bob) = alice_and_bob().await;
    let frame = r#"{"t":"wave"}"#;

    alice.say(&format!("{}{frame}", " ".repeat(64 * 1024 - frame.len()))).await;

    alice.has_heard_nothing().await;
}

#[tokio::test]
async fn what_this_version_does_not_know_is_refused_or_ignored() {
    let (_house, mut alice, _bob) = alice_and_bob().await;
    let op = new_op();

    alice.say(r#"{"t":"wave"}"#).await;
    alice.say(&format!(r#"{{"t":"request","op_id":"{op}","body":{{"type":"teleport"}}}}"#)).await;

    assert!(matches!(alice.answer_to(op).await, Answer::Refused(Refusal { code: RefusalCode::Invalid, .. })));
    alice.has_heard_nothing().await;
}

#[tokio::test]
async fn a_link_that_does_not_begin_with_hello_is_ended() {
    let house = House::open().await;
    let token = house.register("ada").await.token;
    let mut socket = connect(&house.url(), &token).await;

    socket.send(Message::Text(r#"{"t":"ack","seq":1}"#.into())).await.unwrap();

    assert!(
        matches!(socket.next().await, Some(Ok(Message::Close(Some(frame)))) if u16::from(frame.code) == close::MALFORMED)
    );
}

#[tokio::test]
async fn a_silent_link_is_asked_and_then_ended() {
    let house = House::with(|config| config.patience.silence = Duration::from_millis(50)).await;
    let token = house.register("ada").await.token;

    let heard = said_to_the_silent(house.server.addr, &token).await;

    let ping = heard.windows(2).position(|bytes| bytes == [0x89, 0x00]).expect("a ping");
    let [high, low] = close::SILENT.to_be_bytes();
    let goodbye = heard.windows(4).position(|bytes| bytes[0] == 0x88 && bytes[2..] == [high, low]).expect("a close");
    assert!(ping < goodbye);
}

#[tokio::test]
async fn a_device_that_stops_reading_is_cut_off_and_finds_how_things_are_when_it_comes_back() {
    let house = House::with(|config| {
        config.patience.slow_reader = Duration::from_millis(50);
        config.patience.presence = Duration::from_millis(10);
        config.limits.media_signals_per_minute = 10_000;
        config.limits.outbox = 16;
    })
    .await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    bob.does(accept(call)).await;
    alice.hears().await;
    befriend(&mut alice, &mut bob).await;

    let bulky = candidate(&"x".repeat(60_000));
    while !alice.has_something_to_hear() {
        alice.does(Request::Media { call, signal: bulky.clone() }).await;
    }

    assert!(matches!(alice.hears().await, Signal::PresenceChanged { presence: Presence::Offline, .. }));
    let bob = bob.relink().await;
    let found = bob.snapshot.unwrap().call;
    let Some(SnapshotCall::Joined { call: found, with: Some(with), .. }) = found else { panic!("{found:?}") };
    assert_eq!((found, with.user, with.device.device), (call, alice.user(), alice.signed_in.device));
}

#[tokio::test]
async fn too_many_media_signals_are_refused_and_hanging_up_is_not() {
    let house = House::with(|config| config.limits.media_signals_per_minute = 3).await;
    let (mut alice, mut bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    let call = alice.invites("bob").await;
    bob.rings().await;
    for number in 0..3 {
        alice.does(Request::Media { call, signal: candidate(&number.to_string()) }).await;
    }

    let refusal = alice.is_refused(Request::Media { call, signal: candidate("one too many") }).await;

    assert_eq!(refusal, RefusalCode::RateLimited);
    alice.does(Request::HangUp { call }).await;
}

#[tokio::test]
async fn a_stop_says_goodbye_to_every_link() {
    let (house, mut alice, mut bob) = alice_and_bob().await;

    let ((), goodbyes) =
        tokio::join!(house.server.shutdown(), async { (alice.is_dismissed().await.0, bob.is_dismissed().await.0) });

    assert_eq!(goodbyes, (close::SERVER_STOPS, close::SERVER_STOPS));
}

/// Everything that a device hears that says hello and then nothing, not even pong.
async fn said_to_the_silent(server: SocketAddr, token: &str) -> Vec<u8> {
    let mut socket = TcpStream::connect(server).await.unwrap();
    let head = format!(
        "GET /v1/link HTTP/1.1\r\nHost: {server}\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n\
         Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nAuthorization: Bearer {token}\r\n\r\n"
    );
    socket.write_all(head.as_bytes()).await.unwrap();
    let hello = br#"{"t":"hello"}"#;
    let unmasked_by_zero = [&[0x81, 0x80 | u8::try_from(hello.len()).unwrap(), 0, 0, 0, 0], hello.as_slice()].concat();
    socket.write_all(&unmasked_by_zero).await.unwrap();
    let mut heard = Vec::new();
    socket.read_to_end(&mut heard).await.unwrap();
    heard
}

async fn alice_and_bob() -> (House, Device, Device) {
    let house = House::open().await;
    let (alice, bob) = (house.newcomer("alice").await, house.newcomer("bob").await);
    (house, alice, bob)
}
