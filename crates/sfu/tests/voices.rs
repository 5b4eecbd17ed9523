//! Voices of a group call, from device to device.

mod common;

use std::time::Duration;

use carillon_sfu::{ConnectError, Event, Output, Peer};
use common::{CALL, World};

const PACKET: Duration = Duration::from_millis(20);

#[test]
fn three_who_speak_hear_each_other_and_not_themselves() {
    let mut world = World::of(3);

    talk(&mut world, &[0, 1, 2], 50);

    for who in 0..3 {
        for other in (0..3).filter(|other| *other != who) {
            assert_eq!(world.heard(who, other), vec![said(other); 50], "{who} hears {other}");
        }
        assert_eq!(world.slot_of(who, who), None);
    }
}

#[test]
fn numbers_go_on_without_a_gap_when_another_voice_takes_a_slot() {
    let mut world = World::of(2);
    talk(&mut world, &[0, 1], 20);
    let slot = world.slot_of(0, 1).expect("a slot");
    let second = world.clients[1].device;
    world.sfu.expel(CALL, second, world.now);
    world.join(7);
    world.run(Duration::from_secs(2));

    talk(&mut world, &[0, 2], 20);

    assert_eq!(world.slot_of(0, 2), Some(slot));
    let received = &world.clients[0].received[&slot];
    assert_eq!(received.len(), 40);
    assert!(received.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "{received:?}");
    assert!(received.windows(2).all(|pair| pair[1].time.wrapping_sub(pair[0].time) < 1 << 30), "{received:?}");
    assert!(received[20].marker, "another talk spurt begins");
}

#[test]
fn who_has_left_hears_nothing_and_is_not_heard_while_the_others_go_on() {
    let mut world = World::of(3);
    talk(&mut world, &[0, 1, 2], 10);
    let gone = world.clients[2].device;

    world.sfu.expel(CALL, gone, world.now);
    let before = world.clients[2].received.clone();
    talk(&mut world, &[0, 1, 2], 50);

    assert_eq!(world.clients[2].received, before, "s3: it receives nothing");
    assert_eq!(world.slot_of(0, 2), None);
    assert_eq!((world.heard(0, 1).len(), world.heard(1, 0).len()), (60, 60));
    let of_theirs = world.clients[0].received.values().flatten().filter(|packet| packet.payload == said(2)).count();
    assert_eq!(of_theirs, 10, "s3: nothing of theirs is passed on");
}

#[test]
fn s3_a_device_that_the_record_has_not_admitted_is_not_connected() {
    let mut world = World::of(1);
    let stranger = carillon_protocol::DeviceId::new(uuid::Uuid::from_u128(99));

    assert_eq!(world.sfu.connect(CALL, stranger, "v=0", world.now), Err(ConnectError::NotAdmitted));

    let known = world.clients[0].device;
    let elsewhere = carillon_protocol::CallId::new(uuid::Uuid::from_u128(98));
    assert_eq!(world.sfu.connect(elsewhere, known, "v=0", world.now), Err(ConnectError::NotAdmitted));
    assert!(matches!(world.sfu.connect(CALL, known, "v=0", world.now), Err(ConnectError::Offer(_))));
}

#[test]
fn of_many_who_speak_the_loudest_five_are_heard() {
    let mut world = World::of(9);
    let all: Vec<usize> = (0..9).collect();

    talk(&mut world, &all, 50);

    for who in 0..9 {
        let heard = (0..9).filter(|other| !world.heard(who, *other).is_empty()).count();
        assert_eq!(heard, 5, "{who} hears five others");
    }
}

#[test]
fn whoever_of_many_speaks_alone_is_heard_by_all_others() {
    let mut world = World::of(9);
    let all: Vec<usize> = (0..9).collect();
    talk(&mut world, &all, 50);

    for who in 0..9 {
        let before: Vec<usize> = (0..9).map(|other| world.heard(other, who).len()).collect();
        talk(&mut world, &[who], 250);
        for other in (0..9).filter(|other| *other != who) {
            let heard = world.heard(other, who).len() - before[other];
            assert!(heard >= 100, "{other} hears {heard} of 250 of {who}");
        }
    }
}

#[test]
fn silence_costs_nothing_and_leaves_no_gap() {
    let mut world = World::of(2);
    talk(&mut world, &[0], 10);
    let slot = world.slot_of(1, 0).expect("a slot");
    let forwarded = world.sfu.counters().packets_forwarded;

    for _ in 0..200 {
        world.speak(0, -127, b"silence");
        world.run(PACKET);
    }

    let fading = world.sfu.counters().packets_forwarded - forwarded;
    assert!(fading <= 20, "{fading} packets of silence");
    talk(&mut world, &[0], 10);
    let received = &world.clients[1].received[&slot];
    assert!(received.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "{received:?}");
    let last = received.len() - 10;
    assert!(received[last].time.wrapping_sub(received[last - 1].time) > 150 * 960, "its time has gone on");
}

#[test]
fn a_lossy_network_loses_what_it_loses_and_nothing_more() {
    let mut world = World::of(3);
    world.lost_per_mille = 50;

    talk(&mut world, &[0, 1, 2], 500);

    for (who, other) in [(0, 1), (1, 2), (2, 0)] {
        let heard = world.heard(who, other).len();
        assert!((400..490).contains(&heard), "{heard} of 500 over two lossy ways");
    }
}

#[test]
fn a_device_that_comes_back_by_another_connection_is_heard_again_by_all() {
    let mut world = World::of(3);
    talk(&mut world, &[0, 1, 2], 10);

    world.rejoin(1, 1);
    world.run(Duration::from_secs(2));
    talk(&mut world, &[0, 1, 2], 10);

    assert_eq!((world.heard(0, 1).len(), world.heard(2, 1).len()), (20, 20));
    assert_eq!((world.heard(1, 0).len(), world.heard(1, 2).len()), (10, 10));
}

#[test]
fn the_same_offer_again_has_the_same_answer() {
    let mut world = World::of(1);
    let device = world.clients[0].device;
    let (offer, _) = common::fresh_offer(5);

    let first = world.sfu.connect(CALL, device, &offer, world.now).unwrap();

    assert_eq!(world.sfu.connect(CALL, device, &offer, world.now), Ok(first.clone()));
    let (another, _) = common::fresh_offer(6);
    assert_ne!(world.sfu.connect(CALL, device, &another, world.now), Ok(first));
}

#[test]
fn a_device_that_is_cut_off_is_lost_and_its_slot_is_free() {
    let mut world = World::of(2);
    talk(&mut world, &[0, 1], 10);

    let lost = world.clients.remove(1);
    world.run(Duration::from_secs(11));

    assert!(world.events.contains(&Event::Lost { call: CALL, device: lost.device, user: lost.user }));
    assert_eq!(world.clients[0].told.last(), Some(&vec![]));
}

#[test]
fn whoever_says_what_it_wants_hears_again_what_is_in_its_slots() {
    let mut world = World::of(2);
    talk(&mut world, &[0, 1], 10);
    let (device, before) = (world.clients[0].device, world.clients[0].told.clone());

    world.sfu.want(CALL, device, Vec::new(), world.now);
    world.settle();

    assert_eq!(world.clients[0].told.len(), before.len() + 1);
    assert_eq!(world.clients[0].told.last(), before.last());
}

#[test]
fn a_muted_participant_is_not_lost() {
    let mut world = World::of(2);

    world.run(Duration::from_secs(60));

    assert!(!world.events.iter().any(|event| matches!(event, Event::Lost { .. })));
}

#[test]
fn packets_that_come_together_leave_together_for_each_who_hears_them() {
    let mut world = World::of(3);
    talk(&mut world, &[0], 5);
    (0..4).for_each(|_| world.speak(0, -30, &said(0)));
    let together = world.flying_to_server();
    let is_packet = |bytes: &[u8]| bytes[0] >= 128 && !(192..224).contains(&bytes[1]);

    for (from, bytes) in &together {
        world.sfu.handle_datagram(world.now, Peer::udp(*from), bytes);
    }

    let mut to: Vec<Peer> = Vec::new();
    while let Some(output) = world.sfu.poll_output() {
        if let Output::Transmit { to: address, bytes } = output
            && is_packet(&bytes)
        {
            to.push(address);
        }
    }
    assert_eq!(to.len(), 8, "four for each of two: {to:?}");
    to.dedup();
    assert_eq!(to.len(), 2, "all of one's, then all of the other's");
}

#[test]
fn a_call_that_comes_back_while_its_end_is_not_settled_yet_goes_on() {
    let mut world = World::of(2);
    world.speak(0, -30, &said(0));
    for (from, bytes) in world.flying_to_server() {
        world.sfu.handle_datagram(world.now, Peer::udp(from), &bytes);
    }

    world.sfu.close(CALL);
    world.join(7);
    world.join(8);
    world.run(Duration::from_secs(2));

    talk(&mut world, &[2], 10);
    assert_eq!(world.heard(3, 2), vec![said(2); 10]);
}

fn talk(world: &mut World, who: &[usize], packets: usize) {
    for _ in 0..packets {
        for speaker in who {
            world.speak(*speaker, -30, &said(*speaker));
        }
        world.run(PACKET);
    }
    world.run(Duration::from_millis(200));
}

fn said(who: usize) -> Vec<u8> {
    format!("this is {who}").into_bytes()
}
