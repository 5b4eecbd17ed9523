//! What strangers and hostile participants can do: be counted.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::net::SocketAddr;
use std::time::Duration;

use carillon_sfu::Peer;
use common::{SERVER, World};

#[test]
fn s15_garbage_from_anywhere_harms_nobody() {
    let mut world = World::of(2);
    let before = world.sfu.counters();

    for number in 0..2_000_u32 {
        let length = usize::try_from(world.roll() % 1_600).unwrap();
        let mut bytes: Vec<u8> = (0..length).map(|_| u8::try_from(world.roll() & 0xff).unwrap()).collect();
        if let Some(first) = bytes.first_mut().filter(|_| number % 2 == 0) {
            *first = [0, 20, 128, 144][usize::try_from(number / 2 % 4).unwrap()];
        }
        let from = if number % 3 == 0 { stranger() } else { address(&world, number) };
        world.sfu.handle_datagram(world.now, Peer::udp(from), &bytes);
        world.settle();
    }
    world.run(Duration::from_secs(1));

    let after = world.sfu.counters();
    assert!(after.of_nobody > before.of_nobody && after.malformed > before.malformed, "{after:?}");
    assert_eq!((after.channels_failed, after.lost), (0, 0));
    hear_each_other(&mut world);
}

#[test]
fn s15_what_a_participant_has_sent_is_not_taken_again() {
    let mut world = World::of(2);
    let mut copied = Vec::new();
    for _ in 0..20 {
        world.speak(0, -30, b"once");
        copied.extend(world.flying_to_server());
        world.run(Duration::from_millis(20));
    }
    world.run(Duration::from_millis(100));
    let heard = world.heard(1, 0).len();

    for (from, bytes) in copied {
        world.sfu.handle_datagram(world.now, Peer::udp(from), &bytes);
        world.settle();
    }
    world.run(Duration::from_millis(100));

    assert_eq!((heard, world.heard(1, 0).len()), (20, 20));
}

#[test]
fn s11_the_address_of_a_participant_cannot_be_taken_by_another() {
    let mut world = World::of(2);
    let victim = world.clients[0].address();

    // The second device makes another connection, and says that it comes from the first one's address.
    world.rejoin_from(1, victim);
    world.run(Duration::from_secs(1));

    let heard = world.heard(1, 0).len();
    for _ in 0..20 {
        world.speak(0, -30, b"still here");
        world.run(Duration::from_millis(20));
    }
    assert_eq!(heard, 0);
    assert!(world.sfu.counters().packets_in >= 20, "its packets are still its own");
}

#[test]
fn s15_a_flood_of_one_participant_is_cut_and_the_others_are_heard() {
    let mut world = World::of(3);

    for _ in 0..50 {
        for _ in 0..200 {
            world.speak(0, -20, &[7; 300]);
        }
        world.speak(1, -30, b"calm");
        world.run(Duration::from_millis(20));
    }
    world.run(Duration::from_millis(500));

    assert_eq!(world.heard(2, 1).len(), 50);
    assert!(world.sfu.counters().packets_excessive > 1_000, "{:?}", world.sfu.counters());
}

#[test]
fn s14_a_handshake_from_where_no_signed_request_came_is_nobodys() {
    let mut world = World::of(1);
    let before = world.sfu.counters();

    let hello = [&[22, 0xfe, 0xfd][..], &[0; 100]].concat();
    world.sfu.handle_datagram(world.now, Peer::udp(stranger()), &hello);

    let after = world.sfu.counters();
    assert_eq!((after.of_nobody, after.datagrams_out), (before.of_nobody + 1, before.datagrams_out));
}

#[test]
fn s13_a_participant_with_another_certificate_than_it_said_is_not_connected() {
    let mut world = World::of(1);

    let liar = world.join_lying(7);
    world.run(Duration::from_secs(5));
    for _ in 0..10 {
        world.speak(0, -30, b"for friends");
        world.run(Duration::from_millis(20));
    }

    assert_eq!(world.sfu.counters().connected, 1);
    assert!(world.clients[liar].received.is_empty());
}

fn hear_each_other(world: &mut World) {
    for _ in 0..10 {
        world.speak(0, -30, b"first");
        world.speak(1, -30, b"second");
        world.run(Duration::from_millis(20));
    }
    world.run(Duration::from_millis(100));
    assert_eq!((world.heard(0, 1).len(), world.heard(1, 0).len()), (10, 10));
}

fn stranger() -> SocketAddr {
    SocketAddr::from(([203, 0, 113, 1], 999))
}

fn address(world: &World, number: u32) -> SocketAddr {
    assert_ne!(stranger(), SERVER.into());
    world.clients[usize::try_from(number % 2).unwrap()].address()
}
