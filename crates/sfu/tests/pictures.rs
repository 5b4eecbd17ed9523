//! Pictures of a group call: who wants them, where they begin, and what is lost on the way.
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod common;

use std::time::Duration;

use carillon_protocol::{PublishedSource, WantedPicture, Wants};
use common::{CALL, FIRST_PICTURE, World};

const PACKET: Duration = Duration::from_millis(10);

#[test]
fn a_picture_is_sent_to_those_who_want_it_and_to_nobody_else() {
    let mut world = World::of(3);
    film(&mut world, 5);
    want(&mut world, 1, &[(0, 3)]);

    film(&mut world, 60);

    assert!(!seen(&world, 1, 3).is_empty());
    assert!(world.clients[2].received.is_empty() && world.clients[0].received.is_empty());
    let told = world.clients[1].told.last().expect("it is told");
    let slot = u8::try_from(FIRST_PICTURE + 3).unwrap();
    assert_eq!(
        (told[0].slot, told[0].source, told[0].device),
        (slot, PublishedSource::Camera, world.clients[0].device)
    );
}

#[test]
fn whoever_shows_something_is_told_how_large_it_is_wanted_where_it_is_largest_and_when_nobody_wants_it() {
    let mut world = World::of(3);
    let camera = |rows| Wants { camera_rows: Some(rows), screen_rows: Some(0), camera_layers: None };
    assert_eq!(world.clients[0].wants, camera(0));

    want_in(&mut world, 1, &[(0, 3)], 180);
    want_in(&mut world, 2, &[(0, 0)], 360);
    assert_eq!((world.clients[0].wants, world.clients[1].wants), (camera(360), camera(0)));

    want(&mut world, 2, &[]);
    assert_eq!(world.clients[0].wants, camera(180));
    world.sfu.expel(CALL, world.clients[1].device, world.now);
    world.settle();
    assert_eq!(world.clients[0].wants, camera(0));
}

#[test]
fn nothing_comes_before_a_key_frame_which_is_asked_for_once() {
    let mut world = World::of(4);
    film(&mut world, 5);
    for who in 1..4 {
        want(&mut world, who, &[(0, 0)]);
    }
    world.run(Duration::from_millis(100));
    assert_eq!(world.clients[0].key_frames_wanted, 1, "however many lack one");

    deltas(&mut world, 20);
    assert!(seen(&world, 1, 0).is_empty());
    world.film(0, KEY);
    deltas(&mut world, 20);

    for who in 1..4 {
        let seen = seen(&world, who, 0);
        assert_eq!((seen[0].as_slice(), seen.len()), (KEY, 21));
    }
}

#[test]
fn a_slot_that_shows_another_camera_begins_with_a_key_frame_and_goes_on_in_its_numbers() {
    let mut world = World::of(3);
    film(&mut world, 3);
    world.film(1, KEY);
    world.run(PACKET);
    want(&mut world, 2, &[(0, 0)]);
    film(&mut world, 60);
    let before = seen(&world, 2, 0).len();

    want(&mut world, 2, &[(1, 0)]);
    for _ in 0..5 {
        world.film(1, DELTA);
        world.run(PACKET);
    }
    assert_eq!(seen(&world, 2, 0).len(), before, "no delta of another camera");
    world.film(1, KEY);
    world.run(Duration::from_millis(100));

    let received = &world.clients[2].received[&FIRST_PICTURE];
    assert_eq!(received.last().map(|packet| packet.payload.as_slice()), Some(KEY));
    assert!(received.windows(2).all(|pair| pair[1].number == pair[0].number + 1), "{received:?}");
}

#[test]
fn what_a_lossy_network_loses_of_pictures_is_sent_again_both_ways() {
    let mut world = World::of(2);
    film(&mut world, 3);
    want(&mut world, 1, &[(0, 0)]);
    world.run(Duration::from_millis(200));
    world.film(0, KEY);
    world.run(Duration::from_secs(1));
    world.lost_per_mille = 50;

    for number in 0..1_000_u16 {
        let payload = [DELTA, &number.to_be_bytes()].concat();
        world.film(0, &payload);
        world.run(PACKET);
    }
    world.lost_per_mille = 0;
    world.run(Duration::from_secs(2));

    let mut numbers: Vec<u64> = world.clients[1].received[&FIRST_PICTURE].iter().map(|packet| packet.number).collect();
    numbers.sort_unstable();
    numbers.dedup();
    let missing = numbers.last().unwrap() - numbers[0] + 1 - numbers.len() as u64;
    assert!(numbers.len() > 950, "{} came", numbers.len());
    assert!(missing <= 10, "{missing} of a thousand are missing at five in a hundred each way");
}

#[test]
fn whoever_wants_no_more_gets_no_more() {
    let mut world = World::of(2);
    film(&mut world, 3);
    want(&mut world, 1, &[(0, 0)]);
    film(&mut world, 60);
    let before = seen(&world, 1, 0).len();
    assert!(before > 0);

    want(&mut world, 1, &[]);
    film(&mut world, 60);

    assert!(seen(&world, 1, 0).len() <= before + 2, "but for what was on its way");
    assert_eq!(world.clients[1].told.last(), Some(&vec![]));
}

#[test]
fn s11_wishes_for_what_is_not_there_are_nothing() {
    let mut world = World::of(2);
    let device = world.clients[1].device;
    let nobody = carillon_protocol::UserId::new("nobody").unwrap();
    let own = world.clients[1].user.clone();
    let pictures = [(nobody.clone(), 5), (own, 6), (nobody, 255)];
    let wanted = pictures.into_iter().map(|(user, slot)| WantedPicture { slot, user, height: 720 });

    world.sfu.want(CALL, device, wanted.collect(), world.now);
    film(&mut world, 60);

    assert!(world.clients[1].received.is_empty());
}

const KEY: &[u8] = &[0x67, 1, 2, 3];
const DELTA: &[u8] = &[0x61, 1, 2, 3];

/// So many packets of the first device's camera, with a key frame whenever one is wanted.
fn film(world: &mut World, packets: usize) {
    let mut answered = world.clients[0].key_frames_wanted;
    for _ in 0..packets {
        let wanted = world.clients[0].key_frames_wanted;
        world.film(0, if wanted > answered { KEY } else { DELTA });
        answered = wanted;
        world.run(PACKET);
    }
    world.run(Duration::from_millis(100));
}

fn deltas(world: &mut World, packets: usize) {
    for _ in 0..packets {
        world.film(0, DELTA);
        world.run(Duration::from_millis(1));
    }
    world.run(Duration::from_millis(100));
}

fn want(world: &mut World, who: usize, pictures: &[(usize, usize)]) {
    want_in(world, who, pictures, 720);
}

fn want_in(world: &mut World, who: usize, pictures: &[(usize, usize)], height: u16) {
    let wanted = pictures.iter().map(|(whose, slot)| WantedPicture {
        slot: u8::try_from(FIRST_PICTURE + slot).unwrap(),
        user: world.clients[*whose].user.clone(),
        height,
    });
    let (device, wanted) = (world.clients[who].device, wanted.collect());
    world.sfu.want(CALL, device, wanted, world.now);
    world.settle();
}

/// What a device has received in a slot for pictures.
fn seen(world: &World, who: usize, slot: usize) -> Vec<Vec<u8>> {
    let received = world.clients[who].received.get(&(FIRST_PICTURE + slot));
    received.into_iter().flatten().map(|packet| packet.payload.clone()).collect()
}
