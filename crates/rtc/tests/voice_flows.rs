//! Two transports in one process: exchange, voice both ways, close.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use carillon_rtc::{DescriptionKind, Frame, TransportError, TransportEvent};
use common::{End, connected, frame};

#[tokio::test]
async fn voice_flows_both_ways_in_order_and_unchanged() {
    let (mut alice, mut bob) = connected().await;

    let (speaking_alice, speaking_bob) = (alice.sending.clone(), bob.sending.clone());

    for (from, to) in [(speaking_alice, &mut bob), (speaking_bob, &mut alice)] {
        for number in 0..50 {
            from.send(frame(number)).await.unwrap();
        }
        let first = to.frame().await;
        for number in 1..50 {
            let packet = to.frame().await;
            assert_eq!(packet.payload, frame(number).payload);
            assert_eq!(packet.sequence, first.sequence.wrapping_add(number as u16));
            assert_eq!(packet.timestamp, first.timestamp.wrapping_add(number * 960));
        }
    }
}

#[tokio::test]
async fn silence_shows_in_the_timestamp_and_not_in_the_sequence() {
    let (alice, mut bob) = connected().await;

    alice.sending.send(frame(0)).await.unwrap();
    alice.sending.send(Frame { skipped: 48_000, ..frame(1) }).await.unwrap();

    let (before, after) = (bob.frame().await, bob.frame().await);
    assert_eq!(after.sequence, before.sequence.wrapping_add(1));
    assert_eq!(after.timestamp.wrapping_sub(before.timestamp), 960 + 48_000);
}

#[tokio::test]
async fn voice_before_the_connection_is_dropped_and_does_not_wait() {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    for number in 0..1000 {
        alice.sending.send(frame(number)).await.unwrap();
    }

    common::connect(&mut alice, &mut bob).await;
    alice.sending.send(frame(7)).await.unwrap();

    assert_eq!(bob.frame().await.payload, frame(7).payload);
}

#[tokio::test]
async fn candidates_that_overtake_the_offer_wait_for_it() {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    alice.transport.create_offer().await.unwrap();
    let mut offer = alice.local().await;
    let description = offer.description.as_mut().unwrap();
    let (inside, rest): (Vec<&str>, Vec<&str>) =
        description.sdp.lines().partition(|line| line.starts_with("a=candidate:"));
    let early: Vec<String> = inside.iter().map(|line| line.trim_start_matches("a=").to_owned()).collect();
    description.sdp = rest.join("\r\n") + "\r\n";

    for text in early {
        let candidate = carillon_rtc::Candidate { candidate: text, sdp_mid: None, sdp_m_line_index: Some(0) };
        bob.transport.add_candidate(candidate).await.unwrap();
    }
    offer.give_to(&bob.transport).await;
    bob.local().await.give_to(&alice.transport).await;

    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;
}

#[tokio::test]
async fn an_answer_that_comes_twice_or_late_is_ignored() {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    alice.transport.create_offer().await.unwrap();
    alice.local().await.give_to(&bob.transport).await;
    let answer = bob.local().await;

    answer.clone().give_to(&alice.transport).await;
    answer.give_to(&alice.transport).await;

    alice.until(&TransportEvent::Connected).await;
}

#[tokio::test]
async fn roles_are_kept() {
    let (mut alice, bob) = connected().await;

    let offer_to_offerer = {
        alice.transport.restart().await.unwrap();
        let mut offer = alice.local().await.description.unwrap();
        offer.kind = DescriptionKind::Offer;
        alice.transport.set_remote(offer).await
    };

    assert!(matches!(offer_to_offerer, Err(TransportError::WrongRole(_))));
    assert!(matches!(bob.transport.create_offer().await, Err(TransportError::WrongRole(_))));
    assert!(matches!(bob.transport.restart().await, Err(TransportError::WrongRole(_))));
}

#[tokio::test]
async fn closing_ends_everything_and_closing_again_is_no_error() {
    let (alice, mut bob) = connected().await;
    alice.sending.send(frame(1)).await.unwrap();
    bob.frame().await;
    let tasks = || tokio::runtime::Handle::current().metrics().num_alive_tasks();
    let before = tasks();

    for end in [alice, bob] {
        end.transport.close().await;
        end.transport.close().await;
        assert!(matches!(end.sending.send(frame(2)).await, Err(TransportError::Closed)));
        assert!(matches!(end.transport.create_offer().await, Err(TransportError::Closed)));
        let mut events = end.events;
        drop(end.transport);
        while events.recv().await.is_some() {}
    }

    assert!(before >= 4, "two drivers and two reporters, but {before} tasks");
    assert_eq!(tasks(), 0);
}

#[tokio::test]
async fn who_closes_says_goodbye_to_the_other_end() {
    for alice_closes in [true, false] {
        let (alice, bob) = connected().await;
        let (closes, mut hears) = if alice_closes { (alice, bob) } else { (bob, alice) };

        closes.transport.close().await;

        hears.until(&TransportEvent::Left).await;
    }
}

#[tokio::test]
async fn dropping_a_transport_closes_it() {
    let (alice, bob) = connected().await;

    let End { transport, mut events, .. } = bob;
    drop(transport);
    while events.recv().await.is_some() {}
    alice.transport.close().await;
    drop(alice);
    while tokio::runtime::Handle::current().metrics().num_alive_tasks() > 0 {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn the_call_is_encrypted_with_aes_128_gcm() {
    let (alice, bob) = connected().await;

    for end in [alice, bob] {
        assert_eq!(end.transport.stats().await.srtp_profile, "SRTP_AEAD_AES_128_GCM");
    }
}

#[tokio::test]
async fn two_of_us_let_the_answerer_begin_the_handshake_and_with_a_browser_the_offerer_does() {
    for (offerer_is_ours, begins) in [(true, "active"), (false, "passive")] {
        let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
        alice.transport.create_offer().await.unwrap();
        let mut offer = alice.local().await;
        if !offerer_is_ours {
            let description = offer.description.as_mut().unwrap();
            description.sdp = description.sdp.replace("a=x-repeats-handshake\r\n", "");
        }
        offer.give_to(&bob.transport).await;
        let answer = bob.local().await;
        let sdp = answer.description.clone().unwrap().sdp;
        answer.give_to(&alice.transport).await;
        alice.until(&TransportEvent::Connected).await;
        bob.until(&TransportEvent::Connected).await;

        assert!(sdp.contains(&format!("a=setup:{begins}\r\n")), "{sdp}");
        alice.sending.send(frame(7)).await.unwrap();
        assert_eq!(bob.frame().await.payload, frame(7).payload);
    }
}
