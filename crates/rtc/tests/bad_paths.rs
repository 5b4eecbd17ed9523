//! Loss, delay, dead paths and restarts, over a relay between two transports.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::collections::BTreeMap;
use std::time::{Duration, Instant};

use carillon_rtc::{Transport, TransportEvent, TransportStats};
use common::relay::Relay;
use common::{End, frame};
use tokio::task::JoinHandle;

const FRAME: Duration = Duration::from_millis(20);

#[tokio::test]
async fn voice_survives_loss_and_delay_and_the_statistics_show_them() {
    let relay = Relay::new(7);
    let (mut alice, mut bob) = connected_through(&relay).await;
    relay.path.set_loss_percent(10);
    relay.path.set_delay(Duration::from_millis(40));
    let (speaking_alice, speaking_bob) = (speak(&alice), speak(&bob));

    for end in [&mut alice, &mut bob] {
        for _ in 0..150 {
            end.frame().await;
        }
    }
    let (ours, theirs) = (alice.sending.id(), alice.receiving.id());
    let stats = stats_once(&alice.transport, |stats| stats.of(ours).loss > 0.0 && stats.round_trip.is_some()).await;

    let (round_trip, sent, received) = (stats.round_trip.unwrap(), stats.of(ours), stats.of(theirs));
    assert!(round_trip >= Duration::from_millis(80) && round_trip < Duration::from_millis(400), "{round_trip:?}");
    assert!(sent.loss < 0.5, "{stats:?}");
    assert!(sent.frames >= 150 && received.frames >= 150, "{stats:?}");
    assert!(received.lost > 0, "{stats:?}");
    assert!(sent.bytes >= 4 * sent.frames, "{stats:?}");
    speaking_alice.abort();
    speaking_bob.abort();
}

#[tokio::test]
async fn what_is_lost_comes_with_the_next_packets_where_frames_are_repeated() {
    let relay = Relay::new(11);
    let (alice, mut bob) = connected_through(&relay).await;
    assert!(alice.sending.set_redundancy(2), "both ends read it");
    relay.path.set_loss_percent(20);

    let mut heard = BTreeMap::new();
    for number in 0..400 {
        alice.sending.send(frame(number)).await.unwrap();
        while let Some(frame) = bob.frame_now().await {
            assert_eq!(heard.insert(frame.timestamp, frame), None, "no frame is told twice");
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }

    let theirs = bob.receiving.id();
    let stats = stats_once(&bob.transport, |stats| stats.of(theirs).lost > 20).await;
    assert!(heard.len() > 380, "{} of 400 frames, {stats:?}", heard.len());
    let (first, second) = (heard.first_key_value().unwrap().1, heard.values().nth(1).unwrap());
    assert_eq!(second.sequence.wrapping_sub(first.sequence), 1, "each has the number that it was sent with");
}

#[tokio::test]
async fn a_path_dead_for_five_seconds_is_lost_and_then_connected_again() {
    let relay = Relay::new(8);
    let (mut alice, mut bob) = connected_through(&relay).await;
    let (speaking_alice, speaking_bob) = (speak(&alice), speak(&bob));
    alice.frame().await;

    relay.path.set_dead(true);
    let died_at = Instant::now();
    alice.until(&TransportEvent::Lost).await;
    let noticed_after = died_at.elapsed();
    bob.until(&TransportEvent::Lost).await;
    alice.forget_frames().await;
    tokio::time::sleep(Duration::from_secs(5).saturating_sub(died_at.elapsed())).await;
    relay.path.set_dead(false);
    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;

    assert!(
        noticed_after >= Duration::from_millis(2000) && noticed_after < Duration::from_millis(4500),
        "{noticed_after:?}"
    );
    let before = alice.frame().await;
    let after = alice.frame().await;
    assert!(after.sequence.wrapping_sub(before.sequence) < 10, "voice flows on where it was");
    speaking_alice.abort();
    speaking_bob.abort();
}

#[tokio::test]
async fn a_restart_finds_a_new_path_when_the_old_one_stays_dead() {
    let (old, new) = (Relay::new(9), Relay::new(10));
    let (mut alice, mut bob) = connected_through(&old).await;
    let (speaking_alice, speaking_bob) = (speak(&alice), speak(&bob));
    old.path.set_dead(true);
    alice.until(&TransportEvent::Lost).await;
    bob.until(&TransportEvent::Lost).await;
    alice.forget_frames().await;
    bob.forget_frames().await;

    alice.transport.restart().await.unwrap();
    exchange_through(&new, &mut alice, &mut bob).await;
    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;

    alice.frame().await;
    bob.frame().await;
    speaking_alice.abort();
    speaking_bob.abort();
}

#[tokio::test]
async fn a_restart_on_a_good_path_is_not_heard() {
    let (mut alice, mut bob) = common::connected().await;
    let (speaking_alice, speaking_bob) = (speak(&alice), speak(&bob));
    bob.frame().await;

    alice.transport.restart().await.unwrap();
    let offer = alice.local().await;
    offer.give_to(&bob.transport).await;
    bob.local().await.give_to(&alice.transport).await;

    for _ in 0..50 {
        bob.frame().await;
    }
    assert!(bob.events.try_recv().is_err(), "nothing is told of it");
    speaking_alice.abort();
    speaking_bob.abort();
}

async fn connected_through(relay: &Relay) -> (End, End) {
    let (mut alice, mut bob) = (End::on_loopback().await, End::on_loopback().await);
    alice.transport.create_offer().await.unwrap();
    exchange_through(relay, &mut alice, &mut bob).await;
    alice.until(&TransportEvent::Connected).await;
    bob.until(&TransportEvent::Connected).await;
    (alice, bob)
}

async fn exchange_through(relay: &Relay, alice: &mut End, bob: &mut End) {
    relay.show(alice.local().await).await.give_to(&bob.transport).await;
    relay.show(bob.local().await).await.give_to(&alice.transport).await;
}

/// Twenty-millisecond frames until aborted.
fn speak(end: &End) -> JoinHandle<()> {
    let track = end.sending.clone();
    tokio::spawn(async move {
        let mut clock = tokio::time::interval(FRAME);
        for number in 0.. {
            clock.tick().await;
            track.send(frame(number)).await.unwrap();
        }
    })
}

/// Waits for the receiver report that makes `wanted` true.
async fn stats_once(transport: &Transport, wanted: impl Fn(&TransportStats) -> bool) -> TransportStats {
    let until = Instant::now() + common::PATIENCE;
    loop {
        let stats = transport.stats().await;
        if wanted(&stats) {
            return stats;
        }
        assert!(Instant::now() < until, "{stats:?}");
        tokio::time::sleep(FRAME).await;
    }
}
